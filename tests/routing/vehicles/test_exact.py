"""Small problems: the search finds what trying everything proves to be least."""

from typing import Any

import pytest

from routing.check.rounds import broken_rounds, cost_of_rounds
from routing.instance import Instance
from routing.vehicles.exact import MAX_EXACT_STOPS, exact_optimum
from routing.vehicles.search import Budget, search
from routing.vehicles.unsupported import UnsupportedConstraintError
from tests.routing.builders import instance

KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"windows": True},
    {"types": 2},
    {"energy": True},
    {"pickups": True},
    {"pickups": True, "backhaul_last": True},
    {"types": 2, "windows": True, "vehicles": 2},
    {"types": 2, "energy": True, "pickups": True},
)
CASES = 200


def case(number: int) -> Instance:
    kind = KINDS[number % len(KINDS)]
    return instance(number, stops=3 + number % 4 + (number % 40 == 0), **kind)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_search_finds_the_proven_optimum_of_two_hundred_small_problems() -> None:
    missed = []
    for number in range(CASES):
        made = case(number)
        least, _ = exact_optimum(made)
        found = search(made, seed=number, budget=Budget(iterations=3_000))
        if found.cost > least + 1e-6:
            missed.append((number, found.cost, least))

    assert not missed


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_the_search_finds_the_proven_optimum_of_each_kind(number: int) -> None:
    made = case(number)
    least, rounds = exact_optimum(made)

    found = search(made, seed=1, budget=Budget(iterations=2_000))

    assert found.cost == pytest.approx(least)
    assert broken_rounds(made, rounds) == []


def test_one_more_vehicle_never_makes_the_optimum_dearer() -> None:
    costs = [exact_optimum(instance(6, stops=6, vehicles=n))[0] for n in (1, 2, 3, 4)]

    assert costs == sorted(costs, reverse=True)


def test_more_stops_than_can_be_tried_are_refused() -> None:
    with pytest.raises(UnsupportedConstraintError, match=f"above {MAX_EXACT_STOPS}"):
        exact_optimum(instance(1, stops=MAX_EXACT_STOPS + 1))


def test_the_cost_of_an_optimum_is_that_of_its_rounds() -> None:
    made = instance(4, stops=5, types=2)

    least, rounds = exact_optimum(made)

    assert least == pytest.approx(cost_of_rounds(made, rounds))
