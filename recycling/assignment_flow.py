"""Batches in which every pickup is one unit: a flow of least cost, exact in a moment."""

from ortools.graph.python import min_cost_flow

from recycling.assignment_option import Choice, Option
from recycling.assignment_policy import FULL_BP

SOURCE, SINK = 0, 1
FIRST_NODE = 2


def is_flow(choice: Choice) -> bool:
    """Return whether every option is one unit and takes of at most one limit."""
    return all(
        option.units == 1 and len(option.takes) <= 1
        for ranked in choice.options.values()
        for option in ranked
    )


def flow_plan(choice: Choice) -> dict[str, Option] | None:
    """Return the best plan of a batch of single units; ``None`` if the solver gives none.

    A pickup's unit flows to a limit and from there to the sink, or past all limits at a price that
    no sum of scores outweighs.
    """
    flow = min_cost_flow.SimpleMinCostFlow()
    pickup_nodes = {key: FIRST_NODE + n for n, key in enumerate(choice.options)}
    first_limit = FIRST_NODE + len(pickup_nodes)
    limit_nodes = {limit: first_limit + n for n, limit in enumerate(choice.left_units)}
    unassigned_cost = FULL_BP * (len(pickup_nodes) + 1)
    add = flow.add_arc_with_capacity_and_unit_cost
    arcs = {}
    for key, ranked in choice.options.items():
        add(SOURCE, pickup_nodes[key], 1, 0)
        add(pickup_nodes[key], SINK, 1, unassigned_cost)
        for option in ranked:
            end = limit_nodes[option.takes[0][0]] if option.takes else SINK
            arcs[add(pickup_nodes[key], end, 1, FULL_BP - option.score_bp)] = option
    for limit, left_units in choice.left_units.items():
        add(limit_nodes[limit], SINK, left_units, 0)
    flow.set_node_supply(SOURCE, len(pickup_nodes))
    flow.set_node_supply(SINK, -len(pickup_nodes))
    if flow.solve() != flow.OPTIMAL:
        return None
    return {option.takeback_order_id: option for arc, option in arcs.items() if flow.flow(arc)}
