"""Whoever is killed, and while the broker is away: what a partner was answered stands once."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from runtime.broker import create_topics
from runtime.brokers import KafkaBroker
from tests.guarantees.broker import settings_of, wait_until
from tests.guarantees.posting import Answers, Clients, Posting, Told, ask_all
from tests.guarantees.takeback_check import (
    NONE,
    TOPICS,
    Sent,
    Sunk,
    difference,
    in_ledger,
    out_of_order,
    outbox_ids,
    read_topics,
    sunk_in,
)
from tests.guarantees.takeback_house import PARTITIONS, PICKUPS, House, Work, work_in
from tests.guarantees.takeback_kills import PICKUPS_EACH, Killer, victims
from warehouse.store import live_path

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CONNECTIONS = 16
LONGEST_REST_S = 0.3  # of a client between two postings
SEED = 20261125
UP_WITHIN_S = 120
SETTLED_WITHIN_S = 240
POSTED_PER_S = 500


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


def machine() -> str:
    one, five, _ = os.getloadavg()
    return f"{os.cpu_count()} cores, load {one:.1f} of one minute and {five:.1f} of five"


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}; {machine()}\n")


# -- kills -----------------------------------------------------------------------------------------


@dataclass
class Campaign:
    """Clients who post while somebody kills, until each of them is answered."""

    house: House
    kafka: KafkaBroker
    work: Work
    answers: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        draw = random.Random(SEED)
        self.clients = Clients(
            self.house.port,
            self.work.take,
            self.answers,
            connections=CONNECTIONS,
            pause_s=lambda: draw.uniform(0.0, LONGEST_REST_S),
        )
        self.killer = Killer(self.house, self.kafka, self.clients, self.work, random.Random(SEED))

    def run(self, kills: int) -> None:
        try:
            for part in self.house.parts:
                part.start()
            wait_until(self.facts_come, within_s=UP_WITHIN_S, what="the first facts")
            self.killer.run(victims(kills, random.Random(SEED)))
            self.killer.until_resent(TOPICS)
            self.killer.await_all()
            self.work.end()
            self.clients.join()
        finally:
            self.clients.leave()

    def facts_come(self) -> bool:
        return sum(self.house.sunk().values()) > 0

    def ask_everything_again(self) -> dict[Posting, Told]:
        """Return what each posting was answered first."""
        first = dict(self.answers.first)
        ask_all(self.house.port, first, self.answers, connections=CONNECTIONS)
        return first

    def settle(self) -> tuple[list[Sent], Sunk]:
        """Return what the topics and the warehouse hold once nothing is on its way any more."""
        wait_until(
            self.house.is_drained, within_s=SETTLED_WITHIN_S, what="the relay has sent everything"
        )
        wait_until(
            lambda: self.killer.keep_alive() and self.house.is_sunk(TOPICS),
            within_s=SETTLED_WITHIN_S,
            what="the sink has stored everything",
        )
        ends = self.house.ends(TOPICS)
        self.house.stop()
        live = live_path(settings_of(self.house.sink.dir).warehouse)
        with duckdb.connect(str(live), read_only=True) as db:
            return read_topics(self.house.bootstrap, self.house.prefix, ends), sunk_in(db)

    def told(self) -> str:
        back = sorted(self.clients.back_after_s)
        first = self.answers.first
        pickups = sum(posting.path == PICKUPS for posting in first)
        return (
            f"{self.killer.killed.total()} kills {dict(self.killer.killed)}, ended by themselves "
            f"{dict(self.killer.ended)}; {pickups} pickups and {len(first) - pickups} demands "
            f"answered, asked again {self.answers.asked_again} times; the API is back after p50 "
            f"{back[len(back) // 2]:.2f} s, p95 {back[int(len(back) * 0.95)]:.2f} s, "
            f"at most {back[-1]:.2f} s"
        )


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(50, marks=pytest.mark.timeout(1_200)),
        pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(7_200)]),
    ],
)
def test_whoever_is_killed_what_was_answered_stands_once(
    kafka: KafkaBroker, tmp_path: Path, kills: int
) -> None:
    begun_s = time.monotonic()
    work = work_in(tmp_path, pickups=(kills + 1) * PICKUPS_EACH)
    with running(kafka, tmp_path, f"kills{kills}.") as house:
        campaign = Campaign(house, kafka, work)
        campaign.run(kills)
        told = campaign.told()
        first = campaign.ask_everything_again()
        messages, sunk = campaign.settle()

    wanted = outbox_ids(house.ledger_file)
    resent = len(messages) - len({one.event_id for one in messages})
    say(f"{told}; {len(wanted)} events, {resent} resent; {time.monotonic() - begun_s:.0f} s in all")
    assert (campaign.answers.refused, campaign.answers.changed) == ([], [])
    assert set(first) >= set(work.pickups)
    assert campaign.answers.replayed >= len(first)
    assert in_ledger(house.ledger_file, first) == NONE
    assert difference(wanted, sunk.event_ids) == NONE
    assert out_of_order(messages) == []
    assert (sunk.rows, sunk.dead) == (len(wanted), 0)
    assert sunk.duplicates == resent > 0
    assert campaign.killer.ended.keys() <= {"owner"}  # it ends when the broker does


# -- a broker that is away -------------------------------------------------------------------------


def steadily(per_s: int) -> Callable[[], float]:
    """Return how long a client waits for its turn, so many turns a second in all."""
    begun_s, turns = time.monotonic(), 0

    def pause_s() -> float:
        nonlocal turns
        turns += 1
        return max(0.0, begun_s + turns / per_s - time.monotonic())

    return pause_s


def post_demands(house: House, work: Work, *, for_s: float) -> tuple[Answers, float]:
    """Post demands for so long; return the answers, and how many a second there were."""
    answers, begun_s = Answers(), time.monotonic()

    def take() -> Posting | None:
        return work.demand() if time.monotonic() - begun_s < for_s else None

    Clients(
        house.port, take, answers, connections=CONNECTIONS, pause_s=steadily(POSTED_PER_S)
    ).join(for_s)
    return answers, len(answers.first) / (time.monotonic() - begun_s)


@pytest.mark.parametrize(
    "away_s",
    [
        pytest.param(60, marks=pytest.mark.timeout(900)),
        pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)]),
    ],
)
def test_while_the_broker_is_away_nobody_is_refused_and_it_gets_all_of_it_after(
    kafka: KafkaBroker, tmp_path: Path, away_s: int
) -> None:
    work = work_in(tmp_path, pickups=1)
    with running(kafka, tmp_path, f"away{away_s}.") as house:
        house.relay.start()
        house.api.start()
        wait_until(house.has_sent, within_s=UP_WITHIN_S, what="the relay sends")
        ask_all(house.port, [work.demand()], Answers(), connections=1)  # once it listens
        kafka.stop()
        answers, per_s = post_demands(house, work, for_s=away_s)
        waiting = house.waits_until() - house.sent_until()
        kafka.start()
        back_s = time.monotonic()
        wait_until(house.is_drained, within_s=2 * 60, what="the relay has sent everything")
        drained_s = time.monotonic() - back_s
        house.stop()
        messages = read_topics(kafka.bootstrap, house.prefix, house.ends(TOPICS))

    say(
        f"{len(answers.first)} demands in {away_s} s without a broker, {per_s:.0f}/s; "
        f"{waiting} rows of the outbox behind, drained {drained_s:.1f} s after it was back"
    )
    assert (answers.refused, answers.changed, answers.asked_again) == ([], [], 0)
    assert in_ledger(house.ledger_file, answers.first) == NONE
    came = list(dict.fromkeys(one.event_id for one in messages))
    assert difference(outbox_ids(house.ledger_file), came) == NONE
    assert out_of_order(messages) == []
