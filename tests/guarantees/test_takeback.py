"""Whoever is killed, and while the broker is away: what a partner was answered stands once."""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from runtime.brokers import KafkaBroker
from runtime.broker import create_topics
from tests.guarantees.broker import settings_of, wait_until
from tests.guarantees.posting import Answers, Clients, ask_all
from tests.guarantees.takeback_check import (
    NONE,
    TOPICS,
    difference,
    in_ledger,
    out_of_order,
    outbox_ids,
    read_topics,
    sunk_in,
)
from tests.guarantees.takeback_house import PARTITIONS, PICKUPS, House, work_in
from tests.guarantees.takeback_kills import Killer, machine, victims
from warehouse.store import live_path

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CONNECTIONS = 16
PICKUPS_EACH = 16  # handed out before each kill
LONGEST_REST_S = 0.2  # of a client between two postings
SEED = 20261125
SETTLED_WITHIN_S = 120


@contextmanager
def running(kafka: KafkaBroker, folder: Path, prefix: str) -> Iterator[House]:
    """Give a house whose processes end with the test, and a broker that runs after it."""
    create_topics(kafka.bootstrap, partitions=PARTITIONS, prefix=prefix)
    house = House(folder, kafka.bootstrap, prefix)
    try:
        yield house
    finally:
        house.stop()
        if kafka.ended():
            kafka.start()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(50, marks=pytest.mark.timeout(900)),
        pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(7_200)]),
    ],
)
def test_whoever_is_killed_an_answered_pickup_stands_once(
    kafka: KafkaBroker, tmp_path: Path, kills: int
) -> None:
    begun = time.monotonic()
    draw, answers = random.Random(SEED), Answers()
    work = work_in(tmp_path, pickups=(kills + 1) * PICKUPS_EACH)
    prepared_s = time.monotonic() - begun
    with running(kafka, tmp_path, f"takeback{kills}.") as house:
        for part in house.parts:
            part.start()
        clients = Clients(
            house.port,
            work.take,
            answers,
            connections=CONNECTIONS,
            pause_s=lambda: draw.uniform(0.0, LONGEST_REST_S),
        )
        killer = Killer(house, kafka, clients, random.Random(SEED))
        try:
            wait_until(lambda: sum(house.sunk().values()) > 0, within_s=90, what="the first facts")
            begun_kills = time.monotonic()
            killer.run(victims(kills, random.Random(SEED)), work, pickups_each=PICKUPS_EACH)
            kills_s = time.monotonic() - begun_kills
            for name in ("partner-api", "relay", "owner"):
                killer.await_work(name)
            work.end()
            clients.join()
        finally:
            clients.leave()
        given = dict(answers.first)
        replayed = answers.replayed
        ask_all(house.port, given, answers, connections=CONNECTIONS)
        wait_until(house.is_drained, within_s=SETTLED_WITHIN_S, what="the relay has sent all")
        wait_until(
            lambda: killer.keep_alive() and house.is_sunk(TOPICS),
            within_s=SETTLED_WITHIN_S,
            what="the sink has stored all",
        )
        ends = house.ends(TOPICS)
        house.stop()

        messages = read_topics(kafka.bootstrap, house.prefix, ends)
        with duckdb.connect(str(live_path(settings_of(house.sink.dir).warehouse)), read_only=True) as db:
            sunk = sunk_in(db)
        wanted = outbox_ids(house.ledger_file)
        resent = len(messages) - len({one.event_id for one in messages})
        back = sorted(clients.back_after_s)
        say(
            f"{sum(killer.killed.values())} kills {dict(killer.killed)} in {kills_s:.0f} s, ended by themselves "
            f"{dict(killer.ended)}; {len(given)} postings answered, "
            f"{sum(p.path == PICKUPS for p in given)} pickups; asked again {answers.asked_again}, "
            f"replayed {replayed}; {len(wanted)} events, {resent} sent again, sink counted "
            f"{sunk.duplicates}; API back after p50 {back[len(back) // 2]:.2f} s, "
            f"p95 {back[int(len(back) * 0.95)]:.2f} s, max {back[-1]:.2f} s; prepared in "
            f"{prepared_s:.0f} s, whole {time.monotonic() - begun:.0f} s; {machine()}"
        )
        assert answers.refused == []
        assert answers.changed == []
        assert set(given) >= set(work.pickups)
        assert in_ledger(house.ledger_file, given) == NONE
        assert difference(wanted, sunk.event_ids) == NONE
        assert out_of_order(messages) == []
        assert (sunk.rows, sunk.dead) == (len(wanted), 0)
        assert sunk.duplicates == resent
        assert resent > 0
        assert answers.replayed > replayed
