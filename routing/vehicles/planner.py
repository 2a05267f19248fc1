"""From a problem to a plan: what can never be served aside, the search, times and figures."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from routing.distances.distances import Distances
from routing.figures import added_up, figures_of, objective_of
from routing.plan import Figures, Route, RoutePlan, Unserved, Visit
from routing.problem import DRIVER_RULES, Direction, RoutingProblem, VehicleType, Window
from routing.schedule import Call, Timed, driven_through, latest_departure_s
from routing.vehicles.convert import Converted, converted
from routing.vehicles.search import Budget, Found, Progress, search
from routing.vehicles.tables import Knobs
from routing.vehicles.unserved import amounts, never_served

Engine = Callable[..., Found]


class PlanError(ValueError):
    """A round of an engine that cannot be driven as it claims; the message names it."""


def planned(
    problem: RoutingProblem,
    distances: Distances,
    *,
    seed: int,
    budget: Budget,
    engine: Engine = search,
    engine_name: str = "sisr",
    knobs: Knobs | None = None,
    versions: tuple[tuple[str, str], ...] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> RoutePlan:
    """Return the plan of a problem's day.

    Raises
    ------
    ObjectiveError
        If the weights cannot be meant.
    """
    whole = converted(problem, distances)
    lost = {
        point: why
        for point in whole.instance.stops
        if point not in _running_points(whole)
        and (why := never_served(problem, whole.instance, point)) is not None
    }
    served = tuple(
        stop for k, stop in enumerate(problem.stops) if k + whole.instance.depots not in lost
    )
    part = replace(problem, stops=served)
    arrays = converted(part, distances) if lost else whole
    found = engine(arrays.instance, seed=seed, budget=budget, knobs=knobs, on_progress=on_progress)
    return _plan(part, distances, arrays, found, tuple(lost.values()), seed, engine_name, versions)


def _running_points(whole: Converted) -> set[int]:
    return {point for one in whole.instance.running for point in one.stops[: one.frozen]}


def _plan(
    problem: RoutingProblem, distances: Distances, arrays: Converted, found: Found,
    lost: tuple[Unserved, ...], seed: int, engine_name: str, versions: tuple[tuple[str, str], ...],
) -> RoutePlan:  # fmt: skip
    routes = _routes(problem, distances, arrays, found)
    totals = added_up([one.figures for one in routes])
    return RoutePlan(
        problem_id=problem.problem_id,
        problem_digest=problem.digest,
        engine=engine_name,
        seed=seed,
        distance_method=", ".join(distances.methods) + f" ({distances.source})",
        weights=problem.weights,
        routes=routes,
        unserved=lost + _left(problem, arrays, found),
        totals=totals,
        objective=objective_of(totals, problem.weights),
        schedule=found.schedule,
        iterations=found.iterations,
        versions=versions,
    )


def _left(problem: RoutingProblem, arrays: Converted, found: Found) -> tuple[Unserved, ...]:
    left = []
    for point in found.absent:
        stop_id = arrays.stop_of(point).stop_id
        if point in arrays.instance.bound:
            left.append(Unserved(stop_id=stop_id, reason="goods_on_vehicle",
                                 detail="its vehicle cannot serve it any more"))  # fmt: skip
        else:
            left.append(Unserved(stop_id=stop_id, reason="no_room_found",
                                 detail="no vehicle had room and time for it"))  # fmt: skip
    return tuple(left)


def _routes(
    problem: RoutingProblem, distances: Distances, arrays: Converted, found: Found
) -> tuple[Route, ...]:
    first_running = len(problem.vehicle_types)
    numbers: dict[int, int] = {}
    routes = []
    for k, points in found.rounds:
        kind = arrays.kinds[k]
        if k >= first_running:
            vehicle_id = f"frozen-{k - first_running + 1}"
        else:
            numbers[k] = numbers.get(k, 0) + 1
            vehicle_id = f"{kind.vehicle_type_id}-{numbers[k]}"
        routes.append(_route(problem, distances, arrays, vehicle_id, k, points))
    return tuple(routes)


def _route(
    problem: RoutingProblem, distances: Distances, arrays: Converted, vehicle_id: str,
    k: int, points: tuple[int, ...],
) -> Route:  # fmt: skip
    kind, fleet, instance = arrays.kinds[k], arrays.instance.fleets[k], arrays.instance
    running = next((one for one in instance.running if one.fleet == k), None)
    frozen = running.frozen if running else 0
    way = (fleet.depot, *points, fleet.depot)
    legs_m = [int(instance.distance[a, b]) for a, b in pairwise(way)]
    circles_m = _circles(problem, distances, arrays, way)
    travel = instance.durations[fleet.profile]
    calls = [
        Call(driving_s=int(travel[a, b]), windows=_windows(arrays, b, fleet.depot, fleet.shift),
             service_s=0 if b == fleet.depot else arrays.stop_of(b).service_duration_s)
        for a, b in pairwise(way)
    ]  # fmt: skip
    begun_s = max(fleet.shift[0], running.release if running else 0)
    since_s = running.driven if running else 0
    rule = DRIVER_RULES.get(kind.driver_rule_id or "")
    moving = calls[frozen:]
    start_s = begun_s if frozen else latest_departure_s(
        moving, depart_s=begun_s, since_break_s=since_s, rule=rule
    )  # fmt: skip
    timed = driven_through(moving, depart_s=start_s, since_break_s=since_s, rule=rule)
    if timed is None:
        raise PlanError(f"vehicle {vehicle_id} misses a window on {len(points)} stops")
    times = [Timed(arrival_s=begun_s, start_s=begun_s, leave_s=begun_s, break_s=0)] * frozen + timed
    loads = _loads(arrays, points)
    visits = tuple(
        Visit(
            stop_id=arrays.stop_of(point).stop_id, arrival_s=at.arrival_s, start_s=at.start_s,
            leave_s=at.leave_s, distance_m=leg, great_circle_m=circle, break_s=at.break_s,
            load_g=load[0], load_cm3=load[1], load_mm=load[2],
        )
        for point, at, leg, circle, load in zip(
            points, times, legs_m, circles_m, loads[1:], strict=False
        )
    )  # fmt: skip
    return Route(
        vehicle_id=vehicle_id, vehicle_type_id=kind.vehicle_type_id, depot_id=kind.depot_id,
        start_s=start_s, end_s=times[-1].arrival_s, last_distance_m=legs_m[-1],
        last_great_circle_m=circles_m[-1], last_break_s=times[-1].break_s,
        load_g=loads[0][0], load_cm3=loads[0][1], load_mm=loads[0][2],
        frozen_stop_count=frozen, visits=visits,
        figures=_figures(kind, legs_m, circles_m, loads, calls, times, start_s),
    )  # fmt: skip


def _windows(
    arrays: Converted, point: int, depot: int, shift: tuple[int, int]
) -> tuple[Window, ...]:
    if point == depot:
        return (Window(earliest_s=0, latest_s=shift[1]),)
    return tuple(sorted(arrays.stop_of(point).windows, key=lambda one: one.earliest_s))


def _circles(
    problem: RoutingProblem, distances: Distances, arrays: Converted, way: tuple[int, ...]
) -> list[int]:
    places: Mapping[str, int] = arrays.point_of_location
    at = [
        places[(problem.depots[p] if p < len(problem.depots) else arrays.stop_of(p)).location_id]
        for p in way
    ]
    return [int(distances.great_circle_m[a, b]) for a, b in pairwise(at)]


def _loads(arrays: Converted, points: tuple[int, ...]) -> list[tuple[int, int, int]]:
    brought = [amounts(arrays.stop_of(p), Direction.DELIVERY) for p in points]
    given = [amounts(arrays.stop_of(p), Direction.PICKUP) for p in points]
    load = [sum(one[x] for one in brought) for x in range(3)]
    loads = [(load[0], load[1], load[2])]
    for q, p in zip(brought, given, strict=True):
        load = [load[x] - q[x] + p[x] for x in range(3)]
        loads.append((load[0], load[1], load[2]))
    return loads


def _figures(
    kind: VehicleType, legs_m: list[int], circles_m: list[int],
    loads: list[tuple[int, int, int]], calls: list[Call], times: list[Timed], start_s: int,
) -> Figures:  # fmt: skip
    return figures_of(
        kind,
        distance_m=sum(legs_m),
        great_circle_m=sum(circles_m),
        moment_gm=sum(leg * load[0] for leg, load in zip(legs_m, loads, strict=True)),
        duration_s=times[-1].arrival_s - start_s,
        driving_s=sum(one.driving_s for one in calls),
        waiting_s=sum(one.start_s - one.arrival_s for one in times),
    )
