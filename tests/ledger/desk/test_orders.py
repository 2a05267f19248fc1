"""Stories of an order, from the demand to the door, on a real ledger."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.records import Caller, ChannelRef
from recycling.facts import SYSTEM
from tests.ledger.desk.house import LAT, ORDER, UNIT, House, line, no, ok, profile


def test_a_demand_is_an_order_and_a_unit_for_each_line(home: House) -> None:
    order = home.demand(lines=2)
    units = home.units(order)

    assert home.state(ORDER, order) == "requested"
    assert [home.state(UNIT, one) for one in units] == ["declared", "declared"]
    told = home.get(UNIT, units[0]).body
    assert (told["takeback_order_id"], told["channel"], told["region"]) == (
        order, "mini_program", "370200",
    )  # fmt: skip


def test_the_same_demand_again_gets_the_first_answer_and_another_one_is_refused(
    home: House,
) -> None:
    keys = (ChannelRef("web_shop", "W-1"),)
    wish = {
        "channel": "web_shop", "channel_ref": "W-1", "region": "370200", "contact_id": "CT-1",
        "privacy_consent": True, "lines": [line()],
    }  # fmt: skip
    first = home.ask(ORDER, "register_demand", wish, business_keys=keys)
    again = home.ask(ORDER, "register_demand", wish, business_keys=keys)
    other = home.ask(ORDER, "register_demand", {**wish, "contact_id": "CT-2"}, business_keys=keys)

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    no(other, 409, "channel-ref-reused")


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"region": "999999"}, "region-unknown", 422),
        ({"adcode": "990000"}, "region-unknown", 422),
        ({"lat": False}, "validation-failed", 422),  # no number, though Python counts with it
        ({"lines": []}, "validation-failed", 422),
        ({"lines": [{"brand": "b"}]}, "evidence-incomplete", 422),
        ({"privacy_consent": False}, "guard-failed", 409),
    ],
)
def test_a_demand_that_cannot_be_is_refused(
    home: House, changed: dict[str, Any], code: str, status: int
) -> None:
    wish = {
        "channel": "web_shop", "channel_ref": "W-1", "region": "370200", "contact_id": "CT-1",
        "privacy_consent": True, "lines": [line()],
    }  # fmt: skip

    no(home.ask(ORDER, "register_demand", wish | changed), status, code)
    assert not home.ledger.page(Caller("maker"), UNIT).items


def test_a_line_of_no_category_is_pointed_at(home: House) -> None:
    wish = {
        "channel": "web_shop", "channel_ref": "W-1", "region": "370200", "contact_id": "CT-1",
        "privacy_consent": True, "lines": [line(), line(category="toaster")],
    }  # fmt: skip

    told = no(home.ask(ORDER, "register_demand", wish), 409, "guard-failed")
    assert "toaster" in told["detail"]


def test_an_address_elsewhere_cannot_be_confirmed(home: House) -> None:
    order = home.demand(adcode="370705")  # Weifang, and the demand says Qingdao
    home.appraise(order)

    told = no(home.ask(ORDER, "confirm", on=order, for_consumer=True), 409, "guard-failed")
    assert told["detail"] == "the address lies in region 370700, the order in 370200"


def test_two_units_one_refused_are_three_events_of_one_transaction(home: House) -> None:
    order = home.appointed(lines=2)
    kept, left = home.units(order)

    told = ok(home.pick_up(order, home.proof(home.collected(kept), home.refused(left))))

    assert told["state"] == "partially_picked_up"
    assert (told["units_collected"], told["units_refused"]) == (1, 1)
    assert (home.state(UNIT, kept), home.state(UNIT, left)) == ("collected", "refused")
    last = [home.events(kind, one)[-1] for kind, one in
            ((ORDER, order), (UNIT, kept), (UNIT, left))]  # fmt: skip
    assert [one.type for one in last] == ["picked_up", "collected", "refused"]
    assert [one.seq for one in last] == list(range(last[0].seq, last[0].seq + 3))
    assert not home.ledger.verify().breaks


def test_one_bad_unit_leaves_nothing_of_a_pickup(home: House) -> None:
    order = home.appointed(lines=2)
    kept, left = home.units(order)
    rows = home.collected(kept), home.refused(left, reason_code="too_heavy")

    told = no(home.pick_up(order, home.proof(*rows)), 422, "validation-failed")

    assert [one["pointer"] for one in told["errors"]] == ["/units/1/reason_code"]
    assert home.state(ORDER, order) == "appointed"
    assert home.types(UNIT, kept) == ["declared"]


def test_the_same_pickup_again_gets_the_first_answer_and_another_one_is_refused(
    home: House,
) -> None:
    order = home.appointed()
    proof = home.proof(home.collected(home.units(order)[0]))

    first, again = home.pick_up(order, proof), home.pick_up(order, proof)
    other = home.pick_up(order, {**proof, "accuracy_m": "13"})

    assert first.body == again.body
    no(other, 409, "pickup-already-posted")
    assert home.types(ORDER, order).count("picked_up") == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"state": "declared"}, "upload_id", "is declared, not stored"),
        ({"partner_id": "south"}, "upload_id", "is not there"),
        ({"sha256": "0" * 64}, "sha256", "as uploaded"),
    ],
)
def test_a_photo_has_to_be_uploaded_before_by_the_same_party(
    home: House, changed: dict[str, Any], field: str, reason: str
) -> None:
    order = home.appointed()
    row = home.collected(home.units(order)[0])
    photo = row["photos"][1]
    body = {"sha256": photo["sha256"], "partner_id": "north"} | changed
    home.keep("upload", photo["upload_id"], body.pop("state", "stored"), body)

    told = no(home.pick_up(order, home.proof(row)), 422, "validation-failed")

    assert [one["pointer"] for one in told["errors"]] == [f"/units/0/photos/1/{field}"]
    assert reason in told["errors"][0]["reason"]


def test_a_photo_that_nobody_uploaded_is_refused(home: House) -> None:
    order = home.appointed()
    row = home.collected(home.units(order)[0])
    row["photos"][0]["upload_id"] = "UP-nowhere"

    told = no(home.pick_up(order, home.proof(row)), 422, "validation-failed")
    assert told["errors"][0]["pointer"] == "/units/0/photos/0/upload_id"


def test_an_agreement_is_asked_for_the_day_of_the_event(home: House) -> None:
    ended = {"paper_id": "A", "categories": ["washing_machine"], "valid_from_on": "2026-01-01",
             "valid_to_on": "2026-06-02"}  # fmt: skip
    order = home.appointed()
    unit = home.units(order)[0]
    home.keep("partner", "north", "active", profile("north", agreements=[ended]))
    home.now += timedelta(days=3)

    row = home.collected(unit)
    late = no(home.pick_up(order, home.proof(row)), 409, "guard-failed")
    assert "2026-06-04" in late["detail"]
    assert "(F09)" in late["detail"]
    before = (home.now - timedelta(days=2)).isoformat()
    ok(home.pick_up(order, home.proof(row, picked_at=before)))


def test_an_sla_that_passed_gives_the_order_to_the_next(home: House) -> None:
    order = home.confirmed()
    home.assign(order, "north")
    early = home.ask(ORDER, "expire_assignment", by=SYSTEM, on=order)
    home.now += timedelta(hours=4, seconds=1)

    no(early, 409, "guard-failed")
    no(home.ask(ORDER, "accept", by="north", on=order), 409, "guard-failed")
    ok(home.ask(ORDER, "expire_assignment", by=SYSTEM, on=order))
    home.assign(order, "south")
    home.appoint(order, "south")
    assert home.get(ORDER, order).body["former_recyclers"] == ["north"]


def test_a_door_that_stays_closed_three_times_ends_the_order(home: House) -> None:
    order = home.appointed(lines=2)
    miss = {
        "no_show_by": "consumer", "contact_attempt": "called twice at the gate",
        "arrived_at": home.now.isoformat(), "lat": LAT, "lon": "120.3890",
    }  # fmt: skip

    far = home.ask(ORDER, "report_no_show", miss | {"lon": "120.3899"}, by="north", on=order)
    states = [
        ok(home.ask(ORDER, "report_no_show", miss, by="north", on=order))["state"] for _ in range(3)
    ]

    assert "limit 500 m" in no(far, 409, "guard-failed")["detail"]
    assert states == ["appointed", "appointed", "cancelled"]
    assert {home.state(UNIT, one) for one in home.units(order)} == {"withdrawn"}


def test_a_demand_without_a_point_asks_nobody_how_far_away_it_was(home: House) -> None:
    order = home.appointed(lat=None, lon=None)
    miss = {
        "no_show_by": "consumer", "contact_attempt": "called", "lat": "22.5", "lon": "114.1",
        "arrived_at": home.now.isoformat(),
    }  # fmt: skip

    assert ok(home.ask(ORDER, "report_no_show", miss, by="north", on=order))["consumer_no_shows"]


def test_an_order_is_complete_once_its_units_are_final(home: House) -> None:
    order, (unit,) = home.picked_up()

    no(home.ask(ORDER, "complete", by=SYSTEM, on=order), 409, "guard-failed")
    ok(home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by="north", on=unit))
    ok(home.ask(ORDER, "complete", by=SYSTEM, on=order))
    assert home.state(ORDER, order) == "fulfilled"


def fulfilled(home: House) -> str:
    order, (unit,) = home.picked_up()
    ok(home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by="north", on=unit))
    ok(home.ask(ORDER, "complete", by=SYSTEM, on=order))
    return order


def settle(home: House, order: str) -> Any:
    return home.ask(ORDER, "settle", {"settlement_line_id": "SL-1"}, on=order)


def test_an_order_is_settled_by_its_own_approved_line_and_closed_after_the_window(
    home: House,
) -> None:
    order = fulfilled(home)
    no(settle(home, order), 409, "guard-failed")
    home.keep("settlement_line", "SL-1", "approved", {"takeback_order_id": "another"})
    no(settle(home, order), 409, "guard-failed")
    home.keep("settlement_line", "SL-1", "confirmed", {"takeback_order_id": order})
    no(settle(home, order), 409, "guard-failed")
    home.keep("settlement_line", "SL-1", "approved", {"takeback_order_id": order})

    ok(settle(home, order))
    home.now += timedelta(days=30)
    no(home.ask(ORDER, "close", by=SYSTEM, on=order), 409, "guard-failed")
    home.now += timedelta(seconds=1)
    ok(home.ask(ORDER, "close", by=SYSTEM, on=order))
    assert home.state(ORDER, order) == "closed"


def test_a_line_may_say_itself_until_when_it_can_be_taken_back(home: House) -> None:
    order = fulfilled(home)
    until = (home.now + timedelta(days=2)).isoformat()
    told = {"takeback_order_id": order, "clawback_until": until}
    home.keep("settlement_line", "SL-1", "approved", told)
    ok(settle(home, order))
    home.now += timedelta(days=2, seconds=1)

    ok(home.ask(ORDER, "close", by=SYSTEM, on=order))


def test_evidence_and_roles_are_asked_before_the_state(home: House) -> None:
    order, _ = home.picked_up()

    no(home.ask(ORDER, "appoint", {}, by="north", on=order), 422, "evidence-incomplete")
    no(home.ask(ORDER, "assign", {"recycler_id": "north"}, by="north", on=order), 403,
       "role-not-allowed")  # fmt: skip
    told = no(home.ask(ORDER, "cancel", {"reason_code": "r"}, on=order), 409,
              "transition-not-allowed")  # fmt: skip
    assert told["allowed"] == ["complete", "hold", "release", "dispute", "resolve"]


def test_a_visit_more_than_five_minutes_ahead_of_our_clock_is_refused(home: House) -> None:
    order = home.appointed()
    ahead = (home.now + timedelta(minutes=5, seconds=1)).isoformat()
    row = home.collected(home.units(order)[0])

    no(home.pick_up(order, home.proof(row, picked_at=ahead)), 422, "time-in-future")


def test_a_visit_of_a_month_ago_is_late_and_taken(home: House) -> None:
    order = home.appointed()
    before = (home.now - timedelta(days=31)).isoformat()
    row = home.collected(home.units(order)[0])

    ok(home.pick_up(order, home.proof(row, picked_at=before)))
    assert home.events(ORDER, order)[-1].payload["late"] is True
