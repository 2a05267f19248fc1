"""What no search can beat: mass, height, volume and floor that goods take at the least."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from routing.loading.entities import FULL_BP, GoodsType, LeftReason, LoadProblem


@dataclass(frozen=True, slots=True)
class BrokenBound:
    """A bound that a load exceeds: it can never be loaded whole."""

    reason: LeftReason
    sentence: str


Bound = Callable[[LoadProblem], BrokenBound | None]


def first_broken(problem: LoadProblem) -> BrokenBound | None:
    """Return the first bound, the cheapest first, that the whole of the goods breaks.

    Examples
    --------
    >>> from routing.loading.entities import LoadLine, Vehicle
    >>> cube = GoodsType(goods_type_id="c", length_mm=1_000, width_mm=1_000, height_mm=1_000)
    >>> body = Vehicle(vehicle_id="v", length_mm=3_000, width_mm=1_000, height_mm=1_500)
    >>> line = LoadLine(line_id="1", goods_type_id="c", unit_count=4)
    >>> load = LoadProblem(problem_id="p", vehicle=body, goods={"c": cube}, lines=(line,))
    >>> first_broken(load).sentence
    'the goods take at least 4.000 m2 of floor, the body has 3.000'
    """
    return next((broken for bound in BOUNDS if (broken := bound(problem)) is not None), None)


def _units(problem: LoadProblem) -> Iterator[tuple[GoodsType, int]]:
    for line in problem.lines:
        yield problem.goods[line.goods_type_id], line.unit_count


def _payload(problem: LoadProblem) -> BrokenBound | None:
    payload_g = problem.vehicle.payload_g
    if payload_g is None or not problem.knows_mass:
        return None
    mass_g = sum((one.mass_g or 0) * count for one, count in _units(problem))
    if mass_g <= payload_g:
        return None
    over_kg = (mass_g - payload_g) / 1000
    return BrokenBound(LeftReason.PAYLOAD, f"payload_kg over by {over_kg:g}")


def least_height_mm(goods: GoodsType) -> int:
    """Return how high a unit is at the least, as it may stand."""
    return min(goods.side_mm(up) for up in goods.allowed_up)


def _height(problem: LoadProblem) -> BrokenBound | None:
    highest, _ = max(_units(problem), key=lambda unit: least_height_mm(unit[0]))
    height_mm = least_height_mm(highest)
    if height_mm <= problem.vehicle.height_mm:
        return None
    return BrokenBound(
        LeftReason.HEIGHT,
        f"{highest.goods_type_id} is {height_mm} mm high, the body {problem.vehicle.height_mm}",
    )


def _volume(problem: LoadProblem) -> BrokenBound | None:
    volume_mm3 = sum(one.volume_mm3 * count for one, count in _units(problem))
    if volume_mm3 <= problem.vehicle.volume_mm3:
        return None
    return BrokenBound(
        LeftReason.VOLUME,
        f"the goods take {volume_mm3 / 1e9:.3f} m3, the body has "
        f"{problem.vehicle.volume_mm3 / 1e9:.3f}",
    )


def least_floor_mm2(problem: LoadProblem) -> Fraction:
    """Return the floor that the goods take at the least.

    A vertical line meets no more units than the body is high for the lowest of them, and under full
    support no more than the most that any unit may be the lowest of.
    """
    most = problem.vehicle.height_mm // min(least_height_mm(one) for one, _ in _units(problem))
    if problem.support_bp == FULL_BP:
        most = min(most, max(one.stack_max_count or most for one, _ in _units(problem)))
    bases_mm2 = sum(_least_base_mm2(one) * count for one, count in _units(problem))
    return Fraction(bases_mm2, max(1, most))


def _least_base_mm2(goods: GoodsType) -> int:
    return min(goods.lying(up)[0] * goods.lying(up)[1] for up in goods.allowed_up)


def _floor(problem: LoadProblem) -> BrokenBound | None:
    body = problem.vehicle
    has_mm2, least_mm2 = body.length_mm * body.width_mm, least_floor_mm2(problem)
    if least_mm2 <= has_mm2:
        return None
    return BrokenBound(
        LeftReason.FLOOR,
        f"the goods take at least {float(least_mm2) / 1e6:.3f} m2 of floor, the body has "
        f"{has_mm2 / 1e6:.3f}",
    )


BOUNDS: tuple[Bound, ...] = (_payload, _height, _volume, _floor)
