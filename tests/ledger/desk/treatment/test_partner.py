"""Partners through the desk: the platform tells their papers, and no partner its own."""

from typing import Any

import pytest

from ledger.desk.partner import PartnerState, partner_told
from ledger.records import Caller
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import Role
from tests.ledger.desk.partner_builders import profile, site
from tests.ledger.desk.treatment.builders import (
    AUDITOR,
    PLATFORM,
    House,
    actor,
    body_of,
    refused,
    told_by,
)


def test_a_partner_is_added_changed_suspended_and_reinstated(house: House) -> None:
    added = house.keep(partner_told(None, profile(), by=PLATFORM))
    partner_id = told_by(added)["id"]
    assert added.status == 201

    for changed, state in (
        (profile(name="Jiaozhou Green"), PartnerState.ACTIVE),
        (profile(name="Jiaozhou Green"), PartnerState.SUSPENDED),
        (profile(name="Jiaozhou Green"), PartnerState.ACTIVE),
    ):
        answer = house.keep(partner_told(partner_id, changed, by=PLATFORM, state=state))
        assert (answer.status, told_by(answer)["state"]) == (200, state)

    assert house.get("partner", partner_id).body == profile(name="Jiaozhou Green")
    happened = [type_ for _, one, type_ in house.written() if one == partner_id]
    assert happened == ["added", "changed", "suspended", "reinstated"]


def test_the_house_itself_may_tell_a_partner(house: House) -> None:
    assert told_by(house.keep(partner_told("P-new", profile(), by=SYSTEM)))["state"] == "active"


@pytest.mark.parametrize(
    ("by", "caller"),
    [
        # Its own credential, whatever roles that says it has.
        (actor("P-recycler", Role.RECYCLER), Caller("maker", "P-recycler")),
        (actor("P-recycler", Role.PLATFORM), Caller("maker", "P-recycler")),
        (actor("maker", Role.PLATFORM), Caller("maker", "P-recycler")),
        (actor("P-recycler", Role.PLATFORM), Caller("maker")),
        # Another partner's, and the maker's own in another role.
        (actor("P-other", Role.PLATFORM), Caller("maker", "P-other")),
        (AUDITOR, Caller("maker")),
        (actor("maker", *(set(Role) - {Role.PLATFORM, Role.SYSTEM})), Caller("maker")),
    ],
)
def test_nobody_but_the_platform_changes_a_partner(house: House, by: Actor, caller: Caller) -> None:
    before = len(house.written())
    wider = profile(capacity_units_per_day=9_000)

    answer = house.keep(partner_told("P-recycler", wider, by=by), caller)

    assert refused(answer, 403, "role-not-allowed")
    assert len(house.written()) == before


def test_a_wrong_profile_names_each_field_and_writes_nothing(house: House) -> None:
    before = len(house.written())
    wrong = profile(name=None, sites=[site(lat="91")], colour="green")

    answer = house.keep(partner_told("P-new", wrong, by=PLATFORM))

    assert refused(answer, 422, "validation-failed")
    pointers = {one["pointer"] for one in body_of(answer)["errors"]}
    assert pointers == {"/name", "/sites/0/lat", "/colour"}
    assert len(house.written()) == before


@pytest.mark.parametrize("state", ["", "deleted", "SUSPENDED"])
def test_a_state_is_one_of_two(house: House, state: str) -> None:
    answer = house.keep(partner_told("P-new", profile(), by=PLATFORM, state=state))

    assert body_of(answer)["errors"][0]["pointer"] == "/state"


@pytest.mark.parametrize(
    ("partner_id", "must_exist", "told"),
    [("P-new", True, "is not there"), ("P-recycler", False, "is already there")],
)
def test_a_partner_is_added_or_changed_as_was_meant(
    house: House, partner_id: str, must_exist: bool, told: str
) -> None:
    meant: Any = partner_told(partner_id, profile(), by=PLATFORM, must_exist=must_exist)

    assert told in refused(house.keep(meant), 409, "guard-failed")


@pytest.mark.parametrize("partner_id", ["a/b", "a:b", "", "x" * 65, "厂"])
def test_an_id_that_no_address_can_hold_is_refused(house: House, partner_id: str) -> None:
    answer = house.keep(partner_told(partner_id, profile(), by=PLATFORM))

    assert "is no id of 1 to 64" in refused(answer, 422, "validation-failed")
