"""Whatever people are called and wherever they live: kept exactly or refused, masked by a rule."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.contact import MaySee, Person
from ledger.contact_person import (
    MAX_ADDRESS_CHARACTERS,
    MAX_NAME_CHARACTERS,
    STARS,
    Mask,
    checked,
    masked,
    normal_phone,
    quota_hash,
)
from ledger.contact_refusals import ContactMalformed
from tests.ledger.contact_builders import opened, person

anything = st.text(st.characters(), max_size=400)
phones = st.from_regex(r"\+?[0-9][0-9 ()-]{0,20}[0-9]", fullmatch=True)


@given(name=anything, phone=phones | anything, address=anything)
def test_any_text_is_kept_as_it_is_or_refused_by_name(name: str, phone: str, address: str) -> None:
    faults: Mapping[str, str] = {}
    try:
        kept = checked(Person(name, phone, address), tenant="maker", request_id="r")
    except ContactMalformed as refused:
        faults = refused.faults
    if faults:
        assert faults.keys() <= {"name", "phone", "address"}
        return

    assert (kept.name, kept.phone, kept.address) == (name.strip(), phone.strip(), address.strip())
    assert 1 <= len(kept.name) <= MAX_NAME_CHARACTERS
    assert 1 <= len(kept.address) <= MAX_ADDRESS_CHARACTERS
    assert f"{kept.name}{kept.phone}{kept.address}".encode()


@given(
    text=st.text(max_size=60),
    head=st.integers(0, 6),
    tail=st.integers(0, 6),
    least_hidden=st.integers(1, 6),
)
def test_a_mask_shows_head_and_tail_and_hides_the_rest_with_its_length(
    text: str, head: int, tail: int, least_hidden: int
) -> None:
    shown = Mask(head=head, tail=tail, least_hidden=least_hidden).over(text)

    before, after = shown[:head], shown[len(shown) - tail :]
    if shown != STARS:
        assert shown == before + STARS + after
        assert text.startswith(before)
        assert text.endswith(after)
        assert len(text) - head - tail >= least_hidden


words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@given(name=words, hidden=st.integers(0, 10**8 - 1), other=st.integers(0, 10**8 - 1))
def test_people_alike_but_for_what_is_hidden_look_the_same_masked(
    name: str, hidden: int, other: int
) -> None:
    one, two = (
        masked(Person(f"{name[0]}{more}", f"138{more % 10_000:04d}0001", f"一二三四五六{more:08d}"))
        for more in (hidden, other)
    )

    assert one == two
    assert one.phone == "138****0001"


@given(name=words, address=words, middle=st.integers(0, 9_999), tail=st.integers(0, 9_999))
def test_of_a_person_no_more_than_the_rule_is_shown(
    name: str, address: str, middle: int, tail: int
) -> None:
    phone = f"139{middle:04d}{tail:04d}"

    seen = masked(Person(name, phone, address))

    assert seen.phone == f"139****{tail:04d}"
    assert seen.name == (name[0] + STARS if len(name) > 1 else STARS)
    assert seen.address == (address[:6] + STARS if len(address) >= 12 else STARS)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("13800000001", "13800000001"),
        ("+86 138 0000 0001", "13800000001"),
        ("0086-138-0000-0001", "13800000001"),
        ("86 13800000001", "13800000001"),
        ("".join(chr(0xFF10 + int(digit)) for digit in "13800000001"), "13800000001"),
        ("(0532) 8888-8888", "053288888888"),
        ("+86 532 8888 8888", "053288888888"),
        ("+86 10 8888 8888", "01088888888"),
        ("+49 30 901820", "+4930901820"),
        ("86888", "86888"),  # a short number is no country code
    ],
)
def test_a_phone_has_one_normal_form(written: str, normal: str) -> None:
    assert normal_phone(written) == normal


@given(phones)
def test_the_normal_form_is_its_own(phone: str) -> None:
    try:
        normal = normal_phone(phone)
    except ContactMalformed:
        return

    assert normal_phone(normal) == normal


def test_the_quota_hash_is_the_hmac_of_the_normal_form() -> None:
    secret = b"s" * 32

    told = quota_hash("+86 138-0000-0001", tenant_secret=secret)

    assert told == hmac.new(secret, b"13800000001", hashlib.sha256).hexdigest()


def test_names_of_the_world_come_back_as_they_were(tmp_path: Path) -> None:
    names = ["Zoë Ångström", "Zoe\u0308", "עִבְרִית", "محمد\u200cعلی", "👩‍👩‍👧", "𠮷野家", "İi", "ﬁ"]
    with opened(tmp_path) as contacts:
        ids = [contacts.put(person(name=name), tenant="maker", request_id=name) for name in names]

        back = [contacts.get(one, tenant="maker", may_see=MaySee.FULL).name for one in ids]

    assert back == names
