"""Another vehicle for a route as it is, where types differ in more than capacity and cost."""

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.dice import unit
from routing.vehicles.kernels.layout import State, Tables, kernel
from routing.vehicles.kernels.route import refresh


@kernel
def holds(p: Tables, s: State, r: int) -> bool:
    """Whether a refreshed route keeps every rule with the vehicle that it has."""
    of_type, length = s.slot[r, at.TYPE], s.slot[r, at.LENGTH]
    for x in range(p.flag[at.DIMS]):
        peak = s.slot[r, at.DELIVERED + x]
        if p.flag[at.PEAKS]:
            peak = s.field[r, at.PEAK_AFTER + x, 0]
        if peak > p.kind[of_type, at.CAPACITY + x]:
            return False
    for j in range(1, length + 1):
        i = s.field[r, at.STOP, j]
        if not p.allowed[i, of_type]:
            return False
        if p.flag[at.TIMED]:
            start = s.field[r, at.READY, j] - p.node[i, at.SERVICE]
            if start > s.field[r, at.LATEST, j]:
                return False
    if p.flag[at.EXACT] == 0:
        return True
    energy = p.rate[of_type, at.ENERGY_PER_M] * s.slot[r, at.DISTANCE]
    energy += p.rate[of_type, at.ENERGY_PER_GM] * s.slot[r, at.MOMENT]
    return (
        s.slot[r, at.DURATION] >= 0
        and s.slot[r, at.DISTANCE] <= p.kind[of_type, at.MAX_DISTANCE]
        and energy <= p.rate[of_type, at.ENERGY_MAX]
    )


@kernel
def _drive_by(p: Tables, s: State, r: int, of_type: int) -> None:
    s.used[s.slot[r, at.TYPE]] -= 1
    s.used[of_type] += 1
    s.slot[r, at.TYPE] = of_type
    s.field[r, at.STOP, 0] = p.kind[of_type, at.DEPOT]
    s.field[r, at.STOP, s.slot[r, at.LENGTH] + 1] = p.kind[of_type, at.END]
    refresh(p, s, r)


@kernel
def exchange_some(p: Tables, s: State) -> None:
    """Now and then give each touched route the cheapest vehicle that is free and can drive it."""
    if unit(s.dice) >= p.knob[at.EXCHANGE_SHARE]:
        return
    for n in range(s.tally[at.TOUCHED_COUNT]):
        r = s.backup_of[n, 0]
        if s.slot[r, at.LENGTH] == 0 or s.slot[r, at.RESERVED]:
            continue
        best, cost = s.slot[r, at.TYPE], s.cost[r]
        for k in range(p.kind.shape[0]):
            if s.used[k] < p.kind[k, at.COUNT]:
                _drive_by(p, s, r, k)
                if s.cost[r] < cost and holds(p, s, r):
                    best, cost = k, s.cost[r]
        _drive_by(p, s, r, best)
