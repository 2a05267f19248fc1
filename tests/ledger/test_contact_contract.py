"""What every contact store does, whatever it is stored in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.contact import PURGE_AFTER, Contacts, EndsOf, Erasure, MaySee, Tidied
from ledger.contact_refusals import (
    ContactGone,
    ContactMalformed,
    ContactNotFound,
    RequestReused,
)
from tests.ledger.contact_builders import NOON, SetClock, contacts_in, person

STORES = {"sqlite": contacts_in}
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=sorted(STORES))
def contacts(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Contacts]:
    made = STORES[request.param](tmp_path, clock=clock)
    yield made
    made.close()


def put(contacts: Contacts, number: int = 1, *, tenant: str = "maker") -> str:
    return contacts.put(person(number), tenant=tenant, request_id=f"request-{number}")


def test_who_may_see_all_gets_back_what_was_put(contacts: Contacts) -> None:
    contact_id = put(contacts)

    assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()


def test_who_may_see_it_masked_gets_no_more(contacts: Contacts) -> None:
    contact_id = put(contacts)

    seen = contacts.get(contact_id, tenant="maker", may_see=MaySee.MASKED)

    assert (seen.name, seen.phone, seen.address) == ("王****", "138****0001", "山东省青岛市****")


def test_the_same_request_is_answered_with_the_same_id(contacts: Contacts) -> None:
    assert put(contacts) == put(contacts)
    assert put(contacts) != put(contacts, 2)


def test_a_request_id_counts_in_its_tenant_only(contacts: Contacts) -> None:
    assert put(contacts) != put(contacts, tenant="other")


def test_a_request_id_with_another_person_is_refused(contacts: Contacts) -> None:
    put(contacts)

    with pytest.raises(RequestReused):
        contacts.put(person(2), tenant="maker", request_id="request-1")


@pytest.mark.parametrize("tenant", ["other", "", "makers", "\ud800"])
def test_another_tenant_is_told_what_nobody_is_told(contacts: Contacts, tenant: str) -> None:
    contact_id = put(contacts)

    with pytest.raises(ContactNotFound) as foreign:
        contacts.get(contact_id, tenant=tenant, may_see=MaySee.FULL)
    with pytest.raises(ContactNotFound) as unknown:
        contacts.get(NOBODY, tenant="maker", may_see=MaySee.FULL)

    assert str(foreign.value) == str(unknown.value)
    assert type(foreign.value) is type(unknown.value) is ContactNotFound


@pytest.mark.parametrize(
    "contact_id", ["", "x", NOBODY, NOBODY.upper(), "\ud800" * 36, "1" * 2**20]
)
def test_an_id_that_is_none_is_not_found(contacts: Contacts, contact_id: str) -> None:
    with pytest.raises(ContactNotFound):
        contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL)
    with pytest.raises(ContactNotFound):
        contacts.erase(contact_id)


def test_an_erased_person_is_gone_and_its_id_remembered(contacts: Contacts) -> None:
    contact_id, stays = put(contacts), put(contacts, 2)

    erasure = contacts.erase(contact_id, tenant="maker")

    assert erasure == Erasure(contact_id, NOON)
    assert contacts.erasures() == [erasure]
    for may_see in MaySee:
        with pytest.raises(ContactGone):
            contacts.get(contact_id, tenant="maker", may_see=may_see)
    assert contacts.get(stays, tenant="maker", may_see=MaySee.FULL) == person(2)


def test_erasing_again_changes_nothing(contacts: Contacts, clock: SetClock) -> None:
    contact_id = put(contacts)
    first = contacts.erase(contact_id)
    clock.forward(timedelta(days=1))

    assert contacts.erase(contact_id) == first
    assert contacts.erasures() == [first]


def test_another_tenant_erases_nobody(contacts: Contacts) -> None:
    contact_id = put(contacts)

    with pytest.raises(ContactNotFound):
        contacts.erase(contact_id, tenant="other")

    assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()
    assert contacts.erasures() == []


def test_a_repeated_request_does_not_bring_an_erased_person_back(contacts: Contacts) -> None:
    contacts.erase(put(contacts))

    with pytest.raises(ContactGone):
        put(contacts)


def test_erasures_are_applied_to_what_a_restore_brought_back(contacts: Contacts) -> None:
    back, stays = put(contacts), put(contacts, 2)

    assert contacts.apply_erasures([back, NOBODY, back]) == [back]
    assert contacts.apply_erasures([back, NOBODY]) == []
    assert {one.contact_id for one in contacts.erasures()} == {back, NOBODY}
    assert contacts.get(stays, tenant="maker", may_see=MaySee.FULL) == person(2)


@pytest.mark.parametrize("bad", ["", "13800000001", "\ud800", NOBODY + "\n", None, 7])
def test_a_list_with_something_else_in_it_erases_nobody(contacts: Contacts, bad: str) -> None:
    contact_id = put(contacts)

    with pytest.raises(ContactMalformed, match="number 2 is no contact id"):
        contacts.apply_erasures([contact_id, bad])

    assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()


def ends(**told: datetime | None) -> EndsOf:
    """What a ledger says that knows these contacts of one tenant."""

    def ends_of(tenant: str, contact_ids: Sequence[str]) -> Mapping[str, datetime | None]:
        assert tenant == "maker"
        return {one: told[one] for one in contact_ids if one in told}

    return ends_of


def test_a_contact_is_purged_180_days_after_its_last_order_ended(
    contacts: Contacts, clock: SetClock
) -> None:
    ended_before, ended_after, goes_on = (put(contacts, number) for number in (1, 2, 3))
    ends_of = ends(
        **{ended_before: NOON, ended_after: NOON + timedelta(microseconds=1), goes_on: None}
    )
    clock.forward(PURGE_AFTER - timedelta(microseconds=1))
    assert contacts.tidy(ends_of) == Tidied((), ())
    clock.forward(timedelta(microseconds=1))

    assert contacts.tidy(ends_of) == Tidied((ended_before,), ())

    with pytest.raises(ContactGone):
        contacts.get(ended_before, tenant="maker", may_see=MaySee.MASKED)
    assert contacts.get(ended_after, tenant="maker", may_see=MaySee.FULL) == person(2)
    assert contacts.get(goes_on, tenant="maker", may_see=MaySee.FULL) == person(3)
    assert contacts.tidy(ends_of) == Tidied((), ())
    assert contacts.erasures() == []


def test_an_end_without_an_offset_is_a_mistake_of_the_caller(
    contacts: Contacts, clock: SetClock
) -> None:
    contact_id = put(contacts)
    clock.forward(timedelta(days=2))
    local = datetime(2020, 1, 1)  # noqa: DTZ001 - the mistake

    with pytest.raises(ValueError, match="has no offset"):
        contacts.tidy(ends(**{contact_id: local}))

    assert contacts.get(contact_id, tenant="maker", may_see=MaySee.FULL) == person()


def test_a_contact_that_no_order_knows_is_swept_after_24_hours(
    contacts: Contacts, clock: SetClock
) -> None:
    orphan, known = put(contacts, 1), put(contacts, 2)
    clock.forward(timedelta(hours=24))
    young = put(contacts, 3)
    ends_of = ends(**{known: None})
    assert contacts.tidy(ends_of) == Tidied((), ())
    clock.forward(timedelta(microseconds=1))

    assert contacts.tidy(ends_of) == Tidied((), (orphan,))

    assert contacts.tidy(ends_of) == Tidied((), ())
    assert contacts.get(known, tenant="maker", may_see=MaySee.FULL) == person(2)
    assert contacts.get(young, tenant="maker", may_see=MaySee.FULL) == person(3)


def test_so_many_are_asked_about_at_once_and_each_tenant_by_itself(
    contacts: Contacts, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.contact_store.MAX_EMPTIED_AT_ONCE", 3)
    own = [put(contacts, number) for number in range(8)]
    other = contacts.put(person(9), tenant="other", request_id="r9")
    clock.forward(timedelta(days=2))
    asked: list[tuple[str, int]] = []

    def ends_of(tenant: str, contact_ids: Sequence[str]) -> Mapping[str, datetime | None]:
        asked.append((tenant, len(contact_ids)))
        return {other: None}

    tidied = contacts.tidy(ends_of)

    assert sorted(tidied.orphaned) == sorted(own)
    assert max(count for _, count in asked) <= 3
    assert sum(count for tenant, count in asked if tenant == "maker") == 8
    assert sum(count for tenant, count in asked if tenant == "other") == 1


def test_a_phone_counts_the_same_however_it_is_written_and_in_its_tenant_only(
    contacts: Contacts,
) -> None:
    one = contacts.quota_hash("13800000001", tenant="maker")

    assert contacts.quota_hash("+86 138-0000-0001", tenant="maker") == one
    assert contacts.quota_hash("13800000002", tenant="maker") != one
    assert contacts.quota_hash("13800000001", tenant="other") != one
    assert len(one) == 64
    with pytest.raises(ContactMalformed):
        contacts.quota_hash("no phone", tenant="maker")
    with pytest.raises(ContactMalformed):
        contacts.quota_hash("13800000001", tenant="\ud800")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "name: must not be empty"),
        ("name", " \u3000 ", "name: must not be empty"),
        ("name", "x" * 2**20, "1048576 characters, at most MAX_NAME_CHARACTERS = 100"),
        ("name", "\ud83d", "name: character 1 is a lone surrogate, U+D83D"),
        ("name", "a\x00b", "name: character 2 is a control character, U+0000"),
        ("name", "a\u202eb", "a mark that turns text around, U+202E"),
        ("name", "a\u2028b", "a line separator, U+2028"),
        ("phone", "", "phone: must not be empty"),
        ("phone", "1" * 2**20, "at most MAX_PHONE_CHARACTERS = 40"),
        ("phone", "call me", "phone: is no phone number"),
        ("phone", "1234", "MIN_PHONE_DIGITS = 5"),
        ("phone", "1" * 21, "MAX_PHONE_DIGITS = 20"),
        ("phone", "138+00000001", "phone: is no phone number"),
        ("phone", "١٣٨٠٠٠٠٠٠٠١", "phone: is no phone number"),
        ("address", "\t", "address: must not be empty"),
        ("address", "路" * 301, "301 characters, at most MAX_ADDRESS_CHARACTERS = 300"),
        ("address", "路\udfff", "character 2 is a lone surrogate, U+DFFF"),
        ("address", None, "address: must be text"),
        ("address", 5, "address: must be text"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field_and_limit(
    contacts: Contacts, field: str, value: str, told: str
) -> None:
    changed: dict[str, Any] = {field: value}

    with pytest.raises(ContactMalformed) as refused:
        contacts.put(person(**changed), tenant="maker", request_id="r")

    assert told in str(refused.value)
    assert list(refused.value.faults) == [field]
    assert len(str(refused.value)) < 300


def test_every_field_at_fault_is_named_and_no_value_told(contacts: Contacts) -> None:
    bad = person(name="张三\x07", phone="13800000001x", address="")

    with pytest.raises(ContactMalformed) as refused:
        contacts.put(bad, tenant="t" * 129, request_id="")

    assert set(refused.value.faults) == {"name", "phone", "address", "tenant", "request_id"}
    assert "张三" not in str(refused.value)
    assert "138" not in str(refused.value)


def test_the_largest_that_is_allowed_is_kept(contacts: Contacts) -> None:
    largest = person(name="𠮷" * 100, phone="+" + "1" * 20, address="𠮷" * 300)

    contact_id = contacts.put(largest, tenant="t" * 128, request_id="r" * 255)

    assert contacts.get(contact_id, tenant="t" * 128, may_see=MaySee.FULL) == largest


def test_a_person_shows_nothing_of_itself_where_it_is_printed() -> None:
    assert "138" not in repr(person())
    assert "王" not in f"{person()}"
