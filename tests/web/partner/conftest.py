"""A room of its own for each test that asks over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.partner.room import Room, opened


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as made:
        yield made
