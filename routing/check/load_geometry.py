"""Sizes, walls, overlaps, upright sides and support: whole-number intervals that may touch."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from routing.check.load_finding import Violation
from routing.loading.entities import FULL_BP, LoadProblem, Placement


def overlap_mm(a_from: int, a_size: int, b_from: int, b_size: int) -> int:
    """Return the length that two intervals share; 0 where they touch or are apart.

    Examples
    --------
    >>> overlap_mm(0, 10, 4, 10), overlap_mm(0, 10, 10, 5)
    (6, 0)
    """
    return max(0, min(a_from + a_size, b_from + b_size) - max(a_from, b_from))


def shared_x_mm(a: Placement, b: Placement) -> int:
    """Return how much of the length two units share."""
    return overlap_mm(a.x_mm, a.dx_mm, b.x_mm, b.dx_mm)


def shared_y_mm(a: Placement, b: Placement) -> int:
    """Return how much of the width two units share."""
    return overlap_mm(a.y_mm, a.dy_mm, b.y_mm, b.dy_mm)


def shared_z_mm(a: Placement, b: Placement) -> int:
    """Return how much of the height two units share."""
    return overlap_mm(a.z_mm, a.dz_mm, b.z_mm, b.dz_mm)


def contact_mm2(upper: Placement, lower: Placement) -> int:
    """Return the area on which ``upper`` stands on ``lower``."""
    if lower.z_mm + lower.dz_mm != upper.z_mm:
        return 0
    return shared_x_mm(upper, lower) * shared_y_mm(upper, lower)


def sizes(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield units whose sides are not those of their type, or that stand on a forbidden side."""
    for one in placements:
        goods = problem.goods[one.goods_type_id]
        base_1, base_2, height = goods.lying(one.up)
        if (one.dx_mm, one.dy_mm, one.dz_mm) not in {
            (base_1, base_2, height),
            (base_2, base_1, height),
        }:
            yield Violation(
                rule="size",
                steps=(one.step,),
                sentence=f"step {one.step} takes {one.dx_mm} x {one.dy_mm} x {one.dz_mm} mm; "
                f"{goods.goods_type_id} on its {one.up} is {base_1} x {base_2} x {height}",
            )
        if one.up not in goods.allowed_up:
            yield Violation(
                rule="orientation",
                steps=(one.step,),
                sentence=f"step {one.step}: {goods.goods_type_id} must not stand with its "
                f"{one.up} upright",
            )


def walls(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield units that stick out of the body."""
    body = problem.vehicle
    for one in placements:
        for axis, begin, size, most in (
            ("x", one.x_mm, one.dx_mm, body.length_mm),
            ("y", one.y_mm, one.dy_mm, body.width_mm),
            ("z", one.z_mm, one.dz_mm, body.height_mm),
        ):
            if begin < 0 or begin + size > most:
                yield Violation(
                    rule="inside",
                    steps=(one.step,),
                    sentence=f"step {one.step} reaches from {axis} {begin} to {begin + size} mm; "
                    f"the body from 0 to {most}",
                )


def overlaps(placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield pairs of units that take the same room."""
    for a, b in combinations(placements, 2):
        if shared_x_mm(a, b) and shared_y_mm(a, b) and shared_z_mm(a, b):
            yield Violation(
                rule="overlap",
                steps=(a.step, b.step),
                sentence=f"steps {a.step} and {b.step} overlap by {shared_x_mm(a, b)} x "
                f"{shared_y_mm(a, b)} x {shared_z_mm(a, b)} mm",
            )


def support(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield units whose base is held by less than the share asked for; the floor holds all."""
    for one in placements:
        base_mm2 = one.dx_mm * one.dy_mm
        held_mm2 = sum(contact_mm2(one, lower) for lower in placements if lower is not one)
        if one.z_mm and held_mm2 * FULL_BP < problem.support_bp * base_mm2:
            yield Violation(
                rule="support",
                steps=(one.step,),
                sentence=f"step {one.step} is held on {held_mm2} of {base_mm2} mm2; "
                f"{problem.support_bp / 100:g} % are asked for",
            )
