"""Unloading sequence: whether a block stands in the way of another stop's goods, or they in its."""

from routing.loading.kernel.layout import (
    AT_X,
    AT_Z,
    GID,
    RANK,
    Blocks,
    Body,
    Ints,
    compiled,
)


@compiled
def _meets(a_from: int, a_size: int, b_from: int, b_size: int) -> bool:
    return a_from < b_from + b_size and b_from < a_from + a_size


@compiled
def _bars(outer: Ints, outer_size: Ints, inner: Ints, inner_size: Ints, body: Body) -> bool:
    """Return whether the outer one hangs above the inner one or stands between it and the door."""
    over_x = _meets(outer[0], outer_size[0], inner[0], inner_size[0])
    over_y = _meets(outer[1], outer_size[1], inner[1], inner_size[1])
    if over_x and over_y and outer[2] >= inner[2] + inner_size[2]:
        return True
    if not _meets(outer[2], outer_size[2], inner[2], inner_size[2]):
        return False
    if body.has_side_door:
        return over_x and outer[1] >= inner[1] + inner_size[1]
    return over_y and outer[0] >= inner[0] + inner_size[0]


@compiled
def is_way_free(placed: Ints, n: int, gid: int, at: Ints, blocks: Blocks, body: Body) -> bool:
    """Return whether a block and those of other stops can be unloaded in their sequence."""
    shape, numbers = blocks.shape, blocks.numbers
    rank, size = numbers[gid, RANK], shape[:, gid]
    for p in range(n):
        other = placed[p, GID]
        other_rank = numbers[other, RANK]
        if other_rank == rank:
            continue
        other_at, other_size = placed[p, AT_X : AT_Z + 1], shape[:, other]
        if other_rank < rank and _bars(other_at, other_size, at, size, body):
            return False
        if other_rank > rank and _bars(at, size, other_at, other_size, body):
            return False
    return True
