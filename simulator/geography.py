"""Points, great circles, and the prefecture-level regions a company of this size serves."""

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from random import Random

from recycling.region import RegionKind
from recycling.region import regions as takeback_regions

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius, as everywhere in this house
COORDINATE_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Site:
    """A place with an id and a point; the point has exactly the digits its events show."""

    site_id: str
    lat: float
    lon: float

    @property
    def place(self) -> dict[str, str]:
        """The place as events write it."""
        return {"site_id": self.site_id} | point(self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class Region:
    """A prefecture-level unit or a municipality."""

    adcode: str
    lat: float
    lon: float


def point(lat: float, lon: float) -> dict[str, str]:
    """Return a point as events write it: decimals as text."""
    return {
        "lat": f"{lat:.{COORDINATE_DIGITS}f}",
        "lon": f"{lon:.{COORDINATE_DIGITS}f}",
    }


def great_circle_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the haversine distance of two points, in kilometres.

    Examples
    --------
    >>> round(great_circle_km(36.0671, 120.3826, 39.9042, 116.4074), 1)
    550.7
    """
    phi, other_phi = radians(lat), radians(other_lat)
    half_phi = sin((other_phi - phi) / 2)
    half_lambda = sin(radians(other_lon - lon) / 2)
    chord = half_phi * half_phi + cos(phi) * cos(other_phi) * half_lambda * half_lambda
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))


def between_km(origin: Site, destination: Site) -> float:
    """Return the great circle between two sites, in kilometres."""
    return great_circle_km(origin.lat, origin.lon, destination.lat, destination.lon)


def near(rng: Random, region: Region, *, degrees: float) -> tuple[float, float]:
    """Return a seeded point around a region's own, at most ``degrees`` off on each axis."""
    return (
        round(region.lat + rng.uniform(-degrees, degrees), COORDINATE_DIGITS),
        round(region.lon + rng.uniform(-degrees, degrees), COORDINATE_DIGITS),
    )


@cache
def regions() -> tuple[Region, ...]:
    """Return the 337 regions of take-back that are no county, in the sequence of their list."""
    return tuple(
        Region(one.adcode, float(one.point.lat), float(one.point.lon))
        for one in takeback_regions().values()
        if one.kind is not RegionKind.COUNTY and one.point is not None
    )
