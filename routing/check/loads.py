"""Loads: what a vehicle carries on every arc, in kilograms, cubic metres and metres of floor."""

from collections.abc import Iterator

from routing.check.facts import Facts
from routing.check.finding import Finding
from routing.plan import Route
from routing.problem import CollectionMode, Direction

NAMES = ("payload_kg", "volume_m3", "floor_m")
UNITS = (1_000, 1_000_000, 1_000)

Amounts = tuple[int, int, int]


def broken_loads(route: Route, facts: Facts) -> list[Finding]:
    """Return what is wrong with the loads of one route."""
    return [*_capacity(route, facts), *_collection(route, facts)]


def _carried(route: Route, facts: Facts) -> list[Amounts]:
    """Return the load after the start and after each stop."""
    brought = [facts.amounts(one.stop_id, Direction.DELIVERY) for one in route.visits]
    given = [facts.amounts(one.stop_id, Direction.PICKUP) for one in route.visits]
    loads = [(sum(a for a, _, _ in brought), sum(b for _, b, _ in brought),
              sum(c for _, _, c in brought))]  # fmt: skip
    for q, p in zip(brought, given, strict=True):
        a, b, c = loads[-1]
        loads.append((a - q[0] + p[0], b - q[1] + p[1], c - q[2] + p[2]))
    return loads


def _capacity(route: Route, facts: Facts) -> Iterator[Finding]:
    kind = facts.kinds[route.vehicle_type_id]
    rooms = (kind.payload_g, kind.volume_cm3, kind.floor_mm)
    loads = _carried(route, facts)
    places = ["start", *(f"stop {one.stop_id}" for one in route.visits)]
    for place, load in zip(places, loads, strict=True):
        for x, room in enumerate(rooms):
            if load[x] > room and (x == 0 or room > 0):
                over = (load[x] - room) / UNITS[x]
                yield Finding(NAMES[x], f"{route.vehicle_id} {place}", f"{NAMES[x]} over by {over}")
    told = [(route.load_g, route.load_cm3, route.load_mm)]
    told += [(one.load_g, one.load_cm3, one.load_mm) for one in route.visits]
    for place, load, said in zip(places, loads, told, strict=True):
        if load != said:
            yield Finding(
                "load_told", f"{route.vehicle_id} {place}", f"{said} told, {load} carried"
            )


def _collection(route: Route, facts: Facts) -> Iterator[Finding]:
    if facts.problem.collection is not CollectionMode.BACKHAUL_LAST or not route.visits:
        return
    collected = False
    any_delivery = False
    for visit in route.visits:
        brings = any(facts.amounts(visit.stop_id, Direction.DELIVERY))
        any_delivery |= brings
        if brings and collected:
            yield Finding(
                "backhaul_last", f"{route.vehicle_id} stop {visit.stop_id}",
                "is delivered to after a pickup",
            )  # fmt: skip
        collected |= any(facts.amounts(visit.stop_id, Direction.PICKUP)) and not brings
    if collected and not any_delivery:
        yield Finding("backhaul_only", route.vehicle_id, "only collects")
