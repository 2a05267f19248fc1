"""Messages that go out by webhook: each event once an endpoint, in both stores."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger.outgoing import Message
from tests.ledger.builders import MAKER, NORTH, RIVAL, START, ask


def message(delivery_id: str, endpoint_id: str = "E-1", **changed: Any) -> Message:
    plain: dict[str, Any] = {
        "tenant": "maker", "delivery_id": delivery_id, "endpoint_id": endpoint_id,
        "event_id": f"event of {delivery_id}", "event_type": "box.opened", "body": "{}",
        "state": "waiting", "next_at": START, "created_at": START, "updated_at": START,
    }  # fmt: skip
    return Message(**plain | changed)


def ids(found: Any) -> list[str]:
    return [one.delivery_id for one in found]


def test_an_event_goes_to_an_endpoint_once_and_the_cursor_only_forward(ledger: Any) -> None:
    outgoing = ledger.outgoing
    outgoing.put([message("D-1", event_id="V-1")], until_seq=5)

    outgoing.put(
        [message("D-2", event_id="V-1"), message("D-3", "E-2", event_id="V-1")], until_seq=3
    )

    assert (outgoing.cursor(), outgoing.waiting(), outgoing.waiting("E-1")) == (5, 2, 1)
    assert ids(outgoing.due(now=START, of_one=5, limit=5)) == ["D-1", "D-3"]


def test_no_endpoint_takes_the_turn_of_all_others(ledger: Any) -> None:
    many = [message(f"D-{n}") for n in range(4)]
    later = message("D-later", "E-2", next_at=START + timedelta(seconds=1))
    ledger.outgoing.put([*many, message("D-other", "E-2"), later], until_seq=1)

    assert ids(ledger.outgoing.due(now=START, of_one=2, limit=9)) == ["D-0", "D-1", "D-other"]


def test_what_arrived_or_was_given_up_waits_no_more_and_is_forgotten_in_time(ledger: Any) -> None:
    outgoing, later = ledger.outgoing, START + timedelta(days=1)
    outgoing.put([message("D-1"), message("D-2"), message("D-3", "E-2")], until_seq=1)

    done = replace(message("D-1"), state="delivered", next_at=None, last_status=204, attempts=1)
    outgoing.settle(done)
    assert outgoing.give_up("E-1", why="gone", now=later) == 1

    assert replace(outgoing.get("maker", "D-1"), seq=0) == done
    assert outgoing.get("maker", "D-2").last_error == "gone"
    assert outgoing.get("rival", "D-2") is None
    assert outgoing.forget(before=later) == 1  # D-2 ended just then
    assert ids(outgoing.of_endpoint("maker", "E-1").items) == ["D-2"]


def test_messages_of_an_endpoint_come_in_pages(ledger: Any) -> None:
    ledger.outgoing.put([message(f"D-{n}") for n in range(3)], until_seq=1)

    first = ledger.outgoing.of_endpoint("maker", "E-1", limit=2)
    rest = ledger.outgoing.of_endpoint("maker", "E-1", after_seq=first.next_seq, limit=2)

    assert (ids(first.items), ids(rest.items), rest.next_seq) == (["D-0", "D-1"], ["D-2"], None)


def test_events_of_all_tenants_are_looked_at_and_a_partner_saw_what_it_saw(ledger: Any) -> None:
    ask(ledger, "open", caller=NORTH, box="B-1")
    ask(ledger, "open", caller=RIVAL, box="B-R")
    ask(ledger, "hand_over", caller=MAKER, target="B-1", to="south")
    ask(ledger, "put", target="B-1", item=1)

    events = ledger.outgoing.events_after(0)

    assert [one.aggregate_id for one in events] == ["B-1", "B-R", "B-1", "B-1"]
    assert [ledger.outgoing.saw(one, "north") for one in events] == [True, False, True, False]
    assert [ledger.outgoing.saw(one, "south") for one in events] == [False, False, True, True]
    assert ledger.outgoing.events_after(events[2].seq) == events[3:]
