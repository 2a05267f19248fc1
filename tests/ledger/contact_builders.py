"""A contact store, its clock and its dice: what a test is about is named, the rest is plain."""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.contact import Person, RandomBytes
from ledger.contact_file import FILE
from ledger.contact_key import MasterKey
from ledger.contact_store import SqliteContacts, open_contacts

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = MasterKey(bytes(range(32)))
OTHER_KEY = MasterKey(bytes(range(1, 33)))


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


def person(number: int = 1, **changed: Any) -> Person:
    """A caller from Qingdao; each number another one."""
    plain: dict[str, Any] = {
        "name": f"王小明{number:04d}",
        "phone": f"138{number:08d}",
        "address": f"山东省青岛市崂山区株洲路{number}号",
    }
    return Person(**plain | changed)


def seeded(seed: int) -> RandomBytes:
    return random.Random(seed).randbytes


def contacts_in(
    folder: Path,
    *,
    master_key: MasterKey = KEY,
    clock: SetClock | None = None,
    random_bytes: RandomBytes = os.urandom,
) -> SqliteContacts:
    return open_contacts(
        folder,
        master_key=master_key,
        now=clock or SetClock(),
        random_bytes=random_bytes,
        product_version="test",
    )


@contextmanager
def opened(
    folder: Path,
    *,
    master_key: MasterKey = KEY,
    clock: SetClock | None = None,
    random_bytes: RandomBytes = os.urandom,
) -> Iterator[SqliteContacts]:
    contacts = contacts_in(folder, master_key=master_key, clock=clock, random_bytes=random_bytes)
    try:
        yield contacts
    finally:
        contacts.close()


@contextmanager
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """The file as somebody sees who has it and no key."""
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        yield db
    finally:
        db.close()


def sealed_parts(folder: Path) -> dict[str, tuple[bytes, bytes, bytes, bytes]]:
    """Wrapped key and three ciphertexts of every living contact."""
    with raw(folder) as db:
        rows = db.execute(
            "select contact_id, wrapped_key, name, phone, address "
            "from contact join contact_seal using (seal)"
        ).fetchall()
    return {one: (key, name, phone, address) for one, key, name, phone, address in rows}


def every_byte(folder: Path) -> bytes:
    """All files of the folder, one after another."""
    return b"\xff".join(path.read_bytes() for path in sorted(folder.iterdir()))
