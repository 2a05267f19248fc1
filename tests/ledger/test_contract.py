"""What every ledger promises, whoever stores it."""

import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest

from ledger.contract import MAX_PAGE, Ledger, View
from ledger.records import Answer, Caller, ChannelRef, Decision, PickupOf, Ref
from ledger.refusals import (
    DecisionFailed,
    InFlight,
    KeyReused,
    LedgerRefused,
    Malformed,
    NotFound,
    Overloaded,
    StorageFull,
    VersionStale,
    WriterEnded,
)
from tests.ledger.builders import (
    IMPLEMENTATIONS,
    MAKER,
    NORTH,
    ONE_AT_A_TIME,
    RIVAL,
    SOUTH,
    START,
    WITHIN_S,
    Command,
    Make,
    World,
    ask,
    body_of,
    decide,
    request,
)

Boxes = Ledger[Command]
DEMAND = (ChannelRef("web_shop", "D-1"),)


def ref(box: str) -> Ref:
    return Ref("box", box)


def items_of(ledger: Boxes, box: str) -> list[Any]:
    items: list[Any] = ledger.get(MAKER, ref(box)).body["items"]
    return items


# -- accepting -------------------------------------------------------------------------------------


def test_what_was_answered_stands_with_its_event(ledger: Boxes) -> None:
    answer = ask(ledger, "open", box="B-1", key="k")

    assert answer == Answer(201, b'{"box":"B-1"}')
    box = ledger.get(MAKER, ref("B-1"))
    assert (box.state, box.version, box.body) == ("OPEN", 1, {"items": []})
    (event,) = ledger.history(MAKER, ref("B-1"))
    assert (event.type, event.version, event.state) == ("opened", 1, "OPEN")
    assert event.payload == {"box": "B-1"}


def test_two_aggregates_move_together(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "open", box="B-2")
    ask(ledger, "put", target="B-1", item="a")

    ask(ledger, "pour", target="B-1", into="B-2")

    assert (items_of(ledger, "B-1"), items_of(ledger, "B-2")) == ([], ["a"])
    assert ledger.get(MAKER, ref("B-2")).version == 2


def test_a_refused_command_moves_nothing(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "seal", target="B-1")

    answer = ask(ledger, "put", target="B-1", item="a")

    assert answer.status == 409
    assert body_of(answer)["code"] == "transition-not-allowed"
    assert ledger.get(MAKER, ref("B-1")).version == 2


def test_a_version_that_moved_on_is_stale(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "put", target="B-1", item="a", if_match=1)

    with pytest.raises(VersionStale, match="version 1 is stale, it is 2 now") as stale:
        ask(ledger, "put", target="B-1", item="b", if_match=1)

    assert stale.value.version == 2
    assert items_of(ledger, "B-1") == ["a"]


def test_a_missing_role_is_told_before_a_stale_version(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")

    answer = ask(
        ledger, "say", target="B-1", if_match=7, status=403, code="role-not-allowed", body={}
    )

    assert answer.status == 403


def test_a_code_names_one_unit(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "open", box="B-2")
    ask(ledger, "put", target="B-1", item="a", claims=["C-1"])

    other = ask(ledger, "put", target="B-2", item="b", claims=["C-1"])
    same = ask(ledger, "put", target="B-1", item="b", claims=["C-1"])

    assert (other.status, body_of(other)["code"]) == (409, "identity-already-claimed")
    assert "C-1" in body_of(other)["detail"]
    assert same.status == 200
    assert items_of(ledger, "B-2") == []


def test_a_corrected_code_moves_its_claim(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "open", box="B-2")
    ask(ledger, "put", target="B-1", item="a", claims=["C-1"])

    ask(ledger, "recode", target="B-1", old="C-1", new="C-2")

    assert ask(ledger, "put", target="B-2", item="b", claims=["C-1"]).status == 200
    assert ask(ledger, "put", target="B-2", item="b", claims=["C-2"]).status == 409


# -- the first layer: idempotency keys -------------------------------------------------------------


def test_the_same_key_and_body_get_the_first_answer_again(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    first = ask(ledger, "put", target="B-1", item="a", key="k")

    again = ask(ledger, "put", target="B-1", item="a", key="k")

    assert (again.status, again.body, again.replayed) == (first.status, first.body, True)
    assert not first.replayed
    assert items_of(ledger, "B-1") == ["a"]


def test_the_same_key_with_another_body_is_refused(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "put", target="B-1", item="a", key="k")

    with pytest.raises(KeyReused, match="k came before with another body"):
        ask(ledger, "put", target="B-1", item="b", key="k")

    assert items_of(ledger, "B-1") == ["a"]


@pytest.mark.parametrize(
    "other",
    [
        {"caller": RIVAL, "target": None, "do": "open", "box": "B-9"},  # tenant
        {"caller": NORTH, "do": "put", "item": "b"},  # partner
        {"do": "seal"},  # path
        {"do": "put", "item": "b", "key": "K"},  # key
    ],
    ids=["tenant", "partner", "path", "key"],
)
def test_a_key_is_unique_within_tenant_partner_method_and_path(
    ledger: Boxes, other: dict[str, Any]
) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "put", target="B-1", item="a", key="k")

    told = {"target": "B-1", "key": "k", **other}
    answer = ask(ledger, told.pop("do"), **told)

    assert answer.status in (200, 201)
    assert not answer.replayed


def test_a_refusal_of_the_state_is_replayed_even_when_the_state_has_changed(ledger: Boxes) -> None:
    first = ask(ledger, "open", box="B-1", key="first")
    refused = ask(ledger, "open", box="B-1", key="k")
    assert (first.status, refused.status) == (201, 409)

    again = ask(ledger, "open", box="B-1", key="k")

    assert (again.status, again.body, again.replayed) == (409, refused.body, True)


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500, 503])
def test_an_answer_that_may_be_another_one_next_time_is_not_kept(
    ledger: Boxes, status: int
) -> None:
    ask(ledger, "say", key="k", status=status, code="validation-failed", body={})

    again = ask(ledger, "say", key="k", status=status, code="validation-failed", body={})

    assert (again.status, again.replayed) == (status, False)


def test_a_request_that_was_not_found_leaves_its_key_free(ledger: Boxes) -> None:
    with pytest.raises(NotFound):
        ask(ledger, "put", target="B-1", item="a", key="k")
    ask(ledger, "open", box="B-1")

    assert ask(ledger, "put", target="B-1", item="a", key="k").status == 200


@pytest.mark.parametrize("implementation", sorted(IMPLEMENTATIONS))
def test_a_key_whose_first_request_still_runs_is_in_flight(
    implementation: str, tmp_path: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(command: Command, view: View) -> Decision:
        begun.set()
        assert go_on.wait(WITHIN_S)
        return decide(command, view)

    ledger = IMPLEMENTATIONS[implementation](tmp_path, World(), decide=slow)
    first = ledger.submit(request("open", box="B-1", key="k"))
    assert begun.wait(WITHIN_S)
    with pytest.raises(InFlight, match="k still runs"):
        ledger.submit(request("open", box="B-1", key="k"))
    go_on.set()

    assert first.result(WITHIN_S).status == 201
    assert ask(ledger, "open", box="B-1", key="k").replayed
    ledger.close()


def test_keys_are_kept_thirty_days(ledger: Boxes, world: World) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "put", target="B-1", item="a", key="k")
    world.pass_days(29.9)
    assert ledger.prune().idempotency == 0
    assert ask(ledger, "put", target="B-1", item="a", key="k").replayed

    world.pass_days(0.2)

    assert ledger.prune().idempotency == 1
    assert not ask(ledger, "put", target="B-1", item="a", key="k").replayed


def test_the_same_key_at_once_from_many_threads_happens_once(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    answers: list[Answer | InFlight] = []

    def post() -> None:
        try:
            answers.append(ask(ledger, "put", target="B-1", item="a", key="k"))
        except InFlight as busy:
            answers.append(busy)

    threads = [threading.Thread(target=post) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 16
    assert items_of(ledger, "B-1") == ["a"]
    assert sum(isinstance(one, Answer) and not one.replayed for one in answers) == 1


# -- the second layer: business keys ---------------------------------------------------------------


def test_a_demand_that_comes_again_under_a_new_key_gets_the_first_answer(ledger: Boxes) -> None:
    first = ask(ledger, "open", box="B-1", keys=DEMAND, key="a")

    again = ask(ledger, "open", box="B-1", keys=DEMAND, key="b")

    assert (again.status, again.body) == (200, first.body)
    assert len(ledger.history(MAKER, ref("B-1"))) == 1
    assert ask(ledger, "open", box="B-1", keys=DEMAND, key="b").replayed


def test_a_demand_of_another_content_is_refused(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", keys=DEMAND)

    other = ask(ledger, "open", box="B-2", keys=DEMAND)

    assert (other.status, body_of(other)["code"]) == (409, "channel-ref-reused")
    assert "web_shop D-1" in body_of(other)["detail"]


def test_another_tenant_may_use_the_same_reference(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", keys=DEMAND)

    assert ask(ledger, "open", caller=RIVAL, box="B-2", keys=DEMAND).status == 201


def test_a_partner_is_not_told_what_another_was_answered(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", keys=DEMAND, caller=NORTH)

    other = ask(ledger, "open", box="B-1", keys=DEMAND, caller=SOUTH)

    assert (other.status, body_of(other)["code"]) == (409, "channel-ref-reused")


def pickup(*units: str) -> dict[str, Any]:
    return {
        "target": "B-1",
        "units": list(units),
        "keys": tuple(PickupOf("B-1", unit) for unit in units),
        "late": {"units": list(units), "plate": "LU-B 1"},
    }


def test_a_pickup_that_comes_again_gets_the_first_answer(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    first = ask(ledger, "collect", caller=NORTH, key="a", **pickup("U-1", "U-2"))

    again = ask(ledger, "collect", caller=NORTH, key="b", **pickup("U-1", "U-2"))

    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert ledger.get(MAKER, ref("B-1")).version == 2


def test_a_pickup_of_another_content_is_refused(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "collect", caller=NORTH, **pickup("U-1", "U-2"))

    other = ask(ledger, "collect", caller=NORTH, **pickup("U-2", "U-3"))

    assert (other.status, body_of(other)["code"]) == (409, "pickup-already-posted")


def test_a_foreign_partner_does_not_learn_of_a_pickup(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "collect", caller=NORTH, **pickup("U-1"))

    with pytest.raises(NotFound):
        ask(ledger, "collect", caller=SOUTH, **pickup("U-1"))


# -- parties ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", [RIVAL, SOUTH, Caller("rival", "north")])
def test_who_has_no_part_in_it_is_told_the_same_as_of_what_is_not_there(
    ledger: Boxes, caller: Caller
) -> None:
    ask(ledger, "open", box="B-1", partner="north")

    for box in ("B-1", "B-9"):
        for reading in (
            lambda box=box: ledger.get(caller, ref(box)),
            lambda box=box: ledger.history(caller, ref(box)),
            lambda box=box: ask(ledger, "put", caller=caller, target=box, item="a"),
        ):
            with pytest.raises(NotFound, match=f"^there is no box {box}$"):
                reading()
    assert ledger.page(caller, "box").items == ()


def test_a_party_sees_its_own_and_the_maker_all(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "open", box="B-2", partner="south")

    assert [one.id for one in ledger.page(NORTH, "box").items] == ["B-1"]
    assert [one.id for one in ledger.page(MAKER, "box").items] == ["B-1", "B-2"]
    assert ledger.get(NORTH, ref("B-1")).id == "B-1"


def test_a_former_party_reads_nothing_and_its_commands_are_told_why(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "hand_over", target="B-1", to="south")

    answer = ask(ledger, "put", caller=NORTH, target="B-1", item="a")

    assert (answer.status, body_of(answer)["code"]) == (409, "order-reassigned")
    with pytest.raises(NotFound):
        ledger.get(NORTH, ref("B-1"))
    assert ledger.get(SOUTH, ref("B-1")).version == 2
    assert ledger.page(NORTH, "box").items == ()


def test_a_party_that_comes_back_sees_it_again(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "hand_over", target="B-1", to="south")
    ask(ledger, "hand_over", target="B-1", to="north")

    assert ask(ledger, "put", caller=NORTH, target="B-1", item="a").status == 200
    assert ask(ledger, "put", caller=SOUTH, target="B-1", item="a").status == 409


@pytest.mark.parametrize("handed_over", [True, False], ids=["reassigned", "too late"])
def test_a_pickup_that_comes_too_late_is_kept_whole(ledger: Boxes, handed_over: bool) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    if handed_over:
        ask(ledger, "hand_over", target="B-1", to="south")
    else:
        ask(ledger, "seal", target="B-1")

    answer = ask(ledger, "collect", caller=NORTH, key="k", **pickup("U-1"))
    again = ask(ledger, "collect", caller=NORTH, key="k", **pickup("U-1"))
    new_key = ask(ledger, "collect", caller=NORTH, key="other", **pickup("U-1"))

    assert answer.status == 409
    assert new_key.body == answer.body  # kept once
    assert (again.body, again.replayed) == (answer.body, True)
    (kept,) = ledger.late_pickups(MAKER).items
    assert kept.late_pickup_id == body_of(answer)["late_pickup_id"]
    assert kept.body == {"units": ["U-1"], "plate": "LU-B 1"}
    assert ledger.late_pickups(NORTH).items == (kept,)
    assert ledger.late_pickups(SOUTH).items == ledger.late_pickups(RIVAL).items == ()


def test_a_kept_pickup_is_open_until_the_platform_decides(ledger: Boxes, world: World) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "seal", target="B-1")
    late = body_of(ask(ledger, "collect", caller=NORTH, **pickup("U-1")))["late_pickup_id"]
    assert len(ledger.late_pickups(MAKER, undecided=True).items) == 1
    world.pass_days(1)

    foreign = ask(ledger, "take_back", caller=RIVAL, late_pickup_id=late)
    answer = ask(ledger, "take_back", late_pickup_id=late)

    assert (foreign.status, body_of(answer)) == (422, {"units": ["U-1"]})
    assert ledger.late_pickups(MAKER, undecided=True).items == ()
    assert [one.decided_at for one in ledger.late_pickups(MAKER).items] == [world.now]


def test_rules_that_accept_with_a_refusing_status_are_stopped(ledger: Boxes) -> None:
    with pytest.raises(DecisionFailed):
        ask(ledger, "say", accepts=True, status=404, body={})


def test_rules_that_name_another_tenants_box_are_stopped(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")

    with pytest.raises(DecisionFailed):
        ask(ledger, "stray", caller=RIVAL, box="B-1")

    assert ledger.get(MAKER, ref("B-1")).version == 1


# -- pages -----------------------------------------------------------------------------------------


def test_pages_neither_skip_nor_repeat_while_others_write(ledger: Boxes) -> None:
    for number in range(10):
        ask(ledger, "open", box=f"B-{number}")
    seen: list[str] = []
    after_seq: int | None = 0

    while after_seq is not None:
        page = ledger.page(MAKER, "box", after_seq=after_seq, limit=3)
        seen += [box.id for box in page.items]
        ask(ledger, "put", target=f"B-{len(seen) // 3}", item="moved")
        if len(seen) < 9:
            ask(ledger, "open", box=f"C-{len(seen)}")
        after_seq = page.next_seq

    assert seen == [f"B-{number}" for number in range(10)] + ["C-3", "C-6"]


def test_a_page_can_be_narrowed(ledger: Boxes, world: World) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "open", box="B-2")
    world.pass_days(1)
    noon = world.now
    world.pass_days(1)
    ask(ledger, "seal", target="B-2")

    assert [one.id for one in ledger.page(MAKER, "box", state="SEALED").items] == ["B-2"]
    assert [one.id for one in ledger.page(MAKER, "box", updated_after=noon).items] == ["B-2"]
    assert ledger.page(MAKER, "unit").items == ()


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1])
def test_a_page_has_its_limit(ledger: Boxes, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit must be 1 to 200, got {limit}"):
        ledger.page(MAKER, "box", limit=limit)


def test_late_pickups_come_in_pages(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1", partner="north")
    ask(ledger, "seal", target="B-1")
    for number in range(3):
        ask(ledger, "collect", caller=NORTH, **pickup(f"U-{number}"))

    first = ledger.late_pickups(MAKER, limit=2)
    assert first.next_seq is not None
    second = ledger.late_pickups(MAKER, after_seq=first.next_seq, limit=2)

    assert [one.body["units"] for one in (*first.items, *second.items)] == [
        ["U-0"], ["U-1"], ["U-2"],
    ]  # fmt: skip
    assert second.next_seq is None


@pytest.mark.parametrize("after_seq", [-1, 2**63, 2**70])
def test_a_place_that_no_list_has_is_refused(ledger: Boxes, after_seq: int) -> None:
    with pytest.raises(ValueError, match="a place in a list is 0 to"):
        ledger.page(MAKER, "box", after_seq=after_seq)


@pytest.mark.parametrize("box", ["\ud800", "a\nb", "\x00"])
def test_an_id_that_nothing_can_have_is_not_found(ledger: Boxes, box: str) -> None:
    for reading in (
        lambda: ledger.get(MAKER, ref(box)),
        lambda: ledger.history(MAKER, ref(box)),
        lambda: ask(ledger, "say", target=box, body={}),
    ):
        with pytest.raises(NotFound, match="there is no such box"):
            reading()


# -- what cannot be taken --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "\ud800", "x" * 1_100_000, {1, 2}, json.loads("[" * 30 + "]" * 30)],
    ids=["NaN", "infinity", "lone surrogate", "over 1 MiB", "no JSON", "deep"],
)
def test_a_hostile_body_is_refused_and_nothing_of_it_stays(ledger: Boxes, value: Any) -> None:
    ask(ledger, "open", box="B-1")

    for _ in range(2):  # not kept under its key either
        with pytest.raises(Malformed):
            ask(ledger, "put", target="B-1", item=value, key="k")

    assert items_of(ledger, "B-1") == []
    assert ask(ledger, "put", target="B-1", item="good", key="k").status == 200


@pytest.mark.parametrize(("character", "count"), [("\u6d77", 349_000), ('"', 524_000)])
def test_a_body_of_nearly_a_mebibyte_is_taken(ledger: Boxes, character: str, count: int) -> None:
    ask(ledger, "open", box="B-1", body={"text": character * count})

    assert len(ledger.get(MAKER, ref("B-1")).body["text"]) == count


@pytest.mark.parametrize("value", [5e-324, 1e308, -0.0, 2**70, "\u0000", "\U0001f600", None, True])
def test_every_json_value_comes_back_as_it_was(ledger: Boxes, value: Any) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "put", target="B-1", item=value)

    (stored,) = items_of(ledger, "B-1")
    assert (type(stored), repr(stored)) == (type(value), repr(value))
    assert ledger.verify().breaks == ()


@pytest.mark.parametrize(
    "told",
    [
        {"key": ""},
        {"key": "k" * 256},
        {"key": "a\nb"},
        {"key": "\ud800"},
        {"caller": Caller("\udc00")},
        {"target": "x" * 9_000},
        {"keys": (ChannelRef("web_shop", "\ud800"),)},
    ],
)
def test_a_request_whose_texts_cannot_be_stored_is_refused(
    ledger: Boxes, told: dict[str, Any]
) -> None:
    with pytest.raises(Malformed):
        ask(ledger, "open", **{"box": "B-1", **told})


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), AssertionError("secret")])
def test_rules_that_fail_cost_their_own_request_only(ledger: Boxes, error: Exception) -> None:
    ask(ledger, "open", box="B-1")

    with pytest.raises(DecisionFailed, match=f"{type(error).__name__} at builders.py") as failed:
        ask(ledger, "fail", target="B-1", error=error, key="k")

    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is error
    assert ask(ledger, "put", target="B-1", item="a").status == 200


def test_too_little_room_is_told_and_taking_goes_on_once_there_is_room(
    ledger: Boxes, world: World
) -> None:
    world.free_share = 0.049
    with pytest.raises(StorageFull, match=r"4\.9% of the disk are free, 5% are needed"):
        ask(ledger, "open", box="B-1", key="k")
    world.free_share = 0.05

    assert ask(ledger, "open", box="B-1", key="k").status == 201


@pytest.mark.parametrize("implementation", sorted(IMPLEMENTATIONS))
def test_too_many_waiting_events_are_told_until_the_relay_has_sent_some(
    implementation: str, tmp_path: Path
) -> None:
    world = World()
    ledger = IMPLEMENTATIONS[implementation](tmp_path, world, max_outbox_rows=2)
    for number in range(3):
        ask(ledger, "open", box=f"B-{number}")

    with pytest.raises(Overloaded, match="3 events wait for the broker") as busy:
        ask(ledger, "open", box="B-9")
    assert busy.value.retry_after_s > 0
    world.sent_until = 1

    assert ask(ledger, "open", box="B-9").status == 201
    ledger.close()


@pytest.mark.parametrize("implementation", sorted(IMPLEMENTATIONS))
def test_too_many_waiting_requests_are_told(implementation: str, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(command: Command, view: View) -> Decision:
        begun.set()
        assert go_on.wait(WITHIN_S)
        return decide(command, view)

    make: Make = IMPLEMENTATIONS[implementation]
    ledger = make(tmp_path, World(), decide=slow, max_queued=3, **ONE_AT_A_TIME[implementation])
    waiting = [ledger.submit(request("open", box="B-0"))]
    assert begun.wait(WITHIN_S)
    waiting += [ledger.submit(request("open", box=f"B-{n}")) for n in (1, 2, 3)]
    with pytest.raises(Overloaded, match="3 requests wait"):
        ledger.submit(request("open", box="B-4", key="k"))
    go_on.set()

    assert [one.result(WITHIN_S).status for one in waiting] == [201] * 4
    assert ask(ledger, "open", box="B-4", key="k").status == 201  # the refused key is free
    ledger.close()


def test_a_closed_ledger_says_so(ledger: Boxes) -> None:
    waiting = [ledger.submit(request("open", box=f"B-{n}")) for n in range(50)]
    ledger.close()

    assert all(one.result(WITHIN_S).status == 201 for one in waiting)
    with pytest.raises(WriterEnded, match="is closed"):
        ask(ledger, "open", box="C-1")


def test_what_was_answered_is_there_after_a_new_start(tmp_path: Path) -> None:
    for make in IMPLEMENTATIONS.values():
        ledger = make(tmp_path, World())
        first = ask(ledger, "open", box="B-1", key="k")
        ledger.close()

        ledger = make(tmp_path, World())
        again = ask(ledger, "open", box="B-1", key="k")
        assert (again.body, again.replayed) == (first.body, True)
        assert ledger.verify().breaks == ()
        ledger.close()


@pytest.mark.parametrize("days", [1, -1, -40])
def test_a_clock_that_is_set_changes_neither_sequence_nor_chain(
    ledger: Boxes, world: World, days: int
) -> None:
    ask(ledger, "open", box="B-1")
    world.pass_days(days)
    ask(ledger, "put", target="B-1", item="a", key="k")

    assert ask(ledger, "put", target="B-1", item="a", key="k").replayed
    history = ledger.history(MAKER, ref("B-1"))
    assert [event.seq for event in history] == [1, 2]
    assert history[1].recorded_at == world.now
    assert ledger.verify().breaks == ()


def test_every_refusal_has_its_status_and_problem_name() -> None:
    told = {kind.code: kind.status for kind in LedgerRefused.__subclasses__()}

    assert told == {
        "not-found": 404,
        "validation-failed": 422,
        "idempotency-key-reused": 422,
        "request-in-flight": 409,
        "version-stale": 412,
        "overloaded": 503,
        "storage-full": 507,
        "internal": 500,
    }


def test_health_tells_what_readiness_needs(ledger: Boxes, world: World) -> None:
    assert ledger.health().committed_at is None
    ask(ledger, "open", box="B-1")
    world.pass_days(1)
    ask(ledger, "open", box="B-2")

    health = ledger.health()

    assert health.alive
    assert (health.committed_at, health.waiting_since) == (world.now, START)
    world.sent_until = 1
    assert ledger.health().waiting_since == world.now
    world.sent_until = 2
    assert ledger.health().waiting_since is None
    assert (health.queued, health.outbox_rows, health.free_share) == (0, 2, 0.5)
    assert health.committed >= health.commits >= 1


def test_refusals_and_published_outbox_rows_are_pruned(ledger: Boxes, world: World) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "open", box="B-2")
    ask(ledger, "open", box="B-2")  # refused
    world.sent_until = 1
    world.pass_days(31)
    first = ledger.prune()
    world.pass_days(60)
    second = ledger.prune()

    assert (first.outbox, first.refusals) == (1, 0)
    assert (second.outbox, second.refusals) == (0, 1)
    world.sent_until = 0  # another broker, which has nothing yet
    assert ledger.health().outbox_rows == 1  # what was pruned does not wait


# -- what decisions look up ------------------------------------------------------------------------


def test_a_private_fact_is_found_by_its_event_and_stands_in_no_answer(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "whisper", target="B-1", said="LU-B 1")
    ask(ledger, "whisper", target="B-1", said="LU-B 2")

    found = [body_of(ask(ledger, "look", of="B-1", version=n))["told"] for n in (1, 2, 3)]

    assert found == [None, {"said": "LU-B 1"}, {"said": "LU-B 2"}]
    assert b"LU-B" not in repr(ledger.history(MAKER, ref("B-1"))).encode()
    assert body_of(ask(ledger, "look", of="B-1", version=2, caller=RIVAL))["told"] is None


def test_events_are_found_by_id_and_after_a_version_by_their_tenant_alone(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "put", target="B-1", item="a")
    ask(ledger, "seal", target="B-1")
    event_id = ledger.history(MAKER, ref("B-1"))[1].event_id
    asked = {"of": "B-1", "version": 1, "event_id": event_id}

    own = body_of(ask(ledger, "look", **asked))
    other = body_of(ask(ledger, "look", **asked, caller=RIVAL))

    assert (own["type"], own["after"]) == ("put", ["put", "sealed"])
    assert (other["type"], other["after"]) == (None, [])


def test_a_decision_may_use_up_a_business_key_of_its_own(ledger: Boxes) -> None:
    ask(ledger, "open", box="B-1")
    ask(ledger, "whisper", target="B-1", said="x", uses=DEMAND)

    answer = ask(ledger, "open", box="B-2", keys=DEMAND)

    assert (answer.status, body_of(answer)["code"]) == (409, "channel-ref-reused")
