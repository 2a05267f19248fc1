"""Rule F09 on its boundary days: permits are asked for on the day in China of each event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ledger.desk.partner_builders import paper, permit, site
from tests.ledger.desk.treatment.builders import (
    BATCH,
    DECLARED,
    DISMANTLER,
    LOT,
    OIL,
    PLATFORM,
    STEEL,
    House,
    checked,
    declared,
    filled,
    fridge,
    refused,
    washer,
)
from tests.recycling.builders import at

# Every paper of the plant is valid from 2026-01-01 to 2026-12-31; a day begins at 16:00 UTC.
FIRST = datetime(2025, 12, 31, 16, tzinfo=UTC)
AFTER = datetime(2026, 12, 31, 16, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAYS = [
    pytest.param(FIRST - timedelta(days=1), False, id="the day before"),
    pytest.param(FIRST - INSTANT, False, id="the last instant before"),
    pytest.param(FIRST, True, id="the first day"),
    pytest.param(AFTER - INSTANT, True, id="the last day"),
    pytest.param(AFTER, False, id="the day after"),
    pytest.param(AFTER + timedelta(days=1), False, id="two days after"),
]


def later(house: House) -> None:
    """Let it be spring of 2027: what happened is told late."""
    house.world.now = AFTER + timedelta(days=90)


def assert_f09(answer: Any, is_valid: bool, reason: str) -> None:
    if is_valid:
        assert answer.status < 300, answer.body
        return
    sentence = refused(answer, 409, "guard-failed")
    assert reason in sentence
    assert "valid 2026-01-01 to 2026-12-31 (F09)" in sentence


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_a_batch_is_opened_while_the_site_is_licensed(
    house: House, occurred_at: datetime, is_valid: bool
) -> None:
    later(house)

    told = {"site_id": "PLANT-1"}
    answer = house.do(BATCH, "open", None, told, by=DISMANTLER, occurred_at=occurred_at)

    assert_f09(answer, is_valid, "P-dismantler has no licence for PLANT-1")


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_hazardous_outputs_go_to_who_may_take_them_that_day(
    house: House, occurred_at: datetime, is_valid: bool
) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    later(house)

    told = DECLARED | {"outputs": [STEEL, OIL]}
    answer = house.do(
        BATCH, "declare_outputs", batch_id, told, by=DISMANTLER, occurred_at=occurred_at
    )

    assert_f09(answer, is_valid, "P-buyer has no hazardous_consignee for 900-249-08")


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_a_hazardous_lot_is_shipped_to_who_may_take_it_that_day(
    house: House, occurred_at: datetime, is_valid: bool
) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    checked(house, batch_id)
    oil = house.all_of(LOT)[-1].id
    later(house)

    told = {"consignee_id": "P-buyer", "mode": "road", "manifest_id": "M-1"}
    answer = house.do(LOT, "ship", oil, told, by=DISMANTLER, occurred_at=occurred_at)

    assert_f09(answer, is_valid, "P-buyer has no hazardous_consignee for 900-249-08")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("collected_at", "P-recycler has no agreement for refrigerator"),
        ("accepted_at", "P-dismantler has no licence for refrigerator"),
        ("depolluted_at", "P-dismantler has no licence for refrigerator"),
    ],
)
@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_a_certificate_stands_on_permits_of_every_date(
    house: House, name: str, reason: str, occurred_at: datetime, is_valid: bool
) -> None:
    told = {"accepted_mass_kg": "123", "refrigerants": [], name: occurred_at.isoformat()}
    house.place(fridge("U-1", **told))
    batch_id = filled(house, "U-1")
    declared(house, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    assert checked(house, batch_id)["state"] == "balanced"

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert_f09(answer, is_valid, reason)


def test_a_licence_that_was_told_shorter_since_stops_the_certificate(house: House) -> None:
    """The papers in force when it is certified decide, on the days when it was treated."""
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id)
    checked(house, batch_id)
    shorter = paper("LI-1", "washing_machine", valid_to_on="2026-05-31")
    house.partner("P-dismantler", "dismantler", sites=[site()], licences=[shorter])

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert "no licence for PLANT-1 on 2026-06-01" in refused(answer, 409, "guard-failed")


def test_the_day_of_opening_is_asked_for_again(house: House) -> None:
    house.place(washer("U-1", accepted_at=at()), washer("U-2", accepted_at=at()))
    batch_id = filled(house, "U-1", "U-2", occurred_at=house.world.now - timedelta(days=1))
    declared(house, batch_id)
    checked(house, batch_id)
    later_on = paper("LI-1", "washing_machine", valid_from_on="2026-06-01")
    house.partner("P-dismantler", "dismantler", sites=[site()], licences=[later_on])

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert "no licence for PLANT-1 on 2026-05-31" in refused(answer, 409, "guard-failed")


def test_a_consignee_whose_permit_was_withdrawn_stops_the_certificate(house: House) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    checked(house, batch_id)
    other = permit("hazardous_consignee", "900-045-49")
    house.partner("P-buyer", "buyer", permits=[other])

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    told = refused(answer, 409, "guard-failed")
    assert told == "P-buyer has no hazardous_consignee for 900-249-08"


def test_two_licences_one_after_the_other_cover_a_treatment_across_them(house: House) -> None:
    halves = [
        paper("LI-1", "washing_machine", valid_to_on="2026-05-31"),
        paper("LI-2", "washing_machine", valid_from_on="2026-06-01"),
    ]
    house.partner("P-dismantler", "dismantler", sites=[site()], licences=halves)
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2", occurred_at=house.world.now - timedelta(days=1))
    declared(house, batch_id)
    checked(house, batch_id)

    answer = house.done(BATCH, "certify", batch_id, by=PLATFORM)

    record = house.get("certificate", answer["certificate_id"])
    assert [one["licence_id"] for one in record.body["licences"]] == ["LI-1", "LI-2"]
