"""Findings: raised with their event, placed as HOLD once, and decided by people."""

from collections.abc import Mapping
from typing import Any

import pytest

from ledger.desk.ask import Keep
from ledger.desk.band_list import BANDS
from ledger.desk.finding_holds import holds_due
from ledger.desk.finding_record import FindingState
from ledger.records import Accepted, Aggregate, Caller, Change, HoldAsked, Ref
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import (
    AggregateKind,
    Role,
)
from tests.ledger.desk.treatment.builders import (
    AUDITOR,
    BATCH,
    DISMANTLER,
    PLATFORM,
    STEEL,
    TAKEBACK_ORDER,
    House,
    actor,
    balanced,
    body_of,
    certified,
    checked,
    declared,
    filled,
    order_row,
    refused,
    row,
    told_by,
    washer,
)

BAND = {
    "category": "washing_machine", "material": "steel", "low_share": "0.40", "high_share": "0.60"
}  # fmt: skip


def bands(house: House, *some: Mapping[str, Any], by: Actor = PLATFORM) -> Any:
    told = Keep(kind=BANDS, id=None, state="told", type="told", body={"bands": [*some]}, by=by)
    return house.keep(told)


def outside_its_band(house: House) -> tuple[str, Aggregate]:
    """A balanced batch whose steel lies outside what washers are expected to yield."""
    told_by(bands(house, BAND))
    batch_id = balanced(house)
    (finding,) = house.all_of("finding")
    return batch_id, finding


def due(house: House, finding_id: str) -> tuple[Ref, ...]:
    """What the clerk finds to do, through what the ledger lets the maker's people read."""
    finding = house.get("finding", finding_id)

    def find(ref: Ref) -> Aggregate | None:
        return next((one for one in house.all_of(ref.kind) if one.id == ref.id), None)

    return holds_due(finding, find)


def placed(house: House, batch_id: str, finding_id: str) -> dict[str, Any]:
    return house.done(BATCH, "hold", batch_id, {"finding_id": finding_id}, by=SYSTEM)


# -- raised ----------------------------------------------------------------------------------------


def test_a_fraction_outside_its_band_is_balanced_and_asks_for_hold(house: House) -> None:
    batch_id, finding = outside_its_band(house)

    assert house.get(BATCH, batch_id).state == "balanced"
    assert finding.state == FindingState.OPEN
    assert finding.body == {
        "rule": "F06", "rule_version": 1, "severity": "hold", "aggregate_kind": "batch",
        "aggregate_id": batch_id, "held": [], "limit": "coefficient band",
        "sentence": "steel 122 kg lies outside 49.200 to 73.800 kg",
        "value": "steel 122 kg lies outside 49.200 to 73.800 kg",
    }  # fmt: skip
    (event,) = house.ledger.history(Caller("maker"), Ref("finding", finding.id))
    (checked_by,) = [
        one
        for one in house.ledger.history(Caller("maker"), Ref(BATCH, batch_id))
        if one.type == "balance_checked"
    ]
    assert (event.type, event.causation_id) == ("raised", checked_by.event_id)
    assert event.payload["kind"] == "batch"


def test_without_bands_nothing_is_outside(house: House) -> None:
    balanced(house)

    assert house.all_of("finding") == ()


def test_each_check_that_fails_raises_its_own_findings(house: House) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    for share in ("100", "90"):
        declared(house, batch_id, outputs=[STEEL | {"mass_kg": share}], reason_code="weighed_again")
        checked(house, batch_id)

    found = house.all_of("finding")

    assert len({one.id for one in found}) == 2
    assert {one.body["severity"] for one in found} == {"block"}
    assert [due(house, one.id) for one in found] == [(), ()]


def test_a_mass_corrected_after_the_certificate_is_for_the_auditor(house: House) -> None:
    batch_id = certified(house)

    told_by(house.correct("U-1", mass_kg="80"))

    (finding,) = house.all_of("finding")
    assert (finding.body["rule"], finding.body["aggregate_id"]) == ("F06", batch_id)
    assert (
        "mass_kg of unit U-1 was corrected to 80 in a certified batch" in (finding.body["sentence"])
    )
    assert due(house, finding.id) == (Ref(BATCH, batch_id),)


def test_after_the_audit_no_hold_is_placed_any_more(house: House) -> None:
    batch_id = certified(house)
    house.done(BATCH, "audit", batch_id, {"report_id": "R-1"}, by=AUDITOR)

    told_by(house.correct("U-1", mass_kg="80"))

    (finding,) = house.all_of("finding")
    assert due(house, finding.id) == ()


# -- HOLD ------------------------------------------------------------------------------------------


def test_a_hold_stops_the_certificate_even_before_it_is_placed(house: House) -> None:
    batch_id, finding = outside_its_band(house)

    sentence = f"batch {batch_id} is on HOLD by {finding.id}"
    assert refused(house.do(BATCH, "certify", batch_id, by=PLATFORM), 409, "guard-failed") == (
        sentence
    )
    placed(house, batch_id, finding.id)
    assert refused(house.do(BATCH, "certify", batch_id, by=PLATFORM), 409, "guard-failed") == (
        sentence
    )


def test_a_hold_is_placed_once_and_noted_with_its_finding(house: House) -> None:
    batch_id, finding = outside_its_band(house)
    assert due(house, finding.id) == (Ref(BATCH, batch_id),)
    before = len(house.written())

    answer = placed(house, batch_id, finding.id)

    assert answer["flags"] == ["HOLD"]
    assert house.written()[before:] == [
        ("batch", batch_id, "hold_placed"),
        ("finding", finding.id, "hold_placed"),
    ]
    assert house.get("finding", finding.id).body["held"] == [{"kind": "batch", "id": batch_id}]
    assert due(house, finding.id) == ()


def test_what_the_platform_released_stays_released(house: House) -> None:
    batch_id, finding = outside_its_band(house)
    placed(house, batch_id, finding.id)

    release = {"finding_id": finding.id, "decision": "weighed again, it is right"}
    assert house.done(BATCH, "release", batch_id, release, by=PLATFORM)["flags"] == []

    assert due(house, finding.id) == ()
    assert house.done(BATCH, "certify", batch_id, by=PLATFORM)["state"] == "certified"


def test_what_was_dismissed_in_time_is_never_placed(house: House) -> None:
    batch_id, finding = outside_its_band(house)
    assert due(house, finding.id) == (Ref(BATCH, batch_id),)
    told_by(house.judge(finding.id, FindingState.DISMISSED, by=PLATFORM))

    assert due(house, finding.id) == ()
    late = house.do(BATCH, "hold", batch_id, {"finding_id": finding.id}, by=SYSTEM)
    assert "is dismissed and asks for no HOLD" in refused(late, 409, "guard-failed")
    assert house.done(BATCH, "certify", batch_id, by=PLATFORM)["state"] == "certified"


def test_a_finding_about_a_unit_holds_its_order_and_stops_its_batch(house: House) -> None:
    """A drift between depot and dismantler, found when the dismantler weighs."""
    there = washer("U-1", "in_transit_2", accepted_mass_kg=None, depot_mass_kg="50")
    house.show("P-dismantler", Role.DISMANTLER, there)
    weighed = {"mass_kg": "61.5", "site_id": "PLANT-1"}
    house.done(AggregateKind.UNIT, "accept", "U-1", weighed, by=DISMANTLER)
    (finding,) = house.all_of("finding")
    assert (finding.body["rule"], finding.body["aggregate_kind"]) == ("F04", "unit")
    assert due(house, finding.id) == (Ref(TAKEBACK_ORDER, "TB-1"),)
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id)
    checked(house, batch_id)

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert refused(answer, 409, "guard-failed") == "take-back orders TB-1 are on HOLD"
    held = house.done(TAKEBACK_ORDER, "hold", "TB-1", {"finding_id": finding.id}, by=SYSTEM)
    assert held["flags"] == ["HOLD"]
    assert due(house, finding.id) == ()


def test_units_that_did_not_arrive_hold_the_orders_they_are_of(house: House) -> None:
    sent = {"to": "depot", "to_partner_id": "P-depot", "to_site_id": "D-1",
            "from_partner_id": "P-recycler", "from_site_id": "R-1", "vehicle_energy": "diesel",
            "unit_ids": ["U-1", "U-2"]}  # fmt: skip
    house.place(
        washer("U-1", "in_transit", consignment_id="C-1"),
        washer("U-2", "in_transit", consignment_id="C-1", takeback_order_id="TB-2"),
        order_row("TB-2"),
    )
    house.show("P-depot", Role.DEPOT, row(AggregateKind.CONSIGNMENT, "C-1", "departed", sent))
    arrived = {"units": [{"unit_id": "U-1", "mass_kg": "61.5"}]}
    depot = actor("P-depot", Role.DEPOT)
    house.done(AggregateKind.CONSIGNMENT, "receive", "C-1", arrived, by=depot)

    (finding,) = house.all_of("finding")
    assert due(house, finding.id) == (Ref(TAKEBACK_ORDER, "TB-2"),)


# -- decided ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [PLATFORM, AUDITOR])
@pytest.mark.parametrize("outcome", [FindingState.UPHELD, FindingState.DISMISSED])
def test_platform_and_auditor_decide_once(house: House, by: Actor, outcome: FindingState) -> None:
    _, finding = outside_its_band(house)

    answer = told_by(house.judge(finding.id, outcome, by=by, reason="weighed again"))

    assert (answer["state"], answer["kind"], answer["version"]) == (outcome, "finding", 2)
    assert answer["decision"]["reason"] == "weighed again"
    again = house.judge(finding.id, FindingState.DISMISSED, by=by)
    assert f"while {outcome}" in refused(again, 409, "transition-not-allowed")
    (_, event) = house.ledger.history(Caller("maker"), Ref("finding", finding.id))
    assert event.type == outcome
    assert "weighed again" not in str(event.payload)  # what people write stays in the house


@pytest.mark.parametrize("role", sorted({*Role} - {Role.PLATFORM, Role.AUDITOR}))
def test_nobody_else_decides(house: House, role: Role) -> None:
    _, finding = outside_its_band(house)
    before = len(house.written())

    answer = house.judge(finding.id, FindingState.DISMISSED, by=actor("maker", role))

    assert refused(answer, 403, "role-not-allowed")
    assert len(house.written()) == before


def test_a_partner_decides_nothing_whatever_its_key_says(house: House) -> None:
    _, finding = outside_its_band(house)
    keep = Keep(
        kind="finding", id=finding.id, state="dismissed", type="dismissed",
        body={"reason": "mine"}, by=actor("P-dismantler", Role.AUDITOR, Role.PLATFORM),
    )  # fmt: skip

    answer = house.keep(keep, Caller("maker", "P-dismantler"))

    assert refused(answer, 403, "role-not-allowed")


@pytest.mark.parametrize(
    ("told", "pointer"),
    [({"reason": None}, "/reason"), ({"reason": 7}, "/reason"), ({"held": []}, "/held")],
)
def test_a_decision_has_a_reason_and_nothing_else(
    house: House, told: dict[str, Any], pointer: str
) -> None:
    _, finding = outside_its_band(house)

    answer = house.judge(finding.id, FindingState.UPHELD, **told)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == pointer


def test_a_finding_cannot_be_opened_again_or_made_up(house: House) -> None:
    _, finding = outside_its_band(house)

    assert house.judge(finding.id, FindingState.OPEN).status == 409
    assert "there is no finding" in refused(
        house.judge("F-none", FindingState.UPHELD), 409, "guard-failed"
    )


# -- bands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([BAND, BAND], "/bands/1/material"),
        ([BAND | {"low_share": "0.61"}], "/bands/0/high_share"),
        ([BAND | {"category": "boat"}], "/bands/0/category"),
        ([BAND | {"high_share": "1.1"}], "/bands/0/high_share"),
        ([{"category": "tv_crt"}], "/bands/0/material"),
    ],
)
def test_a_wrong_band_is_named(house: House, rows: list[Any], pointer: str) -> None:
    answer = bands(house, *rows)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == pointer


def test_bands_are_the_platforms_to_tell(house: House) -> None:
    assert refused(bands(house, BAND, by=AUDITOR), 403, "role-not-allowed")


# -- the store -------------------------------------------------------------------------------------


def test_only_open_findings_about_a_thing_ask_for_its_hold(house: House) -> None:
    def finding(nth: int) -> Change:
        return row("finding", f"F-{nth}", "open", {"severity": "hold"})

    def asks(*some: HoldAsked) -> Accepted:
        return Accepted(body={}, holds=some)

    house.place(finding(1), finding(2), finding(3))
    house.run(
        lambda _: asks(
            HoldAsked("F-1", "batch", "B"), HoldAsked("F-2", "batch", "B"),
            HoldAsked("F-3", "unit", "B"),
        )
    )  # fmt: skip

    def asking() -> list[str]:
        told = house.run(
            lambda view: Accepted(body={"ids": [f.id for f in view.holds_asked(Ref("batch", "B"))]})
        )
        ids: list[str] = told_by(told)["ids"]
        return ids

    assert asking() == ["F-2", "F-1"]
    house.run(lambda _: asks(HoldAsked("F-2", "batch", "B", ends=True)))
    assert asking() == ["F-1"]
