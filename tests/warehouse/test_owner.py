import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from msgspec import structs

from schemas.refusal import Reason
from schemas.topics import EMISSIONS
from tests.warehouse.builders import (
    NO_PAUSES,
    as_read,
    assert_consistent,
    batch,
    dead_batch,
    emission,
    opened,
    owner_of,
    route,
    settings_in,
    sink_of,
)
from warehouse.owner import Warehouse, WriterEnded
from warehouse.records import Committed, Record, SinkBatch
from warehouse.sink import OffsetMoved, Sink
from warehouse.store import live_path

WITHIN_S = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def house(folder: Path) -> Iterator[Warehouse]:
    owner = owner_of(settings_in(folder))
    yield owner
    owner.close()


class Failing(Sink):
    """A sink that fails as told, a number of times, and then writes."""

    def __init__(self, inner: Sink, errors: Sequence[BaseException]) -> None:
        self._inner = inner
        self.errors = list(errors)

    def write(self, batches: Sequence[SinkBatch]) -> Committed:
        if self.errors:
            raise self.errors.pop(0)
        return self._inner.write(batches)

    def would_take(self, batches: Sequence[SinkBatch]) -> bool:
        return self._inner.would_take(batches)

    def next_offset(self, topic: str, partition: int) -> int:
        return self._inner.next_offset(topic, partition)


class Gated(Sink):
    """A sink that waits until the test opens the gate."""

    def __init__(self, inner: Sink) -> None:
        self._inner = inner
        self.gate = threading.Event()
        self.groups: list[int] = []

    def write(self, batches: Sequence[SinkBatch]) -> Committed:
        self.gate.wait(WITHIN_S)
        self.groups.append(len(batches))
        return self._inner.write(batches)


def failing(*errors: BaseException) -> Callable[[Any], Sink]:
    return lambda db: Failing(sink_of(db), errors)


def ended(owner: Warehouse) -> bool:
    owner._thread.join(WITHIN_S)
    return not owner.alive


def test_a_future_is_done_when_its_rows_are_committed(house: Warehouse) -> None:
    told = house.put(batch(emission(1), emission(2))).result(WITHIN_S)

    assert told.rows == 2
    assert house.query("select sum(legs) from fact_leg_emission") == [(2,)]
    assert house.queued_rows == 0
    assert house.alive


def test_after_each_commit_a_word_is_told_and_the_future_is_done_before(folder: Path) -> None:
    futures: list[Future[Committed]] = []
    done: list[bool] = []
    heard = threading.Event()

    def hear(told: Committed) -> None:
        done.append(futures[0].done() and told.rows == 1)
        heard.set()

    owner = owner_of(settings_in(folder, flush_ms=100), on_commit=hear)
    futures.append(owner.put(batch(emission(1))))
    heard.wait(WITHIN_S)
    owner.close()

    assert done == [True]


def test_batches_that_come_together_share_a_transaction(folder: Path) -> None:
    gated: list[Gated] = []

    def gate(db: Any) -> Sink:
        gated.append(Gated(sink_of(db)))
        return gated[0]

    owner = owner_of(settings_in(folder, flush_ms=1), sink=gate)
    first = owner.put(batch(emission(1)))
    time.sleep(0.1)
    rest = [owner.put(batch(emission(n), at=n - 1)) for n in range(2, 6)]
    gated[0].gate.set()

    assert first.result(WITHIN_S).rows == 1
    assert {future.result(WITHIN_S).rows for future in rest} == {4}
    assert gated[0].groups == [1, 4]
    owner.close()


def test_a_future_that_was_given_cannot_be_cancelled(house: Warehouse) -> None:
    future = house.put(batch(emission(1)))

    assert not future.cancel()
    assert future.result(WITHIN_S).rows == 1
    assert house.alive


def test_a_function_runs_after_what_was_queued_before_it(house: Warehouse) -> None:
    house.put(batch(emission(1)))

    offsets = house.next_offsets({(EMISSIONS.name, 0), (EMISSIONS.name, 1)})

    assert offsets.result(WITHIN_S) == {(EMISSIONS.name, 0): 1, (EMISSIONS.name, 1): 0}


def test_a_function_that_fails_tells_its_asker_and_nobody_else(house: Warehouse) -> None:
    asked = house.run(lambda db: db.execute("select * from nowhere"))

    with pytest.raises(duckdb.CatalogException):
        asked.result(WITHIN_S)
    assert house.put(batch(emission(1))).result(WITHIN_S).rows == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_of_a_bug_leaves_nobody_waiting(folder: Path) -> None:
    owner = owner_of(settings_in(folder), sink=failing(RuntimeError("a bug")))

    futures = [owner.put(batch(emission(n), at=n)) for n in range(1)]

    for future in futures:
        with pytest.raises(WriterEnded):
            future.result(WITHIN_S)
    assert ended(owner)
    with pytest.raises(WriterEnded):
        owner.put(batch(emission(9)))
    owner.close()


@pytest.mark.parametrize(
    "error",
    [
        duckdb.IOException("Could not write file: No space left on device"),
        duckdb.TransactionException("Failed to commit: No space left"),
        duckdb.FatalException("database has been invalidated"),
    ],
)
def test_a_database_that_goes_on_refusing_acknowledges_nothing(
    folder: Path, error: Exception
) -> None:
    owner = owner_of(settings_in(folder), sink=failing(*[error] * 5))

    future = owner.put(batch(emission(1)))

    with pytest.raises(WriterEnded, match="did not commit"):
        future.result(WITHIN_S)
    assert ended(owner)
    owner.close()
    assert opened(settings_in(folder)).execute("from sink_offset").fetchall() == []


def test_a_database_that_refuses_for_a_while_is_asked_again(folder: Path) -> None:
    owner = owner_of(settings_in(folder), sink=failing(*[duckdb.IOException("busy")] * 4))

    assert owner.put(batch(emission(1))).result(WITHIN_S).rows == 1
    owner.close()


def test_another_writer_ends_this_one_at_once(folder: Path) -> None:
    owner = owner_of(settings_in(folder), sink=failing(OffsetMoved("no longer 1")))

    with pytest.raises(WriterEnded, match="no longer 1"):
        owner.put(batch(emission(1))).result(WITHIN_S)
    assert ended(owner)
    owner.close()


def test_what_is_queued_behind_a_failure_is_refused_too(folder: Path) -> None:
    gated: list[Gated] = []

    def gate(db: Any) -> Sink:
        gated.append(Gated(Failing(sink_of(db), [OffsetMoved("moved")])))
        return gated[0]

    owner = owner_of(settings_in(folder, flush_ms=1), sink=gate)
    futures: list[Future[Any]] = [owner.put(batch(emission(1)))]
    time.sleep(0.1)
    futures += [owner.put(batch(emission(2), at=1)), owner.run(lambda _: 7)]
    gated[0].gate.set()

    for future in futures:
        with pytest.raises(WriterEnded):
            future.result(WITHIN_S)
    owner.close()


def test_too_little_disk_stops_the_writer_and_acknowledges_nothing(folder: Path) -> None:
    settings = settings_in(folder, min_free_bytes=2**62)
    owner = owner_of(settings)

    future = owner.put(batch(emission(1)))

    with pytest.raises(WriterEnded, match="MIN_FREE_BYTES"):
        future.result(WITHIN_S)
    assert ended(owner)
    owner.close()


def test_when_there_is_room_again_the_writer_goes_on_alone(folder: Path) -> None:
    settings = settings_in(folder, min_free_bytes=2**62)
    owner = owner_of(settings)
    owner._pauses = replace(NO_PAUSES, disk_within_s=WITHIN_S)
    future = owner.put(batch(emission(1)))
    for _ in range(200):
        if owner.waits_for_disk:
            break
        time.sleep(0.01)
    waited = owner.waits_for_disk

    owner._settings = settings_in(folder)

    assert waited
    assert future.result(WITHIN_S).rows == 1
    assert not owner.waits_for_disk
    owner.close()


def test_a_full_queue_holds_its_giver_back_until_there_is_room(folder: Path) -> None:
    gated: list[Gated] = []

    def gate(db: Any) -> Sink:
        gated.append(Gated(sink_of(db)))
        return gated[0]

    owner = owner_of(settings_in(folder, queue_rows=3, flush_rows=1), sink=gate)
    taken = [owner.put(batch(emission(n), at=n)) for n in range(4)]
    offered = owner.offer(batch(emission(4), at=4))
    given = threading.Event()

    def give() -> None:
        taken.append(owner.put(batch(emission(5), at=5)))
        given.set()

    threading.Thread(target=give, daemon=True).start()
    was_held = not given.wait(0.2)
    queued = owner.queued_rows
    gated[0].gate.set()

    assert offered is None
    assert was_held
    assert queued == 4
    assert given.wait(WITHIN_S)
    assert [future.result(WITHIN_S).rows for future in taken] == [1] * 5
    assert owner.queued_rows == 0
    owner.close()


def test_a_giver_that_is_held_back_is_told_when_the_writer_ends(folder: Path) -> None:
    gated: list[Gated] = []

    def gate(db: Any) -> Sink:
        gated.append(Gated(Failing(sink_of(db), [OffsetMoved("moved")])))
        return gated[0]

    owner = owner_of(settings_in(folder, queue_rows=1, flush_rows=1), sink=gate)
    for n in range(2):
        owner.put(batch(emission(n), at=n))
    refused: list[str] = []

    def give() -> None:
        try:
            owner.put(batch(emission(5), at=5))
        except WriterEnded as error:
            refused.append(str(error))

    giver = threading.Thread(target=give, daemon=True)
    giver.start()
    gated[0].gate.set()
    giver.join(WITHIN_S)

    assert refused == ["the warehouse writer has ended"]
    owner.close()


def test_closing_stores_what_is_queued(folder: Path) -> None:
    owner = owner_of(settings_in(folder, flush_ms=2_000))
    futures = [owner.put(batch(emission(n), at=n)) for n in range(20)]

    owner.close()

    assert all(future.result(0).rows == 20 for future in futures)
    db = opened(settings_in(folder))
    assert db.execute("select sum(legs) from fact_leg_emission").fetchall() == [(20,)]
    with pytest.raises(WriterEnded):
        owner.put(batch(emission(99)))


def test_a_row_that_the_database_refuses_is_parked_and_its_neighbours_are_stored(
    house: Warehouse,
) -> None:
    events = [emission(n) for n in range(1, 41)]
    for n in (6, 23):
        events[n] = emission(n + 1, distance_km=Decimal("99999999"))  # more than the column holds

    told = [
        house.put(batch(*events)),
        house.put(batch(route(1), route(2, main_line_km=Decimal("1e12")))),
        house.put(dead_batch(0, partition=1)),
    ]
    for future in told:
        future.result(WITHIN_S)

    assert house.query("select count(*) from fact_leg_emission") == [(38,)]
    assert house.query("select count(*) from fact_order_route") == [(1,)]
    assert house.query(
        "select reason, log_offset from dead_letter order by topic, partition, log_offset"
    ) == [(Reason.BUG, 6), (Reason.BUG, 23), (Reason.BAD_JSON, 0), (Reason.BUG, 1)]
    house.run(assert_consistent).result(WITHIN_S)
    assert house.alive


def test_rows_that_only_together_are_too_much_are_told_apart(house: Warehouse) -> None:
    most = Decimal("999999999999")
    events = [emission(n, emission_wtw_kgco2e=most) for n in range(1, 4)]

    house.put(batch(*events)).result(WITHIN_S)

    assert house.query("select sum(emission_wtw_kgco2e) from agg_leg_day") == [(most * 3,)]


def test_a_text_that_no_column_takes_is_parked(house: Warehouse) -> None:
    good = as_read(emission(1))
    bad = structs.replace(as_read(emission(2)), trip_id="\ud800")  # half a character
    part = replace(
        batch(emission(1), emission(2)),
        records=[Record(0, good, b"key", b"{}"), Record(1, bad, b"key", b"{}")],
    )

    house.put(part).result(WITHIN_S)

    assert house.query("select leg_id from fact_leg_emission") == [("C-1/1",)]
    assert house.query("select reason, log_offset from dead_letter") == [(Reason.BUG, 1)]


def test_a_reader_sees_one_instant_while_the_writer_goes_on(house: Warehouse) -> None:
    house.put(batch(emission(1))).result(WITHIN_S)

    with house.reading() as query:
        before = query("select sum(legs) from fact_leg_emission", [])
        house.put(batch(emission(2), at=1)).result(WITHIN_S)
        after = query("select sum(legs) from agg_leg_day", [])

    assert before == after == [(1,)]
    assert house.query("select sum(legs) from fact_leg_emission") == [(2,)]


def test_the_file_is_its_owners_alone(folder: Path, house: Warehouse) -> None:
    house.put(batch(emission(1))).result(WITHIN_S)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert live_path(settings_in(folder)).stat().st_mode & 0o777 == 0o600
    assert house.committed_at is not None
