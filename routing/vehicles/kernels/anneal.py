"""The loop: ruin, recreate, accept or undo."""

from math import exp, log

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.dice import unit
from routing.vehicles.kernels.exchange import exchange_some
from routing.vehicles.kernels.layout import State, Tables, entry, kernel
from routing.vehicles.kernels.recreate import recreate
from routing.vehicles.kernels.route import refresh
from routing.vehicles.kernels.ruin import ruin

LEAST_GAIN = 1e-7  # smaller differences are noise of the order of additions


@kernel
def total(p: Tables, s: State) -> float:
    """Return the cost of the current solution, added up in the order of slots and stops."""
    cost = 0.0
    for r in range(s.tally[at.SLOTS_USED]):
        if s.slot[r, at.LENGTH] > 0:
            cost += s.cost[r]
    for a in range(s.tally[at.WAS_ABSENT_COUNT]):
        cost += p.penalty[s.absent[a]]
    return cost


@kernel
def _undo(p: Tables, s: State) -> None:
    """Put every touched route back as it was."""
    for n in range(s.tally[at.TOUCHED_COUNT]):
        r = s.backup_of[n, 0]
        if s.slot[r, at.LENGTH] > 0:
            s.used[s.slot[r, at.TYPE]] -= 1
    for a in range(s.tally[at.OUT_COUNT]):
        s.where[s.out[a], at.ROUTE] = at.ABSENT
    for n in range(s.tally[at.TOUCHED_COUNT]):
        r, length = s.backup_of[n, 0], s.backup_of[n, 1]
        s.slot[r, at.LENGTH] = length
        s.slot[r, at.TYPE] = s.backup_of[n, 2]
        if s.slot[r, at.RESERVED] == 0:
            s.field[r, at.STOP, 0] = p.kind[s.slot[r, at.TYPE], at.DEPOT]
        for j in range(1, length + 1):
            s.field[r, at.STOP, j] = s.backup[n, j]
        s.field[r, at.STOP, length + 1] = p.kind[s.slot[r, at.TYPE], at.END]
        if length > 0:
            s.used[s.slot[r, at.TYPE]] += 1
        refresh(p, s, r)
        s.tally[at.NEXT_FREE] = min(s.tally[at.NEXT_FREE], r)


@kernel
def _keep_best(s: State) -> None:
    for r in range(s.tally[at.SLOTS_USED]):
        length = s.slot[r, at.LENGTH]
        s.best_of[r, 0] = length
        s.best_of[r, 1] = s.slot[r, at.TYPE]
        for j in range(1, length + 1):
            s.best[r, j] = s.field[r, at.STOP, j]
    for r in range(s.tally[at.SLOTS_USED], s.slot.shape[0]):
        s.best_of[r, 0] = 0


@kernel
def _difference(p: Tables, s: State, before: float) -> float:
    """Return by how much the touched routes and the absent stops cost more than before."""
    after = 0.0
    for n in range(s.tally[at.TOUCHED_COUNT]):
        after += s.cost[s.backup_of[n, 0]]
        before += s.backup_cost[n]
    for a in range(s.tally[at.ABSENT_COUNT]):
        after += p.penalty[s.missing[a]]
    return after - before


@kernel
def _restore(p: Tables, s: State) -> None:
    """Make the best solution the current one; who writes the best may so set any solution."""
    for k in range(p.kind.shape[0]):
        s.used[k] = 0
    for i in range(p.d.shape[0]):
        s.where[i, at.ROUTE] = at.ABSENT
    for r in range(s.slot.shape[0]):
        length, of_type = s.best_of[r, 0], s.best_of[r, 1]
        s.slot[r, at.LENGTH] = length
        s.slot[r, at.TYPE] = of_type
        if length == 0 and s.slot[r, at.RESERVED] == 0:
            continue
        s.tally[at.SLOTS_USED] = max(s.tally[at.SLOTS_USED], r + 1)
        s.used[of_type] += 1
        s.field[r, at.STOP, 0] = p.kind[of_type, at.DEPOT]
        s.field[r, at.STOP, length + 1] = p.kind[of_type, at.END]
        for j in range(1, length + 1):
            s.field[r, at.STOP, j] = s.best[r, j]
        refresh(p, s, r)
    left = 0
    for i in range(p.flag[at.STOPS_FROM], p.d.shape[0]):
        if s.where[i, at.ROUTE] == at.ABSENT:
            s.absent[left] = i
            left += 1
    s.tally[at.WAS_ABSENT_COUNT] = left
    s.tally[at.NEXT_FREE] = 0
    s.value[at.COST] = total(p, s)
    s.value[at.BEST] = s.value[at.COST]


@kernel
def _step(p: Tables, s: State) -> None:
    """Do one iteration; the first one inserts everything and is always accepted."""
    is_first = s.tally[at.ITERATION] == 0
    s.tally[at.ITERATION] += 1
    s.tally[at.TOUCHED_COUNT] = 0
    s.tally[at.OUT_COUNT] = 0
    before = 0.0
    for a in range(s.tally[at.WAS_ABSENT_COUNT]):
        before += p.penalty[s.absent[a]]
    if not is_first:
        ruin(p, s)
    recreate(p, s)
    if not is_first and p.kind.shape[0] > 1 and p.flag[at.FLEXIBLE] == 0:
        exchange_some(p, s)
    worse = _difference(p, s, before)
    if not is_first and worse >= -s.value[at.TEMPERATURE] * log(1.0 - unit(s.dice)):
        _undo(p, s)
        return
    s.value[at.COST] += worse
    s.tally[at.WAS_ABSENT_COUNT] = s.tally[at.ABSENT_COUNT]
    for a in range(s.tally[at.ABSENT_COUNT]):
        s.absent[a] = s.missing[a]
    if is_first:
        s.value[at.COST] = total(p, s)
    if is_first or s.value[at.COST] < s.value[at.BEST] - LEAST_GAIN:
        s.value[at.BEST] = s.value[at.COST]
        s.tally[at.LAST_BEST] = s.tally[at.ITERATION]
        s.tally[at.BESTS] += 1
        _keep_best(s)


@entry
def anneal(p: Tables, s: State, iterations: int, from_t: float, to_t: float) -> None:
    """Do ``iterations`` while the temperature falls exponentially from one to the other.

    Fewer than none: the best solution, which somebody may have written, becomes the current.
    """
    if iterations < 0:
        _restore(p, s)
        return
    if s.tally[at.ITERATION] == 0:
        iterations += 1
    s.value[at.TEMPERATURE] = from_t
    factor = exp(log(to_t / from_t) / iterations) if iterations > 0 else 1.0
    for _ in range(iterations):
        _step(p, s)
        s.value[at.TEMPERATURE] *= factor
