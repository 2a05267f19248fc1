"""Blocks, reachable lengths and spaces: what the compiled loops stand on."""

import random

import numpy as np
import pytest

from routing.loading.beam import beam_of, next_width, reach_of
from routing.loading.blocks import Recipe, jittered, yard_of
from routing.loading.br import read_br
from routing.loading.entities import LoadProblem
from routing.loading.kernel.layout import PART_X, PART_Y, PART_Z, SPACES, X1, X2, Y1, Y2, Z1
from tests.routing.loading.builders import EVERY_SIDE, box, line, problem, van

pytestmark = pytest.mark.timeout(600)  # the loops are compiled at their first use

FIRST_OF_BR1 = (
    "1  1 2502505  587 233 220  3  1 108 0 76 0 30 1 40  2 110 0 43 1 25 1 33  3 92 1 81 1 55 1 39"
)
SMALL = Recipe(pairs_tried=20_000, block_count=2_000)


def some_boxes(seed: int) -> LoadProblem:
    dice = random.Random(seed)
    goods = [
        box(
            f"g{n}", length_mm=dice.randrange(300, 900, 50), width_mm=dice.randrange(300, 900, 50),
            height_mm=dice.randrange(300, 900, 50), allowed_up=EVERY_SIDE,
        )
        for n in range(6)
    ]  # fmt: skip
    return problem(*goods, lines=tuple(line(one.goods_type_id, 8) for one in goods))


def test_reachable_lengths_are_those_of_the_worked_example() -> None:
    (one,) = read_br(FIRST_OF_BR1, name="BR1")
    yard = yard_of(one, SMALL)
    reach = reach_of(yard, yard.counts)

    assert yard.ground.body.length == 587  # centimetres: the greatest common divisor
    assert (reach[0, 219], reach[1, 71], reach[2, 0]) == (219, 68, 0)


def test_a_brick_of_the_worked_example_is_built() -> None:
    (one,) = read_br(FIRST_OF_BR1, name="BR1")
    blocks = yard_of(one, SMALL).ground.blocks
    found = (blocks.shape[:3].T == (368, 162, 220)).all(axis=1)

    assert 13_115_520 in blocks.numbers[found, 0]


@pytest.mark.parametrize("seed", range(5))
def test_the_boxes_of_a_block_are_apart_and_held_within_it(seed: int) -> None:
    yard = yard_of(some_boxes(seed), SMALL)
    dice = random.Random(seed)

    for gid in dice.sample(range(len(yard.source)), 40):
        parts = yard.parts(gid)
        low = parts[:, [PART_X, PART_Y, PART_Z]]
        high = low + parts[:, 4:7]
        assert (high <= yard.ground.blocks.shape[:3, gid]).all()
        shared = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
        assert ((shared > 0).all(axis=2) == np.eye(len(parts), dtype=bool)).all()
        areas = np.prod(shared[:, :, :2].clip(min=0), axis=2)
        held = np.where(high[None, :, 2] == low[:, None, 2], areas, 0).sum(axis=1)
        base = parts[:, 4] * parts[:, 5]
        assert ((low[:, 2] == 0) | (held == base)).all()


@pytest.mark.parametrize("seed", range(5))
def test_spaces_are_free_and_held(seed: int) -> None:
    yard = yard_of(some_boxes(seed), SMALL)
    beam = beam_of(yard, stop=lambda: False)
    beam.run(1)
    boxes = [
        (*at, *(at[axis] + int(yard.ground.blocks.shape[axis, gid]) for axis in range(3)))
        for gid, at, _ in beam.placed_blocks()
    ]

    for s in beam.best.spaces[0, : beam.best.head[0, SPACES]].tolist():
        for x1, y1, _, x2, y2, z2 in boxes:
            wide = min(s[X2], x2) - max(s[X1], x1)
            deep = min(s[Y2], y2) - max(s[Y1], y1)
            assert wide <= 0 or deep <= 0 or z2 <= s[Z1]


def test_shaken_blocks_are_the_same_blocks() -> None:
    yard = yard_of(some_boxes(1), SMALL)
    other = jittered(yard, seed=5)

    assert sorted(other.source.tolist()) == sorted(yard.source.tolist())
    assert other.source.tolist() != yard.source.tolist()
    for gid in (0, 7, 100):
        assert other.ground.blocks.numbers[gid, 0] == int(
            np.prod(other.parts(gid)[:, 4:7], axis=1).sum()
        )


@pytest.mark.parametrize(
    ("took_s", "left_s", "least", "most"),
    [
        (0.1, 100.0, 5, 6),  # far from the end: the square root of two
        (1.0, 2.9, 6, 7),  # the last run that still ends
        (1.0, 0.1, 1, 2),
    ],
)
def test_the_next_width_uses_what_is_left(
    took_s: float, left_s: float, least: int, most: int
) -> None:
    assert least <= next_width(4.0, took_s=took_s, left_s=left_s) <= most


def test_a_type_that_fits_nowhere_has_no_blocks() -> None:
    assert not yard_of(problem(box(height_mm=2_001), vehicle=van()), SMALL).has_blocks
