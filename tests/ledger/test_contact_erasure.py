"""Of an erased person no byte is left in any file: not what it was, not sealed, not the key."""

import random
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.contact import PURGE_AFTER, MaySee, Person
from ledger.contact_file import FILE
from ledger.contact_list import LIST_FILE
from ledger.contact_refusals import ContactGone, ContactsAway, ErasureUnfinished
from ledger.contact_seal import LENGTH_BYTES, PADDED_BYTES
from ledger.contact_store import SqliteContacts, read_contacts
from tests.ledger.contact_builders import (
    KEY,
    NOON,
    SetClock,
    contacts_in,
    every_byte,
    opened,
    person,
    raw,
    sealed_parts,
    seeded,
)

PIECE_BYTES = 11  # as long as a phone number


def of_some_size(number: int, draw: random.Random) -> Person:
    """People whose rows are of many sizes, so that pages fill unevenly."""
    return person(
        number,
        name=f"name {number:06d}" + "n" * draw.randrange(80),
        address=f"address {number:06d}" + "a" * draw.choice([0, 10, 60, 150, 280]),
    )


def put_all(contacts: SqliteContacts, people: Iterable[tuple[int, Person]]) -> dict[str, Person]:
    return {
        contacts.put(each, tenant="maker", request_id=f"r{number}"): each for number, each in people
    }


def pieces(parts: Iterable[bytes]) -> set[bytes]:
    """Every whole piece of what was stored: also a part of a ciphertext would be found."""
    return {
        part[start : start + PIECE_BYTES]
        for part in parts
        for start in range(0, len(part) - PIECE_BYTES + 1, PIECE_BYTES)
    }


def found(folder: Path, wanted: set[bytes]) -> set[bytes]:
    assert {len(piece) for piece in wanted} == {PIECE_BYTES}
    there = every_byte(folder)
    return {there[at : at + PIECE_BYTES] for at in range(len(there) - PIECE_BYTES + 1)} & wanted


def texts(people: Iterable[Person]) -> set[bytes]:
    return {
        text.encode()[:PIECE_BYTES]
        for each in people
        for text in (each.name, each.phone, each.address)
    }


def test_the_search_finds_whoever_is_not_erased(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        put_all(contacts, [(1, person())])

        wanted = pieces(next(iter(sealed_parts(tmp_path).values())))

        assert found(tmp_path, wanted) == wanted
        assert not found(tmp_path, texts([person()]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_no_byte_of_the_erased_is_left_in_any_file(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    dice = seeded(seed)
    drawn: list[bytes] = []

    def remembered(size: int) -> bytes:
        drawn.append(dice(size))
        return drawn[-1]

    everybody: dict[str, Person] = {}
    erased: set[bytes] = set()
    with opened(tmp_path, random_bytes=remembered) as contacts:
        for generation in range(3):  # whoever comes later takes the places of the erased
            start = generation * 300
            everybody |= put_all(
                contacts, [(n, of_some_size(n, draw)) for n in range(start, start + 300)]
            )
            parts = sealed_parts(tmp_path)
            for contact_id in draw.sample(sorted(parts), len(parts) // 2):
                contacts.erase(contact_id)
                erased |= pieces(parts[contact_id]) | texts([everybody.pop(contact_id)])

            assert not found(tmp_path, erased)
            assert sealed_parts(tmp_path).keys() == everybody.keys()
            for contact_id, each in everybody.items():
                assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == each

    assert len(erased) > 15_000
    data_keys = {each[:PIECE_BYTES] for each in drawn if len(each) == 32}
    assert len(data_keys) > 900
    assert not found(tmp_path, data_keys)  # of nobody, ever


def test_purged_and_swept_people_leave_no_byte_either(tmp_path: Path) -> None:
    clock = SetClock()
    draw = random.Random(7)
    with opened(tmp_path, clock=clock) as contacts:
        put_all(contacts, [(n, of_some_size(n, draw)) for n in range(600)])
        parts = sealed_parts(tmp_path)
        ids = sorted(parts)
        clock.forward(PURGE_AFTER)

        ends = {**dict.fromkeys(ids[:200], NOON), **dict.fromkeys(ids[400:])}
        tidied = contacts.tidy(lambda _tenant, _ids: ends)

        assert sorted(tidied.purged) == ids[:200]
        assert sorted(tidied.orphaned) == ids[200:400]
        assert not found(tmp_path, gone(parts, ids[:400]))
        assert sealed_parts(tmp_path).keys() == set(ids[400:])


def gone(parts: Mapping[str, tuple[bytes, ...]], ids: Iterable[str]) -> set[bytes]:
    return {piece for one in ids for piece in pieces(parts[one])}


def test_the_places_of_the_erased_are_taken_again_so_that_the_file_does_not_grow(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as contacts:
        for number in range(50):
            contacts.erase(contacts.put(person(number), tenant="maker", request_id=f"r{number}"))
    with raw(tmp_path) as db:
        assert db.execute("select count(*) from contact_seal").fetchall() == [(1,)]


def test_a_length_says_little_and_an_emptied_place_says_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        put_all(contacts, [(1, person(name="王")), (2, person(2, name="n" * 62))])
        sizes = {len(name) for _, name, _, _ in sealed_parts(tmp_path).values()}
        for contact_id in sealed_parts(tmp_path):
            contacts.erase(contact_id)

    assert len(sizes) == 1
    assert PADDED_BYTES - LENGTH_BYTES == 62
    with raw(tmp_path) as db:
        rows = db.execute("select wrapped_key, name, phone, address from contact_seal").fetchall()
    assert all(set(part) == {0} for row in rows for part in row)


def test_a_request_id_that_names_a_person_is_not_in_the_file_either(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        contacts.put(person(), tenant="maker", request_id="13800000001")

        assert not found(tmp_path, {b"13800000001"})


def test_what_a_reader_delays_is_said_and_done_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.contact_file.BUSY_TIMEOUT_S", 0.05)
    with opened(tmp_path) as contacts:
        contact_id = contacts.put(person(), tenant="maker", request_id="r")
        wanted = pieces(sealed_parts(tmp_path)[contact_id])
        slow = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        slow.execute("begin")
        slow.execute("select count(*) from contact").fetchall()

        with pytest.raises(ErasureUnfinished, match="a reader of the contact store"):
            contacts.erase(contact_id)
        with pytest.raises(ContactGone):
            contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)
        assert [one.contact_id for one in contacts.erasures()] == [contact_id]

        slow.close()
        contacts.erase(contact_id)
        assert not found(tmp_path, wanted)


def test_our_own_readers_delay_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        ids = sorted(put_all(contacts, [(n, person(n)) for n in range(20)]))
        reader = read_contacts(tmp_path, master_key=KEY, random_bytes=seeded(1))
        for contact_id in ids:
            assert reader.get(contact_id, tenant="maker", may_see=MaySee.MASKED)
            reader.erasures()
            contacts.erase(contact_id)
            with pytest.raises(ContactGone):
                reader.get(contact_id, tenant="maker", may_see=MaySee.FULL)
        reader.close()


def test_an_older_file_put_back_is_erased_again_when_it_is_opened(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        contact_id, stays = put_all(contacts, [(1, person(1)), (2, person(2))])
        wanted = pieces(sealed_parts(tmp_path)[contact_id])
    older = (tmp_path / FILE).read_bytes()
    with opened(tmp_path) as contacts:
        erasure = contacts.erase(contact_id)

    (tmp_path / FILE).write_bytes(older)
    assert found(tmp_path, wanted)

    with opened(tmp_path, clock=SetClock(NOON + timedelta(days=9))) as contacts:
        assert contacts.erasures() == [erasure]
        assert not found(tmp_path, wanted)
        with pytest.raises(ContactGone):
            contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)
        assert contacts.get(stays, tenant="maker", may_see=MaySee.FULL) == person(2)


def test_a_lost_or_torn_list_is_made_whole_from_the_file(tmp_path: Path) -> None:
    with opened(tmp_path) as contacts:
        first, second, third = put_all(contacts, [(n, person(n)) for n in range(3)])
        contacts.erase(first)
        contacts.erase(second)
    whole = (tmp_path / LIST_FILE).read_text(encoding="utf-8")
    (tmp_path / LIST_FILE).write_bytes(b"\xff\xfe\n" + whole[:-20].encode())

    with opened(tmp_path) as contacts:
        contacts.erase(third)
    (tmp_path / FILE).unlink()

    with opened(tmp_path) as contacts:
        assert {one.contact_id for one in contacts.erasures()} == {first, second, third}


def test_where_the_list_cannot_be_written_nobody_is_erased_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = contacts_in(tmp_path)
    contact_id = contacts.put(person(), tenant="maker", request_id="r")
    (tmp_path / LIST_FILE).mkdir()

    with pytest.raises(ContactsAway, match="the list of erased ids"):
        contacts.erase(contact_id)

    assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()
    assert contacts.erasures() == []
    contacts.close()
