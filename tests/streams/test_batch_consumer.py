"""Batches instead of records: how they are cut, what is committed, and which Faust it needs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.settings import Settings, StreamSettings
from streams.app import new_app
from streams.batch_consumer import (
    FETCH_MAX_WAIT_MS,
    FETCHING,
    PRIVATE_NAMES,
    BatchConsumer,
    FaustChanged,
    RecordBatch,
    check_faust,
)
from tests.builders import KafkaRecord, records

FIRST, SECOND = TP("shipment.leg.v1", 0), TP("shipment.leg.v1", 1)
NOWHERE = "127.0.0.1:1"


@contextmanager
def unstarted() -> Iterator[BatchConsumer]:
    """Give the consumer of an app that was never started."""
    small = Settings(stream=StreamSettings(batch_records=3))
    made: Any = new_app(small, bootstrap=NOWHERE, group="test").consumer
    assert isinstance(made, BatchConsumer)
    yield made
    made._thread.thread_loop.close()  # a started one closes it when it stops


@pytest.fixture
async def consumer() -> AsyncIterator[BatchConsumer]:
    with unstarted() as made:
        yield made


def some(count: int, first_offset: int = 0) -> list[KafkaRecord]:
    return records(*[b"x"] * count, first_offset=first_offset)


def test_this_faust_has_the_names_that_are_overridden() -> None:
    check_faust()

    assert set(PRIVATE_NAMES) <= set(dir(BatchConsumer))


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_a_faust_without_one_of_them_is_refused_by_its_name_and_version(name: str) -> None:
    other = type("Consumer", (FaustConsumer,), {name: None})

    with pytest.raises(FaustChanged) as refused:
        check_faust(other)

    assert str(refused.value).startswith("faust-streaming 0.15.")
    assert f"Consumer.{name}(" in str(refused.value)
    assert str(refused.value).endswith("the batch consumer needs >=0.15.3,<0.16")


def test_a_faust_whose_signature_moved_is_refused() -> None:
    def seek(self: Any, place: Any, partition: Any) -> None:
        """Take its parameters in another order."""

    other = type("Consumer", (FaustConsumer,), {"seek": seek})

    with pytest.raises(FaustChanged, match="seek"):
        check_faust(other)


async def test_a_fetch_is_cut_into_batches_of_one_partition(consumer: BatchConsumer) -> None:
    cut = consumer._batches({FIRST: some(7), SECOND: some(2, first_offset=40)})

    assert [(tp.partition, [r.offset for r in batch]) for tp, batch in cut] == [
        (0, [0, 1, 2]),
        (1, [40, 41]),
        (0, [3, 4, 5]),
        (0, [6]),
    ]


async def test_no_partition_waits_for_the_backlog_of_another(consumer: BatchConsumer) -> None:
    cut = consumer._batches({FIRST: some(300), SECOND: some(300)})

    assert [tp.partition for tp, _ in cut[:6]] == [0, 1, 0, 1, 0, 1]


async def test_a_message_stands_for_its_batch(consumer: BatchConsumer) -> None:
    message = consumer._message(FIRST, some(3, first_offset=10))

    batch: Any = message.value
    assert isinstance(batch, RecordBatch)
    assert (batch.topic, batch.partition, batch.next_offset) == ("shipment.leg.v1", 0, 13)
    assert message.offset == 12
    assert not batch.handled


async def test_only_the_leading_run_of_handled_batches_is_committed(
    consumer: BatchConsumer,
) -> None:
    first, second, third = handed_over(consumer, 3)

    second.handled = third.handled = True
    before = consumer._new_offset(FIRST)
    first.handled = True
    after = consumer._new_offset(FIRST)

    assert before is None
    assert after == third.next_offset
    assert consumer._new_offset(FIRST) is None


def handed_over(consumer: BatchConsumer, count: int) -> Iterator[RecordBatch]:
    for number in range(count):
        batch: Any = consumer._message(FIRST, some(3, first_offset=3 * number)).value
        yield batch


@settings(max_examples=30)
@given(handled=st.permutations(range(6)))
async def test_whatever_the_order_no_offset_passes_an_unhandled_batch(
    handled: list[int],
) -> None:
    with unstarted() as consumer:
        batches, committed = list(handed_over(consumer, 6)), 0

        for number in handled:
            batches[number].handled = True
            committed = consumer._new_offset(FIRST) or committed
            waiting = [batch.records[0].offset for batch in batches if not batch.handled]
            assert committed == min(waiting, default=18)


async def test_what_is_in_flight_is_forgotten_with_its_partition(
    consumer: BatchConsumer,
) -> None:
    (batch,) = handed_over(consumer, 1)

    consumer._in_flight.pop(FIRST)
    batch.handled = True

    assert consumer._new_offset(FIRST) is None


async def test_the_gap_between_two_batches_is_no_gap(consumer: BatchConsumer) -> None:
    await consumer._add_gap(FIRST, 0, 2_000)

    assert not consumer._gap[FIRST]


async def test_the_consumer_asks_the_broker_to_collect_for_a_moment_only() -> None:
    plain = AIOKafkaConsumer(bootstrap_servers=NOWHERE)

    await plain.stop()
    assert all(hasattr(plain, name) for name in FETCHING)
    assert FETCH_MAX_WAIT_MS <= 100  # what it waits is part of every event's way to the board
