"""PostgreSQL as the ledger's rules ask it: many transactions at once, each holding what it reads.

Row locks on what is there, advisory locks on what is not, both until the transaction ends: strict
two-phase locking over single keys. So the transactions equal those of one writer, one after the
other, and the sequence of their numbers is such a sequence.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, ClassVar

import psycopg

from ledger.statements import Key, Row

MAX_STATEMENTS = 256  # translated ones that are kept
MAX_STREAMED = 2_000  # rows that come from the server at once
# The upper 16 bits of the house's advisory locks; 19535 is that of numbers, in the migration.
KEY_LOCK, ABSENT_LOCK, RELAY_LOCK, MIGRATION_LOCK = 19536, 19537, 19538, 19539
_ROWS: Mapping[str, str] = {
    "aggregate": "select 1 from aggregate where kind = ? and id = ?",
    "batch_input": "select 1 from batch_input where unit_id = ?",
    "code": "select 1 from unit_identity where code = ?",
}
_HINT = re.compile(r" indexed by \w+")


@lru_cache(MAX_STATEMENTS)
def translated(sql: str) -> str:
    """Return ``sql`` with the driver's placeholders and without hints, which SQLite alone knows.

    Examples
    --------
    >>> translated("select 1 from box indexed by box_age where id = ?")
    'select 1 from box where id = %s'
    """
    return _HINT.sub("", sql).replace("?", "%s")  # no value is ever part of it


def lock_number(mark: int, told: Sequence[str]) -> int:
    """Return the advisory lock of ``told``: 48 bits of its hash under a mark of its own.

    Examples
    --------
    >>> lock_number(1, ["a", "b"]) >> 48
    1
    """
    hashed = hashlib.blake2b("\x1f".join(told).encode(), digest_size=6).digest()
    return (mark << 48) | int.from_bytes(hashed)


def _is_unstorable(key: Sequence[object]) -> bool:
    """Return whether a text of ``key`` cannot be stored, so that nothing has it."""
    return any(isinstance(one, str) and "\0" in one for one in key)


class PostgresStatements:
    """A connection, and what its open transaction holds."""

    gapless: ClassVar[bool] = False  # a transaction that is undone leaves its numbers out

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        """Take over a connection in autocommit."""
        self.connection = connection
        self._held: dict[Key, bool] = {}
        self._wanted: set[Key] = set()
        self._parts: dict[str, tuple[dict[Key, bool], int | None]] = {}
        self._careful = False
        self.taken_seq: int | None = None

    def begin(self, *, careful: bool = False) -> None:
        """Begin; a careful transaction changes nothing more but holds as if it did.

        Two that look at a row and then both change it wait for each other for ever: one of them
        is undone, and comes again carefully. It first holds all that it wanted before, in one
        sequence for all, so that two of them cannot meet like that again.
        """
        self._held.clear()
        self._parts.clear()
        self._careful, self.taken_seq = careful, None
        before = self._wanted if careful else set()
        self._wanted = set()
        self.connection.execute("begin")
        self.secure(before)

    def commit(self) -> None:
        """Return once what was written is on the disk."""
        self.connection.execute("commit")

    def roll_back(self) -> None:
        """Undo, where the connection still stands."""
        if not self.connection.closed:
            self.connection.execute("rollback")

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[Row]:
        """Run one statement."""
        return self.connection.execute(translated(sql), values)

    def hold(self, sql: str, values: Sequence[Any], key: Key, /, *, moves: bool = False) -> Any:
        """Return the row of ``key``, or None; nobody else changes that before the end."""
        if _is_unstorable(key):
            return None
        self._wanted.add(key)
        alone = moves or self._careful
        locked = f"{sql} for {'update' if alone else 'share'}"
        row = self.execute(locked, values).fetchone()
        if row is None:
            self._hold_name(key, alone=alone)
            row = self.execute(locked, values).fetchone()  # it may have come while we waited
        self._note(key, alone=alone)
        return row

    def hold_all(
        self,
        sql: str,
        values: Sequence[Any],
        of: Key,
        ids: Sequence[str],
        /,
        *,
        moves: bool = False,
    ) -> list[Row]:
        """Return those rows of the keys ``(*of, id)`` that are there, held in one sequence."""
        alone = moves or self._careful
        keys = sorted((*of, one) for one in set(ids) if "\0" not in one)
        self._wanted.update(keys)
        locked = f"{sql} order by id for {'update' if alone else 'share'}"
        asked = ["" if _is_unstorable((one,)) else one for one in values]
        rows = self.execute(locked, asked).fetchall()
        if len(rows) < len(keys):
            there = {row[1] for row in rows}
            for key in keys:
                if key[-1] not in there:
                    self._hold_name(key, alone=alone)
            rows = self.execute(locked, asked).fetchall()  # more may have come while we waited
        for key in keys:
            self._note(key, alone=alone)
        return rows

    def secure(self, keys: Iterable[Key], /, *, moves: bool = True) -> None:
        """Hold each of ``keys``, in one sequence for all, so that few wait for each other."""
        for key in sorted(set(keys)):
            if key in self._held and (self._held[key] or not moves):
                continue
            if key[0] in _ROWS:
                self.hold(_ROWS[key[0]], key[1:], key, moves=moves)
                continue
            self._hold_name(key, alone=moves or self._careful)
            self._note(key, alone=moves or self._careful)

    def _hold_name(self, key: Key, *, alone: bool) -> None:
        """Hold ``key`` where it has no row: the row that is not there, or a list."""
        self._wanted.add(key)
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        self.execute(f"select {lock}(?)", [lock_number(ABSENT_LOCK, key)])

    def _note(self, key: Key, *, alone: bool) -> None:
        self._held[key] = alone or self._held.get(key, False)

    def try_alone(self, told: Sequence[str]) -> bool:
        """Return whether no other open transaction has asked this for ``told``."""
        number = lock_number(KEY_LOCK, told)
        return bool(self._one("select pg_try_advisory_xact_lock(?)", number))

    def begin_part(self, name: str, /) -> None:
        """Begin a savepoint, and remember what is held up to here."""
        self.execute(f"savepoint {name}")
        self._parts[name] = dict(self._held), self.taken_seq

    def undo_part(self, name: str, /) -> None:
        """Go back to it; the server lets go of what was locked since, numbers too."""
        self.execute(f"rollback to {name}")
        held, self.taken_seq = self._parts[name]
        self._held = dict(held)

    def end_part(self, name: str, /) -> None:
        """Release it."""
        self.execute(f"release {name}")
        del self._parts[name]

    def next_seqs(self, count: int) -> Sequence[int]:
        """Return numbers above those of all that is held; the first ends everybody's lists."""
        taken: list[int] = []
        if count and self.taken_seq is None:
            taken.append(int(self._one("select ledger_first_seq()")))
        if count > len(taken):
            rows = self.execute(
                "select nextval('event_seq') from generate_series(1, ?)", [count - len(taken)]
            )
            taken += [int(seq) for (seq,) in rows]
        self.taken_seq = taken[-1] if taken else self.taken_seq
        return taken

    def last_seq(self) -> int:
        """Return the last number taken: by this transaction, or else by anybody."""
        if self.taken_seq is not None:
            return self.taken_seq
        return int(self._one("select coalesce(pg_sequence_last_value('event_seq'), 0)"))

    def visible_until(self) -> int:
        """Return the ``seq`` below every open transaction's."""
        return int(self._one("select ledger_visible_until()"))

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """Read in one transaction with one snapshot."""
        self.connection.execute("begin isolation level repeatable read, read only")
        try:
            yield
        finally:
            self.roll_back()

    def stream(self, sql: str, /) -> Iterator[Row]:
        """Return the rows in portions, inside an open transaction."""
        with self.connection.cursor(name="streamed") as cursor:
            cursor.itersize = MAX_STREAMED
            yield from cursor.execute(translated(sql))

    def _one(self, sql: str, *values: object) -> Any:
        row = self.execute(sql, values).fetchone()
        return None if row is None else row[0]
