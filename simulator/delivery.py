"""The weather between a source and its topic: late, out of order, twice, or broken.

A broken record is always an extra one, so every good event still arrives.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from random import Random

from schemas.event import caused_id
from schemas.topics import (
    FORKLIFT_READINGS,
    HUB_PERIODS,
    REFRIGERANTS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
)
from simulator.faults import FAULT_NAMES, READER_FAULT_NAMES, Fault, broken
from simulator.record import DAY_S, HOUR_S, Draft, Record, encode, instant

# Facts of one aggregate of these topics keep their order; gateways and outboxes send in sequence.
ORDERED = frozenset({FORKLIFT_READINGS.name, TAKEBACK_ORDERS.name, TAKEBACK_UNITS.name})
# Reports that people file in their own time; nothing of the weather of the others depends on them.
FILED = frozenset({HUB_PERIODS.name, REFRIGERANTS.name})
WINDOW_S = 600  # within which neighbours overtake each other
LATE_MIN_S, LATE_MAX_S = 2 * HOUR_S, 5 * DAY_S
AGAIN_MIN_S, AGAIN_MAX_S = 1, 2 * DAY_S


class Fate(StrEnum):
    """What a delivered record is to the reader."""

    VALID = "valid"
    DUPLICATE = "duplicate"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares of what goes wrong, and which faults occur: by default those a reader refuses."""

    late_share: float = 0.02
    duplicate_share: float = 0.01
    broken_share: float = 0.003
    faults: frozenset[str] = READER_FAULT_NAMES

    def __post_init__(self) -> None:
        """Refuse faults that do not exist."""
        if unknown := sorted(self.faults - FAULT_NAMES):
            raise ValueError(f"unknown faults: {', '.join(unknown)}")


CALM = Weather(late_share=0.0, duplicate_share=0.0, broken_share=0.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record at its topic, what it is, and the fault if it is broken."""

    record: Record
    fate: Fate
    fault: Fault | None = None


def deliver(drafts: Iterable[Draft], *, seed: int, weather: Weather) -> Iterator[Delivery]:
    """Yield the deliveries of ``drafts``, which come in the order of their occurrence."""
    post = _Post(Random(f"{seed}:delivery"), Random(f"{seed}:filed"), weather)
    for draft in drafts:
        yield from post.due(draft.occurred_s)
        post.take(draft)
    yield from post.due(None)


class _Post:
    def __init__(self, rng: Random, filed: Random, weather: Weather) -> None:
        self._rng = rng
        self._filed = filed
        self._weather = weather
        self._bag: list[tuple[int, int, Delivery]] = []
        self._taken = 0
        self._last_s: dict[tuple[str, str], int] = {}

    def take(self, draft: Draft) -> None:
        """Put an event, its duplicate and its broken sister into the bag."""
        rng = self._filed if draft.topic in FILED else self._rng
        at_s = self._delivered_s(draft, rng)
        good = _record(draft, encode(draft.body))
        self._put(at_s, Delivery(good, Fate.VALID))
        if rng.random() < self._weather.duplicate_share:
            again_s = at_s + rng.randint(AGAIN_MIN_S, AGAIN_MAX_S)
            self._put(again_s, Delivery(good, Fate.DUPLICATE))
        if rng.random() < self._weather.broken_share:
            self._break(draft, at_s, rng)

    def due(self, now_s: int | None) -> Iterator[Delivery]:
        """Yield what is delivered before a second; everything if it is None."""
        while self._bag and (now_s is None or self._bag[0][0] < now_s):
            at_s, _, delivery = heappop(self._bag)
            record = delivery.record
            if record.topic in ORDERED:
                self._forget(record, at_s)
            yield delivery

    def _put(self, at_s: int, delivery: Delivery) -> None:
        self._taken += 1
        heappush(self._bag, (at_s, self._taken, delivery))

    def _delivered_s(self, draft: Draft, rng: Random) -> int:
        delay_s = int(rng.random() * WINDOW_S)
        if rng.random() < self._weather.late_share:
            delay_s = rng.randint(LATE_MIN_S, LATE_MAX_S)
        at_s = draft.occurred_s + delay_s
        if draft.topic in ORDERED:
            aggregate = (draft.topic, draft.key)
            at_s = max(at_s, self._last_s.get(aggregate, 0))
            self._last_s[aggregate] = at_s
        return at_s

    def _forget(self, record: Record, at_s: int) -> None:
        # what comes next of this aggregate is delivered later anyway
        aggregate = (record.topic, record.key.decode())
        if self._last_s.get(aggregate, at_s + 1) <= at_s:
            del self._last_s[aggregate]

    def _break(self, draft: Draft, at_s: int, rng: Random) -> None:
        event_id = str(caused_id("broken", draft.body["event_id"]))
        sister = draft._replace(body=draft.body | {"event_id": event_id})
        found = broken(rng, sister, self._weather.faults) if self._weather.faults else None
        if found:
            fault, value = found
            later_s = at_s + rng.randint(0, WINDOW_S)
            self._put(later_s, Delivery(_record(draft, value), Fate.BROKEN, fault))


def _record(draft: Draft, value: bytes) -> Record:
    return Record(draft.topic, draft.key.encode(), value, instant(draft.occurred_s))
