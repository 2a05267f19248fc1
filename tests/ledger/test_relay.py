"""The relay: everything arrives, in sequence, at least once, whatever the broker does."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.outbox import OutboxReader
from ledger.postgres_relay import PostgresOutbox, PostgresRelayState, PostgresSentUntil
from ledger.refusals import LedgerHeld
from ledger.relay import FIRST_PAUSE_S, MAX_ATTEMPTS, MAX_BATCH, MAX_PAUSE_S, Publishing, Relay
from ledger.relay_state import RelayState, SentUntil
from ledger.store import LEDGER_FILE, open_for_reading
from runtime.broker import BrokerAway
from schemas.event import caused_id
from tests.builders import ROOT
from tests.ledger.builders import (
    IMPLEMENTATIONS,
    START,
    WITHIN_S,
    World,
    ask,
    looked_into,
    opened,
    request,
)
from tests.ledger.file_broker import FileBroker, consumed, messages_in
from tests.ledger.postgres_cluster import cluster
from tests.ledger.relay_target import LOG, relay_in

KILLS = 24
KILLS_OF_A_BUG = 8
BOXES = 5
SEED = 20261125


class Broker:
    """A producer whose broker is turned off and on by hand."""

    def __init__(self) -> None:
        self.cluster = "one"
        self.away = False
        self.log: list[tuple[str, bytes, bytes, Mapping[str, str]]] = []
        self.abandoned = 0
        self.silent_on: set[str] = set()
        self.replaced_by: str | None = None
        self._queued: list[tuple[Any, Callable[[int, int], None]]] = []

    def cluster_id(self) -> str:
        if self.away:
            raise BrokerAway("nobody answers")
        return self.cluster

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, str],
        told: Callable[[int, int], None],
    ) -> None:
        self._queued.append(((topic, key, value, headers), told))

    def flush(self, timeout_s: float) -> None:
        if self.away:
            raise BrokerAway("not acknowledged")
        for message, told in self._queued:
            self.log.append(message)
            if message[3]["ce_id"] not in self.silent_on:
                told(3, len(self.log) - 1)
        self._queued = []
        self.cluster = self.replaced_by or self.cluster

    def abandon(self) -> None:
        self.abandoned += 1
        self._queued = []

    def sequences(self) -> list[tuple[str, int]]:
        return [(h["ce_subject"], int(h["ce_sequence"])) for _, _, _, h in self.log]


class Pauses:
    """Counts the waits; ends the run after ``most``."""

    def __init__(self, most: int = 10**6, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.waited: list[float] = []
        self._most, self._meanwhile = most, meanwhile

    def __call__(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self._meanwhile()
        return len(self.waited) >= self._most


def filled(ledger: Any, *, boxes: int = 2, puts: int = 6) -> None:
    for box in range(boxes):
        ask(ledger, "open", box=f"B-{box}")
    for number in range(puts):
        ask(ledger, "put", target=f"B-{number % boxes}", item=number)


@dataclass(frozen=True)
class At:
    """Where a ledger, its outbox and its relay's progress lie."""

    folder: Path
    implementation: str

    @property
    def url(self) -> str:
        return cluster().url_for(self.folder)

    def opened(self, world: World | None = None) -> AbstractContextManager[Any]:
        return opened(self.folder, world, implementation=self.implementation)

    def outbox(self) -> OutboxReader | PostgresOutbox:
        if self.implementation == "sqlite":
            return OutboxReader(self.folder / LEDGER_FILE)
        return PostgresOutbox(self.url)

    def state(self) -> RelayState | PostgresRelayState:
        if self.implementation == "sqlite":
            return RelayState(self.folder)
        return PostgresRelayState(self.url)

    def sent_until(self, monotonic: Callable[[], float]) -> SentUntil | PostgresSentUntil:
        if self.implementation == "sqlite":
            return SentUntil(self.folder, monotonic=monotonic)
        return PostgresSentUntil(self.url, monotonic=monotonic)

    @contextmanager
    def relay(
        self, broker: Publishing, pause: Callable[[float], bool] | None = None
    ) -> Iterator[Relay]:
        outbox = self.outbox()
        made = Relay(
            outbox, self.state(), lambda: broker, now=lambda: START, pause=pause or Pauses()
        )
        try:
            yield made
        finally:
            made.close()
            outbox.close()

    def places(self) -> list[tuple[Any, ...]]:
        told = 'select cluster_id, seq, partition, "offset", sent_at from sent order by seq'
        if self.implementation == "sqlite":
            with closing(open_for_reading(self.folder / "relay.sqlite")) as db:
                return db.execute(told).fetchall()
        with looked_into(self.folder, self.implementation) as rows:
            return rows.execute(told).fetchall()


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def at(request: pytest.FixtureRequest, tmp_path: Path) -> At:
    return At(tmp_path, request.param)


def test_an_event_travels_as_a_cloud_event_in_binary_mode(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        ask(ledger, "open", box="B-1", key="corr")

        assert made.drain() == 1

    ((topic, key, value, headers),) = broker.log
    assert (topic, key, json.loads(value)) == ("takeback.order.v1", b"B-1", {"box": "B-1"})
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": str(caused_id("box", "B-1", 1)),
        "ce_source": "/tenants/maker/ledger",
        "ce_type": "loopline.box.opened.v1",
        "ce_subject": "B-1",
        "ce_time": "2026-03-01T12:00:00.000000Z",
        "ce_dataschema": "urn:loopline:schema:takeback.order.v1",
        "content-type": "application/json",
        "ce_partitionkey": "B-1",
        "ce_tenant": "maker",
        "ce_recordedtime": "2026-03-01T12:00:00.000000Z",
        "ce_sequence": "1",
        "ce_classifier": "ACT",
        "ce_correlationid": "corr",
    }


def test_the_outbox_is_published_in_the_sequence_of_its_commits(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        filled(ledger)

        assert (made.drain(), made.drain()) == (8, 0)

    assert broker.sequences() == [
        ("B-0", 1), ("B-1", 1), ("B-0", 2), ("B-1", 2), ("B-0", 3), ("B-1", 3), ("B-0", 4),
        ("B-1", 4),
    ]  # fmt: skip
    assert at.places()[:2] == [
        ("one", 1, 3, 0, "2026-03-01T12:00:00.000000Z"),
        ("one", 2, 3, 1, "2026-03-01T12:00:00.000000Z"),
    ]


def test_a_batch_has_its_limit(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        waiting = [ledger.submit(request("open", box=f"B-{n}")) for n in range(MAX_BATCH + 7)]
        for one in waiting:
            one.result(WITHIN_S)

        assert [made.round(), made.round(), made.round()] == [MAX_BATCH, 7, 0]


def test_a_new_relay_goes_on_where_the_last_one_was_answered(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger:
        filled(ledger)
        with at.relay(broker) as made:
            made.drain()
        ask(ledger, "put", target="B-0", item="late")
        with at.relay(broker) as made:
            made.drain()

    assert len(broker.log) == 9


def test_while_the_broker_is_away_the_ledger_goes_on_and_nothing_is_left_out(
    at: At,
) -> None:
    broker = Broker()
    broker.away = True
    with at.opened() as ledger, at.relay(broker, Pauses()) as made:
        filled(ledger)
        for _ in range(3):
            with pytest.raises(BrokerAway):
                made.round()
        assert ask(ledger, "put", target="B-0", item="meanwhile").status == 200
        broker.away = False

        assert made.drain() == 9

    assert broker.abandoned >= 3  # what was queued then must not arrive later
    assert len(broker.log) == 9


def test_who_waits_for_a_drain_is_told_after_bounded_attempts(at: At) -> None:
    broker, pauses = Broker(), Pauses()
    broker.away = True
    with at.opened() as ledger, at.relay(broker, pauses) as made:
        filled(ledger)

        with pytest.raises(BrokerAway):
            made.drain()

    assert pauses.waited == [FIRST_PAUSE_S * 2**n for n in range(MAX_ATTEMPTS - 1)]


def test_the_pauses_of_a_long_run_grow_to_their_limit_and_end_with_the_outage(at: At) -> None:
    broker = Broker()
    broker.away = True
    pauses = Pauses(most=14)

    def come_back() -> None:
        broker.away = len(pauses.waited) < 12

    pauses._meanwhile = come_back
    with at.opened() as ledger, at.relay(broker, pauses) as made:
        filled(ledger)
        made.run()

    assert pauses.waited[0] == FIRST_PAUSE_S
    assert max(pauses.waited) == MAX_PAUSE_S
    assert pauses.waited[-2] == 0.0  # something came: look again at once
    assert len(broker.log) == 8


def test_a_message_without_acknowledgement_makes_its_batch_go_again(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        filled(ledger)
        broker.silent_on = {str(caused_id("box", "B-1", 2))}
        with pytest.raises(BrokerAway, match="1 messages have no acknowledgement, first seq 4"):
            made.round()
        assert at.places() == []
        broker.silent_on = set()

        assert made.drain() == 8


def test_another_broker_gets_everything_that_is_still_kept(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        filled(ledger)
        made.drain()
        broker.cluster = "two"

        assert made.drain() == 8


def test_a_broker_that_is_replaced_during_a_batch_gets_it_again(at: At) -> None:
    broker = Broker()
    with at.opened() as ledger, at.relay(broker) as made:
        filled(ledger)
        broker.replaced_by = "two"
        with pytest.raises(BrokerAway, match="the broker one was replaced"):
            made.round()

        assert made.drain() == 8
        assert {row[0] for row in at.places()} == {"two"}


def test_a_second_relay_is_refused_by_the_name_of_the_first(at: At) -> None:
    with (
        at.opened(),
        at.relay(Broker()),
        pytest.raises(LedgerHeld, match=r"the relay of .* is held by "),
    ):
        at.state()


def test_the_ledger_prunes_what_the_relay_says_it_sent(at: At) -> None:
    clock = [0.0]
    sent_until = at.sent_until(lambda: clock[0])
    assert sent_until() == 0  # no relay yet
    world, broker = World(), Broker()
    with at.opened(world) as ledger, at.relay(broker) as made:
        filled(ledger)
        made.drain()
        assert sent_until() == 0  # it looks once a second
        clock[0] = 1.0
        assert sent_until() == 8
        ask(ledger, "put", target="B-0", item="waits")
        world.sent_until = sent_until()
        world.pass_days(31)

        assert ledger.prune().outbox == 8
        assert made.drain() == 1
        assert [seq for _, seq, *_ in at.places()] == [8, 9]  # the relay forgets, too
    sent_until.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whenever_the_relay_is_killed_each_event_arrives_once_and_in_sequence(
    tmp_path: Path,
) -> None:
    expected = killed_relays(tmp_path, kills=KILLS)

    seen, dropped = consumed(tmp_path / LOG)
    assert len(seen) == len(expected) > 500
    assert set(seen) == expected
    assert dropped > 0  # something was published again, and known
    for box in range(BOXES):
        own = [sequence for subject, sequence in seen if subject == f"B-{box}"]
        assert own == [*range(1, len(own) + 1)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_relay_that_writes_down_before_it_was_answered_is_caught(tmp_path: Path) -> None:
    expected = killed_relays(tmp_path, kills=KILLS_OF_A_BUG, bug="sent_before_the_answer")

    assert set(consumed(tmp_path / LOG)[0]) < expected


def killed_relays(folder: Path, *, kills: int, bug: str = "") -> set[tuple[str, int]]:
    """Kill relays while commands go on; return which events the ledger acknowledged."""
    draw = random.Random(SEED)
    with opened(folder) as ledger:
        filled(ledger, boxes=BOXES, puts=0)
        feeding = Feed(ledger)
        for _ in range(kills):
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.ledger.relay_target", str(folder), bug],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
            )
            assert child.stdout is not None
            assert child.stdout.readline() == b"open\n"
            time.sleep(draw.uniform(0.0, 0.15))
            assert child.poll() is None, "the relay ended by itself"
            child.send_signal(signal.SIGKILL)
            child.communicate()
        fed = feeding.stop()
        last = relay_in(folder, fault_share=0.0)
        last.drain()
        last.close()
    return fed | {(f"B-{box}", 1) for box in range(BOXES)}


class Feed:
    """Commands in the background while relays die."""

    def __init__(self, ledger: Any) -> None:
        self._ledger, self._end = ledger, threading.Event()
        self._told: set[tuple[str, int]] = set()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._end.wait(0.001):
            box, version = f"B-{number % BOXES}", number // BOXES + 2
            ask(self._ledger, "tally", target=box, item=number)
            self._told.add((box, version))
            number += 1

    def stop(self) -> set[tuple[str, int]]:
        self._end.set()
        self._thread.join()
        return self._told


def test_the_file_that_plays_the_broker_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    broker = FileBroker(tmp_path / LOG)
    places: list[int] = []
    broker.send(
        "t", key=b"k", value=b"{}", headers={"ce_id": "1"}, told=lambda _, at: places.append(at)
    )
    broker.flush(1.0)
    broker.close()

    assert len(places) == 1
    assert [message["topic"] for message in messages_in(tmp_path / LOG)] == ["t"]
