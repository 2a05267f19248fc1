"""Searches: each method reaches the optimum of a small part, and none is worse than greedy."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from recycling.assignment_cpsat import cpsat_plan
from recycling.assignment_flow import is_flow, relaxed
from recycling.assignment_option import Choice, Plan, fits, greedy, worth
from recycling.assignment_search import Method, solved
from recycling.eligibility import Limit
from tests.recycling.batch_builders import L1, L2, best_of_choice, choices, option

TIME_S = 1.0


def is_possible(choice: Choice, plan: Plan) -> bool:
    left = dict(choice.left_units)
    for one in plan.values():
        if one not in choice.options[one.takeback_order_id] or not fits(one, left):
            return False
        for limit, units in one.takes:
            left[limit] -= units
    return True


@given(choices(most_units=1, most_takes=1))
def test_a_flow_of_single_units_is_the_optimum(choice: Choice) -> None:
    found = relaxed(choice)

    assert is_flow(choice)
    assert found is not None
    assert found.is_optimal
    assert is_possible(choice, found.plan)
    assert worth(found.plan) == best_of_choice(choice)


@given(choices(most_takes=1))
def test_a_flow_that_splits_no_pickup_is_the_optimum(choice: Choice) -> None:
    found = relaxed(choice)

    assert found is not None
    assert is_possible(choice, found.plan)
    if found.is_optimal:
        assert worth(found.plan) == best_of_choice(choice)
    else:
        assert worth(found.plan) <= best_of_choice(choice)


def test_a_pickup_that_a_flow_would_split_is_in_no_plan_of_it() -> None:
    choice = Choice(
        options={"TB-1": (option("TB-1", L1, 3, 500), option("TB-1", L2, 3, 400))},
        left_units={L1: 2, L2: 2},
    )

    found = relaxed(choice)

    assert found is not None
    assert (found.plan, found.is_optimal) == ({}, False)


def test_what_takes_of_two_limits_is_no_flow() -> None:
    twice = replace(option("TB-1", L1, 1, 500), takes=((L1, 1), (L2, 1)))
    both = Choice(options={"TB-1": (twice,)}, left_units={L1: 1, L2: 1})

    assert not is_flow(both)
    assert solved(both, deterministic_s=TIME_S).plan == {"TB-1": twice}


@settings(max_examples=40)
@given(choices())
def test_cp_sat_is_the_optimum_with_any_hint(choice: Choice) -> None:
    for hint in ({}, greedy(choice)):
        found = cpsat_plan(choice, hint=hint, deterministic_s=TIME_S)

        assert found is not None
        assert found.is_optimal
        assert is_possible(choice, found.plan)
        assert worth(found.plan) == best_of_choice(choice)


@settings(max_examples=60)
@given(choices())
def test_a_small_part_is_searched_to_the_end(choice: Choice) -> None:
    found = solved(choice, deterministic_s=TIME_S)

    assert is_possible(choice, found.plan)
    assert worth(found.plan) == best_of_choice(choice)
    assert found.is_optimal


@settings(max_examples=40)
@given(choices())
def test_a_part_too_large_to_search_whole_gets_a_plan_no_worse_than_one_by_one(
    choice: Choice,
) -> None:
    found = solved(choice, deterministic_s=TIME_S, max_whole_pickups=0)

    assert is_possible(choice, found.plan)
    assert worth(greedy(choice)) <= worth(found.plan) <= best_of_choice(choice)


@pytest.mark.parametrize("deterministic_s", [0.0, 1e-9])
def test_without_time_one_after_the_other_is_the_answer(deterministic_s: float) -> None:
    limits = [Limit(name, "day", "1") for name in "AB"]
    choice = Choice(
        options={
            f"TB-{n:03}": tuple(option(f"TB-{n:03}", limit, 2 + n % 3, 500) for limit in limits)
            for n in range(100)
        },
        left_units=dict.fromkeys(limits, 101),
    )

    found = solved(choice, deterministic_s=deterministic_s)

    assert worth(found.plan) >= worth(greedy(choice))
    assert is_possible(choice, found.plan)


def test_where_nobody_competes_everybody_has_the_best() -> None:
    free = Choice(options={"TB-1": (option("TB-1", None, 3, 500),)}, left_units={})

    found = solved(free, deterministic_s=TIME_S)

    assert (found.method, found.is_optimal) == (Method.NO_CONFLICT, True)
    assert set(found.plan) == {"TB-1"}
