"""The working memory of one search, its start, and what it holds at the end."""

from collections.abc import Sequence

import numpy as np

from routing.instance import Instance
from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.anneal import anneal
from routing.vehicles.kernels.dice import seeded
from routing.vehicles.kernels.layout import State, Tables

Rounds = Sequence[tuple[int, tuple[int, ...]]]

MAX_CELLS = 1_500_000  # of one field of all slots
MAX_VEHICLES = 1_000
RESTORE = -1


def _width(instance: Instance, slots: int) -> int:
    """Return how long a row must be: no route can hold more stops than its capacity allows."""
    stops = len(instance.stops)
    most = 0
    for amounts in (instance.delivery, instance.pickup):
        fewest = stops
        for x in range(amounts.shape[1]):
            sums = np.cumsum(np.sort(amounts[instance.depots :, x]))
            room = max(one.capacity[x] for one in instance.fleets)
            fewest = min(fewest, int(np.searchsorted(sums, room, side="right")))
        most += fewest
    return min(most, stops, max(MAX_CELLS // slots, 8)) + 3


def new_state(instance: Instance, tables: Tables, seed: int) -> State:
    """Return an empty solution: every stop absent, every vehicle free."""
    n = len(instance.distance)
    vehicles = min(sum(one.count for one in instance.fleets), len(instance.stops))
    slots = min(vehicles, MAX_VEHICLES) + len(instance.running) + 2
    width = _width(instance, slots)
    state = State(
        field=np.zeros((slots, at.FIELD_COUNT, width), dtype=np.int32),
        slot=np.zeros((slots, at.SLOT_COLUMNS), dtype=np.int64),
        cost=np.zeros(slots),
        where=np.full((n, 2), at.ABSENT, dtype=np.int64),
        out=np.zeros(n + 1, dtype=np.int32),
        missing=np.zeros(n + 1, dtype=np.int32),
        listed=np.zeros(slots, dtype=np.int64),
        key=np.zeros(n + 1),
        absent=np.zeros(n + 1, dtype=np.int32),
        backup=np.zeros((slots, width), dtype=np.int32),
        backup_of=np.zeros((slots, 3), dtype=np.int64),
        backup_cost=np.zeros(slots),
        used=np.zeros(len(instance.fleets), dtype=np.int64),
        dice=seeded(seed),
        tally=np.zeros(at.COUNT_COLUMNS, dtype=np.int64),
        value=np.zeros(at.VALUE_COLUMNS),
        best=np.zeros((slots, width), dtype=np.int32),
        best_of=np.zeros((slots, 2), dtype=np.int64),
    )
    for r, running in enumerate(instance.running):
        state.slot[r, at.RESERVED] = 1
        state.slot[r, at.FROZEN], state.slot[r, at.RELEASE] = running.frozen, running.release
        state.slot[r, at.DRIVEN] = running.driven
        state.best_of[r] = (len(running.stops), running.fleet)
        state.best[r, 1 : len(running.stops) + 1] = running.stops
    anneal(tables, state, RESTORE, 1.0, 1.0)
    anneal(tables, state, 0, 1.0, 1.0)
    return state


def best_routes(state: State) -> list[tuple[int, tuple[int, ...]]]:
    """Return the type and the stops of every route of the best solution so far."""
    return [
        (int(kind), tuple(int(i) for i in row[1 : length + 1]))
        for (length, kind), row in zip(state.best_of, state.best, strict=True)
        if length > 0
    ]


def take_over(tables: Tables, state: State, rounds: Rounds) -> None:
    """Make ``rounds`` the current and the best solution."""
    state.best_of[:, 0] = 0
    for r, (kind, stops) in enumerate(rounds):
        state.best_of[r] = (len(stops), kind)
        state.best[r, 1 : len(stops) + 1] = stops
    anneal(tables, state, RESTORE, 1.0, 1.0)


def cost_of(tables: Tables, rounds: Rounds, absent: Sequence[int]) -> float:
    """Return what rounds and absent stops cost, added up from the tables alone."""
    cost = float(sum(tables.penalty[i] for i in absent))
    for kind, stops in rounds:
        depot = int(tables.kind[kind, at.DEPOT])
        load = int(tables.node[list(stops), at.Q].sum())
        distance, moment, before = 0, 0, depot
        for i in (*stops, depot):
            leg = int(tables.d[before, i])
            distance += leg
            moment += load * leg
            load += int(tables.node[i, at.P] - tables.node[i, at.Q])
            before = i
        rate = tables.rate[kind]
        cost += rate[at.FIXED] + rate[at.PER_M] * distance + rate[at.PER_GM] * moment
    return cost
