"""A plan as one JSON object, and back; kilograms and fen are decimal strings."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from routing.plan import Figures, Route, RoutePlan, Schedule, Unserved, Visit
from routing.problem import ObjectiveWeights, RoutingProblem

SCHEMA_VERSION = 1
DECIMALS = ("cost_cny_fen", "ttw_kgco2e", "wtt_kgco2e", "energy_kwh")
SECONDS = {
    "arrival_s": "arrival_at",
    "start_s": "start_at",
    "leave_s": "leave_at",
    "end_s": "end_at",
}


class PlanFileError(ValueError):
    """A plan's file that cannot be read; the message says why."""


def instant(problem: RoutingProblem, seconds: int) -> str:
    """Return seconds after the day's midnight as an instant."""
    midnight = datetime.combine(problem.planned_on, time(), tzinfo=UTC)
    return (midnight + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def plan_json(plan: RoutePlan, problem: RoutingProblem) -> dict[str, Any]:
    """Return the plan as what JSON can hold."""
    return {
        "schema_version": SCHEMA_VERSION,
        "problem_id": plan.problem_id,
        "problem_digest": plan.problem_digest,
        "planned_on": problem.planned_on.isoformat(),
        "engine": plan.engine,
        "seed": plan.seed,
        "iterations": plan.iterations,
        "distance_method": plan.distance_method,
        "weights": {
            name: None if one is None else str(one) for name, one in _plain(plan.weights).items()
        },
        "objective": str(plan.objective),
        "totals": figures_json(plan.totals),
        "routes": [_route_json(one, problem) for one in plan.routes],
        "unserved": [_plain(one) for one in plan.unserved],
        "schedule": [list(one) for one in plan.schedule.chunks],
        "recombined": [
            one and [[k, list(stops)] for k, stops in one] for one in plan.schedule.recombined
        ],
        "versions": dict(plan.versions),
        "coordinates": sorted({one.coordinate_system for one in problem.locations}),
    }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Return figures with their decimals as strings; unknown stays null."""
    told = _plain(figures)
    return told | {name: None if told[name] is None else str(told[name]) for name in DECIMALS}


def _plain(value: Any) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _timed(told: dict[str, Any], problem: RoutingProblem) -> dict[str, Any]:
    more = {
        name: instant(problem, told[seconds])
        for seconds, name in SECONDS.items()
        if seconds in told
    }
    return told | more


def _route_json(route: Route, problem: RoutingProblem) -> dict[str, Any]:
    told = _timed(_plain(route), problem)
    return told | {
        "visits": [_timed(_plain(one), problem) for one in route.visits],
        "figures": figures_json(route.figures),
    }


def plan_of_json(told: Mapping[str, Any]) -> RoutePlan:
    """Return the plan that a JSON object tells.

    Raises
    ------
    PlanFileError
        If a field is missing or of the wrong kind; the message names it.
    """
    try:
        return RoutePlan(
            problem_id=told["problem_id"], problem_digest=told["problem_digest"],
            engine=told["engine"], seed=int(told["seed"]),
            distance_method=told["distance_method"],
            weights=_weights(told["weights"]),
            routes=tuple(_route(one) for one in told["routes"]),
            unserved=tuple(Unserved(**one) for one in told["unserved"]),
            totals=_figures(told["totals"]),
            objective=Decimal(told["objective"]),
            schedule=_schedule(told),
            iterations=int(told["iterations"]),
            versions=tuple(sorted(told.get("versions", {}).items())),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise PlanFileError(f"the plan cannot be read: {type(error).__name__} {error}") from None


def _weights(told: Mapping[str, Any]) -> ObjectiveWeights:
    decimals = {name: None if one is None else Decimal(one) for name, one in told.items()}
    return ObjectiveWeights(**_known(ObjectiveWeights, decimals))


def _schedule(told: Mapping[str, Any]) -> Schedule:
    return Schedule(
        chunks=tuple((int(n), float(a), float(b)) for n, a, b in told["schedule"]),
        recombined=tuple(
            None if one is None else tuple((int(k), tuple(map(int, stops))) for k, stops in one)
            for one in told["recombined"]
        ),
    )


def _known(kind: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: told[one.name] for one in fields(kind)}


def _route(told: Mapping[str, Any]) -> Route:
    visits = tuple(Visit(**_known(Visit, one)) for one in told["visits"])
    return Route(**_known(Route, told) | {"visits": visits, "figures": _figures(told["figures"])})


def _figures(told: Mapping[str, Any]) -> Figures:
    decimals = {name: None if told[name] is None else Decimal(told[name]) for name in DECIMALS}
    return Figures(**_known(Figures, told) | decimals)
