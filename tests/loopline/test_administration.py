"""What the operator does to partners and keys, and the clock of a demo."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopline.administration import PARTNER_SCOPES, Administration, AdminRefused
from loopline.simulated_clock import ClockRefused, SimulatedClock
from recycling.vocabulary import Role
from tests.web.partner.room import Room, opened

PROFILE: dict[str, Any] = {
    "name": "North Recycling",
    "roles": ["recycler"],
    "sites": [{"site_id": "N-1", "lat": "36.06", "lon": "120.38", "region": "370200"}],
    "coverage": {"370200": ["refrigerator"]},
    "capacity_units_per_day": 60,
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as room:
        yield room


@pytest.fixture
def admin(room: Room) -> Administration:
    return Administration(room.ledger, room.contacts, room.key_store, now=lambda: room.now)


def add(admin: Administration, partner_id: str = "P-7", **changed: Any) -> Any:
    told = {"tenant": "hisense", "partner_id": partner_id, "profile": PROFILE | changed}
    return admin.run("partners-add", told)


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_new_partner_has_a_key_that_opens_its_work(room: Room, admin: Administration) -> None:
    added = add(admin)

    told = room.get("/v1/me", headers(added["key"])).json()

    assert (told["tenant"], told["partner_id"]) == ("hisense", "P-7")
    assert set(told["scopes"]) == set(map(str, PARTNER_SCOPES))


def test_a_second_key_lives_beside_the_first_for_a_week(room: Room, admin: Administration) -> None:
    first = add(admin)["key"]
    second = admin.run("partners-rotate-key", {"tenant": "hisense", "partner_id": "P-7"})["key"]

    assert [room.get("/v1/me", headers(key)).status_code for key in (first, second)] == [200, 200]
    room.now += timedelta(days=7)
    assert room.get("/v1/me", headers(first)).json()["code"] == "credential_expired"
    assert room.get("/v1/me", headers(second)).status_code == 200


def test_a_third_live_key_is_refused(admin: Administration) -> None:
    add(admin)
    told = {"tenant": "hisense", "partner_id": "P-7"}
    admin.run("partners-rotate-key", told)

    with pytest.raises(AdminRefused, match="at most 2 do"):
        admin.run("partners-rotate-key", told)


def test_a_partner_is_listed_with_its_state(admin: Administration) -> None:
    add(admin)
    add(admin, "P-8", name="South Recycling")
    admin.run("partners-suspend", {"tenant": "hisense", "partner_id": "P-8"})

    listed = admin.run("partners-list", {"tenant": "hisense"})["partners"]

    assert [(one["partner_id"], one["state"], one["live_keys"]) for one in listed] == [
        ("P-7", "active", 1),
        ("P-8", "suspended", 1),
    ]
    assert admin.run("partners-list", {"tenant": "another"})["partners"] == []


def test_a_suspension_can_be_lifted(admin: Administration) -> None:
    add(admin)
    told = {"tenant": "hisense", "partner_id": "P-7"}
    admin.run("partners-suspend", told)

    assert admin.run("partners-suspend", {**told, "lift": True})["state"] == "active"


def test_an_id_that_is_taken_and_a_profile_that_cannot_be_are_refused(
    admin: Administration,
) -> None:
    add(admin)

    with pytest.raises(AdminRefused, match="already there"):
        add(admin)
    with pytest.raises(AdminRefused, match="roles"):
        add(admin, "P-9", roles=["platform"])


def test_another_tenants_partner_is_not_there(admin: Administration) -> None:
    add(admin)

    with pytest.raises(AdminRefused, match="tenant rival has no partner P-7"):
        admin.run("partners-rotate-key", {"tenant": "rival", "partner_id": "P-7"})


def test_the_makers_own_people_get_a_key_by_role(room: Room, admin: Administration) -> None:
    made = admin.run("keys-add", {"tenant": "hisense", "roles": [Role.PLATFORM]})

    assert room.get("/v1/me", headers(made["key"])).json()["partner_id"] is None
    with pytest.raises(AdminRefused, match="roles are of"):
        admin.run("keys-add", {"tenant": "hisense", "roles": [Role.SYSTEM]})


def test_an_unknown_verb_names_those_there_are(admin: Administration) -> None:
    with pytest.raises(AdminRefused, match="partners-add"):
        admin.run("partners-delete", {})


def test_the_clock_of_a_demo_goes_forward_and_never_past_now() -> None:
    real = datetime(2026, 3, 1, tzinfo=UTC)
    clock = SimulatedClock(lambda: real)
    clock.set(datetime(2025, 3, 1, tzinfo=UTC))

    assert clock() == datetime(2025, 3, 1, tzinfo=UTC)
    for impossible in (datetime(2025, 2, 28, tzinfo=UTC), real + timedelta(seconds=1)):
        with pytest.raises(ClockRefused):
            clock.set(impossible)
    with pytest.raises(ClockRefused, match="no offset"):
        clock.set(datetime(2025, 3, 2))  # noqa: DTZ001 - an instant without an offset is the case
    assert clock() == datetime(2025, 3, 1, tzinfo=UTC)
