"""Laws of the search: whatever it is given and whenever it ends, its plan can be loaded."""

from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.check.load import violations
from routing.loading.entities import Axles, LeftReason, LoadPlan, LoadProblem
from routing.loading.search import Budget, load, load_greedily, warm_up
from tests.routing.loading.builders import EVERY_SIDE, any_problem, box, line, problem, van

COMPILING_S = 600


def planned(given: LoadProblem, *, nodes: int = 30, seed: int = 1) -> LoadPlan:
    return load(given, clock=lambda: 0.0, budget=Budget(nodes=nodes), seed=seed)


def reasons(found: LoadPlan) -> dict[str, LeftReason]:
    return {one.goods_type_id: one.reason for one in found.leftovers}


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


pytestmark = pytest.mark.timeout(COMPILING_S)


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=100)
def test_no_load_breaks_a_rule(seed: int) -> None:
    one = any_problem(seed)

    for found in (planned(one), load_greedily(one)):
        assert not violations(one, found)


@pytest.mark.soak
@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=1_000)
def test_none_of_a_thousand_loads_breaks_a_rule(seed: int) -> None:
    one = any_problem(seed)

    assert not violations(one, planned(one))


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=10)
def test_units_volume_and_mass_are_placed_or_left(seed: int) -> None:
    one = any_problem(seed)
    found = planned(one)
    told = Counter(p.line_id for p in found.placements)
    for left in found.leftovers:
        told[left.line_id] += left.unit_count

    assert told == {given.line_id: given.unit_count for given in one.lines}


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=10)
def test_the_same_seed_makes_the_same_plan(seed: int) -> None:
    one = any_problem(seed)

    assert planned(one, seed=seed) == planned(one, seed=seed)


@pytest.mark.parametrize("ticks", [1, 5, 40, 300])
@pytest.mark.parametrize("goods", [{}, {"allowed_up": EVERY_SIDE}])
def test_a_run_that_is_cut_short_is_valid_and_can_be_made_again(
    ticks: int, goods: dict[str, Any]
) -> None:
    """Once with goods that only stand upright, which are tried as columns first."""
    types = [box(f"g{n}", length_mm=310 + 70 * n, **goods) for n in range(4)]
    one = problem(*types, lines=tuple(line(t.goods_type_id, 40) for t in types))
    clock = count()
    timed = load(one, clock=lambda: next(clock), budget=Budget(seconds=ticks), seed=3)

    again = load(one, clock=lambda: 0.0, budget=Budget.of(timed.effort), seed=3)

    assert not violations(one, timed)
    assert again.placements == timed.placements


def test_what_is_told_on_the_way_never_falls() -> None:
    told: list[float] = []
    goods = [box(f"g{n}", length_mm=310 + 70 * n, allowed_up=EVERY_SIDE) for n in range(4)]
    load(
        problem(*goods, lines=tuple(line(one.goods_type_id, 40) for one in goods)),
        clock=lambda: 0.0, budget=Budget(nodes=200),
        on_progress=lambda share, _: told.append(share),
    )  # fmt: skip

    assert len(told) > 3
    assert told == sorted(told)


def test_a_body_that_is_filled_by_cubes_is_filled() -> None:
    found = planned(problem(lines=(line(unit_count=128),)))

    assert found.is_complete
    assert sum(one.volume_mm3 for one in found.placements) == van().volume_mm3


def test_two_surfaces_of_one_height_carry_a_wider_box() -> None:
    """Two half boxes side by side hold one that is as wide as both."""
    low = box("low", length_mm=1_000, width_mm=1_000, height_mm=1_000)
    wide = box("wide", length_mm=1_000, width_mm=2_000, height_mm=1_000)
    found = planned(
        problem(
            low, wide, vehicle=van(length_mm=1_000), lines=(line("low", 2), line("wide"))
        )
    )  # fmt: skip

    assert found.is_complete


LEFT = [
    (LeftReason.HEIGHT, box("b", height_mm=2_001, width_mm=100), {}),
    (LeftReason.ORIENTATION, box("b", length_mm=2_001, width_mm=2_001, height_mm=100), {}),
    (LeftReason.PAYLOAD, box("b", mass_g=50_001), {"vehicle": van(payload_g=50_000)}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "goods", "changed"), LEFT)
def test_what_stays_behind_says_why(
    reason: LeftReason, goods: object, changed: dict[str, object]
) -> None:
    first = box("a", allowed_up=EVERY_SIDE)
    found = planned(problem(first, goods, **changed))  # type: ignore[arg-type]

    assert reasons(found) == {"b": reason}


def test_what_is_larger_than_all_free_room_is_left_for_volume() -> None:
    big = box("big", length_mm=3_999, width_mm=2_000, height_mm=2_000)

    assert reasons(planned(problem(big, box("small")))) == {"small": LeftReason.VOLUME}


def test_goods_of_a_forbidden_pair_are_not_loaded_together() -> None:
    found = planned(
        problem(
            box("new", mix_group="new", length_mm=900), box("old", mix_group="old"),
            forbidden_pairs=frozenset({frozenset({"new", "old"})}),
        )
    )  # fmt: skip

    assert reasons(found) == {"old": LeftReason.MIX_GROUP}


def test_goods_that_nothing_carries_need_floor() -> None:
    one = box(length_mm=1_000, width_mm=1_000, stack_max_count=1, allowed_up=EVERY_SIDE)
    found = planned(problem(one, lines=(line(unit_count=12),)))

    assert len(found.placements) >= 8
    assert all(p.z_mm == 0 for p in found.placements)


def test_a_unit_that_only_fits_on_what_cannot_bear_it_is_left_for_bearing() -> None:
    base = box("base", length_mm=4_000, width_mm=2_000, mass_g=100_000, bearing_kg_per_m2=1)
    heavy = box("heavy", mass_g=90_000)
    found = planned(problem(base, heavy))

    assert reasons(found) == {"heavy": LeftReason.BEARING}


def test_axles_that_bear_too_little_leave_units_behind() -> None:
    axles = Axles(
        front_x_mm=-1_000, rear_x_mm=3_000, front_empty_g=1_000_000, rear_empty_g=1_000_000,
        front_max_g=2_000_000, rear_max_g=1_060_000,
    )  # fmt: skip
    given = problem(vehicle=van(axles=axles), lines=(line(unit_count=128),))
    found = planned(given)

    assert set(reasons(found).values()) == {LeftReason.AXLE}
    assert len(found.placements) > 12


def test_a_few_boxes_are_put_in_the_middle_when_balance_asks_for_it() -> None:
    one = problem(vehicle=van(off_centre_max_bp=500), lines=(line(unit_count=2),))
    found = planned(one)

    assert found.is_complete


def test_stops_are_loaded_in_reverse() -> None:
    one = problem(
        lines=tuple(line(unit_count=40, stop=stop) for stop in (1, 2, 3)),
        keeps_unloading_sequence=True,
    )
    found = planned(one)
    stops = [p.stop for p in found.placements]

    assert found.is_complete
    assert stops == sorted(stops, reverse=True)


def test_an_empty_load_is_an_empty_plan() -> None:
    assert planned(replace(problem(), lines=())).is_complete
    assert load_greedily(replace(problem(), lines=())).is_complete
