"""The checks of the campaign turn red over a planted bug; no broker is needed for that."""

import random
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from emissions.read import load_book
from ledger.outbox import Message, OutboxReader
from streams.sink_agent import SinkAgent
from tests.builders import batch
from tests.guarantees.broker import wait_until
from tests.guarantees.posting import Answers, Clients
from tests.guarantees.takeback_check import NONE, Difference, difference, in_ledger, sunk_in
from tests.guarantees.takeback_house import House, work_in
from tests.warehouse.builders import Store
from warehouse import arrivals
from warehouse.arrivals import Arrivals

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NO_BROKER = "127.0.0.1:9"
KILLS, PICKUPS_EACH, CONNECTIONS = 3, 20, 16
MESSAGES = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    answers: Answers
    ledger: Difference


def killed_api(folder: Path, bug: str) -> Outcome:
    """Kill a partner API alone a few times, and hold its ledger against what it answered."""
    draw, answers = random.Random(len(bug)), Answers()
    work = work_in(folder, pickups=KILLS * PICKUPS_EACH)
    house = House(folder, NO_BROKER, "")
    api = house.part("partner-api", "tests.guarantees.faulty_api", bug)
    clients = Clients(house.port, work.take, answers, connections=CONNECTIONS)
    try:
        for _ in range(KILLS):
            api.start()
            clients.server_was_killed()
            wait_until(lambda: clients.served, within_s=60, what="the API answers")
            work.hand_out(PICKUPS_EACH)
            time.sleep(draw.uniform(0.1, 0.4))
            api.kill()
    finally:
        clients.leave()
        api.kill()
    return Outcome(answers, in_ledger(house.ledger_file, answers.first))


def test_a_partner_api_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = killed_api(tmp_path, "")

    assert found.ledger == NONE
    assert (found.answers.refused, found.answers.changed) == ([], [])
    assert found.answers.replayed > 0


def test_an_answer_that_leaves_before_the_commit_is_found_lost(tmp_path: Path) -> None:
    assert killed_api(tmp_path, "answer_before_commit").ledger.lost


def test_a_key_that_is_not_known_again_is_found_doubled(tmp_path: Path) -> None:
    found = killed_api(tmp_path, "no_dedupe")

    assert found.ledger.doubled
    assert found.answers.changed


class NothingStored:
    """A warehouse that has seen no forklift yet."""

    def query(self, _sql: str, _parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return []


def outbox_of(folder: Path) -> list[Message]:
    work_in(folder, pickups=5)
    with closing(OutboxReader(House(folder, NO_BROKER, "").ledger_file)) as outbox:
        return outbox.after(0, MESSAGES)


def sunk_twice(messages: Sequence[Message]) -> Difference:
    """Return what a warehouse holds other than once after the relay has sent all of it twice."""
    empty: Any = NothingStored()
    store = Store()
    agent = SinkAgent(empty, prefix="", book=load_book(), now=lambda: datetime.now(UTC))
    for offset, message in enumerate([*messages, *messages]):
        arrived = batch(message.value, topic=message.topic, first_offset=offset)
        store.write(*agent.parcels([arrived]))
    return difference([m.headers["ce_id"] for m in messages], sunk_in(store.db).event_ids)


def test_a_sink_that_gets_everything_again_stores_it_once(tmp_path: Path) -> None:
    assert sunk_twice(outbox_of(tmp_path)) == NONE


def test_a_sink_that_drops_no_repeats_is_found_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, known = outbox_of(tmp_path), Arrivals._known

    def nothing(*asked: Any) -> dict[bytes, int]:
        known(*asked)
        return {}

    monkeypatch.setattr(Arrivals, "_known", nothing)
    for second_layer in ("in_sequence", "only_ones"):
        monkeypatch.setattr(arrivals, second_layer, lambda _db, _fact, _of, arrived, _park: arrived)

    assert len(sunk_twice(messages).doubled) == len(messages)
