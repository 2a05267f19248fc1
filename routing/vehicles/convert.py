"""A problem of the planner's words as the plain arrays that the engines work on."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from routing.distances.distances import Distances
from routing.instance import NEVER, Fleet, Instance, Running
from routing.problem import (
    DRIVER_RULES,
    CollectionMode,
    Direction,
    LinearRate,
    ObjectiveWeights,
    RoutingProblem,
    Stop,
    VehicleType,
    Window,
)

PENALTY_TRIPS = 2  # dedicated round trips that leaving a stop out costs
PENALTY_OF_PRIORITY = {1: 16, 2: 8, 3: 4, 4: 2, 5: 1}
MANDATORY_FACTOR = 2.0
UNABLE = 1e12
G_PER_KG, M_PER_KM = 1_000, 1_000


class ObjectiveError(ValueError):
    """Weights that cannot be meant; the message names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """The arrays, and which name each index stands for."""

    instance: Instance
    point_of_location: dict[str, int]
    stops: tuple[Stop, ...]  # of the points after the depots
    kinds: tuple[VehicleType, ...]  # of the fleets

    def stop_of(self, point: int) -> Stop:
        """Return the stop of a point."""
        return self.stops[point - self.instance.depots]


def rates_of(kind: VehicleType, weights: ObjectiveWeights) -> tuple[float, float, float, float]:
    """Return what a vehicle costs: fixed, per metre, per gram metre, per second.

    Raises
    ------
    ObjectiveError
        If emissions count and the type has no rate or there is no price; the message names it.
    """
    fixed = weights.cost * kind.fixed_cost_cny_fen
    per_km = weights.cost * kind.cost_cny_fen_per_km
    per_kg_km = Decimal(0)
    per_h = weights.cost * kind.cost_cny_fen_per_h
    if kind.energy_cost_cny_fen is not None:
        per_km += weights.cost * kind.energy_cost_cny_fen.per_km
        per_kg_km += weights.cost * kind.energy_cost_cny_fen.per_kg_km
    if weights.emission > 0:
        price = weights.emission * _carbon_price(weights)
        for name in ("ttw_kgco2e", "wtt_kgco2e"):
            rate: LinearRate | None = getattr(kind, name)
            if rate is None:
                raise ObjectiveError(
                    f"vehicle type {kind.vehicle_type_id}: {name} is missing and "
                    f"weights.emission is {weights.emission}; unknown is never zero"
                )
            per_km += price * rate.per_km
            per_kg_km += price * rate.per_kg_km
    if weights.time > 0:
        if weights.time_value_cny_fen_per_h is None:
            raise ObjectiveError("weights.time_value_cny_fen_per_h is missing, time counts")
        per_h += weights.time * weights.time_value_cny_fen_per_h
    return (
        float(fixed),
        float(per_km / M_PER_KM),
        float(per_kg_km / M_PER_KM / G_PER_KG),
        float(per_h / 3_600),
    )


def _carbon_price(weights: ObjectiveWeights) -> Decimal:
    if weights.carbon_price_cny_fen_per_kgco2e is not None:
        return weights.carbon_price_cny_fen_per_kgco2e
    if weights.cost == 0 and weights.time == 0:
        return Decimal(1)
    raise ObjectiveError(
        "weights.carbon_price_cny_fen_per_kgco2e is missing: cost and emission are in two units"
    )


def converted(problem: RoutingProblem, distances: Distances) -> Converted:
    """Return the arrays of ``problem``; ``distances`` are of its locations, in their sequence."""
    at = {one.location_id: k for k, one in enumerate(problem.locations)}
    points = [at[one.location_id] for one in problem.depots]
    points += [at[one.location_id] for one in problem.stops]
    depots = len(problem.depots)
    kinds, running, bound = _fleet(problem, points)
    pick = np.ix_(points, points)
    factors = sorted({one.speed_factor for one in kinds})
    durations = tuple(
        np.floor(distances.duration_s[pick] * float(factor)).astype(np.int32) for factor in factors
    )
    dims = _dimensions(problem)
    fleets = tuple(_row(problem, one, factors, dims) for one in kinds)
    instance = Instance(
        name=problem.problem_id,
        distance=distances.distance_m[pick],
        durations=durations,
        delivery=_amounts(problem, Direction.DELIVERY, dims),
        pickup=_amounts(problem, Direction.PICKUP, dims),
        fleets=fleets,
        depots=depots,
        windows=_windows(problem),
        service=np.array([0] * depots + [one.service_duration_s for one in problem.stops]),
        allowed=_allowed(problem, kinds),
        backhaul_last=problem.collection is CollectionMode.BACKHAUL_LAST,
        running=running,
        bound=bound,
        dimensions=tuple(dims),
    )
    instance = replace(instance, penalty=_penalties(problem, instance))
    return Converted(
        instance=instance, point_of_location=at, stops=problem.stops, kinds=tuple(kinds)
    )


def _fleet(
    problem: RoutingProblem, points: list[int]
) -> tuple[list[VehicleType], tuple[Running, ...], dict[int, int]]:
    """The types, each running vehicle as one of its own that nobody can open anew."""
    by_id = {one.vehicle_type_id: one for one in problem.vehicle_types}
    point_of = {one.stop_id: k + len(problem.depots) for k, one in enumerate(problem.stops)}
    taken: dict[str, int] = {}
    running = []
    bound: dict[int, int] = {}
    for index, route in enumerate(problem.frozen):
        taken[route.vehicle_type_id] = taken.get(route.vehicle_type_id, 0) + 1
        stops = tuple(point_of[one] for one in route.stop_ids)
        running.append(
            Running(
                fleet=len(problem.vehicle_types) + index, stops=stops,
                frozen=route.frozen_stop_count, release=route.free_at_s,
                driven=route.driven_since_break_s,
            )
        )  # fmt: skip
        bound |= {point_of[one]: index for one in route.loaded_stop_ids}
    kinds = [
        replace(one, count=max(one.count - taken.get(one.vehicle_type_id, 0), 0))
        for one in problem.vehicle_types
    ]
    kinds += [replace(by_id[route.vehicle_type_id], count=0) for route in problem.frozen]
    return kinds, tuple(running), bound


def _dimensions(problem: RoutingProblem) -> list[str]:
    """Mass always; volume and floor where a vehicle has such a limit."""
    dims = ["payload_g"]
    limited = [
        name
        for name in ("volume_cm3", "floor_mm")
        if any(getattr(one, name) for one in problem.vehicle_types)
    ]
    return dims + limited


def _amounts(problem: RoutingProblem, direction: Direction, dims: list[str]) -> NDArray[np.int64]:
    fields = ["mass_g" if name == "payload_g" else name for name in dims]
    rows = [[0] * len(dims)] * len(problem.depots)
    for stop in problem.stops:
        lines = [one for one in stop.lines if one.direction is direction]
        rows.append([sum(getattr(one, name) for one in lines) for name in fields])
    return np.array(rows, dtype=np.int64).reshape(-1, len(dims))


def _row(
    problem: RoutingProblem, kind: VehicleType, factors: list[Decimal], dims: list[str]
) -> Fleet:
    depots = [one.depot_id for one in problem.depots]
    depot = problem.depots[depots.index(kind.depot_id)]
    fixed, per_m, per_gm, per_s = rates_of(kind, problem.weights)
    rule = DRIVER_RULES.get(kind.driver_rule_id or "")
    opens = max(kind.shift.earliest_s, depot.window.earliest_s if depot.window else 0)
    closes = min(kind.shift.latest_s, depot.window.latest_s if depot.window else NEVER)
    energy, limit = kind.energy_kwh, kind.battery_kwh
    is_limited = energy is not None and limit is not None
    return Fleet(
        name=kind.vehicle_type_id,
        capacity=tuple(getattr(kind, name) or NEVER for name in dims),
        count=min(kind.count, len(problem.stops)),
        depot=depots.index(kind.depot_id),
        fixed=fixed, per_m=per_m, per_gm=per_gm, per_s=per_s,
        shift=(opens + depot.loading_duration_s, closes),
        max_duration=kind.max_duration_s if kind.max_duration_s is not None else NEVER,
        max_distance=kind.max_distance_m if kind.max_distance_m is not None else NEVER,
        energy_per_m=float(energy.per_km / M_PER_KM) if energy and is_limited else 0.0,
        energy_per_gm=float(energy.per_kg_km / M_PER_KM / G_PER_KG)
        if energy and is_limited else 0.0,
        energy_max=float(limit * (1 - kind.reserve_share)) - 1e-6
        if limit is not None and is_limited else np.inf,
        break_after=rule.driving_max_s if rule else 0,
        break_length=rule.break_duration_s if rule else 0,
        profile=factors.index(kind.speed_factor),
    )  # fmt: skip


def _windows(problem: RoutingProblem) -> tuple[tuple[tuple[int, int], ...], ...]:
    always = ((0, NEVER),)
    return tuple(always for _ in problem.depots) + tuple(
        tuple((w.earliest_s, w.latest_s) for w in _sorted(one.windows)) or always
        for one in problem.stops
    )


def _sorted(windows: tuple[Window, ...]) -> list[Window]:
    return sorted(windows, key=lambda one: one.earliest_s)


def may_serve(problem: RoutingProblem, kind: VehicleType, stop: Stop) -> bool:
    """Whether skills, classes, access and the goods' depot let a vehicle serve a stop."""
    access = next(
        one.access_vehicle_classes for one in problem.locations
        if one.location_id == stop.location_id
    )  # fmt: skip
    return (
        stop.required_skills <= kind.skills
        and not (kind.vehicle_class and kind.vehicle_class in stop.forbidden_vehicle_classes)
        and (not access or kind.vehicle_class in access)
        and all(
            line.depot_id in (None, kind.depot_id)
            for line in stop.lines
            if line.direction is Direction.DELIVERY
        )
    )


def _allowed(problem: RoutingProblem, kinds: list[VehicleType]) -> NDArray[np.uint8] | None:
    access = {one.location_id: one.access_vehicle_classes for one in problem.locations}
    is_free = not any(access.values()) and not any(
        stop.required_skills or stop.forbidden_vehicle_classes
        or any(line.depot_id for line in stop.lines)
        for stop in problem.stops
    )  # fmt: skip
    if is_free:
        return None
    rows = [[1] * len(kinds) for _ in problem.depots]
    rows += [[int(may_serve(problem, kind, stop)) for kind in kinds] for stop in problem.stops]
    return np.array(rows, dtype=np.uint8)


def _penalties(problem: RoutingProblem, instance: Instance) -> NDArray[np.float64]:
    """Return what leaving a stop out costs, in units of the objective."""
    first = instance.depots
    dearest = np.zeros(len(instance.distance))
    for stop in instance.stops:
        alone = [_alone(instance, k, stop) for k in range(len(instance.fleets))]
        dearest[stop] = min(alone)
    dearest[dearest >= UNABLE] = 0.0
    penalties = np.zeros(len(instance.distance))
    for index, one in enumerate(problem.stops):
        point = index + first
        given = one.unserved_penalty_cny_fen
        own = PENALTY_TRIPS * max(dearest[point], 1e-6) * PENALTY_OF_PRIORITY[one.priority]
        penalties[point] = own if given is None else float(given)
    # Leaving one of these out weighs more than leaving out all the others together.
    together = MANDATORY_FACTOR * max(float(penalties.sum() + dearest.sum()), 1.0)
    for index, one in enumerate(problem.stops):
        if one.mandatory:
            penalties[index + first] = together
    return penalties


def _alone(instance: Instance, k: int, stop: int) -> float:
    """Return what a round trip to one stop alone costs with a vehicle of type ``k``."""
    if instance.allowed is not None and not instance.allowed[stop, k]:
        return UNABLE
    fleet, d = instance.fleets[k], instance.distance
    to, back = int(d[fleet.depot, stop]), int(d[stop, fleet.depot])
    moment = int(instance.delivery[stop, 0]) * to + int(instance.pickup[stop, 0]) * back
    travel = instance.durations[fleet.profile]
    took = int(travel[fleet.depot, stop]) + int(travel[stop, fleet.depot])
    took += 0 if instance.service is None else int(instance.service[stop])
    return fleet.fixed + fleet.per_m * (to + back) + fleet.per_gm * moment + fleet.per_s * took
