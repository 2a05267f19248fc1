"""Demands, consignments, batches, lots, findings: each once, in its place, to be asked for."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import TOPICS
from tests.warehouse.builders import (
    Logs,
    Store,
    assert_consistent,
    emission,
    forget_all,
    order_fact,
    sink_of,
    unit_fact,
)
from tests.warehouse.told_builders import (
    KINDS,
    Fact,
    balance,
    batch_fact,
    consignment,
    demand,
    finding,
    golden,
    lot,
    tell,
    told_in,
)
from warehouse.facts import FACTS

BATCH_LIFE = (
    batch_fact(1, "opened", "open", unit_count=0),
    batch_fact(2, "input_added", "open", unit_id="U-1", unit_count=1),
    batch_fact(3, "inputs_closed", "input_closed", unit_count=1),
    batch_fact(4, "outputs_declared", "output_declared", mass_out_kg="120", hazardous_kg="6.8"),
    batch_fact(5, "balance_checked", "balanced", **balance("123.000", "1.230")),
    batch_fact(6, "certified", "certified", certificate_id="CERT-1", **balance("123.000", "1.230")),
)
TABLE_OF = {fact.topic: fact.table for fact in FACTS if fact.topic in KINDS}
STORE = Store()


def emptied(store: Store) -> Store:
    """The same file at its first minute: quicker than another one."""
    forget_all(store.db)
    store.sink, store.logs = sink_of(store.db), Logs()
    return store


@pytest.mark.parametrize("topic", KINDS)
def test_a_golden_event_is_a_row_and_a_second_telling_a_duplicate(topic: str) -> None:
    store = Store()

    first = tell(store, golden(topic))
    again = tell(store, golden(topic))

    assert (first.rows, first.duplicates) == (1, 0)
    assert (again.rows, again.duplicates) == (0, 1)
    assert store.one(f"select count(*) from {TABLE_OF[topic]}") == 1
    assert_consistent(store.db)


@pytest.mark.parametrize("topic", KINDS)
def test_all_that_was_told_can_be_asked_for(topic: str) -> None:
    store = Store()
    tell(store, golden(topic))

    found = store.db.execute(f"select * from {TABLE_OF[topic]}")
    names = [column[0] for column in found.description or ()]
    row = dict(zip(names, found.fetchall()[0], strict=True))

    told = golden(topic).told.model_dump(mode="json", exclude_none=True)
    if "payload" in row:
        assert json.loads(row["payload"]) == told
    other = {"value": "value_told", "limit": "limit_told", "late": "is_late"}
    for name in told.keys() - {"unit_ids"}:
        columns = {name, other.get(name), f"{name}_key", f"{name.removesuffix('_id')}_key"}
        assert any(row.get(column) is not None for column in columns), name


@pytest.mark.parametrize("topic", KINDS)
def test_the_same_id_with_other_content_is_parked(topic: str) -> None:
    store = Store()
    tell(store, golden(topic))

    done = tell(store, golden(topic, occurred_at="2025-06-20T00:00:00Z"))

    assert (done.rows, done.dead) == (0, 1)
    assert store.reasons() == ["event_id_reused"]


@pytest.mark.parametrize("topic", KINDS)
def test_another_event_cannot_take_a_place_that_is_taken(topic: str) -> None:
    store = Store()
    tell(store, golden(topic))

    done = tell(store, golden(topic, event_id="00000000-0000-0000-0000-0000000000ee"))

    assert (done.rows, done.dead) == (0, 1)
    assert store.reasons() == ["sequence_conflict"]
    assert_consistent(store.db)


@given(order=st.permutations(BATCH_LIFE))
@settings(max_examples=12)
def test_in_whatever_order_facts_come_a_batch_ends_the_same(order: list[Fact]) -> None:
    store = emptied(STORE)
    for fact in order:
        tell(store, fact)

    rows = store.rows(
        "select state, last_seq, missing_facts, mass_in_kg, gap_kg, certificate_id "
        "from mart.batch_balance"
    )

    assert rows == [
        ("certified", 6, 0, Decimal("123.000"), Decimal("1.230"), "CERT-1")
    ]  # fmt: skip
    assert store.rows("select * from mart.takeback_gap") == []


def test_a_gap_is_counted_and_what_comes_later_fills_it() -> None:
    store = Store()
    tell(store, BATCH_LIFE[0], BATCH_LIFE[1], BATCH_LIFE[4])

    before = store.rows("select aggregate, aggregate_id, last_seq, missing_facts "
                        "from mart.takeback_gap")  # fmt: skip
    tell(store, BATCH_LIFE[3], BATCH_LIFE[2])

    assert before == [("batch", "B-1", 5, 2)]
    assert store.rows("select * from mart.takeback_gap") == []


def test_a_batch_whose_outputs_change_has_no_balance_until_it_is_checked() -> None:
    store = Store()
    unbalanced = batch_fact(5, "balance_checked", "unbalanced", **balance("123.000", "9.000"))
    tell(store, *BATCH_LIFE[:4], unbalanced)
    tell(store, batch_fact(6, "outputs_declared", "output_declared", mass_out_kg="122"))

    assert store.rows("select state, mass_in_kg, gap_kg, mass_out_kg from mart.batch_balance") == [
        ("output_declared", None, None, Decimal("122.000"))
    ]


def test_a_repetition_after_a_restart_is_still_one() -> None:
    store = Store()
    tell(store, *BATCH_LIFE)
    store.sink = sink_of(store.db)

    again = tell(store, *BATCH_LIFE)

    assert (again.rows, again.duplicates) == (0, len(BATCH_LIFE))


def test_facts_of_all_topics_commit_together_or_not_at_all() -> None:
    store = Store()
    batches = told_in(store.logs, demand(), consignment(1, "created", "created"), BATCH_LIFE[0])
    poisoned = replace(BATCH_LIFE[1], told=BATCH_LIFE[1].told.model_copy(update={"unit_id": 7j}))

    with pytest.raises(Exception, match="complex"):
        store.write(*batches, *told_in(store.logs, poisoned))

    assert [store.one(f"select count(*) from {table}") for table in TABLE_OF.values()] == [0] * 5


def test_a_demand_is_told_with_its_region_and_its_units() -> None:
    store = Store()
    tell(store, demand(wished_on="2026-06-05", service_mode="deliver_and_collect"))

    (row,) = store.rows(
        "select channel, channel_ref, region, units, wished_on::varchar, takeback_order_id, "
        "lines[0].category from mart.takeback_demand"
    )

    assert row[:6] == ("mini_program", "MP-1", "370200", 3, "2026-06-05", "T-1")


def test_a_consignment_says_when_it_left_and_arrived_and_what_is_missing() -> None:
    store = Store()
    tell(
        store,
        consignment(1, "created", "created"),
        consignment(2, "departed", "departed"),
        consignment(3, "received", "partially_received", received_count=1),
    )

    (row,) = store.rows(
        "select state, unit_count, received_count, from_site, to_site, category, vehicle_energy, "
        "great_circle_km, arrived_at - departed_at > interval 0 hour from mart.takeback_consignment"
    )

    assert row == (
        "partially_received", 2, 1, "DEPOT-1", "PLANT-1", "fridge", "electric",
        Decimal("130.403"), True,
    )  # fmt: skip


def test_lots_are_summed_by_material_and_state() -> None:
    store = Store()
    hazardous = {"material": "boards", "mass_kg": "6.8", "hazardous_code": "900-045-49"}
    tell(
        store,
        lot(1, 1, "created", "created"),
        lot(2, 1, "created", "created", mass_kg="11"),
        lot(3, 1, "created", "created", **hazardous),
        lot(3, 2, "shipped", "shipped", manifest_id="M-1", consignee_id="P-buyer", **hazardous),
    )

    assert store.rows("from mart.takeback_material order by material") == [
        ("boards", "shipped", 1, Decimal("6.800"), Decimal("6.800")),
        ("plastics", "created", 2, Decimal("400.000"), None),
    ]
    assert store.one("select manifest_id from mart.takeback_lot where lot_id = 'L-3'") == "M-1"


def test_a_lot_that_came_back_and_left_again_has_the_papers_of_its_newest_way() -> None:
    store = Store()
    tell(
        store,
        lot(1, 1, "created", "created"),
        lot(1, 2, "shipped", "shipped", manifest_id="M-1"),
        lot(1, 3, "rejected", "created", reason_code="wet"),
        lot(1, 4, "shipped", "shipped", manifest_id=None),
    )

    assert store.rows("select state, manifest_id from mart.takeback_lot") == [("shipped", None)]


def test_a_decided_finding_is_no_longer_open() -> None:
    store = Store()
    tell(store, finding(1), finding(2, partner_id="P-recycler"))
    tell(store, finding(2, 2, is_open=False, is_upheld=True, partner_id="P-recycler"))

    assert store.rows("select finding_id from mart.finding_open") == [("FD-1",)]
    assert store.rows("select finding_id, partner, is_upheld from mart.finding order by 1") == [
        ("FD-1", None, None), ("FD-2", "P-recycler", True)
    ]  # fmt: skip


def test_units_are_counted_by_state_and_those_without_a_mass_are_named() -> None:
    store = Store()
    tell(
        store,
        unit_fact(1, "declared", "declared", mass_kg=None),
        unit_fact(1, "declared", "declared", unit_id="U-2", event_id=_id(2), mass_kg=None),
        unit_fact(2, "collected", "collected", mass_kg="40"),
    )

    assert store.rows("from mart.takeback_unit_state order by state") == [
        ("collected", "fridge", 1, Decimal("40.000"), 0),
        ("declared", "fridge", 1, None, 1),
    ]


def test_each_weighing_of_a_unit_stands_beside_the_one_before() -> None:
    store = Store()
    tell(
        store,
        unit_fact(1, "collected", "collected", mass_kg="50", weight_method="class_average"),
        unit_fact(2, "received", "at_depot", mass_kg="40"),
        unit_fact(3, "accepted", "accepted", mass_kg="41"),
    )

    (row,) = store.rows("select * exclude (unit_id, category) from mart.unit_mass_check")

    assert row[:4] == (Decimal(50), "class_average", Decimal(40), Decimal(41))
    assert row[4:] == (pytest.approx(0.2), pytest.approx(0.025))


def order_life() -> list[Any]:
    """Demand at 1 h, assigned at 2 h and again at 4 h, accepted at 5 h, picked up at 9 h."""
    return [
        order_fact(1, "demand_registered", "requested"),
        order_fact(2, "assigned", "assigned"),
        order_fact(3, "declined", "reassigning"),
        order_fact(4, "assigned", "assigned"),
        order_fact(5, "accepted", "accepted"),
        order_fact(6, "appointed", "appointed"),
        order_fact(7, "picked_up", "picked_up", occurred_at="2026-06-03T09:00:00Z"),
    ]


def test_a_step_takes_from_its_last_beginning_to_its_first_end() -> None:
    store = Store()
    tell(store, *order_life())

    steps = dict(store.rows("select step, p50_h from mart.takeback_cycle"))

    assert steps == {"accept": 1.0, "appoint": 1.0, "pick_up": 3.0, "demand_to_pickup": 8.0}


def test_the_funnel_counts_an_order_once_for_each_step_it_took() -> None:
    store = Store()
    tell(store, *order_life())

    assert dict(store.rows("select step, orders from mart.takeback_funnel")) == {
        "demand_registered": 1, "assigned": 1, "declined": 1, "accepted": 1, "appointed": 1,
        "picked_up": 1,
    }  # fmt: skip


def travelled(number: int, mass_kg: str | None, consignment_id: str = "C-1") -> list[Any]:
    """A unit that was collected and left with a consignment."""
    own = {"unit_id": f"U-{number}"}
    return [
        unit_fact(1, "collected", "collected", event_id=_id(10 * number), mass_kg=mass_kg, **own),
        unit_fact(2, "departed", "in_transit", event_id=_id(10 * number + 1), mass_kg=mass_kg,
                  consignment_id=consignment_id, **own),
    ]  # fmt: skip


def reverse_leg(**changed: Any) -> Any:
    return emission(1, leg="reverse", consignment_id="C-1", **changed)


def _id(number: int) -> str:
    return f"00000000-0000-0000-0001-{number:012d}"


def test_a_units_part_of_a_leg_is_its_part_of_the_mass() -> None:
    store = Store()
    tell(store, *travelled(1, "30"), *travelled(2, "10"), reverse_leg())

    parts = store.rows(
        "select unit_id, mass_share, emission_wtw_kgco2e, state from mart.takeback_unit_leg "
        "order by unit_id"
    )

    # 50.456689 kg CO2e on 30 and 10 kg
    assert parts == [
        ("U-1", 0.75, Decimal("37.842517"), "known"),
        ("U-2", 0.25, Decimal("12.614172"), "known"),
    ]
    assert sum(part[2] for part in parts) == Decimal("50.456689")
    assert store.rows("select unit_id, legs, known_legs from mart.takeback_unit_emission") != []


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([*travelled(1, "30"), *travelled(2, None), reverse_leg()], "mass_unknown"),
        ([*travelled(1, "30")], "leg_without_emission"),
        # a leg that turned out to be another consignment's
        ([*travelled(1, "30"), reverse_leg(), emission(9, leg="reverse", consignment_id="C-9",
          correction_of="00000000-0000-0000-0000-000000000001")],
         "leg_without_emission"),
        # the leg of another consignment
        ([*travelled(1, "30", "C-2"), reverse_leg()], "leg_without_emission"),
        # a forward leg is not the unit's
        ([*travelled(1, "30"), emission(1, leg="main_line", consignment_id="C-1")],
         "leg_without_emission"),
    ],
)  # fmt: skip
def test_a_part_that_is_not_known_is_not_zero(facts: list[Any], state: str) -> None:
    store = Store()
    tell(store, *facts)

    rows = store.rows("select state, emission_wtw_kgco2e from mart.takeback_unit_leg "
                      "where unit_id = 'U-1'")  # fmt: skip

    assert rows == [(state, None)]
    assert store.one("select emission_wtw_kgco2e from mart.takeback_unit_emission "
                     "where unit_id = 'U-1'") is None  # fmt: skip


def test_a_corrected_leg_changes_the_parts_of_its_units() -> None:
    store = Store()
    tell(store, *travelled(1, "30"), *travelled(2, "10"), reverse_leg())
    correction = emission(
        2, leg="reverse", consignment_id="C-1", shipment_id="S-1",
        correction_of="00000000-0000-0000-0000-000000000001",
        emission_wtt_kgco2e="8", emission_ttw_kgco2e="32", emission_wtw_kgco2e="40",
    )  # fmt: skip

    tell(store, correction)

    parts = store.rows("select emission_wtw_kgco2e from mart.takeback_unit_leg order by unit_id")
    assert parts == [(Decimal(30),), (Decimal(10),)]


def test_every_order_of_arrival_gives_the_same_parts() -> None:
    facts = [*travelled(1, "30"), reverse_leg()]
    found = set()
    for order in permutations(facts):
        store = emptied(STORE)
        for fact in order:
            tell(store, fact)
        found.add(tuple(store.rows("from mart.takeback_unit_emission")))

    assert len(found) == 1


def test_every_topic_of_take_back_has_a_fact() -> None:
    assert set(TABLE_OF) == set(KINDS)
    assert {topic for topic in TOPICS if topic.startswith(("takeback.", "integrity."))} == {
        *KINDS, "takeback.order.v1", "takeback.unit.v1"
    }  # fmt: skip
