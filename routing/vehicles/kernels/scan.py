"""The cheapest place for a stop in one route: constant work per position."""

from math import log

from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.dice import unit
from routing.vehicles.kernels.layout import State, Tables, inlined, kernel
from routing.vehicles.kernels.route import simulated

INF = 1e300


@inlined
def redraw_blink(p: Tables, s: State) -> int:
    """Return how many positions are looked at before the next one is overlooked."""
    share = p.knob[at.BLINK_SHARE]
    if share <= 0.0:
        return at.NEVER
    return int(min(log(1.0 - unit(s.dice)) / log(1.0 - share), 1e9))


@inlined
def span(p: Tables, s: State, r: int, i: int) -> tuple[int, int]:
    """Return the first and last position after which ``i`` may stand; none if first > last."""
    first, last = s.slot[r, at.FROZEN], s.slot[r, at.LENGTH]
    if p.flag[at.BACKHAUL_LAST]:
        linehauls = s.slot[r, at.LINEHAULS]
        if p.node[i, at.KIND] == at.BACKHAUL:
            first = max(first, linehauls)
            if linehauls == 0:
                return 1, 0
        else:
            last = min(last, linehauls)
    return first, last


@inlined
def fits(p: Tables, s: State, r: int, i: int) -> bool:
    """Whether the sums of a route leave room for ``i``; exact where nothing is collected."""
    of_type = s.slot[r, at.TYPE]
    for x in range(p.flag[at.DIMS]):
        room = p.kind[of_type, at.CAPACITY + x]
        if s.slot[r, at.DELIVERED + x] + p.node[i, at.Q + x] > room:
            return False
        if s.slot[r, at.COLLECTED + x] + p.node[i, at.P + x] > room:
            return False
    return True


@inlined
def _detour(p: Tables, s: State, r: int, i: int, j: int) -> int:
    return (
        p.d_to[i, s.field[r, at.STOP, j]]
        + p.d[i, s.field[r, at.STOP, j + 1]]
        - s.field[r, at.LEG, j]
    )


@inlined
def scan_distance(p: Tables, s: State, r: int, i: int, limit: int) -> tuple[int, int]:
    """Return the least detour below ``limit`` and the position it starts from, or -1."""
    first, last = span(p, s, r, i)
    best, place, blink = limit, -1, s.tally[at.BLINK]
    for j in range(first, last + 1):
        detour = _detour(p, s, r, i, j)
        if detour < best:
            if blink == 0:
                blink = redraw_blink(p, s)
                continue
            blink -= 1
            best, place = detour, j
    s.tally[at.BLINK] = blink
    return best, place


@inlined
def scan_windows(p: Tables, s: State, r: int, i: int, limit: int) -> tuple[int, int]:
    """Return the least detour below ``limit`` that keeps every window, and its position, or -1."""
    first, last = span(p, s, r, i)
    profile = p.kind[s.slot[r, at.TYPE], at.PROFILE]
    opens, closes, service = p.node[i, at.OPEN], p.node[i, at.CLOSE], p.node[i, at.SERVICE]
    best, place, blink, triangle = limit, -1, s.tally[at.BLINK], p.flag[at.TRIANGLE]
    for j in range(first, last + 1):
        before, after = s.field[r, at.STOP, j], s.field[r, at.STOP, j + 1]
        arrival = s.field[r, at.READY, j] + p.t_to[profile, i, before]
        if arrival > closes:
            if triangle:
                break
            continue
        detour = p.d_to[i, before] + p.d[i, after] - s.field[r, at.LEG, j]
        if (
            detour < best
            and max(arrival, opens) + service + p.t[profile, i, after]
            <= s.field[r, at.LATEST, j + 1]
        ):
            if blink == 0:
                blink = redraw_blink(p, s)
                continue
            blink -= 1
            best, place = detour, j
    s.tally[at.BLINK] = blink
    return best, place


@inlined
def _peaks_fit(p: Tables, s: State, r: int, i: int, j: int) -> bool:
    of_type = s.slot[r, at.TYPE]
    for x in range(p.flag[at.DIMS]):
        room = p.kind[of_type, at.CAPACITY + x]
        if s.field[r, at.PEAK_BEFORE + x, j] + p.node[i, at.Q + x] > room:
            return False
        if s.field[r, at.PEAK_AFTER + x, j] + p.node[i, at.P + x] > room:
            return False
    return True


@inlined
def _window_fits(p: Tables, s: State, r: int, i: int, j: int) -> bool:
    profile = p.kind[s.slot[r, at.TYPE], at.PROFILE]
    arrival = s.field[r, at.READY, j] + p.t_to[profile, i, s.field[r, at.STOP, j]]
    if arrival > p.node[i, at.CLOSE]:
        return False
    left = max(arrival, p.node[i, at.OPEN]) + p.node[i, at.SERVICE]
    return left + p.t[profile, i, s.field[r, at.STOP, j + 1]] <= s.field[r, at.LATEST, j + 1]


@inlined
def moment_added(p: Tables, s: State, r: int, i: int, j: int) -> int:
    """Return by how much the sum of load times distance grows with ``i`` after position ``j``."""
    to, on = int(p.d_to[i, s.field[r, at.STOP, j]]), int(p.d[i, s.field[r, at.STOP, j + 1]])
    detour = to + on - s.field[r, at.LEG, j]
    rest = s.field[r, at.SINCE, s.slot[r, at.LENGTH] + 1] - s.field[r, at.SINCE, j + 1]
    return (
        int(s.field[r, at.LOAD, j]) * detour
        + p.node[i, at.Q] * (s.field[r, at.SINCE, j] + to)
        + p.node[i, at.P] * (on + rest)
    )


@inlined
def _within_range(p: Tables, s: State, r: int, detour: int, moment: int) -> bool:
    of_type = s.slot[r, at.TYPE]
    distance = s.slot[r, at.DISTANCE] + detour
    if distance > p.kind[of_type, at.MAX_DISTANCE]:
        return False
    energy = p.rate[of_type, at.ENERGY_PER_M] * distance
    energy += p.rate[of_type, at.ENERGY_PER_GM] * (s.slot[r, at.MOMENT] + moment)
    return energy <= p.rate[of_type, at.ENERGY_MAX]


@kernel
def scan_rich(p: Tables, s: State, r: int, i: int, limit: float) -> tuple[float, int]:
    """Return the least added cost below ``limit`` that keeps all rules, and its position, or -1."""
    first, last = span(p, s, r, i)
    of_type = s.slot[r, at.TYPE]
    best, place, blink = limit, -1, s.tally[at.BLINK]
    per_m, per_gm, per_s = (
        p.rate[of_type, at.PER_M],
        p.rate[of_type, at.PER_GM],
        p.rate[of_type, at.PER_S],
    )
    for j in range(first, last + 1):
        detour = _detour(p, s, r, i, j)
        moment = moment_added(p, s, r, i, j) if p.flag[at.MOMENTS] else 0
        added = per_m * detour + per_gm * moment
        if added >= best or (p.flag[at.PEAKS] and not _peaks_fit(p, s, r, i, j)):
            continue
        if p.flag[at.TIMED] and not _window_fits(p, s, r, i, j):
            continue
        if p.flag[at.EXACT]:
            if not _within_range(p, s, r, detour, moment):
                continue
            duration = simulated(p, s, r, i, j)
            added += per_s * (duration - s.slot[r, at.DURATION])
            if duration < 0 or added >= best:
                continue
        if blink == 0:
            blink = redraw_blink(p, s)
            continue
        blink -= 1
        best, place = added, j
    s.tally[at.BLINK] = blink
    return best, place
