"""Recyclers: what no papers, capacity or record could be, and which paper answers."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from recycling.recycler import paper_on
from tests.recycling.assignment_builders import FRIDGE, QINGDAO, TV, paper, recycler, standing


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"valid_to_on": date(2025, 12, 31)}, "valid_to_on 2025-12-31 .* is before"),
        ({"valid_from_on": datetime(2026, 1, 1, tzinfo=UTC)}, "valid_from_on must be a day"),
        ({"valid_to_on": "2026-12-31"}, "valid_to_on must be a day"),
        ({"yearly_capacity_units": -1}, "yearly_capacity_units must not be negative, got -1"),
        ({"yearly_capacity_units": True}, "yearly_capacity_units must be a whole number"),
    ],
)
def test_a_paper_that_could_never_hold_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        paper(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"capacity_units_per_day": -1}, "capacity_units_per_day must not be negative"),
        ({"capacity_units_per_day": float("nan")}, "capacity_units_per_day must be a whole"),
        ({"capacity_units_per_day": 1.0}, "capacity_units_per_day must be a whole number"),
        ({"agreements": (paper("X"),), "licences": (paper("X"),)}, "paper_id 'X' of 'A' is there"),
    ],
)
def test_a_recycler_that_could_not_be_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recycler(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kept": 101}, "kept 101 is more than total 100"),
        ({"kept": -1}, "kept must not be negative"),
        ({"total": float("nan")}, "total must be a whole number"),
        ({"open_units": {date(2026, 6, 1): -1}}, "open_units must not be negative"),
        ({"taken_units": {("LI-1", 2026): 0.5}}, "taken_units must be a whole number"),
        ({"price_cny_fen": {(QINGDAO, FRIDGE): float("nan")}}, "price_cny_fen must be a whole"),
    ],
)
def test_a_record_nobody_could_have_counted_is_refused(
    changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        standing(**changed)


def test_a_negative_price_is_one() -> None:
    assert standing(price_cny_fen={(QINGDAO, FRIDGE): -500}).price_cny_fen[QINGDAO, FRIDGE] == -500


def test_of_several_papers_in_force_the_one_that_runs_longest_answers_then_the_smaller_id() -> None:
    short = paper("P-1", valid_to_on=date(2026, 8, 31))
    long = [paper("P-3"), paper("P-2")]
    other = paper("P-0", categories=frozenset({TV}))

    found = paper_on([short, *long, other], category=FRIDGE, on=date(2026, 6, 1))

    assert found is long[1]
    assert paper_on([short, *long], category=FRIDGE, on=date(2027, 1, 1)) is None
    assert paper_on([short, *long], category="spaceship", on=date(2026, 6, 1)) is None
