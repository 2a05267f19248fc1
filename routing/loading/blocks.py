"""The blocks of a load: built, those that cannot stand left out, laid out for the search."""

from dataclasses import dataclass, replace

import numpy as np

from routing.loading.entities import LoadProblem
from routing.loading.kernel.build import bricks, compose, flatten, flatten_all, moments
from routing.loading.kernel.layout import (
    BLOCK_COLUMNS,
    BLOCK_MASS,
    BLOCK_VOLUME,
    CONFLICTS,
    CONTENT_COLUMNS,
    COUNTS,
    DX,
    GROUP,
    KIND_CONFLICTS,
    KIND_COUNT,
    KIND_GROUP,
    KIND_MASS,
    KIND_RANK,
    KINDS,
    MAX_KINDS_IN_BLOCK,
    NUMBER_COLUMNS,
    PART_COLUMNS,
    PART_Z,
    RANK,
    TOP_DY,
    UNITS,
    Blocks,
    Floats,
    Ground,
    Ints,
    new_states,
)
from routing.loading.kernel.stacks import sound
from routing.loading.kinds import (
    Kind,
    Stance,
    balance_of,
    body_of,
    kind_limits,
    kind_numbers,
    kinds_of,
    rank_volumes,
    stances_of,
)

MAX_BLOCKS = 10_000
MAX_BRICKS = 200_000
FEW_KINDS = 15
FEW_KINDS_FILL_SHARE = 0.98
JITTER = 0.05  # of the logarithm of a worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How blocks are built and compared; the figures are measured in the decision record."""

    fill_share: float | None = None  # by the number of kinds
    pairs_tried: int = 3_000_000
    brick_count: int = 8_000
    block_count: int = MAX_BLOCKS
    few_units: float = 0.2
    contact: float = 2.0
    reach: float = 1.0
    near_share: float = 0.04
    early: float = 4.0


@dataclass(frozen=True, slots=True)
class Yard:
    """A load made ready for the search, and what is needed to take blocks apart again."""

    problem: LoadProblem
    kinds: tuple[Kind, ...]
    stances: tuple[Stance, ...]
    ground: Ground
    rows: Ints
    source: Ints
    stance_rows: Ints

    @property
    def counts(self) -> Ints:
        """How many units of each kind are there."""
        return np.array([one.count for one in self.kinds], np.int32)

    @property
    def has_blocks(self) -> bool:
        """Whether anything fits at all."""
        return bool(self.source.shape[0])

    def parts(self, gid: int) -> Ints:
        """Return the boxes of a block, a row each: kind, place in the block, sides."""
        row = self.rows[self.source[gid]]
        parts = np.zeros((row[UNITS], PART_COLUMNS), np.int32)
        flatten(self.rows, self.stance_rows, self.source[gid], parts)
        return parts


def yard_of(problem: LoadProblem, recipe: Recipe) -> Yard:
    """Return the blocks and arrays that a search of ``problem`` works with."""
    kinds = kinds_of(problem)
    stances = stances_of(problem, kinds)
    stance_rows = np.array([(one.kind, *one.sides) for one in stances], np.int32).reshape(-1, 4)
    bare = _bare_ground(problem, kinds, recipe)
    counts = np.array([one.count for one in kinds], np.int32)
    rows, volume = _bricks(stance_rows, counts, bare, recipe)
    needs_parts = bool(bare.body.tests_boxes) or bool(bare.body.is_balanced)
    if needs_parts:
        may = _may_stand(bare, rows, volume, stance_rows)
        rows, volume = rows[may], volume[may]
    rank = bare.kinds[:, KIND_RANK].copy()
    rows, volume = compose(
        rows, volume, counts, rank, bare.body, _fill_share(kinds, recipe), recipe.block_count,
        recipe.pairs_tried,
    )  # fmt: skip
    worth = np.log(volume) - recipe.few_units * np.log(rows[:, UNITS])
    source = np.argsort(-worth, kind="stable")
    may = _is_of_one_company(bare, rows, volume)
    if needs_parts:
        may &= _may_stand(bare, rows, volume, stance_rows)
    source = source[may[source]]
    blocks = _laid_out(rows, volume, source, bare.kinds, worth)
    if needs_parts:
        blocks = _with_parts(blocks, rows, source, stance_rows, bare.kinds)
    return Yard(problem, kinds, stances, bare._replace(blocks=blocks), rows, source, stance_rows)


def _fill_share(kinds: tuple[Kind, ...], recipe: Recipe) -> float:
    """Return how full a join has to be: few kinds rarely join without a gap, many always do."""
    if recipe.fill_share is not None:
        return recipe.fill_share
    return FEW_KINDS_FILL_SHARE if len(kinds) <= FEW_KINDS else 1.0


def jittered(yard: Yard, *, seed: int) -> Yard:
    """Return the same blocks with their worth shaken a little, so that another search is run."""
    blocks, dice = yard.ground.blocks, np.random.default_rng(seed)
    shaken_by = dice.normal(0.0, JITTER, blocks.worth.shape[0])
    worth = (blocks.worth + shaken_by).astype(np.float32)
    falling = np.argsort(-worth, kind="stable")
    lengths = np.diff(blocks.parts_from)[falling]
    parts_from = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = np.repeat(blocks.parts_from[:-1][falling] - parts_from[:-1], lengths)
    shaken = Blocks(
        shape=np.ascontiguousarray(blocks.shape[:, falling]),
        content=blocks.content[falling],
        worth=worth[falling],
        numbers=blocks.numbers[falling],
        gid=blocks.gid,
        parts=blocks.parts[rows + np.arange(rows.shape[0])],
        parts_from=parts_from,
    )
    return replace(yard, ground=yard.ground._replace(blocks=shaken), source=yard.source[falling])


def _bare_ground(problem: LoadProblem, kinds: tuple[Kind, ...], recipe: Recipe) -> Ground:
    numbers = kind_numbers(problem, kinds)
    nothing = np.zeros((0, BLOCK_COLUMNS), np.int32)
    none = np.zeros(0, np.int64)
    return Ground(
        blocks=_laid_out(nothing, none, none, numbers, np.zeros(0)),
        kinds=numbers,
        limits=kind_limits(problem, kinds),
        body=body_of(problem, kinds),
        balance=balance_of(problem),
        rank_volumes=rank_volumes(problem, kinds),
        weights=np.array(
            [recipe.contact, recipe.reach, recipe.near_share, recipe.early], np.float32
        ),
    )


def _bricks(stance_rows: Ints, counts: Ints, bare: Ground, recipe: Recipe) -> tuple[Ints, Ints]:
    """Return the smallest bricks: a large load of one type would have more than is ever read."""
    rows, volume = bricks(stance_rows, counts, bare.kinds, bare.body, MAX_BRICKS)
    small = np.argsort(volume, kind="stable")[: recipe.brick_count]
    return rows[small], volume[small]


def _laid_out(rows: Ints, volume: Ints, source: Ints, kinds: Ints, worth: Floats) -> Blocks:
    """Return the blocks of the rows ``source`` by their columns, without their boxes."""
    chosen, n = rows[source], source.shape[0]
    numbers = np.zeros((n, NUMBER_COLUMNS), np.int64)
    numbers[:, BLOCK_VOLUME] = volume[source]
    for k in range(MAX_KINDS_IN_BLOCK):
        there = chosen[:, KIND_COUNT] > k
        kind = kinds[np.where(there, chosen[:, KINDS + k], 0)] * there[:, None]
        numbers[:, BLOCK_MASS] += kind[:, KIND_MASS] * chosen[:, COUNTS + k]
        numbers[:, RANK] = np.maximum(numbers[:, RANK], kind[:, KIND_RANK])
        numbers[:, GROUP] |= kind[:, KIND_GROUP]
        numbers[:, CONFLICTS] |= kind[:, KIND_CONFLICTS]
    content = chosen[:, KIND_COUNT : KIND_COUNT + CONTENT_COLUMNS].astype(np.int16)
    return Blocks(
        shape=np.ascontiguousarray(chosen[:, DX : TOP_DY + 1].T.astype(np.int16)),
        content=np.ascontiguousarray(content),
        worth=worth[source].astype(np.float32),
        numbers=numbers,
        gid=np.arange(n),
        parts=np.zeros((0, PART_COLUMNS), np.int16),
        parts_from=np.zeros(n + 1, np.int64),
    )


def _with_parts(blocks: Blocks, rows: Ints, source: Ints, stance_rows: Ints, kinds: Ints) -> Blocks:
    """Return the blocks with their boxes and moments."""
    parts_from = np.concatenate([[0], np.cumsum(rows[source, UNITS])]).astype(np.int64)
    parts = np.zeros((parts_from[-1], PART_COLUMNS), np.int16)
    flatten_all(rows, stance_rows, source, parts, parts_from)
    block = np.repeat(np.arange(source.shape[0]), np.diff(parts_from))
    parts = parts[np.lexsort((parts[:, PART_Z], block))]  # what holds others comes first
    moments(parts, parts_from, kinds[:, KIND_MASS].copy(), blocks.numbers)
    return blocks._replace(parts=parts, parts_from=parts_from)


def _may_stand(bare: Ground, rows: Ints, volume: Ints, stance_rows: Ints) -> Ints:
    """Return which blocks break no rule by themselves."""
    source = np.arange(rows.shape[0])
    laid = _laid_out(rows, volume, source, bare.kinds, np.zeros(rows.shape[0]))
    ground = bare._replace(blocks=_with_parts(laid, rows, source, stance_rows, bare.kinds))
    most = int(rows[:, UNITS].max(initial=1))
    states = new_states(1, kinds=1, placed=1, boxes=most, ranks=1)
    may = np.zeros(rows.shape[0], np.bool_)
    sound(states, ground, np.zeros(most, np.float64), may)
    return may


def _is_of_one_company(bare: Ground, rows: Ints, volume: Ints) -> Ints:
    """Return which blocks hold no two groups that must not be in one load."""
    source = np.arange(rows.shape[0])
    numbers = _laid_out(rows, volume, source, bare.kinds, np.zeros(rows.shape[0])).numbers
    may: Ints = (numbers[:, GROUP] & numbers[:, CONFLICTS]) == 0
    return may
