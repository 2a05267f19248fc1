import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.refusal import Reason
from tests.warehouse.builders import (
    NOON,
    Store,
    assert_consistent,
    batch,
    corrected,
    digest,
    emission,
    route,
    uid,
)

SUMS = (
    "select sum(mass_kg)::varchar, sum(transport_tkm)::varchar, "
    "sum(emission_ttw_kgco2e)::varchar, sum(emission_wtt_kgco2e)::varchar, "
    "sum(emission_wtw_kgco2e)::varchar, sum(legs) from fact_leg_emission"
)
ORIGINAL = ("412.500", "531.011250", "40.903797", "9.552892", "50.456689", 1)
CORRECTED = ("402.500", "518.138250", "39.912189", "9.321307", "49.233496", 1)


def test_the_worked_example_of_a_correction_by_the_depots_scale() -> None:
    store = Store()
    store.tell(emission(1))

    store.tell(corrected(2, 1), recorded_at=NOON + timedelta(days=3))

    rows = store.rows(
        "select revision, reason, correction_of::varchar, mass_kg, transport_tkm, "
        "emission_ttw_kgco2e, emission_wtt_kgco2e, emission_wtw_kgco2e, legs, distance_km "
        "from fact_leg_emission order by revision"
    )
    assert rows == [
        (
            0, None, None, Decimal("412.500"), Decimal("531.011250"), Decimal("40.903797"),
            Decimal("9.552892"), Decimal("50.456689"), 1, Decimal("1287.300"),
        ),
        (
            1, "correction", uid(1), Decimal("-10.000"), Decimal("-12.873000"),
            Decimal("-0.991608"), Decimal("-0.231585"), Decimal("-1.223193"), 0, Decimal("0.000"),
        ),
    ]  # fmt: skip
    assert store.rows(SUMS) == [CORRECTED]
    assert_consistent(store.db)


def test_what_was_known_before_a_correction_stays_known() -> None:
    store = Store()
    store.tell(emission(1))
    store.tell(corrected(2, 1), recorded_at=NOON + timedelta(days=3))

    known = store.rows(f"{SUMS} where recorded_at <= ?", NOON + timedelta(days=2))

    assert known == [ORIGINAL]


def test_a_changed_dimension_takes_the_old_row_back_and_adds_the_new_one() -> None:
    store = Store()
    store.tell(emission(1))

    store.tell(corrected(2, 1, mode="rail", consignment_id="C-9"))

    rows = store.rows(
        "select revision, mode, leg_id, mass_kg, legs, shipments, distance_km "
        "from fact_leg_emission order by revision, legs"
    )
    assert rows == [
        (0, "road", "C-1/1", Decimal("412.500"), 1, 1, Decimal("1287.300")),
        (1, "road", "C-1/1", Decimal("-412.500"), -1, -1, Decimal("-1287.300")),
        (1, "rail", "C-9/1", Decimal("402.500"), 1, 1, Decimal("1287.300")),
    ]
    by_mode = store.rows(
        "select mode, sum(legs), sum(mass_kg) from agg_leg_day group by 1 order by 1"
    )
    assert by_mode == [("road", 0, Decimal("0.000")), ("rail", 1, Decimal("402.500"))]
    assert_consistent(store.db)


def test_a_correction_moved_to_another_day_leaves_nothing_on_the_old_one() -> None:
    store = Store()
    store.tell(emission(1))

    told = store.tell(corrected(2, 1, occurred_at="2026-07-01T04:00:00Z"))

    assert len(told.months) == 2
    assert store.rows("select day::varchar, sum(legs) from agg_leg_day group by 1 order by 1") == [
        ("2026-06-03", 0), ("2026-07-01", 1),
    ]  # fmt: skip
    assert_consistent(store.db)


@pytest.mark.parametrize("target", [1, 2], ids=["of the original", "of the correction"])
def test_a_correction_of_a_correction_starts_from_what_stands(target: int) -> None:
    store = Store()
    store.tell(emission(1), corrected(2, 1))

    store.tell(corrected(3, target, mass_kg="400.000", shipment_id="S-1", consignment_id="C-1"))

    assert store.rows("select revision, mass_kg, correction_of::varchar from fact_leg_emission "
                      "where revision > 0 order by 1") == [
        (1, Decimal("-10.000"), uid(1)), (2, Decimal("-2.500"), uid(1)),
    ]  # fmt: skip
    assert store.one("select sum(mass_kg)::varchar from fact_leg_emission") == "400.000"
    assert_consistent(store.db)


def test_after_a_changed_dimension_the_next_correction_starts_from_the_new_row() -> None:
    store = Store()
    store.tell(emission(1), corrected(2, 1, mode="rail"))

    store.tell(corrected(3, 1, mode="rail", mass_kg="400.000"))

    assert store.rows(
        "select mode, sum(mass_kg)::varchar, sum(legs) from agg_leg_day group by 1 order by 1"
    ) == [("road", "0.000", 0), ("rail", "400.000", 1)]
    assert store.one("select count(*) from fact_leg_emission where revision = 2") == 1


@pytest.mark.slow
@pytest.mark.parametrize("one_batch", [True, False])
def test_a_chain_of_corrections_ends_in_the_latest_values(one_batch: bool) -> None:
    draw = random.Random(11)
    for _ in range(4):
        store, latest = Store(), {}
        told: list[Any] = [emission(1)]
        for number in range(2, 8):
            latest = {
                "mass_kg": f"{draw.randrange(1, 900_000) / 1000:.3f}",
                "mode": draw.choice(["road", "rail"]),
                "volume_m3": draw.choice([None, "1.5", "2.5"]),
                "leg_seq": draw.choice([1, 2]),
            }
            told.append(
                corrected(
                    number, draw.randrange(1, number), shipment_id="S-1", consignment_id="C-1",
                    **latest,
                )
            )  # fmt: skip

        if one_batch:
            store.write(batch(*told))
        else:
            for event in told:
                store.tell(event)

        assert store.rows("select sum(mass_kg)::varchar, sum(legs) from fact_leg_emission") == [
            (latest["mass_kg"], 1)
        ]
        standing = store.rows(
            "select mode::varchar, leg_seq from fact_leg_emission "
            "group by 1, 2 having sum(legs) > 0"
        )
        assert standing == [(latest["mode"], latest["leg_seq"])]
        assert_consistent(store.db)


def test_a_distance_that_becomes_known_counts_with_its_volume() -> None:
    store = Store()
    store.tell(route(1, main_line_km=None))

    store.tell(route(2, main_line_km="100", correction_of=route(1).event_id, order_line_id="O-1"))

    assert store.rows(
        "select sum(orders), sum(volume_m3)::varchar, sum(volume_main_line_m3km)::varchar "
        "from agg_order_day"
    ) == [(1, "0.900000", "90.000000")]
    assert_consistent(store.db)


def test_a_distance_that_turns_out_unknown_takes_its_volume_with_it() -> None:
    store = Store()
    store.tell(route(1))
    fixed = {"correction_of": route(1).event_id, "order_line_id": "O-1"}

    store.tell(route(2, main_line_km=None, **fixed))
    store.tell(route(3, main_line_km=None, mass_kg="80", **fixed))

    assert store.rows(
        "select sum(orders), sum(mass_kg)::varchar, sum(volume_m3)::varchar, "
        "sum(volume_main_line_m3km)::varchar from agg_order_day"
    ) == [(1, "80.000", "0.000000", "0.000000")]
    assert_consistent(store.db)


def test_a_correction_of_nobody_waits_among_the_dead_letters() -> None:
    store = Store()

    told = store.tell(corrected(2, 1))

    assert (told.rows, told.dead) == (0, 1)
    assert store.reasons() == [Reason.CORRECTION_TARGET_UNKNOWN]
    assert uid(1) in store.one("select detail from dead_letter")
    assert_consistent(store.db)


def test_a_correction_that_waited_is_applied_when_its_target_comes() -> None:
    store = Store()
    store.tell(corrected(3, 2, shipment_id="S-1", consignment_id="C-1"), partition=1)
    store.tell(corrected(2, 1), partition=2)

    told = store.tell(emission(1), recorded_at=NOON + timedelta(days=6))

    assert (told.rows, told.dead) == (1, 0)
    assert store.rows(SUMS) == [CORRECTED]
    assert store.rows("select distinct state from dead_letter") == [("replayed",)]
    assert store.rows(
        "select log_partition, log_offset from fact_leg_emission order by revision"
    ) == [(0, 0), (2, 0), (1, 0)]
    assert_consistent(store.db)


def test_a_correction_waits_seven_days_and_no_longer() -> None:
    store = Store()
    store.tell(corrected(2, 1))

    store.tell(emission(1), recorded_at=NOON + timedelta(days=8))

    assert store.rows(SUMS) == [ORIGINAL]
    assert store.rows("select state from dead_letter") == [("open",)]


def test_a_correction_that_waits_twice_is_applied_once() -> None:
    store = Store()
    store.tell(corrected(2, 1), corrected(2, 1))

    store.tell(emission(1))

    assert store.rows(SUMS) == [CORRECTED]
    assert store.rows("select distinct state from dead_letter") == [("replayed",)]


def test_a_correction_sent_again_is_a_duplicate() -> None:
    store = Store()
    store.tell(emission(1), corrected(2, 1))
    before = digest(store.db)

    told = store.tell(corrected(2, 1))

    assert (told.rows, told.duplicates) == (0, 1)
    assert digest(store.db) == before


def test_a_correction_may_stand_before_its_target_in_the_same_transaction() -> None:
    store = Store()

    told = store.write(batch(corrected(2, 1)), batch(emission(1), partition=1))

    assert (told.rows, told.dead) == (2, 0)
    assert store.rows(SUMS) == [CORRECTED]


@pytest.mark.slow
def test_corrections_in_any_order_with_their_targets_give_the_same_digest() -> None:
    events = [emission(1), emission(2), emission(3), corrected(4, 1), corrected(5, 2, mode="rail")]
    ends = []

    for seed in range(8):
        store, draw = Store(), random.Random(seed)
        sent = [*events, *draw.choices(events, k=2)]
        draw.shuffle(sent)
        for event in sent:
            store.tell(event, partition=draw.randrange(3))
        assert_consistent(store.db)
        ends.append(digest(store.db))

    assert all(end == ends[0] for end in ends)


def test_many_corrections_of_many_legs_are_one_insert() -> None:
    store = Store()
    store.write(batch(*(emission(n) for n in range(1, 301))))

    corrections = [corrected(1_000 + n, n) for n in range(1, 301)]
    told = store.write(batch(*corrections, at=300))

    assert told.rows == 300
    assert store.one("select sum(mass_kg)::varchar from fact_leg_emission") == "120750.000"
    assert_consistent(store.db)
