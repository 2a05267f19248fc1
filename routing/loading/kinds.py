"""What the compiled loops are told of a load: its unit of length, kinds, stances, body, limits."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.loading.entities import (
    FULL_BP,
    MAX_BOXES,
    Door,
    GoodsType,
    LoadProblem,
    Side,
    Vehicle,
)
from routing.loading.kernel.layout import (
    BEARING,
    CENTRE_X_MAX,
    CENTRE_X_MIN,
    FRONT_EMPTY,
    FRONT_MAX,
    FRONT_MIN_SHARE,
    FRONT_X,
    GOODS,
    IS_FRAGILE,
    KIND_COLUMNS,
    KIND_CONFLICTS,
    KIND_GROUP,
    KIND_MASS,
    KIND_RANK,
    LIMIT_COLUMNS,
    OFF_CENTRE_MAX,
    REAR_EMPTY,
    REAR_MAX,
    STACK_MAX,
    TOP_MAX,
    WHEELBASE,
    Body,
    Floats,
    Ints,
)

NO_LIMIT_G = 1 << 60
NO_LIMIT = 1e18
DEPTH_WEIGHT = 3  # filled more like walls than like a slope, stop after stop
MM2_G_PER_KG_M2 = 1_000  # a pressure of 1 kg/m2 is 1 g on 1,000 mm2


@dataclass(frozen=True, slots=True)
class Kind:
    """A goods type, for one stop where stops are loaded one after the other."""

    goods: GoodsType
    stop: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Stance:
    """A kind with one side upright, turned one way, in the problem's unit of length."""

    kind: int
    up: Side
    sides: tuple[int, int, int]


def unit_mm(problem: LoadProblem) -> int:
    """Return the greatest length that all sides of the goods are whole numbers of.

    Lengths are counted in it, which keeps tables short; of the body less than one unit is lost.
    """
    used = [problem.goods[line.goods_type_id] for line in problem.lines]
    return math.gcd(*(one.side_mm(side) for one in used for side in Side)) or 1


def loads_by_stop(problem: LoadProblem) -> bool:
    """Return whether the goods of each stop have to be told apart while loading."""
    needs = problem.keeps_unloading_sequence or problem.vehicle.axles is not None
    return needs and len(problem.stops) > 1


def kinds_of(problem: LoadProblem) -> tuple[Kind, ...]:
    """Return the kinds of a problem, those that are loaded first at the front."""
    by_stop = loads_by_stop(problem)
    counts: Counter[tuple[int, str]] = Counter()
    for line in problem.lines:
        counts[-line.stop if by_stop else 0, line.goods_type_id] += line.unit_count
    return tuple(
        Kind(problem.goods[goods_type_id], -stop if by_stop else None, min(count, MAX_BOXES))
        for (stop, goods_type_id), count in sorted(counts.items())
        if count
    )


def stances_of(problem: LoadProblem, kinds: Sequence[Kind]) -> tuple[Stance, ...]:
    """Return how every kind may stand in the empty body."""
    unit, body = unit_mm(problem), problem.vehicle
    return tuple(
        Stance(kind, up, sides)
        for kind, one in enumerate(kinds)
        for up, sides in _ways(one.goods, unit)
        if _fits(sides, body, unit)
    )


def _ways(goods: GoodsType, unit: int) -> Iterator[tuple[Side, tuple[int, int, int]]]:
    seen = set()
    for up in sorted(goods.allowed_up):
        first, second, height = (side // unit for side in goods.lying(up))
        for sides in ((first, second, height), (second, first, height)):
            if sides not in seen:
                seen.add(sides)
                yield up, sides


def _fits(sides: tuple[int, int, int], body: Vehicle, unit: int) -> bool:
    room = (body.length_mm, body.width_mm, body.height_mm)
    return all(side * unit <= most for side, most in zip(sides, room, strict=True))


def kind_numbers(problem: LoadProblem, kinds: Sequence[Kind]) -> Ints:
    """Return the whole numbers that the loops test of each kind."""
    groups, types = _group_bits(problem), {name: n for n, name in enumerate(problem.goods)}
    stops = sorted({one.stop or 0 for one in kinds}, reverse=True)
    numbers = np.zeros((len(kinds), KIND_COLUMNS), np.int64)
    for row, one in zip(numbers, kinds, strict=True):
        row[KIND_MASS] = one.goods.mass_g or 0
        row[STACK_MAX] = one.goods.stack_max_count or MAX_BOXES
        row[IS_FRAGILE], row[GOODS] = one.goods.is_fragile, types[one.goods.goods_type_id]
        row[KIND_RANK] = stops.index(one.stop or 0)
        row[KIND_GROUP] = groups.get(one.goods.mix_group or "", 0)
        row[KIND_CONFLICTS] = _conflicts(problem, one.goods, groups)
    return numbers


def rank_volumes(problem: LoadProblem, kinds: Sequence[Kind]) -> Ints:
    """Return the volume given of every rank, in cubes of the problem's unit."""
    ranks, cube_mm3 = kind_numbers(problem, kinds)[:, KIND_RANK], unit_mm(problem) ** 3
    volumes = np.zeros(int(ranks.max(initial=0)) + 2, np.int64)
    for rank, one in zip(ranks, kinds, strict=True):
        volumes[rank] += one.count * one.goods.volume_mm3 // cube_mm3
    return volumes


def kind_limits(problem: LoadProblem, kinds: Sequence[Kind]) -> Floats:
    """Return what each kind carries at most, in grams, and on a square of the problem's unit."""
    unit, knows_mass = unit_mm(problem), problem.knows_mass
    limits = np.full((len(kinds), LIMIT_COLUMNS), NO_LIMIT)
    for row, one in zip(limits, kinds, strict=True):
        if knows_mass:
            row[TOP_MAX] = _limit(one.goods.top_load_max_g)
            row[BEARING] = _bearing(one.goods, unit)
    return limits


def _limit(most: int | None) -> float:
    return NO_LIMIT if most is None else float(most)


def _bearing(goods: GoodsType, unit: int) -> float:
    if goods.bearing_kg_per_m2 is None:
        return NO_LIMIT
    return goods.bearing_kg_per_m2 * unit * unit / MM2_G_PER_KG_M2


def _group_bits(problem: LoadProblem) -> Mapping[str, int]:
    names = sorted({name for pair in problem.forbidden_pairs for name in pair})
    return {name: 1 << bit for bit, name in enumerate(names)}


def _conflicts(problem: LoadProblem, goods: GoodsType, groups: Mapping[str, int]) -> int:
    bits = 0
    for pair in problem.forbidden_pairs:
        if goods.mix_group in pair:
            bits |= sum(groups[name] for name in pair - {goods.mix_group})
    return bits


def tests_boxes(problem: LoadProblem, kinds: Sequence[Kind]) -> bool:
    """Return whether what stands on what has to be followed box by box."""
    return problem.support_bp < FULL_BP or any(
        one.goods.is_fragile
        or (one.goods.stack_max_count or 1) > 1
        or (problem.knows_mass and _bears_little(one.goods))
        for one in kinds
    )


def _bears_little(goods: GoodsType) -> bool:
    return goods.top_load_max_g is not None or goods.bearing_kg_per_m2 is not None


def body_of(problem: LoadProblem, kinds: Sequence[Kind]) -> Body:
    """Return the body and the rules as whole numbers."""
    unit, body = unit_mm(problem), problem.vehicle
    by_stop = loads_by_stop(problem)
    longest = max((one.goods.side_mm(side) // unit for one in kinds for side in Side), default=0)
    payload_g = body.payload_g if problem.knows_mass else None
    return Body(
        length=body.length_mm // unit,
        width=body.width_mm // unit,
        height=body.height_mm // unit,
        payload_g=NO_LIMIT_G if payload_g is None else payload_g,
        support_bp=problem.support_bp,
        phases=len(problem.stops) if by_stop else 1,
        has_side_door=int(body.door is Door.SIDE),
        is_front_only=int(by_stop or (body.has_balance_rule and problem.knows_mass)),
        tests_boxes=int(tests_boxes(problem, kinds)),
        overhang=longest * (FULL_BP - problem.support_bp) // FULL_BP,
        depth_weight=DEPTH_WEIGHT if by_stop else 1,
        is_balanced=int(body.has_balance_rule and problem.knows_mass),
    )


def balance_of(problem: LoadProblem) -> Floats:
    """Return the limits of the centre of gravity, wide open where there is none."""
    unit, body = unit_mm(problem), problem.vehicle
    balance = np.array([0, 1, 0, 0, NO_LIMIT, NO_LIMIT, -NO_LIMIT, -NO_LIMIT, NO_LIMIT, NO_LIMIT])
    if (axles := body.axles) is not None:
        balance[FRONT_X] = axles.front_x_mm / unit
        balance[WHEELBASE] = (axles.rear_x_mm - axles.front_x_mm) / unit
        balance[FRONT_EMPTY], balance[REAR_EMPTY] = axles.front_empty_g, axles.rear_empty_g
        balance[FRONT_MAX], balance[REAR_MAX] = axles.front_max_g, axles.rear_max_g
        balance[FRONT_MIN_SHARE] = axles.front_min_bp / FULL_BP
    if body.centre_x_min_mm is not None:
        balance[CENTRE_X_MIN] = body.centre_x_min_mm / unit
    if body.centre_x_max_mm is not None:
        balance[CENTRE_X_MAX] = body.centre_x_max_mm / unit
    if body.off_centre_max_bp is not None:
        balance[OFF_CENTRE_MAX] = body.off_centre_max_bp * body.width_mm / FULL_BP / unit
    return balance


def sides_along(stances: Sequence[Stance], left: Ints, axis: int) -> list[int]:
    """Return the sides that units still there can show along an axis, the short ones first."""
    return sorted({one.sides[axis] for one in stances if left[one.kind] > 0})
