"""Who sees what, from the demand to the dismantler."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.refusals import NotFound
from recycling.facts import SYSTEM
from tests.ledger.desk.house import CONSIGNMENT, NOON, ORDER, UNIT, House, line, no, ok


def sights(home: House, partner: str, order: str) -> set[bool]:
    return {
        home.sees(partner, ORDER, order),
        *(home.sees(partner, UNIT, one) for one in home.units(order)),
    }


def test_a_recycler_sees_an_order_and_its_units_from_assign_on(home: House) -> None:
    order = home.confirmed(lines=2)
    before = sights(home, "north", order)
    home.assign(order)

    assert before == {False}
    assert sights(home, "north", order) == {True}
    assert sights(home, "south", order) == {False}


def expire(home: House, order: str) -> Any:
    home.now += timedelta(hours=30)
    return home.ask(ORDER, "expire_assignment", by=SYSTEM, on=order)


def decline(home: House, order: str) -> Any:
    return home.ask(ORDER, "decline", {"reason_code": "full"}, by="north", on=order)


def unassign(home: House, order: str) -> Any:
    return home.ask(ORDER, "unassign", {"reason_code": "silent"}, on=order)


def cancel(home: House, order: str) -> Any:
    return home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order, for_consumer=True)


def stay_away(home: House, order: str) -> Any:
    ok(home.ask(ORDER, "accept", by="north", on=order))
    ok(home.ask(ORDER, "appoint", home.window(), by="north", on=order))
    told = {"no_show_by": "recycler", "contact_attempt": "none came"}
    return home.ask(ORDER, "report_no_show", told, on=order)


@pytest.mark.parametrize("take_away", [expire, decline, unassign, cancel, stay_away])
def test_a_recycler_ceases_to_see_what_is_taken_away(home: House, take_away: Any) -> None:
    order = home.confirmed(lines=2)
    home.assign(order)

    ok(take_away(home, order))

    assert sights(home, "north", order) == {False}
    with pytest.raises(NotFound):
        home.get(ORDER, order, by="north")
    no(home.ask(ORDER, "accept", by="north", on=order), 409, "order-reassigned")


def test_a_recycler_sees_again_what_it_gets_again(home: House) -> None:
    order = home.confirmed()
    home.assign(order)
    ok(unassign(home, order))
    home.assign(order, "south")
    ok(unassign(home, order))
    no(home.ask(ORDER, "assign", {"recycler_id": "north"}, on=order), 409, "guard-failed")
    assert sights(home, "north", order) == {False}
    home.assign(order, override_reason="it has a van again")

    assert sights(home, "north", order) == {True}
    assert sights(home, "south", order) == {False}


def test_a_closed_door_takes_nothing_away_from_the_recycler(home: House) -> None:
    order = home.appointed(lat=None, lon=None)
    miss = {"no_show_by": "consumer", "contact_attempt": "called", "arrived_at": NOON.isoformat(),
            "lat": "36", "lon": "120"}  # fmt: skip
    ok(home.ask(ORDER, "report_no_show", miss, by="north", on=order))

    assert sights(home, "north", order) == {True}


def test_a_consignment_and_its_units_are_seen_by_sender_carrier_and_receiver(home: House) -> None:
    _, units = home.picked_up(2)
    assert not home.sees("yard", UNIT, units[0])
    consignment = home.consign(units)

    for partner in ("north", "wheels", "yard"):
        assert home.sees(partner, CONSIGNMENT, consignment)
        assert all(home.sees(partner, UNIT, one) for one in units)
    assert not home.sees("south", CONSIGNMENT, consignment)
    assert not home.sees("plant", UNIT, units[0])


def test_a_dismantler_sees_what_is_shipped_to_it(home: House) -> None:
    consignment, units = home.shipped()

    assert home.sees("plant", CONSIGNMENT, consignment)
    assert home.sees("plant", UNIT, units[0])


def test_a_partner_sees_the_demands_it_took_in(home: House) -> None:
    wish = {
        "channel": "service_network", "channel_ref": "S-1", "region": "370200",
        "contact_id": "CT-1", "privacy_consent": True, "lines": [line()],
    }  # fmt: skip
    actor, _ = home.who("maker")
    caller = home.who("north")[1]
    order = ok(home.ask(ORDER, "register_demand", wish, by=actor, caller=caller))["id"]

    assert sights(home, "north", order) == {True}
    assert sights(home, "south", order) == {False}
