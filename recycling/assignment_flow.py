"""Batches as a flow of units: exact in a moment, but it may split a pickup of several units."""

from math import lcm
from typing import NamedTuple

from ortools.graph.python import min_cost_flow

from recycling.assignment_option import Choice, Option
from recycling.assignment_policy import FULL_BP
from recycling.eligibility import Limit

SOURCE, SINK = 0, 1
FIRST_NODE = 2
# A score is shared over a pickup's units without a rest where their numbers divide this.
MAX_SCALE = 5_040


class Relaxed(NamedTuple):
    """The pickups that the best flow gives to one recycler whole, and whether that is the optimum.

    It is where no pickup was split and every score could be shared out exactly.
    """

    plan: dict[str, Option]
    is_optimal: bool


def is_flow(choice: Choice) -> bool:
    """Return whether every option takes of at most one limit."""
    return all(len(option.takes) <= 1 for ranked in choice.options.values() for option in ranked)


def relaxed(choice: Choice) -> Relaxed | None:
    """Return the best flow of a batch for which ``is_flow``; ``None`` if the solver gives none.

    Each unit flows from its pickup to a limit and from there to the sink, or past all limits at a
    price that no sum of scores outweighs.
    """
    scale = _scale(choice)
    flow = min_cost_flow.SimpleMinCostFlow()
    limit_nodes = {limit: FIRST_NODE + n for n, limit in enumerate(choice.left_units)}
    arcs = _add_pickups(flow, choice, limit_nodes, scale)
    for limit, left_units in choice.left_units.items():
        flow.add_arc_with_capacity_and_unit_cost(limit_nodes[limit], SINK, left_units, 0)
    units = sum(ranked[0].units for ranked in choice.options.values())
    flow.set_node_supply(SOURCE, units)
    flow.set_node_supply(SINK, -units)
    if flow.solve() != flow.OPTIMAL:
        return None
    given = [(option, flow.flow(arc)) for arc, option in arcs.items() if flow.flow(arc)]
    is_exact = all(scale % ranked[0].units == 0 for ranked in choice.options.values())
    return Relaxed(
        {option.takeback_order_id: option for option, of in given if of == option.units},
        is_optimal=is_exact and all(of == option.units for option, of in given),
    )


def _scale(choice: Choice) -> int:
    scale = 1
    for units in sorted({option.units for ranked in choice.options.values() for option in ranked}):
        if lcm(scale, units) <= MAX_SCALE:
            scale = lcm(scale, units)
    return scale


def _add_pickups(
    flow: min_cost_flow.SimpleMinCostFlow,
    choice: Choice,
    limit_nodes: dict[Limit, int],
    scale: int,
) -> dict[int, Option]:
    """Add each pickup with its arcs; return the option each arc to a limit stands for."""
    add = flow.add_arc_with_capacity_and_unit_cost
    assigned_cost = FULL_BP * scale  # of a unit that earns no score: no cost is negative
    unassigned_cost = assigned_cost * (len(choice.options) + 2)
    first_node = FIRST_NODE + len(limit_nodes)
    arcs = {}
    for node, ranked in enumerate(choice.options.values(), first_node):
        units = ranked[0].units
        add(SOURCE, node, units, 0)
        add(node, SINK, units, unassigned_cost)
        for option in ranked:
            end = limit_nodes[option.takes[0][0]] if option.takes else SINK
            cost = assigned_cost - option.score_bp * scale // units
            arcs[add(node, end, units, cost)] = option
    return arcs
