"""A plan on a map: straight lines between stops, marked as such."""

from collections.abc import Mapping
from typing import Any

from routing.plan import Route, RoutePlan
from routing.problem import Location, RoutingProblem


def routes_geojson(plan: RoutePlan, problem: RoutingProblem) -> dict[str, Any]:
    """Return a feature collection: a line per route and a point per stop, longitude first."""
    places = {one.location_id: one for one in problem.locations}
    depots = {one.depot_id: places[one.location_id] for one in problem.depots}
    stops = {one.stop_id: places[one.location_id] for one in problem.stops}
    features = []
    for route in plan.routes:
        features.append(_line(route, depots[route.depot_id], stops))
        features += [
            _point(stops[visit.stop_id], {"stop_id": visit.stop_id, "sequence": number,
                                          "vehicle_id": route.vehicle_id})
            for number, visit in enumerate(route.visits, 1)
        ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _at(place: Location) -> list[float]:
    return [float(place.lon), float(place.lat)]


def _line(route: Route, depot: Location, stops: Mapping[str, Location]) -> dict[str, Any]:
    way = [_at(depot), *(_at(stops[one.stop_id]) for one in route.visits), _at(depot)]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": way},
        "properties": {
            "vehicle_id": route.vehicle_id,
            "distance_m": route.figures.distance_m,
            "is_straight_lines": True,
        },
    }


def _point(place: Location, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": _at(place)},
        "properties": properties,
    }
