"""Whatever is killed, restarted or joined: each event's effect stands exactly once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from emissions.read import load_book
from runtime.broker import Publisher, create_topics
from runtime.brokers import KafkaBroker
from tests.guarantees.broker import Part, keep_alive, told, wait_until
from tests.guarantees.legs import TOPIC, Message, expected_wtw, messages

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(900)]

PARTITIONS = 4
FED_AT_ONCE = 100
FED_PER_S = 250
ARRIVES_WITHIN_S = 240


class Feed:
    """Produces in the background, a little at a time until ``hurry``, so that kills meet work."""

    def __init__(self, bootstrap: str, sent: Sequence[Message], *, prefix: str) -> None:
        self._bootstrap, self._sent, self._prefix = bootstrap, sent, prefix
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        publisher = Publisher(self._bootstrap, prefix=self._prefix)
        for start in range(0, len(self._sent), FED_AT_ONCE):
            for message in self._sent[start : start + FED_AT_ONCE]:
                publisher.send(TOPIC, key=message.key, value=message.value)
            self._hurry.wait(FED_AT_ONCE / FED_PER_S)
        publisher.flush(60)

    def hurry(self) -> None:
        """Send the rest as fast as it goes, and return once the broker has it."""
        assert self._thread.is_alive(), "everything was sent before the last kill: feed slower"
        self._hurry.set()
        self._thread.join(120)
        assert not self._thread.is_alive()


def legs_stored(folder: Path) -> int:
    stored = told(folder, "/v1/operate/stored")
    return 0 if stored is None else int(stored["legs"])


def progressing(folder: Path, parts: Sequence[Part]) -> Callable[[], bool]:
    """Return whether more legs stand in the warehouse than when this was asked first."""
    before = legs_stored(folder)

    def look() -> bool:
        keep_alive(parts)
        return legs_stored(folder) > before

    return look


def settled(folder: Path, parts: Sequence[Part], *, legs: int, dead: int) -> Callable[[], bool]:
    def look() -> bool:
        keep_alive(parts)
        stored = told(folder, "/v1/operate/stored")
        return stored is not None and stored["legs"] >= legs and stored["open_dead_letters"] >= dead

    return look


def letters_of(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(folder, "/v1/operate/dead-letters?state=open&limit=1000")[
        "dead_letters"
    ]
    return found


def house(kafka: KafkaBroker, folder: Path, prefix: str) -> tuple[Part, Part]:
    create_topics(kafka.bootstrap, partitions=PARTITIONS, prefix=prefix)
    env = {"LOOPLINE_TOPIC_PREFIX": prefix}
    owner = Part("owner", folder, kafka.bootstrap, extra_env=env).start()
    worker = Part("emissions", folder, kafka.bootstrap, extra_env=env).start()
    return owner, worker


def assert_exactly_once(folder: Path, sent: Sequence[Message]) -> None:
    good = [m for m in sent if not m.is_poison]
    stored = told(folder, "/v1/operate/stored")
    letters = letters_of(folder)

    assert stored["legs"] == len(good)
    assert stored["emission_wtw_kgco2e"] == str(expected_wtw(list(sent), load_book()))
    assert len(letters) == len(sent) - len(good)
    places = Counter((x["topic"], x["partition"], x["log_offset"]) for x in letters)
    assert set(places.values()) <= {1}


def test_whatever_is_killed_every_leg_counts_once(kafka: KafkaBroker, folder: Path) -> None:
    """100,000 events, 100 of them poison: graceful restarts, SIGKILLs, a second worker."""
    draw = random.Random(20261125)
    sent = list(messages(legs=99_900, poison=100, seed=1))
    prefix = "kills."
    owner, worker = house(kafka, folder, prefix)
    parts = [owner, worker]
    feeding = Feed(kafka.bootstrap, sent, prefix=prefix)
    try:
        wait_until(progressing(folder, parts), within_s=90, what="the first legs")
        for victim in (worker, owner, worker, owner):
            assert victim.stop() == 0
            victim.start()
            wait_until(progressing(folder, parts), within_s=90, what=f"after {victim.name} stopped")

        second = Part(
            "emissions", folder, kafka.bootstrap, number=1, extra_env=worker.extra_env
        ).start()
        for number in range(20):
            victim = worker if number % 2 else owner
            time.sleep(draw.uniform(0.05, 1.5))
            victim.kill()
            victim.start()
            wait_until(progressing(folder, parts), within_s=90, what=f"after kill {number}")
            if number == 9:
                second.stop()

        feeding.hurry()
        wait_until(
            settled(folder, parts, legs=99_900, dead=100),
            within_s=ARRIVES_WITHIN_S,
            what="all legs",
        )
        assert_exactly_once(folder, sent)
    finally:
        for part in (owner, worker):
            part.stop()


def test_a_broker_that_restarts_loses_and_doubles_nothing(kafka: KafkaBroker, folder: Path) -> None:
    sent = list(messages(legs=10_000, poison=10, seed=2))
    prefix = "restart."
    owner, worker = house(kafka, folder, prefix)
    parts = [owner, worker]
    feeding = Feed(kafka.bootstrap, sent, prefix=prefix)
    try:
        wait_until(progressing(folder, parts), within_s=90, what="the first legs")

        kafka.kill()
        time.sleep(2)
        kafka.start()

        feeding.hurry()
        wait_until(
            settled(folder, parts, legs=10_000, dead=10), within_s=ARRIVES_WITHIN_S, what="all legs"
        )
        assert_exactly_once(folder, sent)
    finally:
        for part in parts:
            part.stop()
