"""The write-ahead log is written back beside the writer, so that no commit waits for it."""

import sqlite3
import threading
from pathlib import Path

import structlog

from ledger.statements import SqliteStatements
from ledger.store import BUSY_MS

ROWS_BETWEEN = 1_000  # about as many pages: 4 MiB of log
JOIN_WITHIN_S = 10.0

log = structlog.get_logger()


class Checkpoints:
    """A thread with a connection of its own; what it does not reach, the writer does itself."""

    def __init__(self, path: Path) -> None:
        """Start; nothing is written back before ``note`` has told of enough rows."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute(f"pragma busy_timeout = {BUSY_MS}")
        self._due = threading.Event()
        self._closing = False
        self._rows = 0
        self._thread = threading.Thread(target=self._work, name="ledger-checkpoints", daemon=True)
        self._thread.start()

    def note(self, writer: SqliteStatements) -> None:
        """Hear of a commit: what the connection has changed so far."""
        rows = writer.total_changes
        if rows - self._rows >= ROWS_BETWEEN:
            self._rows = rows
            self._due.set()

    def close(self) -> None:
        """End the thread, then let go of the file."""
        self._closing = True
        self._due.set()
        self._thread.join(JOIN_WITHIN_S)
        self._db.close()

    def _work(self) -> None:
        while self._due.wait() and not self._closing:
            self._due.clear()
            try:
                self._db.execute("pragma wal_checkpoint(passive)").fetchall()
            except sqlite3.OperationalError as error:  # the log grows until the writer's own bound
                log.warning("ledger_checkpoint_failed", error=str(error))
