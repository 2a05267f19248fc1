"""Counts, companions, sequences: nothing lost, nothing forbidden, nothing in the way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from routing.check.load_finding import Violation
from routing.check.load_geometry import contact_mm2, shared_x_mm, shared_y_mm, shared_z_mm
from routing.loading.entities import Door, LoadPlan, LoadProblem, Placement


def is_over(upper: Placement, lower: Placement) -> bool:
    """Return whether ``upper`` hangs above ``lower``, whatever is between them."""
    return (
        upper.z_mm >= lower.z_mm + lower.dz_mm
        and shared_x_mm(upper, lower) > 0
        and shared_y_mm(upper, lower) > 0
    )


def is_doorward(outer: Placement, inner: Placement, door: Door) -> bool:
    """Return whether ``outer`` stands between ``inner`` and the door."""
    if shared_z_mm(outer, inner) == 0:
        return False
    if door is Door.REAR:
        return outer.x_mm >= inner.x_mm + inner.dx_mm and shared_y_mm(outer, inner) > 0
    return outer.y_mm >= inner.y_mm + inner.dy_mm and shared_x_mm(outer, inner) > 0


def counts(problem: LoadProblem, plan: LoadPlan) -> Iterator[Violation]:
    """Yield lines that do not add up to what was given, and steps that are not 1, 2, 3."""
    lines = {line.line_id: line for line in problem.lines}
    told = Counter(one.line_id for one in plan.placements)
    for left in plan.leftovers:
        told[left.line_id] += left.unit_count
    for line_id in sorted(set(told) | set(lines)):
        given = lines[line_id].unit_count if line_id in lines else 0
        if told[line_id] != given:
            yield Violation(
                rule="count",
                steps=(),
                sentence=f"line {line_id}: {told[line_id]} units placed or left, {given} given",
            )
    for one in plan.placements:
        line = lines.get(one.line_id)
        if line and (line.goods_type_id, line.stop) != (one.goods_type_id, one.stop):
            yield Violation(
                rule="count",
                steps=(one.step,),
                sentence=f"step {one.step} is {one.goods_type_id} for stop {one.stop}; line "
                f"{one.line_id} is {line.goods_type_id} for stop {line.stop}",
            )
    if [one.step for one in plan.placements] != list(range(1, len(plan.placements) + 1)):
        yield Violation(rule="count", steps=(), sentence="the steps are not numbered 1, 2, 3, ...")


def companions(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield pairs of groups that must not be in one load and are."""
    groups = {problem.goods[one.goods_type_id].mix_group for one in placements}
    for pair in sorted(problem.forbidden_pairs, key=sorted):
        if pair <= groups:
            yield Violation(
                rule="mix_group",
                steps=(),
                sentence=f"groups {' and '.join(sorted(pair))} must not be in one load",
            )


def unloading(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield units that a unit of a later stop keeps from being unloaded."""
    if not problem.keeps_unloading_sequence:
        return
    door = problem.vehicle.door
    for one, other in combinations(placements, 2):
        if one.stop == other.stop:
            continue
        first, later = sorted((one, other), key=lambda p: p.stop)
        if is_over(later, first) or is_doorward(later, first, door):
            yield Violation(
                rule="lifo",
                steps=(first.step, later.step),
                sentence=f"step {later.step} of stop {later.stop} is in the way of step "
                f"{first.step} of stop {first.stop}",
            )


def steps(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield steps that cannot be done when their turn comes: nothing to stand on, or no way in."""
    door = problem.vehicle.door
    for earlier, later in combinations(sorted(placements, key=lambda p: p.step), 2):
        if contact_mm2(earlier, later):
            yield Violation(
                rule="sequence",
                steps=(earlier.step, later.step),
                sentence=f"step {earlier.step} stands on step {later.step}, which comes later",
            )
        elif is_over(earlier, later) or is_doorward(earlier, later, door):
            yield Violation(
                rule="sequence",
                steps=(earlier.step, later.step),
                sentence=f"step {earlier.step} is in the way of step {later.step}",
            )
