"""Rank 3: a leg whose load and empty kilometres are known, by what its class emits per kilometre.

The answer stands on three published rows: per km empty, per km full, and per tkm full, which gives
the capacity. The row per km full is recorded as the leg's factor: no other rank takes it, and its
set, the leg's class and its day lead to the other two (``vehicle_figures``). All three must be of
one set, because a mix of two publishers' rows would be a figure that nobody published.
"""

from datetime import date
from decimal import Decimal

from emissions.eligible import Gap, raised
from emissions.factor import Factor, FactorBook
from emissions.question import TripLoad
from emissions.vehicle import VehicleFigures, vehicle_figures
from schemas.quantity import BOUNDS, refuse_outside
from schemas.refusal import Refused

Modelled = tuple[VehicleFigures, tuple[str, ...]]


def refuse_odd_load(load: TripLoad) -> None:
    """Raise ``Refused`` where a share of ``load`` is outside its bound, naming field and value.

    Examples
    --------
    >>> refuse_odd_load(TripLoad(Decimal("0.6"), Decimal(1)))
    Traceback (most recent call last):
    schemas.refusal.Refused: empty_distance_share: must be below 1, got 1
    """
    if _is_even(*load):
        return
    for field, share in load._asdict().items():
        if not isinstance(share, Decimal):
            raise TypeError(f"{field} must be a Decimal, got {share!r}")
        refuse_outside(field, share, BOUNDS[field])


def _is_even(load_share: Decimal, empty_distance_share: Decimal) -> bool:
    """Return whether both shares are certainly good; what is not certain is asked one by one."""
    return (
        type(load_share) is Decimal
        and type(empty_distance_share) is Decimal
        and load_share.is_finite()
        and empty_distance_share.is_finite()
        and 0 < load_share <= 1
        and 0 <= empty_distance_share < 1
    )


def find_modelled(
    *, vehicle_class: str, energies: tuple[str, ...], on: date, has_meter: bool, book: FactorBook
) -> Modelled | Gap:
    """Return what ``vehicle_class`` emits by its load and the flags, or why nobody knows it.

    Parameters
    ----------
    energies
        The energies that the leg may have moved by; the published rows are of diesel.
    """
    try:
        figures = vehicle_figures(vehicle_class=vehicle_class, on=on, book=book)
    except Refused as no:
        return Gap(no.detail)
    full = full_row(figures)
    if full.energy not in energies:
        return Gap(f"the empty and full figures of {vehicle_class} are of energy={full.energy}")
    if len({(one.set_id, one.distance_basis) for one in figures.factors}) > 1:
        rows = ", ".join(one.factor_id for one in figures.factors)
        return Gap(f"{rows} are not of one set and one kind of distance")
    checks = (("metered_energy_unused", has_meter),)
    return figures, (*figures.flags, *raised(checks))


def full_row(figures: VehicleFigures) -> Factor:
    """Return the row that stands for all three as the factor of a leg: per km, full.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> artic = vehicle_figures(
    ...     vehicle_class="artic_over_33t", on=date(2025, 6, 1), book=load_book()
    ... )
    >>> full_row(artic).factor_id
    'defra_2025.road.artic_over_33t.100.km'
    """
    return figures.factors[1]
