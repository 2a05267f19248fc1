"""Houses for the tests of the desk, each on a ledger of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.desk import assign_builders, treatment_builders
from tests.ledger.desk import house as order_builders


@pytest.fixture
def house(tmp_path: Path) -> Iterator[assign_builders.House]:
    with assign_builders.opened_house(tmp_path / "ledger") as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Iterator[order_builders.House]:
    with order_builders.house(tmp_path / "ledger") as made:
        made.partners()
        yield made


@pytest.fixture
def works(tmp_path: Path) -> Iterator[treatment_builders.House]:
    with treatment_builders.plant(tmp_path / "ledger") as made:
        yield made
