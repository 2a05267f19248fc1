"""What the sink makes of a batch before it is stored: decoded, sorted, with the energy between."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from emissions.read import load_book
from schemas.forklift import ForkliftEnergyUsed
from schemas.refusal import Reason
from schemas.topics import FORKLIFT_ENERGY, FORKLIFT_READINGS, LEGS, ORDERS
from schemas.wall import accept, read_json
from streams.batch_consumer import RecordBatch
from streams.sink_agent import STORED_HERE, SinkAgent
from tests.builders import KafkaRecord, batch, event_id, order_body, reading_body, records

NOW = datetime(2025, 6, 2, tzinfo=UTC)


class NothingStored:
    """A warehouse that has seen no forklift yet."""

    def query(self, _sql: str, _parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return []


def agent(prefix: str = "") -> SinkAgent:
    empty: Any = NothingStored()
    return SinkAgent(empty, prefix=prefix, book=load_book(), now=lambda: NOW)


def readings(*totals: str) -> RecordBatch:
    """One truck's counter at half-hours."""
    bodies = [
        reading_body(
            event_id=event_id(100 + n),
            occurred_at=f"2025-06-01T{n // 2:02}:{n % 2 * 30:02}:00Z",
            energy_total_kwh=total,
        )
        for n, total in enumerate(totals)
    ]
    return batch(*[json.dumps(one).encode() for one in bodies], topic=FORKLIFT_READINGS.name)


def test_rows_and_dead_letters_are_as_many_as_the_records_and_the_offset_moves_past_all() -> None:
    good = json.dumps(order_body()).encode()
    future = json.dumps(order_body(occurred_at="2025-06-03T00:00:00Z")).encode()

    parcel = agent().parcels([batch(good, b"{", None, future, first_offset=50, topic=ORDERS.name)])[
        0
    ]

    assert [record.offset for record in parcel.records] == [50]
    assert [(one.offset, one.reason) for one in parcel.dead] == [
        (51, Reason.BAD_JSON),
        (52, Reason.BAD_JSON),
        (53, Reason.TIME_FUTURE),
    ]
    assert (parcel.first_offset, parcel.next_offset) == (50, 54)
    assert parcel.dead[0].raw == b"{"
    assert parcel.dead[2].event_id == order_body()["event_id"]


def test_the_worked_day_of_a_forklift_is_eight_point_four_kwh() -> None:
    parcel = agent().parcels([readings("18204.60", "18207.10", "3.20", "5.90")])[0]

    used = [parcel.intervals[offset].energy_kwh for offset in sorted(parcel.intervals)]

    assert used == [Decimal("2.50"), Decimal("3.20"), Decimal("2.70")]
    assert sum(one for one in used if one is not None) == Decimal("8.40")
    assert parcel.readings["FL-1"].occurred_at == "2025-06-01T01:30:00Z"


def test_what_is_told_to_others_keeps_the_published_contract() -> None:
    parcel = agent().parcels([readings("18204.60", "18207.10")])[0]

    (message,) = parcel.outbox
    event = accept(ForkliftEnergyUsed, read_json(message.value))

    assert (message.topic, message.key) == (FORKLIFT_ENERGY.name, b"FL-1")
    assert event.energy_kwh == Decimal("2.50")
    assert event.emission_wtw_kgco2e == event.emission_wtt_kgco2e + event.emission_ttw_kgco2e


def test_a_counter_that_went_back_is_parked_and_the_next_reading_goes_on() -> None:
    parcel = agent().parcels([readings("18204.60", "9000", "18206.00")])[0]

    assert [one.reason for one in parcel.dead] == [Reason.METER_WENT_BACK]
    assert [one.energy_kwh for one in parcel.intervals.values()] == [Decimal("1.40")]


def letter(**told: str) -> RecordBatch:
    headers = tuple((name, value.encode()) for name, value in told.items())
    return RecordBatch(LEGS.dead_letters, 0, [KafkaRecord(4, b"{", b"k", headers)])


def test_the_dead_letter_of_another_process_keeps_its_place_and_reason() -> None:
    told = {
        "reason": "bad_json",
        "detail": "is no JSON",
        "source_topic": LEGS.name,
        "source_partition": "3",
        "source_offset": "77",
    }

    (dead,) = agent().parcels([letter(**told)])[0].dead

    assert (dead.topic, dead.partition, dead.offset) == (LEGS.name, 3, 77)
    assert (dead.reason, dead.detail, dead.raw) == (Reason.BAD_JSON, "is no JSON", b"{")
    assert dead.published


@pytest.mark.parametrize("number", ["x", "", "-1", "9" * 30, "9" * 5_000, "1.0"])
def test_a_dead_letter_with_odd_headers_is_kept_where_it_lies(number: str) -> None:
    odd = letter(reason="unheard", source_partition="0", source_offset=number)

    (dead,) = agent().parcels([odd])[0].dead

    assert (dead.topic, dead.partition, dead.offset) == (LEGS.name, 0, 4)
    assert dead.reason is Reason.BUG


def test_our_own_dead_letters_are_not_kept_twice() -> None:
    assert agent().parcels([letter(stored_by=STORED_HERE)])[0].dead == []


def test_a_topic_is_known_under_the_prefix_of_its_cluster() -> None:
    raw = json.dumps(order_body()).encode()
    prefixed = RecordBatch(f"test.{ORDERS.name}", 0, records(raw))

    parcel = agent("test.").parcels([prefixed])[0]

    assert parcel.topic == ORDERS.name
    assert len(parcel.records) == 1
