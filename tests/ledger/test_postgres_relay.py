"""The relay of a ledger that several machines write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.postgres_relay import PostgresOutbox, PostgresRelayState, PostgresSentUntil
from ledger.refusals import LedgerAway, LedgerMissing
from ledger.relay import Relay
from tests.ledger.builders import START, ask
from tests.ledger.file_broker import FileBroker, consumed
from tests.ledger.postgres_cluster import cluster
from tests.ledger.relay_target import LOG
from tests.ledger.test_postgres_ledger import NOWHERE, machines, transaction

BOXES, TALLIES = 4, 60
FAULT_SHARE = 0.05


@contextmanager
def relay_of(folder: Path, *, fault_share: float, end: threading.Event) -> Iterator[Relay]:
    url, broker = cluster().url_for(folder), FileBroker(folder / LOG, fault_share=fault_share)
    with closing(PostgresOutbox(url)) as outbox, closing(broker):
        made = Relay(
            outbox,
            PostgresRelayState(url),
            lambda: broker,
            now=lambda: START,
            pause=lambda _seconds: end.wait(0.001),
        )
        with closing(made):
            yield made


def test_what_two_machines_write_arrives_once_and_in_sequence_over_a_broker_with_faults(
    tmp_path: Path,
) -> None:
    end = threading.Event()
    with machines(tmp_path, 2) as ledgers:
        for box in range(BOXES):
            ask(ledgers[0], "open", box=f"B-{box}")
        with relay_of(tmp_path, fault_share=FAULT_SHARE, end=end) as relay:
            running = threading.Thread(target=relay.run)
            running.start()
            with ThreadPoolExecutor(8) as pool:
                told = pool.map(
                    lambda n: ask(ledgers[n % 2], "tally", target=f"B-{n % BOXES}", item=n).status,
                    range(BOXES * TALLIES),
                )
                assert set(told) == {200}
            end.set()
            running.join()
        with relay_of(tmp_path, fault_share=0.0, end=threading.Event()) as last:
            last.drain()

    seen, dropped = consumed(tmp_path / LOG)
    assert dropped > 0  # there were faults, and batches that went again
    for box in range(BOXES):
        own = [sequence for subject, sequence in seen if subject == f"B-{box}"]
        assert own == [*range(1, TALLIES + 2)]


def test_a_number_that_is_not_decided_yet_holds_up_what_is_behind_it(tmp_path: Path) -> None:
    with (
        machines(tmp_path, 1) as (ledger,),
        closing(PostgresOutbox(cluster().url_for(tmp_path))) as outbox,
    ):
        ask(ledger, "open", box="B-1")
        with transaction(tmp_path) as open_one:
            open_one.next_seqs(1)
            ask(ledger, "open", box="B-2")

            during = outbox.after(0, 10)
        after = outbox.after(0, 10)

    assert [message.key for message in during] == [b"B-1"]
    assert [message.key for message in after] == [b"B-1", b"B-2"]


def test_a_relay_that_lost_its_lease_cannot_write_down_that_it_sent(tmp_path: Path) -> None:
    url = cluster().url_for(tmp_path)
    with machines(tmp_path, 1), closing(PostgresRelayState(url)) as first:
        first.lease("one", now=START)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(
                "select pg_terminate_backend(pid, 5000) from pg_locks "
                "where locktype = 'advisory' and objsubid = 1 and (classid::bigint >> 16) = 19538"
            )
        with closing(PostgresRelayState(url)) as second:
            with pytest.raises(LedgerAway, match="does not answer"):
                first.record("one", {1: (0, 0)}, now=START)

            assert second.lease("one", now=START) == 0


def test_a_ledger_that_cannot_look_knows_what_it_saw_last() -> None:
    with closing(PostgresSentUntil(NOWHERE, monotonic=lambda: 0.0)) as sent_until:
        assert sent_until() == 0


def test_a_database_without_a_ledger_is_said_so(tmp_path: Path) -> None:
    url = cluster().url_for(tmp_path)

    with pytest.raises(LedgerMissing, match="no ledger in this database yet"):
        PostgresRelayState(url)
    with (
        closing(PostgresOutbox(url)) as outbox,
        pytest.raises(LedgerMissing, match="no ledger in this database yet"),
    ):
        outbox.after(0, 1)
