"""What SQLite adds: one file, one writer, one fsync for whatever came meanwhile."""

import os
import re
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from shutil import copytree

import pytest

from ledger.contract import View
from ledger.records import Decision
from ledger.refusals import LedgerHeld, LedgerMissing, StorageFull, WriterEnded
from ledger.store import (
    LEDGER_FILE,
    MIGRATIONS,
    free_share,
    migrate,
    open_for_reading,
    open_for_writing,
)
from runtime.migrations import MigrationRefused
from tests.builders import ROOT
from tests.ledger.builders import (
    MAKER,
    START,
    WITHIN_S,
    Command,
    World,
    WriterKilled,
    ask,
    decide,
    opened,
    request,
    sqlite_ledger,
)

TABLES = {
    "aggregate", "event", "outbox", "idempotency", "first_answer", "channel_ref", "pickup",
    "unit_identity", "aggregate_party", "refusal", "late_pickup", "schema_migration",
    "batch_input", "hold_asked", "contact_use",
    "promise", "promised_units", "completable", "subsidy_use",
    "private_fact", "webhook_delivery", "webhook_cursor",
}  # fmt: skip
HOLDER = """
import sys, time
from pathlib import Path
from tests.ledger.builders import World, sqlite_ledger
ledger = sqlite_ledger(Path(sys.argv[1]), World())
print("open", flush=True)
time.sleep(60)
"""


STEPS = sorted(MIGRATIONS.glob("*.sql"))
NEXT = f"{len(STEPS) + 1:04d}"


def brought(folder: Path, migrations: Path = MIGRATIONS) -> list[str]:
    db = open_for_writing(folder / LEDGER_FILE)
    try:
        return migrate(db, product_version="0.0.0", now=START, folder=migrations)
    finally:
        db.close()


# -- the file --------------------------------------------------------------------------------------


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    db = open_for_writing(tmp_path / LEDGER_FILE)

    told = {
        name: db.execute(f"pragma {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }

    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert (tmp_path / LEDGER_FILE).stat().st_mode & 0o777 == 0o600
    db.close()


def test_every_table_is_strict(tmp_path: Path) -> None:
    with opened(tmp_path):
        db = open_for_reading(tmp_path / LEDGER_FILE)
        strict = dict(db.execute("select name, strict from pragma_table_list where schema='main'"))
        db.close()

    assert set(strict) - {"sqlite_schema", "sqlite_sequence"} == TABLES
    assert all(strict[name] for name in TABLES)


def test_each_migration_is_applied_once(tmp_path: Path) -> None:
    assert brought(tmp_path) == [path.stem[5:] for path in STEPS]
    assert brought(tmp_path) == []


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    folder = Path(copytree(MIGRATIONS, tmp_path / "migrations"))
    (folder / f"{NEXT}_more.sql").write_text("create table more (i int); select oops;", "utf-8")

    with pytest.raises(sqlite3.OperationalError, match="oops"):
        brought(tmp_path, folder)

    assert brought(tmp_path) == []
    (folder / f"{NEXT}_more.sql").write_text("create table more (i int);", "utf-8")
    assert brought(tmp_path, folder) == ["more"]


def test_a_file_newer_than_the_code_is_refused_and_the_lock_let_go(tmp_path: Path) -> None:
    folder = Path(copytree(MIGRATIONS, tmp_path / "migrations"))
    (folder / f"{NEXT}_more.sql").write_text("create table more (i int);", "utf-8")
    brought(tmp_path, folder)

    for _ in range(2):
        with pytest.raises(MigrationRefused, match=f"the ledger has migration {NEXT}_more"):
            sqlite_ledger(tmp_path, World())


def test_a_reader_cannot_write_and_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match=re.escape(str(tmp_path))):
        open_for_reading(tmp_path / LEDGER_FILE)
    with opened(tmp_path):
        db = open_for_reading(tmp_path / LEDGER_FILE)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("delete from event")
        db.close()


def test_the_room_that_is_left_is_a_share(tmp_path: Path) -> None:
    assert 0 < free_share(tmp_path) < 1


def test_a_page_of_one_state_is_found_by_an_index(tmp_path: Path) -> None:
    with opened(tmp_path):
        db = open_for_reading(tmp_path / LEDGER_FILE)
        plan = db.execute(
            "explain query plan select * from aggregate where tenant = 'a' and kind = 'b' "
            "and state = 'c' and seq > 7 order by seq limit 9"
        ).fetchall()
        db.close()

    assert "aggregate_by_state" in plan[0][-1]
    assert len(plan) == 1  # nothing is sorted


# -- one writer ------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        with pytest.raises(LedgerHeld, match=rf"is held by PID {os.getpid()} \("):
            sqlite_ledger(tmp_path, World())
        assert ask(ledger, "open", box="B-1").status == 201

    with opened(tmp_path) as ledger:
        assert ask(ledger, "open", box="B-2").status == 201


def test_a_writer_in_another_process_is_named_and_its_death_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"

    with pytest.raises(LedgerHeld, match=f"is held by PID {holder.pid} "):
        sqlite_ledger(tmp_path, World())
    holder.kill()
    holder.communicate()

    with opened(tmp_path) as ledger:
        assert ask(ledger, "open", box="B-1").status == 201


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_writer_is_seen_by_everybody_who_waits(tmp_path: Path) -> None:
    world = World()
    begun, go_on = threading.Event(), threading.Event()

    def deadly(command: Command, view: View) -> Decision:
        begun.set()
        assert go_on.wait(WITHIN_S)
        return decide(command, view)

    ledger = sqlite_ledger(tmp_path, world, decide=deadly)
    first = ledger.submit(request("open", box="B-1"))
    assert begun.wait(WITHIN_S)
    waiting = [
        ledger.submit(request("open", box="B-2")),
        ledger.submit(request("fail", error=WriterKilled("gone"))),
        ledger.submit(request("open", box="B-3")),
    ]
    go_on.set()

    assert first.result(WITHIN_S).status == 201  # its group had committed
    for one in waiting:
        with pytest.raises(WriterEnded, match="before it committed"):
            one.result(WITHIN_S)
    with pytest.raises(WriterEnded, match="ended unexpectedly"):
        ask(ledger, "open", box="B-4")
    assert not ledger.health().alive
    assert [box.id for box in ledger.page(MAKER, "box").items] == ["B-1"]
    ledger.close()
    assert world.deaths == ["the ledger's writer ended unexpectedly"]


def test_a_ledger_that_is_closed_did_not_die(tmp_path: Path) -> None:
    world = World()
    with opened(tmp_path, world) as ledger:
        ask(ledger, "open", box="B-1")

    assert world.deaths == []


# -- group commit ----------------------------------------------------------------------------------


def test_what_gathers_during_a_commit_is_the_next_group(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(command: Command, view: View) -> Decision:
        begun.set()
        assert go_on.wait(WITHIN_S)
        return decide(command, view)

    with opened(tmp_path, decide=slow) as ledger:
        waiting = [ledger.submit(request("open", box="B-0"))]
        assert begun.wait(WITHIN_S)
        waiting += [ledger.submit(request("open", box=f"B-{n}")) for n in range(1, 251)]
        go_on.set()
        for one in waiting:
            one.result(WITHIN_S)

        health = ledger.health()

    assert health.committed == 251
    assert health.commits == 3  # the first alone, then 200, then 50


def test_nobody_is_answered_before_the_commit(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        reader = open_for_reading(tmp_path / LEDGER_FILE)
        early = []

        def look(number: int) -> None:
            rows = reader.execute("select 1 from aggregate where id = ?", [f"B-{number}"])
            if rows.fetchone() is None:
                early.append(number)

        for number in range(100):
            ledger.submit(request("open", box=f"B-{number}")).add_done_callback(
                lambda _, number=number: look(number)
            )
        ledger.submit(request("open", box="last")).result(WITHIN_S)
        reader.close()

    assert early == []


def test_a_failing_request_leaves_the_others_of_its_group(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ask(ledger, "open", box="B-1")
        waiting = []
        for number in range(100):
            waiting.append(ledger.submit(request("put", target="B-1", item=number)))
            ledger.submit(request("fail", error=KeyError("x")))
            ledger.submit(request("put", target="B-1", item=float("nan")))

        assert [one.result(WITHIN_S).status for one in waiting] == [200] * 100
        assert ledger.get(MAKER, request("put", target="B-1").target).body["items"] == [*range(100)]
        assert ledger.verify().breaks == ()


def test_a_disk_that_is_full_refuses_the_group_and_taking_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ask(ledger, "open", box="B-1", key="k")
        size = ledger._db.execute("pragma page_count").fetchone()[0]
        ledger._db.execute(f"pragma max_page_count = {size}")  # as good as a full disk
        with pytest.raises(StorageFull, match="the disk is full"):
            ask(ledger, "open", box="B-2", body={"text": "x" * 500_000}, key="l")
        assert ledger.health().alive
        assert ask(ledger, "open", box="B-1", key="k").replayed
        ledger._db.execute("pragma max_page_count = 1000000")

        answer = ask(ledger, "open", box="B-2", body={"text": "x" * 500_000}, key="l")

        assert (answer.status, answer.replayed) == (201, False)
        assert ledger.verify().breaks == ()


def test_a_refused_command_is_kept_without_what_it_said_of_people(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "seal", target="B-1")
        ask(ledger, "put", target="B-1", item="Zhang San 13800000000")
        db = open_for_reading(tmp_path / LEDGER_FILE)
        rows = db.execute("select * from refusal").fetchall()
        db.close()

    assert rows == [
        (
            1, "maker", "", "POST", "/v1/boxes/B-1:put", "transition-not-allowed", 409,
            "2026-03-01T12:00:00.000000Z",
        )
    ]  # fmt: skip


def test_events_have_the_identity_that_consumers_know(tmp_path: Path) -> None:
    from schemas.event import caused_id

    with opened(tmp_path) as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "put", target="B-1", item="a")

        history = ledger.history(MAKER, request("put", target="B-1").target)

    assert [one.event_id for one in history] == [str(caused_id("box", "B-1", v)) for v in (1, 2)]
    assert [one.seq for one in history] == [1, 2]
    assert history[1].prev_hash == history[0].hash
