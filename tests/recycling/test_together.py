"""Stories: commands that move several aggregates, and lives from the wish to the certificate."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied, Refusal, Step, apply, apply_all
from recycling.facts import Facts, Original
from recycling.table import replay
from recycling.tables import table_of
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.together import (
    apply_balance_check,
    apply_demand,
    apply_ending,
    apply_pickup,
    apply_write_off,
    is_late_pickup,
)
from recycling.unit import input_of
from recycling.vocabulary import AggregateKind, BatchState, Problem, Role
from recycling.vocabulary import BatchCommand as B
from recycling.vocabulary import OrderCommand as T
from recycling.vocabulary import UnitCommand as U
from schemas.vocabulary import TakebackOrderState as OrderState
from schemas.vocabulary import TakebackUnitState as UnitState
from tests.recycling.builders import (
    COLLECTED,
    NOON,
    PROOF,
    REFUSED,
    actor,
    case,
    exists,
    facts,
    outputs,
    treated,
)


class House:
    """A store of aggregates and their events, in memory: what the ledger does with answers."""

    def __init__(self) -> None:
        self.now: dict[str, Aggregate] = {}
        self.events: list[Event] = []

    def keep(self, answer: Applied | Refusal) -> Applied:
        assert isinstance(answer, Applied), answer.detail
        self.now |= {one.id: one for one in answer.aggregates}
        self.events += answer.events
        return answer

    def do(self, one: Aggregate, command: Any, **changed: Any) -> Applied:
        return self.keep(apply(one, command, case(table_of(one.kind), command, **changed)))

    def events_of(self, identifier: str) -> list[Event]:
        return [one for one in self.events if one.aggregate_id == identifier]


def appointed(house: House, *, lines: int = 2) -> Aggregate:
    """An order of washers, appointed."""
    unit_ids = tuple(f"U-{n}" for n in range(1, lines + 1))
    evidence = {"lines": [{"category": "washing_machine", "brand": "brand-b", "age_years": 9,
                           "condition": "works"}] * lines}  # fmt: skip
    wish = case(TAKEBACK_ORDER_TABLE, T.REGISTER_DEMAND, evidence=evidence, unit_ids=unit_ids)
    house.keep(apply_demand("TB-1", wish))
    for command in (T.APPRAISE, T.CONFIRM, T.ASSIGN, T.ACCEPT, T.APPOINT):
        house.do(house.now["TB-1"], command)
    return house.now["TB-1"]


def row(unit_id: str, outcome: str, **changed: Any) -> dict[str, Any]:
    evidence = COLLECTED if outcome == "collected" else REFUSED
    return {"unit_id": unit_id, "outcome": outcome, **evidence, **changed}


def pickup(*rows: dict[str, Any], **changed: Any) -> Facts:
    return facts(Role.RECYCLER, {**PROOF, "units": list(rows)}, **changed)


def units_of(house: House, *identifiers: str) -> list[Aggregate]:
    return [house.now[one] for one in identifiers]


def test_a_demand_declares_one_unit_for_each_line() -> None:
    house = House()
    appointed(house)

    assert [one.event_type for one in house.events[:3]] == [
        "demand_registered", "declared", "declared"
    ]  # fmt: skip
    assert house.now["TB-1"].body["unit_ids"] == ["U-1", "U-2"]
    assert house.now["U-2"].body["takeback_order_id"] == "TB-1"


def test_two_units_one_refused_give_a_partial_pickup_and_three_events() -> None:
    house = House()
    takeback_order = appointed(house)
    proof = pickup(row("U-1", "collected"), row("U-2", "refused"))

    answer = house.keep(apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), proof))

    assert answer.aggregate.state is OrderState.PARTIALLY_PICKED_UP
    assert [one.event_type for one in answer.events] == ["picked_up", "collected", "refused"]
    assert [one.state for one in answer.aggregates[1:]] == [UnitState.COLLECTED, UnitState.REFUSED]
    assert answer.event.payload["units_collected"] == 1
    assert answer.event.payload["units_refused"] == 1


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (("collected", "collected"), OrderState.PICKED_UP),
        (("refused", "refused"), OrderState.REFUSED_AT_DOOR),
    ],
)
def test_all_or_none_at_the_door(outcomes: tuple[str, str], state: OrderState) -> None:
    house = House()
    takeback_order = appointed(house)
    rows = [
        row(f"U-{n}", outcome, **({"unit_code": f"PL-000{n}"} if outcome == "collected" else {}))
        for n, outcome in enumerate(outcomes, 1)
    ]

    answer = house.keep(apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), pickup(*rows)))

    assert answer.aggregate.state is state
    assert len(answer.events) == 3


def test_plate_position_and_acknowledgement_stay_out_of_events() -> None:
    house = House()
    takeback_order = appointed(house)
    proof = pickup(row("U-1", "collected"), row("U-2", "refused"), vehicle_token="VT-9")  # noqa: S106 - no password
    house.keep(apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), proof))

    written = json.dumps([one.payload for one in house.events])

    assert "VT-9" in written
    for secret in ("LU-B12345", "36.07", "120.38", "483920", "called twice"):
        assert secret not in written


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ({"outcome": "collected"}, Problem.IDENTITY_ALREADY_CLAIMED),  # one code, two units
        ({"outcome": "refused", "reason_code": "too_heavy"}, Problem.VALIDATION_FAILED),
        ({"outcome": "refused", "unit_code": "PL-2"}, Problem.VALIDATION_FAILED),
        ({"outcome": "refused", "photos": None}, Problem.EVIDENCE_INCOMPLETE),
        ({"outcome": "left"}, Problem.VALIDATION_FAILED),
        ({"outcome": "refused", "unit_id": "U-1"}, Problem.GUARD_FAILED),
        ({"outcome": None}, Problem.EVIDENCE_INCOMPLETE),
    ],
)
def test_one_bad_unit_refuses_the_whole_pickup(second: dict[str, Any], problem: Problem) -> None:
    house = House()
    takeback_order = appointed(house)
    rows = row("U-1", "collected"), {**row("U-2", str(second["outcome"])), **second}

    answer = apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), pickup(*rows))

    assert isinstance(answer, Refusal)
    assert answer.problem is problem, answer.detail


@pytest.mark.parametrize(
    "units", [None, [], "U-1", ["U-1"], [{"unit_id": "U-1"}], [row("U-1", "x")]]
)
def test_a_pickup_of_no_shape_is_refused(units: Any) -> None:
    house = House()
    takeback_order = appointed(house)
    proof = facts(Role.RECYCLER, {**PROOF, "units": units})

    answer = apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), proof)

    assert isinstance(answer, Refusal)
    assert answer.problem in (Problem.EVIDENCE_INCOMPLETE, Problem.VALIDATION_FAILED)


def test_a_fault_of_a_unit_is_pointed_at_in_the_whole_pickup() -> None:
    house = House()
    takeback_order = appointed(house)
    proof = pickup(row("U-1", "collected"), row("U-2", "refused", photos=[{"upload_id": "PH-1"}]))

    answer = apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), proof)

    assert isinstance(answer, Refusal)
    assert answer.aggregate_id == "U-2"
    assert [one.pointer for one in answer.errors] == [
        "/units/1/photos/0/view", "/units/1/photos/0/sha256"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "changed", "is_late"),
    [
        (OrderState.CANCELLED, {}, True),
        (OrderState.ASSIGNED, {"recycler_id": "P-b", "former_recyclers": ["P-recycler"]}, True),
        (OrderState.PICKED_UP, {}, False),
    ],
)
def test_a_pickup_that_comes_too_late_is_kept_for_the_platform(
    state: OrderState, changed: dict[str, Any], is_late: bool
) -> None:
    takeback_order = exists(AggregateKind.TAKEBACK_ORDER, state, **changed)

    answer = apply_pickup(takeback_order, [], pickup(row("U-1", "collected")))

    assert isinstance(answer, Refusal)
    assert is_late_pickup(answer) is is_late


def test_a_cancelled_order_withdraws_its_units() -> None:
    house = House()
    takeback_order = appointed(house)
    facts_of = case(table_of(takeback_order.kind), T.CANCEL)

    answer = house.keep(
        apply_ending(takeback_order, units_of(house, "U-1", "U-2"), T.CANCEL, facts_of)
    )

    assert [one.event_type for one in answer.events] == ["cancelled", "withdrawn", "withdrawn"]


def test_the_third_closed_door_ends_the_order_and_the_first_two_do_not() -> None:
    house = House()
    appointed(house)
    seen = []
    for _ in range(3):
        miss = case(table_of(house.now["TB-1"].kind), T.REPORT_NO_SHOW, Role.RECYCLER)
        units = units_of(house, "U-1", "U-2")
        answer = house.keep(apply_ending(house.now["TB-1"], units, T.REPORT_NO_SHOW, miss))
        seen.append((str(answer.aggregate.state), len(answer.events)))

    assert seen == [("appointed", 1), ("appointed", 1), ("cancelled", 3)]
    with pytest.raises(ValueError, match="none of cancel"):
        apply_ending(house.now["TB-1"], [], T.ACCEPT, miss)


def test_an_sla_that_passed_gives_the_order_to_the_next() -> None:
    house = House()
    unit_ids = ("U-1", "U-2")
    wish = case(TAKEBACK_ORDER_TABLE, T.REGISTER_DEMAND, unit_ids=unit_ids)
    house.keep(apply_demand("TB-1", wish))
    for command in (T.APPRAISE, T.CONFIRM, T.ASSIGN):
        house.do(house.now["TB-1"], command)
    four_hours = NOON + timedelta(hours=4)

    in_time = apply(
        house.now["TB-1"], T.EXPIRE_ASSIGNMENT,
        case(TAKEBACK_ORDER_TABLE, T.EXPIRE_ASSIGNMENT, recorded_at=four_hours),
    )  # fmt: skip
    house.do(house.now["TB-1"], T.EXPIRE_ASSIGNMENT, recorded_at=four_hours + timedelta(seconds=1))
    late = apply(house.now["TB-1"], T.ACCEPT, case(TAKEBACK_ORDER_TABLE, T.ACCEPT))
    house.do(house.now["TB-1"], T.ASSIGN, evidence={"recycler_id": "P-next"})

    assert isinstance(in_time, Refusal)
    assert isinstance(late, Refusal)
    assert late.problem is Problem.ORDER_REASSIGNED
    assert house.now["TB-1"].body["recycler_id"] == "P-next"


def treat(house: House, unit_id: str) -> None:
    for command in (U.DEPART, U.RECEIVE, U.INSPECT, U.SHIP_TO_DISMANTLER, U.ACCEPT, U.STORE):
        house.do(house.now[unit_id], command)


def batched(house: House) -> Aggregate:
    """A batch of two washers of 61.5 kg, its inputs closed."""
    takeback_order = appointed(house)
    rows = [row(f"U-{n}", "collected", unit_code=f"PL-000{n}") for n in (1, 2)]
    house.keep(apply_pickup(takeback_order, units_of(house, "U-1", "U-2"), pickup(*rows)))
    house.do(exists(AggregateKind.BATCH, None), B.OPEN)
    for unit_id in ("U-1", "U-2"):
        treat(house, unit_id)
        waiting = input_of(house.now[unit_id], batch_id=None)
        house.do(house.now["B-1"], B.ADD_INPUT, evidence={"unit_id": unit_id}, unit=waiting)
    house.do(house.now["B-1"], B.CLOSE_INPUTS)
    return house.now["B-1"]


def inputs_of(house: House) -> Any:
    batch = house.now["B-1"]
    return tuple(input_of(house.now[one], batch_id="B-1") for one in batch.body["unit_ids"])


def checked(house: House) -> Applied:
    system = facts(Role.SYSTEM, {}, inputs=inputs_of(house))
    return house.keep(apply_balance_check(house.now["B-1"], units_of(house, "U-1", "U-2"), system))


def test_unbalanced_then_corrected_then_certified() -> None:
    house = House()
    batch = batched(house)
    house.do(batch, B.DECLARE_OUTPUTS, evidence=outputs(losses_kg="0", outputs=[steel("100")]))
    unbalanced = checked(house)
    house.do(house.now["B-1"], B.DECLARE_OUTPUTS, evidence=outputs(reason_code="weighed_again"))
    balanced = checked(house)
    certified = house.do(house.now["B-1"], B.CERTIFY, inputs=inputs_of(house))

    assert unbalanced.aggregate.state is BatchState.UNBALANCED
    assert len(unbalanced.events) == 1
    assert [one.rule for one in unbalanced.findings] == ["F06"]
    assert "= 18.699 %" in unbalanced.event.payload["balance"]["failures"][0]
    assert [one.event_type for one in balanced.events] == [
        "balance_checked", "dismantled", "dismantled"
    ]  # fmt: skip
    assert house.now["U-1"].state is UnitState.DISMANTLED
    assert certified.event.payload["balance"]["basis_kg"] == {"accepted": "123.000"}
    declared = [one for one in house.events_of("B-1") if one.event_type == "outputs_declared"]
    assert len(declared) == 2  # both versions are kept


def steel(kg: str) -> dict[str, Any]:
    return {"material": "steel", "mass_kg": kg, "operation_code": "R4", "destination_id": "D-1"}


def test_a_mass_corrected_after_the_balance_makes_certify_refuse() -> None:
    house = House()
    house.do(batched(house), B.DECLARE_OUTPUTS, evidence=outputs())
    checked(house)
    house.do(
        house.now["U-1"], U.CORRECT, evidence={"values": {"mass_kg": "81.500"}},
        original=Original(event_id="E-1", event_type="accepted", author_id="P-author"),
    )  # fmt: skip

    answer = apply(
        house.now["B-1"], B.CERTIFY,
        case(table_of(house.now["B-1"].kind), B.CERTIFY, inputs=inputs_of(house)),
    )  # fmt: skip

    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.GUARD_FAILED
    assert "20.000 kg of 143.000 kg" in answer.detail


def test_a_batch_that_is_written_off_loses_its_units() -> None:
    house = House()
    house.do(batched(house), B.DECLARE_OUTPUTS, evidence=outputs(outputs=[steel("1")]))
    checked(house)
    auditor = facts(Role.AUDITOR, {"reason_code": "fire"}, inputs=inputs_of(house))

    answer = house.keep(apply_write_off(house.now["B-1"], units_of(house, "U-1", "U-2"), auditor))

    assert [one.event_type for one in answer.events] == ["written_off", "lost", "lost"]
    assert house.now["U-2"].state is UnitState.LOST
    with pytest.raises(ValueError, match="U-1, U-2 of batch B-1 were not looked up"):
        apply_write_off(house.now["B-1"], [], auditor)


def test_the_inputs_that_were_looked_up_must_be_those_of_the_batch() -> None:
    house = House()
    house.do(batched(house), B.DECLARE_OUTPUTS, evidence=outputs())

    with pytest.raises(ValueError, match="not those of batch B-1"):
        apply(
            house.now["B-1"], B.CHECK_BALANCE,
            facts(Role.SYSTEM, {}, inputs=(treated("U-1"),)),
        )  # fmt: skip


def test_replaying_the_events_rebuilds_every_aggregate() -> None:
    house = House()
    house.do(batched(house), B.DECLARE_OUTPUTS, evidence=outputs())
    checked(house)
    house.do(house.now["B-1"], B.HOLD)
    house.do(house.now["TB-1"], T.DISPUTE)

    for identifier, aggregate in house.now.items():
        own = as_stored(house.events_of(identifier))
        assert replay(table_of(aggregate.kind), identifier, own) == aggregate
        assert [one.version for one in own] == [*range(1, len(own) + 1)]
        assert len({one.event_id for one in own}) == len(own)


def as_stored(events: Iterable[Event]) -> list[Event]:
    """The events with the payload that JSON gives back."""
    return [replace(one, payload=json.loads(json.dumps(one.payload))) for one in events]


def test_an_event_out_of_its_order_does_not_fold() -> None:
    house = House()
    appointed(house)
    events = house.events_of("TB-1")

    with pytest.raises(ValueError, match="event 3 of TB-1 does not follow version 1"):
        replay(table_of(events[0].kind), "TB-1", [events[0], events[2]])


def test_several_commands_hold_together_or_not_at_all() -> None:
    unit = exists(AggregateKind.UNIT, UnitState.COLLECTED)
    table = table_of(AggregateKind.UNIT)
    good = [
        Step(aggregate=unit, command=command, facts=case(table, command))
        for command in (U.DEPART, U.RECEIVE, U.INSPECT)
    ]

    answer = apply_all(good)
    twice = apply_all([*good, good[0]])

    assert isinstance(answer, Applied)
    assert [one.version for one in answer.events] == [8, 9, 10]
    assert [one.state for one in answer.aggregates] == [UnitState.GRADED]
    assert isinstance(twice, Refusal)
    assert twice.state == "graded"


@pytest.mark.parametrize(("minutes", "is_refused"), [(5, False), (5.1, True), (-60, False)])
def test_a_senders_clock_may_run_five_minutes_ahead(minutes: float, is_refused: bool) -> None:
    unit = exists(AggregateKind.UNIT, UnitState.ACCEPTED)
    ahead = case(table_of(unit.kind), U.STORE, occurred_at=NOON + timedelta(minutes=minutes))

    answer = apply(unit, U.STORE, ahead)

    assert isinstance(answer, Refusal) is is_refused
    if isinstance(answer, Refusal):
        assert answer.problem is Problem.TIME_IN_FUTURE
        assert "occurred_at 2026-06-01T04:05:06Z" in answer.detail


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_what_is_older_than_thirty_days_is_late_and_accepted(days: int, late: bool) -> None:
    unit = exists(AggregateKind.UNIT, UnitState.ACCEPTED)
    old = case(table_of(unit.kind), U.STORE, occurred_at=NOON - timedelta(days=days))

    answer = apply(unit, U.STORE, old)

    assert isinstance(answer, Applied)
    assert answer.event.late is late


def test_an_instant_without_offset_is_the_callers_mistake() -> None:
    unit = exists(AggregateKind.UNIT, UnitState.ACCEPTED)
    naive = case(table_of(unit.kind), U.STORE, occurred_at=NOON.replace(tzinfo=None))

    with pytest.raises(ValueError, match="has no offset"):
        apply(unit, U.STORE, naive)


def test_intake_acts_for_a_consumer_only_when_it_says_so() -> None:
    intake = actor(Role.INTAKE)
    consumer = actor(Role.CONSUMER)
    stranger = replace(consumer, roles=frozenset({Role.RECYCLER}))

    assert intake.acting == {Role.INTAKE}
    assert consumer.acting == {Role.CONSUMER}
    assert stranger.acting == frozenset()
