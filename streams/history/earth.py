"""Great circles: how long one is, and the points along it."""

from math import asin, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG


def great_circle_km(*, from_lat: float, from_lon: float, to_lat: float, to_lon: float) -> float:
    """Return the great-circle distance in km between two points in degrees.

    Examples
    --------
    >>> round(great_circle_km(from_lat=0, from_lon=0, to_lat=0, to_lon=180))
    20015
    """
    low, high = radians(from_lat), radians(to_lat)
    half_lat, half_lon = (high - low) / 2, radians(to_lon - from_lon) / 2
    inner = sin(half_lat) ** 2 + cos(low) * cos(high) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(inner)))


def nearest_point(
    *, lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]
) -> int:
    """Return the index of the point nearest to (lat, lon); of equals the first."""
    half_lat = np.radians(lats - lat) / 2
    half_lon = np.radians(lons - lon) / 2
    inner = np.sin(half_lat) ** 2 + cos(radians(lat)) * np.cos(np.radians(lats)) * (
        np.sin(half_lon) ** 2
    )
    return int(inner.argmin())


def points_along(
    *, from_lat: float, from_lon: float, to_lat: float, to_lon: float, step_km: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitudes and longitudes in degrees of points on the great circle, ends included."""
    start, end = _vector(from_lat, from_lon), _vector(to_lat, to_lon)
    distance_km = great_circle_km(
        from_lat=from_lat, from_lon=from_lon, to_lat=to_lat, to_lon=to_lon
    )
    angle = distance_km / EARTH_RADIUS_KM
    share = np.linspace(0.0, 1.0, max(2, int(distance_km / step_km) + 2))[:, None]
    way = np.sin((1 - share) * angle) * start + np.sin(share * angle) * end
    way /= np.linalg.norm(way, axis=1)[:, None]
    lat = np.degrees(np.arcsin(np.clip(way[:, 2], -1.0, 1.0)))
    return lat, np.degrees(np.arctan2(way[:, 1], way[:, 0]))


def _vector(lat: float, lon: float) -> NDArray[np.float64]:
    up, around = radians(lat), radians(lon)
    return np.array([cos(up) * cos(around), cos(up) * sin(around), sin(up)])
