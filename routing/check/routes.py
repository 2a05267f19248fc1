"""Whether a plan keeps every rule: stops, vehicles, loads, times, ranges, sums."""

from collections import Counter
from collections.abc import Iterator

from routing.check.facts import Facts
from routing.check.finding import Finding
from routing.check.loads import broken_loads
from routing.check.ranges import broken_ranges
from routing.check.times import broken_times
from routing.plan import Route, RoutePlan
from routing.problem import Direction


def broken_rules(plan: RoutePlan, facts: Facts) -> list[Finding]:
    """Return every rule that the plan breaks; an empty list means that it is valid."""
    found = [*_stops(plan, facts), *_vehicles(plan, facts)]
    if found:  # what names unknown things cannot be checked any further
        return found
    found += _frozen(plan, facts)
    for route in plan.routes:
        found += _suits(route, facts)
        found += broken_loads(route, facts)
        found += broken_times(route, facts)
        found += broken_ranges(route, facts)
    return [*found, *_totals(plan)]


def _stops(plan: RoutePlan, facts: Facts) -> Iterator[Finding]:
    visits = Counter(visit.stop_id for route in plan.routes for visit in route.visits)
    left = Counter(one.stop_id for one in plan.unserved)
    for stop_id in (visits | left).keys() - facts.stops.keys():
        yield Finding("stop_unknown", f"stop {stop_id}", "is in the plan and not in the problem")
    for stop_id in facts.stops:
        count = visits[stop_id] + left[stop_id]
        if count == 0:
            yield Finding("stop_missing", f"stop {stop_id}", "is neither served nor unserved")
        elif count > 1:
            yield Finding("stop_twice", f"stop {stop_id}", f"is named {count} times")
    for one in plan.unserved:
        if not one.reason:
            yield Finding("reason_missing", f"stop {one.stop_id}", "is unserved for no reason")


def _vehicles(plan: RoutePlan, facts: Facts) -> Iterator[Finding]:
    for vehicle_id, count in Counter(one.vehicle_id for one in plan.routes).items():
        if count > 1:
            yield Finding("vehicle_twice", f"vehicle {vehicle_id}", f"drives {count} routes")
    used = Counter(
        one.vehicle_type_id for one in plan.routes if facts.frozen_of(one.vehicle_id) is None
    )
    for kind, count in used.items():
        if kind not in facts.kinds:
            yield Finding("vehicle_unknown", f"type {kind}", "is not in the problem")
        elif count > facts.kinds[kind].count:
            yield Finding(
                "fleet_exceeded", f"type {kind}", f"{count} used, {facts.kinds[kind].count} there"
            )
    for route in plan.routes:
        of_type = facts.kinds.get(route.vehicle_type_id)
        if of_type is not None and route.depot_id != of_type.depot_id:
            yield Finding(
                "depot_wrong",
                route.vehicle_id,
                f"starts at {route.depot_id}, not {of_type.depot_id}",
            )


def _frozen(plan: RoutePlan, facts: Facts) -> Iterator[Finding]:
    routes = {one.vehicle_id: one for one in plan.routes}
    for number, running in enumerate(facts.problem.frozen, 1):
        vehicle_id = f"frozen-{number}"
        route = routes.get(vehicle_id)
        served = [] if route is None else [visit.stop_id for visit in route.visits]
        prefix = list(running.stop_ids[: running.frozen_stop_count])
        if served[: len(prefix)] != prefix:
            yield Finding(
                "frozen_changed", vehicle_id, f"begins with {served[: len(prefix)]}, not {prefix}"
            )
        left = {one.stop_id for one in plan.unserved}
        for stop_id in sorted(running.loaded_stop_ids - set(served) - left):
            yield Finding("goods_moved", f"stop {stop_id}", f"its goods are on {vehicle_id}")


def _suits(route: Route, facts: Facts) -> Iterator[Finding]:
    kind = facts.kinds[route.vehicle_type_id]
    for visit in route.visits[route.frozen_stop_count :]:
        stop = facts.stops[visit.stop_id]
        where = f"{route.vehicle_id} stop {visit.stop_id}"
        for skill in sorted(stop.required_skills - kind.skills):
            yield Finding("skill", where, f"skill {skill} missing")
        if kind.vehicle_class and kind.vehicle_class in stop.forbidden_vehicle_classes:
            yield Finding("vehicle_class", where, f"class {kind.vehicle_class} is forbidden")
        access = facts.locations[stop.location_id].access_vehicle_classes
        if access and kind.vehicle_class not in access:
            yield Finding("vehicle_class", where, f"class {kind.vehicle_class} has no access")
        for line in stop.lines:
            is_delivery = line.direction is Direction.DELIVERY
            if is_delivery and line.depot_id not in (None, kind.depot_id):
                yield Finding("goods_elsewhere", where, f"its goods are at {line.depot_id}")


def _totals(plan: RoutePlan) -> Iterator[Finding]:
    for name in ("distance_m", "duration_s", "cost_cny_fen", "ttw_kgco2e", "wtt_kgco2e"):
        parts = [getattr(route.figures, name) for route in plan.routes]
        whole = getattr(plan.totals, name)
        if any(one is None for one in parts):
            if whole is not None:
                yield Finding("total", f"plan {name}", "is told though a route's is unknown")
        elif sum(parts) != (whole or 0):
            yield Finding("total", f"plan {name}", f"{whole}, the routes add up to {sum(parts)}")
