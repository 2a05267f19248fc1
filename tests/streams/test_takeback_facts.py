"""From the ledger's events to what can be asked: every row of every table, and kg CO2e per unit."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from emissions.read import load_book
from ledger.desk.publish import Published, published, published_demand, published_finding
from ledger.desk.reverse_leg import Load, published_legs
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import OrderCommand, UnitCommand
from schemas.refusal import Reason
from schemas.topics import EMISSIONS, FINDINGS
from schemas.vocabulary import TakebackUnitState
from schemas.wire import WireLeg
from streams.codecs import decode, encode
from streams.sink_agent import QUIET, SUNK, SinkAgent
from tests.builders import batch, emitted
from tests.ledger.desk.builders import happened, legal
from tests.ledger.desk.test_publish import finding
from tests.ledger.desk.test_reverse_leg import trip
from tests.recycling.builders import NOON
from tests.warehouse.builders import Store, assert_consistent
from tests.warehouse.told_builders import KINDS

NOW = datetime(2026, 6, 2, tzinfo=UTC)
TABLES = (
    "takeback_event", "fact_takeback_consignment", "fact_takeback_batch", "fact_takeback_lot"
)  # fmt: skip


class NothingStored:
    """A warehouse that has seen no forklift yet."""

    def query(self, _sql: str, _parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return []


class Sunk:
    """The sink agent before a store: what the relay brings becomes rows."""

    def __init__(self) -> None:
        empty: Any = NothingStored()
        self.agent = SinkAgent(empty, prefix="", book=load_book(), now=lambda: NOW)
        self.store = Store()
        self.ends: Counter[str] = Counter()

    def take(self, topic: str, raw: bytes) -> Any:
        arrived = batch(raw, topic=topic, first_offset=self.ends[topic])
        self.ends[topic] += 1
        return self.store.write(*self.agent.parcels([arrived]))

    def publish(self, told: Published) -> Any:
        return self.take(told.topic, json.dumps(told.payload).encode())


def test_every_topic_of_take_back_is_read_by_the_sink() -> None:
    assert set(KINDS) <= set(SUNK)
    assert set(KINDS) <= set(QUIET)


def test_every_event_of_every_row_is_a_row_and_once() -> None:
    sunk, told = Sunk(), []
    for nth, (table, state, command, _) in enumerate(legal()):
        answer = happened(table, state, command)
        payload = dict(published(answer.event, answer.aggregate).payload)
        own = f"{payload['event_id'][:-6]}{nth:06d}"  # each a life of its own
        told.append(
            published(answer.event, answer.aggregate)._replace(
                payload=payload | {"event_id": own, "aggregate_seq": nth + 1}
            )
        )

    first = [sunk.publish(one) for one in told]
    again = [sunk.publish(one) for one in told]

    assert [(one.rows, one.dead) for one in first] == [(1, 0)] * len(told)
    assert [(one.rows, one.duplicates) for one in again] == [(0, 1)] * len(told)
    counts = [sunk.store.one(f"select count(*) from {table}") for table in TABLES]
    assert sum(counts) == len(told)
    assert min(counts) >= 4


def test_a_demand_and_a_finding_reach_the_analyst() -> None:
    sunk = Sunk()
    answer = happened(TAKEBACK_ORDER_TABLE, None, OrderCommand.REGISTER_DEMAND)

    sunk.publish(published_demand(answer.event, answer.aggregate).published)
    sunk.publish(
        published_finding(finding(), finding_id="FD-1", version=1, occurred_at=NOON).published
    )

    assert sunk.store.rows("select channel, region, units from mart.takeback_demand") == [
        ("mini_program", "370200", 2)
    ]
    assert sunk.store.rows("select rule, severity, aggregate_id from mart.finding_open") == [
        ("F04", "hold", "U-1")
    ]


@pytest.mark.parametrize("topic", KINDS)
def test_what_breaks_its_contract_is_parked_with_its_bytes(topic: str) -> None:
    sunk = Sunk()

    done = sunk.take(topic, b'{"event_id": "no"}')

    assert (done.rows, done.dead) == (0, 1)
    assert sunk.store.reasons() == ["schema"]
    assert_consistent(sunk.store.db)


def test_a_fact_of_the_future_is_parked() -> None:
    sunk = Sunk()
    late = NOW.replace(year=2027)
    one = published_finding(finding(), finding_id="FD-1", version=1, occurred_at=late).published

    sunk.publish(one)

    assert one.topic == FINDINGS.name
    assert sunk.store.reasons() == [Reason.TIME_FUTURE]


def test_the_emission_of_a_consignment_is_shared_by_the_units_that_it_carried() -> None:
    sunk = Sunk()
    for number, mass_kg in enumerate(("61.500", "20.500"), 1):
        answer = happened(UNIT_TABLE, TakebackUnitState.COLLECTED, UnitCommand.DEPART)
        departed = published(answer.event, answer.aggregate)
        own = {
            "unit_id": f"U-{number}", "event_id": f"{departed.payload['event_id'][:-1]}{number}",
            "aggregate_seq": 1, "mass_kg": mass_kg,
        }  # fmt: skip
        sunk.publish(departed._replace(payload={**departed.payload, **own}))
    load = Load("washing_machine", Decimal("82.000"), Decimal("130.403"))
    (leg,) = published_legs(trip(load, consignment_id="C-1"))

    emission = emitted(decode(WireLeg, json.dumps(leg.published.payload).encode()))
    sunk.take(EMISSIONS.name, encode(emission))

    parts = dict(
        sunk.store.rows("select unit_id, emission_wtw_kgco2e from mart.takeback_unit_emission")
    )
    total = emission.emission_wtw_kgco2e
    assert parts["U-1"] == (total * 3 / 4).quantize(Decimal("0.000001"))
    assert abs(sum(parts.values()) - total) <= Decimal("0.000001")
