import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from schemas.topics import EMISSIONS
from schemas.wire import WireEvent
from tests.warehouse.builders import (
    CLUSTER,
    NOON,
    TOPIC_OF,
    Logs,
    Store,
    assert_consistent,
    batch,
    corrected,
    counted_in_all,
    dead_batch,
    digest,
    emission,
    empty,
    forget_all,
    message,
    order_fact,
    poison,
    read_in_all,
    reading,
    route,
    sink_of,
    state,
    unit_fact,
)
from warehouse.records import SinkBatch
from warehouse.sink import OffsetMoved

PARTITIONS = 3
seeds = st.integers(0, 2**32)
laws = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def law(test: Any) -> Any:
    """A law over seeds: it takes more than a second."""
    return pytest.mark.slow(pytest.mark.timeout(600)(laws(test)))


def some_events(draw: random.Random, count: int) -> list[WireEvent]:
    """Legs, routes, take-back facts and readings; no two claim the same id."""
    modes, categories = ("road", "rail", "sea"), ("tv", "fridge", "home_ac")
    events: list[WireEvent] = []
    for number in range(1, count + 1):
        at = (NOON - timedelta(hours=draw.randrange(24 * 400))).isoformat()
        facts = {
            "occurred_at": at,
            "mass_kg": f"{draw.randrange(1, 10**7) / 1000:.3f}",
            "volume_m3": draw.choice([None, "1.25"]),
            "category": draw.choice(categories),
        }
        events.append(
            draw.choice(
                [
                    emission(
                        number,
                        mode=draw.choice(modes),
                        data_class=draw.choice(["primary", "default"]),
                        leg_seq=draw.randint(1, 3),
                        emission_wtw_kgco2e=f"{draw.randrange(10**9) / 10**6:.6f}",
                        **facts,
                    ),
                    route(number, main_line_km=draw.choice([None, "12.5"]), **facts),
                    reading(number, forklift_id=f"F-{number % 3}", occurred_at=at),
                ]
            )
        )
    orders = ("demand_registered", "appraised", "confirmed", "assigned", "accepted")
    states = ("requested", "appraised", "confirmed", "assigned", "accepted")
    events += [order_fact(n, o, s) for n, (o, s) in enumerate(zip(orders, states, strict=True), 1)]
    units = ("declared", "collected", "departed", "received")
    ends = ("declared", "collected", "in_transit", "at_depot")
    events += [unit_fact(n, u, s) for n, (u, s) in enumerate(zip(units, ends, strict=True), 1)]
    return events


def delivered(
    events: Sequence[WireEvent], draw: random.Random, *, again: int = 0, bad: int = 0
) -> list[list[SinkBatch]]:
    """Deliver ``events`` in any order, some twice, on any partition, in batches of any size."""
    logs = Logs()
    sent = [*events, *draw.choices(events, k=again)]
    draw.shuffle(sent)
    places: dict[tuple[str, int], list[WireEvent | None]] = {}
    for event in sent:
        place = (TOPIC_OF[type(event)], draw.randrange(PARTITIONS))
        places.setdefault(place, []).append(event)
    for _ in range(bad):
        places.setdefault((EMISSIONS.name, draw.randrange(PARTITIONS)), []).append(None)
    batches = []
    while places:
        place = draw.choice(sorted(places))
        size = draw.randint(1, 5)
        head, places[place] = places[place][:size], places[place][size:]
        batches.append(logs.append(head, place[1], place[0]))
        if not places[place]:
            del places[place]
    groups = []
    while batches:
        size = draw.randint(1, 4)
        groups.append(batches[:size])
        batches = batches[size:]
    return groups


def stored(groups: Sequence[Sequence[SinkBatch]]) -> duckdb.DuckDBPyConnection:
    db = empty()
    sink = sink_of(db)
    for group in groups:
        sink.write(group)
    return db


@law
@given(seed=seeds)
def test_any_order_duplication_and_batching_gives_the_same_digest(seed: int) -> None:
    draw = random.Random(seed)
    events = some_events(draw, draw.randint(1, 30))

    plain = stored(delivered(events, random.Random(1)))
    weathered = stored(delivered(events, draw, again=draw.randint(0, 30), bad=draw.randint(0, 5)))

    assert digest(plain) == digest(weathered)


@law
@given(seed=seeds)
def test_whatever_comes_every_record_is_counted_and_the_roll_ups_follow(seed: int) -> None:
    draw = random.Random(seed)
    groups = delivered(some_events(draw, 20), draw, again=15, bad=4)

    db = stored(groups)

    given_in_all = sum(part.rows for group in groups for part in group)
    assert counted_in_all(db) == read_in_all(db) == given_in_all
    assert_consistent(db)


@law
@given(seed=seeds)
def test_a_batch_whose_offsets_are_stored_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)
    groups = delivered(some_events(draw, 10), draw, again=5, bad=2)
    db = stored(groups)
    tables = [name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()]
    before = {name: db.execute(f"from {name} order by all").fetchall() for name in tables}
    sink = sink_of(db)

    for group in groups:
        again = sink.write(group)
        assert (again.rows, again.duplicates, again.dead, again.months) == (0, 0, 0, [])

    assert {n: db.execute(f"from {n} order by all").fetchall() for n in tables} == before


@law
@given(seed=seeds)
def test_batches_that_overlap_are_stored_once(seed: int) -> None:
    draw = random.Random(seed)
    events = [emission(n) for n in range(1, 21)]
    db = empty()
    sink = sink_of(db)
    end = 0
    while end < len(events):
        start, end = draw.randint(max(0, end - 6), end), min(len(events), end + draw.randint(1, 6))
        first = batch(*events[start:end], at=start)
        group = [first, first] if draw.random() < 0.5 else [first]
        sink.write(group)

    assert db.execute("select sum(legs), count(*) from fact_leg_emission").fetchall() == [(20, 20)]
    assert db.execute("select sum(duplicates) from sink_stat").fetchall() == [(0,)]
    assert_consistent(db)


class Tripping:
    """A connection that breaks at its n-th statement, as a full disk or a bug would."""

    def __init__(self, db: duckdb.DuckDBPyConnection, at: int, error: Exception) -> None:
        self._db = db
        self._left = at
        self._error = error

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql != "rollback":
            if self._left == 0:
                self._left = -1
                raise self._error
            self._left -= 1
        return self._db.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def everything() -> list[list[SinkBatch]]:
    """Two transactions that together use every statement of the sink."""
    read = reading(1)
    return [
        [
            batch(emission(1), emission(2), emission(1), emission(2, mass_kg="1")),
            batch(route(1)),
            replace(batch(read), readings={"F-1": state(read)}, outbox=[message(1)]),
            batch(order_fact(1, "demand_registered", "requested")),
            batch(unit_fact(2, "collected", "collected")),
            dead_batch(0, partition=1),
            batch(corrected(8, 9), at=0, partition=2),
        ],
        [
            batch(corrected(3, 1), emission(9), emission(4, mode="rail"), at=4),
            replace(batch(reading(2), at=1), readings={"F-1": state(reading(2))}),
            batch(unit_fact(1, "declared", "declared"), at=1),
        ],
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("error", [duckdb.IOException("no space left"), MemoryError("gone")])
def test_whichever_statement_breaks_nothing_of_its_transaction_stays(error: Exception) -> None:
    expected = stored(everything())
    whole = digest(expected)
    broke = 0

    db = empty()
    for at in range(200):
        forget_all(db)
        sink = sink_of(db)
        sink._db = sink._arrivals._db = sink._dimensions._db = Tripping(db, at, error)  # type: ignore[assignment]
        done = []
        for group in everything():
            before = digest(db), read_in_all(db)
            try:
                sink.write(group)
                done.append(True)
            except type(error):
                broke += 1
                assert (digest(db), read_in_all(db)) == before
                assert_consistent(db)
                done.append(False)
                sink.write(group)
        assert_consistent(db)
        assert digest(db) == whole
        if all(done):
            break

    assert broke > 40  # each statement of both transactions broke once
    assert all(done)


def test_a_batch_that_comes_again_whole_or_in_part_is_dropped_not_counted() -> None:
    store = Store()
    first = batch(emission(1), emission(2))
    store.write(first, dead_batch(0, partition=1))

    again = store.write(first, batch(emission(2), emission(3), at=1), dead_batch(0, partition=1))

    assert (again.rows, again.duplicates, again.dead) == (1, 0, 0)
    assert_consistent(store.db)


def test_a_name_that_was_rolled_back_is_stored_with_the_next_attempt() -> None:
    store = Store()
    too_far = structs.replace(emission(1, category="new"), distance_km=Decimal("99999999"))

    assert not store.sink.would_take([batch(too_far)])
    store.write(batch(emission(2, category="new")))

    assert store.rows("select category from mart.leg") == [("new",)]


def test_a_sink_that_starts_anew_goes_on_where_the_last_one_ended() -> None:
    store = Store()
    store.write(batch(emission(1), emission(2)))

    again = sink_of(store.db)

    assert again.next_offset(EMISSIONS.name, 0) == 2
    assert again.next_offset(EMISSIONS.name, 1) == 0


def test_another_writer_that_moved_the_offset_ends_this_one() -> None:
    store = Store()
    store.write(batch(emission(1)))
    sink_of(store.db).write([batch(emission(2), at=1)])

    with pytest.raises(OffsetMoved, match=r"shipment.emission.v1/0 is no longer 1"):
        store.write(batch(emission(3), at=1))

    assert store.one("select count(*) from fact_leg_emission") == 2
    assert_consistent(store.db)


def test_another_writer_that_was_first_on_a_partition_ends_this_one() -> None:
    store = Store()
    other = sink_of(store.db)
    other.write([batch(emission(1))])

    with pytest.raises(OffsetMoved, match="is no longer unset"):
        store.write(batch(emission(2)))

    assert store.rows("select next_offset from sink_offset") == [(1,)]


def test_a_broker_that_was_emptied_is_counted_from_its_start_and_duplicates_are_caught() -> None:
    store = Store()
    store.write(batch(emission(1), emission(2)), dead_batch(0, partition=1))

    emptied = sink_of(store.db, cluster_id=f"{CLUSTER}#2", broker_epoch=2)
    told = emptied.write([batch(emission(2), emission(3)), dead_batch(0, partition=1)])

    assert (told.rows, told.duplicates, told.dead) == (1, 1, 1)
    offsets = store.rows("select cluster_id, partition, next_offset from sink_offset order by 1, 2")
    assert offsets == [
        (CLUSTER, 0, 2), (CLUSTER, 1, 1), (f"{CLUSTER}#2", 0, 2), (f"{CLUSTER}#2", 1, 1),
    ]  # fmt: skip
    assert store.one("select count(*) from dead_letter") == 2
    assert_consistent(store.db)


def test_counts_stand_with_the_partition_that_brought_the_record() -> None:
    store = Store()

    store.write(
        batch(emission(1), emission(1), partition=0),
        batch(emission(2, occurred_at="2026-05-01T00:00:00Z"), partition=1),
        dead_batch(0, partition=2),
        replace(batch(reading(1), partition=3), intervals={}),
    )

    counted = store.rows(
        "select partition, rows, duplicates, dead, late, without_row from sink_stat order by 1"
    )
    assert counted == [
        (0, 1, 1, 0, 0, 0), (1, 1, 0, 0, 1, 0), (2, 0, 0, 1, 0, 0), (3, 0, 0, 0, 0, 1),
    ]  # fmt: skip


def test_a_letter_of_another_process_is_kept_once_however_often_it_is_told() -> None:
    store = Store()
    told = poison("shipment.leg.v1", 4, 17, came_at=0)
    topic = "shipment.leg.v1.dlq"

    store.write(SinkBatch(topic, 0, 0, 1, NOON, dead=[told]))
    store.write(SinkBatch(topic, 0, 1, 2, NOON, dead=[replace(told, came_at=1)]))

    assert store.rows("select topic, partition, log_offset from dead_letter") == [
        ("shipment.leg.v1", 4, 17)
    ]
    assert_consistent(store.db)


def test_the_rows_of_one_transaction_are_recorded_at_one_instant() -> None:
    store = Store()
    later = NOON + timedelta(seconds=3)

    store.write(replace(batch(emission(1)), recorded_at=later), batch(emission(2), partition=1))

    assert store.rows("select distinct recorded_at from fact_leg_emission") == [(later,)]


def test_a_day_is_the_companys_not_greenwichs() -> None:
    store = Store()

    store.tell(emission(1, occurred_at="2026-10-31T16:30:00Z"))

    assert str(store.one("select occurred_on from fact_leg_emission")) == "2026-11-01"
    assert str(store.one("select month from agg_leg_month")) == "2026-11-01"


def test_a_result_with_more_decimals_is_rounded_once_half_to_even() -> None:
    store = Store()

    store.tell(emission(1, mass_kg="2.0005", transport_tkm="1.0000025"))

    assert store.rows("select mass_kg, transport_tkm from fact_leg_emission") == [
        (Decimal("2.000"), Decimal("1.000002"))
    ]


def test_only_the_first_leg_of_a_shipment_carries_the_shipment() -> None:
    store = Store()

    store.tell(emission(1, leg_seq=1), emission(2, leg_seq=2))

    assert store.rows(
        "select sum(shipments), sum(shipment_mass_kg), sum(shipment_volume_m3) from agg_leg_day"
    ) == [(1, Decimal("412.500"), Decimal("3.200000"))]


def test_what_is_told_to_others_is_stored_with_what_it_tells_of() -> None:
    store = Store()
    read = reading(1)

    store.write(replace(batch(read), readings={"F-1": state(read)}, outbox=[message(7)]))

    assert store.rows("select topic, key, value from outbox") == [
        ("forklift.energy.v1", "F-1", b"outbox-bytes-7")
    ]
    assert store.rows("select forklift_id, event_id::varchar from forklift_state") == [
        ("F-1", read.event_id)
    ]
