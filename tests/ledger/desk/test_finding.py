"""Findings: raised with their event, placed as HOLD once, and decided by people."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.desk.band_list import BANDS
from ledger.desk.finding_holds import holds_due
from ledger.desk.finding_record import FindingState
from ledger.desk.outcome import accepted
from ledger.desk.stored import get
from ledger.records import Accepted, Aggregate, Caller, Change, HoldAsked, Ref
from recycling.apply import Applied, apply
from recycling.facts import SYSTEM, Actor, Facts, Known
from recycling.finding import Finding
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import (
    AggregateKind,
    ConsignmentCommand,
    Role,
    Severity,
    UnitCommand,
)
from tests.ledger.desk.treatment_builders import (
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
from tests.recycling.builders import NOON, case, exists

BAND = {
    "category": "washing_machine", "material": "steel", "low_share": "0.40", "high_share": "0.60"
}  # fmt: skip


def bands(works: House, *some: Mapping[str, Any], by: Actor = PLATFORM) -> Any:
    told = Keep(kind=BANDS, id=None, state="told", type="told", body={"bands": [*some]}, by=by)
    return works.keep(told)


def outside_its_band(works: House) -> tuple[str, Aggregate]:
    """A balanced batch whose steel lies outside what washers are expected to yield."""
    told_by(bands(works, BAND))
    batch_id = balanced(works)
    (finding,) = works.all_of("finding")
    return batch_id, finding


def due(works: House, finding_id: str) -> tuple[Ref, ...]:
    """What the clerk finds to do, through what the ledger lets the maker's people read."""
    finding = works.get("finding", finding_id)

    def find(ref: Ref) -> Aggregate | None:
        return next((one for one in works.all_of(ref.kind) if one.id == ref.id), None)

    return holds_due(finding, find)


def placed(works: House, batch_id: str, finding_id: str) -> dict[str, Any]:
    return works.done(BATCH, "hold", batch_id, {"finding_id": finding_id}, by=SYSTEM)


# -- raised ----------------------------------------------------------------------------------------


def test_a_fraction_outside_its_band_is_balanced_and_asks_for_hold(works: House) -> None:
    batch_id, finding = outside_its_band(works)

    assert works.get(BATCH, batch_id).state == "balanced"
    assert finding.state == FindingState.OPEN
    assert finding.body == {
        "rule": "F06", "rule_version": 1, "severity": "hold", "aggregate_kind": "batch",
        "aggregate_id": batch_id, "held": [], "limit": "coefficient band",
        "sentence": "steel 122 kg lies outside 49.200 to 73.800 kg",
        "value": "steel 122 kg lies outside 49.200 to 73.800 kg",
    }  # fmt: skip
    (event,) = works.ledger.history(Caller("maker"), Ref("finding", finding.id))
    (checked_by,) = [
        one
        for one in works.ledger.history(Caller("maker"), Ref(BATCH, batch_id))
        if one.type == "balance_checked"
    ]
    assert (event.type, event.causation_id) == ("raised", checked_by.event_id)
    assert event.payload["kind"] == "batch"


def test_without_bands_nothing_is_outside(works: House) -> None:
    balanced(works)

    assert works.all_of("finding") == ()


def test_each_check_that_fails_raises_its_own_findings(works: House) -> None:
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    for share in ("100", "90"):
        declared(works, batch_id, outputs=[STEEL | {"mass_kg": share}], reason_code="weighed_again")
        checked(works, batch_id)

    found = works.all_of("finding")

    assert len({one.id for one in found}) == 2
    assert {one.body["severity"] for one in found} == {"block"}
    assert [due(works, one.id) for one in found] == [(), ()]


def test_a_mass_corrected_after_the_certificate_is_for_the_auditor(works: House) -> None:
    batch_id = certified(works)

    told_by(works.correct("U-1", mass_kg="80"))

    (finding,) = works.all_of("finding")
    assert (finding.body["rule"], finding.body["aggregate_id"]) == ("F06", batch_id)
    assert (
        "mass_kg of unit U-1 was corrected to 80 in a certified batch" in (finding.body["sentence"])
    )
    assert due(works, finding.id) == (Ref(BATCH, batch_id),)


def test_after_the_audit_no_hold_is_placed_any_more(works: House) -> None:
    batch_id = certified(works)
    works.done(BATCH, "audit", batch_id, {"report_id": "R-1"}, by=AUDITOR)

    told_by(works.correct("U-1", mass_kg="80"))

    (finding,) = works.all_of("finding")
    assert due(works, finding.id) == ()


# -- HOLD ------------------------------------------------------------------------------------------


def test_a_hold_stops_the_certificate_even_before_it_is_placed(works: House) -> None:
    batch_id, finding = outside_its_band(works)

    sentence = f"batch {batch_id} is on HOLD by {finding.id}"
    assert refused(works.do(BATCH, "certify", batch_id, by=PLATFORM), 409, "guard-failed") == (
        sentence
    )
    placed(works, batch_id, finding.id)
    assert refused(works.do(BATCH, "certify", batch_id, by=PLATFORM), 409, "guard-failed") == (
        sentence
    )


def test_a_hold_is_placed_once_and_noted_with_its_finding(works: House) -> None:
    batch_id, finding = outside_its_band(works)
    assert due(works, finding.id) == (Ref(BATCH, batch_id),)
    before = len(works.written())

    answer = placed(works, batch_id, finding.id)

    assert answer["flags"] == ["HOLD"]
    assert works.written()[before:] == [
        ("batch", batch_id, "hold_placed"),
        ("finding", finding.id, "hold_placed"),
    ]
    assert works.get("finding", finding.id).body["held"] == [{"kind": "batch", "id": batch_id}]
    assert due(works, finding.id) == ()


def test_what_the_platform_released_stays_released(works: House) -> None:
    batch_id, finding = outside_its_band(works)
    placed(works, batch_id, finding.id)

    release = {"finding_id": finding.id, "decision": "weighed again, it is right"}
    assert works.done(BATCH, "release", batch_id, release, by=PLATFORM)["flags"] == []

    assert due(works, finding.id) == ()
    assert works.done(BATCH, "certify", batch_id, by=PLATFORM)["state"] == "certified"


def test_what_was_dismissed_in_time_is_never_placed(works: House) -> None:
    batch_id, finding = outside_its_band(works)
    told_by(works.judge(finding.id, FindingState.DISMISSED, by=PLATFORM))

    assert due(works, finding.id) == ()
    assert works.done(BATCH, "certify", batch_id, by=PLATFORM)["state"] == "certified"


def test_a_finding_about_a_unit_holds_its_order_and_stops_its_batch(works: House) -> None:
    """A drift between depot and dismantler, found when the dismantler weighs."""
    works.place(washer("U-1", "in_transit_2", accepted_mass_kg=None, depot_mass_kg="50"))

    def weighed(view: View) -> Accepted:
        evidence = {"mass_kg": "61.5", "site_id": "PLANT-1"}
        unit = get(view, AggregateKind.UNIT, "U-1")
        facts = case(UNIT_TABLE, UnitCommand.ACCEPT, evidence=evidence, by=DISMANTLER)
        answer = apply(unit, UnitCommand.ACCEPT, facts)
        assert isinstance(answer, Applied)
        return accepted(answer)

    told_by(works.run(weighed))
    (finding,) = works.all_of("finding")
    assert (finding.body["rule"], finding.body["aggregate_kind"]) == ("F04", "unit")
    assert due(works, finding.id) == (Ref(TAKEBACK_ORDER, "TB-1"),)
    works.place(washer("U-1"), washer("U-2"))
    batch_id = filled(works, "U-1", "U-2")
    declared(works, batch_id)
    checked(works, batch_id)

    answer = works.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert refused(answer, 409, "guard-failed") == "take-back orders TB-1 are on HOLD"
    held = works.done(TAKEBACK_ORDER, "hold", "TB-1", {"finding_id": finding.id}, by=SYSTEM)
    assert held["flags"] == ["HOLD"]
    assert due(works, finding.id) == ()


def test_units_that_did_not_arrive_hold_the_orders_they_are_of(works: House) -> None:
    works.place(
        washer("U-1", "in_transit"), washer("U-2", "in_transit", takeback_order_id="TB-2"),
        order_row("TB-2"),
    )  # fmt: skip

    def handed_over(_: Any) -> Accepted:
        finding = Finding(
            rule="F12", severity=Severity.HOLD, kind=AggregateKind.CONSIGNMENT,
            aggregate_id="C-1", sentence="unit_ids: U-2 did not arrive", value="U-2",
            limit="all arrive",
        )  # fmt: skip
        moved = exists(AggregateKind.CONSIGNMENT, None)
        facts = Facts(
            by=actor("P-recycler", Role.RECYCLER), occurred_at=NOON, recorded_at=NOON,
            evidence={"unit_ids": ["U-1", "U-2"]}, known=Known(),
        )  # fmt: skip
        answer = apply(moved, ConsignmentCommand.CREATE, facts)
        assert isinstance(answer, Applied)
        return accepted(replace(answer, findings=(finding,)))

    told_by(works.run(handed_over))

    (finding,) = works.all_of("finding")
    assert due(works, finding.id) == (Ref(TAKEBACK_ORDER, "TB-2"),)


# -- decided ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [PLATFORM, AUDITOR])
@pytest.mark.parametrize("outcome", [FindingState.UPHELD, FindingState.DISMISSED])
def test_platform_and_auditor_decide_once(works: House, by: Actor, outcome: FindingState) -> None:
    _, finding = outside_its_band(works)

    answer = told_by(works.judge(finding.id, outcome, by=by, reason="weighed again"))

    assert (answer["state"], answer["kind"], answer["version"]) == (outcome, "finding", 2)
    assert answer["decision"]["reason"] == "weighed again"
    again = works.judge(finding.id, FindingState.DISMISSED, by=by)
    assert f"while {outcome}" in refused(again, 409, "transition-not-allowed")
    (_, event) = works.ledger.history(Caller("maker"), Ref("finding", finding.id))
    assert event.type == outcome
    assert "weighed again" not in str(event.payload)  # what people write stays in the works


@pytest.mark.parametrize("role", sorted({*Role} - {Role.PLATFORM, Role.AUDITOR}))
def test_nobody_else_decides(works: House, role: Role) -> None:
    _, finding = outside_its_band(works)
    before = len(works.written())

    answer = works.judge(finding.id, FindingState.DISMISSED, by=actor("maker", role))

    assert refused(answer, 403, "role-not-allowed")
    assert len(works.written()) == before


def test_a_partner_decides_nothing_whatever_its_key_says(works: House) -> None:
    _, finding = outside_its_band(works)
    keep = Keep(
        kind="finding", id=finding.id, state="dismissed", type="dismissed",
        body={"reason": "mine"}, by=actor("P-dismantler", Role.AUDITOR, Role.PLATFORM),
    )  # fmt: skip

    answer = works.keep(keep, Caller("maker", "P-dismantler"))

    assert refused(answer, 403, "role-not-allowed")


@pytest.mark.parametrize(
    ("told", "pointer"),
    [({"reason": None}, "/reason"), ({"reason": 7}, "/reason"), ({"held": []}, "/held")],
)
def test_a_decision_has_a_reason_and_nothing_else(
    works: House, told: dict[str, Any], pointer: str
) -> None:
    _, finding = outside_its_band(works)

    answer = works.judge(finding.id, FindingState.UPHELD, **told)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == pointer


def test_a_finding_cannot_be_opened_again_or_made_up(works: House) -> None:
    _, finding = outside_its_band(works)

    assert works.judge(finding.id, FindingState.OPEN).status == 409
    assert "there is no finding" in refused(
        works.judge("F-none", FindingState.UPHELD), 409, "guard-failed"
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
def test_a_wrong_band_is_named(works: House, rows: list[Any], pointer: str) -> None:
    answer = bands(works, *rows)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == pointer


def test_bands_are_the_platforms_to_tell(works: House) -> None:
    assert refused(bands(works, BAND, by=AUDITOR), 403, "role-not-allowed")


# -- the store -------------------------------------------------------------------------------------


def test_only_open_findings_about_a_thing_ask_for_its_hold(works: House) -> None:
    def finding(nth: int) -> Change:
        return row("finding", f"F-{nth}", "open", {"severity": "hold"})

    def asks(*some: HoldAsked) -> Accepted:
        return Accepted(body={}, holds=some)

    works.place(finding(1), finding(2), finding(3))
    works.run(
        lambda _: asks(
            HoldAsked("F-1", "batch", "B"), HoldAsked("F-2", "batch", "B"),
            HoldAsked("F-3", "unit", "B"),
        )
    )  # fmt: skip

    def asking() -> list[str]:
        told = works.run(
            lambda view: Accepted(body={"ids": [f.id for f in view.holds_asked(Ref("batch", "B"))]})
        )
        ids: list[str] = told_by(told)["ids"]
        return ids

    assert asking() == ["F-2", "F-1"]
    works.run(lambda _: asks(HoldAsked("F-2", "batch", "B", ends=True)))
    assert asking() == ["F-1"]
