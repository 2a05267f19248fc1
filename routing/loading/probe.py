"""One more unit beside a load: where it would fit, and which rule forbids it there."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from routing.loading.entities import (
    FULL_BP,
    Door,
    GoodsType,
    LeftReason,
    LoadLine,
    LoadProblem,
    Placement,
)

Table = npt.NDArray[np.int64]


def broken_everywhere(
    problem: LoadProblem, placements: Sequence[Placement], line: LoadLine
) -> LeftReason | None:
    """Return the rule that forbids the unit at every corner where it fits; None if it fits nowhere.

    Corners are those of the units that stand; a place away from all of them is not tried.
    """
    goods = problem.goods[line.goods_type_id]
    reasons = {
        reason
        for sides in _ways(goods)
        for at in _places(problem, placements, sides)
        for reason in _forbidding(problem, placements, line, at, sides)
    }
    if LeftReason.BEARING in reasons:
        return LeftReason.BEARING
    return LeftReason.LIFO if LeftReason.LIFO in reasons else None


def _ways(goods: GoodsType) -> set[tuple[int, int, int]]:
    ways = {goods.lying(up) for up in goods.allowed_up}
    return ways | {(second, first, height) for first, second, height in ways}


def _table(placements: Sequence[Placement]) -> Table:
    low = [(one.x_mm, one.y_mm, one.z_mm) for one in placements]
    sides = [(one.dx_mm, one.dy_mm, one.dz_mm) for one in placements]
    table = np.array([low, sides], np.int64).reshape(2, -1, 3)
    return np.hstack([table[0], table.sum(axis=0)])


def _corners(table: Table) -> Table:
    """Return the points where a unit could be put against what stands."""
    x_end, y_end, top = (table[:, :3].copy() for _ in range(3))
    x_end[:, 0], y_end[:, 1], top[:, 2] = table[:, 3], table[:, 4], table[:, 5]
    return np.unique(np.concatenate([np.zeros((1, 3), np.int64), x_end, y_end, top]), axis=0)


def _places(
    problem: LoadProblem, placements: Sequence[Placement], sides: tuple[int, int, int]
) -> Iterator[tuple[int, int, int]]:
    """Yield corners where a unit of these sides is inside, apart from the others and held."""
    body, table = problem.vehicle, _table(placements)
    low = _corners(table)
    high = low + np.array(sides)
    inside = (high <= (body.length_mm, body.width_mm, body.height_mm)).all(axis=1)
    low, high = low[inside], high[inside]
    shared = np.minimum(high[:, None], table[None, :, 3:]) - np.maximum(
        low[:, None], table[None, :, :3]
    )
    is_apart = ~(shared > 0).all(axis=2).any(axis=1)
    touching = (table[None, :, 5] == low[:, None, 2]) & (shared[:, :, :2] > 0).all(axis=2)
    held = (np.prod(shared[:, :, :2], axis=2) * touching).sum(axis=1)
    is_held = (low[:, 2] == 0) | (held * FULL_BP >= problem.support_bp * sides[0] * sides[1])
    yield from map(tuple, low[is_apart & is_held].tolist())


def _forbidding(
    problem: LoadProblem,
    placements: Sequence[Placement],
    line: LoadLine,
    at: tuple[int, int, int],
    sides: tuple[int, int, int],
) -> Iterator[LeftReason]:
    """Yield why a unit may not stand at a place where it fits."""
    if problem.keeps_unloading_sequence and any(
        _is_in_the_way(problem.vehicle.door, line.stop, at, sides, one) for one in placements
    ):
        yield LeftReason.LIFO
    elif at[2] > 0:
        yield LeftReason.BEARING


def _is_in_the_way(
    door: Door, stop: int, at: tuple[int, int, int], sides: tuple[int, int, int], one: Placement
) -> bool:
    """Return whether a unit there and one of another stop keep each other from leaving."""
    other_at, other = (one.x_mm, one.y_mm, one.z_mm), (one.dx_mm, one.dy_mm, one.dz_mm)
    if one.stop > stop:
        return _bars(door, other_at, other, at, sides)
    return one.stop < stop and _bars(door, at, sides, other_at, other)


Point = tuple[int, int, int]


def _bars(door: Door, outer_at: Point, outer: Point, inner_at: Point, inner: Point) -> bool:
    meets = [
        outer_at[axis] < inner_at[axis] + inner[axis]
        and inner_at[axis] < outer_at[axis] + outer[axis]
        for axis in range(3)
    ]
    if meets[0] and meets[1] and outer_at[2] >= inner_at[2] + inner[2]:
        return True
    way, across = (0, 1) if door is Door.REAR else (1, 0)
    return meets[across] and meets[2] and outer_at[way] >= inner_at[way] + inner[way]
