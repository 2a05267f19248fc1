"""Pickups that came too late: kept whole, then decided by the platform."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.records import Answer, Caller, ChannelRef
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import Role
from tests.ledger.desk.house import ORDER, OTP, PLATE, UNIT, House, no, ok


def late(home: House, order: str, **changed: Any) -> str:
    """North was at the door, but the order is no longer its own."""
    rows = [home.collected(one) for one in home.units(order)]
    told = no(home.pick_up(order, home.proof(*rows, **changed)), 409, "order-reassigned")
    return str(told["late_pickup_id"])


def taken(home: House, lines: int = 1) -> str:
    order = home.appointed(lines)
    ok(home.ask(ORDER, "unassign", {"reason_code": "silent"}, on=order))
    return order


def decide(home: House, late_pickup: str, decision: str, **told: Any) -> Answer:
    evidence = {"late_pickup_id": late_pickup, "decision": decision, "reason": "it has the fridge"}
    return home.ask(ORDER, "decide_late_pickup", evidence | told.pop("evidence", {}), **told)


def test_a_former_recyclers_pickup_is_kept_whole_once(home: House) -> None:
    order = taken(home)
    proof = home.proof(home.collected(home.units(order)[0]))

    first = no(home.pick_up(order, proof), 409, "order-reassigned")
    again = no(home.pick_up(order, proof), 409, "order-reassigned")

    assert first["late_pickup_id"] == again["late_pickup_id"]
    (kept,) = home.ledger.late_pickups(Caller("maker")).items
    assert kept.body == {"takeback_order_id": order, "evidence": proof}
    assert (kept.partner_id, kept.decided_at) == ("north", None)
    assert home.state(ORDER, order) == "reassigning"


@pytest.mark.parametrize("next_one", [None, "south"])
def test_given_back_it_is_replayed_as_it_came(home: House, next_one: str | None) -> None:
    order = taken(home, lines=2)
    if next_one:
        home.assign(order, next_one)
        home.appoint(order, next_one)
    kept = late(home, order)
    home.now += timedelta(days=1)

    told = ok(decide(home, kept, "assign_back"))

    assert told["state"] == "picked_up"
    assert told["recycler_id"] == "north"
    types = home.types(ORDER, order)
    assert types[-4:] == ["assigned", "accepted", "appointed", "picked_up"]
    assert types.count("unassigned") == (2 if next_one else 1)
    assert [home.state(UNIT, one) for one in home.units(order)] == ["collected", "collected"]
    assert home.sees("north", ORDER, order)
    assert not home.sees("south", ORDER, order)
    (row,) = home.ledger.late_pickups(Caller("maker")).items
    assert row.decided_at == home.now
    assert not home.ledger.verify().breaks
    body = home.events(ORDER, order)[-4].payload
    assert body["override_reason"] == "it has the fridge"


def test_a_pickup_that_was_replayed_cannot_be_posted_again(home: House) -> None:
    order = taken(home)
    kept = late(home, order)
    ok(decide(home, kept, "assign_back"))

    again = home.pick_up(order, home.proof(home.collected(home.units(order)[0])))
    no(again, 409, "pickup-already-posted")


def test_a_late_pickup_is_decided_once(home: House) -> None:
    order = taken(home)
    kept = late(home, order)
    ok(decide(home, kept, "new_demand"))

    told = no(decide(home, kept, "assign_back"), 409, "guard-failed")
    assert "was decided at" in told["detail"]


def test_what_the_rules_refuse_stays_undecided(home: House) -> None:
    order = taken(home)
    kept = late(home, order, acknowledged_by="a nod")

    no(decide(home, kept, "assign_back"), 422, "validation-failed")

    assert home.state(ORDER, order) == "reassigning"
    (row,) = home.ledger.late_pickups(Caller("maker"), undecided=True).items
    assert row.late_pickup_id == kept


def test_a_cancelled_orders_pickup_becomes_a_demand_of_its_own(home: House) -> None:
    order = home.appointed(lines=2)
    ok(home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order))
    kept = late(home, order)
    no(decide(home, kept, "assign_back"), 409, "transition-not-allowed")

    answer = decide(home, kept, "new_demand")
    told = ok(answer)

    assert answer.status == 201
    assert (told["channel"], told["channel_ref"]) == ("other", kept)
    assert (told["state"], len(told["unit_ids"])) == ("requested", 2)
    assert told["contact_id"] == home.get(ORDER, order).body["contact_id"]
    assert told["has_point"] is True
    assert [home.get(UNIT, one).body["brand"] for one in told["unit_ids"]] == ["brand-b"] * 2
    (row,) = home.ledger.late_pickups(Caller("maker")).items
    assert row.decided_at == home.now
    last = home.events(ORDER, order)[-1]
    assert (last.type, last.payload["new_takeback_order_id"]) == ("late_pickup_decided", told["id"])
    assert not home.ledger.verify().breaks


def test_the_demand_of_a_late_pickup_uses_its_reference_up(home: House) -> None:
    order = taken(home)
    kept = late(home, order)
    ok(decide(home, kept, "new_demand"))

    wish = {"channel": "other", "channel_ref": kept}
    again = home.ask(ORDER, "register_demand", wish, business_keys=(ChannelRef("other", kept),))
    no(again, 409, "channel-ref-reused")


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"by": "north"}, 403, "role-not-allowed"),
        ({"by": SYSTEM}, 403, "role-not-allowed"),
        ({"evidence": {"late_pickup_id": "nowhere"}}, 404, "not-found"),
        ({"evidence": {"decision": "forget"}}, 422, "validation-failed"),
        ({"evidence": {"reason": None}}, 422, "evidence-incomplete"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    home: House, told: dict[str, Any], status: int, code: str
) -> None:
    kept = late(home, taken(home))

    no(decide(home, kept, "new_demand", **told), status, code)
    assert home.ledger.late_pickups(Caller("maker"), undecided=True).items


def test_another_makers_platform_finds_no_late_pickup(home: House) -> None:
    kept = late(home, taken(home))
    stranger = Actor(party_id="rival", roles=frozenset({Role.PLATFORM}))

    no(decide(home, kept, "assign_back", by=stranger, caller=Caller("rival")), 404, "not-found")


def test_a_party_that_still_sees_a_cancelled_order_is_kept_too(home: House) -> None:
    order = home.appointed()
    unit = home.units(order)[0]
    ok(home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order))
    own = Actor(party_id="north", roles=frozenset({Role.RECYCLER}))
    proof = home.proof(home.collected(unit))

    told = home.ask(
        ORDER, "post_pickup", proof, by=own, on=order, caller=Caller("maker"),
        late=lambda: {"takeback_order_id": order, "evidence": proof}, occurred_at=home.now,
    )  # fmt: skip

    assert no(told, 409, "transition-not-allowed")["late_pickup_id"]


def test_no_answer_about_a_late_pickup_tells_plate_or_acknowledgement(home: House) -> None:
    order = taken(home)
    kept = late(home, order)

    for secret in (PLATE, OTP):
        assert secret.encode() not in decide(home, kept, "assign_back").body
