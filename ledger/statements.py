"""What the store's rules ask of a database: written once, run by each that can keep a ledger."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, Protocol

MAX_SEQ = 2**63 - 1
Row = tuple[Any, ...]
Key = tuple[str, ...]


class Rows(Protocol):
    """What a statement found, or how many rows it touched."""

    @property
    def rowcount(self) -> int:
        """How many rows were touched."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Go through the rows that are left."""


class Statements(Protocol):
    """One connection; SQL has ``?`` for a value, and only what every dialect understands."""

    gapless: ClassVar[bool]  # whether a ``seq`` that is missing was taken away

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        """Run one statement."""

    def hold(self, sql: str, values: Sequence[Any], key: Key, /, *, moves: bool = False) -> Any:
        """Return the row of ``key``, or None; no other may change that before this one ends.

        Parameters
        ----------
        moves
            Whether this transaction is going to change it, and not only looks.
        """

    def hold_all(
        self,
        sql: str,
        values: Sequence[Any],
        of: Key,
        ids: Sequence[str],
        /,
        *,
        moves: bool = False,
    ) -> Iterable[Any]:
        """Return those rows of the keys ``(*of, id)`` that are there; ``kind`` and ``id`` lead.

        No other may change one of them, or bring one that is not there, before this one ends.
        """

    def secure(self, keys: Iterable[Key], /, *, moves: bool = True) -> None:
        """Hold each of ``keys`` without reading it; one may stand for a list that has no row."""

    def begin_part(self, name: str, /) -> None:
        """Begin a part of the transaction that may be undone alone."""

    def undo_part(self, name: str, /) -> None:
        """Undo what was written since the part began; ``end_part`` is still to be told."""

    def end_part(self, name: str, /) -> None:
        """Let what the part wrote stand with the transaction."""

    def next_seqs(self, count: int) -> Sequence[int]:
        """Return the ``seq`` of each of the next events, above those of all that is held."""

    def last_seq(self) -> int:
        """Return the ``seq`` of the newest event that this transaction knows, 0 before any."""

    def visible_until(self) -> int:
        """Return the ``seq`` up to which nothing can appear any more: where lists end."""

    def at_one_instant(self) -> AbstractContextManager[None]:
        """Let everything that is read inside be of one moment."""

    def stream(self, sql: str, /) -> Iterable[Any]:
        """Return the rows of a statement that are too many for the memory."""


class SqliteStatements(sqlite3.Connection):
    """SQLite has one writer, so that whatever it reads is held already."""

    gapless: ClassVar[bool] = True

    def hold(self, sql: str, values: Sequence[Any], key: Key, /, *, moves: bool = False) -> Any:
        """Return the row, or None."""
        return self.execute(sql, values).fetchone()

    def hold_all(
        self,
        sql: str,
        values: Sequence[Any],
        of: Key,
        ids: Sequence[str],
        /,
        *,
        moves: bool = False,
    ) -> Iterable[Any]:
        """Return the rows."""
        return self.execute(sql, values)

    def secure(self, keys: Iterable[Key], /, *, moves: bool = True) -> None:
        """Do nothing: nobody else writes."""

    def begin_part(self, name: str, /) -> None:
        """Begin a savepoint."""
        self.execute(f"savepoint {name}")

    def undo_part(self, name: str, /) -> None:
        """Go back to it."""
        self.execute(f"rollback to {name}")

    def end_part(self, name: str, /) -> None:
        """Release it."""
        self.execute(f"release {name}")

    def next_seqs(self, count: int) -> Sequence[int]:
        """Return the numbers after the last one: a transaction that is undone leaves no gap."""
        first = self.last_seq() + 1
        return range(first, first + count)

    def last_seq(self) -> int:
        """Return the ``seq`` of the newest event, 0 before the first."""
        row = self.execute("select seq from sqlite_sequence where name = 'event'").fetchone()
        return 0 if row is None else int(row[0])

    def visible_until(self) -> int:
        """Return no bound: commits come in the sequence of their numbers."""
        return MAX_SEQ

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """Read in one transaction."""
        self.execute("begin")
        try:
            yield
        finally:
            self.execute("rollback")

    def stream(self, sql: str, /) -> Iterable[Any]:
        """Return the rows one by one."""
        return self.execute(sql)
