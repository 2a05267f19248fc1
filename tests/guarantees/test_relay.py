"""The ledger's relay on a real Apache Kafka."""

from pathlib import Path

import pytest

from runtime.brokers import KafkaBroker
from tests.ledger.on_broker import check_relay

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_outbox_arrives_whole_and_in_sequence(kafka: KafkaBroker, tmp_path: Path) -> None:
    check_relay(kafka.bootstrap, tmp_path / "ledger", prefix="relay.")
