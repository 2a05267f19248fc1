"""Every simulated aggregate against the state tables of the take-back specification."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from schemas.topics import TAKEBACK_ORDERS, TAKEBACK_UNITS
from simulator.company import company
from tests.simulator.builders import SEED, bodies

BEFORE_PICKUP = ("requested", "appraised", "confirmed", "reassigning", "assigned", "accepted",
                 "appointed")  # fmt: skip
AFTER_PICKUP = ("picked_up", "partially_picked_up", "refused_at_door", "fulfilled", "settled")
OPEN_UNIT = ("collected", "in_transit", "at_depot", "graded", "in_transit_2", "returning",
             "accepted", "stored", "depolluted")  # fmt: skip
FINAL_UNIT = {"refused", "withdrawn", "reused", "dismantled", "lost"}
UNITS_TO_DEPOLLUTE = {"tv", "fridge", "home_ac", "commercial_ac"}

ORDER_MOVES: set[tuple[str | None, str, str]] = {
    (None, "demand_registered", "requested"),
    ("requested", "appraised", "appraised"),
    ("appraised", "appraised", "appraised"),
    ("appraised", "trade_in_linked", "appraised"),
    ("appraised", "confirmed", "confirmed"),
    ("confirmed", "assigned", "assigned"),
    ("reassigning", "assigned", "assigned"),
    ("assigned", "accepted", "accepted"),
    ("assigned", "assignment_expired", "reassigning"),
    ("accepted", "assignment_expired", "reassigning"),
    ("assigned", "declined", "reassigning"),
    ("accepted", "declined", "reassigning"),
    ("assigned", "unassigned", "reassigning"),
    ("accepted", "unassigned", "reassigning"),
    ("appointed", "unassigned", "reassigning"),
    ("accepted", "appointed", "appointed"),
    ("appointed", "rescheduled", "appointed"),
    ("appointed", "no_show", "appointed"),
    ("appointed", "no_show", "cancelled"),
    ("appointed", "no_show", "reassigning"),
    ("appointed", "picked_up", "picked_up"),
    ("appointed", "picked_up", "partially_picked_up"),
    ("appointed", "picked_up", "refused_at_door"),
    ("picked_up", "fulfilled", "fulfilled"),
    ("partially_picked_up", "fulfilled", "fulfilled"),
    ("refused_at_door", "fulfilled", "fulfilled"),
    ("fulfilled", "settled", "settled"),
    ("settled", "closed", "closed"),
    *((state, "cancelled", "cancelled") for state in BEFORE_PICKUP),
    *((s, e, s) for s in BEFORE_PICKUP + AFTER_PICKUP for e in ("hold_placed", "hold_released")),
    *((state, what, state) for state in AFTER_PICKUP for what in ("disputed", "dispute_resolved")),
}
UNIT_MOVES: set[tuple[str | None, str, str]] = {
    (None, "declared", "declared"),
    ("declared", "collected", "collected"),
    ("declared", "refused", "refused"),
    ("declared", "withdrawn", "withdrawn"),
    ("collected", "departed", "in_transit"),
    ("in_transit", "received", "at_depot"),
    ("returning", "received", "at_depot"),
    ("at_depot", "inspected", "graded"),
    ("graded", "resold_for_reuse", "reused"),
    ("graded", "shipped_to_dismantler", "in_transit_2"),
    ("in_transit_2", "accepted", "accepted"),
    ("in_transit_2", "rejected", "returning"),
    ("accepted", "stored", "stored"),
    ("stored", "depolluted", "depolluted"),
    ("stored", "dismantled", "dismantled"),
    ("depolluted", "dismantled", "dismantled"),
    *((state, "lost", "lost") for state in OPEN_UNIT),
    *((state, "corrected", state) for state in (*OPEN_UNIT, *FINAL_UNIT, "declared")),
}

Facts = list[dict[str, Any]]


def aggregates(topic: str, key: str) -> dict[str, Facts]:
    found: defaultdict[str, Facts] = defaultdict(list)
    for one in bodies(topic):
        found[one[key]].append(one)
    return found


ORDERS = (TAKEBACK_ORDERS.name, "takeback_order_id", ORDER_MOVES)
UNITS = (TAKEBACK_UNITS.name, "unit_id", UNIT_MOVES)


@pytest.mark.parametrize(("topic", "key", "moves"), [ORDERS, UNITS])
def test_every_aggregate_moves_only_as_its_table_allows(
    topic: str, key: str, moves: set[tuple[str | None, str, str]]
) -> None:
    for facts in aggregates(topic, key).values():
        state = None
        for one in facts:
            assert one.get("from_state") == state
            assert (state, one["event_type"], one["to_state"]) in moves
            state = one["to_state"]


@pytest.mark.parametrize(("topic", "key", "moves"), [ORDERS, UNITS])
def test_facts_arrive_in_sequence_without_a_gap_and_in_the_order_of_time(
    topic: str, key: str, moves: set[tuple[str | None, str, str]]
) -> None:
    for facts in aggregates(topic, key).values():
        assert [one["aggregate_seq"] for one in facts] == [*range(1, len(facts) + 1)]
        instants = [one["occurred_at"] for one in facts]
        assert instants == sorted(set(instants))


def test_an_order_is_fulfilled_only_after_each_of_its_units_came_to_an_end() -> None:
    ends: defaultdict[str, Facts] = defaultdict(list)
    for facts in aggregates(TAKEBACK_UNITS.name, "unit_id").values():
        ends[facts[-1]["takeback_order_id"]].append(facts[-1])
    fulfilled = [one for one in bodies(TAKEBACK_ORDERS.name) if one["event_type"] == "fulfilled"]

    assert fulfilled
    for one in fulfilled:
        for end in ends[one["takeback_order_id"]]:
            assert end["to_state"] in FINAL_UNIT
            assert end["occurred_at"] < one["occurred_at"]


def test_a_pickup_counts_its_units() -> None:
    units: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in bodies(TAKEBACK_UNITS.name):
        units[one["takeback_order_id"]][one["event_type"]] += 1
    declared = {one["takeback_order_id"]: one.get("units_declared")
                for one in bodies(TAKEBACK_ORDERS.name) if one["aggregate_seq"] == 1}  # fmt: skip

    for one in bodies(TAKEBACK_ORDERS.name):
        if one["event_type"] == "picked_up" and one["occurred_at"] < "2026-06-28":
            order_id = one["takeback_order_id"]
            assert one["units_collected"] == units[order_id]["collected"]
            assert one["units_refused"] == units[order_id]["refused"]
            assert one["units_collected"] + one["units_refused"] == declared[order_id]


def test_units_with_something_to_depollute_are_depolluted_first() -> None:
    for facts in aggregates(TAKEBACK_UNITS.name, "unit_id").values():
        if facts[-1]["to_state"] == "dismantled":
            states = {one["to_state"] for one in facts}
            assert ("depolluted" in states) == (facts[0]["category"] in UNITS_TO_DEPOLLUTE)


def test_a_cancelled_order_withdraws_its_units() -> None:
    last = {facts[0]["takeback_order_id"]: facts[-1]["to_state"]
            for facts in aggregates(TAKEBACK_UNITS.name, "unit_id").values()}  # fmt: skip
    cancelled = [one for one in bodies(TAKEBACK_ORDERS.name) if one["to_state"] == "cancelled"]

    assert cancelled
    assert all(
        last[one["takeback_order_id"]] == "withdrawn"
        for one in cancelled
        if one["occurred_at"] < "2026-06-30T12"
    )


def test_an_order_is_never_moved_back_to_its_consumer_more_than_three_times() -> None:
    for facts in aggregates(TAKEBACK_ORDERS.name, "takeback_order_id").values():
        turns = Counter(one["event_type"] for one in facts)
        assert turns["assigned"] <= 3
        rounds: Counter[tuple[int, str]] = Counter()
        nth = 0
        for one in facts:
            nth += one["event_type"] == "assigned"
            rounds[nth, one["event_type"]] += 1
        assert all(n <= 3 for (_, what), n in rounds.items() if what == "rescheduled")


def test_nothing_is_settled_while_it_is_held_or_disputed() -> None:
    for facts in aggregates(TAKEBACK_ORDERS.name, "takeback_order_id").values():
        names: Counter[str] = Counter()
        for one in facts:
            names[one["event_type"]] += 1
            if one["event_type"] == "settled":
                assert names["hold_placed"] == names["hold_released"]
                assert names["disputed"] == names["dispute_resolved"]


def test_regions_are_listed_and_channels_are_drawn_by_their_share() -> None:
    wished = [one for one in bodies(TAKEBACK_ORDERS.name) if one["aggregate_seq"] == 1]
    channels = Counter(one["channel"] for one in wished)

    assert {one["region"] for one in wished} <= set(company(SEED).regions)
    assert channels["marketplace"] > channels["campaign"]
    assert len(channels) >= 10


def test_a_recycler_takes_orders_only_of_its_own_regions() -> None:
    served = {
        adcode: {one.partner_id for one in some}
        for adcode, some in company(SEED).recyclers_of.items()
    }

    for one in bodies(TAKEBACK_ORDERS.name):
        if "partner_id" in one:
            assert one["partner_id"] in served[one["region"]]
