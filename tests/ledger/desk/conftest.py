"""A house with its partners, on a ledger of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.desk.house import House, house


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "ledger") as made:
        made.partners()
        yield made
