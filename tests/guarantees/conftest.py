"""One real Apache Kafka for the session; where it cannot run, one line says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.brokers import KafkaBroker, missing_for_kafka
from tests.guarantees.broker import JARS, POM


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    lack = missing_for_kafka()
    if lack is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    broker = KafkaBroker(dir=tmp_path_factory.mktemp("kafka"), jars=JARS, pom=POM)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"
