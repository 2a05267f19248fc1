"""Rule F09 on its boundary days: permits are asked for on the day in China of each event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ledger.desk.partner_builders import paper, permit, site
from tests.ledger.desk.treatment_builders import (
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
    opened,
    refused,
    washer,
)

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


def later(works: House) -> None:
    """Let it be spring of 2027: what happened is told late."""
    works.world.now = AFTER + timedelta(days=90)


def assert_f09(answer: Any, is_valid: bool, reason: str) -> None:
    if is_valid:
        assert answer.status < 300, answer.body
        return
    sentence = refused(answer, 409, "guard-failed")
    assert reason in sentence
    assert "valid 2026-01-01 to 2026-12-31 (F09)" in sentence


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_a_batch_is_opened_while_the_site_is_licensed(
    works: House, occurred_at: datetime, is_valid: bool
) -> None:
    later(works)

    told = {"site_id": "PLANT-1"}
    answer = works.do(BATCH, "open", None, told, by=DISMANTLER, occurred_at=occurred_at)

    assert_f09(answer, is_valid, "P-dismantler has no licence for PLANT-1")


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_hazardous_outputs_go_to_who_may_take_them_that_day(
    works: House, occurred_at: datetime, is_valid: bool
) -> None:
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    later(works)

    told = DECLARED | {"outputs": [STEEL, OIL]}
    answer = works.do(
        BATCH, "declare_outputs", batch_id, told, by=DISMANTLER, occurred_at=occurred_at
    )

    assert_f09(answer, is_valid, "P-buyer has no hazardous_consignee for 900-249-08")


@pytest.mark.parametrize(("occurred_at", "is_valid"), DAYS)
def test_a_hazardous_lot_is_shipped_to_who_may_take_it_that_day(
    works: House, occurred_at: datetime, is_valid: bool
) -> None:
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    declared(works, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    checked(works, batch_id)
    oil = works.all_of(LOT)[-1].id
    later(works)

    told = {"consignee_id": "P-buyer", "mode": "road", "manifest_id": "M-1"}
    answer = works.do(LOT, "ship", oil, told, by=DISMANTLER, occurred_at=occurred_at)

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
    works: House, name: str, reason: str, occurred_at: datetime, is_valid: bool
) -> None:
    told = {"accepted_mass_kg": "123", "refrigerants": [], name: occurred_at.isoformat()}
    works.place(fridge("U-1", **told))
    batch_id = filled(works, "U-1")
    declared(works, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    assert checked(works, batch_id)["state"] == "balanced"

    answer = works.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert_f09(answer, is_valid, reason)


def test_a_licence_that_was_told_shorter_since_stops_the_certificate(works: House) -> None:
    """The papers in force when it is certified decide, on the days when it was treated."""
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    declared(works, batch_id)
    checked(works, batch_id)
    shorter = paper("LI-1", "washing_machine", valid_to_on="2026-05-31")
    works.partner("P-dismantler", "dismantler", sites=[site()], licences=[shorter])

    answer = works.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert "no licence for PLANT-1 on 2026-06-01" in refused(answer, 409, "guard-failed")


def test_a_consignee_whose_permit_was_withdrawn_stops_the_certificate(works: House) -> None:
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    declared(works, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    checked(works, batch_id)
    other = permit("hazardous_consignee", "900-045-49")
    works.partner("P-buyer", "buyer", permits=[other])

    answer = works.do(BATCH, "certify", batch_id, by=PLATFORM)

    told = refused(answer, 409, "guard-failed")
    assert told == "P-buyer has no hazardous_consignee for 900-249-08"


def test_two_licences_one_after_the_other_cover_a_treatment_across_them(works: House) -> None:
    halves = [
        paper("LI-1", "washing_machine", valid_to_on="2026-05-31"),
        paper("LI-2", "washing_machine", valid_from_on="2026-06-01"),
    ]
    works.partner("P-dismantler", "dismantler", sites=[site()], licences=halves)
    works.place(washer("U-1"), washer("U-2"))
    batch_id = opened(works, occurred_at=works.world.now - timedelta(days=1))
    for unit_id in ("U-1", "U-2"):
        works.done(BATCH, "add_input", batch_id, {"unit_id": unit_id}, by=DISMANTLER)
    works.done(BATCH, "close_inputs", batch_id, by=DISMANTLER)
    declared(works, batch_id)
    checked(works, batch_id)

    answer = works.done(BATCH, "certify", batch_id, by=PLATFORM)

    record = works.get("certificate", answer["certificate_id"])
    assert [one["licence_id"] for one in record.body["licences"]] == ["LI-1", "LI-2"]
