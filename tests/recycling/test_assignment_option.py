"""Choices: what may be left out of one, what falls apart, and what one after the other gives."""

from hypothesis import given

from recycling.assignment_option import Choice, Worth, apart, greedy, reduced, worth
from tests.recycling.batch_builders import L1, L2, best_of_choice, choices, option


def test_units_come_before_scores() -> None:
    assert Worth(2, 0) > Worth(1, 20_000)
    assert Worth(2, 1) > Worth(2, 0)


def test_one_after_the_other_takes_the_best_that_fits_and_leaves_out_who_does_not() -> None:
    choice = Choice(
        options={
            "TB-1": (option("TB-1", L1, 3, 900), option("TB-1", L2, 3, 100)),
            "TB-2": (option("TB-2", L1, 2, 900), option("TB-2", L2, 2, 800)),
            "TB-3": (option("TB-3", L1, 2, 900),),
        },
        left_units={L1: 4, L2: 2},
    )

    plan = greedy(choice)

    assert {key: one.recycler_id for key, one in plan.items()} == {"TB-1": "A", "TB-2": "B"}
    assert worth(plan) == Worth(5, 1_700)


def test_a_limit_into_which_everybody_fits_and_the_options_behind_a_free_one_fall() -> None:
    choice = Choice(
        options={
            "TB-1": (option("TB-1", L1, 1, 900), option("TB-1", L2, 1, 100)),
            "TB-2": (option("TB-2", L2, 1, 800),),
        },
        left_units={L1: 1, L2: 1},
    )

    left = reduced(choice)

    # TB-1 has A to itself, so it never needs B, which TB-2 then has to itself
    assert left.left_units == {}
    assert [len(ranked) for ranked in left.options.values()] == [1, 1]


@given(choices())
def test_what_falls_away_is_never_needed(choice: Choice) -> None:
    assert best_of_choice(reduced(choice)) == best_of_choice(choice)


@given(choices())
def test_the_parts_together_are_the_whole(choice: Choice) -> None:
    parts = apart(choice)

    keys = [key for part in parts for key in part.options]
    limits = [limit for part in parts for limit in part.left_units]
    assert sorted(keys) == sorted(choice.options)
    assert len(limits) == len(set(limits))
    bests = [best_of_choice(part) for part in parts]
    assert best_of_choice(choice) == Worth(
        sum(one.units for one in bests), sum(one.score_bp for one in bests)
    )
