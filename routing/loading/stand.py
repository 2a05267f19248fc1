"""Found loads as placements: blocks taken apart, each unit given its line, in millimetres."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.loading.blocks import Yard
from routing.loading.entities import GoodsType, LoadLine, LoadProblem, Placement, Side
from routing.loading.kernel.layout import (
    MIRROR_X,
    MIRROR_Y,
    PART_DX,
    PART_DY,
    PART_DZ,
    PART_KIND,
    PART_X,
    PART_Y,
    PART_Z,
)
from routing.loading.kinds import Kind, unit_mm

PlacedBlock = tuple[int, tuple[int, int, int], int]


@dataclass(frozen=True, slots=True)
class Box:
    """A unit of a kind and where it stands, in millimetres."""

    kind: int
    at: tuple[int, int, int]
    sides: tuple[int, int, int]


def boxes_of(yard: Yard, placed: Iterable[PlacedBlock]) -> Iterator[Box]:
    """Yield the units of placed blocks."""
    unit = unit_mm(yard.problem)
    for gid, (x, y, z), mirror in placed:
        parts = yard.parts(gid)
        dx, dy = (int(side) for side in yard.ground.blocks.shape[:2, gid])
        for part in parts.tolist():
            in_x, in_y = part[PART_X], part[PART_Y]
            if mirror & MIRROR_X:
                in_x = dx - in_x - part[PART_DX]
            if mirror & MIRROR_Y:
                in_y = dy - in_y - part[PART_DY]
            yield Box(
                part[PART_KIND],
                ((x + in_x) * unit, (y + in_y) * unit, (z + part[PART_Z]) * unit),
                (part[PART_DX] * unit, part[PART_DY] * unit, part[PART_DZ] * unit),
            )


def placements_of(
    problem: LoadProblem, kinds: Sequence[Kind], boxes: Iterable[Box]
) -> tuple[Placement, ...]:
    """Return the units as placements of their lines; every step is 0 until they are sequenced."""
    waiting = _lines_by_kind(problem, kinds)
    return tuple(_placement(kinds[box.kind], box, next(waiting[box.kind])) for box in boxes)


def _lines_by_kind(problem: LoadProblem, kinds: Sequence[Kind]) -> Mapping[int, Iterator[LoadLine]]:
    """Return each kind's units as the lines that they belong to, last unloaded first."""
    numbers = {(one.goods.goods_type_id, one.stop): n for n, one in enumerate(kinds)}
    units: dict[int, list[LoadLine]] = defaultdict(list)
    for line in sorted(problem.lines, key=lambda one: -one.stop):
        kind = numbers.get((line.goods_type_id, line.stop), numbers.get((line.goods_type_id, None)))
        if kind is not None:
            units[kind] += [line] * line.unit_count
    return {kind: iter(lines) for kind, lines in units.items()}


def _placement(kind: Kind, box: Box, line: LoadLine) -> Placement:
    x, y, z = box.at
    dx, dy, dz = box.sides
    return Placement(
        step=0,
        line_id=line.line_id,
        goods_type_id=line.goods_type_id,
        stop=line.stop,
        up=upright_side(kind.goods, box.sides),
        x_mm=x,
        y_mm=y,
        z_mm=z,
        dx_mm=dx,
        dy_mm=dy,
        dz_mm=dz,
    )


def upright_side(goods: GoodsType, sides: tuple[int, int, int]) -> Side:
    """Return the side that stands upright when a unit takes ``sides``.

    Raises
    ------
    ValueError
        If the type cannot take these sides in any allowed way.
    """
    for up in sorted(goods.allowed_up):
        first, second, height = goods.lying(up)
        if sides in ((first, second, height), (second, first, height)):
            return up
    raise ValueError(f"goods type {goods.goods_type_id} does not stand as {sides}")
