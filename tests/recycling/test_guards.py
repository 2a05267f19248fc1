"""What each guard refuses: the sentence names field and value, and nothing changes."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from recycling.apply import Applied, Refusal, apply
from recycling.batch import BATCH_TABLE
from recycling.consignment import CONSIGNMENT_TABLE
from recycling.evidence import read_evidence
from recycling.facts import Actor, Original, Subsidy
from recycling.lot import LOT_TABLE
from recycling.permit import DatedNeed, PermitKind
from recycling.table import Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.unit_mass import UnitMass
from recycling.vocabulary import (
    BatchCommand,
    BatchState,
    ConsignmentCommand,
    ConsignmentState,
    Flag,
    LotCommand,
    LotState,
    MassBasis,
    OrderCommand,
    Problem,
    Role,
    UnitCommand,
)
from schemas.vocabulary import TakebackOrderState as OrderState
from schemas.vocabulary import TakebackUnitState as UnitState
from tests.recycling.builders import (
    EVERY_TABLE,
    NOON,
    at,
    before,
    case,
    line,
    outputs,
    permit,
    photos,
    treated,
    tried,
)

ORDER, UNIT, BATCH, LOT = TAKEBACK_ORDER_TABLE, UNIT_TABLE, BATCH_TABLE, LOT_TABLE
T, U, B, L = OrderCommand, UnitCommand, BatchCommand, LotCommand
LATER = NOON + timedelta(hours=3, seconds=1)
FUTURE_LICENCE = permit(PermitKind.LICENCE, "P-dismantler", valid_from_on=date(2026, 6, 2))
EXPIRED_AGREEMENT = permit(PermitKind.AGREEMENT, "P-recycler", valid_to_on=date(2026, 5, 31))
OTHER_RECYCLER = Actor(party_id="P-other", roles=frozenset({Role.RECYCLER}))
OTHER_DISMANTLER = Actor(party_id="P-other", roles=frozenset({Role.DISMANTLER}))
HAZARDOUS = {
    "material": "oil", "mass_kg": "3.9", "operation_code": "R9", "destination_id": "D-2",
    "hazardous_code": "900-249-08",
}  # fmt: skip
HEAVIER = treated("U-1", mass=UnitMass(mass_kg=Decimal(80), basis=MassBasis.ACCEPTED))

Row = tuple[Table, StrEnum | None, StrEnum, dict[str, Any], str]
REFUSED: list[Row] = [
    (ORDER, None, T.REGISTER_DEMAND, {"evidence": {"privacy_consent": False}},
     "privacy_consent is false"),
    (ORDER, None, T.REGISTER_DEMAND, {"channel_ref_is_taken": True},
     "channel_ref CRM-1 has an order"),
    (ORDER, OrderState.REQUESTED, T.APPRAISE, {"evidence": {"valid_until": at(72.1)}},
     "valid_until 2026-06-04T04:06:00Z"),
    (ORDER, OrderState.REQUESTED, T.APPRAISE, {"evidence": {"valid_until": at(0)}}, "valid_until"),
    (ORDER, OrderState.APPRAISED, T.CONFIRM, {"body": {"valid_until": at(-1)}},
     "valid_until 2026-06-01T03:00:00+00:00 is past"),
    (ORDER, OrderState.APPRAISED, T.LINK_TRADE_IN,
     {"subsidy": Subsidy(refused="policy_id none is none of maker")}, "policy_id none"),
    (ORDER, OrderState.APPRAISED, T.CONFIRM, {"address_region": "370700"},
     "the address lies in region 370700, the order in 370200"),
    (ORDER, OrderState.CONFIRMED, T.ASSIGN, {"failed_codes": ("suspended", "capacity_full")},
     "P-recycler is not eligible: capacity_full, suspended"),
    (ORDER, OrderState.REASSIGNING, T.ASSIGN, {"failed_codes": ("declined_before",)},
     "declined_before"),
    (ORDER, OrderState.REASSIGNING, T.ASSIGN,
     {"role": Role.SYSTEM, "evidence": {"override_reason": "late pickup"},
      "failed_codes": ("declined_before",)}, "only the platform's"),
    (ORDER, OrderState.ASSIGNED, T.ACCEPT, {"recorded_at": LATER},
     "recorded_at 2026-06-01T07:00:01Z is after the accept SLA 2026-06-01T07:00:00Z"),
    (ORDER, OrderState.ASSIGNED, T.ACCEPT, {"by": OTHER_RECYCLER},
     "recycler_id is P-recycler, not P-other"),
    (ORDER, OrderState.ASSIGNED, T.EXPIRE_ASSIGNMENT,
     {"recorded_at": NOON + timedelta(hours=3)}, "is not after the SLA"),
    (ORDER, OrderState.ACCEPTED, T.EXPIRE_ASSIGNMENT,
     {"recorded_at": NOON + timedelta(hours=23)}, "is not after the SLA"),
    (ORDER, OrderState.ACCEPTED, T.APPOINT, {"evidence": {"window_to": at(32.1)}},
     "no window of up to 12 h"),
    (ORDER, OrderState.ACCEPTED, T.APPOINT, {"evidence": {"window_to": at(20)}}, "no window"),
    (ORDER, OrderState.ACCEPTED, T.APPOINT, {"failed_codes": ("licence_expired",)},
     "licence_expired"),
    (ORDER, OrderState.APPOINTED, T.RESCHEDULE, {"body": {"reschedules": 3}},
     "reschedules 3 is the limit 3"),
    (ORDER, OrderState.APPOINTED, T.REPORT_NO_SHOW, {"distance_from_point_m": Decimal("500.1")},
     "500.1 m from the demand's point, limit 500 m"),
    (ORDER, OrderState.APPOINTED, T.POST_PICKUP,
     {"evidence": {"units": [{"unit_id": "U-1", "outcome": "collected"}]}},
     "units U-1 are not U-1, U-2"),
    (ORDER, OrderState.APPOINTED, T.POST_PICKUP, {"evidence": {"picked_at": at(-2)}},
     "picked_at 2026-06-01T02:00:00Z is not occurred_at"),
    (ORDER, OrderState.APPOINTED, T.POST_PICKUP, {"permits": (EXPIRED_AGREEMENT,)},
     "no agreement for washing_machine on 2026-06-01: valid 2026-01-01 to 2026-05-31 (F09)"),
    (ORDER, OrderState.PICKED_UP, T.COMPLETE,
     {"unit_states": {"U-1": "stored", "U-2": "refused"}}, "unit U-1 is stored"),
    (ORDER, OrderState.FULFILLED, T.SETTLE, {"line_is_approved": False},
     "settlement_line_id SL-1 is not approved"),
    (ORDER, OrderState.SETTLED, T.CLOSE, {"clawback_until": NOON}, "within the clawback window"),
    (ORDER, OrderState.CONFIRMED, T.CANCEL,
     {"body": {"forward_order_no": "FO-1"}, "trade_in_is_repriced": False},
     "forward_order_no FO-1"),
    (ORDER, OrderState.SETTLED, T.HOLD, {"body": {"held_by": ["F-2"]}}, "F-2 holds"),
    (ORDER, OrderState.SETTLED, T.RELEASE, {"evidence": {"finding_id": "F-9"}},
     "finding_id F-9 does not hold"),
    (UNIT, None, U.DECLARE, {"evidence": {"category": "boat"}}, "category 'boat' is none of"),
    (UNIT, UnitState.DECLARED, U.COLLECT, {"takeback_order_state": "accepted"},
     "takeback_order_id TB-1 is accepted, not appointed"),
    (UNIT, UnitState.DECLARED, U.COLLECT, {"evidence": {"photos": photos("whole", "label")}},
     "photos show no name_plate, core_part"),
    (UNIT, UnitState.DECLARED, U.REFUSE, {"evidence": {"photos": photos("label")}},
     "photos show no whole"),
    (UNIT, UnitState.DECLARED, U.WITHDRAW, {"takeback_order_state": "appointed"},
     "is appointed, not cancelled"),
    (UNIT, UnitState.GRADED, U.RESELL, {"body": {"grade": "parts"}}, "grade is parts, not reuse"),
    (UNIT, UnitState.GRADED, U.RESELL, {"evidence": {"data_wiped": False}}, "data_wiped is false"),
    (UNIT, UnitState.GRADED, U.RESELL, {"permits": ()}, "P-refurbisher has no refurbisher"),
    (UNIT, UnitState.IN_TRANSIT_2, U.ACCEPT, {"permits": (FUTURE_LICENCE,)},
     "no licence for washing_machine on 2026-06-01: valid 2026-06-02"),
    (UNIT, UnitState.IN_TRANSIT_2, U.REJECT, {"evidence": {"accepted_mass_kg": "0.001"}},
     "accepted_mass_kg is 0.001, not 0"),
    (UNIT, UnitState.STORED, U.DISMANTLE, {"batch_state": "unbalanced"},
     "batch_id B-1 is unbalanced, not balanced"),
    (UNIT, UnitState.STORED, U.DISMANTLE, {"batch_unit_ids": ("U-2",)}, "does not hold unit U-1"),
    (UNIT, UnitState.STORED, U.DISMANTLE, {"body": {"category": "refrigerator"}},
     "category refrigerator must be depolluted first"),
    (UNIT, UnitState.STORED, U.REPORT_LOST, {"unit": treated("U-1", batch_id="B-1")},
     "unit U-1 is an input of batch B-1"),
    (UNIT, UnitState.STORED, U.REPORT_LOST,
     {"unit": treated("U-1", batch_id="B-1"), "evidence": {"reason_code": "batch_written_off"}},
     "the batch of unit U-1 is balanced"),
    (UNIT, UnitState.STORED, U.REPORT_LOST, {"evidence": {"reason_code": "batch_written_off"}},
     "the batch of unit U-1 is none"),
    (UNIT, UnitState.STORED, U.CORRECT, {"evidence": {"event_id": "E-2"}}, "event_id E-2"),
    (UNIT, UnitState.STORED, U.CORRECT, {"evidence": {"values": {"mass_kg": "60"}}},
     "mass_kg is no field"),
    (UNIT, UnitState.STORED, U.CORRECT, {"evidence": {"values": {"age_years": "9"}}},
     "age_years 9 is no whole number"),
    (UNIT, UnitState.STORED, U.CORRECT, {"evidence": {"values": {"category": "boat"}}},
     "category boat is none of"),
    (UNIT, UnitState.STORED, U.CORRECT, {"evidence": {"values": {"takeback_order_id": "TB-2"}}},
     "takeback_order_id TB-2"),
    (BATCH, None, B.OPEN, {"permits": ()}, "P-dismantler has no licence for PLANT-1"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"by": OTHER_DISMANTLER},
     "dismantler_id is P-dismantler"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"unit": treated(site_id="PLANT-2")},
     "unit_id U-9 is at site PLANT-2, not PLANT-1"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"unit": treated(state=UnitState.ACCEPTED)},
     "unit_id U-9 is accepted"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"unit": treated(category="tv_crt")},
     "tv_crt must be depolluted first"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"unit": treated(batch_id="B-2")},
     "unit_id U-9 is an input of batch B-2"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"unit": treated(mass=None)}, "unit_id U-9 has no mass"),
    (BATCH, BatchState.OPEN, B.ADD_INPUT, {"body": {"unit_ids": ["U"] * 5_000}},
     "unit_ids 5000 is the limit"),
    (BATCH, BatchState.OPEN, B.REMOVE_INPUT, {"evidence": {"unit_id": "U-7"}}, "U-7 is no input"),
    (BATCH, BatchState.UNBALANCED, B.REMOVE_INPUT, {"body": {"unit_ids": ["U-1"]}},
     "unit_id U-1 is the last input"),
    (BATCH, BatchState.OPEN, B.CLOSE_INPUTS, {"body": {"unit_ids": []}}, "unit_ids is empty"),
    (BATCH, BatchState.INPUT_CLOSED, B.DECLARE_OUTPUTS,
     {"evidence": {"outputs": [HAZARDOUS]}},
     "oil is hazardous 900-249-08, consignee_id is missing"),
    (BATCH, BatchState.INPUT_CLOSED, B.DECLARE_OUTPUTS,
     {"evidence": {"outputs": [{**HAZARDOUS, "consignee_id": "P-nobody"}]}},
     "P-nobody has no hazardous_consignee for 900-249-08"),
    (BATCH, BatchState.UNBALANCED, B.DECLARE_OUTPUTS, {"evidence": {"reason_code": None}},
     "reason_code is missing"),
    (BATCH, BatchState.BALANCED, B.CERTIFY, {"held_takeback_order_ids": ("TB-1",)},
     "take-back orders TB-1 are on HOLD"),
    (BATCH, BatchState.BALANCED, B.CERTIFY,
     {"dated_needs": (DatedNeed(holder_id="P-dismantler", kind=PermitKind.LICENCE,
                                covering="tv_crt", on=date(2025, 12, 31)),)},
     "on 2025-12-31"),
    (BATCH, BatchState.BALANCED, B.CERTIFY, {"missing_evidence": ("photo of U-1",)},
     "evidence is missing: photo of U-1"),
    (BATCH, BatchState.BALANCED, B.CERTIFY, {"inputs": (HEAVIER, treated("U-2"))},
     "gap_share: 18.500 kg of 141.500 kg = 13.074 %"),
    (BATCH, BatchState.AUDITED, B.REVOKE, {"finding_is_upheld": False},
     "finding_id F-1 was not upheld"),
    (LOT, None, L.CREATE, {"batch_state": "unbalanced"}, "batch_id B-1 is unbalanced"),
    (LOT, None, L.CREATE,
     {"evidence": {"parent_lot_id": "L-0"}, "parent_lot_state": "shipped"}, "parent_lot_id L-0"),
    (LOT, LotState.CREATED, L.SHIP, {"body": {"hazardous_code": "900-249-08"}},
     "manifest_id is missing"),
    (LOT, LotState.CREATED, L.SHIP,
     {"body": {"hazardous_code": "900-249-08"}, "permits": (), "evidence": {"manifest_id": "M"}},
     "P-buyer has no hazardous_consignee"),
    (LOT, LotState.CREATED, L.SHIP, {"body": {"mass_kg": "40000.001"}},
     "mass_kg 40000.001 is above 40000"),
    (LOT, LotState.SHIPPED, L.RECEIVE, {"evidence": {"mass_kg": "387.054"}},
     "mass_kg 387.054 differs from the 389 shipped"),
    (LOT, LotState.RECEIVED_BY_BUYER, L.PROCESS, {"evidence": {"residue_mass_kg": "70.021"}},
     "residue_mass_kg 70.021 is above"),
    (LOT, LotState.RECEIVED_BY_BUYER, L.PROCESS, {"evidence": {"next_destination_id": "X"}},
     "operation_code R3 is final"),
    (CONSIGNMENT_TABLE, None, ConsignmentCommand.CREATE, {"evidence": {"unit_ids": ["U", "U"]}},
     "unit_ids names U more than once"),
    (CONSIGNMENT_TABLE, None, ConsignmentCommand.CREATE, {"unit_states": {"U-1": "at_depot"}},
     "cannot travel to a depot: U-1 is at_depot, U-2 is not there"),
    (CONSIGNMENT_TABLE, None, ConsignmentCommand.CREATE, {"evidence": {"same_site": True}},
     "same_site is true from YARD-1 to DEPOT-1"),
    (CONSIGNMENT_TABLE, None, ConsignmentCommand.CREATE, {"evidence": {"to_site_id": "YARD-1"}},
     "same_site is false from YARD-1 to YARD-1"),
    (CONSIGNMENT_TABLE, ConsignmentState.CREATED, ConsignmentCommand.DEPART,
     {"body": {"carrier_id": "P-other"}}, "is not P-carrier's to depart with"),
    (CONSIGNMENT_TABLE, ConsignmentState.DEPARTED, ConsignmentCommand.RECEIVE,
     {"body": {"to_partner_id": "P-other"}}, "is for the depot P-other"),
    (CONSIGNMENT_TABLE, ConsignmentState.DEPARTED, ConsignmentCommand.RECEIVE,
     {"body": {"to": "dismantler"}, "role": Role.DISMANTLER}, "is for the dismantler P-depot"),
    (CONSIGNMENT_TABLE, ConsignmentState.DEPARTED, ConsignmentCommand.RECEIVE,
     {"body": {"to": "dismantler", "to_partner_id": "P-dismantler"}, "role": Role.DISMANTLER},
     "mass_kg of U-1 is told when it is accepted"),
    (CONSIGNMENT_TABLE, ConsignmentState.PARTIALLY_RECEIVED, ConsignmentCommand.RECEIVE,
     {"body": {"received_ids": ["U-1"]}}, "unit_ids U-1 are not awaited"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "state", "command", "changed", "sentence"), REFUSED)
def test_a_guard_names_field_and_value(
    table: Table, state: StrEnum | None, command: StrEnum, changed: dict[str, Any], sentence: str
) -> None:
    answer = tried(table, state, command, **changed)

    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.GUARD_FAILED, answer.detail
    assert sentence in answer.detail
    assert command in answer.allowed


def test_every_guard_has_refused_something() -> None:
    seen = {name_of_guard(*row[:4]) for row in REFUSED}
    every = {guard.__name__ for table in EVERY_TABLE for move in table.moves
             for guard in move.guards}  # fmt: skip

    elsewhere = {
        "code_is_unclaimed", "corrected_code_is_unclaimed", "code_is_on_no_certificate",
        "cites_the_request", "no_hold", "not_disputed", "is_disputed", "region_is_listed",
        "vehicle_is_told",
    }  # fmt: skip
    assert every - seen == elsewhere


def name_of_guard(
    table: Table, state: StrEnum | None, command: StrEnum, changed: dict[str, Any]
) -> str:
    """Return the guard that a changed case fails, by asking each of the row."""
    answer = tried(table, state, command, **dict(changed))
    assert isinstance(answer, Refusal)
    body = changed.get("body", {})
    aggregate = before(table, state, command, **body)
    given = case(table, command, **{k: v for k, v in changed.items() if k != "body"})
    move = table.move_of(command)
    read = replace(given, evidence=read_evidence(move.evidence, given.evidence))
    return next(guard.__name__ for guard in move.guards if guard(aggregate, read))


def held(table: Table, state: StrEnum, command: StrEnum) -> Refusal:
    aggregate = before(table, state, command, held_by=["F-1"])
    answer = apply(replace(aggregate, flags=frozenset({Flag.HOLD})), command, case(table, command))
    assert isinstance(answer, Refusal)
    return answer


def test_hold_blocks_settle_and_certify_and_nothing_else() -> None:
    assert "is on HOLD by F-1" in held(ORDER, OrderState.FULFILLED, T.SETTLE).detail
    assert "is on HOLD by F-1" in held(BATCH, BatchState.BALANCED, B.CERTIFY).detail
    blocked = [
        str(move.command)
        for table in (ORDER, UNIT, BATCH, LOT)
        for move in table.moves
        if any(guard.__name__ == "no_hold" for guard in move.guards)
    ]

    assert blocked == ["settle", "certify"]


def test_hold_goes_with_the_last_finding_that_holds() -> None:
    both = {"held_by": ["F-1", "F-2"]}
    first = apply(before(ORDER, OrderState.FULFILLED, T.RELEASE), T.RELEASE, case(ORDER, T.RELEASE))
    aggregate = before(ORDER, OrderState.FULFILLED, T.RELEASE)
    twice = replace(aggregate, body={**aggregate.body, **both})
    one_left = apply(twice, T.RELEASE, case(ORDER, T.RELEASE))

    assert isinstance(first, Applied)
    assert isinstance(one_left, Applied)
    assert first.aggregate.flags == frozenset()
    assert one_left.aggregate.flags == twice.flags
    assert one_left.aggregate.body["held_by"] == ["F-2"]


def test_what_is_disputed_is_neither_settled_nor_disputed_again() -> None:
    opened = tried(ORDER, OrderState.FULFILLED, T.DISPUTE)
    assert isinstance(opened, Applied)

    for command in (T.SETTLE, T.DISPUTE):
        answer = apply(opened.aggregate, command, case(ORDER, command))
        assert isinstance(answer, Refusal)
        assert "is DISPUTED: price" in answer.detail
    nothing_to_resolve = apply(
        before(ORDER, OrderState.FULFILLED, T.SETTLE), T.RESOLVE, case(ORDER, T.RESOLVE)
    )
    assert isinstance(nothing_to_resolve, Refusal)
    assert "is not DISPUTED" in nothing_to_resolve.detail


def test_a_code_that_was_claimed_is_refused_by_its_own_name() -> None:
    answer = tried(UNIT, UnitState.DECLARED, U.COLLECT, claims={"PL-0001": "U-7"})
    own = tried(UNIT, UnitState.DECLARED, U.COLLECT, claims={"PL-0001": "U-1"})

    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.IDENTITY_ALREADY_CLAIMED
    assert answer.detail == "unit_code PL-0001 was claimed by unit U-7 before (F01)"
    assert isinstance(own, Applied)


def test_a_former_recycler_is_told_that_the_order_was_reassigned_whatever_the_state() -> None:
    body = {"recycler_id": "P-next", "former_recyclers": ["P-recycler"]}
    for state, command in (
        (OrderState.APPOINTED, T.POST_PICKUP), (OrderState.REASSIGNING, T.ACCEPT),
        (OrderState.CANCELLED, T.POST_PICKUP), (OrderState.FULFILLED, T.DISPUTE),
    ):  # fmt: skip
        answer = tried(ORDER, state, command, role=Role.RECYCLER, body=body)
        assert isinstance(answer, Refusal)
        assert answer.problem is Problem.ORDER_REASSIGNED
        assert answer.detail == "takeback order TB-1 was taken from P-recycler"


def test_a_recycler_that_gets_an_order_back_may_go_on() -> None:
    body = {"recycler_id": "P-recycler", "former_recyclers": ["P-recycler"]}

    assert isinstance(tried(ORDER, OrderState.ASSIGNED, T.ACCEPT, body=body), Applied)


def test_the_platform_may_assign_an_order_back_with_a_reason() -> None:
    answer = tried(
        ORDER, OrderState.REASSIGNING, T.ASSIGN,
        evidence={"override_reason": "late pickup LP-1"}, failed_codes=("declined_before",),
    )  # fmt: skip

    assert isinstance(answer, Applied)
    assert answer.event.payload["override_reason"] == "late pickup LP-1"


@pytest.mark.parametrize(
    ("missed", "no_show_by", "state"),
    [
        (0, "consumer", OrderState.APPOINTED),
        (1, "consumer", OrderState.APPOINTED),
        (2, "consumer", OrderState.CANCELLED),
        (2, "recycler", OrderState.REASSIGNING),
    ],
)
def test_a_no_show_leads_where_its_count_and_cause_say(
    missed: int, no_show_by: str, state: OrderState
) -> None:
    answer = tried(
        ORDER, OrderState.APPOINTED, T.REPORT_NO_SHOW,
        body={"consumer_no_shows": missed}, evidence={"no_show_by": no_show_by},
    )  # fmt: skip

    assert isinstance(answer, Applied)
    assert answer.aggregate.state is state


def test_a_recyclers_no_show_needs_no_arrival_a_consumers_does() -> None:
    nowhere = {"arrived_at": None, "lat": None, "lon": None}
    by_recycler = tried(
        ORDER,
        OrderState.APPOINTED,
        T.REPORT_NO_SHOW,
        evidence={**nowhere, "no_show_by": "recycler"},
    )
    by_consumer = tried(ORDER, OrderState.APPOINTED, T.REPORT_NO_SHOW, evidence=nowhere)

    assert isinstance(by_recycler, Applied)
    assert isinstance(by_consumer, Refusal)
    assert by_consumer.problem is Problem.EVIDENCE_INCOMPLETE
    assert [one.pointer for one in by_consumer.errors] == ["/arrived_at", "/lat", "/lon"]


CONFIRMED = Original(
    event_id="E-1", event_type="received", author_id="P-author", counterpart_id="P-depot",
    is_confirmed=True,
)  # fmt: skip


def test_after_the_counterpart_confirmed_only_it_may_correct_and_cites_the_author() -> None:
    values = {"values": {"mass_kg": "60.000"}}
    by_depot = Actor(party_id="P-depot", roles=frozenset({Role.DEPOT}))
    author = tried(UNIT, UnitState.AT_DEPOT, U.CORRECT, original=CONFIRMED, evidence=values)
    uncited = tried(
        UNIT, UnitState.AT_DEPOT, U.CORRECT, original=CONFIRMED, evidence=values, by=by_depot
    )
    cited = tried(
        UNIT, UnitState.AT_DEPOT, U.CORRECT, original=CONFIRMED, by=by_depot,
        evidence={**values, "author_request_id": "RQ-1"},
    )  # fmt: skip

    assert isinstance(author, Refusal)
    assert author.problem is Problem.ROLE_NOT_ALLOWED
    assert isinstance(uncited, Refusal)
    assert "author_request_id is missing" in uncited.detail
    assert isinstance(cited, Applied)
    assert cited.aggregate.body["depot_mass_kg"] == "60.000"
    assert cited.aggregate.state is UnitState.AT_DEPOT


BOUND = Original(event_id="E-1", event_type="collected", author_id="P-author")


def test_a_corrected_code_must_be_free_and_on_no_certificate() -> None:
    values = {"values": {"unit_code": "PL-0002"}}
    claimed = tried(
        UNIT, UnitState.STORED, U.CORRECT, original=BOUND, evidence=values,
        claims={"PL-0002": "U-5"},
    )  # fmt: skip
    certified = tried(
        UNIT, UnitState.DISMANTLED, U.CORRECT, original=BOUND, evidence=values, is_certified=True
    )
    free = tried(UNIT, UnitState.STORED, U.CORRECT, original=BOUND, evidence=values)

    assert isinstance(claimed, Refusal)
    assert claimed.problem is Problem.IDENTITY_ALREADY_CLAIMED
    assert isinstance(certified, Refusal)
    assert certified.detail == "unit_code PL-0001 stands on a certificate"
    assert isinstance(free, Applied)
    assert free.aggregate.body["unit_code"] == "PL-0002"


def test_a_mass_corrected_after_certification_is_for_the_auditor() -> None:
    accepted = Original(event_id="E-1", event_type="accepted", author_id="P-author")
    answer = tried(
        UNIT, UnitState.DISMANTLED, U.CORRECT, original=accepted, batch_state="certified",
        body={"batch_id": "B-1"}, evidence={"values": {"mass_kg": "50"}},
    )  # fmt: skip

    assert isinstance(answer, Applied)
    (finding,) = answer.findings
    assert (finding.rule, finding.aggregate_id) == ("F06", "B-1")
    assert "corrected to 50 in a certified batch" in finding.sentence


def test_drift_and_a_missing_core_part_are_findings_that_refuse_nothing() -> None:
    light = tried(UNIT, UnitState.IN_TRANSIT, U.RECEIVE, evidence={"mass_kg": "58.424"})
    within = tried(UNIT, UnitState.IN_TRANSIT, U.RECEIVE, evidence={"mass_kg": "58.425"})
    averaged = tried(
        UNIT, UnitState.IN_TRANSIT, U.RECEIVE, body={"door_weighed": "class_average"},
        evidence={"mass_kg": "40"},
    )  # fmt: skip
    stripped = tried(UNIT, UnitState.AT_DEPOT, U.INSPECT, evidence={"completeness": ["board"]})

    assert isinstance(light, Applied)
    assert [one.rule for one in light.findings] == ["F04"]
    assert isinstance(within, Applied)
    assert isinstance(averaged, Applied)
    assert within.findings == averaged.findings == ()
    assert isinstance(stripped, Applied)
    assert [one.sentence for one in stripped.findings] == [
        "completeness: motor was there at the door and is missing"
    ]


def test_a_consignment_waits_for_those_that_are_neither_in_nor_lost() -> None:
    table, command = CONSIGNMENT_TABLE, ConsignmentCommand.RECEIVE
    part = tried(table, ConsignmentState.DEPARTED, command, unit_states={"U-2": "in_transit"})
    lost = tried(table, ConsignmentState.DEPARTED, command, unit_states={"U-2": "lost"})

    assert isinstance(part, Applied)
    assert part.aggregate.state is ConsignmentState.PARTIALLY_RECEIVED
    assert [one.rule for one in part.findings] == ["F12"]
    assert isinstance(lost, Applied)
    assert lost.aggregate.state is ConsignmentState.RECEIVED
    assert lost.findings == ()


def test_a_region_that_nobody_lists_is_a_problem_of_its_own() -> None:
    elsewhere = {"evidence": {"adcode": "999999"}, "region_is_listed": False}
    answer = tried(ORDER, None, T.REGISTER_DEMAND, **elsewhere)

    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.REGION_UNKNOWN
    assert answer.detail == "region 370200 or adcode 999999 is not listed"


def test_only_what_stays_at_its_site_departs_without_a_vehicle() -> None:
    table, command = CONSIGNMENT_TABLE, ConsignmentCommand.DEPART
    walked = {"evidence": {"vehicle_plate": None, "odometer_km": None}}
    away = tried(table, ConsignmentState.CREATED, command, **walked)
    here = tried(
        table, ConsignmentState.CREATED, command, **walked,
        body={"same_site": True, "to": "dismantler"},
    )  # fmt: skip

    assert isinstance(away, Refusal)
    assert away.problem is Problem.EVIDENCE_INCOMPLETE
    assert away.detail == "vehicle_plate, odometer_km of the vehicle must be told"
    assert isinstance(here, Applied)


def test_demands_outputs_and_lines_are_read_to_their_depth() -> None:
    bad = tried(ORDER, None, T.REGISTER_DEMAND, evidence={"lines": [line(), {"brand": "b"}]})
    light = tried(
        BATCH, BatchState.INPUT_CLOSED, B.DECLARE_OUTPUTS,
        evidence=outputs(outputs=[{"material": "steel", "mass_kg": 0, "operation_code": "R44"}]),
    )  # fmt: skip

    assert isinstance(bad, Refusal)
    assert [one.pointer for one in bad.errors] == [
        "/lines/1/category", "/lines/1/age_years", "/lines/1/condition"
    ]  # fmt: skip
    assert isinstance(light, Refusal)
    assert {one.pointer for one in light.errors} == {
        "/outputs/0/mass_kg", "/outputs/0/operation_code", "/outputs/0/destination_id"
    }  # fmt: skip
