"""The ledger under test: every implementation has to pass the same suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.contract import Ledger
from tests.ledger import postgres_cluster
from tests.ledger.builders import IMPLEMENTATIONS, Command, World


@pytest.fixture(scope="session", autouse=True)
def _server_ends() -> Iterator[None]:
    yield
    postgres_cluster.stop()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def ledger(
    request: pytest.FixtureRequest, tmp_path: Path, world: World
) -> Iterator[Ledger[Command]]:
    made = IMPLEMENTATIONS[request.param](tmp_path / "ledger", world)
    yield made
    made.close()
