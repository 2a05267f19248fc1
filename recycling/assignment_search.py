"""The best plan for one part of a batch: a flow where it suffices, else CP-SAT, else both in turn.

A flow that splits no pickup is the optimum. Else a part of few pickups is searched whole. In a
larger one the flow's unsplit pickups are a plan to start from, and CP-SAT decides again and again
about the pickups at a few limits while all others stay: on 2,000 orders that found in six seconds
what one model had not found in eighteen.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recycling.assignment_cpsat import cpsat_plan
from recycling.assignment_flow import is_flow, relaxed
from recycling.assignment_option import Choice, Option, Plan, greedy, worth
from recycling.eligibility import Limit

MAX_WHOLE_PICKUPS = 60
FEW_LIMITS = 4
RIVAL_LIMITS = 6
MAX_WAITING = 100
FREED_DETERMINISTIC_S = 0.05
# Stating and simplifying a model takes longer than the solver counts: about so long per option.
OPTION_S = 0.00002


class Method(StrEnum):
    """What found the plan of a part of a batch."""

    NO_CONFLICT = "no_conflict"  # every pickup has its best recycler
    MIN_COST_FLOW = "min_cost_flow"
    CP_SAT = "cp_sat"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan, what found it, and whether none better exists."""

    plan: Plan
    method: Method
    is_optimal: bool


def solved(
    part: Choice, *, deterministic_s: float, max_whole_pickups: int = MAX_WHOLE_PICKUPS
) -> Solved:
    """Return the best plan found; never a worse one than taking one pickup after the other.

    Parameters
    ----------
    deterministic_s
        How long CP-SAT may search, in its own seconds, which no clock counts.
    max_whole_pickups
        Up to how many pickups are searched as one model.
    """
    one_by_one = greedy(part)
    if not part.left_units:
        return Solved(one_by_one, Method.NO_CONFLICT, is_optimal=True)
    found = _searched(part, one_by_one, deterministic_s, max_whole_pickups)
    if worth(found.plan) < worth(one_by_one):
        return Solved(one_by_one, Method.GREEDY, is_optimal=False)
    return found


def _searched(
    part: Choice, one_by_one: Plan, deterministic_s: float, max_whole_pickups: int
) -> Solved:
    flow = relaxed(part) if is_flow(part) else None
    if flow is not None and flow.is_optimal:
        return Solved(flow.plan, Method.MIN_COST_FLOW, is_optimal=True)
    if len(part.options) <= max_whole_pickups:
        proposed = cpsat_plan(part, hint=one_by_one, deterministic_s=deterministic_s)
        if proposed is None:
            return Solved(one_by_one, Method.GREEDY, is_optimal=False)
        return Solved(proposed.plan, Method.CP_SAT, proposed.is_optimal)
    start = one_by_one if flow is None else _filled(part, flow.plan)
    return Solved(_improved(part, start, deterministic_s), Method.CP_SAT, is_optimal=False)


def _filled(part: Choice, plan: Plan) -> Plan:
    missing = {key for key in part.options if key not in plan}
    return {**plan, **greedy(_freed(part, plan, missing))}


def _improved(part: Choice, plan: Plan, deterministic_s: float) -> Plan:
    """Return ``plan`` after CP-SAT decided about each neighbourhood, or the time is used up."""
    left_s = deterministic_s
    for turn, limits in enumerate(_neighbourhoods(part)):
        if left_s <= 0:
            break
        keys = _keys(part, plan, limits, turn)
        near = _freed(part, plan, keys)
        proposed = cpsat_plan(near, hint=plan, deterministic_s=min(left_s, FREED_DETERMINISTIC_S))
        left_s -= proposed.deterministic_s if proposed else FREED_DETERMINISTIC_S
        left_s -= OPTION_S * sum(map(len, near.options.values()))
        if proposed is not None:
            plan = _better(plan, {**_without(plan, keys), **proposed.plan})
    return plan


def _better(plan: Plan, other: Plan) -> Plan:
    return other if worth(other) > worth(plan) else plan


def _neighbourhoods(part: Choice) -> Iterator[frozenset[Limit]]:
    """Yield a few limits at a time: each once, then some with those they compete with most."""
    limits = list(part.left_units)
    for first in range(0, len(limits), FEW_LIMITS):
        yield frozenset(limits[first : first + FEW_LIMITS])
    rivals = _rivals(part)
    for limit in limits[::FEW_LIMITS]:
        met = rivals[limit]
        yield frozenset(sorted(met, key=lambda one: (-met[one], one))[:RIVAL_LIMITS])


def _rivals(part: Choice) -> dict[Limit, Counter[Limit]]:
    """Return how many pickups could go to both, by limit and limit; to itself is the most."""
    rivals: dict[Limit, Counter[Limit]] = {limit: Counter() for limit in part.left_units}
    for ranked in part.options.values():
        limits = {limit for option in ranked for limit, _ in option.takes}
        for limit in limits:
            rivals[limit].update(limits)
    return rivals


def _keys(part: Choice, plan: Plan, limits: frozenset[Limit], turn: int) -> set[str]:
    """Return the pickups at ``limits``, and some of those that wait: others at another turn."""
    at = {key for key, option in plan.items() if _takes(option, limits)}
    waiting = [key for key in part.options if key not in plan]
    start = turn * MAX_WAITING % len(waiting) if waiting else 0
    return at | set((waiting[start:] + waiting[:start])[:MAX_WAITING])


def _takes(option: Option, limits: frozenset[Limit]) -> bool:
    return any(limit in limits for limit, _ in option.takes)


def _freed(part: Choice, plan: Plan, keys: set[str]) -> Choice:
    """Return the choice of ``keys`` alone while all others stay as planned."""
    left = dict(part.left_units)
    for option in _without(plan, keys).values():
        for limit, units in option.takes:
            left[limit] -= units
    options = {key: ranked for key, ranked in part.options.items() if key in keys}
    return Choice(options=options, left_units=left)


def _without(plan: Plan, keys: set[str]) -> Mapping[str, Option]:
    return {key: option for key, option in plan.items() if key not in keys}
