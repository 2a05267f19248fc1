"""Blocks: bricks of one type, and joins of two blocks that waste next to nothing.

A block's bottom is flat. Its top holds others on one rectangle only, at the block's own corner, so
a join of unequal blocks is allowed: what stands on it is held in full all the same.
"""

import numpy as np

from routing.loading.kernel.layout import (
    ALONG_Y,
    ALONG_Z,
    AXIS,
    BLOCK_COLUMNS,
    COUNTS,
    DX,
    DY,
    DZ,
    FIRST,
    IS_SIMPLE,
    KIND_COUNT,
    KINDS,
    MAX_KINDS_IN_BLOCK,
    MOMENT_X,
    MOMENT_Y,
    PART_DX,
    PART_DY,
    PART_DZ,
    PART_KIND,
    PART_X,
    PART_Y,
    PART_Z,
    SECOND,
    STACK_MAX,
    TOP_DX,
    TOP_DY,
    UNITS,
    Body,
    Ints,
    compiled,
    entry,
)

TABLE_BITS = 17
TABLE_MASK = (1 << TABLE_BITS) - 1


@compiled
def _brick(row: Ints, stance: int, sides: Ints, nx: int, ny: int, nz: int) -> int:
    """Write nx x ny x nz units of one kind as a block; return its volume."""
    row[DX], row[DY], row[DZ] = nx * sides[1], ny * sides[2], nz * sides[3]
    row[TOP_DX], row[TOP_DY] = row[DX], row[DY]
    row[UNITS], row[KIND_COUNT] = nx * ny * nz, 1
    row[KINDS], row[COUNTS], row[AXIS] = sides[0], nx * ny * nz, IS_SIMPLE
    row[FIRST], row[SECOND], row[ALONG_Y], row[ALONG_Z] = stance, nx, ny, nz
    volume: int = np.int64(row[DX]) * row[DY] * row[DZ]
    return volume


@entry
def bricks(stances: Ints, counts: Ints, kinds: Ints, body: Body, limit: int) -> tuple[Ints, Ints]:
    """Return every brick of one kind in one stance that the body and the counts allow.

    ``stances`` holds kind, dx, dy, dz a row.
    """
    rows, volume, n = np.zeros((limit, BLOCK_COLUMNS), np.int32), np.zeros(limit, np.int64), 0
    for stance in range(stances.shape[0]):
        kind, dx, dy, dz = stances[stance]
        count = counts[kind]
        for nx in range(1, min(count, body.length // dx) + 1):
            for ny in range(1, min(count // nx, body.width // dy) + 1):
                high = min(count // (nx * ny), body.height // dz, kinds[kind, STACK_MAX])
                for nz in range(1, high + 1):
                    if n == limit:
                        return rows, volume
                    volume[n] = _brick(rows[n], stance, stances[stance], nx, ny, nz)
                    if nz == kinds[kind, STACK_MAX]:
                        rows[n, TOP_DX] = rows[n, TOP_DY] = 0
                    n += 1
    return rows[:n], volume[:n]


@compiled
def _take_kind(row: Ints, m: int, a: Ints, i: int) -> int:
    row[KINDS + m], row[COUNTS + m] = a[KINDS + i], a[COUNTS + i]
    return i + 1


@compiled
def _join_contents(a: Ints, b: Ints, row: Ints, counts: Ints, rank: Ints) -> bool:
    """Merge the sorted kinds of two blocks; False if too many kinds, units, or two stops."""
    if rank[a[KINDS]] != rank[b[KINDS]]:
        return False
    i, j, m = 0, 0, 0
    while i < a[KIND_COUNT] or j < b[KIND_COUNT]:
        if m == MAX_KINDS_IN_BLOCK:
            return False
        if j == b[KIND_COUNT] or (i < a[KIND_COUNT] and a[KINDS + i] < b[KINDS + j]):
            i = _take_kind(row, m, a, i)
        elif i == a[KIND_COUNT] or b[KINDS + j] < a[KINDS + i]:
            j = _take_kind(row, m, b, j)
        else:
            row[KINDS + m], row[COUNTS + m] = a[KINDS + i], a[COUNTS + i] + b[COUNTS + j]
            i += 1
            j += 1
        if row[COUNTS + m] > counts[row[KINDS + m]]:
            return False
        m += 1
    row[KIND_COUNT], row[UNITS] = m, a[UNITS] + b[UNITS]
    return True


@compiled
def _stack(a: Ints, b: Ints, row: Ints) -> bool:
    """Set ``b`` on the top of ``a``."""
    row[DX], row[DY], row[DZ] = a[DX], a[DY], a[DZ] + b[DZ]
    row[TOP_DX], row[TOP_DY] = b[TOP_DX], b[TOP_DY]
    return b[DX] <= a[TOP_DX] and b[DY] <= a[TOP_DY]


@compiled
def _abut(a: Ints, b: Ints, row: Ints, axis: int) -> bool:
    """Set ``b``, which is no higher, beside ``a`` along an axis."""
    across = 1 - axis
    row[axis], row[across], row[DZ] = a[axis] + b[axis], max(a[across], b[across]), a[DZ]
    row[TOP_DX], row[TOP_DY] = a[TOP_DX], a[TOP_DY]
    if a[DZ] == b[DZ] and a[TOP_DX + axis] == a[axis]:
        along = a[axis] + b[TOP_DX + axis]
        deep = min(a[TOP_DX + across], b[TOP_DX + across])
        if along * deep > a[TOP_DX] * a[TOP_DY]:
            row[TOP_DX + axis], row[TOP_DX + across] = along, deep
    return b[DZ] <= a[DZ]


@compiled
def _joined(
    rows: Ints, volume: Ints, first: int, second: int, axis: int, row: Ints, body: Body, fill: float
) -> int:
    """Write the join of two blocks; return its volume, 0 where it is none or wastes too much."""
    a, b = rows[first], rows[second]
    if not (_stack(a, b, row) if axis == 2 else _abut(a, b, row, axis)):
        return 0
    if row[DX] > body.length or row[DY] > body.width or row[DZ] > body.height:
        return 0
    room = np.int64(row[DX]) * np.int64(row[DY]) * np.int64(row[DZ])
    both = volume[first] + volume[second]
    if both < fill * room:
        return 0
    row[AXIS], row[FIRST], row[SECOND] = axis, first, second
    return both


@compiled
def _mixed(row: Ints) -> np.uint64:
    """A hash of a block's sides, top and contents."""
    value = np.uint64(1469598103934665603)
    for column in range(UNITS):
        value = (value ^ np.uint64(row[column])) * np.uint64(1099511628211)
    for i in range(row[KIND_COUNT]):
        value = (value ^ np.uint64(row[KINDS + i])) * np.uint64(1099511628211)
        value = (value ^ np.uint64(row[COUNTS + i])) * np.uint64(1099511628211)
    return value ^ (value >> np.uint64(29))


@compiled
def _is_new(table: Ints, row: Ints) -> bool:
    """Note a block; False if an equal one is noted."""
    value = _mixed(row)
    at = np.int64(value & np.uint64(TABLE_MASK))
    while table[at] != 0:
        if table[at] == value:
            return False
        at = (at + 1) & TABLE_MASK
    table[at] = value
    return True


@entry
def compose(
    simple: Ints,
    simple_volume: Ints,
    counts: Ints,
    rank: Ints,
    body: Body,
    fill: float,
    limit: int,
    work: int,
) -> tuple[Ints, Ints]:
    """Return the bricks and their joins, each block with each brick, until a limit is reached.

    ``work`` counts the pairs tried, so that the same input has the same blocks on every machine.
    """
    n = base = min(simple.shape[0], limit)
    rows, volume = np.zeros((limit, BLOCK_COLUMNS), np.int32), np.zeros(limit, np.int64)
    rows[:n], volume[:n] = simple[:n], simple_volume[:n]
    table = np.zeros(TABLE_MASK + 1, np.uint64)
    for i in range(n):
        _is_new(table, rows[i])
    row, tried, i = np.zeros(BLOCK_COLUMNS, np.int32), 0, 0
    while i < n < limit and tried < work:
        for j in range(min(base, i + 1)):
            for way in range(6):
                first, second = (i, j) if way < 3 else (j, i)
                tried += 1
                worth = _joined(rows, volume, first, second, way % 3, row, body, fill)
                if worth == 0 or not _join_contents(rows[first], rows[second], row, counts, rank):
                    continue
                if _is_new(table, row):
                    rows[n], volume[n] = row, worth
                    n += 1
                    if n == limit:
                        return rows, volume
        i += 1
    return rows[:n], volume[:n]


@entry
def reachable(sides: Ints, length: int, out: Ints) -> None:
    """Write for every length the largest sum of sides that is not longer, each side used freely."""
    is_sum = np.zeros(length + 1, np.uint8)
    is_sum[0] = 1
    for side in sides:
        if side > length or is_sum[side]:
            continue
        for total in range(side, length + 1):
            if is_sum[total - side]:
                is_sum[total] = 1
    last = 0
    for total in range(length + 1):
        if is_sum[total]:
            last = total
        out[total] = last


@entry
def flatten(rows: Ints, stances: Ints, block: int, parts: Ints) -> int:
    """Write the boxes of a block, each with its place in it; return how many."""
    todo = np.empty((rows.shape[0] + 1, 4), np.int64)
    todo[0, 0], todo[0, 1], todo[0, 2], todo[0, 3] = block, 0, 0, 0
    waiting, n = 1, 0
    while waiting:
        waiting -= 1
        at, x, y, z = todo[waiting]
        row = rows[at]
        if row[AXIS] == IS_SIMPLE:
            n = _lay_brick(row, stances[row[FIRST]], x, y, z, parts, n)
            continue
        second = todo[waiting + 1]
        second[0], second[1], second[2], second[3] = row[SECOND], x, y, z
        second[1 + row[AXIS]] += rows[row[FIRST], row[AXIS]]
        todo[waiting, 0] = row[FIRST]
        waiting += 2
    return n


@compiled
def _lay_brick(row: Ints, sides: Ints, x: int, y: int, z: int, parts: Ints, n: int) -> int:
    for k in range(row[ALONG_Z]):
        for i in range(row[SECOND]):
            for j in range(row[ALONG_Y]):
                part = parts[n]
                part[PART_KIND], part[PART_DX], part[PART_DY] = sides[0], sides[1], sides[2]
                part[PART_DZ], part[PART_X] = sides[3], x + i * sides[1]
                part[PART_Y], part[PART_Z] = y + j * sides[2], z + k * sides[3]
                n += 1
    return n


@entry
def flatten_all(rows: Ints, stances: Ints, chosen: Ints, parts: Ints, parts_from: Ints) -> None:
    """Write the boxes of every chosen block."""
    for i in range(chosen.shape[0]):
        flatten(rows, stances, chosen[i], parts[parts_from[i] : parts_from[i + 1]])


@entry
def moments(parts: Ints, parts_from: Ints, mass_g: Ints, numbers: Ints) -> None:
    """Write twice the moments of each block in x and y, from its own corner."""
    for i in range(numbers.shape[0]):
        for p in range(parts_from[i], parts_from[i + 1]):
            mine_g = mass_g[parts[p, PART_KIND]]
            numbers[i, MOMENT_X] += mine_g * (2 * np.int64(parts[p, PART_X]) + parts[p, PART_DX])
            numbers[i, MOMENT_Y] += mine_g * (2 * np.int64(parts[p, PART_Y]) + parts[p, PART_DY])
