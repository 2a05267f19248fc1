"""Balance of a load: shifted as one, and if that is not enough the unit that weighs worst stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.loading.entities import FULL_BP, LoadProblem, Placement

WIDE = 1e15


@dataclass(frozen=True, slots=True)
class Span:
    """Between which shifts of a load its limits hold; empty where low is above high."""

    low: float
    high: float

    def within(self, low: float, high: float) -> "Span":
        """Return what this span shares with another."""
        return Span(max(self.low, low), min(self.high, high))

    def gap(self, least: float, most: float) -> float:
        """Return how far the span is from a shift between ``least`` and ``most``."""
        return (
            max(0.0, self.low - most) + max(0.0, least - self.high) + max(0.0, self.low - self.high)
        )

    def nearest(self, least: int, most: int) -> int:
        """Return the whole shift between the two that is nearest to the middle of the span."""
        low, high = max(self.low, least), min(self.high, most)
        wanted = (low + high) / 2 if abs(low) < WIDE and abs(high) < WIDE else 0.0
        if self.low <= 0 <= self.high and least <= 0 <= most:
            wanted = 0.0
        return int(min(max(round(wanted), least), most))


def balanced(
    problem: LoadProblem, placements: Sequence[Placement]
) -> tuple[tuple[Placement, ...], tuple[Placement, ...]]:
    """Return the load shifted into its limits, and the units that had to be left for them."""
    kept, left = list(placements), []
    if not problem.vehicle.has_balance_rule or not problem.knows_mass:
        return tuple(kept), ()
    while kept and _gap(problem, kept) > 0:
        worst = min(_on_top(kept), key=lambda one: _gap_without(problem, kept, one))
        kept.remove(worst)
        left.append(worst)
    return tuple(_shifted(problem, kept)), tuple(left)


def _gap_without(problem: LoadProblem, kept: Sequence[Placement], one: Placement) -> float:
    rest = [other for other in kept if other is not one]
    return _gap(problem, rest) if rest else 0.0


def _on_top(kept: Sequence[Placement]) -> list[Placement]:
    """Return the units that nothing stands on."""
    return [one for one in kept if not any(_stands_on(other, one) for other in kept)]


def _stands_on(upper: Placement, lower: Placement) -> bool:
    return (
        upper.z_mm == lower.z_mm + lower.dz_mm
        and upper.x_mm < lower.x_mm + lower.dx_mm
        and lower.x_mm < upper.x_mm + upper.dx_mm
        and upper.y_mm < lower.y_mm + lower.dy_mm
        and lower.y_mm < upper.y_mm + upper.dy_mm
    )


def _shifted(problem: LoadProblem, kept: Sequence[Placement]) -> Iterator[Placement]:
    """Yield the units after the shift of the whole load that suits its limits best."""
    if not kept:
        return
    along, across = _spans(problem, kept)
    (least_x, most_x), (least_y, most_y) = _room(problem, kept)
    x_mm, y_mm = along.nearest(least_x, most_x), across.nearest(least_y, most_y)
    for one in kept:
        yield replace(one, x_mm=one.x_mm + x_mm, y_mm=one.y_mm + y_mm)


def _room(
    problem: LoadProblem, kept: Sequence[Placement]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return between which shifts the load stays within the walls, along and across."""
    body = problem.vehicle
    return (
        (
            -min(one.x_mm for one in kept),
            body.length_mm - max(one.x_mm + one.dx_mm for one in kept),
        ),
        (
            -min(one.y_mm for one in kept),
            body.width_mm - max(one.y_mm + one.dy_mm for one in kept),
        ),
    )


def _gap(problem: LoadProblem, kept: Sequence[Placement]) -> float:
    """Return by how many millimetres the best shift misses the limits, a rounding allowed for."""
    along, across = _spans(problem, kept)
    room_x, room_y = _room(problem, kept)
    return _rounded(along).gap(*room_x) + _rounded(across).gap(*room_y)


def _rounded(span: Span) -> Span:
    """Return the whole shifts of a span; a span without any is empty."""
    if span.low <= -WIDE and span.high >= WIDE:
        return span
    low = -(-span.low // 1) if abs(span.low) < WIDE else span.low
    return Span(low, span.high // 1 if abs(span.high) < WIDE else span.high)


def _spans(problem: LoadProblem, kept: Sequence[Placement]) -> tuple[Span, Span]:
    """Return the shifts along and across at which every limit holds, after each stop too."""
    body = problem.vehicle
    along, across = Span(-WIDE, WIDE), Span(-WIDE, WIDE)
    for stop in (0, *problem.stops):
        aboard = [one for one in kept if one.stop > stop]
        mass_g = sum(problem.mass_g(one.goods_type_id) for one in aboard)
        if mass_g and body.axles is not None:
            centre_mm = _centre(problem, aboard, "x")
            low, high = _axle_limits(problem, mass_g)
            along = along.within(low - centre_mm, high - centre_mm)
    centre_mm = _centre(problem, kept, "x")
    if body.centre_x_min_mm is not None:
        along = along.within(body.centre_x_min_mm - centre_mm, WIDE)
    if body.centre_x_max_mm is not None:
        along = along.within(-WIDE, body.centre_x_max_mm - centre_mm)
    if body.off_centre_max_bp is not None:
        off_mm = body.width_mm / 2 - _centre(problem, kept, "y")
        most_mm = body.off_centre_max_bp * body.width_mm / FULL_BP
        across = across.within(off_mm - most_mm, off_mm + most_mm)
    return along, across


def _centre(problem: LoadProblem, placements: Sequence[Placement], axis: str) -> float:
    mass_g = sum(problem.mass_g(one.goods_type_id) for one in placements)
    twice = sum(
        problem.mass_g(one.goods_type_id)
        * (2 * getattr(one, f"{axis}_mm") + getattr(one, f"d{axis}_mm"))
        for one in placements
    )
    return twice / 2 / mass_g if mass_g else 0.0


def _axle_limits(problem: LoadProblem, mass_g: int) -> tuple[float, float]:
    """Return between which x the centre of a mass may lie so that both axles keep their limits."""
    axles = problem.vehicle.axles
    if axles is None:
        return -WIDE, WIDE
    wheelbase_mm = axles.rear_x_mm - axles.front_x_mm
    all_g = axles.front_empty_g + axles.rear_empty_g + mass_g
    over_front_g = axles.front_empty_g + mass_g - axles.front_max_g
    spare_g = axles.front_empty_g + mass_g - axles.front_min_bp * all_g / FULL_BP
    on_rear_g = min(axles.rear_max_g - axles.rear_empty_g, spare_g)
    return (
        axles.front_x_mm + wheelbase_mm * over_front_g / mass_g,
        axles.front_x_mm + wheelbase_mm * on_rear_g / mass_g,
    )
