"""Whatever evidence is, it is answered: a look-up takes what it can use, the rules say no."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ledger.desk.band_list import BANDS
from ledger.desk.finding import finding_decided
from ledger.desk.finding_record import FindingState
from ledger.desk.partner import partner_told
from ledger.desk.unread import is_text
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import AggregateKind, Role
from tests.ledger.desk.house import (
    BATCH,
    CONSIGNMENT,
    LAT,
    LON,
    MAKER,
    OFFICE,
    ORDER,
    UNIT,
    VEHICLE,
    House,
    line,
    ok,
    profile,
)

LOT = AggregateKind.LOT
OFFICE_ACTOR = Actor(party_id=MAKER, roles=OFFICE)
AUDITOR = Actor(party_id=MAKER, roles=frozenset({Role.AUDITOR}))
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**400, 5e-324, float("nan"), "", " ", "\ud800", "\x00", "NaN", [],
    {}, [None], [{}], [["x"]], [{"unit_id": None}], [{"unit_id": {}, "outcome": []}], {"a": {}},
    ["\udfff"], [{"unit_code": ["x"]}], "2026-02-30T00:00:00Z", "9" * 70_000, 2**63, {"\ud800": 1},
)  # fmt: skip
# Deeper in, what no store can keep is enough: the shapes above are read by the same few readers.
DEEP_JUNK: tuple[Any, ...] = (None, "\ud800", "\x00", 2**63, [], {}, float("nan"))

Command = tuple[AggregateKind, str, dict[str, Any], str | None, str | Actor]


def commands_of_orders(home: House) -> Iterator[Command]:
    """Yield commands that hold as they are, or are refused for their state alone."""
    demand = {
        "channel": "web_shop", "channel_ref": "W-1", "region": "370200", "adcode": "370212",
        "contact_id": "CT-1", "privacy_consent": True, "lines": [line()], "lat": LAT, "lon": LON,
    }  # fmt: skip
    asked = home.demand()
    quote = {
        "category": "washing_machine", "size_class": "washing_machine", "core_parts": ["motor"],
        "price_cny_fen": 5_000, "price_list_version": "1", "valid_until": "2026-06-02T00:00:00Z",
    }  # fmt: skip
    linked = {
        "forward_order_no": "FO-1", "policy_id": "trade_in_2026", "policy_version": 1,
        "service_mode": "deliver_and_collect",
    }  # fmt: skip
    appraised = home.demand()
    home.appraise(appraised)
    waits, order = home.confirmed(), home.appointed()
    accepted = home.confirmed()
    home.assign(accepted)
    ok(home.ask(ORDER, "accept", by="north", on=accepted))
    picked, _ = home.picked_up()
    miss = {
        "no_show_by": "consumer", "contact_attempt": "called", "arrived_at": home.now.isoformat(),
        "lat": LAT, "lon": LON,
    }  # fmt: skip
    too_long = home.window() | {"window_to": "2026-06-03T00:00:00Z"}
    late = {"late_pickup_id": "L", "decision": "assign_back", "reason": "r"}
    proof = home.proof(home.collected(home.units(order)[0]))
    yield ORDER, "register_demand", demand, None, MAKER
    yield ORDER, "appraise", quote, asked, MAKER
    yield ORDER, "link_trade_in", linked, appraised, MAKER
    yield ORDER, "assign", {"recycler_id": "plant", "override_reason": "r"}, waits, MAKER
    yield ORDER, "appoint", too_long, accepted, "north"
    yield ORDER, "report_no_show", miss, order, "north"
    yield ORDER, "reschedule", too_long | {"reason_code": "r"}, order, "north"
    yield ORDER, "post_pickup", proof, order, "north"
    yield ORDER, "settle", {"settlement_line_id": "S"}, picked, MAKER
    yield ORDER, "hold", {"finding_id": "F"}, picked, MAKER
    yield ORDER, "release", {"finding_id": "F", "decision": "d"}, picked, MAKER
    yield ORDER, "dispute", {"claim": "c", "claimed": {"a": 1}}, picked, MAKER
    yield ORDER, "forward_deliver", {"forward_order_no": "F"}, None, MAKER
    yield ORDER, "decide_late_pickup", late, None, MAKER


def commands_of_units(home: House) -> Iterator[Command]:
    """Yield the same of units and consignments."""
    _, (unit,) = home.picked_up()
    sent = home.consign([unit])
    event_id = home.events(UNIT, unit)[1].event_id
    wrong = {"event_id": event_id, "values": {"unit_code": "PL-N"}, "reason_code": "typing_error"}
    created = {
        "unit_ids": [unit], "to": "depot", "to_partner_id": "yard", "carrier_id": "wheels",
        "from_site_id": "a", "to_site_id": "b", "same_site": False,
    }  # fmt: skip
    weighed = {"mass_kg": "61.5", "site_id": "plant-1"}
    yield UNIT, "correct", wrong, unit, "north"
    yield UNIT, "resell", {"refurbisher_id": "R", "data_wiped": True}, unit, MAKER
    yield UNIT, "dismantle", {"batch_id": "B"}, unit, MAKER
    yield UNIT, "accept", weighed, home.shipped()[1][0], "plant"
    yield UNIT, "report_lost", {"reason_code": "stolen"}, unit, "north"
    yield CONSIGNMENT, "create", created, None, "north"
    yield CONSIGNMENT, "depart", VEHICLE, sent, "wheels"
    yield CONSIGNMENT, "receive", {"units": [{"unit_id": unit, "mass_kg": "1"}]}, sent, "yard"


def commands_of_batches(home: House) -> Iterator[Command]:
    """Yield the same of batches and lots."""
    units = home.stored(2)
    batch = home.opened(units)
    ok(home.ask(BATCH, "close_inputs", by="plant", on=batch))
    oil = {
        "material": "oil", "mass_kg": "1", "operation_code": "R9", "destination_id": "D",
        "hazardous_code": "900-249-08", "consignee_id": "X",
    }  # fmt: skip
    told = {
        "outputs": [oil], "losses_kg": "1", "reason_code": "r",
        "gas_fates": [{"gas": "r600a", "destroyed_g": "1", "reclaimed_g": "1", "vented_g": "1"}],
    }  # fmt: skip
    created = {
        "batch_id": "B", "material": "oil", "mass_kg": "1", "holder_id": "plant",
        "parent_lot_id": "L", "hazardous_code": "900-249-08",
    }  # fmt: skip
    lot_of = home.balanced()
    (lot,) = [one.id for one in home.ledger.page(home.who(MAKER)[1], LOT).items]
    yield BATCH, "open", {"site_id": "plant-9"}, None, "plant"
    yield BATCH, "add_input", {"unit_id": units[0]}, home.opened([]), "plant"
    yield BATCH, "remove_input", {"unit_id": "U", "reason_code": "r"}, batch, "plant"
    yield BATCH, "declare_outputs", told, batch, "plant"
    yield BATCH, "write_off", {"reason_code": "fire"}, batch, AUDITOR
    yield BATCH, "revoke", {"finding_id": "F"}, lot_of, AUDITOR
    yield (
        LOT,
        "create",
        created | {"parent_lot_id": "L", "hazardous_code": "900-249-08"},
        None,
        SYSTEM,
    )
    yield LOT, "ship", {"consignee_id": "X", "mode": "road", "manifest_id": "M"}, lot, "plant"


def spoilt(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield evidence again and again, each time spoilt in one place, and where."""
    if isinstance(value, Mapping):
        for name, one in [*value.items(), ("favour", 1)]:
            for where, other in spoilt(one, f"{path}/{name}"):
                yield where, {**value, name: other}
    elif isinstance(value, list):
        for nth, one in enumerate(value):
            for where, other in spoilt(one, f"{path}/{nth}"):
                yield where, [*value[:nth], other, *value[nth + 1 :]]
    if path:
        yield from ((path, junk) for junk in (JUNK if path.count("/") == 1 else DEEP_JUNK))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("commands", "least"),
    [(commands_of_orders, 2_000), (commands_of_units, 700), (commands_of_batches, 700)],
)
def test_no_field_however_spoilt_makes_the_desk_fail(
    home: House, commands: Any, least: int
) -> None:
    told = 0
    for kind, command, evidence, on, by in [*commands(home)]:
        for where, junk in spoilt(evidence):
            answer = home.ask(kind, command, junk, by=by, on=on, digest=f"d{told}")
            assert answer.status in (200, 201, 403, 404, 409, 422), (command, where)
            told += 1

    assert told > least
    assert not home.ledger.verify().breaks


@pytest.mark.parametrize("junk", ["\ud800", "\x00", 2**63, float("nan"), None, {"\ud800": 1}])
def test_what_no_store_can_keep_is_422_wherever_a_noun_is_told(home: House, junk: Any) -> None:
    body = profile("plant")
    bodies = [one for where, one in spoilt(body) if where.count("/") < 2]

    for name in body:
        answer = home.submit(partner_told("P-1", {**body, name: junk}, by=OFFICE_ACTOR))
        assert answer.status == 422 or junk is None, name
    for one in bodies:
        assert home.submit(partner_told("P-2", one, by=OFFICE_ACTOR)).status in (200, 201, 422)
    finding = finding_decided("F-1", FindingState.UPHELD, {"reason": junk}, by=AUDITOR)
    assert home.submit(finding).status == 409  # there is none
    assert home.told(BANDS, "B", "told", {"bands": [{"category": junk}]}).status == 422


@pytest.mark.parametrize(
    ("text", "can_be_looked_for"),
    [
        ("LU-B98765", True),
        ("LU\u3000B98765", True),
        ("", True),
        ("\ud800", False),
        ("a\x00", False),
    ],
)
def test_a_text_that_is_evidence_can_be_looked_for(text: str, can_be_looked_for: bool) -> None:
    assert is_text(text) is can_be_looked_for


def test_a_plate_with_an_ideographic_blank_has_its_token(home: House) -> None:
    order = home.appointed()
    row = home.collected(home.units(order)[0])

    told = ok(home.pick_up(order, home.proof(row, vehicle_plate="LU\u3000B98765")))

    assert "vehicle_token" in json.dumps(told)
