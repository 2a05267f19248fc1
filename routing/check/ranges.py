"""Ranges and figures: distance, energy against the battery, and sums recomputed from the stops."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from routing.check.facts import Facts
from routing.check.finding import Finding
from routing.plan import Route
from routing.problem import LinearRate

QUANTUM = Decimal("0.000001")


def broken_ranges(route: Route, facts: Facts) -> list[Finding]:
    """Return what is wrong with distance, energy and emissions of one route."""
    legs = _legs_m(route, facts)
    loads = [route.load_g, *(one.load_g for one in route.visits)]
    moment_gm = sum(leg * load for leg, load in zip(legs, loads, strict=True))
    return [
        *_figures(route, facts, sum(legs), moment_gm),
        *_range(route, facts, sum(legs), moment_gm),
    ]


def _legs_m(route: Route, facts: Facts) -> list[int]:
    depot = facts.depots[route.depot_id].location_id
    places = [depot, *(facts.stops[one.stop_id].location_id for one in route.visits), depot]
    return [facts.distance_m(a, b) for a, b in pairwise(places)]


def linear(rate: LinearRate, *, distance_m: int, moment_gm: int) -> Decimal:
    """Return what a rate gives for a way and the mass carried along it."""
    return rate.per_km * distance_m / 1_000 + rate.per_kg_km * moment_gm / 1_000_000


def _figures(route: Route, facts: Facts, distance_m: int, moment_gm: int) -> Iterator[Finding]:
    kind, told = facts.kinds[route.vehicle_type_id], route.figures
    if told.distance_m != distance_m:
        yield Finding("figure", f"{route.vehicle_id} distance_m",
                      f"{told.distance_m} told, the legs add up to {distance_m}")  # fmt: skip
    if told.moment_gm != moment_gm:
        yield Finding("figure", f"{route.vehicle_id} moment_gm",
                      f"{told.moment_gm} told, {moment_gm} recomputed")  # fmt: skip
    for name in ("ttw_kgco2e", "wtt_kgco2e", "energy_kwh"):
        rate: LinearRate | None = getattr(kind, name)
        said: Decimal | None = getattr(told, name)
        if rate is None:
            if said is not None:
                yield Finding("figure", f"{route.vehicle_id} {name}", f"{said} told without a rate")
            continue
        due = linear(rate, distance_m=distance_m, moment_gm=moment_gm).quantize(QUANTUM)
        if said != due:
            yield Finding("figure", f"{route.vehicle_id} {name}", f"{said} told, {due} recomputed")


def _range(route: Route, facts: Facts, distance_m: int, moment_gm: int) -> Iterator[Finding]:
    kind = facts.kinds[route.vehicle_type_id]
    if kind.max_distance_m is not None and distance_m > kind.max_distance_m:
        over_km = (distance_m - kind.max_distance_m) / 1_000
        yield Finding("max_distance", route.vehicle_id, f"{over_km} km too far")
    if kind.battery_kwh is None or kind.energy_kwh is None:
        return
    needed = linear(kind.energy_kwh, distance_m=distance_m, moment_gm=moment_gm)
    usable = kind.battery_kwh * (1 - kind.reserve_share)
    if needed > usable:
        short_km = (needed - usable) / kind.energy_kwh.per_km if kind.energy_kwh.per_km else needed
        yield Finding("range", route.vehicle_id, f"range short by {short_km:.1f} km")
