"""One small plan to write: two stops served, one that nobody can, a stop with a hostile name."""

from functools import cache

from routing.plan import RoutePlan
from routing.vehicles.planner import planned
from routing.vehicles.search import Budget
from tests.routing.builders import distances, problem, rate, stop, vehicle

HOSTILE = "=<b>&1"
DAY_OF_THREE = problem(
    [stop("S-1"), stop(HOSTILE), stop("S-3", required_skills=frozenset({"crane"}))],
    vehicle_types=(vehicle(ttw_kgco2e=rate("0.55061"), wtt_kgco2e=rate("0")),),
)


@cache
def told() -> RoutePlan:
    """Return the plan."""
    made = DAY_OF_THREE
    return planned(made, distances(made), seed=1, budget=Budget(iterations=60))
