"""The forward order of a trade-in: linked, delivered, returned, repriced."""

from typing import Any

import pytest

from ledger.desk.forward_number import ref_of
from ledger.records import Answer, Caller
from recycling.facts import Actor
from recycling.vocabulary import Role
from tests.ledger.desk.house import ORDER, House, no, ok


def tell(home: House, verb: str, number: str = "FO-1", **told: Any) -> Answer:
    evidence = {"forward_order_no": number, **told.pop("evidence", {})}
    return home.ask(ORDER, f"forward_{verb}", evidence, **told)


def traded(home: House) -> str:
    order = home.demand()
    home.appraise(order)
    ok(home.link(order))
    return order


def test_a_delivery_is_an_event_of_the_order_that_keeps_its_state(home: House) -> None:
    order = traded(home)

    told = ok(tell(home, "deliver"))

    assert (told["id"], told["state"]) == (order, "appraised")
    assert home.types(ORDER, order)[-2:] == ["trade_in_linked", "forward_delivered"]
    note = home.get(ORDER, order).body["forward_order"]
    assert (note["state"], note["at"]) == ("delivered", "2026-06-01T04:00:00Z")
    assert not home.ledger.verify().breaks


def test_a_return_makes_the_clawback_due(home: House) -> None:
    order = traded(home)
    ok(tell(home, "deliver"))
    ok(tell(home, "return", evidence={"reason_code": "not_liked"}))

    note = home.get(ORDER, order).body["forward_order"]
    assert (note["state"], note["clawback"]) == ("returned", "due")
    assert home.events(ORDER, order)[-1].payload["reason_code"] == "not_liked"


@pytest.mark.parametrize(
    ("before", "verb"),
    [(("deliver",), "deliver"), (("return",), "deliver"), (("return",), "return"),
     (("return",), "reprice")],
)  # fmt: skip
def test_a_forward_order_moves_only_forward(
    home: House, before: tuple[str, ...], verb: str
) -> None:
    order = traded(home)
    for one in before:
        ok(tell(home, one))

    told = no(tell(home, verb), 409, "transition-not-allowed")

    assert f"cannot forward_{verb} while" in told["detail"]
    assert len(home.types(ORDER, order)) == 3 + len(before)


def test_the_forward_order_may_be_there_first(home: House) -> None:
    ok(tell(home, "deliver"))
    order = traded(home)

    assert home.get(ORDER, order).body["forward_order"]["state"] == "delivered"
    ok(tell(home, "return"))
    assert home.types(ORDER, order)[-1] == "forward_returned"


def test_a_number_belongs_to_one_order_until_that_links_another(home: House) -> None:
    first, second = traded(home), home.demand()
    home.appraise(second)

    told = no(home.link(second), 409, "guard-failed")
    assert told["detail"] == f"forward_order_no FO-1 is linked to takeback order {first}"
    ok(home.link(first, "FO-2"))
    ok(home.link(second))
    ok(tell(home, "deliver"))
    assert home.types(ORDER, second)[-1] == "forward_delivered"
    assert home.types(ORDER, first)[-1] == "trade_in_linked"


def test_two_makers_may_have_the_same_number(home: House) -> None:
    rival = Actor(party_id="rival", roles=frozenset({Role.PLATFORM}))
    ok(tell(home, "return", by=rival, caller=Caller("rival")))
    order = traded(home)

    assert home.get(ORDER, order).body["forward_order"]["state"] == "created"
    assert ref_of("maker", "FO-1") != ref_of("rival", "FO-1")


@pytest.mark.parametrize("verb", ["return", "reprice"])
def test_an_order_with_a_trade_in_is_cancelled_once_it_no_longer_counts(
    home: House, verb: str
) -> None:
    order = traded(home)
    told = no(home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order), 409, "guard-failed")
    assert "FO-1 still counts" in told["detail"]

    ok(tell(home, verb))
    ok(home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order))


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"by": "north"}, 403, "role-not-allowed"),
        ({"evidence": {"forward_order_no": None}}, 422, "evidence-incomplete"),
        ({"evidence": {"favour": 1}}, 422, "validation-failed"),
    ],
)
def test_what_is_told_of_a_forward_order_is_read_strictly(
    home: House, told: dict[str, Any], status: int, code: str
) -> None:
    no(tell(home, "deliver", **told), status, code)
