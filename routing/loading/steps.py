"""The loading list: what the loader does, step by step, and what each unit stands on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from routing.loading.entities import LoadPlan, LoadProblem, Placement

FLOOR = "floor"
COLUMNS = (
    "step", "stop", "line_id", "unit", "goods_type_id", "x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm",
    "dz_mm", "orientation", "stands_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One unit to load: which of its line it is, how it stands and on what."""

    placement: Placement
    unit: str
    orientation: str
    stands_on: str

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a row of the list, in the sequence of ``COLUMNS``."""
        one = self.placement
        numbers = (one.x_mm, one.y_mm, one.z_mm, one.dx_mm, one.dy_mm, one.dz_mm)
        return (
            str(one.step),
            str(one.stop),
            one.line_id,
            self.unit,
            one.goods_type_id,
            *map(str, numbers),
            self.orientation,
            self.stands_on,
        )


def steps_of(problem: LoadProblem, plan: LoadPlan) -> Iterator[Step]:
    """Yield the steps of a plan in the sequence in which they are done."""
    counts = {line.line_id: line.unit_count for line in problem.lines}
    seen: Counter[str] = Counter()
    for one in plan.placements:
        seen[one.line_id] += 1
        yield Step(
            placement=one,
            unit=f"{seen[one.line_id]} of {counts[one.line_id]}",
            orientation=_orientation(problem, one),
            stands_on=_stands_on(plan, one),
        )


def _orientation(problem: LoadProblem, one: Placement) -> str:
    """Return in words which side is upright, and which one lies along the vehicle."""
    goods = problem.goods[one.goods_type_id]
    base = [side for side in ("length", "width", "height") if side != one.up]
    along = base[0] if goods.lying(one.up)[0] == one.dx_mm else base[1]
    return f"{one.up} upright, {along} along the vehicle"


def _stands_on(plan: LoadPlan, one: Placement) -> str:
    if one.z_mm == 0:
        return FLOOR
    below = [other.step for other in plan.placements if _carries(other, one)]
    return " + ".join(f"step {step}" for step in sorted(below))


def _carries(lower: Placement, upper: Placement) -> bool:
    return (
        lower.z_mm + lower.dz_mm == upper.z_mm
        and lower.x_mm < upper.x_mm + upper.dx_mm
        and upper.x_mm < lower.x_mm + lower.dx_mm
        and lower.y_mm < upper.y_mm + upper.dy_mm
        and upper.y_mm < lower.y_mm + lower.dy_mm
    )
