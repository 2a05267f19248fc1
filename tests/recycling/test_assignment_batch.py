"""Batches: the optimum where it can be tried out, the laws where it cannot, and hostile input."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recycling.assignment import Outcome, assign
from recycling.assignment_batch import MAX_PICKUPS, assign_batch
from recycling.assignment_option import Worth
from recycling.assignment_search import Method
from tests.recycling.assignment_builders import (
    FRIDGE,
    WISHED_ON,
    pickup,
    qingdao_candidates,
    standing,
)
from tests.recycling.batch_builders import best_of, broken, some_batch

seeds = st.integers(0, 2**32)


@settings(max_examples=60)
@given(seeds, st.integers(1, 8), st.integers(1, 3), st.booleans(), st.sampled_from([1, 4]))
def test_up_to_eight_orders_get_the_best_of_all_plans(
    seed: int, pickups: int, recyclers: int, is_capped: bool, most_units: int
) -> None:
    wanted, standings = some_batch(
        seed, pickups=pickups, recyclers=recyclers, is_capped=is_capped, most_units=most_units
    )

    answer = assign_batch(wanted, standings)

    assert answer.worth == best_of(wanted, standings, answer)
    assert answer.is_optimal
    assert not broken(wanted, standings, answer)


@settings(max_examples=25)
@given(seeds, st.integers(1, 120), st.integers(0, 8), st.booleans(), st.sampled_from([1, 5]))
def test_no_batch_is_worse_than_one_by_one_exceeds_a_capacity_or_names_who_may_not(
    seed: int, pickups: int, recyclers: int, is_capped: bool, most_units: int
) -> None:
    wanted, standings = some_batch(
        seed,
        pickups=pickups,
        recyclers=recyclers,
        is_capped=is_capped,
        most_units=most_units,
        most_capacity=40,
    )

    answer = assign_batch(wanted, standings, deterministic_s=0.2)

    assert answer.worth >= answer.greedy_worth
    assert not broken(wanted, standings, answer)
    assert len(answer.assignments) == len(wanted)
    units = {one.takeback_order_id: one.units for one in wanted}
    assert answer.worth.units == sum(
        units[one.takeback_order_id] for one in answer.assignments if one.recycler_id
    )


@settings(max_examples=6)
@given(seeds, st.integers(1, 100), st.sampled_from([1, 5]))
def test_the_sequence_of_the_input_decides_nothing(
    seed: int, pickups: int, most_units: int
) -> None:
    wanted, standings = some_batch(
        seed, pickups=pickups, recyclers=6, most_units=most_units, most_capacity=40
    )
    answer = assign_batch(wanted, standings, deterministic_s=0.1)
    dice = Random(seed)
    dice.shuffle(wanted)
    dice.shuffle(standings)

    again = assign_batch(wanted, standings, deterministic_s=0.1)

    assert again == answer


@given(seeds)
def test_a_batch_of_one_is_the_answer_for_one(seed: int) -> None:
    (wanted,), standings = some_batch(seed, pickups=1, recyclers=5)

    answer = assign_batch([wanted], standings)

    assert answer.assignments == (assign(wanted, standings),)


def test_two_orders_share_two_recyclers_where_one_by_one_leaves_one_out() -> None:
    # both prefer A, which has room for one of them; only TB-2 may go to nobody else
    standings = [standing("A", capacity_units_per_day=1, kept=100), standing("B", kept=0)]
    wanted = [pickup("TB-1"), pickup("TB-2", declined_by=frozenset({"B"}))]

    answer = assign_batch(wanted, standings)

    assert [one.recycler_id for one in answer.assignments] == ["B", "A"]
    assert (answer.worth.units, answer.greedy_worth.units) == (2, 1)
    assert answer.methods == (Method.MIN_COST_FLOW,)
    assert answer.is_optimal


def test_orders_of_several_units_are_never_split() -> None:
    standings = [standing(name, capacity_units_per_day=3) for name in "AB"]
    wanted = [pickup(f"TB-{n}", categories=(FRIDGE, FRIDGE)) for n in range(3)]

    answer = assign_batch(wanted, standings)

    assert answer.worth.units == 4  # six units and six places, but no order in two halves
    assert answer.methods == (Method.CP_SAT,)
    left_out = [one for one in answer.assignments if one.recycler_id is None]
    assert [one.outcome for one in left_out] == [Outcome.CAPACITY_TAKEN]
    assert left_out[0].outcome.alert is None
    assert all(not one.failed for one in left_out[0].candidates)


def test_days_do_not_compete() -> None:
    only = standing("A", capacity_units_per_day=1)
    wanted = [pickup("TB-1"), pickup("TB-2", wished_on=WISHED_ON.replace(day=16))]

    answer = assign_batch(wanted, [only])

    assert [one.recycler_id for one in answer.assignments] == ["A", "A"]
    assert answer.methods == (Method.NO_CONFLICT,)


def test_alerts_and_reasons_are_those_of_single_answers() -> None:
    wanted = [
        pickup("TB-1", rounds_done=3),
        pickup("TB-2", categories=("spaceship",)),
        pickup("TB-3"),
    ]

    answer = assign_batch(wanted, qingdao_candidates())

    assert [str(one.outcome.alert) for one in answer.assignments] == [
        "assignment-exhausted",
        "no-eligible-recycler",
        "None",
    ]
    assert answer.assignments[2] == assign(wanted[2], qingdao_candidates())


def test_an_empty_batch_and_a_batch_without_recyclers_have_answers() -> None:
    assert assign_batch([], qingdao_candidates()).worth == Worth(0, 0)

    answer = assign_batch([pickup()], [])

    assert answer.assignments[0].outcome is Outcome.NO_ELIGIBLE_RECYCLER
    assert answer.is_optimal


def test_an_order_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="takeback_order_id 'TB-1' is there twice"):
        assign_batch([pickup("TB-1"), pickup("TB-2"), pickup("TB-1")], [])


def test_a_batch_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 5000 pickups in a batch, got 5001"):
        assign_batch([pickup()] * (MAX_PICKUPS + 1), [])
