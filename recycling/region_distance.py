"""How far a pickup is from a recycler: the great circle to the nearest of its sites."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from recycling.region import Point

DIAMETER_KM = 2 * 6371.0088  # IUGG mean radius, as everywhere in this house
METRE_KM = Decimal("0.001")
CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN)
MAX_REMEMBERED_PAIRS = 100_000


@lru_cache(maxsize=MAX_REMEMBERED_PAIRS)
def great_circle_km(origin: Point, destination: Point) -> Decimal:
    """Return the great-circle distance of two points, in km with three decimals.

    Notes
    -----
    Haversine on the sphere of the mean earth radius; within 0.6 % of the ellipsoid.

    Examples
    --------
    >>> from recycling.region import region
    >>> great_circle_km(region("370200").point, region("370700").point)
    Decimal('130.403')
    """
    half_lat, half_lon = (
        sin(radians(there - here) / 2)
        for here, there in ((origin.lat, destination.lat), (origin.lon, destination.lon))
    )
    parallels = cos(radians(origin.lat)) * cos(radians(destination.lat))
    chord = sqrt(half_lat * half_lat + parallels * half_lon * half_lon)
    return Decimal(DIAMETER_KM * asin(min(1, chord))).quantize(METRE_KM, None, CONTEXT)


def nearest_km(origin: Point, sites: Sequence[Point]) -> Decimal | None:
    """Return the distance to the nearest of ``sites`` in km; ``None`` where there is no site."""
    return min((great_circle_km(origin, site) for site in sites), default=None)
