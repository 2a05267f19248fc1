"""The search from start to end: warmed, cooled by the budget, repeatable from its schedule."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.instance import Instance
from routing.plan import Rounds, Schedule
from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.anneal import anneal
from routing.vehicles.kernels.layout import State, Tables
from routing.vehicles.pool import Pool
from routing.vehicles.state import best_routes, cost_of, new_state, take_over
from routing.vehicles.tables import LONG_FROM, LONG_ROUTES, SHORT_ROUTES, Knobs, tables_of

Chunk = tuple[int, float, float]

CHUNKS = 200  # of an iteration budget; a timed one aims at as many
FIRST_CHUNK = 100
LONGEST_CHUNK = 200_000
# Where the temperature begins, as a share of the mean way between two points, and how far
# it falls; measured on half of the shared files.
HOT_PLAIN, HOT_MIXED, HOT_BACKHAULS, HOT_WINDOWS, HOT_FEW = 0.2, 0.1, 0.2, 0.3, 1.0
COOLING, COOLING_OF_WINDOWS = 100.0, 30.0
FEW_STOPS = 20
WINDOWS_STOPS = 200  # more stops with windows begin colder: each gets fewer iterations
POOL_MARKS = (0.5, 0.75, 1.0)
POOL_SHARE = 0.03  # of the budget for each recombination, in seconds on the wall


class CostDriftError(Exception):
    """The cost that the search carried along differs from the recomputed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Iterations, or seconds by a clock that is passed in; a given schedule is repeated."""

    iterations: int | None = None
    seconds: float | None = None
    clock: Callable[[], float] | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best rounds of a search, the type and the stops of each, and how it came there."""

    rounds: Rounds
    absent: tuple[int, ...]
    cost: float
    iterations: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is."""

    share: float
    best: float
    iterations: int
    absent: int


def warm_up(instance: Instance) -> None:
    """Load or compile the kernels and touch every page, before a clock starts."""
    tables = tables_of(instance, Knobs())
    state = new_state(instance, tables, 0)
    anneal(tables, state, 10, 1.0, 1.0)


def search(
    instance: Instance,
    *,
    seed: int,
    budget: Budget,
    knobs: Knobs | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Found:
    """Return the best rounds found within the budget; the same again for the same iterations.

    Raises
    ------
    CostDriftError
        If the cost carried along differs from the recomputed one.
    """
    if not len(instance.stops):
        return Found(rounds=(), absent=(), cost=0.0, iterations=0, schedule=Schedule(chunks=()))
    clock, knobs = budget.clock or (lambda: 0.0), knobs or Knobs()
    began = clock()
    tables = tables_of(instance, knobs)
    state = new_state(instance, tables, seed)
    _fit_strings(tables, state, knobs)
    cooling = COOLING if instance.windows is None else COOLING_OF_WINDOWS
    knobs = replace(knobs, cooling=knobs.cooling or cooling)
    run = _Run(tables, state, knobs, _hot(instance, state, knobs))
    if budget.schedule is not None:
        run.repeat(budget.schedule)
    elif budget.iterations is not None:
        run.count(budget.iterations, on_progress)
    else:
        run.time(budget.seconds or 0.0, began, clock, on_progress)
    return _found(instance, run)


def _fit_strings(tables: Tables, state: State, knobs: Knobs) -> None:
    """Take longer strings out of longer routes, unless somebody says how long."""
    in_use = state.slot[:, at.LENGTH] > 0
    mean = float(state.slot[in_use, at.LENGTH].mean()) if in_use.any() else 0.0
    removed, longest = LONG_ROUTES if mean > LONG_FROM else SHORT_ROUTES
    tables.knob[at.MEAN_REMOVED] = knobs.mean_removed or removed
    tables.knob[at.MAX_STRING] = knobs.max_string or longest


def _hot(instance: Instance, state: State, knobs: Knobs) -> float:
    """Return the temperature to begin with: a share of what the mean way between points costs."""
    in_use = state.slot[:, at.LENGTH] > 0
    fixed = sum(instance.fleets[k].fixed for k in state.slot[in_use, at.TYPE])
    way = max(int(state.slot[in_use, at.DISTANCE].sum()), 1)
    per_m = max(float(state.cost[in_use].sum()) - fixed, 1e-9) / way
    return float((knobs.hot or _hot_share(instance)) * per_m * instance.distance.mean())


def _hot_share(instance: Instance) -> float:
    if len(instance.stops) <= FEW_STOPS:
        return HOT_FEW
    if instance.windows is not None:
        return HOT_WINDOWS * min(1.0, WINDOWS_STOPS / len(instance.stops))
    if instance.pickup.any():
        return HOT_BACKHAULS
    return HOT_PLAIN if len(instance.fleets) == 1 else HOT_MIXED


class _Run:
    """One search under way."""

    def __init__(self, tables: Tables, state: State, knobs: Knobs, hot: float) -> None:
        self.tables, self.state, self.knobs, self.hot = tables, state, knobs, hot
        self.pool = Pool()
        self.chunks: list[Chunk] = []
        self.recombined: list[Rounds | None] = []

    def temperature(self, share: float) -> float:
        return self.hot * math.exp(-math.log(self.knobs.cooling or COOLING) * min(share, 1.0))

    def go(self, iterations: int, share: float, until: float) -> None:
        chunk = (iterations, self.temperature(share), self.temperature(until))
        anneal(self.tables, self.state, *chunk)
        self.chunks.append(chunk)
        self.pool.collect(self.state)

    def count(self, iterations: int, tell: Callable[[Progress], None] | None) -> None:
        done = 0
        for n in range(1, CHUNKS + 1):
            until = iterations * n // CHUNKS
            if until > done:
                self.go(until - done, done / iterations, until / iterations)
                done = until
                self._tell(tell, done / iterations)
            if n / CHUNKS in POOL_MARKS:
                self.recombine()

    def time(
        self, seconds: float, began: float, clock: Callable[[], float],
        tell: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        size, marks, took = FIRST_CHUNK, list(POOL_MARKS), 0.0
        share = (clock() - began) / seconds if seconds > 0 else 1.0
        while marks and share < 1.0:
            self.go(size, share, share)
            now = (clock() - began) / seconds
            size = int(min(max(size / CHUNKS / max(now - share, 1e-6), 10), LONGEST_CHUNK))
            share = now
            self._tell(tell, share)
            if share >= min(marks[0], 1.0 - took - 1.0 / CHUNKS):
                marks.pop(0)
                self.recombine(POOL_SHARE * seconds)
                now = (clock() - began) / seconds
                took, share = max(took, now - share), now

    def repeat(self, schedule: Schedule) -> None:
        chosen = iter(schedule.recombined)
        for iterations, from_t, to_t in schedule.chunks:
            if iterations > 0:
                anneal(self.tables, self.state, iterations, from_t, to_t)
                self.chunks.append((iterations, from_t, to_t))
            else:
                self._take(next(chosen))

    def recombine(self, seconds: float | None = None) -> None:
        """Choose the best set of all routes seen; what is chosen replaces a worse solution."""
        chosen = None
        if self.knobs.pool:
            chosen = self.pool.recombined(self.tables, self.state, seconds)
        self._take(chosen)

    def _take(self, chosen: Rounds | None) -> None:
        self.chunks.append((0, 0.0, 0.0))
        self.recombined.append(chosen)
        if chosen is not None:
            take_over(self.tables, self.state, chosen)

    def _tell(self, tell: Callable[[Progress], None] | None, share: float) -> None:
        if tell is not None:
            count = self.state.tally
            tell(Progress(share, float(self.state.value[at.BEST]), int(count[at.ITERATION]),
                          int(count[at.WAS_ABSENT_COUNT])))  # fmt: skip


def _found(instance: Instance, run: _Run) -> Found:
    rounds = tuple(best_routes(run.state))
    served = {i for _, stops in rounds for i in stops}
    absent = tuple(i for i in instance.stops if i not in served)
    cost = cost_of(run.tables, rounds, absent)
    carried = float(run.state.value[at.BEST])
    if not run.tables.rate[:, at.PER_S].any() and abs(cost - carried) > 1e-6 * max(abs(cost), 1.0):
        raise CostDriftError(f"{instance.name}: carried {carried}, recomputed {cost}")
    return Found(
        rounds=rounds, absent=absent, cost=cost, iterations=int(run.state.tally[at.ITERATION]),
        schedule=Schedule(chunks=tuple(run.chunks), recombined=tuple(run.recombined)),
    )  # fmt: skip
