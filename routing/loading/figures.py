"""What a plan comes to: shares of volume, mass and floor, centre of gravity, axle loads."""

from dataclasses import dataclass

from routing.loading.entities import LoadPlan, LoadProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """Shares of 1; None is what cannot be told: masses are unknown, or nothing is loaded."""

    unit_count: int
    left_count: int
    volume_m3: float
    volume_share: float
    mass_kg: float | None
    mass_share: float | None
    floor_share: float
    floor_length_mm: int
    centre_x_mm: float | None
    centre_y_mm: float | None
    centre_z_mm: float | None
    front_axle_kg: float | None
    rear_axle_kg: float | None


def figures_of(problem: LoadProblem, plan: LoadPlan) -> LoadFigures:
    """Return the figures of a plan at its start."""
    body, placed = problem.vehicle, plan.placements
    volume_mm3 = sum(one.volume_mm3 for one in placed)
    floor_mm2 = sum(one.dx_mm * one.dy_mm for one in placed if one.z_mm == 0)
    mass_g = sum(problem.mass_g(one.goods_type_id) for one in placed)
    has_mass = problem.knows_mass
    centre = [centre_mm(problem, plan, axis) for axis in "xyz"]
    front_kg, rear_kg = axle_loads_kg(problem, mass_g=mass_g, centre_x_mm=centre[0])
    return LoadFigures(
        unit_count=len(placed),
        left_count=sum(one.unit_count for one in plan.leftovers),
        volume_m3=volume_mm3 / 1e9,
        volume_share=volume_mm3 / body.volume_mm3,
        mass_kg=mass_g / 1000 if has_mass else None,
        mass_share=mass_g / body.payload_g if has_mass and body.payload_g else None,
        floor_share=floor_mm2 / (body.length_mm * body.width_mm),
        floor_length_mm=max((one.x_mm + one.dx_mm for one in placed), default=0),
        centre_x_mm=centre[0],
        centre_y_mm=centre[1],
        centre_z_mm=centre[2],
        front_axle_kg=front_kg,
        rear_axle_kg=rear_kg,
    )


def centre_mm(problem: LoadProblem, plan: LoadPlan, axis: str) -> float | None:
    """Return the centre of gravity along an axis."""
    mass_g = sum(problem.mass_g(one.goods_type_id) for one in plan.placements)
    if not problem.knows_mass or not mass_g:
        return None
    twice: int = sum(
        problem.mass_g(one.goods_type_id)
        * (2 * getattr(one, f"{axis}_mm") + getattr(one, f"d{axis}_mm"))
        for one in plan.placements
    )
    return twice / 2 / mass_g


def axle_loads_kg(
    problem: LoadProblem, *, mass_g: int, centre_x_mm: float | None
) -> tuple[float | None, float | None]:
    """Return what the front and the rear axle carry, the empty vehicle with it.

    Examples
    --------
    4,000 kg with its centre 4.1 m behind the front axle, wheelbase 4.5 m:

    >>> from routing.loading.entities import Axles, Vehicle
    >>> axles = Axles(front_x_mm=0, rear_x_mm=4_500, front_empty_g=0, rear_empty_g=0,
    ...     front_max_g=9_000_000, rear_max_g=9_000_000)
    >>> body = Vehicle(vehicle_id="v", length_mm=8_000, width_mm=2_400, height_mm=2_400,
    ...     axles=axles)
    >>> empty = LoadProblem(problem_id="p", vehicle=body, goods={}, lines=())
    >>> front, rear = axle_loads_kg(empty, mass_g=4_000_000, centre_x_mm=4_100.0)
    >>> round(front, 1), round(rear, 1)
    (355.6, 3644.4)
    """
    axles = problem.vehicle.axles
    if axles is None or centre_x_mm is None:
        return None, None
    share = (centre_x_mm - axles.front_x_mm) / (axles.rear_x_mm - axles.front_x_mm)
    front_g = axles.front_empty_g + mass_g * (1 - share)
    return front_g / 1000, (axles.rear_empty_g + mass_g * share) / 1000
