"""Why goods stay behind: tests in a fixed sequence, the first that fails is the reason."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.loading.entities import (
    GoodsType,
    Leftover,
    LeftReason,
    LoadLine,
    LoadProblem,
    Placement,
    Side,
)
from routing.loading.probe import broken_everywhere

MM3_PER_M3 = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A line with units left, beside the load that stands."""

    problem: LoadProblem
    placements: Sequence[Placement]
    line: LoadLine
    unbalanced: Mapping[str, LeftReason]

    @property
    def goods(self) -> GoodsType:
        """The type of the line."""
        return self.problem.goods[self.line.goods_type_id]


Answer = tuple[LeftReason, str] | None


def leftovers(
    problem: LoadProblem,
    placements: Sequence[Placement],
    unbalanced: Mapping[str, LeftReason],
) -> Iterator[Leftover]:
    """Yield the lines with units left, each with the first test it failed.

    ``unbalanced`` names the lines of units that were taken off for the sake of axles or balance.
    """
    placed = Counter(one.line_id for one in placements)
    answers: dict[tuple[str, int], tuple[LeftReason, str]] = {}
    for line in problem.lines:
        count = line.unit_count - placed[line.line_id]
        if count <= 0:
            continue
        key = (line.goods_type_id, line.stop)
        if key not in answers or line.line_id in unbalanced:
            answers[key] = _first_failure(Case(problem, placements, line, unbalanced))
        reason, sentence = answers[key]
        yield Leftover(
            line_id=line.line_id,
            goods_type_id=line.goods_type_id,
            unit_count=count,
            reason=reason,
            sentence=sentence,
        )


def _first_failure(case: Case) -> tuple[LeftReason, str]:
    for test in TESTS:
        if (answer := test(case)) is not None:
            return answer
    return (
        LeftReason.NO_SPACE_FOUND,
        f"no place for {case.goods.goods_type_id} was found within the budget",
    )


def _height(case: Case) -> Answer:
    height_mm = min(case.goods.side_mm(up) for up in case.goods.allowed_up)
    most_mm = case.problem.vehicle.height_mm
    if height_mm <= most_mm:
        return None
    return (
        LeftReason.HEIGHT,
        f"{case.goods.goods_type_id} is {height_mm} mm high as it must stand, the body {most_mm}",
    )


def _orientation(case: Case) -> Answer:
    body = case.problem.vehicle
    if any(_fits_base(case.goods, up, case.problem) for up in case.goods.allowed_up):
        return None
    return (
        LeftReason.ORIENTATION,
        f"{case.goods.goods_type_id} does not go into {body.length_mm} x {body.width_mm} x "
        f"{body.height_mm} mm on any side that it may stand on",
    )


def _fits_base(goods: GoodsType, up: Side, problem: LoadProblem) -> bool:
    first, second, height = goods.lying(up)
    body = problem.vehicle
    return height <= body.height_mm and (
        (first <= body.length_mm and second <= body.width_mm)
        or (second <= body.length_mm and first <= body.width_mm)
    )


def _payload(case: Case) -> Answer:
    payload_g = case.problem.vehicle.payload_g
    if payload_g is None or not case.problem.knows_mass:
        return None
    aboard_g = sum(case.problem.mass_g(one.goods_type_id) for one in case.placements)
    over_g = aboard_g + (case.goods.mass_g or 0) - payload_g
    if over_g <= 0:
        return None
    return LeftReason.PAYLOAD, f"one more unit is {over_g / 1000:g} kg over the payload"


def _mix_group(case: Case) -> Answer:
    aboard = {case.problem.goods[one.goods_type_id].mix_group for one in case.placements}
    for pair in sorted(case.problem.forbidden_pairs, key=sorted):
        if case.goods.mix_group not in pair:
            continue
        others = sorted(name for name in aboard & pair - {case.goods.mix_group} if name)
        if others:
            return (
                LeftReason.MIX_GROUP,
                f"group {case.goods.mix_group} must not be beside {others[0]}, which is aboard",
            )
    return None


def _balance(case: Case) -> Answer:
    reason = case.unbalanced.get(case.line.line_id)
    if reason is None:
        return None
    what = "axle loads" if reason is LeftReason.AXLE else "the centre of gravity"
    return reason, f"taken off so that {what} keep within limits"


def _volume(case: Case) -> Answer:
    free_mm3 = case.problem.vehicle.volume_mm3 - sum(one.volume_mm3 for one in case.placements)
    if case.goods.volume_mm3 <= free_mm3:
        return None
    return (
        LeftReason.VOLUME,
        f"{free_mm3 / MM3_PER_M3:.4f} m3 are free, one unit of {case.goods.goods_type_id} is "
        f"{case.goods.volume_mm3 / MM3_PER_M3:.4f}",
    )


def _floor(case: Case) -> Answer:
    if any(case.problem.goods[one.goods_type_id].stack_max_count != 1 for one in case.placements):
        return None
    body = case.problem.vehicle
    used_mm2 = sum(one.dx_mm * one.dy_mm for one in case.placements if one.z_mm == 0)
    free_mm2 = body.length_mm * body.width_mm - used_mm2
    least_mm2 = min(
        case.goods.lying(up)[0] * case.goods.lying(up)[1] for up in case.goods.allowed_up
    )
    if least_mm2 <= free_mm2:
        return None
    return (
        LeftReason.FLOOR,
        f"nothing loaded may carry goods, and {free_mm2 / 1e6:.3f} m2 of floor are free; "
        f"{case.goods.goods_type_id} needs {least_mm2 / 1e6:.3f}",
    )


def _rules(case: Case) -> Answer:
    rule = broken_everywhere(case.problem, case.placements, case.line)
    if rule is None:
        return None
    what = "what would carry it" if rule is LeftReason.BEARING else "the unloading sequence"
    return rule, f"wherever {case.goods.goods_type_id} would fit, {what} forbids it"


TESTS: tuple[Callable[[Case], Answer], ...] = (
    _height, _orientation, _payload, _mix_group, _balance, _volume, _floor, _rules,
)  # fmt: skip
