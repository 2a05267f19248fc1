"""Whole stories over the desk: partners ask, the clerk does what follows, nobody else moves."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.desk.clerk import Clerk, Done
from ledger.desk.finding import finding_decided
from ledger.desk.finding_record import FindingState
from ledger.records import Caller
from recycling.facts import Actor
from recycling.vocabulary import Role
from tests.ledger.desk.house import BATCH, CONSIGNMENT, MAKER, ORDER, UNIT, House, no, ok

AUDITOR = Actor(party_id=MAKER, roles=frozenset({Role.AUDITOR}))


def clerk_of(home: House) -> Clerk:
    return Clerk(home.ledger, home.ledger.watch, home.reference, now=lambda: home.now)


def work(clerk: Clerk) -> list[Done]:
    """Let the clerk work until nothing is left to do."""
    rounds: list[Done] = []
    for _ in range(10):
        done = clerk.round()
        if done.is_idle:
            return rounds
        assert done.refused == ()
        rounds.append(done)
    raise AssertionError("the clerk does not come to an end")


def all_of(home: House, kind: str) -> Any:
    return home.ledger.page(Caller(MAKER), kind).items


def drifted(home: House) -> str:
    """A unit that the depot weighs 20 % lighter than the door did: its order."""
    order, (unit,) = home.picked_up()
    sent = home.consign([unit])
    ok(home.depart(sent))
    ok(home.receive(sent, unit, mass_kg="49.2"))
    return order


def settled(home: House, order: str) -> Any:
    home.keep("settlement_line", f"SL-{order}", "approved", {"takeback_order_id": order})
    return home.ask(ORDER, "settle", {"settlement_line_id": f"SL-{order}"}, on=order)


def test_a_recycler_that_stays_silent_loses_the_order_to_the_next_best(home: House) -> None:
    order = home.confirmed()
    clerk = clerk_of(home)
    work(clerk)
    first = home.get(ORDER, order).body["recycler_id"]
    second = {"north": "south", "south": "north"}[first]

    home.now += timedelta(hours=4, minutes=15)
    work(clerk)

    assert home.types(ORDER, order)[-3:] == ["assigned", "assignment_expired", "assigned"]
    assert home.get(ORDER, order).body["recycler_id"] == second
    assert not home.sees(first, ORDER, order)
    no(home.ask(ORDER, "accept", by=first, on=order), 409, "order-reassigned")
    home.appoint(order, second)
    assert home.state(ORDER, order) == "appointed"


def test_a_new_appliance_that_comes_back_makes_the_clawback_due_and_leaves_the_state(
    home: House,
) -> None:
    order = home.demand()
    home.appraise(order)
    ok(home.link(order))
    ok(home.ask(ORDER, "confirm", on=order, for_consumer=True))
    home.assign(order)
    home.appoint(order)
    ok(home.pick_up(order, home.proof(*map(home.collected, home.units(order)))))
    told = {"forward_order_no": "FO-1"}
    ok(home.ask(ORDER, "forward_deliver", told))

    ok(home.ask(ORDER, "forward_return", told | {"reason_code": "not_liked"}))

    taken = home.get(ORDER, order)
    assert taken.state == "picked_up"
    assert taken.body["forward_order"]["clawback"] == "due"
    assert home.types(ORDER, order)[-2:] == ["forward_delivered", "forward_returned"]


def test_an_unbalanced_batch_is_corrected_certified_and_its_lots_are_there(home: House) -> None:
    batch = home.treated(lines=2, steel_kg="90")
    units = home.get(BATCH, batch).body["unit_ids"]
    clerk = clerk_of(home)

    work(clerk)
    assert home.state(BATCH, batch) == "unbalanced"
    assert all_of(home, "lot") == ()
    no(home.ask(BATCH, "certify", on=batch), 409, "transition-not-allowed")

    home.declare(batch, "122", reason_code="weighed_again")
    work(clerk)
    assert home.state(BATCH, batch) == "balanced"
    assert {home.state(UNIT, one) for one in units} == {"dismantled"}
    (lot,) = all_of(home, "lot")
    assert (lot.state, lot.body["mass_kg"], lot.body["holder_id"]) == ("created", "122", "plant")
    assert home.sees("plant", "lot", lot.id)
    assert not home.sees("north", "lot", lot.id)

    number = ok(home.ask(BATCH, "certify", on=batch))["certificate_id"]
    assert home.sees("plant", "certificate", number)
    (order,) = {home.get(UNIT, one).body["takeback_order_id"] for one in units}
    assert home.state(ORDER, order) == "fulfilled"  # the clerk has completed it
    assert not home.ledger.verify().breaks


def test_a_finding_blocks_settling_and_certifying_until_it_is_dismissed_and_released(
    home: House,
) -> None:
    batch = home.balanced()
    (unit, *_) = home.get(BATCH, batch).body["unit_ids"]
    order = home.get(UNIT, unit).body["takeback_order_id"]
    clerk = clerk_of(home)
    work(clerk)
    told = {"sentence": "drift", "value": "6 %", "limit": "5 %", "rule": "F04", "rule_version": 1}
    about = {"aggregate_kind": "unit", "aggregate_id": unit, "severity": "hold", "held": []}
    home.raise_finding("F-1", told | about)

    at_once = no(home.ask(BATCH, "certify", on=batch), 409, "guard-failed")
    assert order in at_once["detail"]  # before any round of the clerk
    assert "F-1" in no(settled(home, order), 409, "guard-failed")["detail"]
    (done,) = work(clerk)
    assert done.counts == {"hold": 1}
    assert home.get(ORDER, order).flags == ("HOLD",)
    no(home.ask(BATCH, "certify", on=batch), 409, "guard-failed")
    no(settled(home, order), 409, "guard-failed")

    told_again = finding_decided("F-1", FindingState.DISMISSED, {"reason": "seen"}, by=AUDITOR)
    ok(home.submit(told_again))
    no(settled(home, order), 409, "guard-failed")  # what is set stays until it is released
    decision = {"finding_id": "F-1", "decision": "weighed again"}
    ok(home.ask(ORDER, "release", decision, on=order))
    ok(settled(home, order))
    ok(home.ask(BATCH, "certify", on=batch))
    assert work(clerk) == []


def test_a_finding_that_the_desk_raises_itself_is_held_by_the_clerk_once(home: House) -> None:
    order = drifted(home)
    (finding,) = all_of(home, "finding")
    assert (finding.body["rule"], finding.state) == ("F04", "open")

    (done,) = work(clerk_of(home))

    assert done.counts == {"hold": 1}
    assert home.get(ORDER, order).body["held_by"] == [finding.id]
    assert work(clerk_of(home)) == []
    release = {"finding_id": finding.id, "decision": "the scale was wrong"}
    ok(home.ask(ORDER, "release", release, on=order))
    assert work(clerk_of(home)) == []  # what the platform released stays released
    assert home.get(ORDER, order).flags == ()


def test_units_that_did_not_arrive_hold_their_order_from_the_finding_on(home: House) -> None:
    order, (first, second) = home.picked_up(2)
    sent = home.consign([first, second])
    ok(home.depart(sent))
    ok(home.receive(sent, first))
    assert home.state(CONSIGNMENT, sent) == "partially_received"
    for one, by in ((first, "yard"), (second, "north")):
        ok(home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by=by, on=one))

    clerk = clerk_of(home)
    (done,) = work(clerk)

    assert done.counts == {"hold": 1, "complete": 1}
    assert home.state(ORDER, order) == "fulfilled"
    no(settled(home, order), 409, "guard-failed")


@pytest.mark.parametrize("lines", [1, 3])
def test_an_order_is_completed_settled_and_closed_without_anybody_asking(
    home: House, lines: int
) -> None:
    order = home.appointed(lines)
    ok(home.pick_up(order, home.proof(*map(home.refused, home.units(order)))))
    clerk = clerk_of(home)
    work(clerk)
    assert home.state(ORDER, order) == "fulfilled"
    ok(settled(home, order))
    home.now += home.reference.clawback + timedelta(seconds=1)

    work(clerk)

    assert home.state(ORDER, order) == "closed"
    assert not home.ledger.verify().breaks


@pytest.mark.parametrize("kind", ["takeback_order", "unit", "batch", "lot", "consignment"])
def test_nobody_tells_the_state_of_what_has_a_table(home: House, kind: str) -> None:
    batch = home.treated(steel_kg="90")

    told = no(home.told(kind, batch, "certified", {}), 409, "transition-not-allowed")

    assert "is not told" in told["detail"]
    assert home.state(BATCH, batch) == "output_declared"
