"""Scores: the worked example, each component at its edges, and what is unknown."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.assignment_policy import packaged_policy
from recycling.recycler import Standing
from recycling.region import Point
from recycling.scoring import (
    Components,
    ScoreNote,
    cheap_bp,
    components,
    free_bp,
    kept_bp,
    near_bp,
)
from tests.recycling.assignment_builders import (
    BEITUN,
    FRIDGE,
    QINGDAO,
    TV,
    WISHED_ON,
    pickup,
    qingdao_candidates,
    standing,
)

NEAR_BEITUN = Point(lat=Decimal("47.3"), lon=Decimal("87.8"))


def scored(eligible: list[Standing], **of_pickup: Any) -> list[Components]:
    return components(pickup(**of_pickup), eligible, packaged_policy())


def test_the_order_of_qingdao_scores_as_worked_out_by_hand() -> None:
    a, b = scored(list(qingdao_candidates()))

    assert (a.distance_bp, a.sla_bp, a.load_bp, a.price_bp) == (10_000, 8_952, 1_000, 0)
    assert (b.distance_bp, b.sla_bp, b.load_bp, b.price_bp) == (5_653, 9_363, 7_500, 10_000)
    assert (a.score_bp, b.score_bp) == (6_385, 7_787)
    assert (a.distance_km, b.distance_km) == (Decimal("0.000"), Decimal("130.403"))
    assert (a.price_cny_fen, b.price_cny_fen) == (8_500, 7_800)
    assert a.notes == b.notes == ()


@pytest.mark.parametrize(
    ("km", "expected"),
    [
        ("0", 10_000),
        ("0.015", 10_000),  # half a point goes to the even neighbour
        ("0.016", 9_999),
        ("0.045", 9_998),
        ("130.403", 5_653),
        ("299.984", 1),
        ("299.985", 0),
        ("300", 0),
        ("20015.114", 0),
    ],
)
def test_distance_falls_from_10000_on_the_spot_to_0_at_300_km(km: str, expected: int) -> None:
    assert near_bp(Decimal(km), reach_km=300) == expected


@given(st.integers(0, 20_015_114))
def test_distance_is_the_formula_of_the_specification(metres: int) -> None:
    km = Decimal(metres) / 1_000

    assert near_bp(km, reach_km=300) == max(0, 10_000 - round(10_000 * km / 300))


@pytest.mark.parametrize(
    ("kept", "total", "expected"),
    [(0, 0, 8_000), (180, 200, 8_952), (95, 100, 9_363), (0, 90, 800), (90, 90, 9_800)],
)
def test_promises_kept_are_drawn_towards_the_prior(kept: int, total: int, expected: int) -> None:
    assert kept_bp(standing(kept=kept, total=total), packaged_policy()) == expected


@pytest.mark.parametrize(
    ("open_units", "capacity_units", "expected"),
    [(0, 60, 10_000), (54, 60, 1_000), (1, 3, 6_667), (60, 60, 0), (90, 60, 0)],
)
def test_load_is_what_is_free(open_units: int, capacity_units: int, expected: int) -> None:
    assert free_bp(open_units=open_units, capacity_units=capacity_units) == expected


def test_the_cheapest_scores_10000_the_dearest_0_and_equals_10000() -> None:
    assert [cheap_bp(p, lowest=-100, highest=200) for p in (-100, 0, 200)] == [10_000, 6_666, 0]
    assert cheap_bp(0, lowest=0, highest=0) == 10_000


def test_a_price_is_that_of_all_units_and_one_unknown_makes_it_unknown() -> None:
    prices = {(QINGDAO, FRIDGE): 8_000, (QINGDAO, TV): 3_000}
    known = standing("A", price_cny_fen=prices)
    unknown = standing("B", price_cny_fen={(QINGDAO, FRIDGE): 100})

    a, b = scored([known, unknown], categories=(FRIDGE, TV, TV))

    assert (a.price_cny_fen, a.price_bp, a.notes) == (14_000, 10_000, ())
    assert (b.price_cny_fen, b.price_bp, b.notes) == (None, 0, (ScoreNote.PRICE_UNKNOWN,))


def test_where_nobody_has_a_price_all_score_0_for_it() -> None:
    (only,) = scored([standing(price_cny_fen={})])

    assert only.price_bp == 0


def test_a_region_without_a_point_is_measured_from_the_orders_own() -> None:
    (found,) = scored([standing()], region=BEITUN, point=NEAR_BEITUN)

    assert found.distance_km == Decimal("2951.876")
    assert ScoreNote.OWN_POINT in found.notes


def test_with_neither_point_distance_scores_0_and_says_why() -> None:
    (found,) = scored([standing()], region=BEITUN)

    assert (found.distance_km, found.distance_bp) == (None, 0)
    assert ScoreNote.NO_POINT in found.notes


def test_the_regions_own_point_is_used_where_it_has_one() -> None:
    (found,) = scored([standing()], point=NEAR_BEITUN)

    assert (found.distance_km, found.notes) == (Decimal("0.000"), ())


def test_a_recycler_without_a_site_is_at_no_distance() -> None:
    (found,) = scored([standing(sites=())])

    assert (found.distance_km, found.distance_bp) == (None, 0)
    assert found.notes == (ScoreNote.NO_SITE,)


@given(st.integers(0, 59), st.integers(0, 500), st.integers(0, 500), st.integers(-10_000, 10_000))
def test_every_component_and_the_score_lie_between_0_and_10000(
    open_units: int, kept: int, broken: int, price: int
) -> None:
    one = standing(
        open_units={WISHED_ON: open_units},
        kept=kept,
        total=kept + broken,
        price_cny_fen={(QINGDAO, FRIDGE): price},
    )

    for found in scored([one, *qingdao_candidates()]):
        parts = (found.distance_bp, found.sla_bp, found.load_bp, found.price_bp)
        assert all(isinstance(part, int) and 0 <= part <= 10_000 for part in parts)
        assert min(parts) <= found.score_bp <= max(parts)
