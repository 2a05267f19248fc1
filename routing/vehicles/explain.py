"""Why a stop is where it is: what it costs there, and its best place in every other round."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from routing.check.rounds import broken_rounds, cost_of_rounds
from routing.distances.distances import Distances
from routing.instance import Instance
from routing.plan import RoutePlan
from routing.problem import RoutingProblem
from routing.vehicles.convert import Converted, converted
from routing.vehicles.unserved import never_served

MAX_EXPLAINED_STOPS = 200

Rounds = list[tuple[int, tuple[int, ...]]]


def explained(problem: RoutingProblem, distances: Distances, plan: RoutePlan) -> dict[str, Any]:
    """Return the explanation of every stop; of a large plan, what each stop's removal saves."""
    arrays = converted(problem, distances)
    rounds = _rounds(problem, arrays, plan)
    stops = [visit.stop_id for route in plan.routes for visit in route.visits]
    if len(stops) > MAX_EXPLAINED_STOPS:
        return {"stops": [_saved(arrays, rounds, plan, one) for one in stops]}
    return {"stops": [_stop(problem, arrays, rounds, plan, one) for one in stops]}


def explained_stop(
    problem: RoutingProblem, distances: Distances, plan: RoutePlan, stop_id: str
) -> dict[str, Any]:
    """Return what a stop saves where it were not, and its alternatives; or why it is not served."""
    left = next((one for one in plan.unserved if one.stop_id == stop_id), None)
    arrays = converted(problem, distances)
    rounds = _rounds(problem, arrays, plan)
    if left is None:
        return _stop(problem, arrays, rounds, plan, stop_id)
    point = _point(arrays, stop_id)
    told: dict[str, Any] = {"stop_id": stop_id, "reason": left.reason, "detail": left.detail}
    if never_served(problem, arrays.instance, point) is None:
        told["alternatives"] = _alternatives(arrays.instance, rounds, plan, point)
    return told


def _point(arrays: Converted, stop_id: str) -> int:
    ids = [one.stop_id for one in arrays.stops]
    return ids.index(stop_id) + arrays.instance.depots


def _rounds(problem: RoutingProblem, arrays: Converted, plan: RoutePlan) -> Rounds:
    at = {one.stop_id: k + arrays.instance.depots for k, one in enumerate(arrays.stops)}
    kinds = [one.vehicle_type_id for one in problem.vehicle_types]
    rounds = []
    for route in plan.routes:
        k = kinds.index(route.vehicle_type_id)
        if route.vehicle_id.startswith("frozen-"):
            k = len(kinds) + int(route.vehicle_id.removeprefix("frozen-")) - 1
        rounds.append((k, tuple(at[one.stop_id] for one in route.visits)))
    return rounds


def _saved(arrays: Converted, rounds: Rounds, plan: RoutePlan, stop_id: str) -> dict[str, Any]:
    instance, point = arrays.instance, _point(arrays, stop_id)
    number = next(n for n, (_, stops) in enumerate(rounds) if point in stops)
    kind, stops = rounds[number]
    rest = tuple(i for i in stops if i != point)
    with_it = cost_of_rounds(instance, [(kind, stops)])
    without = cost_of_rounds(instance, [(kind, rest)]) if rest else 0.0
    return {
        "stop_id": stop_id,
        "vehicle_id": plan.routes[number].vehicle_id,
        "removal_saves": round(with_it - without, 6),
        "removal_saves_km": round(_km(instance, kind, stops) - _km(instance, kind, rest), 3),
    }


def _km(instance: Instance, kind: int, stops: Sequence[int]) -> float:
    depot = instance.fleets[kind].depot
    way = (depot, *stops, depot)
    return sum(int(instance.distance[a, b]) for a, b in pairwise(way)) / 1_000


def _stop(
    problem: RoutingProblem, arrays: Converted, rounds: Rounds, plan: RoutePlan, stop_id: str
) -> dict[str, Any]:
    point = _point(arrays, stop_id)
    told = _saved(arrays, rounds, plan, stop_id)
    told["alternatives"] = _alternatives(arrays.instance, rounds, plan, point)
    return told


def _alternatives(
    instance: Instance, rounds: Rounds, plan: RoutePlan, point: int
) -> list[dict[str, Any]]:
    """The cheapest place of a stop in every round it is not in, or the first rule that forbids."""
    found = []
    for number, (kind, stops) in enumerate(rounds):
        if point in stops:
            continue
        name = plan.routes[number].vehicle_id
        found.append({"vehicle_id": name} | _best_place(instance, kind, stops, point))
    return found


def _best_place(
    instance: Instance, kind: int, stops: tuple[int, ...], point: int
) -> dict[str, Any]:
    before = cost_of_rounds(instance, [(kind, stops)])
    tries = sorted(
        (cost_of_rounds(instance, [(kind, (*stops[:k], point, *stops[k:]))]) - before, k)
        for k in range(len(stops) + 1)
    )
    first: str | None = None
    for added, k in tries:
        broken = broken_rounds(instance, [(kind, (*stops[:k], point, *stops[k:]))])
        if not broken:
            return {"adds": round(added, 6), "after_stop_count": k}
        first = first or f"{broken[0].rule}: {broken[0].detail}"
    return {"broken": first}
