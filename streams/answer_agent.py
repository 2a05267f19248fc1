"""Answers the records of a quiet topic: one event in, one event out, or a dead letter.

Legs come by the thousand a second and have an agent of their own. What comes by the hour is read
by the published contract itself: no second shape of it has to be kept in step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from runtime.broker import Publisher
from runtime.settings import Settings
from schemas.event import Event
from schemas.open_reading import read_event
from schemas.topics import Topic, key_of
from schemas.wall import refuse_future
from streams.agents import cloud_event, park, with_retries
from streams.batch_consumer import RecordBatch
from streams.sort_out import DeadLetter, sort_out
from streams.source import Source


@dataclass(frozen=True, slots=True)
class Question:
    """A topic that is answered: what answers one of its events, and where the answer goes."""

    topic: Topic
    answers: Topic
    answer: Callable[[Any, Source], Event]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AnswerAgent:
    """Answers every record of one topic; a batch is acknowledged once the broker has it all."""

    def __init__(
        self,
        question: Question,
        *,
        publisher: Publisher,
        settings: Settings,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Keep what the agent may use; nothing is connected here."""
        self._question = question
        self._publisher = publisher
        self._settings = settings
        self._now = now

    async def __call__(self, batch: RecordBatch) -> None:
        """Answer ``batch``; when this returns, its answers and dead letters are stored."""
        done = sort_out(batch.records, partial(self._answered, partition=batch.partition))
        publish = partial(self._publish, done.answers, done.dead)
        await with_retries(publish, self._settings, what=self._question.topic.name)

    def _answered(self, record: Any, *, partition: int) -> Event:
        event = read_event(self._question.topic.event, record.value or b"")
        refuse_future(event.occurred_at, self._now())
        source = Source(self._question.topic.name, partition, record.offset)
        return self._question.answer(event, source)

    def _publish(self, answers: list[Event], dead: list[DeadLetter]) -> None:
        into = self._question.answers
        for event in answers:
            self._publisher.send(
                into.name,
                key=key_of(event).encode(),
                value=event.model_dump_json(exclude_none=True).encode(),
                headers=cloud_event(
                    event_id=str(event.event_id),
                    topic=into.name,
                    occurred_at=event.occurred_at.isoformat(),
                    subject=key_of(event),
                ),
            )
        park(self._publisher, self._question.topic, dead)
        self._publisher.flush(self._settings.stream.flush_timeout_s)
