"""Routes of all solutions seen, and the best set of them that serves every stop once."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import highspy
import numpy as np
from highspy._core import _Highs  # Highs itself prints a banner where our JSON goes

from routing.plan import Rounds
from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.layout import State, Tables

MAX_ROUTES = 20_000
MAX_CELLS = 1_200_000  # routes times stops: what is solved in a tenth of ten seconds
MAX_NODES = 50
MAX_PIVOTS = 20_000
LEAST_GAIN = 1e-6

Key = tuple[int, frozenset[int]]


@dataclass(slots=True)
class Pool:
    """The cheapest sequence of each set of stops and vehicle type, the oldest forgotten first."""

    routes: dict[Key, tuple[float, tuple[int, ...]]] = field(default_factory=dict)

    def collect(self, state: State) -> None:
        """Keep the routes of the current solution."""
        for r in range(int(state.tally[at.SLOTS_USED])):
            length = int(state.slot[r, at.LENGTH])
            if length == 0:
                continue
            stops = tuple(state.field[r, at.STOP, 1 : length + 1].tolist())
            key = (int(state.slot[r, at.TYPE]), frozenset(stops))
            cost = float(state.cost[r])
            known = self.routes.pop(key, None)
            self.routes[key] = (cost, stops) if known is None or cost < known[0] else known
        while len(self.routes) > MAX_ROUTES:
            self.routes.pop(next(iter(self.routes)))

    def recombined(self, tables: Tables, state: State, seconds: float | None) -> Rounds | None:
        """Return a cheaper set of known routes than the best solution, or None.

        ``seconds`` limits the wall clock; without, only work does, and the answer repeats itself.
        """
        if state.slot[:, at.RESERVED].any() or not self.routes:
            return None
        stops = len(tables.d) - int(tables.flag[at.STOPS_FROM])
        kept = list(self.routes.items())[-max(MAX_CELLS // max(stops, 1), 1) :]
        return _partition(tables, kept, float(state.value[at.BEST]), seconds)


def _partition(
    tables: Tables,
    kept: list[tuple[Key, tuple[float, tuple[int, ...]]]],
    best: float,
    seconds: float | None,
) -> Rounds | None:
    """Set partitioning; a stop may be left out at its penalty."""
    solver = _Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("mip_max_nodes", MAX_NODES),
                        ("simplex_iteration_limit", MAX_PIVOTS), ("mip_heuristic_effort", 0.2),
                        ("objective_bound", best), ("mip_rel_gap", 1e-6)):  # fmt: skip
        solver.setOptionValue(name, value)
    if seconds is not None:
        solver.setOptionValue("time_limit", seconds)
    solver.passModel(_model(tables, kept))
    solver.run()
    solution = solver.getSolution()
    value = solver.getInfo().objective_function_value
    if not solution.value_valid or value >= best - max(LEAST_GAIN, 1e-9 * abs(best)):
        return None
    used = np.array(solution.col_value[: len(kept)]) > 0.5
    return tuple((kept[c][0][0], kept[c][1][1]) for c in np.flatnonzero(used))


def _model(
    tables: Tables, kept: list[tuple[Key, tuple[float, tuple[int, ...]]]]
) -> highspy.HighsLp:
    first, n = int(tables.flag[at.STOPS_FROM]), len(tables.d)
    stops, types = n - first, len(tables.kind)
    columns = list(_columns(kept, first, stops))
    columns += [[s] for s in range(stops)]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), stops + types
    lp.col_cost_ = np.array([cost for _, (cost, _) in kept] + list(tables.penalty[first:]))
    lp.col_lower_, lp.col_upper_ = np.zeros(len(columns)), np.ones(len(columns))
    lp.row_lower_ = np.array([1.0] * stops + [0.0] * types)
    lp.row_upper_ = np.array([1.0] * stops + [float(one) for one in tables.kind[:, at.COUNT]])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    sizes = [len(one) for one in columns]
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(sizes)))
    lp.a_matrix_.index_ = np.array([row for one in columns for row in one])
    lp.a_matrix_.value_ = np.ones(sum(sizes))
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    return lp


def _columns(
    kept: list[tuple[Key, tuple[float, tuple[int, ...]]]], first: int, stops: int
) -> Iterator[list[int]]:
    for (kind, _), (_, sequence) in kept:
        yield [*sorted(i - first for i in sequence), stops + kind]
