"""A plant for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.builders import IMPLEMENTATIONS
from tests.ledger.desk.treatment.builders import House, plant


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with plant(tmp_path / "ledger", request.param) as made:
        yield made
