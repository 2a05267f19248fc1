"""The great circle between two points; geometry is the one place where floats are allowed."""

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from emissions.number import quantise_3

EARTH_RADIUS_KM = Decimal("6371.0088")
_DIAMETER_KM = 2 * float(EARTH_RADIUS_KM)


def great_circle_km(
    *,
    origin_lat: Decimal,
    origin_lon: Decimal,
    destination_lat: Decimal,
    destination_lon: Decimal,
) -> Decimal:
    """Return the great-circle distance of two points in degrees, in km with three decimals.

    Notes
    -----
    Haversine on the sphere of the mean earth radius; within 0.6 % of the ellipsoid.

    Examples
    --------
    >>> great_circle_km(
    ...     origin_lat=Decimal("36.067131"),
    ...     origin_lon=Decimal("120.382621"),
    ...     destination_lat=Decimal("36.6512"),
    ...     destination_lon=Decimal("117.120098"),
    ... )
    Decimal('299.265')
    """
    from_lat, to_lat = radians(origin_lat), radians(destination_lat)
    half_lat = sin((to_lat - from_lat) / 2)
    half_lon = sin(radians(destination_lon - origin_lon) / 2)
    haversine = half_lat * half_lat + cos(from_lat) * cos(to_lat) * half_lon * half_lon
    return quantise_3(Decimal(_DIAMETER_KM * asin(min(1, sqrt(haversine)))))
