"""A plant for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.desk.treatment.builders import House, plant


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with plant(tmp_path / "ledger") as made:
        yield made
