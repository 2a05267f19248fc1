"""Maximal free spaces above what stands: each is a held rectangle with air up to the roof.

Under full support nothing hangs over air, so a space is a rectangle at a height. A space in which
nothing fits is dead: it is kept, because a neighbour of its height may widen it to a useful one.
"""

import numpy as np

from routing.loading.kernel.layout import (
    DROPPED,
    IS_DEAD,
    MAX_SPACES,
    SPACE_COLUMNS,
    SPACES,
    X1,
    X2,
    Y1,
    Y2,
    Z1,
    Body,
    Ints,
    compiled,
)


@compiled
def _is_covered(spaces: Ints, n: int, new: Ints) -> bool:
    x1, y1, z1, x2, y2 = new[X1], new[Y1], new[Z1], new[X2], new[Y2]
    for i in range(n):
        if (
            spaces[i, Z1] == z1
            and spaces[i, X1] <= x1
            and spaces[i, Y1] <= y1
            and spaces[i, X2] >= x2
            and spaces[i, Y2] >= y2
        ):
            return True
    return False


@compiled
def _copy_row(source: Ints, i: int, target: Ints, j: int) -> None:
    for column in range(SPACE_COLUMNS):
        target[j, column] = source[i, column]


@compiled
def _without_covered(spaces: Ints, n: int, new: Ints) -> int:
    x1, y1, z1, x2, y2 = new[X1], new[Y1], new[Z1], new[X2], new[Y2]
    i = 0
    while i < n:
        if (
            spaces[i, Z1] == z1
            and x1 <= spaces[i, X1]
            and y1 <= spaces[i, Y1]
            and x2 >= spaces[i, X2]
            and y2 >= spaces[i, Y2]
        ):
            n -= 1
            _copy_row(spaces, n, spaces, i)
        else:
            i += 1
    return n


@compiled
def add_space(spaces: Ints, head: Ints, new: Ints) -> None:
    """Add a space unless another covers it; those that it covers go."""
    n = head[SPACES]
    if new[X2] <= new[X1] or new[Y2] <= new[Y1] or _is_covered(spaces, n, new):
        return
    n = _without_covered(spaces, n, new)
    if n == MAX_SPACES:
        head[DROPPED] += 1
    else:
        for column in range(SPACE_COLUMNS):
            spaces[n, column] = new[column]
        n += 1
    head[SPACES] = n


@compiled
def _lift_out(spaces: Ints, head: Ints, box: Ints, cut: Ints) -> int:
    """Move the spaces that a box reaches into to ``cut``; return how many."""
    n, m, i = head[SPACES], 0, 0
    while i < n:
        if (
            spaces[i, Z1] < box[5]
            and spaces[i, X1] < box[3]
            and spaces[i, X2] > box[0]
            and spaces[i, Y1] < box[4]
            and spaces[i, Y2] > box[1]
        ):
            _copy_row(spaces, i, cut, m)
            m += 1
            n -= 1
            _copy_row(spaces, n, spaces, i)
        else:
            i += 1
    head[SPACES] = n
    return m


@compiled
def cut_spaces(spaces: Ints, head: Ints, box: Ints, cut: Ints) -> None:
    """Take a box (x1, y1, z1, x2, y2, z2) out of the spaces: up to four remainders of each."""
    new = np.empty(SPACE_COLUMNS, np.int16)
    for j in range(_lift_out(spaces, head, box, cut)):
        for side in range(4):
            for column in range(SPACE_COLUMNS):
                new[column] = cut[j, column]
            if side == 0:
                new[X2] = min(new[X2], box[0])
            elif side == 1:
                new[X1] = max(new[X1], box[3])
            elif side == 2:
                new[Y2] = min(new[Y2], box[1])
            else:
                new[Y1] = max(new[Y1], box[4])
            add_space(spaces, head, new)


@compiled
def _widened(a: Ints, b: Ints, axis: int, out: Ints) -> bool:
    """Write the rectangle that two touching ones span along an axis; False if it is not more."""
    low, high, low_2, high_2 = axis, axis + 3, 1 - axis, 4 - axis
    if a[low] > b[high] or a[high] < b[low]:
        return False
    out[low], out[high] = min(a[low], b[low]), max(a[high], b[high])
    out[low_2], out[high_2] = max(a[low_2], b[low_2]), min(a[high_2], b[high_2])
    if out[low_2] >= out[high_2]:
        return False
    is_a = out[low] == a[low] and out[high] == a[high]
    is_b = (
        out[low] == b[low]
        and out[high] == b[high]
        and out[low_2] == b[low_2]
        and out[high_2] == b[high_2]
    )
    return not (is_a or is_b)


@compiled
def add_top(spaces: Ints, head: Ints, top: Ints, queue: Ints) -> None:
    """Add a top face as a space, and each rectangle it makes with neighbours of its height."""
    queue[0] = top
    n, done = 1, 0
    while done < n:
        new = queue[done]
        done += 1
        if _is_covered(spaces, head[SPACES], new):
            continue
        for j in range(head[SPACES]):
            if spaces[j, Z1] != new[Z1]:
                continue
            for axis in range(2):
                if n < MAX_SPACES and _widened(spaces[j], new, axis, queue[n]):
                    queue[n, Z1], queue[n, IS_DEAD] = new[Z1], 0
                    n += 1
        add_space(spaces, head, new)


@compiled
def choose_space(spaces: Ints, n: int, body: Body) -> int:
    """Return the living space nearest to a corner, the larger one of two; -1 if none lives.

    Near is the Manhattan distance of its nearest corner to the corner of the body it fills from.
    """
    best, best_distance, best_volume = -1, 1 << 30, np.int64(0)
    length, width, height = body.length, body.width, body.height
    far_x = body.is_front_only == 0 or body.has_side_door != 0
    far_y = body.is_front_only == 0 or body.has_side_door == 0
    for i in range(n):
        if spaces[i, IS_DEAD]:
            continue
        x1, y1, x2, y2 = spaces[i, X1], spaces[i, Y1], spaces[i, X2], spaces[i, Y2]
        x = min(x1, length - x2) if far_x else x1 * body.depth_weight
        y = min(y1, width - y2) if far_y else y1 * body.depth_weight
        distance = x + y + spaces[i, Z1]
        if distance > best_distance:
            continue
        volume = np.int64(x2 - x1) * np.int64(y2 - y1) * np.int64(height - spaces[i, Z1])
        if distance < best_distance or volume > best_volume:
            best, best_distance, best_volume = i, distance, volume
    return best


@compiled
def revive(spaces: Ints, n: int) -> None:
    """Give every space another chance: the goods of the next stop may fit."""
    for i in range(n):
        spaces[i, IS_DEAD] = 0
