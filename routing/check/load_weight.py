"""Mass: what stands on what, pressure, payload, axles and balance; exact fractions, no rounding."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from routing.check.load_finding import Violation
from routing.check.load_geometry import contact_mm2
from routing.loading.entities import FULL_BP, LoadProblem, Placement

MM2_G_PER_KG_M2 = 1_000  # a pressure of 1 kg/m2 is 1 g on 1,000 mm2


def stacks(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield units that carry more units, more mass, more pressure or other goods than they may."""
    held = _standing_on(placements)
    yield from _too_high(problem, placements, held)
    yield from _too_much_on_fragile(problem, placements, held)
    if problem.knows_mass:
        yield from _too_heavy(problem, placements, held)


Held = Mapping[int, Sequence[tuple[Placement, int]]]


def _standing_on(placements: Sequence[Placement]) -> Held:
    """Return, by step, what holds each unit, and on which area in mm2."""
    return {
        one.step: [
            (lower, area)
            for lower in placements
            if lower is not one and (area := contact_mm2(one, lower))
        ]
        for one in placements
    }


def _too_high(
    problem: LoadProblem, placements: Sequence[Placement], held: Held
) -> Iterator[Violation]:
    tower = {one.step: 1 for one in placements}
    for one in sorted(placements, key=lambda p: -p.z_mm):
        for lower, _ in held[one.step]:
            tower[lower.step] = max(tower[lower.step], tower[one.step] + 1)
    for one in placements:
        most = problem.goods[one.goods_type_id].stack_max_count
        if most is not None and tower[one.step] > most:
            yield Violation(
                rule="stacking",
                steps=(one.step,),
                sentence=f"step {one.step} is the lowest of {tower[one.step]} units; "
                f"{one.goods_type_id} may be of {most}",
            )


def _too_much_on_fragile(
    problem: LoadProblem, placements: Sequence[Placement], held: Held
) -> Iterator[Violation]:
    for one in placements:
        for lower, _ in held[one.step]:
            is_fragile = problem.goods[lower.goods_type_id].is_fragile
            if is_fragile and lower.goods_type_id != one.goods_type_id:
                yield Violation(
                    rule="fragile",
                    steps=(lower.step, one.step),
                    sentence=f"step {one.step} ({one.goods_type_id}) stands on the fragile "
                    f"{lower.goods_type_id} of step {lower.step}",
                )


def _too_heavy(
    problem: LoadProblem, placements: Sequence[Placement], held: Held
) -> Iterator[Violation]:
    on_top_g = {one.step: Fraction(0) for one in placements}
    for one in sorted(placements, key=lambda p: -p.z_mm):
        handed_g = problem.mass_g(one.goods_type_id) + on_top_g[one.step]
        area_mm2 = sum(area for _, area in held[one.step])
        for lower, area in held[one.step]:
            on_top_g[lower.step] += handed_g * area / area_mm2
            bearing = problem.goods[lower.goods_type_id].bearing_kg_per_m2
            if bearing is not None and handed_g * MM2_G_PER_KG_M2 > bearing * area_mm2:
                yield Violation(
                    rule="bearing",
                    steps=(lower.step, one.step),
                    sentence=f"step {one.step} presses with "
                    f"{float(handed_g * MM2_G_PER_KG_M2 / area_mm2):.1f} kg/m2 on step "
                    f"{lower.step}; {lower.goods_type_id} bears {bearing}",
                )
    for one in placements:
        most_g = problem.goods[one.goods_type_id].top_load_max_g
        if most_g is not None and on_top_g[one.step] > most_g:
            yield Violation(
                rule="top_load",
                steps=(one.step,),
                sentence=f"step {one.step} carries {float(on_top_g[one.step] / 1000):.3f} kg; "
                f"{one.goods_type_id} may carry {most_g / 1000:.3f}",
            )


def vehicle(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    """Yield broken limits of the vehicle: payload, axles after every stop, centre of gravity."""
    if not problem.knows_mass or not placements:
        return
    mass_g = sum(problem.mass_g(one.goods_type_id) for one in placements)
    payload_g = problem.vehicle.payload_g
    if payload_g is not None and mass_g > payload_g:
        yield Violation(
            rule="payload",
            steps=(),
            sentence=f"the load of {mass_g / 1000:.3f} kg is over the payload of "
            f"{payload_g / 1000:.3f} kg",
        )
    yield from _off_balance(problem, placements)
    for stop in (0, *problem.stops):
        aboard = [one for one in placements if one.stop > stop]
        if aboard:
            yield from _axles(problem, aboard, stop)


def _moment(problem: LoadProblem, placements: Sequence[Placement], axis: str) -> Fraction:
    """Return the centre of gravity along an axis, in mm, exactly."""
    masses_g = [problem.mass_g(one.goods_type_id) for one in placements]
    twice = [2 * getattr(one, f"{axis}_mm") + getattr(one, f"d{axis}_mm") for one in placements]
    return Fraction(sum(m * t for m, t in zip(masses_g, twice, strict=True)), 2 * sum(masses_g))


def _off_balance(problem: LoadProblem, placements: Sequence[Placement]) -> Iterator[Violation]:
    body = problem.vehicle
    x_mm, y_mm = (_moment(problem, placements, axis) for axis in "xy")
    off_mm = abs(y_mm - Fraction(body.width_mm, 2))
    if body.off_centre_max_bp is not None and (
        off_mm * FULL_BP > body.off_centre_max_bp * body.width_mm
    ):
        yield Violation(
            rule="cog",
            steps=(),
            sentence=f"the centre of gravity is {float(off_mm):.1f} mm beside the middle; "
            f"{body.off_centre_max_bp / 100:g} % of {body.width_mm} mm are allowed",
        )
    least_mm = x_mm if body.centre_x_min_mm is None else body.centre_x_min_mm
    most_mm = x_mm if body.centre_x_max_mm is None else body.centre_x_max_mm
    if not least_mm <= x_mm <= most_mm:
        yield Violation(
            rule="cog",
            steps=(),
            sentence=f"the centre of gravity is at x {float(x_mm):.1f} mm; "
            f"{float(least_mm):g} to {float(most_mm):g} are allowed",
        )


def _axles(problem: LoadProblem, aboard: Sequence[Placement], stop: int) -> Iterator[Violation]:
    axles = problem.vehicle.axles
    if axles is None:
        return
    mass_g = sum(problem.mass_g(one.goods_type_id) for one in aboard)
    base_mm = axles.rear_x_mm - axles.front_x_mm
    x_mm = _moment(problem, aboard, "x")
    on_rear_g = mass_g * (x_mm - axles.front_x_mm) / base_mm
    front_g = axles.front_empty_g + mass_g - on_rear_g
    rear_g = axles.rear_empty_g + on_rear_g
    when = "at the start" if stop == 0 else f"after stop {stop}"
    for name, carried_g, most_g in (
        ("front", front_g, axles.front_max_g),
        ("rear", rear_g, axles.rear_max_g),
    ):
        if carried_g > most_g:
            yield Violation(
                rule="axle",
                steps=(),
                sentence=f"{when} the {name} axle carries {float(carried_g / 1000):.3f} kg; "
                f"{most_g / 1000:.3f} are allowed",
            )
    if front_g * FULL_BP < axles.front_min_bp * (front_g + rear_g):
        yield Violation(
            rule="axle",
            steps=(),
            sentence=f"{when} the front axle carries "
            f"{float(100 * front_g / (front_g + rear_g)):.2f} % of the mass; "
            f"{axles.front_min_bp / 100:g} % are the least",
        )
