from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from schemas.shipment import LegCompleted
from schemas.topics import LEGS
from simulator.live import live_legs
from simulator.record import Record
from tests.simulator.builders import read

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=3)
        return self.at


def legs(count: int, start: datetime = NOON) -> list[Record]:
    return list(islice(live_legs(seed=1, start=start, now=Clock()), count))


def test_legs_end_when_they_are_asked_for() -> None:
    instants = [one.occurred_at for one in legs(50)]

    assert instants == sorted(set(instants))
    assert instants[0] > NOON


def test_live_legs_read_by_the_contract() -> None:
    for one in legs(200):
        leg = read(one.topic, one.value)

        assert one.topic == LEGS.name
        assert isinstance(leg, LegCompleted)
        assert leg.occurred_at == one.occurred_at


def test_a_demo_started_again_sends_other_events() -> None:
    first = {read(one.topic, one.value).event_id for one in legs(50)}
    second = {read(one.topic, one.value).event_id for one in legs(50, NOON + timedelta(seconds=60))}

    assert len(first) == 50
    assert not first & second


def test_a_clock_before_the_start_counts_as_the_start() -> None:
    start = NOON + timedelta(days=1)

    assert {one.occurred_at for one in legs(5, start)} == {start}


def test_a_start_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        legs(1, datetime(2026, 6, 30, 12))  # noqa: DTZ001 - the naive one is the point
