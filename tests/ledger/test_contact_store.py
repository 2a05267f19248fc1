"""The file: who may open it, with which key, and what somebody finds who tampers with it."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from ledger import contact_file
from ledger.contact import ContactReader, Contacts, MaySee
from ledger.contact_file import FILE, LOCK_FILE
from ledger.contact_key import MasterKey
from ledger.contact_refusals import (
    ContactNotFound,
    ContactsAway,
    ContactsDamaged,
    ContactsHeld,
    MasterKeyRefused,
)
from ledger.contact_seal import NONCE_BYTES, Sealed, Sealer, bound_to
from ledger.contact_store import SqliteContacts, read_contacts
from runtime.migrations import MigrationRefused
from tests.builders import ROOT
from tests.ledger.contact_builders import (
    KEY,
    NOON,
    OTHER_KEY,
    contacts_in,
    every_byte,
    opened,
    person,
    raw,
    sealed_parts,
    seeded,
)

SECRETS = ("wrapped_key", "name", "phone", "address")


def put_some(contacts: SqliteContacts, count: int = 3, *, tenant: str = "maker") -> list[str]:
    return [
        contacts.put(person(number), tenant=tenant, request_id=f"r{number}")
        for number in range(count)
    ]


def test_it_is_what_others_are_promised(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        promised: Contacts = contacts

        assert promised.erasures() == []


def test_the_file_is_durable_strict_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "contacts"
    with opened(folder) as contacts:
        put_some(contacts)
        db = contacts._db

        assert db.execute("pragma journal_mode").fetchall() == [("wal",)]
        assert db.execute("pragma synchronous").fetchall() == [(2,)]
        assert db.execute("pragma secure_delete").fetchall() == [(1,)]
        tables = "select name, strict from pragma_table_list where schema = 'main'"
        made = {name: strict for name, strict in db.execute(tables) if "sqlite_" not in name}
        assert set(made.values()) == {1}
        assert {"contact", "contact_seal", "erasure", "root"} <= made.keys()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_what_was_stored_is_there_after_a_restart_and_no_text_of_it_in_the_files(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as contacts:
        ids = put_some(contacts)
    with opened(tmp_path) as contacts:
        again = put_some(contacts)

        assert again == ids
        assert contacts.get(ids[1], tenant="maker", may_see=MaySee.FULL) == person(1)
    there = every_byte(tmp_path)
    for each in map(person, range(3)):
        for text in (each.name, each.phone, each.address):
            assert text.encode() not in there
            assert text.encode("utf-16-le") not in there


def test_no_two_people_share_a_key_or_a_nonce(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        same = person()
        for number in range(300):
            contacts.put(same, tenant="maker", request_id=f"r{number}")
    parts = sealed_parts(tmp_path)
    sealer = Sealer(KEY, os.urandom)

    nonces = [part[:NONCE_BYTES] for four in parts.values() for part in four]
    keys = [
        sealer.unwrap(four[0], bound=bound_to("maker", one, "key")) for one, four in parts.items()
    ]

    assert len(set(nonces)) == len(nonces) == 1_200
    assert len(set(keys)) == len(keys) == 300


def test_dice_that_repeat_themselves_are_noticed_before_a_key_is_used_twice(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, random_bytes=bytes) as contacts:
        first = contacts.put(person(1), tenant="maker", request_id="r1")

        with pytest.raises(ContactsAway, match="the source of randomness repeats itself"):
            contacts.put(person(2), tenant="maker", request_id="r2")

        assert contacts.get(first, tenant="maker", may_see=MaySee.FULL) == person(1)
    assert len(sealed_parts(tmp_path)) == 1


def test_the_same_dice_and_clock_write_the_same_contacts(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with opened(tmp_path / name, random_bytes=seeded(5)) as contacts:
            put_some(contacts)

    assert sealed_parts(tmp_path / "one") == sealed_parts(tmp_path / "two")


@pytest.mark.parametrize("column", SECRETS)
def test_a_part_of_another_person_does_not_open(tmp_path: Path, column: str) -> None:
    with opened(tmp_path) as contacts:
        one, two, three = put_some(contacts)
        with raw(tmp_path) as db:
            swap = (
                f"update contact_seal set {column} = (select {column} from contact_seal s join "
                "contact using (seal) where contact_id = ?) where seal = (select seal from contact "
                "where contact_id = ?)"
            )
            db.execute(swap, (two, one))

        with pytest.raises(ContactsDamaged, match=one):
            contacts.get(one, tenant="maker", may_see=MaySee.MASKED)
        assert contacts.get(three, tenant="maker", may_see=MaySee.FULL) == person(2)


@pytest.mark.parametrize(
    "tampering",
    [
        "update contact_seal set name = phone, phone = name",
        "update contact_seal set name = address",
        "update contact_seal set name = zeroblob(length(name))",
        "update contact_seal set name = x''",
        "update contact_seal set address = substr(address, 1, length(address) - 1)",
        "update contact_seal set wrapped_key = zeroblob(60)",
    ],
)
def test_parts_that_changed_places_or_bytes_do_not_open(tmp_path: Path, tampering: str) -> None:
    with opened(tmp_path) as contacts:
        (contact_id,) = put_some(contacts, 1)
        with raw(tmp_path) as db:
            db.execute(tampering)

        with pytest.raises(ContactsDamaged):
            contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)


def test_a_contact_moved_to_another_tenant_or_id_does_not_open(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        one, two = put_some(contacts, 2)
        with raw(tmp_path) as db:
            db.execute("update contact set tenant = 'other' where contact_id = ?", (one,))
            db.execute("update contact set contact_id = ? where contact_id = ?", (one[::-1], two))

        with pytest.raises(ContactsDamaged):
            contacts.get(one, tenant="other", may_see=MaySee.FULL)
        with pytest.raises(ContactNotFound):
            contacts.get(one, tenant="maker", may_see=MaySee.FULL)
        with pytest.raises(ContactNotFound):
            contacts.get(two, tenant="maker", may_see=MaySee.FULL)


def test_a_wrong_master_key_says_so_and_destroys_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        ids = put_some(contacts)
    before = (tmp_path / FILE).read_bytes()

    with pytest.raises(MasterKeyRefused, match="not the one that the contact store was sealed"):
        contacts_in(tmp_path, master_key=OTHER_KEY)
    with pytest.raises(MasterKeyRefused, match="nothing was changed"):
        read_contacts(tmp_path, master_key=OTHER_KEY, random_bytes=os.urandom)

    assert (tmp_path / FILE).read_bytes() == before
    with opened(tmp_path) as contacts:
        assert contacts.get(ids[2], tenant="maker", may_see=MaySee.FULL) == person(2)


def test_a_new_master_key_wraps_every_key_and_leaves_the_data(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        ids = put_some(contacts, 20)
        contacts.erase(ids.pop())
        before = sealed_parts(tmp_path)
        quota = contacts.quota_hash("13800000001", tenant="maker")

        assert contacts.rotate(OTHER_KEY) == 19

        after = sealed_parts(tmp_path)
        assert {one: four[1:] for one, four in after.items()} == {
            one: four[1:] for one, four in before.items()
        }
        there = every_byte(tmp_path)
        assert not [one for one, four in before.items() if four[0] in there]
        assert contacts.get(ids[0], tenant="maker", may_see=MaySee.FULL) == person(0)
        put_some(contacts, 19)
    with pytest.raises(MasterKeyRefused):
        contacts_in(tmp_path, master_key=KEY)
    with opened(tmp_path, master_key=OTHER_KEY) as contacts:
        assert put_some(contacts, 19) == ids
        assert contacts.quota_hash("13800000001", tenant="maker") == quota
        for number, contact_id in enumerate(ids):
            seen = contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)
            assert seen == person(number)


def test_a_rotation_that_meets_a_damaged_key_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        ids = put_some(contacts)
        with raw(tmp_path) as db:
            db.execute("update contact_seal set wrapped_key = zeroblob(60) where seal = 3")
        before = sealed_parts(tmp_path)

        with pytest.raises(ContactsDamaged, match=ids[2]):
            contacts.rotate(OTHER_KEY)

        assert sealed_parts(tmp_path) == before
        assert contacts.get(ids[0], tenant="maker", may_see=MaySee.FULL) == person(0)
        contacts.erase(ids[2])
        assert contacts.rotate(OTHER_KEY) == 2


def test_a_reader_stands_beside_the_writer_and_sees_what_is_committed(tmp_path: Path) -> None:
    with pytest.raises(ContactsAway, match="no contact store"):
        read_contacts(tmp_path, master_key=KEY, random_bytes=os.urandom)
    with opened(tmp_path) as contacts:
        reader: ContactReader = read_contacts(tmp_path, master_key=KEY, random_bytes=os.urandom)

        (contact_id,) = put_some(contacts, 1)

        assert reader.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person(0)
        assert reader.quota_hash("13800000001", tenant="m") == contacts.quota_hash(
            "13800000001", tenant="m"
        )
        reader.close()


def test_a_reader_can_write_nothing(tmp_path: Path) -> None:
    with opened(tmp_path):
        reader = read_contacts(tmp_path, master_key=KEY, random_bytes=os.urandom)

        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._db.execute("delete from contact")

        reader.close()


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        with pytest.raises(ContactsHeld, match=f"held by PID {os.getpid()}"):
            contacts_in(tmp_path)
        put_some(contacts)
    with opened(tmp_path):
        assert (tmp_path / LOCK_FILE).is_file()


def test_a_writer_of_another_process_is_noticed_too(tmp_path: Path) -> None:
    told = (
        "import sys; from pathlib import Path; from tests.ledger.contact_builders import *; "
        "kept = contacts_in(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", told, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"

    with pytest.raises(ContactsHeld, match=f"PID {child.pid}"):
        contacts_in(tmp_path)

    child.communicate("")
    with opened(tmp_path) as contacts:
        assert contacts.erasures() == []


def test_many_threads_put_and_get_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        threads = [
            threading.Thread(target=put_and_get, args=(contacts, range(start, start + 20)))
            for start in range(0, 100, 20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(sealed_parts(tmp_path)) == 100


def put_and_get(contacts: SqliteContacts, numbers: Iterable[int]) -> None:
    for number in numbers:
        one = contacts.put(person(number), tenant="maker", request_id=f"r{number}")
        contacts.get(one, tenant="maker", may_see=MaySee.FULL)


def test_a_file_that_is_none_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1_000)

    with pytest.raises(ContactsAway, match="file is not a database"):
        contacts_in(tmp_path)

    assert (tmp_path / FILE).read_bytes() == b"no database" * 1_000


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "contacts").write_text("", encoding="utf-8")

    with pytest.raises(ContactsAway, match="contacts cannot be used"):
        contacts_in(tmp_path / "contacts")


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with raw(tmp_path) as db:
        db.execute("insert into schema_migration values (9, 'later', 'x', 'x', 'x')")

    with pytest.raises(MigrationRefused, match="the contact store has migration 0009_later"):
        contacts_in(tmp_path)


def test_a_failed_start_lets_go_of_the_lock(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    for _ in range(2):
        with pytest.raises(MasterKeyRefused):
            contacts_in(tmp_path, master_key=OTHER_KEY)

    with opened(tmp_path) as contacts:
        assert contacts.erasures() == []


def test_a_full_disk_stores_nothing_and_is_said(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        first = put_some(contacts, 1)[0]
        pages = contacts._db.execute("pragma page_count").fetchall()[0][0]
        contacts._db.execute(f"pragma max_page_count = {pages}").fetchall()

        with pytest.raises(ContactsAway, match="full"):
            put_some(contacts, 100)

        contacts._db.execute("pragma max_page_count = 100000").fetchall()
        put_some(contacts, 100)
        assert contacts.get(first, tenant="maker", may_see=MaySee.FULL) == person(0)


def test_instants_are_stored_in_utc_and_need_an_offset() -> None:
    assert contact_file.stamp(NOON) == "2026-11-25T12:00:00.000000+00:00"
    with pytest.raises(ValueError, match="has no offset"):
        contact_file.stamp(NOON.replace(tzinfo=None))


def test_a_master_key_and_what_is_sealed_show_nothing() -> None:
    assert "secret" not in repr(KEY)
    assert "00" not in repr(MasterKey(b"\0" * 31 + b"1"))
    assert [each.name for each in fields(Sealed)] == list(SECRETS)
    assert "x01" not in repr(Sealer(KEY, os.urandom))
