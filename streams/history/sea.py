"""The shortest way by sea between two countries' ports, from the network of searoute.

searoute (Apache-2.0) is imported at the first sea leg. Its own search for the nearest port and
the nearest node answers wrongly far inland (Johannesburg: Port Nolloth), so both are found here.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from importlib import import_module
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.history.earth import great_circle_km, nearest_point
from streams.history.places import KnownPlace

METRE_IN_KM = Decimal("0.001")
COORDINATE_STEP = Decimal("0.000001")
# Assumption: a place within 25 km of its port is a harbour town; farther inland a port stands in.
HARBOUR_TOWN_KM = 25.0
# Assumption: farther than this from a lane lies an inland depot that the list calls a port.
MAX_TO_LANE_KM = 100.0
MAX_REMEMBERED_ROUTES = 16_384

Point = tuple[float, float]  # longitude, latitude, as searoute has them


@dataclass(frozen=True, slots=True)
class Port:
    """A port, and how far it lies from the place it serves."""

    name: str
    lat: Decimal
    lon: Decimal
    away_km: float

    @property
    def stands_in(self) -> bool:
        """Whether the place itself is no harbour town."""
        return self.away_km > HARBOUR_TOWN_KM


@dataclass(frozen=True, slots=True)
class SeaRoute:
    """A way from port to port with its length."""

    origin: Port
    destination: Port
    distance_km: Decimal


@lru_cache(maxsize=MAX_REMEMBERED_ROUTES)
def sea_route(origin: KnownPlace, destination: KnownPlace) -> SeaRoute | None:
    """Return the shortest way by sea between the ports of two places, or None if there is none.

    A place's port is the nearest terminal of its own country that lies on a sea lane, or the
    nearest such port where the country has no terminal. The Northwest Passage is closed, canals
    are open.
    """
    start, end = _port(origin), _port(destination)
    if start is None or end is None:
        return None
    length_km = _length_km(_point(start), _point(end))
    if length_km is None:
        return None
    distance_km = Decimal(length_km).quantize(METRE_IN_KM, ROUND_HALF_EVEN)
    return SeaRoute(start, end, distance_km)


@lru_cache(maxsize=MAX_REMEMBERED_ROUTES)
def _port(place: KnownPlace) -> Port | None:
    here = (float(place.lon), float(place.lat))
    away = [(_gap_km(here, point), name, point) for name, point in _ports_of(place.country_code)]
    if not away:
        return None
    away_km, name, (lon, lat) = min(away)
    return Port(name, _coordinate(lat), _coordinate(lon), away_km)


@cache
def _ports_of(country_code: str) -> list[tuple[str, Point]]:
    ports = [port for port in _graphs()[1].nodes.values() if port["port"][:2] == country_code]
    afloat = [port for port in ports if _lane((port["x"], port["y"]))[1] <= MAX_TO_LANE_KM]
    terminals = [port for port in afloat if port["t"]] or afloat
    return [(port["name"], (port["x"], port["y"])) for port in terminals]


def _length_km(start: Point, end: Point) -> float | None:
    first, first_km = _lane(start)
    last, last_km = _lane(end)
    if first == last:
        return _gap_km(start, end)
    cost, way = _graphs()[0].shortest_path(first, last)
    if not way or cost == inf:
        return None
    return first_km + sum(_gap_km(one, other) for one, other in pairwise(way)) + last_km


@lru_cache(maxsize=MAX_REMEMBERED_ROUTES)
def _lane(point: Point) -> tuple[Point, float]:
    lanes, lats, lons = _lanes()
    lane = lanes[nearest_point(lat=point[1], lon=point[0], lats=lats, lons=lons)]
    return lane, _gap_km(point, lane)


@cache
def _lanes() -> tuple[list[Point], NDArray[np.float64], NDArray[np.float64]]:
    lanes: list[Point] = sorted(_graphs()[0].nodes)
    lons, lats = np.array(lanes, dtype=np.float64).T
    return lanes, lats, lons


def _gap_km(one: Point, other: Point) -> float:
    return great_circle_km(from_lat=one[1], from_lon=one[0], to_lat=other[1], to_lon=other[0])


def _point(port: Port) -> Point:
    return float(port.lon), float(port.lat)


def _coordinate(degrees: float) -> Decimal:
    return Decimal(degrees).quantize(COORDINATE_STEP, ROUND_HALF_EVEN)


@cache
def _graphs() -> tuple[Any, Any]:
    lanes, ports = import_module("searoute.searoute").get_graphs()
    return lanes, ports
