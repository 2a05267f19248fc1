"""Whatever evidence is, it is answered: a look-up takes what it can use, the rules say no."""

from typing import Any

import pytest

from tests.ledger.desk.house import CONSIGNMENT, LAT, LON, ORDER, UNIT, VEHICLE, House, line

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**400, 5e-324, float("nan"), "", " ", "\ud800", "\x00", "NaN", [],
    {}, [None], [{}], [["x"]], [{"unit_id": None}], [{"unit_id": {}, "outcome": []}], {"a": {}},
    ["\udfff"], [{"unit_code": ["x"]}], "2026-02-30T00:00:00Z", "9" * 70_000,
)  # fmt: skip


def asked(home: House) -> list[tuple[Any, str, dict[str, Any], str | None, str]]:
    """Commands that hold as they are, or are refused for their state alone."""
    order = home.appointed()
    picked, (unit,) = home.picked_up()
    sent = home.consign([unit])
    event_id = home.events(UNIT, unit)[1].event_id
    demand = {
        "channel": "web_shop", "channel_ref": "W-1", "region": "370200", "adcode": "370212",
        "contact_id": "CT-1", "privacy_consent": True, "lines": [line()], "lat": LAT, "lon": LON,
    }  # fmt: skip
    miss = {
        "no_show_by": "consumer", "contact_attempt": "called", "arrived_at": home.now.isoformat(),
        "lat": LAT, "lon": LON,
    }  # fmt: skip
    proof = home.proof(home.collected(home.units(order)[0]))
    late = {"late_pickup_id": "L", "decision": "assign_back", "reason": "r"}
    wrong = {"event_id": event_id, "values": {"unit_code": "PL-N"}, "reason_code": "typing_error"}
    created = {
        "unit_ids": [unit], "to": "depot", "to_partner_id": "yard", "carrier_id": "wheels",
        "from_site_id": "a", "to_site_id": "b", "same_site": False,
    }  # fmt: skip
    return [
        (ORDER, "register_demand", demand, None, "maker"),
        (ORDER, "report_no_show", miss, order, "north"),
        (ORDER, "reschedule", home.window() | {"reason_code": "r"}, order, "north"),
        (ORDER, "post_pickup", proof, order, "north"),
        (ORDER, "settle", {"settlement_line_id": "S"}, picked, "maker"),
        (ORDER, "forward_deliver", {"forward_order_no": "F"}, None, "maker"),
        (ORDER, "decide_late_pickup", late, None, "maker"),
        (UNIT, "correct", wrong, unit, "north"),
        (UNIT, "resell", {"refurbisher_id": "R", "data_wiped": True}, unit, "maker"),
        (UNIT, "dismantle", {"batch_id": "B"}, unit, "maker"),
        (CONSIGNMENT, "create", created, None, "north"),
        (CONSIGNMENT, "depart", VEHICLE, sent, "wheels"),
        (CONSIGNMENT, "receive", {"units": [{"unit_id": unit, "mass_kg": "1"}]}, sent, "yard"),
    ]


@pytest.mark.slow
def test_no_field_however_spoilt_makes_the_desk_fail(home: House) -> None:
    told = 0
    for kind, command, evidence, on, by in asked(home):
        for name in [*evidence, "favour"]:
            for junk in JUNK:
                spoilt = {**evidence, name: junk}
                answer = home.ask(kind, command, spoilt, by=by, on=on, digest=f"d{told}")
                assert answer.status in (200, 201, 403, 404, 409, 422), (command, name, junk)
                told += 1

    assert told > 1_000
    assert not home.ledger.verify().breaks
