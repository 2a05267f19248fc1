"""Put the stops that were taken out back, each where it costs least."""

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.dice import unit
from routing.vehicles.kernels.layout import State, Tables, inlined, kernel
from routing.vehicles.kernels.route import cheapest_type, open_slot, put, refresh, settle
from routing.vehicles.kernels.ruin import touch
from routing.vehicles.kernels.scan import INF, fits, scan_distance, scan_rich, scan_windows


@inlined
def _drawn_rule(p: Tables, s: State) -> int:
    total = 0.0
    for w in range(at.WEIGHT_RANDOM, at.WEIGHT_EARLY + 1):
        total += p.knob[w]
    left = unit(s.dice) * total
    for w in range(at.WEIGHT_RANDOM, at.WEIGHT_EARLY + 1):
        left -= p.knob[w]
        if left < 0.0:
            return w
    return at.WEIGHT_RANDOM


@inlined
def _sort_key(p: Tables, s: State, i: int, rule: int) -> float:
    if rule == at.WEIGHT_DEMAND:
        return -float(p.node[i, at.Q] + p.node[i, at.P])
    if rule == at.WEIGHT_FAR:
        return -float(p.d[0, i])
    if rule == at.WEIGHT_NEAR:
        return float(p.d[0, i])
    if rule == at.WEIGHT_NARROW:
        return float(p.node[i, at.CLOSE] - p.node[i, at.OPEN])
    if rule == at.WEIGHT_EARLY:
        return float(p.node[i, at.OPEN])
    return unit(s.dice)


@inlined
def _sort_out(p: Tables, s: State) -> None:
    rule = _drawn_rule(p, s)
    n = s.tally[at.OUT_COUNT]
    for a in range(n):
        s.key[a] = _sort_key(p, s, s.out[a], rule)
    for a in range(1, n):
        key, i, b = s.key[a], s.out[a], a - 1
        while b >= 0 and s.key[b] > key:
            s.key[b + 1] = s.key[b]
            s.out[b + 1] = s.out[b]
            b -= 1
        s.key[b + 1] = key
        s.out[b + 1] = i


@inlined
def _try_flexible(p: Tables, s: State, r: int, i: int, best: float) -> tuple[float, int]:
    """A route whose vehicle may be exchanged: the detour first, then the cheapest type."""
    mine = s.slot[r, at.TYPE]
    load = s.slot[r, at.DELIVERED] + p.node[i, at.Q]
    least_type, _ = cheapest_type(p, s, mine, load, s.slot[r, at.DISTANCE])
    if least_type < 0:
        return best, -1
    if p.flag[at.TIMED]:
        detour, place = scan_windows(p, s, r, i, at.NEVER)
    else:
        detour, place = scan_distance(p, s, r, i, at.NEVER)
    if place < 0:
        return best, -1
    _, cost = cheapest_type(p, s, mine, load, s.slot[r, at.DISTANCE] + detour)
    added = cost - s.cost[r]
    return (added, place) if added < best else (best, -1)


@inlined
def _try_fixed(p: Tables, s: State, r: int, i: int, best: float) -> tuple[float, int]:
    """A route that keeps its vehicle: the least added cost below ``best`` and its position."""
    if not fits(p, s, r, i):
        return best, -1
    if p.flag[at.PEAKS] or p.flag[at.MOMENTS] or p.flag[at.EXACT]:
        return scan_rich(p, s, r, i, best)
    per_m = p.rate[s.slot[r, at.TYPE], at.PER_M]
    limit = at.NEVER
    if per_m > 0.0:
        limit = int(min(best / per_m + 1.0, float(at.NEVER)))
    if p.flag[at.TIMED]:
        detour, place = scan_windows(p, s, r, i, limit)
    else:
        detour, place = scan_distance(p, s, r, i, limit)
    if place < 0 or detour * per_m >= best:
        return best, -1
    return detour * per_m, place


@inlined
def _try_route(p: Tables, s: State, r: int, i: int, best: float) -> tuple[float, int]:
    if not p.allowed[i, s.slot[r, at.TYPE]]:
        return best, -1
    if p.flag[at.FLEXIBLE]:
        return _try_flexible(p, s, r, i, best)
    return _try_fixed(p, s, r, i, best)


@kernel
def _try_empty(p: Tables, s: State, i: int, best: float) -> tuple[float, int]:
    """Return the least cost below ``best`` of an own vehicle for ``i``, and its type or -1."""
    chosen = -1
    for k in range(p.kind.shape[0]):
        if s.used[k] >= p.kind[k, at.COUNT] or not p.allowed[i, k]:
            continue
        depot, fixed = p.kind[k, at.DEPOT], p.rate[k, at.FIXED]
        if fixed + p.rate[k, at.PER_M] * (p.d[depot, i] + p.d[i, depot]) >= best:
            continue
        r = open_slot(p, s, k)
        refresh(p, s, r)
        added, place = _try_fixed(p, s, r, i, best - fixed)
        if place >= 0:
            best, chosen = added + fixed, k
    return best, chosen


@inlined
def _list_near(p: Tables, s: State, i: int) -> int:
    """List the routes of the nearest stops, each once; return how many."""
    s.tally[at.SCAN] += 1
    scan, listed = s.tally[at.SCAN], 0
    for n in range(min(p.near.shape[1], int(p.knob[at.NEAR_ROUTES]))):
        r = s.where[p.near[i, n], at.ROUTE]
        if r != at.ABSENT and s.slot[r, at.SCANNED] != scan:
            s.slot[r, at.SCANNED] = scan
            s.listed[listed] = r
            listed += 1
    return listed


@inlined
def _list_all(s: State) -> int:
    listed = 0
    for r in range(s.tally[at.SLOTS_USED]):
        if s.slot[r, at.LENGTH] > 0 or s.slot[r, at.RESERVED] > 0:
            s.listed[listed] = r
            listed += 1
    return listed


@inlined
def _list_routes(p: Tables, s: State, i: int, attempt: int) -> int:
    """List the routes to try: the one it is bound to, those nearby, at the second attempt all."""
    if p.node[i, at.BOUND] >= 0:
        s.listed[0] = p.node[i, at.BOUND]
        return 1
    if attempt == 0 and p.knob[at.NEAR_ROUTES] > 0.0:
        return _list_near(p, s, i)
    return _list_all(s)


@inlined
def _insert(p: Tables, s: State, i: int) -> bool:
    """Put ``i`` where it costs least, a new route included; return whether there is a place."""
    best, slot, place = INF, -1, -1
    for attempt in range(2):
        for n in range(_list_routes(p, s, i, attempt)):
            r = s.listed[n]
            added, found = _try_route(p, s, r, i, best)
            if found >= 0:
                best, slot, place = added, r, found
        if slot >= 0 or p.node[i, at.BOUND] >= 0:
            break
    if p.node[i, at.BOUND] < 0 and (slot < 0 or unit(s.dice) < p.knob[at.OPEN_SHARE]):
        cost, chosen = _try_empty(p, s, i, best)
        if chosen >= 0:
            best, slot, place = cost, open_slot(p, s, chosen), 0
    if slot < 0 or best >= p.penalty[i]:
        return False
    touch(s, slot)
    put(p, s, slot, i, place)
    settle(p, s, slot)
    return True


@kernel
def recreate(p: Tables, s: State) -> None:
    """Insert every stop that is out; those that fit nowhere are absent."""
    for a in range(s.tally[at.WAS_ABSENT_COUNT]):
        s.out[s.tally[at.OUT_COUNT]] = s.absent[a]
        s.tally[at.OUT_COUNT] += 1
    _sort_out(p, s)
    left = 0
    for a in range(s.tally[at.OUT_COUNT]):
        i = s.out[a]
        if not _insert(p, s, i):
            s.missing[left] = i
            left += 1
    s.tally[at.ABSENT_COUNT] = left
