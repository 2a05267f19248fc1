import itertools
import json

import msgspec
import pytest

from benches.work import EVENT_BYTES, FACTOR, answer, event, events


@pytest.mark.parametrize("number", [0, 1, 9_999, 399_999])
def test_every_plain_event_has_the_same_size(number: int) -> None:
    assert len(event(number)) == EVENT_BYTES


def test_the_same_number_gives_the_same_event() -> None:
    assert list(events(3)) == list(itertools.islice(events(5), 3))


def test_the_job_adds_the_emission_and_keeps_the_rest() -> None:
    told = json.loads(answer(event(3)))

    asked = msgspec.json.decode(event(3))
    assert told.pop("emission_kgco2e") == asked["mass_kg"] / 1_000 * asked["distance_km"] * FACTOR
    assert told == asked
