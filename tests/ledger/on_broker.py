"""The relay against a broker that speaks Kafka: what a consumer of the topic finds there."""

import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, Message, TopicPartition

from ledger.outbox import OutboxReader
from ledger.relay import Relay
from ledger.relay_state import RelayState
from ledger.store import LEDGER_FILE
from runtime.broker import Publisher, create_topics
from schemas.topics import TAKEBACK_ORDERS
from tests.ledger.builders import START, WITHIN_S, opened, request

PARTITIONS = 4
BOXES, PUTS = 5, 600


def headers_of(message: Message) -> dict[str, str]:
    found: list[tuple[str, bytes]] = message.headers() or []  # type: ignore[assignment]
    return {name: value.decode() for name, value in found}


def check_relay(bootstrap: str, folder: Path, *, prefix: str) -> None:
    """Publish from a ledger and read it back: everything, in sequence per key, as CloudEvents."""
    create_topics(bootstrap, partitions=PARTITIONS, prefix=prefix)
    with opened(folder) as ledger:
        for box in range(BOXES):
            ledger.submit(request("open", box=f"B-{box}")).result(WITHIN_S)
        waiting = [
            ledger.submit(request("tally", target=f"B-{n % BOXES}", item=n)) for n in range(PUTS)
        ]
        assert all(one.result(WITHIN_S).status == 200 for one in waiting)
        outbox, state = OutboxReader(folder / LEDGER_FILE), RelayState(folder)
        made = Relay(
            outbox,
            state,
            lambda: Publisher(bootstrap, prefix=prefix),
            now=lambda: START,
            pause=threading.Event().wait,
        )
        assert (made.drain(), made.drain()) == (BOXES + PUTS, 0)
        made.close()
        outbox.close()
    check_topic(read_all(bootstrap, prefix + TAKEBACK_ORDERS.name))


def check_topic(messages: list[Message]) -> None:
    sequences: dict[str, list[int]] = {}
    for message in messages:
        headers, key = headers_of(message), message.key()
        assert isinstance(key, bytes)
        assert headers["ce_specversion"] == "1.0"
        assert headers["ce_subject"] == headers["ce_partitionkey"] == key.decode()
        sequences.setdefault(headers["ce_subject"], []).append(int(headers["ce_sequence"]))
    each = PUTS // BOXES + 1
    assert sequences == {f"B-{box}": [*range(1, each + 1)] for box in range(BOXES)}
    assert len({headers_of(message)["ce_id"] for message in messages}) == BOXES + PUTS


def read_all(bootstrap: str, topic: str) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"check-{topic}"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    found: list[Message] = []
    deadline = time.monotonic() + WITHIN_S
    while len(found) < BOXES + PUTS and time.monotonic() < deadline:
        found += consumer.consume(1_000, timeout=0.2)
    found += consumer.consume(1_000, timeout=0.5)
    consumer.close()
    assert not [message.error() for message in found if message.error() is not None]
    return found
