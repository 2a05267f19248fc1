"""The broker of one run and what is in it: plain events of 400 bytes, and realistic legs."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from runtime.broker import Publisher
from runtime.brokers import KafkaBroker
from schemas.topics import EMISSIONS, LEGS
from simulator.delivery import CALM, deliver
from simulator.record import Scale
from simulator.timeline import happenings

ROOT = Path(__file__).parent.parent
VAR = ROOT / "var" / "bench"
PARTITIONS = 4
ALLOWED = sorted(os.sched_getaffinity(0))  # read once: this process moves to the broker's cores
FLUSH_S = 120.0
SEED = 20_260
LAST_DAY = date(2025, 9, 30)
DAYS = 365
SPARE_SHARE = 1.1  # the simulator's number of legs is a rough one
KEY_END = b"\t"


def cores() -> tuple[set[int], set[int]]:
    """Return the core of the runner, and the ones of the broker; the same where there is one."""
    return {ALLOWED[0]}, set(ALLOWED[1:]) or {ALLOWED[0]}


@contextmanager
def kafka() -> Iterator[KafkaBroker]:
    """Give a real Kafka with an empty log, on the cores that no runner has."""
    folder = VAR / "kafka"
    shutil.rmtree(folder, ignore_errors=True)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores()[1])
    broker = KafkaBroker(
        dir=folder,
        jars=ROOT / "var" / "kafka" / "libs",
        pom=ROOT / "docker" / "kafka" / "pom.xml",
    )
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        os.sched_setaffinity(0, before)
        shutil.rmtree(folder, ignore_errors=True)


def create(bootstrap: str, names: Iterable[str]) -> None:
    """Create topics of four partitions."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    wanted = [NewTopic(name, PARTITIONS, 1) for name in names]
    for made in admin.create_topics(wanted).values():
        made.result(30)


def delete(bootstrap: str, names: Iterable[str]) -> None:
    """Delete topics that no later runner reads: the log of a long run needs room."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for gone in admin.delete_topics(list(names)).values():
        gone.result(30)


def round_topics(prefix: str) -> list[str]:
    """Return the topics that the product's agents write under a prefix."""
    return [prefix + EMISSIONS.name, prefix + LEGS.dead_letters]


def fill(bootstrap: str, topic: str, messages: Iterable[tuple[bytes, bytes]]) -> None:
    """Send ``messages`` and wait until the broker has them."""
    publisher = Publisher(bootstrap)
    for key, value in messages:
        publisher.send(topic, key=key, value=value)
    publisher.flush(FLUSH_S)


def legs(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield ``count`` legs of a simulated year; they are drawn once and kept in a file."""
    path = VAR / f"legs-{SEED}-{count}.tsv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.writelines(key + KEY_END + value + b"\n" for key, value in _drawn(count))
        unfinished.replace(path)
    with path.open("rb") as file:
        for line in file:
            key, _, value = line.rstrip(b"\n").partition(KEY_END)
            yield key, value


def _drawn(count: int) -> Iterator[tuple[bytes, bytes]]:
    drafts = happenings(
        seed=SEED,
        from_on=LAST_DAY - timedelta(days=DAYS - 1),
        to_on=LAST_DAY,
        scale=Scale(legs=int(count * SPARE_SHARE) + 100, readings=0, takeback_orders=0),
    )
    left = count
    for delivery in deliver(drafts, seed=SEED, weather=CALM):
        record = delivery.record
        if record.topic == LEGS.name:
            yield record.key, record.value
            left -= 1
        if not left:
            return
    raise ValueError(f"the simulated year has {count - left} legs, {count} are wanted")
