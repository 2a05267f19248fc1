"""A route's own figures, recomputed from its stops whenever it changed."""

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.layout import State, Tables, inlined, kernel

INFEASIBLE = -1


@inlined
def price(p: Tables, of_type: int, distance: int, moment: int, duration: int) -> float:
    """Return what a route of these figures costs, its fixed cost included."""
    return (
        p.rate[of_type, at.FIXED]
        + p.rate[of_type, at.PER_M] * distance
        + p.rate[of_type, at.PER_GM] * moment
        + p.rate[of_type, at.PER_S] * duration
    )


@inlined
def cheapest_type(p: Tables, s: State, mine: int, load: int, distance: int) -> tuple[int, float]:
    """Return the cheapest type of ``mine``'s group that carries ``load``, and the route's cost."""
    best, least = -1, 1e300
    for k in range(p.kind.shape[0]):
        if p.kind[k, at.GROUP] != p.kind[mine, at.GROUP] or p.kind[k, at.CAPACITY] < load:
            continue
        if s.used[k] >= p.kind[k, at.COUNT] and k != mine:
            continue
        cost = p.rate[k, at.FIXED] + p.rate[k, at.PER_M] * distance
        if cost < least:
            best, least = k, cost
    return best, least


@inlined
def _measure(p: Tables, s: State, r: int) -> None:
    """Legs, distances and sums of a route."""
    length = s.slot[r, at.LENGTH]
    dims, before = p.flag[at.DIMS], s.field[r, at.STOP, 0]
    since, linehauls = 0, 0
    for x in range(dims):
        s.slot[r, at.DELIVERED + x] = 0
        s.slot[r, at.COLLECTED + x] = 0
    s.field[r, at.SINCE, 0] = 0
    for j in range(1, length + 2):
        i = s.field[r, at.STOP, j]
        s.field[r, at.LEG, j - 1] = p.d[before, i]
        since += s.field[r, at.LEG, j - 1]
        s.field[r, at.SINCE, j] = since
        before = i
        if j > length:
            break
        s.where[i, at.ROUTE] = r
        s.where[i, at.POSITION] = j
        for x in range(dims):
            s.slot[r, at.DELIVERED + x] += p.node[i, at.Q + x]
            s.slot[r, at.COLLECTED + x] += p.node[i, at.P + x]
        if p.node[i, at.KIND] != at.BACKHAUL:
            linehauls += 1
    s.slot[r, at.DISTANCE] = since
    s.slot[r, at.LINEHAULS] = linehauls


@inlined
def _peaks(p: Tables, s: State, r: int) -> None:
    """The load carried on each arc, and its maxima before and after."""
    length = s.slot[r, at.LENGTH]
    moment = 0
    for x in range(p.flag[at.DIMS]):
        load, peak = s.slot[r, at.DELIVERED + x], 0
        for j in range(length + 1):
            if j > 0:
                i = s.field[r, at.STOP, j]
                load += p.node[i, at.P + x] - p.node[i, at.Q + x]
            peak = max(peak, load)
            s.field[r, at.PEAK_BEFORE + x, j] = peak
            s.field[r, at.PEAK_AFTER + x, j] = load
            if x == 0:
                s.field[r, at.LOAD, j] = load
                moment += load * s.field[r, at.LEG, j]
        for j in range(length - 1, -1, -1):
            s.field[r, at.PEAK_AFTER + x, j] = max(
                s.field[r, at.PEAK_AFTER + x, j], s.field[r, at.PEAK_AFTER + x, j + 1]
            )
    s.slot[r, at.MOMENT] = moment


@inlined
def _times(p: Tables, s: State, r: int) -> None:
    """Earliest departure and latest start at each position, by the hull of a stop's windows."""
    length, of_type = s.slot[r, at.LENGTH], s.slot[r, at.TYPE]
    profile = p.kind[of_type, at.PROFILE]
    frozen = s.slot[r, at.FROZEN]
    ready = max(p.kind[of_type, at.SHIFT_OPEN], s.slot[r, at.RELEASE])
    s.field[r, at.READY, 0] = ready
    before = s.field[r, at.STOP, 0]
    for j in range(1, length + 1):
        i = s.field[r, at.STOP, j]
        if j > frozen:
            ready = max(ready + p.t[profile, before, i], p.node[i, at.OPEN]) + p.node[i, at.SERVICE]
        s.field[r, at.READY, j] = ready
        before = i
    late = p.kind[of_type, at.SHIFT_CLOSE]
    s.field[r, at.LATEST, length + 1] = late
    after = s.field[r, at.STOP, length + 1]
    for j in range(length, 0, -1):
        i = s.field[r, at.STOP, j]
        late = min(p.node[i, at.CLOSE], late - p.node[i, at.SERVICE] - p.t[profile, i, after])
        s.field[r, at.LATEST, j] = late
        after = i


@kernel
def started_at(p: Tables, i: int, arrival: int) -> int:
    """Return when the service of ``i`` may begin after ``arrival``, or -1 where it is too late."""
    first = p.node[i, at.FIRST_WINDOW]
    for w in range(first, first + p.node[i, at.WINDOW_COUNT]):
        if arrival <= p.window[w, 1]:
            return max(arrival, p.window[w, 0])
    return INFEASIBLE


@kernel
def _closing(p: Tables, i: int, start: int) -> int:
    first = p.node[i, at.FIRST_WINDOW]
    for w in range(first, first + p.node[i, at.WINDOW_COUNT]):
        if start <= p.window[w, 1]:
            return p.window[w, 1]
    return INFEASIBLE


@kernel
def driven(travel: int, since: int, after: int, length: int) -> tuple[int, int]:
    """Return how long ``travel`` seconds take with their breaks, and the driving since the last."""
    if after <= 0 or since + travel <= after:
        return travel, since + travel
    breaks, rest = 1 if since > 0 else 0, travel
    while rest > after:
        rest -= after
        breaks += 1
    return travel + breaks * length, rest


@kernel
def simulated(p: Tables, s: State, r: int, new: int, place: int) -> int:
    """Return the least duration of route ``r`` with ``new`` after position ``at``, or -1.

    ``place`` -1 means the route as it is. Breaks are taken before the leg that would be too long;
    waiting counts where it is long enough.
    """
    of_type = s.slot[r, at.TYPE]
    profile, frozen = p.kind[of_type, at.PROFILE], s.slot[r, at.FROZEN]
    after, rest = p.kind[of_type, at.BREAK_AFTER], p.kind[of_type, at.BREAK_LENGTH]
    begun = max(p.kind[of_type, at.SHIFT_OPEN], s.slot[r, at.RELEASE])
    now, since, waited, slack = begun, s.slot[r, at.DRIVEN], 0, 2_000_000_000
    before, can_shift = s.field[r, at.STOP, frozen], frozen == 0
    last = s.slot[r, at.LENGTH] + (1 if place < 0 else 2)
    for step in range(frozen + 1, last + 1):
        i = (
            s.field[r, at.STOP, step]
            if place < 0 or step <= place
            else (new if step == place + 1 else s.field[r, at.STOP, step - 1])
        )
        took, since = driven(p.t[profile, before, i], since, after, rest)
        now += took
        before = i
        if step == last:
            break
        start = started_at(p, i, now)
        if start < 0:
            return INFEASIBLE
        if after > 0 and start - now >= rest:
            since, can_shift = 0, False
        if can_shift:
            waited += start - now
            slack = min(slack, waited + _closing(p, i, start) - start)
        now = start + p.node[i, at.SERVICE]
    if now > p.kind[of_type, at.SHIFT_CLOSE]:
        return INFEASIBLE
    duration = now - begun - (min(waited, slack) if frozen == 0 else 0)
    return duration if duration <= p.kind[of_type, at.MAX_DURATION] else INFEASIBLE


@inlined
def refresh(p: Tables, s: State, r: int) -> None:
    """Recompute everything that is known of route ``r`` from its stops."""
    _measure(p, s, r)
    if p.flag[at.PEAKS] or p.flag[at.MOMENTS]:
        _peaks(p, s, r)
    if p.flag[at.TIMED]:
        _times(p, s, r)
    if p.flag[at.EXACT]:
        s.slot[r, at.DURATION] = simulated(p, s, r, at.ABSENT, -1)
    s.cost[r] = 0.0
    if s.slot[r, at.LENGTH] > 0:
        s.cost[r] = price(
            p,
            s.slot[r, at.TYPE],
            s.slot[r, at.DISTANCE],
            s.slot[r, at.MOMENT],
            s.slot[r, at.DURATION],
        )


@inlined
def _turn(s: State, r: int) -> None:
    """Drive a round the other way about; each arc then carries what it did not carry before."""
    first, last = 1, s.slot[r, at.LENGTH]
    while first < last:
        i = s.field[r, at.STOP, first]
        s.field[r, at.STOP, first] = s.field[r, at.STOP, last]
        s.field[r, at.STOP, last] = i
        first += 1
        last -= 1


@inlined
def settle(p: Tables, s: State, r: int) -> None:
    """Refresh a route that was changed, and give it the cheapest vehicle that carries it."""
    refresh(p, s, r)
    if (
        p.flag[at.TURNS]
        and s.slot[r, at.DELIVERED] * s.slot[r, at.DISTANCE] < 2 * s.slot[r, at.MOMENT]
    ):
        _turn(s, r)
        refresh(p, s, r)
    if p.flag[at.FLEXIBLE] and s.slot[r, at.LENGTH] > 0:
        _fit_type(p, s, r)
        s.cost[r] = price(p, s.slot[r, at.TYPE], s.slot[r, at.DISTANCE], 0, 0)


@inlined
def _fit_type(p: Tables, s: State, r: int) -> None:
    mine = s.slot[r, at.TYPE]
    best, _ = cheapest_type(p, s, mine, s.slot[r, at.DELIVERED], s.slot[r, at.DISTANCE])
    if best >= 0 and best != mine:
        s.used[mine] -= 1
        s.used[best] += 1
        s.slot[r, at.TYPE] = best


@kernel
def open_slot(p: Tables, s: State, of_type: int) -> int:
    """Return a free slot, made a vehicle of ``of_type`` with nothing to do."""
    r = s.tally[at.NEXT_FREE]
    while s.slot[r, at.LENGTH] > 0 or s.slot[r, at.RESERVED]:
        r += 1
    s.tally[at.NEXT_FREE] = r
    s.tally[at.SLOTS_USED] = max(s.tally[at.SLOTS_USED], r + 1)
    s.slot[r, at.TYPE] = of_type
    s.field[r, at.STOP, 0] = p.kind[of_type, at.DEPOT]
    s.field[r, at.STOP, 1] = p.kind[of_type, at.END]
    return r


@inlined
def put(p: Tables, s: State, r: int, i: int, place: int) -> None:
    """Insert ``i`` after position ``at``; the route is not refreshed."""
    length = s.slot[r, at.LENGTH]
    for j in range(length + 2, place + 1, -1):
        s.field[r, at.STOP, j] = s.field[r, at.STOP, j - 1]
    s.field[r, at.STOP, place + 1] = i
    s.slot[r, at.LENGTH] = length + 1
    if length == 0:
        s.used[s.slot[r, at.TYPE]] += 1


@inlined
def cut(s: State, r: int, first: int, last: int) -> None:
    """Take positions ``first`` to ``last`` out; the route is not refreshed."""
    length = s.slot[r, at.LENGTH]
    gone = last - first + 1
    for j in range(first, last + 1):
        s.where[s.field[r, at.STOP, j], at.ROUTE] = at.ABSENT
    for j in range(last + 1, length + 2):
        s.field[r, at.STOP, j - gone] = s.field[r, at.STOP, j]
    s.slot[r, at.LENGTH] = length - gone
    if length == gone:
        s.used[s.slot[r, at.TYPE]] -= 1
        s.tally[at.NEXT_FREE] = min(s.tally[at.NEXT_FREE], r)
