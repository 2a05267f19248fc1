"""Batches with indivisible pickups of several units: CP-SAT, bounded and deterministic."""

from collections import defaultdict
from typing import NamedTuple

from ortools.sat.python import cp_model

from recycling.assignment_option import Choice, Option, Plan
from recycling.assignment_policy import FULL_BP
from recycling.eligibility import Limit

SEED = 1


class Proposed(NamedTuple):
    """A plan, whether none better exists, and the deterministic seconds it took."""

    plan: dict[str, Option]
    is_optimal: bool
    deterministic_s: float


def cpsat_plan(choice: Choice, *, hint: Plan, deterministic_s: float) -> Proposed | None:
    """Return the best plan found within ``deterministic_s``; ``None`` where none was.

    One worker, a fixed seed and no clock: the same choice gets the same plan on every machine.
    """
    model = cp_model.CpModel()
    chosen = [
        (model.new_bool_var(""), option) for ranked in choice.options.values() for option in ranked
    ]
    _once_each(model, chosen)
    _within_limits(model, chosen, choice)
    unit_worth = FULL_BP * len(choice.options) + 1  # no sum of scores outweighs one unit
    model.maximize(
        cp_model.LinearExpr.weighted_sum(
            [variable for variable, _ in chosen],
            [unit_worth * option.units + option.score_bp for _, option in chosen],
        )
    )
    for variable, option in chosen:
        hinted = hint.get(option.takeback_order_id)
        model.add_hint(variable, hinted is not None and hinted.recycler_id == option.recycler_id)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = deterministic_s
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    taken = [option for variable, option in chosen if solver.boolean_value(variable)]
    return Proposed(
        {one.takeback_order_id: one for one in taken},
        status == cp_model.OPTIMAL,
        solver.response_proto.deterministic_time,
    )


Chosen = list[tuple[cp_model.IntVar, Option]]


def _once_each(model: cp_model.CpModel, chosen: Chosen) -> None:
    by_pickup: defaultdict[str, list[cp_model.IntVar]] = defaultdict(list)
    for variable, option in chosen:
        by_pickup[option.takeback_order_id].append(variable)
    for variables in by_pickup.values():
        model.add_at_most_one(variables)


def _within_limits(model: cp_model.CpModel, chosen: Chosen, choice: Choice) -> None:
    taking: defaultdict[Limit, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
    for variable, option in chosen:
        for limit, units in option.takes:
            taking[limit].append((variable, units))
    for limit, takers in taking.items():
        sum_units = cp_model.LinearExpr.weighted_sum(
            [variable for variable, _ in takers], [units for _, units in takers]
        )
        model.add(sum_units <= choice.left_units[limit])
