"""Eligibility: each failure code alone, all together, and what a pickup takes of a capacity."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recycling.eligibility import DAY, FailureCode, Limit, Use, failures, uses
from schemas.refusal import Reason, Refused
from tests.recycling.assignment_builders import (
    FRIDGE,
    QINGDAO,
    TV,
    WEIFANG,
    WISHED_ON,
    paper,
    pickup,
    standing,
)

EVE = WISHED_ON - timedelta(days=1)
LAPSED = (paper("X-1", valid_to_on=EVE),)
TWO_FRIDGES = (FRIDGE, FRIDGE)
CAPPED = (paper("LI-1", yearly_capacity_units=100),)


def taken(units: int, year: int = 2026) -> dict[tuple[str, int], int]:
    return {("LI-1", year): units}


@pytest.mark.parametrize(
    ("of_recycler", "of_pickup", "expected"),
    [
        ({"agreements": LAPSED}, {}, FailureCode.AGREEMENT_NOT_IN_FORCE),
        ({"agreements": ()}, {}, FailureCode.AGREEMENT_NOT_IN_FORCE),
        ({"licences": LAPSED}, {}, FailureCode.LICENCE_EXPIRED),
        ({"licences": ()}, {}, FailureCode.LICENCE_EXPIRED),
        ({"coverage": {}}, {}, FailureCode.REGION_NOT_COVERED),
        ({"coverage": {QINGDAO: frozenset()}}, {}, FailureCode.REGION_NOT_COVERED),
        ({}, {"region": WEIFANG}, FailureCode.REGION_NOT_COVERED),
        ({"coverage": {QINGDAO: frozenset({TV})}}, {}, FailureCode.CATEGORY_NOT_COVERED),
        ({}, {"categories": ("spaceship",)}, FailureCode.CATEGORY_NOT_COVERED),
        ({}, {"categories": (FRIDGE, "")}, FailureCode.CATEGORY_NOT_COVERED),
        (
            {"licences": (paper("LI-1", categories=frozenset({TV})),)},
            {},
            FailureCode.CATEGORY_NOT_COVERED,
        ),
        ({"capacity_units_per_day": 0}, {}, FailureCode.CAPACITY_FULL),
        ({"open_units": {WISHED_ON: 60}}, {}, FailureCode.CAPACITY_FULL),
        ({"open_units": {WISHED_ON: 61}}, {}, FailureCode.CAPACITY_FULL),
        (
            {"open_units": {WISHED_ON: 59}},
            {"categories": TWO_FRIDGES},
            FailureCode.CAPACITY_FULL,
        ),
        ({"licences": CAPPED, "taken_units": taken(100)}, {}, FailureCode.CAPACITY_FULL),
        (
            {"licences": CAPPED, "taken_units": taken(99)},
            {"categories": TWO_FRIDGES},
            FailureCode.CAPACITY_FULL,
        ),
        ({"suspended": True}, {}, FailureCode.SUSPENDED),
        ({}, {"declined_by": frozenset({"A"})}, FailureCode.DECLINED_BEFORE),
    ],
)
def test_a_recycler_fails_for_one_reason(
    of_recycler: dict[str, Any], of_pickup: dict[str, Any], expected: FailureCode
) -> None:
    assert failures(pickup(**of_pickup), standing(**of_recycler)) == (expected,)


@pytest.mark.parametrize(
    ("of_recycler", "of_pickup"),
    [
        ({}, {}),
        ({}, {"categories": (FRIDGE, TV)}),
        ({"open_units": {WISHED_ON: 59}}, {}),
        ({"open_units": {WISHED_ON: 58}}, {"categories": TWO_FRIDGES}),
        ({"open_units": {EVE: 60}}, {}),  # full, but on another day
        ({"licences": CAPPED, "taken_units": taken(99)}, {}),
        ({"licences": CAPPED, "taken_units": taken(100, 2025)}, {}),
        ({"agreements": (paper("X-1", valid_to_on=WISHED_ON),)}, {}),
        ({"licences": (paper("X-1", valid_from_on=WISHED_ON),)}, {}),
        ({}, {"declined_by": frozenset({"B"})}),
    ],
)
def test_a_recycler_is_eligible_up_to_the_edge(
    of_recycler: dict[str, Any], of_pickup: dict[str, Any]
) -> None:
    assert failures(pickup(**of_pickup), standing(**of_recycler)) == ()


def test_every_reason_is_told_and_not_the_first_alone() -> None:
    hopeless = standing(
        agreements=LAPSED,
        licences=(),
        coverage={},
        capacity_units_per_day=0,
        suspended=True,
    )

    found = failures(pickup(declined_by=frozenset({"A"})), hopeless)

    assert set(found) == set(FailureCode) - {FailureCode.CATEGORY_NOT_COVERED}
    assert list(found) == [code for code in FailureCode if code in found]


def test_a_pickup_takes_of_the_day_and_of_each_licence_what_it_covers() -> None:
    of_two = standing(
        licences=(
            paper("L-1", categories=frozenset({FRIDGE}), yearly_capacity_units=10),
            paper("L-2", categories=frozenset({TV}), yearly_capacity_units=5),
        ),
        taken_units={("L-2", 2026): 4},
        open_units={WISHED_ON: 1},
    )

    assert uses(pickup(categories=(FRIDGE, TV, FRIDGE)), of_two) == (
        Use(Limit("A", DAY, "2026-06-15"), 3, 59),
        Use(Limit("A", "L-1", "2026"), 2, 10),
        Use(Limit("A", "L-2", "2026"), 1, 1),
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"categories": ()}, r"categories must be 1\.\.50 units, got 0"),
        ({"categories": (FRIDGE,) * 51}, r"categories must be 1\.\.50 units, got 51"),
        ({"wished_on": datetime(2026, 6, 15, tzinfo=UTC)}, "wished_on must be a day"),
        ({"wished_on": None}, "wished_on must be a day"),
        ({"rounds_done": -1}, "rounds_done must not be negative, got -1"),
        ({"rounds_done": float("nan")}, "rounds_done must be a whole number"),
    ],
)
def test_a_pickup_that_could_not_be_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pickup(**changed)


@pytest.mark.parametrize("adcode", ["370212", "999999", ""])
def test_a_pickup_lies_in_a_region_and_not_in_a_district(adcode: str) -> None:
    with pytest.raises(Refused) as refusal:
        pickup(region=adcode)

    assert refusal.value.reason is Reason.REGION_UNKNOWN


def test_the_year_of_a_licence_is_that_of_the_wished_day() -> None:
    until_2027 = (paper("LI-1", valid_to_on=date(2027, 12, 31), yearly_capacity_units=100),)
    full_in_2026 = standing(
        agreements=(paper("AG-1", valid_to_on=date(2027, 12, 31)),),
        licences=until_2027,
        taken_units=taken(100),
    )

    assert failures(pickup(wished_on=date(2026, 12, 31)), full_in_2026)
    assert not failures(pickup(wished_on=date(2027, 1, 1)), full_in_2026)
