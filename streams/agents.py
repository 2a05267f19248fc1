"""The agents: a few lines each around pure functions; returning to the loop acknowledges."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import faust
import structlog

from emissions.factor import FactorBook
from runtime.broker import BrokerAway, Publisher
from runtime.settings import Settings
from schemas.topics import EMISSIONS, LEGS, Topic
from schemas.wire import WireLeg
from streams.app import batches_of
from streams.batch_consumer import RecordBatch
from streams.batch_reader import BatchReader
from streams.codecs import encode
from streams.sort_out import DeadLetter, sort_out
from streams.together import Together, Waiting
from streams.translate import on_leg_completed

RETRY_PAUSE_S = 1.0


log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Unanswerable(Exception):
    """An outage outlasted the bounded retries: the process must end without acknowledging."""


def cloud_event(*, event_id: str, topic: str, occurred_at: str, subject: str) -> dict[str, str]:
    """Return the CloudEvents 1.0 headers of one message in Kafka's binary mode."""
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": "loopline",
        "ce_type": f"loopline.{topic}",
        "ce_subject": subject,
        "ce_time": occurred_at,
    }


def dead_letter_headers(letter: DeadLetter) -> dict[str, str]:
    """Return the headers that say why a record was not answered, and where it stands."""
    return {
        "reason": letter.reason.value,
        "detail": letter.detail,
        "source_topic": letter.record.topic,
        "source_partition": str(letter.record.partition),
        "source_offset": str(letter.record.offset),
    }


async def with_retries(attempt: Callable[[], None], settings: Settings, *, what: str) -> None:
    """Run ``attempt`` in a thread, again a bounded number of times after an outage.

    Raises
    ------
    Unanswerable
        If the last attempt failed too.
    """
    for number in range(1, settings.stream.max_attempts + 1):
        try:
            await asyncio.to_thread(attempt)
        except BrokerAway as error:
            log.warning("retry", what=what, attempt=number, error=str(error))
            await asyncio.sleep(RETRY_PAUSE_S * number)
        else:
            return
    raise Unanswerable(f"{what} failed {settings.stream.max_attempts} times")


class EmissionAgent:
    """Answers every completed leg with its emission, or parks it where a person will see it.

    Batches that come while others are on their way to the broker are answered together, so what
    one decoding and one flush cost is paid once for all partitions.
    """

    def __init__(
        self,
        *,
        publisher: Publisher,
        book: FactorBook,
        settings: Settings,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Keep what the agent may use; nothing is connected here."""
        self._now = now
        self._publisher = publisher
        self._book = book
        self._settings = settings
        self._reader = BatchReader(WireLeg)
        self._together = Together(self._answer, group_records=settings.stream.batch_records)
        self.answered = 0
        self.parked = 0

    async def __call__(self, batch: RecordBatch) -> "asyncio.Future[None]":
        """Take ``batch``; the future is done once the broker has its answers and dead letters."""
        return await self._together.take(batch)

    async def _answer(self, group: Sequence[Waiting]) -> None:
        answers, dead = self.sort([batch for batch, _ in group])
        publish = partial(self._publish, answers, dead)
        await with_retries(publish, self._settings, what="legs")
        self.answered += len(answers)
        self.parked += len(dead)
        for _, done in group:
            done.set_result(None)

    def sort(self, batches: Sequence[RecordBatch]) -> tuple[Sequence[Any], Sequence[DeadLetter]]:
        """Return the emissions, as twins of ``WireEmission``, and the dead letters."""
        records = [record for batch in batches for record in batch.records]
        read = self._reader.read(records, self._now())

        def answer(record: Any, leg: Any) -> Any:
            return on_leg_completed(
                leg,
                book=self._book,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
            )

        done = sort_out(read.records, answer, read.events)
        return done.answers, [*read.dead, *done.dead]

    def _publish(self, answers: Sequence[Any], dead: Sequence[DeadLetter]) -> None:
        send = self._publisher.send
        for emission in answers:
            send(
                EMISSIONS.name,
                key=emission.shipment_id.encode(),
                value=encode(emission),
                headers=cloud_event(
                    event_id=emission.event_id,
                    topic=EMISSIONS.name,
                    occurred_at=emission.occurred_at,
                    subject=emission.shipment_id,
                ),
            )
        park(self._publisher, LEGS, dead)
        self._publisher.flush(self._settings.stream.flush_timeout_s)


def park(publisher: Publisher, topic: Topic, dead: Sequence[DeadLetter]) -> None:
    """Send ``dead`` to the dead letters of ``topic``, keyed by where each record stands."""
    for letter in dead:
        at = letter.record
        publisher.send(
            topic.dead_letters,
            key=f"{at.topic}-{at.partition}-{at.offset}".encode(),
            value=at.value or b"",
            headers=dead_letter_headers(letter),
        )


Handle = Callable[[RecordBatch], Awaitable[asyncio.Future[None] | None]]


def attach(
    app: faust.App,
    topic: Topic | str,
    handle: Handle,
    *,
    prefix: str,
    on_outage: Callable[[Exception], None],
) -> None:
    """Let ``handle`` answer the batches of ``topic``; an outage ends the process unacknowledged.

    A handler that returns a future goes on with the next batch before this one is stored; the
    batch is acknowledged when the future is done.
    """
    name = topic if isinstance(topic, str) else topic.name

    async def agent(batches: Any) -> None:
        async for batch in batches:
            try:
                stored = await handle(batch)
            except Exception as error:  # noqa: BLE001 - edge 1 of 2: what escapes skips events
                on_outage(error)
                await asyncio.Event().wait()  # nothing after this batch may be acknowledged
                return
            if stored is None:
                batch.handled = True
            else:
                stored.add_done_callback(partial(_acknowledge, batch, on_outage))

    app.agent(batches_of(app, topic, prefix=prefix), name=f"loopline.{name}")(agent)


def _acknowledge(
    batch: RecordBatch, on_outage: Callable[[Exception], None], stored: asyncio.Future[None]
) -> None:
    if stored.cancelled():
        return
    error = stored.exception()
    if error is None:
        batch.handled = True
    elif isinstance(error, Exception):
        on_outage(error)
