"""One pickup: the winner, ties, rounds, alerts, and reasons for every candidate."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.assignment import MAX_RECYCLERS, Alert, Outcome, assign
from recycling.assignment_policy import packaged_policy
from recycling.eligibility import FailureCode
from tests.recycling.assignment_builders import (
    WISHED_ON,
    pickup,
    qingdao_candidates,
    standing,
)


def test_the_order_of_qingdao_goes_to_weifang() -> None:
    answer = assign(pickup(), qingdao_candidates())

    assert (answer.outcome, answer.recycler_id) == (Outcome.ASSIGNED, "B")
    assert [one.recycler_id for one in answer.candidates] == ["B", "A"]
    assert [one.components.score_bp for one in answer.candidates if one.components] == [7787, 6385]
    assert answer.outcome.alert is None
    assert answer.policy_version == "1"


def test_who_failed_stands_last_with_the_codes_and_counts_for_no_price() -> None:
    a, b = qingdao_candidates()
    suspended = standing("0", suspended=True, capacity_units_per_day=0, price_cny_fen={})

    answer = assign(pickup(), [suspended, a, b])

    last = answer.candidates[-1]
    assert (last.recycler_id, last.components) == ("0", None)
    assert last.failed == (FailureCode.CAPACITY_FULL, FailureCode.SUSPENDED)
    assert [one.failed for one in answer.candidates[:2]] == [(), ()]
    assert answer.candidates[1].components == assign(pickup(), [a, b]).candidates[1].components


def test_at_equal_scores_fewer_open_units_win_and_then_the_smaller_id() -> None:
    # 0 and 1 open of 20,000 leave the same score
    busy = standing("A", capacity_units_per_day=20_000, open_units={WISHED_ON: 1})
    calm = [standing(name, capacity_units_per_day=20_000) for name in ("C", "B")]

    answer = assign(pickup(), [busy, *calm])

    scores = {one.components.score_bp for one in answer.candidates if one.components}
    assert len(scores) == 1
    assert [one.recycler_id for one in answer.candidates] == ["B", "C", "A"]


def test_without_an_eligible_recycler_somebody_is_told() -> None:
    answer = assign(pickup(), [standing(suspended=True)])

    assert (answer.outcome, answer.recycler_id) == (Outcome.NO_ELIGIBLE_RECYCLER, None)
    assert answer.outcome.alert is Alert.NO_ELIGIBLE_RECYCLER
    assert str(answer.outcome.alert) == "no-eligible-recycler"
    assert answer.candidates[0].failed == (FailureCode.SUSPENDED,)


def test_without_any_recycler_somebody_is_told() -> None:
    assert assign(pickup(), []).outcome.alert is Alert.NO_ELIGIBLE_RECYCLER


def test_each_round_asks_the_next_best_and_the_fourth_asks_nobody() -> None:
    standings = [
        standing(name, kept=kept) for name, kept in (("D", 70), ("C", 60), ("B", 50), ("A", 40))
    ]
    asked: list[str] = []

    for rounds_done in range(packaged_policy().max_rounds):
        again = pickup(declined_by=frozenset(asked), rounds_done=rounds_done)
        winner = assign(again, standings).recycler_id
        assert winner is not None
        asked.append(winner)
    last = assign(pickup(declined_by=frozenset(asked), rounds_done=3), standings)

    assert asked == ["D", "C", "B"]
    assert (last.outcome, last.recycler_id) == (Outcome.ASSIGNMENT_EXHAUSTED, None)
    assert last.outcome.alert == "assignment-exhausted"
    assert last.candidates[0].recycler_id == "A"  # who would have been next is still shown
    assert {one.failed for one in last.candidates[1:]} == {(FailureCode.DECLINED_BEFORE,)}


def test_where_all_declined_nobody_is_eligible() -> None:
    everybody = pickup(declined_by=frozenset({"A", "B"}), rounds_done=2)

    assert assign(everybody, qingdao_candidates()).outcome is Outcome.NO_ELIGIBLE_RECYCLER


def test_another_policy_decides_otherwise_and_is_named() -> None:
    by_distance = replace(
        packaged_policy(),
        version="2",
        distance_weight_bp=10_000,
        sla_weight_bp=0,
        load_weight_bp=0,
        price_weight_bp=0,
    )

    answer = assign(pickup(), qingdao_candidates(), by_distance)

    assert (answer.recycler_id, answer.policy_version) == ("A", "2")


@given(st.permutations([*qingdao_candidates(), standing("C"), standing("D", suspended=True)]))
def test_the_sequence_of_the_recyclers_decides_nothing(shuffled: list[object]) -> None:
    plain = [*qingdao_candidates(), standing("C"), standing("D", suspended=True)]

    assert assign(pickup(), shuffled) == assign(pickup(), plain)  # type: ignore[arg-type]


def test_a_recycler_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="recycler_id 'A' is there twice"):
        assign(pickup(), [standing("A"), standing("B"), standing("A")])


def test_too_many_recyclers_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 2000 recyclers at once, got 2001"):
        assign(pickup(), [standing("A")] * (MAX_RECYCLERS + 1))
