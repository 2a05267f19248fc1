"""Boxes on boxes: towers, masses handed down by contact area, pressure, partial support."""

import numpy as np

from routing.loading.kernel.layout import (
    BEARING,
    BOX_KIND,
    BOX_X1,
    BOX_X2,
    BOX_Y1,
    BOX_Y2,
    BOX_Z1,
    BOX_Z2,
    BOXES,
    CONTACTS,
    GOODS,
    HOLDER_COUNT,
    HOLDERS,
    IS_FRAGILE,
    KIND_MASS,
    MAX_HOLDERS,
    PART_DX,
    PART_DY,
    PART_DZ,
    PART_KIND,
    PART_X,
    PART_Y,
    PART_Z,
    STACK_MAX,
    TOP_MAX,
    TOWER,
    Body,
    Floats,
    Ground,
    Ints,
    States,
    compiled,
    entry,
)

FULL = 10_000
RELATIVE_SLACK = 1e-9  # for rounding; the check afterwards is exact
UNTOUCHED = -1.0


@compiled
def box_of(part: Ints, at: Ints, block: Ints, box: Ints) -> None:
    """Write where a part of a block stands when the block stands at x, y, z, mirrored x, y."""
    x, y = part[PART_X], part[PART_Y]
    if at[3]:
        x = block[0] - x - part[PART_DX]
    if at[4]:
        y = block[1] - y - part[PART_DY]
    box[BOX_X1], box[BOX_Y1], box[BOX_Z1] = at[0] + x, at[1] + y, at[2] + part[PART_Z]
    box[BOX_X2] = box[BOX_X1] + part[PART_DX]
    box[BOX_Y2] = box[BOX_Y1] + part[PART_DY]
    box[BOX_Z2] = box[BOX_Z1] + part[PART_DZ]
    box[BOX_KIND] = part[PART_KIND]


@compiled
def _find_holders(boxes: Ints, n: int, support_bp: int) -> bool:
    """Note what box ``n`` stands on; False if it is not held enough."""
    box, count, area = boxes[n], 0, 0
    box[HOLDER_COUNT] = 0
    if box[BOX_Z1] == 0:
        return True
    for j in range(n):
        if boxes[j, BOX_Z2] != box[BOX_Z1]:
            continue
        dx = min(box[BOX_X2], boxes[j, BOX_X2]) - max(box[BOX_X1], boxes[j, BOX_X1])
        dy = min(box[BOX_Y2], boxes[j, BOX_Y2]) - max(box[BOX_Y1], boxes[j, BOX_Y1])
        if dx <= 0 or dy <= 0:
            continue
        if count == MAX_HOLDERS:
            return False
        box[HOLDERS + count], box[CONTACTS + count] = j, dx * dy
        area += dx * dy
        count += 1
    box[HOLDER_COUNT] = count
    base = (box[BOX_X2] - box[BOX_X1]) * (box[BOX_Y2] - box[BOX_Y1])
    return area * FULL >= support_bp * base


@compiled
def _bears(
    box: Ints, kind: Ints, limit: Floats, above: Ints, pressure: float, load_g: float
) -> bool:
    """Return whether a box bears its tower, what stands on it, the pressure and the load."""
    if kind[IS_FRAGILE] and kind[GOODS] != above[GOODS]:
        return False
    if box[TOWER] > kind[STACK_MAX] or pressure > limit[BEARING] * (1 + RELATIVE_SLACK):
        return False
    return load_g <= limit[TOP_MAX] * (1 + RELATIVE_SLACK)


@compiled
def _hand_down(
    boxes: Ints, load_g: Floats, n: int, kinds: Ints, limits: Floats, more_g: Floats
) -> bool:
    """Hand the mass of box ``n`` down to the floor; False where something does not bear it.

    A box stands on boxes with smaller numbers, so one pass downwards is enough.
    """
    more_g[: n + 1] = UNTOUCHED
    more_g[n] = kinds[boxes[n, BOX_KIND], KIND_MASS]
    load_g[n], boxes[n, TOWER] = 0.0, 1
    for j in range(n, -1, -1):
        if more_g[j] == UNTOUCHED:
            continue
        area, above = 0, kinds[boxes[j, BOX_KIND]]
        for h in range(boxes[j, HOLDER_COUNT]):
            area += boxes[j, CONTACTS + h]
        pressure = (above[KIND_MASS] + load_g[j]) / max(1, area)
        for h in range(boxes[j, HOLDER_COUNT]):
            below, kind = boxes[j, HOLDERS + h], boxes[boxes[j, HOLDERS + h], BOX_KIND]
            share_g = more_g[j] * boxes[j, CONTACTS + h] / area
            more_g[below] = max(more_g[below], 0.0) + share_g
            load_g[below] += share_g
            boxes[below, TOWER] = max(boxes[below, TOWER], boxes[j, TOWER] + 1)
            if not _bears(boxes[below], kinds[kind], limits[kind], above, pressure, load_g[below]):
                return False
    return True


@compiled
def stand(states: States, i: int, gid: int, at: Ints, ground: Ground, more_g: Floats) -> bool:
    """Set a block down box by box; False, with boxes half set, if one may not stand."""
    blocks, kinds, limits = ground.blocks, ground.kinds, ground.limits
    boxes, load_g, head = states.boxes[i], states.load_g[i], states.head[i]
    block = blocks.shape[:, gid]
    for p in range(blocks.parts_from[gid], blocks.parts_from[gid + 1]):
        n = head[BOXES]
        if n == boxes.shape[0]:
            return False
        box_of(blocks.parts[p], at, block, boxes[n])
        if not _find_holders(boxes, n, ground.body.support_bp):
            return False
        if not _hand_down(boxes, load_g, n, kinds, limits, more_g):
            return False
        head[BOXES] += 1
    return True


@compiled
def may_stand(states: States, i: int, gid: int, at: Ints, ground: Ground, more_g: Floats) -> bool:
    """Return whether a block's boxes may stand there; the state is as it was."""
    n = states.head[i, BOXES]
    load_g, tower = states.load_g[i, :n].copy(), states.boxes[i, :n, TOWER].copy()
    may = stand(states, i, gid, at, ground, more_g)
    states.head[i, BOXES] = n
    states.load_g[i, :n], states.boxes[i, :n, TOWER] = load_g, tower
    return may


@compiled
def _beyond(boxes: Ints, n: int, face: Ints, axis: int, forth: bool, reach: int) -> int:
    """Return how far a face may be widened along an axis before something higher stands there."""
    low, high, across = axis, axis + 3, 1 - axis
    limit = face[high] + reach if forth else face[low] - reach
    for j in range(n):
        box = boxes[j]
        if box[BOX_Z2] <= face[2] or box[across] >= face[4 - axis] or box[4 - axis] <= face[across]:
            continue
        if forth and box[low] >= face[high]:
            limit = min(limit, box[low])
        elif not forth and box[high] <= face[low]:
            limit = max(limit, box[high])
    return limit


@compiled
def widen_face(boxes: Ints, n: int, face: Ints, body: Body) -> None:
    """Let a top face reach over lower neighbours, as far as partial support may ever allow."""
    face[3] = min(body.length, _beyond(boxes, n, face, 0, True, body.overhang))
    face[0] = max(0, _beyond(boxes, n, face, 0, False, body.overhang))
    face[4] = min(body.width, _beyond(boxes, n, face, 1, True, body.overhang))
    face[1] = max(0, _beyond(boxes, n, face, 1, False, body.overhang))


@entry
def sound(states: States, ground: Ground, more_g: Floats, out: Ints) -> None:
    """Write for every block whether it may stand on an empty floor."""
    at = np.zeros(5, np.int64)
    for gid in range(out.shape[0]):
        states.head[0, BOXES] = 0
        out[gid] = stand(states, 0, gid, at, ground, more_g)
