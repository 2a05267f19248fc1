"""A seeded company's days as the sink receives them: late, twice, out of order, some of it broken.

What is decoded here is decoded as the agents do it, by the same functions.
"""

from datetime import date
from functools import cache

from schemas.refusal import Refused
from schemas.topics import EMISSIONS, FORKLIFT_READINGS, LEGS
from schemas.wire import WireEvent, WireLeg
from simulator.delivery import Delivery, Weather
from simulator.record import Scale
from simulator.timeline import deliveries
from streams.codecs import decode
from streams.sink_agent import KIND_OF
from tests.builders import emitted
from tests.warehouse.builders import Logs
from warehouse.records import SinkBatch

DAYS = (date(2026, 3, 1), date(2026, 3, 3))
STORMY = Weather(late_share=0.1, duplicate_share=0.1, broken_share=0.03)
PARTITIONS = 4
BATCH = 25


def _event(delivery: Delivery) -> tuple[str, WireEvent | None]:
    """Return the topic the sink reads it from, and the event; None where it is refused."""
    record = delivery.record
    try:
        if record.topic == LEGS.name:
            return EMISSIONS.name, emitted(decode(WireLeg, record.value), topic=record.topic)
        return record.topic, decode(KIND_OF[record.topic], record.value)
    except Refused:
        return (EMISSIONS.name if record.topic == LEGS.name else record.topic), None


@cache
def history(seed: int, legs: int = 3_000) -> tuple[SinkBatch, ...]:
    """Return the batches of three days, in the order in which they arrive."""
    scale = Scale(legs=legs, readings=0, takeback_orders=legs // 10)
    logs = Logs()
    waiting: dict[tuple[str, int], list[WireEvent | None]] = {}
    parts: list[SinkBatch] = []
    for delivery in deliveries(
        seed=seed, from_on=DAYS[0], to_on=DAYS[1], scale=scale, weather=STORMY
    ):
        topic, event = _event(delivery)
        if topic == FORKLIFT_READINGS.name:
            continue
        place = (topic, sum(delivery.record.key) % PARTITIONS)
        events = waiting.setdefault(place, [])
        events.append(event)
        if len(events) == BATCH:
            parts.append(logs.append(events, place[1], topic))
            waiting[place] = []
    parts += [logs.append(rest, place[1], place[0]) for place, rest in waiting.items() if rest]
    return tuple(parts)
