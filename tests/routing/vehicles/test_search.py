"""The search: it keeps every rule, its sums are right, and it repeats itself."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing.check.rounds import broken_rounds, cost_of_rounds, missing
from routing.vehicles.search import Budget, Progress, search
from routing.vehicles.tables import Knobs
from tests.routing.builders import instance

seeds = some.integers(0, 10**6)
kinds = some.fixed_dictionaries({
    "stops": some.integers(1, 25),
    "types": some.integers(1, 3),
    "windows": some.booleans(),
    "energy": some.booleans(),
    "pickups": some.booleans(),
    "backhaul_last": some.booleans(),
})  # fmt: skip


@settings(max_examples=150)
@given(seed=seeds, kind=kinds)
def test_whatever_the_problem_no_rule_is_broken_and_the_cost_is_that_of_the_rounds(
    seed: int, kind: dict[str, Any]
) -> None:
    made = instance(seed, **kind)

    found = search(made, seed=seed, budget=Budget(iterations=150))

    assert broken_rounds(made, found.rounds) == []
    assert tuple(missing(made, found.rounds)) == found.absent
    penalty = 5_000.0 * len(found.absent)
    assert found.cost == pytest.approx(cost_of_rounds(made, found.rounds) + penalty)


def test_the_same_seed_and_iterations_give_the_same_rounds() -> None:
    made = instance(3, stops=60, types=2)

    first, second = (search(made, seed=7, budget=Budget(iterations=3_000)) for _ in range(2))

    assert first == second


def test_another_seed_goes_another_way() -> None:
    made = instance(3, stops=60)

    first, second = (search(made, seed=one, budget=Budget(iterations=400)) for one in (1, 2))

    assert first.rounds != second.rounds


def test_a_timed_search_is_repeated_by_its_schedule() -> None:
    made = instance(5, stops=50)
    ticks = count()
    timed = search(made, seed=1, budget=Budget(seconds=40.0, clock=lambda: float(next(ticks))))

    again = search(made, seed=1, budget=Budget(schedule=timed.schedule))

    assert again.rounds == timed.rounds
    assert again.cost == timed.cost


def test_the_best_cost_never_rises() -> None:
    told: list[Progress] = []
    search(instance(9, stops=40), seed=1, budget=Budget(iterations=2_000), on_progress=told.append)

    costs = [one.best for one in told]

    assert costs == sorted(costs, reverse=True)
    assert told[-1].share == 1.0


def test_a_fleet_that_is_too_small_leaves_stops_out() -> None:
    made = instance(2, stops=30, vehicles=2)

    found = search(made, seed=1, budget=Budget(iterations=500))

    assert found.absent
    assert len(found.rounds) <= 2
    assert broken_rounds(made, found.rounds) == []


def test_no_stops_need_no_rounds() -> None:
    found = search(instance(1, stops=0), seed=1, budget=Budget(iterations=10))

    assert (found.rounds, found.cost) == ((), 0.0)


def test_rates_eight_times_as_high_cost_eight_times_as_much() -> None:
    made = instance(11, stops=20, energy=True)
    dear = replace(
        made,
        fleets=tuple(
            replace(one, fixed=one.fixed * 8, per_m=one.per_m * 8, per_gm=one.per_gm * 8)
            for one in made.fleets
        ),
        penalty=None if made.penalty is None else made.penalty * 8,
    )

    plain, scaled = (search(one, seed=4, budget=Budget(iterations=800)) for one in (made, dear))

    assert scaled.cost == 8 * plain.cost
    assert scaled.rounds == plain.rounds


def test_a_round_that_carries_its_load_is_driven_the_cheaper_way_about() -> None:
    made = instance(21, stops=8, energy=True)

    found = search(made, seed=1, budget=Budget(iterations=500))

    for kind, stops in found.rounds:
        turned = cost_of_rounds(made, [(kind, stops[::-1])])
        assert cost_of_rounds(made, [(kind, stops)]) <= turned + 1e-9


def test_without_the_pool_the_rounds_are_valid_too() -> None:
    made = instance(8, stops=40, windows=True)

    found = search(made, seed=1, budget=Budget(iterations=500), knobs=Knobs(pool=False))

    assert broken_rounds(made, found.rounds) == []
