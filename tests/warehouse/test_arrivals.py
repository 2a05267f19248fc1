import random
from datetime import timedelta
from itertools import permutations

import pytest

from schemas.refusal import Reason
from tests.warehouse.builders import (
    NOON,
    Store,
    assert_consistent,
    batch,
    days_ago,
    digest,
    emission,
    order_fact,
    reading,
    route,
    takeback_kept,
    unit_fact,
)
from warehouse.arrivals import _sweeps

HASH_WITHOUT_LOAD = 8_226_669_454_486_468_552
ORDER_FACTS = (
    ("demand_registered", "requested"),
    ("appraised", "appraised"),
    ("confirmed", "confirmed"),
    ("assigned", "assigned"),
)


def test_the_same_event_at_another_offset_is_counted_and_dropped() -> None:
    store = Store()
    store.tell(emission(1), route(1), reading(1), order_fact(1, *ORDER_FACTS[0]))
    before = digest(store.db)

    told = store.tell(emission(1), route(1), reading(1), order_fact(1, *ORDER_FACTS[0]))

    assert (told.rows, told.duplicates, told.dead) == (0, 4, 0)
    assert digest(store.db) == before


def test_two_originals_of_one_source_event_count_once_whatever_their_factor_sets() -> None:
    store = Store()
    store.tell(emission(1))

    told = store.tell(
        emission(
            1,
            event_id="00000000-0000-0000-0000-00000000ffff",
            factor_set="defra_2026",
            emission_wtw_kgco2e="49.000000",
            emission_ttw_kgco2e="40.000000",
            emission_wtt_kgco2e="9.000000",
            method_version="loopline-2",
        )
    )

    assert (told.rows, told.duplicates) == (0, 1)
    assert store.one("select sum(emission_wtw_kgco2e)::varchar from agg_leg_day") == "50.456689"


@pytest.mark.parametrize(
    "spelled",
    [
        {"mass_kg": "412.5"},
        {"mass_kg": "4.125E2"},
        {"occurred_at": "2026-06-03T12:00:00+08:00"},
        {"distance_km": "1287.30"},
        {"origin": {"site_id": "QDO", "lat": "36.0671310", "lon": "120.382621"}},
        {"source_event_id": "00000000-0000-0000-0000-000000000001".upper()},
    ],
)
def test_the_same_facts_in_another_spelling_are_the_same_event(spelled: dict[str, object]) -> None:
    store = Store()
    store.tell(emission(1))

    assert store.tell(emission(1, **spelled)).duplicates == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"mass_kg": "412.501"},
        {"mode": "rail"},
        {"distance_km": "1287.301"},
        {"volume_m3": None},
        {"is_direct": False},
        {"shipment_id": "S-other"},
        {"destination": {"site_id": "RDC-2"}},
        {"load_share": "0.6", "empty_distance_share": "0.17"},
        {"occurred_at": "2026-06-03T04:00:01Z"},
    ],
)
def test_an_id_used_again_for_something_else_is_parked_and_changes_nothing(
    changed: dict[str, object],
) -> None:
    store = Store()
    store.tell(emission(1))
    before = digest(store.db)

    told = store.tell(emission(1, **changed))

    assert (told.rows, told.duplicates, told.dead) == (0, 0, 1)
    assert store.reasons() == [Reason.EVENT_ID_REUSED]
    assert "names correction_of" in store.one("select detail from dead_letter")
    assert digest(store.db) == before
    assert_consistent(store.db)


def test_within_one_batch_the_first_of_equal_ids_counts() -> None:
    store = Store()

    told = store.write(batch(emission(1), emission(1), emission(1, mass_kg="9")))

    assert (told.rows, told.duplicates, told.dead) == (1, 1, 1)
    assert store.one("select sum(mass_kg)::varchar from fact_leg_emission") == "412.500"


def test_a_re_dated_duplicate_is_found_among_the_rows_of_the_last_days() -> None:
    store = Store()
    store.tell(emission(1))

    told = store.tell(
        emission(1, occurred_at=days_ago(300)), recorded_at=NOON + timedelta(days=6, hours=23)
    )

    assert (told.rows, told.dead) == (0, 1)  # another time is other content


def test_a_re_sent_event_is_found_however_old_it_is() -> None:
    store = Store()
    store.tell(emission(1, occurred_at=days_ago(700)), recorded_at=NOON - timedelta(days=690))

    told = store.tell(emission(2), emission(1, occurred_at=days_ago(700)))

    assert (told.rows, told.duplicates) == (1, 1)


def test_a_straggler_a_year_old_is_an_ordinary_row_and_late() -> None:
    store = Store()

    told = store.tell(emission(1, occurred_at=days_ago(365)), emission(2))

    assert (told.rows, told.late) == (2, 1)
    assert len(told.months) == 2
    assert_consistent(store.db)


def test_where_the_last_days_hold_too_many_rows_only_the_events_own_day_is_searched() -> None:
    store = Store()
    store.sink._arrivals._recent_rows_limit = 2
    store.tell(emission(1), emission(2), emission(3))

    same_day = store.tell(emission(1))
    re_dated = store.tell(emission(2, occurred_at=days_ago(300)))

    assert same_day.duplicates == 1
    assert re_dated.rows == 1  # the price of the limit, and why it is five million


def test_stragglers_are_searched_each_in_a_sweep_of_their_own() -> None:
    today = NOON.date()
    days = {today, today - timedelta(days=2), today - timedelta(days=365)}

    assert _sweeps(days) == [
        (today - timedelta(days=365), today - timedelta(days=365)),
        (today - timedelta(days=2), today),
    ]


def test_a_place_in_an_aggregate_that_is_taken_is_a_conflict() -> None:
    store = Store()
    store.tell(order_fact(1, *ORDER_FACTS[0]))

    told = store.tell(
        order_fact(1, *ORDER_FACTS[1], event_id="00000000-0000-0000-0000-00000000eeee"),
        order_fact(2, *ORDER_FACTS[1]),
    )

    assert (told.rows, told.dead) == (1, 1)
    assert store.reasons() == [Reason.SEQUENCE_CONFLICT]
    assert takeback_kept(store.db) == {"order:T-1": ("appraised", 2)}


def test_a_fact_after_a_gap_waits_until_the_gap_is_filled() -> None:
    store = Store()
    store.tell(order_fact(1, *ORDER_FACTS[0]), order_fact(3, *ORDER_FACTS[2]))
    waiting = takeback_kept(store.db)

    store.tell(order_fact(2, *ORDER_FACTS[1]))

    assert waiting == {"order:T-1": ("requested", 1)}
    assert takeback_kept(store.db) == {"order:T-1": ("confirmed", 3)}


@pytest.mark.slow
def test_in_whatever_order_facts_come_the_snapshot_is_the_same() -> None:
    facts = [order_fact(n, *fact) for n, fact in enumerate(ORDER_FACTS, 1)]
    ends = set()

    for sequence in permutations(facts):
        store = Store()
        for fact in sequence:
            store.tell(fact)
            assert_consistent(store.db)
        ends.add(str(store.rows("from takeback_order")))

    assert len(ends) == 1


def test_a_unit_and_an_order_of_the_same_name_are_two_aggregates() -> None:
    store = Store()

    store.tell(
        order_fact(1, *ORDER_FACTS[0], takeback_order_id="X"),
        unit_fact(1, "declared", "declared", unit_id="X"),
    )

    assert takeback_kept(store.db) == {"order:X": ("requested", 1), "unit:X": ("declared", 1)}


def test_a_first_reading_leaves_no_row_and_is_counted_as_such() -> None:
    store = Store()

    told = store.write(batch(reading(1), reading(2), intervals={1: batch(reading(2)).intervals[0]}))

    assert (told.rows, told.without_row) == (1, 1)
    assert_consistent(store.db)


def test_any_number_of_new_ids_gets_a_key_each() -> None:
    store = Store()
    draw = random.Random(7)
    categories = [f"category-{draw.randrange(50)}" for _ in range(200)]

    store.write(batch(*(emission(n, category=c) for n, c in enumerate(categories, 1))))

    named = store.rows(
        "select id, count(*) from fact_leg_emission join dim_category using (category_key) "
        "group by id order by id"
    )
    assert named == [(name, categories.count(name)) for name in sorted(set(categories))]


def test_a_leg_that_tells_its_load_keeps_it_for_a_later_run() -> None:
    store = Store()
    store.tell(emission(1), emission(2, load_share="0.60", empty_distance_share="0.170"))

    again = store.tell(emission(2, load_share="0.6", empty_distance_share="0.17"))
    alone = store.tell(emission(1))

    assert again.duplicates == 1  # the same facts in another spelling
    assert alone.duplicates == 1  # whatever its neighbours of the first batch told
    kept = store.db.execute(
        "select extra_inputs->>'load_share', extra_inputs->>'empty_distance_share' "
        "from fact_leg_emission order by event_id"
    ).fetchall()
    assert kept == [(None, None), ("0.60", "0.170")]


@pytest.mark.parametrize(
    "changed", [{"load_share": "0.61"}, {"empty_distance_share": "0"}, {"load_share": None,
                "empty_distance_share": None}],
)  # fmt: skip
def test_another_load_is_other_content(changed: dict[str, object]) -> None:
    store = Store()
    store.tell(emission(1, load_share="0.6", empty_distance_share="0.17"))

    told = store.tell(
        emission(1, **{"load_share": "0.6", "empty_distance_share": "0.17"} | changed)
    )

    assert (told.rows, told.duplicates, told.dead) == (0, 0, 1)


def test_a_leg_without_a_load_has_the_hash_it_had_before_loads_were_told() -> None:
    store = Store()
    store.tell(emission(1))

    assert store.one("select content_hash from fact_leg_emission") == HASH_WITHOUT_LOAD
