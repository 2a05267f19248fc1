"""Lives over HTTP: what each party posts, and what it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.partner.room import Room, opened
from tests.web.partner.story import Story


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as room:
        yield room


@pytest.fixture
def story(room: Room) -> Story:
    return Story(room)


def test_a_wish_becomes_a_pickup(story: Story) -> None:
    done = story.picked_up()

    assert (done["state"], done["version"]) == ("picked_up", 7)


def test_a_unit_goes_all_the_way_into_a_closed_batch(story: Story) -> None:
    unit_ids = story.stored("washing_machine", "washing_machine")
    batch = story.batch(unit_ids)

    assert (batch["state"], batch["unit_ids"]) == ("input_closed", unit_ids)
