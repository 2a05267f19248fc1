"""Every event of every row is told by its contract, under its own id, without what is private."""

import json
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain import event_id_of
from ledger.desk.publish import published, published_demand, published_finding
from recycling.aggregate import Event
from recycling.batch import BATCH_TABLE
from recycling.consignment import CONSIGNMENT_TABLE
from recycling.facts import Original
from recycling.finding import Finding
from recycling.lot import LOT_TABLE
from recycling.table import Move, Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import AggregateKind, BatchState, ConsignmentState, LotState, Severity
from recycling.vocabulary import BatchCommand as B
from recycling.vocabulary import ConsignmentCommand as C
from recycling.vocabulary import LotCommand as L
from recycling.vocabulary import OrderCommand as O
from recycling.vocabulary import UnitCommand as U
from schemas.consignment import MAX_NAMED_UNITS
from schemas.finding import MAX_SENTENCE_CHARACTERS
from schemas.topics import TAKEBACK_ORDERS, TAKEBACK_UNITS, TOPICS, key_of
from schemas.vocabulary import TakebackOrderState as OrderState
from schemas.vocabulary import TakebackUnitState as UnitState
from schemas.wire import WireEvent, WireTakebackOrder, WireTakebackUnit
from streams.codecs import decode
from tests.ledger.desk.builders import as_contract, happened, legal
from tests.recycling.builders import EVIDENCE, NOON, line, outputs, photos, treated
from tests.recycling.test_tables import named

LEGAL = list(legal())
EVERY = pytest.mark.parametrize(("table", "state", "command", "move"), LEGAL, ids=named)
ON_THE_WIRE: dict[str, type[WireEvent]] = {
    TAKEBACK_ORDERS.name: WireTakebackOrder,
    TAKEBACK_UNITS.name: WireTakebackUnit,
}


def told(table: Table, state: StrEnum | None, command: StrEnum, **changed: Any) -> dict[str, Any]:
    answer = happened(table, state, command, **changed)
    return dict(published(answer.event, answer.aggregate).payload)


@EVERY
def test_every_event_is_told_as_its_contract_has_it(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    answer = happened(table, state, command)

    topic, key, payload = published(answer.event, answer.aggregate)

    event = as_contract(topic, payload)
    assert key == key_of(event) == answer.aggregate.id
    assert event.model_fields_set == set(payload)
    assert (payload["event_type"], payload["to_state"]) == (move.event, answer.aggregate.state)
    assert payload.get("from_state") == state
    if topic in ON_THE_WIRE:
        decode(ON_THE_WIRE[topic], json.dumps(payload).encode())


@EVERY
def test_every_event_keeps_its_own_id_and_place(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    event = happened(table, state, command).event

    payload = told(table, state, command)

    own = event_id_of(event.kind, event.aggregate_id, event.version)
    assert payload["event_id"] == str(event.event_id) == own
    assert payload["aggregate_seq"] == event.version


def test_every_kind_of_aggregate_has_its_topic() -> None:
    topics = {published(*_pair(*one[:3])).topic for one in LEGAL}

    assert len(topics) == len(AggregateKind)
    assert all("ledger relay" in TOPICS[topic].written_by for topic in topics)


def _pair(table: Table, state: StrEnum | None, command: StrEnum) -> tuple[Event, Any]:
    answer = happened(table, state, command)
    return answer.event, answer.aggregate


# What rows are told and no topic may tell: what is private, and what people write freely.
plates = st.from_regex(r"\APLATE [A-Z0-9]{6}\Z")
places = st.integers(1_000_000, 9_999_999).map(lambda number: f"36.{number}")
metres = st.integers(10_000, 99_999).map(lambda number: f"{number}.773")
texts = st.from_regex(r"\Aspoke with [a-z]{6}\Z")
codes = st.from_regex(r"\AOTP-[0-9]{8}\Z")
PRIVATE = {
    "vehicle_plate": plates, "lat": places, "lon": places, "accuracy_m": metres,
    "odometer_km": st.integers(100_000, 999_999).map(lambda number: f"{number}.773"),
    "contact_attempt": texts, "acknowledgement": codes, "decision": texts, "claim": texts,
    "outcome": texts, "note": texts, "override_reason": texts,
}  # fmt: skip


def secrets_of(table: Table, command: StrEnum) -> dict[str, st.SearchStrategy[str]]:
    return {
        field.name: PRIVATE[field.name]
        for field in table.move_of(command).evidence
        if field.name in PRIVATE
    }


def test_every_private_field_of_every_table_is_tried() -> None:
    private = {
        field.name
        for table, _, command, _ in LEGAL
        for field in table.move_of(command).evidence
        if field.private
    }

    assert private - {"datum"} <= set(PRIVATE)  # one word of two says nothing about anybody
    assert len(private) >= 7


TELLING = [one[:3] for one in LEGAL if secrets_of(one[0], one[2])]


@pytest.mark.parametrize(("table", "state", "command"), TELLING, ids=named)
@settings(max_examples=10)
@given(data=st.data())
def test_whatever_is_private_stands_in_no_payload(
    table: Table, state: StrEnum | None, command: StrEnum, data: st.DataObject
) -> None:
    secrets = data.draw(st.fixed_dictionaries(secrets_of(table, command)))
    answer = happened(table, state, command, evidence=secrets)

    payloads = [published(answer.event, answer.aggregate).payload]
    if command == O.REGISTER_DEMAND:
        payloads.append(published_demand(answer.event, answer.aggregate).published.payload)

    written = json.dumps(payloads)
    assert not [name for name, secret in secrets.items() if secret in written]


def test_a_private_position_of_a_demand_is_told_by_neither_of_its_events() -> None:
    answer = happened(
        TAKEBACK_ORDER_TABLE, None, O.REGISTER_DEMAND, evidence={"lat": "36.0671", "lon": "120.38"}
    )

    order = published(answer.event, answer.aggregate)
    demand = published_demand(answer.event, answer.aggregate)

    written = json.dumps([order.payload, demand.published.payload])
    assert not [secret for secret in ("36.0671", "120.38", "CT-1") if secret in written]


def test_a_demand_is_told_as_it_came_by_category_and_brand() -> None:
    lines = [line(), line(category="refrigerator"), line()]
    evidence = {"lines": lines, "wished_on": "2026-06-05", "service_mode": "deliver_and_collect"}
    answer = happened(
        TAKEBACK_ORDER_TABLE, None, O.REGISTER_DEMAND,
        evidence=evidence, unit_ids=("U-1", "U-2", "U-3"),
    )  # fmt: skip

    demand = published_demand(answer.event, answer.aggregate)

    topic, key, payload = demand.published
    event = as_contract(topic, payload)
    assert (topic, key) == ("takeback.demand.v1", "mini_program:CRM-1")
    assert key_of(event) == key
    assert payload["event_id"] == event_id_of(demand.kind, demand.id, demand.version)
    assert payload["event_id"] != str(answer.event.event_id)
    assert payload["takeback_order_id"] == demand.id == "TB-1"
    assert (payload["wished_on"], payload["region"]) == ("2026-06-05", "370200")
    assert payload["lines"] == [
        {"category": "refrigerator", "brand": "brand-b", "units": 1},
        {"category": "washing_machine", "brand": "brand-b", "units": 2},
    ]


def test_a_cancelled_order_tells_how_many_units_it_withdraws() -> None:
    payload = told(TAKEBACK_ORDER_TABLE, OrderState.CONFIRMED, O.CANCEL)

    assert (payload["units_withdrawn"], payload["reason_code"]) == (2, "changed_mind")


def test_the_third_no_show_tells_by_whom_and_withdraws() -> None:
    payload = told(
        TAKEBACK_ORDER_TABLE, OrderState.APPOINTED, O.REPORT_NO_SHOW, body={"consumer_no_shows": 2}
    )

    assert payload["to_state"] == "cancelled"
    assert (payload["reason_code"], payload["units_withdrawn"]) == ("no_show_by_consumer", 2)


@pytest.mark.parametrize("command", [O.DECLINE, O.UNASSIGN, O.EXPIRE_ASSIGNMENT])
def test_an_order_that_is_taken_away_tells_whose_it_was(command: StrEnum) -> None:
    assert told(TAKEBACK_ORDER_TABLE, OrderState.ASSIGNED, command)["partner_id"] == "P-recycler"


def test_an_order_that_is_assigned_anew_tells_its_new_recycler() -> None:
    body = {"former_recyclers": ["P-former"], "recycler_id": None}

    payload = told(TAKEBACK_ORDER_TABLE, OrderState.REASSIGNING, O.ASSIGN, body=body)

    assert payload["partner_id"] == "P-recycler"


def test_a_linked_trade_in_tells_policy_and_subsidy_where_they_are_known() -> None:
    known = told(
        TAKEBACK_ORDER_TABLE, OrderState.APPRAISED, O.LINK_TRADE_IN,
        body={"subsidy_cny_fen": 149_985},
    )  # fmt: skip
    unknown = told(TAKEBACK_ORDER_TABLE, OrderState.APPRAISED, O.LINK_TRADE_IN)

    assert (known["policy_id"], known["policy_version"]) == ("maker", 3)
    assert known["subsidy_cny_fen"] == 149_985
    assert "subsidy_cny_fen" not in unknown


def test_a_pickup_tells_the_token_and_energy_of_its_vehicle() -> None:
    payload = told(
        TAKEBACK_ORDER_TABLE, OrderState.APPOINTED, O.POST_PICKUP, vehicle_token="VT-9"  # noqa: S106 - no password
    )  # fmt: skip

    assert (payload["vehicle_token"], payload["vehicle_energy"]) == ("VT-9", "electric")
    assert (payload["units_collected"], payload["units_refused"]) == (1, 1)


def test_hold_and_its_release_are_told_as_they_leave_the_order() -> None:
    held = told(TAKEBACK_ORDER_TABLE, OrderState.FULFILLED, O.HOLD)
    free = told(TAKEBACK_ORDER_TABLE, OrderState.FULFILLED, O.RELEASE)
    disputed = told(TAKEBACK_ORDER_TABLE, OrderState.FULFILLED, O.DISPUTE)

    assert (held["is_held"], held["finding_id"]) == (True, "F-2")
    assert (free["is_held"], disputed["is_disputed"]) == (False, True)


def test_a_unit_tells_each_weighing_and_how() -> None:
    door = told(UNIT_TABLE, UnitState.DECLARED, U.COLLECT,
                evidence={"weight_method": "class_average", "scale_id": None})  # fmt: skip
    depot = told(UNIT_TABLE, UnitState.IN_TRANSIT, U.RECEIVE, evidence={"mass_kg": "60.900"})

    assert (door["mass_kg"], door["weight_method"]) == ("61.500", "class_average")
    assert (depot["mass_kg"], depot["weight_method"]) == ("60.900", "scale")
    assert (depot["site_id"], depot["partner_id"]) == ("DEPOT-1", "P-depot")
    assert "mass_kg" not in told(UNIT_TABLE, UnitState.IN_TRANSIT_2, U.REJECT)


@pytest.mark.parametrize(("depot_kg", "in_force_kg"), [(None, "58.000"), ("61.000", "61.000")])
def test_a_corrected_mass_is_told_as_the_one_in_force(
    depot_kg: str | None, in_force_kg: str
) -> None:
    original = Original(event_id="E-1", event_type="collected", author_id="P-author")
    body = {} if depot_kg is None else {"depot_mass_kg": depot_kg}

    payload = told(
        UNIT_TABLE, UnitState.GRADED, U.CORRECT, original=original, body=body,
        evidence={"values": {"mass_kg": "58.000"}},
    )  # fmt: skip

    assert (payload["mass_kg"], payload["weight_method"]) == (in_force_kg, "scale")


def test_a_correction_tells_what_it_corrects() -> None:
    payload = told(UNIT_TABLE, UnitState.GRADED, U.CORRECT)

    assert (payload["brand"], payload["reason_code"]) == ("brand-c", "typing_error")
    assert payload["corrects_event_id"] == "E-1"
    assert "mass_kg" not in payload


def test_depollution_tells_the_grams_of_all_gases() -> None:
    gases = [{"gas": "r134a", "mass_g": "62.5"}, {"gas": "r600a", "mass_g": "10"}]

    payload = told(UNIT_TABLE, UnitState.STORED, U.DEPOLLUTE, evidence={"refrigerants": gases})

    assert payload["refrigerant_g"] == "72.5"
    assert told(UNIT_TABLE, UnitState.STORED, U.DEPOLLUTE)["refrigerant_g"] == "0"


def test_what_a_timer_does_to_a_unit_is_told_with_its_dismantler() -> None:
    payload = told(UNIT_TABLE, UnitState.STORED, U.DISMANTLE)

    assert (payload["partner_id"], payload["batch_id"]) == ("P-dismantler", "B-1")


def test_a_grade_of_completeness_is_no_grade_of_the_depot() -> None:
    assert "grade" not in told(UNIT_TABLE, UnitState.DECLARED, U.COLLECT)
    assert told(UNIT_TABLE, UnitState.AT_DEPOT, U.INSPECT)["grade"] == "recycle"


def test_a_consignment_counts_what_left_and_what_arrived() -> None:
    payload = told(CONSIGNMENT_TABLE, ConsignmentState.DEPARTED, C.RECEIVE,
                   unit_states={"U-2": "in_transit"})  # fmt: skip

    assert (payload["unit_count"], payload["received_count"]) == (2, 1)
    assert payload["to_state"] == "partially_received"
    assert payload["unit_ids"] == ["U-1", "U-2"]
    assert (payload["great_circle_km"], payload["vehicle_token"]) == ("130.403", "VT-9")


def test_a_consignment_of_more_units_than_an_event_names_tells_their_number() -> None:
    unit_ids = [f"U-{number}" for number in range(MAX_NAMED_UNITS + 1)]

    payload = told(CONSIGNMENT_TABLE, None, C.CREATE, evidence={"unit_ids": unit_ids})

    assert payload["unit_count"] == MAX_NAMED_UNITS + 1
    assert "unit_ids" not in payload


def test_a_batch_tells_masses_while_they_hold() -> None:
    opened = told(BATCH_TABLE, None, B.OPEN)
    declared = told(BATCH_TABLE, BatchState.INPUT_CLOSED, B.DECLARE_OUTPUTS)
    checked = told(BATCH_TABLE, BatchState.OUTPUT_DECLARED, B.CHECK_BALANCE)
    removed = told(BATCH_TABLE, BatchState.UNBALANCED, B.REMOVE_INPUT,
                   body={"balance": {"gap_kg": "9"}})  # fmt: skip

    assert not {name for name in opened if name.endswith(("_kg", "_g", "_share"))}
    assert (declared["mass_out_kg"], declared["losses_kg"]) == ("122", "1")
    assert "gap_kg" not in declared
    assert (checked["mass_in_kg"], checked["gap_kg"]) == ("123.000", "0.000")
    assert (checked["gap_share"], checked["class_average_share"]) == ("0.000000", "0.000000")
    assert "gap_kg" not in removed
    assert (removed["unit_count"], removed["unit_id"]) == (1, "U-1")


def test_a_batch_tells_its_hazardous_kilograms_and_where_the_gas_went() -> None:
    steel = outputs()["outputs"][0]
    hazardous = {"hazardous_code": "900-045-49", "consignee_id": "P-buyer"}
    boards = steel | hazardous | {"material": "boards", "mass_kg": "6.800"}
    fates = [
        {"gas": gas, "destroyed_g": "240", "reclaimed_g": "1000.5", "vented_g": "0"}
        for gas in ("r134a", "r600a")
    ]

    payload = told(BATCH_TABLE, BatchState.INPUT_CLOSED, B.DECLARE_OUTPUTS,
                   evidence=outputs(outputs=[steel, boards], gas_fates=fates))  # fmt: skip

    assert (payload["hazardous_kg"], payload["mass_out_kg"]) == ("6.800", "128.800")
    assert payload["refrigerant_destroyed_g"] == "480"
    assert payload["refrigerant_reclaimed_g"] == "2001.0"
    assert payload["refrigerant_vented_g"] == "0"


def test_a_gap_many_times_the_inputs_is_told_all_the_same() -> None:
    light = treated("U-1"), treated("U-2")

    payload = told(BATCH_TABLE, BatchState.OUTPUT_DECLARED, B.CHECK_BALANCE, inputs=light,
                   body=outputs(losses_kg="900000"))  # fmt: skip

    assert payload["to_state"] == "unbalanced"
    assert as_contract("takeback.batch.v1", payload)


def test_a_certified_batch_tells_certificate_and_balance() -> None:
    payload = told(BATCH_TABLE, BatchState.BALANCED, B.CERTIFY)

    assert (payload["certificate_id"], payload["mass_in_kg"]) == ("CERT-1", "123.000")


def test_a_lot_tells_what_its_event_brought() -> None:
    shipped = told(LOT_TABLE, LotState.CREATED, L.SHIP, evidence={"manifest_id": "M-7"})
    received = told(LOT_TABLE, LotState.SHIPPED, L.RECEIVE)
    rejected = told(LOT_TABLE, LotState.SHIPPED, L.REJECT)
    disposed = told(LOT_TABLE, LotState.CREATED, L.DISPOSE)

    assert (shipped["consignee_id"], shipped["manifest_id"]) == ("P-buyer", "M-7")
    assert (received["holder_id"], received["received_mass_kg"]) == ("P-buyer", "388")
    assert received["mass_kg"] == "389"
    assert (rejected["reason_code"], disposed["operation_code"]) == ("wet", "D10")


def finding(**changed: Any) -> Finding:
    plain: dict[str, Any] = {
        "rule": "F04", "severity": Severity.HOLD, "kind": AggregateKind.UNIT,
        "aggregate_id": "U-1", "sentence": "mass_kg went from 58.4 to 41.2, 29.452 %",
        "value": "41.2", "limit": "0.05",
    }  # fmt: skip
    return Finding(**plain | changed)


def test_a_finding_is_told_when_it_is_raised_and_when_it_is_decided() -> None:
    raised = published_finding(finding(), finding_id="FD-1", version=1, occurred_at=NOON)
    closed = published_finding(
        finding(), finding_id="FD-1", version=2, occurred_at=NOON, is_open=False, is_upheld=True
    )

    for one in (raised, closed):
        event = as_contract(one.published.topic, one.published.payload)
        assert one.published.key == key_of(event) == "U-1"
        assert str(event.event_id) == event_id_of("finding", "FD-1", one.version)
    assert raised.published.payload["is_open"] is True
    assert "is_upheld" not in raised.published.payload
    assert closed.published.payload["is_upheld"] is True


def test_a_finding_about_a_thousand_units_still_fits_into_its_event() -> None:
    many = ", ".join(f"U-{number}" for number in range(1_000))

    told_of = published_finding(
        finding(sentence=many, value=many), finding_id="FD-1", version=1, occurred_at=NOON
    ).published.payload

    assert len(told_of["sentence"]) == MAX_SENTENCE_CHARACTERS
    assert told_of["sentence"].endswith(" ...")
    assert as_contract("integrity.finding.v1", told_of)


@pytest.mark.parametrize("name", ["channel", "region"])
def test_a_unit_without_what_its_order_knows_is_not_told(name: str) -> None:
    answer = happened(UNIT_TABLE, UnitState.DECLARED, U.COLLECT)
    body = {key: value for key, value in answer.aggregate.body.items() if key != name}

    with pytest.raises(KeyError, match=name):
        published(answer.event, replace(answer.aggregate, body=body))


def test_photos_stay_with_the_store() -> None:
    assert "photos" in EVIDENCE[AggregateKind.UNIT, U.COLLECT]

    written = json.dumps(told(UNIT_TABLE, UnitState.DECLARED, U.COLLECT))

    assert not [one for one in photos() if one["upload_id"] in written or one["sha256"] in written]
