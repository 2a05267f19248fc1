"""The log is written back beside the writer, and nothing of it is lost by that."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.checkpoints import ROWS_BETWEEN, Checkpoints
from ledger.statements import SqliteStatements
from ledger.store import open_for_writing


def wait_for(done: threading.Event) -> None:
    assert done.wait(20.0), "nothing was written back"


class Watched(sqlite3.Connection):
    """A connection that tells when it was asked to write back."""

    fails = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if not sql.startswith("pragma wal_checkpoint"):
            return super().execute(sql, *values)
        try:
            if self.fails:
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql)
        finally:
            WRITTEN_BACK.set()


WRITTEN_BACK = threading.Event()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Watched]]:
    made: list[Watched] = []

    def watching(path: Path, **options: Any) -> Watched:
        made.append(Watched(path, **options))
        return made[-1]

    monkeypatch.setattr("ledger.checkpoints.sqlite3.connect", watching)
    yield made
    WRITTEN_BACK.clear()


def opened(folder: Path) -> tuple[Path, SqliteStatements, Checkpoints]:
    path = folder / "ledger.sqlite"
    db = open_for_writing(path)
    db.execute("create table t (x text)")
    return path, db, Checkpoints(path)


def filled(db: sqlite3.Connection, rows: int) -> None:
    db.execute("begin immediate")
    db.executemany("insert into t values (?)", [(f"{n:0400}",) for n in range(rows)])
    db.execute("commit")


def test_enough_rows_are_written_back_while_the_writer_goes_on(
    tmp_path: Path, watched: list[Watched]
) -> None:
    path, db, checkpoints = opened(tmp_path)
    before = os.stat(path).st_size
    filled(db, ROWS_BETWEEN - 1)
    checkpoints.note(db)
    assert not WRITTEN_BACK.is_set()

    filled(db, 1)
    checkpoints.note(db)
    wait_for(WRITTEN_BACK)
    checkpoints.close()

    assert os.stat(path).st_size > before + 400 * ROWS_BETWEEN
    assert db.execute("select count(*) from t").fetchone() == (ROWS_BETWEEN,)
    db.close()


def test_a_failure_costs_nothing_and_the_next_turn_comes(
    tmp_path: Path, watched: list[Watched]
) -> None:
    path, db, checkpoints = opened(tmp_path)
    watched[0].fails = True
    filled(db, ROWS_BETWEEN)
    checkpoints.note(db)
    wait_for(WRITTEN_BACK)
    before = os.stat(path).st_size

    watched[0].fails = False
    WRITTEN_BACK.clear()
    filled(db, ROWS_BETWEEN)
    checkpoints.note(db)
    wait_for(WRITTEN_BACK)
    checkpoints.close()

    assert os.stat(path).st_size > before + 800 * ROWS_BETWEEN
    db.close()
