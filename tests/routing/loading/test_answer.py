"""Bounds, proofs and the three answers: what is called impossible is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.loading.answer import Verdict, answer
from routing.loading.bounds import first_broken
from routing.loading.entities import Door, LeftReason, LoadProblem
from routing.loading.exact import Proven, prove
from routing.loading.search import Budget, load
from tests.routing.loading.builders import EVERY_SIDE, any_problem, box, line, problem, van

pytestmark = pytest.mark.timeout(600)

BROKEN = [
    (LeftReason.PAYLOAD, problem(vehicle=van(payload_g=9_999))),
    (LeftReason.HEIGHT, problem(box(height_mm=2_001))),
    (LeftReason.VOLUME, problem(lines=(line(unit_count=129),))),
    (LeftReason.FLOOR, problem(box(stack_max_count=1), lines=(line(unit_count=33),))),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "given"), BROKEN)
def test_a_broken_bound_is_named(reason: LeftReason, given: LoadProblem) -> None:
    found = first_broken(given)

    assert found is not None
    assert found.reason is reason
    assert verdict(given) is Verdict.IMPOSSIBLE


def verdict(given: LoadProblem) -> Verdict:
    return answer(given, clock=lambda: 0.0, budget=Budget(nodes=20)).verdict


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=30)
def test_no_bound_forbids_what_was_loaded(seed: int) -> None:
    one = any_problem(seed)
    found = load(one, clock=lambda: 0.0, budget=Budget(nodes=20))

    assert not (found.is_complete and first_broken(one))


def test_just_full_is_packed() -> None:
    assert verdict(problem(lines=(line(unit_count=128),))) is Verdict.PACKED


def test_three_blocks_longer_than_half_the_body_are_proven_impossible() -> None:
    long = box(length_mm=2_100, width_mm=1_100, height_mm=500, mass_g=None, stack_max_count=1)
    one = problem(long, vehicle=van(height_mm=500), lines=(line(unit_count=3),))

    assert first_broken(one) is None
    assert prove(one).proven is Proven.IMPOSSIBLE
    assert verdict(one) is Verdict.IMPOSSIBLE


def test_a_proof_bounds_the_volume_from_above() -> None:
    goods = box(length_mm=1_300, width_mm=900, height_mm=1_100, allowed_up=EVERY_SIDE)
    one = problem(goods, lines=(line(unit_count=10),))
    found = load(one, clock=lambda: 0.0, budget=Budget(nodes=200))

    assert sum(p.volume_mm3 for p in found.placements) <= prove(one).most_volume_mm3


@pytest.mark.parametrize("door", list(Door))
def test_the_unloading_sequence_is_part_of_a_proof(door: Door) -> None:
    """Two units fill the body one behind the other along x: through a side door both stops do."""
    half = box(length_mm=2_000, width_mm=2_000, height_mm=2_000)
    one = problem(
        half, vehicle=van(door=door), lines=(line(stop=1), line(stop=2)),
        keeps_unloading_sequence=True,
    )  # fmt: skip

    assert verdict(one) is Verdict.PACKED
    assert prove(one).proven is Proven.NOT_REFUTED


def test_a_proof_is_for_few_units() -> None:
    with pytest.raises(ValueError, match="unit_count 21"):
        prove(problem(lines=(line(unit_count=21),)))
