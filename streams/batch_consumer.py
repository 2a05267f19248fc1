"""Record batches instead of records: the aiokafka driver's consumer, handing over many at once.

Faust's path per record costs some 200 us (a message, an event, tasks, a queue hop, acks under a
lock). Here up to ``batch_records`` records of ONE partition travel as one message, whose
acknowledgement stands for all of them.
"""

import asyncio
import inspect
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

FETCHED_BATCHES = 4
MAX_BUFFERED_BATCHES = 32  # more than the partitions that one fetch brings a batch of
LOOK_FOR_ROOM_S = 0.05
FETCH_MAX_WAIT_MS = 50
FETCH_MIN_BYTES = 65_536
FETCHING: Mapping[str, int] = {
    "_fetch_max_wait_ms": FETCH_MAX_WAIT_MS,
    "_fetch_min_bytes": FETCH_MIN_BYTES,
}

StoredOffsets = Callable[[set[tuple[str, int]]], Awaitable[Mapping[tuple[str, int], int]]]

# Names of Faust that are not its public interface, with the parameters relied on.
PRIVATE_NAMES: Mapping[str, tuple[str, ...]] = {
    "getmany": ("self", "timeout"),
    "_wait_next_records": ("self", "timeout"),
    "_new_offset": ("self", "tp"),
    "_new_consumer_thread": ("self",),
    "_add_gap": ("self", "tp", "offset_from", "offset_to"),
    "perform_seek": ("self",),
    "seek": ("self", "partition", "offset"),
    "on_buffer_drop": ("self", "tp"),
    "_get_active_partitions": ("self",),
    "on_partitions_revoked": ("self", "revoked"),
}


class FaustChanged(ImportError):
    """This Faust is not the one that the batch consumer was written for."""


def check_faust(consumer: type = driver.Consumer) -> None:
    """Raise ``FaustChanged`` unless Faust has the private names that are overridden here."""
    for name, expected in PRIVATE_NAMES.items():
        method = getattr(consumer, name, None)
        found = tuple(inspect.signature(method).parameters) if callable(method) else None
        if found is None or found[: len(expected)] != expected:
            raise FaustChanged(
                f"faust-streaming {faust.__version__} has no Consumer.{name}{expected}: "
                "the batch consumer needs >=0.15.3,<0.16"
            )


check_faust()


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Asks the broker to collect for a moment instead of answering for every record.

    aiokafka has one request on its way to a broker, and what that one does not ask for waits. With
    Faust's 1.5 s a request for quiet topics alone holds up a busy one for that long.
    """

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        for name, value in FETCHING.items():
            if not hasattr(consumer, name):
                raise FaustChanged(f"aiokafka's consumer has no {name}")
            setattr(consumer, name, value)
        return consumer


@dataclass(slots=True)
class RecordBatch:
    """Records of one partition in offset order, each with ``offset``, ``key``, ``value``.

    ``handled`` is the acknowledgement. Faust's own is not used: it also acknowledges a message
    whose agent was cancelled, and one skipped in a rebalance, and their records would be lost.
    """

    topic: str
    partition: int
    records: Sequence[Any]
    handled: bool = False

    @property
    def next_offset(self) -> int:
        """The offset after the last record."""
        return int(self.records[-1].offset) + 1


class BatchSchema(faust.Schema[Any, Any]):
    """Passes a batch through: its records are decoded by the agent, where a refusal has a home."""

    def compile(self, app: faust.types.AppT, **_: Any) -> Any:
        """Return the function that wraps a message as an event."""

        async def decode(message: ConsumerMessage, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, message.headers, message)

        return decode


class BatchConsumer(driver.Consumer):
    """Hands over record batches and commits the leading run of acknowledged ones."""

    batch_records = 2_000
    #: Where to read from on assignment; without it, Kafka's committed offsets decide.
    stored_offsets: StoredOffsets | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start with nothing in flight."""
        super().__init__(*args, **kwargs)
        self._in_flight: defaultdict[TP, deque[RecordBatch]] = defaultdict(deque)
        self._room = asyncio.Event()

    async def getmany(  # the driver names the parameter
        self,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncIterator[tuple[TP, Any]]:
        """Yield one message per batch of records."""
        if self._buffered_partitions:
            await self._await_room(timeout)
            timeout = min(timeout, LOOK_FOR_ROOM_S)
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if fetched is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_while_paused()
            return
        for tp, records in self._batches(fetched):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                break
            if active is None or tp in active or tp in self._buffered_partitions:
                yield tp, self._message(tp, records)

    async def _await_room(self, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until an agent has taken a batch; Faust sleeps a second where no queue has room."""
        deadline = asyncio.get_running_loop().time() + timeout
        while self.flow_active and not self.should_stop and not self._get_active_partitions():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return
            self._room.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._room.wait(), min(left, LOOK_FOR_ROOM_S))

    def on_buffer_drop(self, tp: TP) -> None:
        """Note that a partition's batches have room again."""
        super().on_buffer_drop(tp)
        self._room.set()

    async def _seek_while_paused(self) -> None:
        try:
            await self.perform_seek()
        except (KafkaError, ConsumerNotStarted, TimeoutError) as error:
            # As the original does: the next assignment seeks again.
            self.log.warning("seek while paused failed: %r", error)

    def _batches(self, fetched: Mapping[TP, Sequence[Any]]) -> list[tuple[TP, Sequence[Any]]]:
        size = self.batch_records
        cut = [
            (start, tp, records[start : start + size])
            for tp, records in fetched.items()
            for start in range(0, len(records), size)
        ]
        # Every partition's first batch, then every second one: none waits for another's backlog.
        cut.sort(key=lambda item: item[0])
        return [(tp, records) for _, tp, records in cut]

    def _message(self, tp: TP, records: Sequence[Any]) -> ConsumerMessage:
        last = records[-1]
        batch = RecordBatch(tp.topic, tp.partition, records)
        self._in_flight[tp].append(batch)
        value: Any = batch  # Faust types it as bytes
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1_000, last.timestamp_type, None,
            None, value, None, None, None, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        waiting, offset = self._in_flight[tp], None
        while waiting and waiting[0].handled:
            offset = waiting.popleft().next_offset
        return offset

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        return  # a batch's offset is its last record's: the jump is no gap

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what is in flight: whoever gets the partitions reads it again."""
        for tp in revoked:
            self._in_flight.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, or to the ones the store's own transaction keeps."""
        self._in_flight.clear()
        await super().perform_seek()
        if self.stored_offsets is None:
            return
        assigned = {(tp.topic, tp.partition): tp for tp in self.assignment()}
        stored = await self.stored_offsets(set(assigned))
        for key, tp in assigned.items():
            await self.seek(tp, stored.get(key, 0))


class BatchTransport(driver.Transport):
    """The aiokafka driver with batches."""

    Consumer = BatchConsumer
