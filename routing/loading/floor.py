"""Upright goods, floor first: columns of one type and stop, then footprints side by side.

Appliances stand one to three high, so the floor decides. A column is a unit of its own on which
nothing stands: far fewer things to place, and no rule of stacking left to test.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.loading.entities import FULL_BP, GoodsType, LoadLine, LoadProblem, Placement, Side

MM2_G_PER_KG_M2 = 1_000


@dataclass(frozen=True, slots=True)
class Columns:
    """The same goods as columns, and of which line's units each column line is made."""

    problem: LoadProblem
    units: Mapping[str, tuple[str, int]]


def is_for_floor(problem: LoadProblem) -> bool:
    """Return whether every type stands upright only and is held in full."""
    used = {line.goods_type_id for line in problem.lines}
    upright = frozenset({Side.HEIGHT})
    return problem.support_bp == FULL_BP and all(
        problem.goods[name].allowed_up == upright for name in used
    )


def column_height(problem: LoadProblem, goods: GoodsType) -> int:
    """Return how many units of a type one column may hold; 0 where one is too high.

    Examples
    --------
    >>> from routing.loading.entities import Vehicle
    >>> body = Vehicle(vehicle_id="v", length_mm=9_000, width_mm=2_400, height_mm=2_500)
    >>> one = GoodsType(goods_type_id="w", length_mm=600, width_mm=600, height_mm=850,
    ...     mass_g=70_000, stack_max_count=3, top_load_max_g=80_000)
    >>> column_height(LoadProblem(problem_id="p", vehicle=body, goods={}, lines=()), one)
    2
    """
    most = problem.vehicle.height_mm // goods.height_mm
    if goods.stack_max_count is not None:
        most = min(most, goods.stack_max_count)
    if problem.knows_mass and goods.mass_g:
        if goods.top_load_max_g is not None:
            most = min(most, 1 + goods.top_load_max_g // goods.mass_g)
        if goods.bearing_kg_per_m2 is not None:
            base_mm2 = goods.length_mm * goods.width_mm
            borne_g = goods.bearing_kg_per_m2 * base_mm2 // MM2_G_PER_KG_M2
            most = min(most, 1 + borne_g // goods.mass_g)
    return most


def columns_of(problem: LoadProblem) -> Columns:
    """Return the goods as columns: as many full ones as there are, and one of the rest."""
    goods: dict[str, GoodsType] = {}
    lines: list[LoadLine] = []
    units: dict[str, tuple[str, int]] = {}
    for line in problem.lines:
        one = problem.goods[line.goods_type_id]
        high = column_height(problem, one)
        for count, in_column in _shares(line.unit_count, high):
            column = _column(one, in_column)
            goods[column.goods_type_id] = column
            line_id = f"{line.line_id}/{in_column}"
            units[line_id] = (line.line_id, in_column)
            lines.append(
                replace(
                    line,
                    line_id=line_id,
                    goods_type_id=column.goods_type_id,
                    unit_count=count,
                )
            )
    return Columns(replace(problem, goods=goods, lines=tuple(lines)), units)


def _shares(count: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield how many columns of how many units."""
    if high and count // high:
        yield count // high, high
    if high and count % high:
        yield 1, count % high


def _column(goods: GoodsType, in_column: int) -> GoodsType:
    return replace(
        goods,
        goods_type_id=f"{goods.goods_type_id}/{in_column}",
        height_mm=goods.height_mm * in_column,
        mass_g=None if goods.mass_g is None else goods.mass_g * in_column,
        stack_max_count=1,
        top_load_max_g=None,
        bearing_kg_per_m2=None,
        is_fragile=False,
    )


def units_of(columns: Columns, placements: Sequence[Placement]) -> Iterator[Placement]:
    """Yield the units of placed columns, from the floor upwards."""
    for one in placements:
        line_id, in_column = columns.units[one.line_id]
        height_mm = one.dz_mm // in_column
        for level in range(in_column):
            yield replace(
                one,
                line_id=line_id,
                goods_type_id=one.goods_type_id.rpartition("/")[0],
                z_mm=one.z_mm + level * height_mm,
                dz_mm=height_mm,
            )
