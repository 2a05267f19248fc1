"""The arrays that the compiled loops share, and what their columns mean.

Lengths are in the problem's own unit (its greatest common divisor), so that they fit in 16 bits.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from routing.machine_code import INNER, kept, sources_digest

F = TypeVar("F", bound=Callable[..., Any])

Ints = npt.NDArray[Any]
Floats = npt.NDArray[Any]

OPTIONS: dict[str, Any] = {"nogil": True}
SOURCES: Final = sources_digest(Path(__file__).parent)

MAX_SPACES = 512
MAX_KINDS_IN_BLOCK = 6
MAX_HOLDERS = 16
TRIES_A_PLACE = 32  # blocks whose standing is tested box by box for each one that is asked for

# A row of a block while it is made; its kinds stand at KINDS.., their counts at COUNTS..
DX, DY, DZ, TOP_DX, TOP_DY, UNITS, KIND_COUNT, KINDS = 0, 1, 2, 3, 4, 5, 6, 7
COUNTS = KINDS + MAX_KINDS_IN_BLOCK
AXIS = COUNTS + MAX_KINDS_IN_BLOCK
FIRST, SECOND, ALONG_Y, ALONG_Z = AXIS + 1, AXIS + 2, AXIS + 3, AXIS + 4
BLOCK_COLUMNS = ALONG_Z + 1
CONTENT_COLUMNS = 1 + 2 * MAX_KINDS_IN_BLOCK  # how many kinds, the kinds, their counts
COUNTS_IN_CONTENT = 1 + MAX_KINDS_IN_BLOCK
IS_SIMPLE = -1  # AXIS of a block of one kind: FIRST is its stance, SECOND.. its numbers in x, y, z

# A row of a space; its height reaches to the roof.
X1, Y1, Z1, X2, Y2, IS_DEAD = 0, 1, 2, 3, 4, 5
SPACE_COLUMNS = 6

# The head of a state; behind it the volume that is loaded of every rank.
SPACES, PLACED, VOLUME, MASS, GROUPS, PHASE, BOXES, DROPPED = 0, 1, 2, 3, 4, 5, 6, 7
RANK_VOLUMES = 8

# A placed block, and the bits of its MIRROR.
GID, AT_X, AT_Y, AT_Z, MIRROR = 0, 1, 2, 3, 4
PLACED_COLUMNS = 5
MIRROR_X, MIRROR_Y = 1, 2

# A part of a block.
PART_KIND, PART_X, PART_Y, PART_Z, PART_DX, PART_DY, PART_DZ = 0, 1, 2, 3, 4, 5, 6
PART_COLUMNS = 7

# A box that stands: where, the units of the tower that begins with it, what it stands on.
BOX_X1, BOX_Y1, BOX_Z1, BOX_X2, BOX_Y2, BOX_Z2, BOX_KIND, TOWER, HOLDER_COUNT = range(9)
HOLDERS = 9
CONTACTS = HOLDERS + MAX_HOLDERS
BOX_COLUMNS = CONTACTS + MAX_HOLDERS

# Numbers of a block: moments are twice mass times centre, from the block's own corner.
BLOCK_VOLUME, BLOCK_MASS, MOMENT_X, MOMENT_Y, RANK, GROUP, CONFLICTS = 0, 1, 2, 3, 4, 5, 6
NUMBER_COLUMNS = 7

# Numbers of a kind; equal GOODS are one goods type, RANK 0 is loaded first, a GROUP is a bit.
KIND_MASS, STACK_MAX, IS_FRAGILE, GOODS, KIND_RANK, KIND_GROUP, KIND_CONFLICTS = 0, 1, 2, 3, 4, 5, 6
KIND_COLUMNS = 7
TOP_MAX, BEARING = 0, 1
LIMIT_COLUMNS = 2

# Limits of the centre of gravity.
(
    FRONT_X, WHEELBASE, FRONT_EMPTY, REAR_EMPTY, FRONT_MAX, REAR_MAX, FRONT_MIN_SHARE,
    CENTRE_X_MIN, CENTRE_X_MAX, OFF_CENTRE_MAX,
) = range(10)  # fmt: skip


class Body(NamedTuple):
    """The body and the rules that the loops test, all whole numbers."""

    length: int
    width: int
    height: int
    payload_g: int
    support_bp: int
    phases: int  # stops that keep a sequence, or 1
    has_side_door: int
    is_front_only: int  # fill from the front wall only, so that the load can be shifted
    tests_boxes: int  # stacking, bearing, fragile or partial support: box by box
    overhang: int  # how far a space may reach beyond what holds it
    is_balanced: int  # whether the centre of gravity has limits
    depth_weight: int  # how much more than height and width the way from the front wall counts


class Blocks(NamedTuple):
    """Blocks by falling worth: shape is dx, dy, dz, top dx, top dy as [side, block]."""

    shape: Ints
    content: Ints
    worth: Floats  # logarithm
    numbers: Ints
    gid: Ints
    parts: Ints
    parts_from: Ints


class Ground(NamedTuple):
    """What does not change during a search."""

    blocks: Blocks
    kinds: Ints
    limits: Floats
    body: Body
    balance: Floats
    rank_volumes: Ints  # what is given of every rank
    weights: Floats


class Desk(NamedTuple):
    """Room to work in: the blocks still possible, what is reachable, and scratch arrays."""

    shelf: Blocks
    on_shelf: Ints  # one number: how many blocks the shelf holds
    reach: Ints
    mask: Ints
    cut: Ints
    more_g: Floats


class States(NamedTuple):
    """States of a search, one a row: spaces, what is left, what stands where."""

    spaces: Ints
    head: Ints
    left: Ints
    placed: Ints
    boxes: Ints
    load_g: Floats


def entry(function: F) -> F:
    """Return ``function`` compiled for Python to call, its machine code kept beside its source."""
    return kept(function, sources=SOURCES, options=OPTIONS)


def compiled(function: F) -> F:
    """Return ``function`` compiled for other kernels to call."""
    return cast(F, njit(**OPTIONS, **INNER)(function))


def new_states(rows: int, *, kinds: int, placed: int, boxes: int, ranks: int) -> States:
    """Return ``rows`` empty states."""
    return States(
        spaces=np.zeros((rows, MAX_SPACES, SPACE_COLUMNS), np.int16),
        head=np.zeros((rows, RANK_VOLUMES + ranks), np.int64),
        left=np.zeros((rows, kinds), np.int32),
        placed=np.zeros((rows, placed, PLACED_COLUMNS), np.int32),
        boxes=np.zeros((rows, boxes, BOX_COLUMNS), np.int32),
        load_g=np.zeros((rows, boxes), np.float64),
    )


def new_desk(blocks: Blocks, *, reach: Ints, boxes: int) -> Desk:
    """Return a desk that has room for all blocks."""
    return Desk(
        shelf=Blocks(*map(np.empty_like, blocks)),
        on_shelf=np.zeros(1, np.int64),
        reach=reach,
        mask=np.empty(max(1, blocks.gid.shape[0]), np.uint8),
        cut=np.empty((MAX_SPACES, SPACE_COLUMNS), np.int16),
        more_g=np.zeros(max(1, boxes), np.float64),
    )


@compiled
def copy_state(source: States, i: int, target: States, j: int) -> None:
    """Copy state ``i`` of ``source`` to ``j`` of ``target``, only what is in use."""
    head = source.head[i]
    target.head[j] = head
    target.left[j] = source.left[i]
    spaces, placed, boxes = head[SPACES], head[PLACED], head[BOXES]
    target.spaces[j, :spaces] = source.spaces[i, :spaces]
    target.placed[j, :placed] = source.placed[i, :placed]
    target.boxes[j, :boxes] = source.boxes[i, :boxes]
    target.load_g[j, :boxes] = source.load_g[i, :boxes]
