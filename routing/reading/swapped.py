"""Whether a row's latitude and longitude look exchanged."""

from collections.abc import Sequence

from routing.distances.distances import Point
from routing.distances.great_circle import great_circles_m
from routing.problem import Location

NEAR_M, FAR_M = 300_000, 2_000_000
MAX_LATITUDE = 90


def is_swapped(location: Location, depots: Sequence[Location]) -> bool:
    """Whether the exchanged pair lies near some depot and the given one far from all.

    >>> from decimal import Decimal
    >>> def at(lat, lon):
    ...     return Location(location_id="x", lat=Decimal(lat), lon=Decimal(lon))
    >>> is_swapped(at(31, 65), [at(65, 31)]), is_swapped(at(64, 31), [at(65, 31)])
    (True, False)
    """
    if abs(location.lat) > MAX_LATITUDE:
        return True
    if abs(location.lon) > MAX_LATITUDE or not depots:
        return False
    given = Point(point_id="given", lat=float(location.lat), lon=float(location.lon))
    other = Point(point_id="other", lat=given.lon, lon=given.lat)
    homes = [Point(point_id="depot", lat=float(one.lat), lon=float(one.lon)) for one in depots]
    circles = great_circles_m([given, other, *homes])
    return bool(circles[1, 2:].min() <= NEAR_M and circles[0, 2:].min() > FAR_M)
