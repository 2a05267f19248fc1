"""The contact store on SQLite: every person under a random id and a key of its own."""

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from ledger.contact import (
    MAX_EMPTIED_AT_ONCE,
    ORPHAN_AFTER,
    PURGE_AFTER,
    Clock,
    Emptied,
    EndsOf,
    Erasure,
    MaySee,
    Person,
    RandomBytes,
    Tidied,
)
from ledger.contact_file import (
    WriterFile,
    named_outages,
    open_reader,
    open_writer,
    stamp,
    transaction,
)
from ledger.contact_key import MasterKey
from ledger.contact_list import append_erased, read_erased
from ledger.contact_person import checked, checked_tenant, masked, quota_hash
from ledger.contact_refusals import (
    ContactGone,
    ContactMalformed,
    ContactNotFound,
    ContactsAway,
    RequestReused,
)
from ledger.contact_seal import ROOT, Sealed, Sealer, derived

T = TypeVar("T")

_ID_BYTES = 16
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STORED = (
    "select contact.contact_id, tenant, seal, wrapped_key, name, phone, address "
    "from contact left join contact_seal using (seal) where "
)


class SqliteContactReader:
    """What may be asked of the file; also beside the process that writes it."""

    def __init__(self, db: sqlite3.Connection, sealer: Sealer) -> None:
        """Prove that the master key is the store's.

        Raises
        ------
        MasterKeyRefused
            If it is not.
        """
        self._db = db
        self._sealer = sealer
        self._one_at_a_time = threading.RLock()
        with self._working():
            wrapped = db.execute("select wrapped from root").fetchall()
        if not wrapped:
            raise ContactsAway("the contact store is being made; ask again")
        self._root = sealer.root(wrapped[0][0])

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._one_at_a_time, named_outages():
            yield

    def get(self, contact_id: str, *, tenant: str, may_see: MaySee) -> Person:
        """Return a person of ``tenant``, whole or masked; see ``ContactReader``."""
        with self._working():
            row = self._row(contact_id, tenant)
            person = self._person(row)
        return person if may_see is MaySee.FULL else masked(person)

    def quota_hash(self, phone: str, *, tenant: str) -> str:
        """Return what quotas count a phone by; see ``ContactReader``."""
        secret = derived(self._root, "quota", checked_tenant(tenant))
        return quota_hash(phone, tenant_secret=secret)

    def erasures(self) -> list[Erasure]:
        """Return every erased id, the oldest first."""
        with self._working():
            rows = self._db.execute(
                "select contact_id, erased_at from erasure order by erased_at, contact_id"
            ).fetchall()
        return [Erasure(one, datetime.fromisoformat(at)) for one, at in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _row(self, contact_id: str, tenant: str | None) -> tuple[str, str, int | None, Sealed]:
        rows = []
        if _is_id(contact_id):
            rows = self._db.execute(
                f"{_STORED} contact.contact_id = ?", (contact_id,)
            ).fetchall()  # all: a statement left open would keep the log from being emptied
        if not rows or tenant not in (None, rows[0][1]):
            raise ContactNotFound("no such contact")
        found, owner, seal, *sealed = rows[0]
        return found, owner, seal, Sealed(*sealed)

    def _person(self, row: tuple[str, str, int | None, Sealed]) -> Person:
        contact_id, tenant, seal, sealed = row
        if seal is None:
            raise ContactGone(f"contact {contact_id} has been emptied")
        return self._sealer.open(sealed, tenant=tenant, contact_id=contact_id)


class SqliteContacts(SqliteContactReader):
    """The one that writes; see ``Contacts``."""

    def __init__(self, folder: Path, file: WriterFile, sealer: Sealer, *, now: Clock) -> None:
        """Prove the master key, and finish what a kill or a restore left undone."""
        with named_outages():
            _keep_root(file.db, sealer)
        super().__init__(file.db, sealer)
        self._folder = folder
        self._file = file
        self._now = now
        with self._working():
            self._agree_with_list()
            file.empty_log()

    def close(self) -> None:
        """Let go of file and lock."""
        self._file.close()

    def put(self, person: Person, *, tenant: str, request_id: str) -> str:
        """Store a person and return its ``contact_id``, the same for the same request."""
        kept = checked(person, tenant=tenant, request_id=request_id)
        reference = derived(self._root, "request", tenant, request_id)
        with self._working(), transaction(self._db):
            before = self._db.execute(
                "select contact_id from contact where tenant = ? and request_ref = ?",
                (tenant, reference),
            ).fetchall()
            if before:
                return self._same(before[0][0], kept)
            return self._insert(kept, tenant, reference)

    def _same(self, contact_id: str, person: Person) -> str:
        if self._person(self._row(contact_id, None)) != person:
            raise RequestReused("this request id came before with another person")
        return contact_id

    def _insert(self, person: Person, tenant: str, reference: bytes) -> str:
        contact_id = str(UUID(bytes=self._sealer.random_bytes(_ID_BYTES), version=4))
        known = "select 1 from contact where contact_id = ?"
        if self._db.execute(known, (contact_id,)).fetchall():
            raise ContactsAway("the source of randomness repeats itself; nothing was stored")
        sealed = self._sealer.seal(person, tenant=tenant, contact_id=contact_id)
        self._db.execute(
            "insert into contact (contact_id, tenant, request_ref, created_at, seal) "
            "values (?, ?, ?, ?, ?)",
            (contact_id, tenant, reference, stamp(self._now()), self._store(sealed)),
        )
        return contact_id

    def _store(self, sealed: Sealed) -> int:
        """Return where the sealed person is: over zeros of the same sizes, else behind the last."""
        columns = astuple(sealed)
        free = self._db.execute(
            "select seal from contact_seal where is_free = 1 and length(name) = ? "
            "and length(phone) = ? and length(address) = ? limit 1",
            tuple(len(each) for each in columns[1:]),
        ).fetchall()
        if free:
            self._db.execute(
                "update contact_seal set is_free = 0, wrapped_key = ?, name = ?, phone = ?, "
                "address = ? where seal = ?",
                (*columns, free[0][0]),
            )
            return int(free[0][0])
        inserted = self._db.execute(
            "insert into contact_seal (is_free, wrapped_key, name, phone, address) "
            "values (0, ?, ?, ?, ?) returning seal",
            columns,
        ).fetchall()
        return int(inserted[0][0])

    def erase(self, contact_id: str, *, tenant: str | None = None) -> Erasure:
        """Destroy a person's key and data and remember the id; again changes nothing."""
        with self._working():
            self._row(contact_id, tenant)
            known = self._db.execute(
                "select erased_at from erasure where contact_id = ?", (contact_id,)
            ).fetchall()
            at = datetime.fromisoformat(known[0][0]) if known else self._now()
            erasure = Erasure(contact_id, at)
            if not known:
                self._remember([erasure])
                self._erase([erasure])
            self._file.empty_log()
        return erasure

    def apply_erasures(self, contact_ids: Iterable[str]) -> list[str]:
        """Erase what a restore brought back; return the ids that had been."""
        wanted = list(dict.fromkeys(contact_ids))
        for place, one in enumerate(wanted, start=1):
            if not _is_id(one):
                raise ContactMalformed({"contact_ids": f"number {place} is no contact id"})
        at = self._now()
        with self._working():
            known = {one.contact_id for one in self.erasures()}
            self._remember([Erasure(one, at) for one in wanted if one not in known])
            emptied = self._erase([Erasure(one, at) for one in wanted])
            self._file.empty_log()
        return emptied

    def tidy(self, ends_of: EndsOf) -> Tidied:
        """Empty contacts whose last order ended 180 days ago, and orphans older than 24 hours."""
        now = self._now()
        last, purged, orphaned = stamp(now - PURGE_AFTER), list[str](), list[str]()
        for tenant, contact_ids in self._aged(now - ORPHAN_AFTER):
            ends = ends_of(tenant, contact_ids)
            over = [one for one, at in ends.items() if at is not None and stamp(at) <= last]
            purged += self._emptied(over, Emptied.PURGED)
            unknown = [one for one in contact_ids if one not in ends]
            orphaned += self._emptied(unknown, Emptied.ORPHANED)
        return Tidied(tuple(purged), tuple(orphaned))

    def _emptied(self, contact_ids: Sequence[str], because: Emptied) -> list[str]:
        if not contact_ids:
            return []
        with self._working():
            return self._empty_all(contact_ids, because)

    def _aged(self, created_before: datetime) -> Iterator[tuple[str, list[str]]]:
        """Yield contacts that hold a person, a tenant's page at a time, the oldest first."""
        place = ("", "")
        while True:
            with self._working():
                rows = self._db.execute(
                    "select tenant, contact_id, created_at from contact where seal is not null "
                    "and created_at < ? and (created_at, contact_id) > (?, ?) "
                    "order by created_at, contact_id limit ?",
                    (stamp(created_before), *place, MAX_EMPTIED_AT_ONCE),
                ).fetchall()
            if not rows:
                return
            place = (rows[-1][2], rows[-1][1])
            pages: dict[str, list[str]] = {}
            for tenant, contact_id, _ in rows:
                pages.setdefault(tenant, []).append(contact_id)
            yield from pages.items()

    def rotate(self, master_key: MasterKey) -> int:
        """Wrap every person's key by another master key, all or none; return how many."""
        new = Sealer(master_key, self._sealer.random_bytes)
        with self._working():
            with transaction(self._db):
                rows = self._db.execute(f"{_STORED} seal is not null").fetchall()
                for contact_id, tenant, seal, wrapped, *_ in rows:
                    again = self._sealer.rewrap(
                        wrapped, by=new, tenant=tenant, contact_id=contact_id
                    )
                    self._db.execute(
                        "update contact_seal set wrapped_key = ? where seal = ?", (again, seal)
                    )
                self._db.execute("update root set wrapped = ?", (new.wrap(self._root, bound=ROOT),))
            self._sealer = new
            self._file.empty_log()
        return len(rows)

    def _agree_with_list(self) -> None:
        """Bring file and list together: either may have been put back from an older copy."""
        listed, stored = read_erased(self._folder), self.erasures()
        in_list = {one.contact_id for one in listed}
        in_file = {one.contact_id for one in stored}
        self._remember([one for one in stored if one.contact_id not in in_list])
        self._erase([one for one in listed if one.contact_id not in in_file])

    def _remember(self, erasures: Sequence[Erasure]) -> None:
        if not erasures:
            return
        try:
            append_erased(self._folder, erasures)
        except OSError as error:
            raise ContactsAway(f"the list of erased ids: {error.strerror}") from error

    def _erase(self, erasures: Sequence[Erasure]) -> list[str]:
        emptied = []
        for few in _few(erasures):
            with transaction(self._db):
                for one in few:
                    self._db.execute(
                        "insert or ignore into erasure values (?, ?)",
                        (one.contact_id, stamp(one.erased_at)),
                    )
                    if self._empty(one.contact_id, Emptied.ERASED, one.erased_at):
                        emptied.append(one.contact_id)
        return emptied

    def _empty_all(self, contact_ids: Sequence[str], because: Emptied) -> list[str]:
        emptied, at = [], self._now()
        for few in _few(contact_ids):
            with transaction(self._db):
                emptied += [one for one in few if self._empty(one, because, at)]
        self._file.empty_log()
        return emptied

    def _empty(self, contact_id: str, because: Emptied, at: datetime) -> bool:
        """Write zeros over a person, the key first; return whether there was one."""
        rows = self._db.execute(
            "select seal from contact where contact_id = ? and seal is not null", (contact_id,)
        ).fetchall()
        for (seal,) in rows:
            self._db.execute(
                "update contact_seal set wrapped_key = zeroblob(length(wrapped_key)) "
                "where seal = ?",
                (seal,),
            )
            self._db.execute(
                "update contact_seal set is_free = 1, name = zeroblob(length(name)), "
                "phone = zeroblob(length(phone)), address = zeroblob(length(address)) "
                "where seal = ?",
                (seal,),
            )
            self._db.execute(
                "update contact set seal = null, emptied_at = ?, emptied_because = ? "
                "where contact_id = ?",
                (stamp(at), because, contact_id),
            )
        return bool(rows)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _few(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the items in turn, as many at once as one transaction takes."""
    for start in range(0, len(items), MAX_EMPTIED_AT_ONCE):
        yield items[start : start + MAX_EMPTIED_AT_ONCE]


def _keep_root(db: sqlite3.Connection, sealer: Sealer) -> None:
    """Give a new file its secret."""
    with transaction(db):
        if not db.execute("select 1 from root").fetchall():
            db.execute("insert into root values (1, ?)", (sealer.new_root(),))


def open_contacts(
    folder: Path,
    *,
    master_key: MasterKey,
    now: Clock,
    random_bytes: RandomBytes,
    product_version: str,
) -> SqliteContacts:
    """Return the one writer of the contact store in ``folder``, made where there is none.

    Raises
    ------
    ContactsHeld
        If another process writes it.
    MasterKeyRefused
        If it was sealed with another master key; nothing is changed then.
    ContactsAway
        If the folder or the file cannot be used.
    """
    file = open_writer(folder, product_version=product_version, now=now())
    opened = False
    try:
        contacts = SqliteContacts(folder, file, Sealer(master_key, random_bytes), now=now)
        opened = True
    finally:
        if not opened:
            file.close()
    return contacts


def read_contacts(
    folder: Path, *, master_key: MasterKey, random_bytes: RandomBytes
) -> SqliteContactReader:
    """Return a reader beside the one that writes.

    Raises
    ------
    ContactsAway
        If there is no store in ``folder``.
    MasterKeyRefused
        If it was sealed with another master key.
    """
    db = open_reader(folder)
    opened = False
    try:
        reader = SqliteContactReader(db, Sealer(master_key, random_bytes))
        opened = True
    finally:
        if not opened:
            db.close()
    return reader
