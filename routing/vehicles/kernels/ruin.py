"""Take out strings of neighbouring stops from neighbouring routes."""

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.dice import below, unit
from routing.vehicles.kernels.exchange import holds
from routing.vehicles.kernels.layout import State, Tables, inlined, kernel
from routing.vehicles.kernels.route import cut, settle


@inlined
def touch(s: State, r: int) -> None:
    """Keep how route ``r`` was, once an iteration."""
    if s.slot[r, at.TOUCHED] == s.tally[at.ITERATION]:
        return
    s.slot[r, at.TOUCHED] = s.tally[at.ITERATION]
    n = s.tally[at.TOUCHED_COUNT]
    length = s.slot[r, at.LENGTH]
    s.backup_of[n, 0] = r
    s.backup_of[n, 1] = length
    s.backup_of[n, 2] = s.slot[r, at.TYPE]
    s.backup_cost[n] = s.cost[r]
    for j in range(1, length + 1):
        s.backup[n, j] = s.field[r, at.STOP, j]
    s.tally[at.TOUCHED_COUNT] = n + 1


@inlined
def take_out(s: State, r: int, first: int, last: int) -> None:
    """Move positions ``first`` to ``last`` of ``r`` to the list of stops to insert."""
    n = s.tally[at.OUT_COUNT]
    for j in range(first, last + 1):
        s.out[n] = s.field[r, at.STOP, j]
        n += 1
    s.tally[at.OUT_COUNT] = n
    cut(s, r, first, last)


@inlined
def _string(p: Tables, s: State, r: int, place: int, longest: float) -> None:
    """Take a string that holds position ``at`` out of ``r``, whole or around a kept middle."""
    frozen = s.slot[r, at.FROZEN]
    movable = s.slot[r, at.LENGTH] - frozen
    size = 1 + int(unit(s.dice) * min(float(movable), longest))
    size = min(size, movable)
    if unit(s.dice) < p.knob[at.WHOLE_SHARE]:
        size = movable
    kept = 0
    if size > 1 and size < movable and unit(s.dice) < p.knob[at.SPLIT_SHARE]:
        kept = 1
        while size + kept < movable and unit(s.dice) < p.knob[at.SPLIT_GROWTH]:
            kept += 1
    window = size + kept
    lowest = max(frozen + 1, place - window + 1)
    highest = min(place, frozen + movable - window + 1)
    first = lowest + below(s.dice, highest - lowest + 1)
    if kept == 0:
        take_out(s, r, first, first + size - 1)
        return
    before = 1 + below(s.dice, size - 1)  # at least one stop on both sides of what stays
    take_out(s, r, first + before + kept, first + window - 1)
    take_out(s, r, first, first + before - 1)


@inlined
def _mean_length(s: State) -> float:
    routes, stops = 0, 0
    for r in range(s.tally[at.SLOTS_USED]):
        if s.slot[r, at.LENGTH] > 0:
            routes += 1
            stops += s.slot[r, at.LENGTH]
    return stops / max(routes, 1)


@kernel
def ruin(p: Tables, s: State) -> None:
    """Take strings of stops near a random one out of a random number of routes."""
    longest = min(p.knob[at.MAX_STRING], _mean_length(s))
    most = 4.0 * p.knob[at.MEAN_REMOVED] / (1.0 + longest) - 1.0
    wanted = int(unit(s.dice) * most + 1.0)
    first_stop = p.flag[at.STOPS_FROM]
    seed = first_stop + below(s.dice, p.d.shape[0] - first_stop)
    done = 0
    for n in range(-1, p.near.shape[1]):
        i = seed if n < 0 else p.near[seed, n]
        r = s.where[i, at.ROUTE]
        if r == at.ABSENT or s.slot[r, at.TOUCHED] == s.tally[at.ITERATION]:
            continue
        if s.where[i, at.POSITION] <= s.slot[r, at.FROZEN]:
            continue
        touch(s, r)
        _string(p, s, r, s.where[i, at.POSITION], longest)
        settle(p, s, r)
        if p.flag[at.BACKHAUL_LAST] and s.slot[r, at.LINEHAULS] == 0 and s.slot[r, at.LENGTH] > 0:
            take_out(s, r, 1, s.slot[r, at.LENGTH])  # a round of pickups only is none
            settle(p, s, r)
        if p.flag[at.EXACT] and not holds(p, s, r):
            # Fewer stops may mean a longer day: a wait that was short becomes a break.
            take_out(s, r, s.slot[r, at.FROZEN] + 1, s.slot[r, at.LENGTH])
            settle(p, s, r)
        done += 1
        if done >= wanted:
            break
