"""The proven optimum of a handful of stops, by trying every sequence and every share-out."""

from itertools import permutations

from routing.instance import NEVER, Fleet, Instance
from routing.plan import Rounds
from routing.vehicles.tables import is_exact
from routing.vehicles.unsupported import UnsupportedConstraintError

MAX_EXACT_STOPS = 8
UNKNOWN = float("inf")

Best = dict[int, tuple[float, int, tuple[int, ...]]]


def exact_optimum(instance: Instance) -> tuple[float, Rounds]:
    """Return the least cost there is and rounds that have it.

    Raises
    ------
    UnsupportedConstraintError
        If there are more stops than can be tried, or rules that are not tried here.
    """
    if len(instance.stops) > MAX_EXACT_STOPS:
        raise UnsupportedConstraintError(
            f"{len(instance.stops)} stops are above {MAX_EXACT_STOPS}, all that can be tried"
        )
    if is_exact(instance) or instance.running:
        raise UnsupportedConstraintError("hours, breaks, ranges and running vehicles are not tried")
    by_type = [_best_of_type(instance, k) for k in range(len(instance.fleets))]
    full = (1 << len(instance.stops)) - 1
    counts = tuple(min(one.count, len(instance.stops)) for one in instance.fleets)
    memory: dict[tuple[int, tuple[int, ...]], tuple[float, Rounds]] = {}
    return _shared_out(instance, by_type, full, counts, memory)


def _shared_out(
    instance: Instance, by_type: list[Best], left: int, counts: tuple[int, ...],
    memory: dict[tuple[int, tuple[int, ...]], tuple[float, Rounds]],
) -> tuple[float, Rounds]:  # fmt: skip
    """The first stop that is left goes into some round with others that are left, or nowhere."""
    if left == 0:
        return 0.0, ()
    if (left, counts) in memory:
        return memory[left, counts]
    first = left & -left
    rest = left ^ first
    stop = instance.depots + first.bit_length() - 1
    penalty = UNKNOWN if instance.penalty is None else float(instance.penalty[stop])
    cost, rounds = _shared_out(instance, by_type, rest, counts, memory)
    best = (cost + penalty, rounds)
    part = rest
    while True:
        for k, count in enumerate(counts):
            found = by_type[k].get(part | first) if count else None
            if found is None or found[0] >= best[0]:
                continue
            fewer = (*counts[:k], count - 1, *counts[k + 1 :])
            cost, rounds = _shared_out(instance, by_type, rest & ~part, fewer, memory)
            if cost + found[0] < best[0]:
                best = (cost + found[0], ((k, found[2]), *rounds))
        if part == 0:
            break
        part = (part - 1) & rest
    memory[left, counts] = best
    return best


def _best_of_type(instance: Instance, k: int) -> Best:
    """Return for every set of stops the cheapest feasible sequence of one vehicle."""
    fleet = instance.fleets[k]
    best: Best = {}
    allowed = [
        i for i in instance.stops if instance.allowed is None or bool(instance.allowed[i, k])
    ]
    for size in range(1, len(allowed) + 1):
        for stops in permutations(allowed, size):
            cost = _cost(instance, fleet, stops)
            if cost is None:
                continue
            key = sum(1 << (i - instance.depots) for i in stops)
            if key not in best or cost < best[key][0]:
                best[key] = (cost, k, stops)
    return best


def _cost(instance: Instance, fleet: Fleet, stops: tuple[int, ...]) -> float | None:
    if not _fits(instance, fleet, stops) or not _in_time(instance, fleet, stops):
        return None
    load = sum(int(instance.delivery[i, 0]) for i in stops)
    distance, moment, before = 0, 0, fleet.depot
    for i in (*stops, fleet.depot):
        leg = int(instance.distance[before, i])
        distance += leg
        moment += leg * load
        load += int(instance.pickup[i, 0]) - int(instance.delivery[i, 0])
        before = i
    return fleet.fixed + fleet.per_m * distance + fleet.per_gm * moment


def _fits(instance: Instance, fleet: Fleet, stops: tuple[int, ...]) -> bool:
    for x, room in enumerate(fleet.capacity):
        load = sum(int(instance.delivery[i, x]) for i in stops)
        if load > room:
            return False
        for i in stops:
            load += int(instance.pickup[i, x]) - int(instance.delivery[i, x])
            if load > room:
                return False
    if not instance.backhaul_last:
        return True
    takes = [not instance.delivery[i].any() for i in stops]
    return not takes[0] and takes == sorted(takes)


def _in_time(instance: Instance, fleet: Fleet, stops: tuple[int, ...]) -> bool:
    if instance.windows is None and fleet.shift == (0, NEVER):
        return True
    travel = instance.durations[fleet.profile]
    now, before = fleet.shift[0], fleet.depot
    for i in stops:
        opens, closes = instance.windows[i][0] if instance.windows is not None else (0, NEVER)
        now = max(now + int(travel[before, i]), opens)
        if now > closes:
            return False
        now += 0 if instance.service is None else int(instance.service[i])
        before = i
    return now + int(travel[before, fleet.depot]) <= fleet.shift[1]
