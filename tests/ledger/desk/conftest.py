"""A house of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.desk.assign_builders import House, opened_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path / "ledger") as made:
        yield made
