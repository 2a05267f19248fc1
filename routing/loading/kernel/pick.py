"""Which block goes into a space: by worth, contact and the room it leaves, if rules allow it."""

import math

import numpy as np

from routing.loading.kernel.layout import (
    BLOCK_MASS,
    CONFLICTS,
    COUNTS_IN_CONTENT,
    GROUPS,
    MASS,
    MIRROR_X,
    MIRROR_Y,
    PHASE,
    PLACED,
    RANK,
    RANK_VOLUMES,
    TRIES_A_PLACE,
    X1,
    X2,
    Y1,
    Y2,
    Z1,
    Body,
    Desk,
    Floats,
    Ground,
    Ints,
    States,
    compiled,
)
from routing.loading.kernel.stacks import may_stand
from routing.loading.kernel.way import is_way_free

CONTACT, REACH, NEAR, EARLY = range(4)  # weights of a score; which gap still counts as contact


@compiled
def fits_count(content: Ints, b: int, left: Ints) -> bool:
    """Return whether the units of a block are still there."""
    for i in range(content[b, 0]):
        if left[content[b, 1 + i]] < content[b, COUNTS_IN_CONTENT + i]:
            return False
    return True


@compiled
def _score(
    dx: np.int64,
    dy: np.int64,
    dz: np.int64,
    length: np.int64,
    width: np.int64,
    height: np.int64,
    reach: Ints,
    weights: Floats,
) -> float:
    """Logarithm of how well a block fills a space: contact, and the room that stays usable."""
    usable = (
        np.float32(dx + reach[0, length - dx])
        * np.float32(dy + reach[1, width - dy])
        * np.float32(dz + reach[2, height - dz])
    )
    room = np.float32(length) * np.float32(width) * np.float32(height)
    side_x, side_y, side_z = np.float32(dy * dz), np.float32(dx * dz), np.float32(dx * dy)
    faces = side_x + side_y + side_z
    contact = faces
    if length - dx <= weights[NEAR] * dx:
        contact += side_x
    if width - dy <= weights[NEAR] * dy:
        contact += side_y
    if height - dz <= weights[NEAR] * dz:
        contact += side_z
    share = contact / (np.float32(2) * faces)
    return weights[CONTACT] * math.log(share) + weights[REACH] * math.log(usable / room)


@compiled
def corner(space: Ints, block: Ints, body: Body, at: Ints) -> None:
    """Write where a block goes in a space: x, y, z, and whether it is mirrored in x and in y."""
    mirror_x = body.length - space[X2] < space[X1]
    mirror_y = body.width - space[Y2] < space[Y1]
    if body.is_front_only:
        mirror_x = mirror_x and body.has_side_door != 0
        mirror_y = mirror_y and body.has_side_door == 0
    at[0] = space[X2] - block[0] if mirror_x else space[X1]
    at[1] = space[Y2] - block[1] if mirror_y else space[Y1]
    at[2], at[3], at[4] = space[Z1], mirror_x * MIRROR_X, mirror_y * MIRROR_Y


@compiled
def _is_allowed(states: States, i: int, gid: int, space: Ints, ground: Ground, desk: Desk) -> bool:
    """Test what depends on where: the way out, and what stands on what."""
    at = np.empty(5, np.int64)
    corner(space, ground.blocks.shape[:, gid], ground.body, at)
    if ground.body.phases > 1 and not is_way_free(
        states.placed[i], states.head[i, PLACED], gid, at, ground.blocks, ground.body
    ):
        return False
    return ground.body.tests_boxes == 0 or may_stand(states, i, gid, at, ground, desk.more_g)


@compiled
def _mark_fitting(
    shape: Ints, n: int, length: np.int16, width: np.int16, height: np.int16, mask: Ints
) -> None:
    for b in range(n):
        mask[b] = (shape[0, b] <= length) & (shape[1, b] <= width) & (shape[2, b] <= height)


@compiled
def _insert(top: Ints, top_score: Floats, n: int, b: int, score: float) -> int:
    """Put a block into the falling list of the best; return the list's length."""
    most = top.shape[0]
    j = n if n < most else most - 1
    while j > 0 and top_score[j - 1] < score:
        top_score[j], top[j] = top_score[j - 1], top[j - 1]
        j -= 1
    top_score[j], top[j] = score, b
    return min(n + 1, most)


@compiled
def _may_come(numbers: Ints, b: int, head: Ints, payload_g: int) -> bool:
    """Test what does not depend on where: this stop or the next, payload, companions."""
    if numbers[b, RANK] > head[PHASE] + 1 or head[MASS] + numbers[b, BLOCK_MASS] > payload_g:
        return False
    return (numbers[b, CONFLICTS] & head[GROUPS]) == 0


@compiled
def _early(head: Ints, rank_volumes: Ints, weights: Floats) -> float:
    """Return what a block of the next stop loses: much at first, nothing when this stop is done."""
    given = rank_volumes[head[PHASE]]
    return weights[EARLY] * (given - head[RANK_VOLUMES + head[PHASE]]) / max(1, given)


@compiled
def best_blocks(
    states: States, i: int, space: Ints, ground: Ground, desk: Desk, top: Ints, top_score: Floats
) -> int:
    """Write the best blocks for a space, as many as ``top`` holds, best first; return how many."""
    body, shelf, most, mask = ground.body, desk.shelf, top.shape[0], desk.mask
    shape, worth, content, numbers = shelf.shape, shelf.worth, shelf.content, shelf.numbers
    left, head, reach, weights = states.left[i], states.head[i], desk.reach, ground.weights
    length, width = np.int64(space[X2] - space[X1]), np.int64(space[Y2] - space[Y1])
    height = np.int64(body.height - space[Z1])
    on_shelf, payload_g = desk.on_shelf[0], body.payload_g
    _mark_fitting(shape, on_shelf, np.int16(length), np.int16(width), np.int16(height), mask)
    n, tries, phase, early = 0, 0, head[PHASE], _early(head, ground.rank_volumes, weights)
    has_rules = body.tests_boxes != 0 or body.phases > 1
    for b in range(on_shelf):
        if mask[b] == 0:
            continue
        if n == most and worth[b] <= top_score[n - 1]:
            break
        if not fits_count(content, b, left) or not _may_come(numbers, b, head, payload_g):
            continue
        dx, dy, dz = np.int64(shape[0, b]), np.int64(shape[1, b]), np.int64(shape[2, b])
        score = worth[b] + _score(dx, dy, dz, length, width, height, reach, weights)
        score -= early * (numbers[b, RANK] - phase)
        if n == most and score <= top_score[n - 1]:
            continue
        if has_rules:
            tries += 1
            if not _is_allowed(states, i, shelf.gid[b], space, ground, desk):
                if tries == TRIES_A_PLACE * most:
                    break
                continue
        n = _insert(top, top_score, n, b, score)
    return n
