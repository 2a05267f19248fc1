"""A warehouse fed with a simulated quarter, by the functions that feed a running one."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from emissions.read import load_book
from schemas.hub import HubPeriodReported
from schemas.refrigerant import RefrigerantHandled
from schemas.topics import (
    EMISSIONS,
    HUB_EMISSIONS,
    HUB_PERIODS,
    LEGS,
    REFRIGERANT_EMISSIONS,
    REFRIGERANTS,
)
from schemas.twin import twin
from schemas.wall import accept
from schemas.wire import WireLeg
from simulator.record import Draft, Scale
from simulator.timeline import happenings
from streams.codecs import decode, encode
from streams.hub import on_hub_period
from streams.refrigerant import on_refrigerant_handled
from streams.sink_agent import SinkAgent
from streams.source import Source
from streams.translate import on_leg_completed
from tests.builders import batch
from tests.warehouse.builders import Store
from warehouse.sums import Query

NOW = datetime(2026, 9, 1, tzinfo=UTC)
FROM_ON, TO_ON = date(2026, 3, 1), date(2026, 5, 4)
SCALE = Scale(legs=1_500, readings=1_200, takeback_orders=250)
SEED = 11


class Fed(Store):
    """A store, and the one question that the sink agent asks a warehouse."""

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.rows(sql, *values)

    @contextmanager
    def reading(self) -> Iterator[Query]:
        yield self.query


@cache
def fed() -> Fed:
    """Return the warehouse of the quarter; tests that share it only read."""
    store = Fed()
    feed(store, list(happenings(seed=SEED, from_on=FROM_ON, to_on=TO_ON, scale=SCALE)))
    return store


def feed(store: Fed, drafts: Sequence[Draft]) -> None:
    """Answer and store ``drafts`` in their order, topic by topic."""
    values: defaultdict[str, list[bytes]] = defaultdict(list)
    for at, one in enumerate(drafts):
        topic, value = _answered(one, at)
        values[topic].append(value)
    warehouse: Any = store
    agent = SinkAgent(warehouse, prefix="", book=load_book(), now=lambda: NOW)
    for topic, told in values.items():
        at = store.sink.next_offset(topic, 0)
        store.write(*agent.parcels([batch(*told, first_offset=at, topic=topic)]))


def _answered(one: Draft, at: int) -> tuple[str, bytes]:
    raw, book = json.dumps(one.body).encode(), load_book()
    source = Source(one.topic, 0, at)
    if one.topic == LEGS.name:
        leg = twin(decode(WireLeg, raw))
        return EMISSIONS.name, encode(
            on_leg_completed(leg, book=book, topic=one.topic, partition=0, offset=at)
        )
    if one.topic == HUB_PERIODS.name:
        month = on_hub_period(accept(HubPeriodReported, one.body), source, book=book)
        return HUB_EMISSIONS.name, month.model_dump_json(exclude_none=True).encode()
    if one.topic == REFRIGERANTS.name:
        unit = on_refrigerant_handled(accept(RefrigerantHandled, one.body), source)
        return REFRIGERANT_EMISSIONS.name, unit.model_dump_json(exclude_none=True).encode()
    return one.topic, raw
