"""Kafka clients: one idempotent producer, topic administration, and questions to the broker."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError as AdminError
from kafka.errors import TopicAlreadyExistsError

from schemas.topics import DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS, TOPICS, Topic

ANSWER_TIMEOUT_S = 10.0
MAX_QUEUED_MESSAGES = 200_000
POLL_S = 0.05
SERVE_EVERY = 500  # messages; to ask after each one costs as much as to send it


class BrokerAway(Exception):
    """The broker does not answer, or did not acknowledge in time."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A topic that differs from ``schemas/topics.py``."""

    topic: str
    what: str


class Publisher:
    """An idempotent producer that says when the broker has acknowledged."""

    def __init__(self, bootstrap: str, *, prefix: str = "", linger_ms: int = 5) -> None:
        """Connect lazily; ``prefix`` goes before every topic's name."""
        self._prefix = prefix
        self._failed: list[str] = []
        self._unserved = 0  # messages since delivery reports were served
        self._producer = Producer(
            {
                "logger": logging.getLogger("kafka.producer"),
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": linger_ms,
                "queue.buffering.max.messages": MAX_QUEUED_MESSAGES,
                "compression.type": "lz4",
            }
        )

    def _note(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(str(error))

    def _noting(
        self, told: Callable[[int, int], None]
    ) -> Callable[[KafkaError | None, Message], None]:
        def note(error: KafkaError | None, message: Message) -> None:
            self._note(error, message)
            partition, offset = message.partition(), message.offset()
            if error is None and partition is not None and offset is not None:
                told(partition, offset)

        return note

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, str] | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        """Queue one message; a full queue waits for room, ``flush`` says whether it arrived.

        ``told`` gets partition and offset of an acknowledged message.
        """
        given: list[tuple[str, str | bytes | None]] = [*(headers or {}).items()]
        report = self._note if told is None else self._noting(told)
        while True:
            try:
                self._producer.produce(
                    self._prefix + topic, value, key, headers=given, on_delivery=report
                )
                break
            except BufferError:
                self._producer.poll(POLL_S)
        self._unserved += 1
        if self._unserved >= SERVE_EVERY:
            self._unserved = 0
            self._producer.poll(0)

    def flush(self, timeout_s: float) -> None:
        """Wait until the broker acknowledged all that was sent.

        Raises
        ------
        BrokerAway
            If it did not within ``timeout_s``, or refused a message.
        """
        left = self._producer.flush(timeout_s)
        failed, self._failed = self._failed, []
        if failed:
            raise BrokerAway(f"{len(failed)} messages were not acknowledged: {failed[0]}")
        if left:
            raise BrokerAway(f"{left} messages were not acknowledged within {timeout_s:g} s")

    def cluster_id(self) -> str:
        """Return the id of the cluster that answers at this moment.

        Raises
        ------
        BrokerAway
            If none does.
        """
        try:
            return str(self._producer.list_topics(timeout=ANSWER_TIMEOUT_S).cluster_id)
        except KafkaException as error:
            raise BrokerAway(f"the broker does not answer: {error.args[0].str()}") from None

    def abandon(self) -> None:
        """Forget what is not acknowledged, so that it cannot arrive after what is sent later."""
        self._producer.purge()
        self._producer.flush(ANSWER_TIMEOUT_S)
        self._failed.clear()

    def pump(self, stop: threading.Event) -> None:
        """Serve delivery reports until ``stop``: whoever awaits an answer gets it at once."""
        while not stop.is_set():
            self._producer.poll(POLL_S)

    @property
    def raw(self) -> Producer:
        """The producer itself, for whoever wants a report per message."""
        return self._producer

    def named(self, topic: str) -> str:
        """Return ``topic`` as the broker knows it."""
        return self._prefix + topic


def await_broker(
    bootstrap: str, *, timeout_s: float, has_ended: Callable[[], bool] = lambda: False
) -> str:
    """Return the cluster id once the broker answers; one that has ended is not waited for.

    Raises
    ------
    BrokerAway
        If it does not within ``timeout_s``.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return str(admin.list_topics(timeout=1.0).cluster_id)
        except KafkaException as error:
            if time.monotonic() > deadline or has_ended():
                raise BrokerAway(
                    f"no broker answers at {bootstrap} within {timeout_s:g} s: "
                    f"{error.args[0].str()}; check KAFKA_BOOTSTRAP, or run `loopline up`"
                ) from None


def _wanted(partitions: int, replication: int, prefix: str) -> list[NewTopic]:
    wanted = []
    for topic in TOPICS.values():
        wanted.append(_new(prefix + topic.name, topic, partitions, replication))
        wanted.append(
            NewTopic(
                prefix + topic.dead_letters,
                DEAD_LETTER_PARTITIONS,
                replication,
                topic_configs={"retention.ms": str(DEAD_LETTER_RETENTION_MS)},
            )
        )
    return wanted


def _new(name: str, topic: Topic, partitions: int, replication: int) -> NewTopic:
    return NewTopic(
        name,
        partitions,
        replication,
        topic_configs={
            "cleanup.policy": topic.cleanup,
            "retention.ms": str(topic.retention_ms),
        },
    )


def create_topics(
    bootstrap: str, *, partitions: int, replication: int = 1, prefix: str = ""
) -> list[str]:
    """Create every topic of ``schemas/topics.py`` that is missing; return their names.

    Raises
    ------
    BrokerAway
        If the broker does not answer.
    """
    existing = set(topics_of(bootstrap))
    missing = [t for t in _wanted(partitions, replication, prefix) if t.name not in existing]
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, client_id="loopline-topics")
        try:
            for topic in missing:
                _create(admin, topic)
        finally:
            admin.close()
    except AdminError as error:
        raise BrokerAway(f"topics were not created at {bootstrap}: {error}") from None
    return [topic.name for topic in missing]


def _create(admin: KafkaAdminClient, topic: NewTopic) -> None:
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        return  # somebody was quicker, which is as good


def topics_of(bootstrap: str) -> Mapping[str, int]:
    """Return the broker's topics and how many partitions each has.

    Raises
    ------
    BrokerAway
        If the broker does not answer.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    try:
        described = admin.list_topics(timeout=ANSWER_TIMEOUT_S).topics
    except KafkaException as error:
        raise BrokerAway(f"no broker answers at {bootstrap}: {error.args[0].str()}") from None
    return {name: len(topic.partitions) for name, topic in described.items()}


def drift_of(bootstrap: str, *, partitions: int, prefix: str = "") -> list[Drift]:
    """Return what differs between the broker's topics and ``schemas/topics.py``."""
    existing = topics_of(bootstrap)
    found = []
    for topic in _wanted(partitions, 1, prefix):
        if topic.name not in existing:
            found.append(Drift(topic.name, "is missing"))
        elif existing[topic.name] < topic.num_partitions:
            found.append(
                Drift(
                    topic.name,
                    f"has {existing[topic.name]} partitions, {topic.num_partitions} are wanted",
                )
            )
    return found


def end_offsets(bootstrap: str, topics: Sequence[str]) -> Mapping[tuple[str, int], int]:
    """Return the end of each partition of ``topics`` that the broker has."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "loopline-ends"})
    try:
        existing = topics_of(bootstrap)
        return {
            (topic, partition): consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=ANSWER_TIMEOUT_S
            )[1]
            for topic in topics
            for partition in range(existing.get(topic, 0))
        }
    except KafkaException as error:
        raise BrokerAway(f"{bootstrap} does not tell its ends: {error.args[0].str()}") from None
    finally:
        consumer.close()
