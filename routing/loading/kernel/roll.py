"""States grow: a block is placed, a roll-out fills to the end, a node gets its children."""

import numpy as np

from routing.loading.kernel.balance import worth_of
from routing.loading.kernel.layout import (
    AT_X,
    AT_Y,
    AT_Z,
    BLOCK_MASS,
    BLOCK_VOLUME,
    BOXES,
    CONTENT_COLUMNS,
    COUNTS_IN_CONTENT,
    GID,
    GROUP,
    GROUPS,
    IS_DEAD,
    MASS,
    MIRROR,
    NUMBER_COLUMNS,
    PHASE,
    PLACED,
    RANK,
    RANK_VOLUMES,
    SPACE_COLUMNS,
    SPACES,
    VOLUME,
    X1,
    X2,
    Y1,
    Y2,
    Z1,
    Blocks,
    Desk,
    Floats,
    Ground,
    Ints,
    States,
    compiled,
    copy_state,
    entry,
)
from routing.loading.kernel.pick import best_blocks, corner, fits_count
from routing.loading.kernel.spaces import add_top, choose_space, cut_spaces, revive
from routing.loading.kernel.stacks import stand, widen_face


@compiled
def fill_shelf(blocks: Blocks, left: Ints, rank: int, desk: Desk) -> None:
    """Lay out the blocks whose units are all there and whose stop is not done."""
    shelf, n, numbers, content = desk.shelf, 0, blocks.numbers, blocks.content
    for b in range(blocks.gid.shape[0]):
        if numbers[b, RANK] < rank or not fits_count(content, b, left):
            continue
        for side in range(3):
            shelf.shape[side, n] = blocks.shape[side, b]
        for column in range(CONTENT_COLUMNS):
            shelf.content[n, column] = content[b, column]
        for column in range(NUMBER_COLUMNS):
            shelf.numbers[n, column] = numbers[b, column]
        shelf.worth[n], shelf.gid[n] = blocks.worth[b], b
        n += 1
    desk.on_shelf[0] = n


@compiled
def _face_of(gid: int, at: Ints, shape: Ints, face: Ints) -> bool:
    """Write the rectangle on top of a placed block that holds others; False if nothing may."""
    top_dx, top_dy = shape[3, gid], shape[4, gid]
    x = at[0] + shape[0, gid] - top_dx if at[3] else at[0]
    y = at[1] + shape[1, gid] - top_dy if at[4] else at[1]
    face[X1], face[Y1], face[Z1] = x, y, at[2] + shape[2, gid]
    face[X2], face[Y2], face[IS_DEAD] = x + top_dx, y + top_dy, 0
    return top_dx > 0


@compiled
def _enter(states: States, i: int, gid: int, at: Ints, blocks: Blocks) -> None:
    """Write a placed block into the books."""
    head, content, numbers, left = states.head[i], blocks.content, blocks.numbers, states.left[i]
    for k in range(content[gid, 0]):
        left[content[gid, 1 + k]] -= content[gid, COUNTS_IN_CONTENT + k]
    placed = states.placed[i, head[PLACED]]
    placed[GID], placed[MIRROR] = gid, at[3] + at[4]
    placed[AT_X], placed[AT_Y], placed[AT_Z] = at[0], at[1], at[2]
    head[PLACED] += 1
    head[VOLUME] += numbers[gid, BLOCK_VOLUME]
    head[RANK_VOLUMES + numbers[gid, RANK]] += numbers[gid, BLOCK_VOLUME]
    head[MASS] += numbers[gid, BLOCK_MASS]
    head[GROUPS] |= numbers[gid, GROUP]


@compiled
def put(states: States, i: int, space: int, gid: int, ground: Ground, desk: Desk) -> None:
    """Place a block in the corner of a space."""
    blocks, body, spaces, head = ground.blocks, ground.body, states.spaces[i], states.head[i]
    shape, at, box = blocks.shape, np.empty(5, np.int64), np.empty(6, np.int64)
    corner(spaces[space], shape[:, gid], body, at)
    for axis in range(3):
        box[axis], box[axis + 3] = at[axis], at[axis] + shape[axis, gid]
    _enter(states, i, gid, at, blocks)
    if body.tests_boxes:
        stand(states, i, gid, at, ground, desk.more_g)
    cut_spaces(spaces, head, box, desk.cut)
    face = np.empty(SPACE_COLUMNS, np.int16)
    if box[5] < body.height and _face_of(gid, at, shape, face):
        if body.overhang:
            widen_face(states.boxes[i], head[BOXES], face, body)
        add_top(spaces, head, face, desk.cut)


@compiled
def next_choice(
    states: States, i: int, ground: Ground, desk: Desk, top: Ints, top_score: Floats
) -> tuple[int, int]:
    """Return the next space in which anything fits, and how many blocks are written; -1 at the end.

    A space where nothing fits dies. When all are dead, the goods of the next stop get their turn.
    """
    while True:
        space = choose_space(states.spaces[i], states.head[i, SPACES], ground.body)
        if space < 0:
            if states.head[i, PHASE] + 1 >= ground.body.phases:
                return -1, 0
            states.head[i, PHASE] += 1
            revive(states.spaces[i], states.head[i, SPACES])
            continue
        n = best_blocks(states, i, states.spaces[i, space], ground, desk, top, top_score)
        if n:
            return space, n
        states.spaces[i, space, IS_DEAD] = 1


@compiled
def roll_out(states: States, i: int, ground: Ground, desk: Desk) -> None:
    """Fill a state to its end, each time with the best block."""
    top, top_score = np.empty(1, np.int64), np.empty(1, np.float32)
    while True:
        space, n = next_choice(states, i, ground, desk, top, top_score)
        if n == 0:
            return
        put(states, i, space, desk.shelf.gid[top[0]], ground, desk)


@compiled
def _mixed(volume: int, left: Ints) -> np.uint64:
    """A hash of what a state holds."""
    value = np.uint64(1469598103934665603) ^ np.uint64(volume)
    for count in left:
        value = (value * np.uint64(1099511628211)) ^ np.uint64(count)
    return value


@entry
def expand(
    states: States, i: int, ground: Ground, desk: Desk, scratch: States, best: States,
    best_value: Ints, children: Ints, hashes: Ints, n: int, top: Ints,
) -> int:  # fmt: skip
    """Write children of a node from row ``n``, up to as many as ``top`` holds; return the next row.

    A child is parent, space, block, and the value at the end of its roll-out. The best roll-out
    seen stands in ``best``. ``scratch`` has one row, where all the work is done: loops that know
    their row are compiled once.
    """
    top_score = np.empty(top.shape[0], np.float32)
    fill_shelf(ground.blocks, states.left[i], states.head[i, PHASE], desk)
    copy_state(states, i, scratch, 0)
    space, found = next_choice(scratch, 0, ground, desk, top, top_score)
    copy_state(scratch, 0, states, i)  # with the spaces that were found dead
    for c in range(found):
        gid = desk.shelf.gid[top[c]]
        copy_state(states, i, scratch, 0)
        put(scratch, 0, space, gid, ground, desk)
        hashes[n] = _mixed(scratch.head[0, VOLUME], scratch.left[0])
        roll_out(scratch, 0, ground, desk)
        value = worth_of(scratch, 0, ground)
        children[n, 0], children[n, 1], children[n, 2], children[n, 3] = i, space, gid, value
        if value > best_value[0]:
            best_value[0] = value
            copy_state(scratch, 0, best, 0)
        n += 1
    return n


@entry
def grow(
    states: States, grown: States, children: Ints, chosen: Ints, ground: Ground, desk: Desk,
    scratch: States,
) -> None:  # fmt: skip
    """Write the chosen children as states, each from its parent."""
    for row in range(chosen.shape[0]):
        child = children[chosen[row]]
        copy_state(states, child[0], scratch, 0)
        put(scratch, 0, child[1], child[2], ground, desk)
        copy_state(scratch, 0, grown, row)
