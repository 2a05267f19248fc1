"""Whether goods go into a vehicle whole: bounds first, then a greedy pass, a beam, a proof."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from routing.loading.bounds import first_broken
from routing.loading.entities import LoadPlan, LoadProblem
from routing.loading.exact import MAX_UNITS, Proven, prove
from routing.loading.search import Budget, load, load_greedily


class Verdict(StrEnum):
    """Three answers; ``not_found`` is no proof and no cut."""

    PACKED = "packed"
    IMPOSSIBLE = "impossible"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, the plan if there is one, and why there is none."""

    verdict: Verdict
    plan: LoadPlan | None
    sentence: str


def answer(
    problem: LoadProblem, *, clock: Callable[[], float], budget: Budget, seed: int = 1
) -> Answer:
    """Return whether all goods can be loaded, the cheapest test first."""
    if (broken := first_broken(problem)) is not None:
        return Answer(Verdict.IMPOSSIBLE, None, broken.sentence)
    plan = load_greedily(problem)
    if not plan.is_complete:
        plan = load(problem, clock=clock, budget=budget, seed=seed)
    if plan.is_complete:
        return Answer(Verdict.PACKED, plan, "everything is loaded")
    if problem.unit_count <= MAX_UNITS and prove(problem, seed=seed).proven is Proven.IMPOSSIBLE:
        return Answer(Verdict.IMPOSSIBLE, plan, "no arrangement holds all units (proven)")
    return Answer(Verdict.NOT_FOUND, plan, plan.leftovers[0].sentence)
