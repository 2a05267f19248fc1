"""Topics: every event has one, keyed by a field that every event of it has."""

import re
from uuid import UUID

import pytest

from schemas.event import Event
from schemas.topics import (
    DEAD_LETTER_RETENTION_MS,
    TAKEBACK_DEMANDS,
    TOPICS,
    UNLIMITED_MS,
    Topic,
    key_of,
    topic_of,
)
from schemas.wall import accept, read_json
from tests.builders import ROOT, leg_body

EVERY = pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)


def golden(topic: str) -> bytes:
    return (ROOT / "schemas" / "golden" / f"{topic}.json").read_bytes()


def concrete_events() -> set[type[Event]]:
    found, waiting = set(), [Event]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting.extend(below)
        found |= {one for one in below if not one.__subclasses__()}
    return {one for one in found if one.__module__.startswith("schemas.")}


@EVERY
def test_a_topic_is_named_by_noun_event_and_major_version(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z-]+\.[a-z-]+\.v[1-9]", topic.name)
    assert TOPICS[topic.name] is topic
    assert topic.dead_letters == f"{topic.name}.dlq"


@EVERY
def test_the_key_of_a_topic_is_a_text_that_each_of_its_events_has(topic: Topic) -> None:
    for name in topic.key_fields:
        field = topic.event.model_fields[name]
        assert field.is_required()
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, str)


@EVERY
def test_a_topic_is_kept_for_ever_or_at_least_a_week(topic: Topic) -> None:
    assert topic.retention_ms == UNLIMITED_MS or topic.retention_ms >= 7 * 86_400_000
    assert topic.written_by
    assert topic.read_by
    assert DEAD_LETTER_RETENTION_MS == 90 * 86_400_000


def test_every_event_has_one_topic() -> None:
    carried = [topic.event for topic in TOPICS.values()]

    assert set(carried) == concrete_events()
    assert len(carried) == len(set(carried))


def test_an_event_finds_its_topic_and_key() -> None:
    topic = TOPICS["shipment.leg.v1"]
    leg = accept(topic.event, leg_body(shipment_id="S-77"))

    assert topic_of(leg) is topic
    assert key_of(leg) == "S-77"


def test_a_demand_is_keyed_by_its_channel_and_the_number_it_has_there() -> None:
    demand = accept(TAKEBACK_DEMANDS.event, read_json(golden("takeback.demand.v1")))

    assert key_of(demand) == "mini_program:MP-2025-884120"


def test_an_event_of_no_topic_is_named() -> None:
    class Unheard(Event):
        pass

    event = Unheard.model_validate({"event_id": UUID(int=1), "occurred_at": "2025-06-01T12:00:00Z"})

    with pytest.raises(LookupError, match="no topic carries Unheard"):
        topic_of(event)
