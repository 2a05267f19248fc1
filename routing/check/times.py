"""Times: nobody arrives before the way allows, windows and shifts hold, breaks are taken."""

from collections.abc import Iterator
from itertools import pairwise

from routing.check.facts import Facts
from routing.check.finding import Finding
from routing.plan import Route
from routing.problem import DRIVER_RULES, Window


def broken_times(route: Route, facts: Facts) -> list[Finding]:
    """Return what is wrong with the times of one route."""
    return [
        *_legs(route, facts),
        *_windows(route, facts),
        *_shift(route, facts),
        *_breaks(route, facts),
    ]


def _places(route: Route, facts: Facts) -> list[str]:
    depot = facts.depots[route.depot_id].location_id
    return [depot, *(facts.stops[one.stop_id].location_id for one in route.visits), depot]


def driving_s(route: Route, facts: Facts) -> list[int]:
    """Return the seconds of driving of each leg, at the vehicle's own speed."""
    factor = facts.kinds[route.vehicle_type_id].speed_factor
    places = _places(route, facts)
    return [int(facts.duration_s(a, b) * factor) for a, b in pairwise(places)]


def _legs(route: Route, facts: Facts) -> Iterator[Finding]:
    left_s = route.start_s
    legs = driving_s(route, facts)
    arrivals = [*(one.arrival_s for one in route.visits), route.end_s]
    breaks = [*(one.break_s for one in route.visits), route.last_break_s]
    leaves = [*(one.leave_s for one in route.visits), route.end_s]
    names = [*(f"stop {one.stop_id}" for one in route.visits), "the end"]
    for k, (leg, arrival, rest, leave, name) in enumerate(
        zip(legs, arrivals, breaks, leaves, names, strict=True)
    ):
        if k >= route.frozen_stop_count and arrival < left_s + leg + rest:
            early = left_s + leg + rest - arrival
            yield Finding(
                "travel_time", f"{route.vehicle_id} {name}", f"reached {early} s too soon"
            )
        left_s = leave


def _inside(start_s: int, windows: tuple[Window, ...]) -> bool:
    return not windows or any(one.earliest_s <= start_s <= one.latest_s for one in windows)


def _windows(route: Route, facts: Facts) -> Iterator[Finding]:
    for visit in route.visits[route.frozen_stop_count :]:
        stop = facts.stops[visit.stop_id]
        where = f"{route.vehicle_id} stop {visit.stop_id}"
        if not _inside(visit.start_s, stop.windows):
            missed = min(abs(visit.start_s - b) for w in stop.windows
                         for b in (w.earliest_s, w.latest_s))  # fmt: skip
            yield Finding("window", where, f"window missed by {missed} s")
        if visit.start_s < visit.arrival_s:
            yield Finding("window", where, "is served before it is reached")
        if visit.leave_s < visit.start_s + stop.service_duration_s:
            yield Finding(
                "service", where, f"is left before {stop.service_duration_s} s of service"
            )


def _shift(route: Route, facts: Facts) -> Iterator[Finding]:
    kind = facts.kinds[route.vehicle_type_id]
    depot = facts.depots[route.depot_id]
    running = facts.frozen_of(route.vehicle_id)
    opens = [kind.shift.earliest_s] + ([depot.window.earliest_s] if depot.window else [])
    closes = [kind.shift.latest_s] + ([depot.window.latest_s] if depot.window else [])
    earliest_s = max(opens) + depot.loading_duration_s
    if running is None and route.start_s < earliest_s:
        yield Finding("shift", route.vehicle_id, f"starts {earliest_s - route.start_s} s too soon")
    if route.end_s > min(closes):
        yield Finding("shift", route.vehicle_id, f"ends {route.end_s - min(closes)} s too late")
    if kind.max_duration_s is not None and route.end_s - route.start_s > kind.max_duration_s:
        over = route.end_s - route.start_s - kind.max_duration_s
        yield Finding("max_duration", route.vehicle_id, f"takes {over} s too long")


def _breaks(route: Route, facts: Facts) -> Iterator[Finding]:
    """Driving since the last break never exceeds the rule, wherever the breaks of a leg lie."""
    rule = DRIVER_RULES.get(facts.kinds[route.vehicle_type_id].driver_rule_id or "")
    if rule is None:
        return
    running = facts.frozen_of(route.vehicle_id)
    since_s = running.driven_since_break_s if running else 0
    rests = [*(one.break_s for one in route.visits), route.last_break_s]
    waits = [*(one.start_s - one.arrival_s for one in route.visits), 0]
    for k, leg in enumerate(driving_s(route, facts)):
        if k < route.frozen_stop_count:
            continue
        taken = rests[k] // rule.break_duration_s
        since_s += leg
        if since_s > rule.driving_max_s * (taken + 1):
            yield Finding(
                "break_missing", route.vehicle_id,
                f"{since_s} s of driving to place {k + 1} with {taken} breaks, "
                f"{rule.driving_max_s} s are allowed without one",
            )  # fmt: skip
        # Breaks lie as late as they can, so the least driving that can be left is this.
        since_s = max(since_s - taken * rule.driving_max_s, 0)
        since_s = _least_since(leg, since_s, taken, rule.driving_max_s)
        if waits[k] >= rule.break_duration_s:
            since_s = 0


def _least_since(leg_s: int, since_s: int, taken: int, most_s: int) -> int:
    """A break before the leg leaves the leg's own driving, or less where more were taken."""
    if taken == 0:
        return since_s
    return max(leg_s - (taken - 1) * most_s, 0)
