"""Whether rounds over plain arrays keep every rule, and what they cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from routing.check.finding import Finding
from routing.instance import DIMENSIONS, NEVER, Fleet, Instance

Round = tuple[int, tuple[int, ...]]


def broken_rounds(instance: Instance, rounds: Sequence[Round]) -> list[Finding]:
    """Return every rule that the rounds break; stops that are in none are not counted here."""
    found = [*_once(instance, rounds), *_fleet(instance, rounds)]
    if found:
        return found
    for number, (kind, stops) in enumerate(rounds, 1):
        where = f"round {number}"
        fleet = instance.fleets[kind]
        found += _loads(instance, fleet, stops, where)
        found += _backhauls(instance, stops, where)
        found += _times(instance, fleet, stops, where)
        found += _ranges(instance, fleet, stops, where)
        found += _allowed(instance, kind, stops, where)
    return found


def missing(instance: Instance, rounds: Sequence[Round]) -> list[int]:
    """Return the stops that are in no round."""
    served = {i for _, stops in rounds for i in stops}
    return [i for i in instance.stops if i not in served]


def _once(instance: Instance, rounds: Sequence[Round]) -> Iterator[Finding]:
    for stop, count in Counter(i for _, stops in rounds for i in stops).items():
        if stop not in instance.stops:
            yield Finding("stop_unknown", f"stop {stop}", "is no stop of the problem")
        if count > 1:
            yield Finding("stop_twice", f"stop {stop}", f"is served {count} times")


def _fleet(instance: Instance, rounds: Sequence[Round]) -> Iterator[Finding]:
    running = {one.fleet for one in instance.running}
    for kind, count in Counter(kind for kind, _ in rounds).items():
        if not 0 <= kind < len(instance.fleets):
            yield Finding("vehicle_unknown", f"type {kind}", "is not in the problem")
        elif count > (1 if kind in running else instance.fleets[kind].count):
            yield Finding("fleet_exceeded", instance.fleets[kind].name, f"{count} used")


def _loads(instance: Instance, fleet: Fleet, stops: Sequence[int], where: str) -> Iterator[Finding]:
    for x, room in enumerate(fleet.capacity):
        load = sum(int(instance.delivery[i, x]) for i in stops)
        most = load
        for i in stops:
            load += int(instance.pickup[i, x]) - int(instance.delivery[i, x])
            most = max(most, load)
        if most > room:
            yield _over(instance, x, most - room, where)


def _over(instance: Instance, x: int, amount: int, where: str) -> Finding:
    if not instance.dimensions:
        return Finding("capacity", where, f"over by {amount}")
    name, per_unit = DIMENSIONS[instance.dimensions[x]]
    return Finding(name, where, f"over by {amount / per_unit:g}")


def _backhauls(instance: Instance, stops: Sequence[int], where: str) -> Iterator[Finding]:
    if not instance.backhaul_last or not stops:
        return
    brings = [bool(instance.delivery[i].any()) for i in stops]
    takes = [bool(instance.pickup[i].any()) and not b for i, b in zip(stops, brings, strict=True)]
    if any(taken and True in brings[k:] for k, taken in enumerate(takes)):
        yield Finding("backhaul_last", where, "delivers after a pickup")
    if not any(brings) and any(takes):
        yield Finding("backhaul_only", where, "only collects")


def _times(instance: Instance, fleet: Fleet, stops: Sequence[int], where: str) -> Iterator[Finding]:
    """Start at the earliest; with one window each that is as good as any start."""
    travel = instance.durations[fleet.profile]
    if instance.windows is None or fleet.break_after or where in _running_rounds(instance, fleet):
        return
    now, before = fleet.shift[0], fleet.depot
    for i in stops:
        now += int(travel[before, i])
        start = next((max(now, a) for a, b in instance.windows[i] if now <= b), None)
        if start is None:
            late = now - instance.windows[i][-1][1]
            yield Finding("window", f"{where} stop {i}", f"window missed by {late}")
            return
        now = start + (0 if instance.service is None else int(instance.service[i]))
        before = i
    if now + int(travel[before, fleet.depot]) > fleet.shift[1]:
        yield Finding("shift", where, "comes back too late")


def _running_rounds(instance: Instance, fleet: Fleet) -> tuple[str, ...]:
    """Running vehicles are checked with their clock in ``routing.check.times``."""
    names = [f"round {k}" for k in range(1, len(instance.stops) + 2)]
    is_running = any(instance.fleets[one.fleet] is fleet for one in instance.running)
    return tuple(names) if is_running else ()


def _length(instance: Instance, fleet: Fleet, stops: Sequence[int]) -> tuple[int, int]:
    """Return distance and load moment of a round."""
    way = (fleet.depot, *stops, fleet.depot)
    load = sum(int(instance.delivery[i, 0]) for i in stops)
    distance, moment = 0, 0
    for a, b in pairwise(way):
        leg = int(instance.distance[a, b])
        distance += leg
        moment += leg * load
        load += int(instance.pickup[b, 0]) - int(instance.delivery[b, 0])
    return distance, moment


def _ranges(
    instance: Instance, fleet: Fleet, stops: Sequence[int], where: str
) -> Iterator[Finding]:
    distance, moment = _length(instance, fleet, stops)
    if fleet.max_distance < NEVER and distance > fleet.max_distance:
        yield Finding("max_distance", where, f"{distance - fleet.max_distance} too far")
    if fleet.energy_per_m * distance + fleet.energy_per_gm * moment > fleet.energy_max * (1 + 1e-9):
        yield Finding("range", where, "needs more than the battery may give")


def _allowed(instance: Instance, kind: int, stops: Sequence[int], where: str) -> Iterator[Finding]:
    if instance.allowed is None:
        return
    for i in stops:
        if not instance.allowed[i, kind]:
            yield Finding("vehicle_class", f"{where} stop {i}", "may not be served by this vehicle")


def cost_of_rounds(instance: Instance, rounds: Sequence[Round]) -> float:
    """Return what rounds cost by fixed cost, distance and load moment, hours left out."""
    cost = 0.0
    for kind, stops in rounds:
        fleet = instance.fleets[kind]
        distance, moment = _length(instance, fleet, stops)
        cost += fleet.fixed + fleet.per_m * distance + fleet.per_gm * moment
    return cost
