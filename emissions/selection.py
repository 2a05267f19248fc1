"""Which factor answers: five ranks in one order, the first that holds a complete factor wins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from emissions.carrier import find_carrier_toc
from emissions.eligible import LOAD_ORDER, Found, Gap, best, gap_days, raised
from emissions.energy_factor import LIFECYCLE, find_electricity, find_fuel
from emissions.factor import Factor, FactorBook, ModeDefault, VehicleClass
from emissions.modelled import Modelled, find_modelled, full_row
from emissions.vehicle import VehicleFigures
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import CalculationMethod, DataClass

MAX_REMEMBERED_SELECTIONS = 100_000


class Asked(NamedTuple):
    """Everything of a leg that decides its factor; equal questions share one answer."""

    mode: str
    vehicle_class: str | None
    energy: str | None
    on: date
    grid_region: str | None
    has_kwh: bool
    has_fuel: bool
    default_at: int | None  # row of the mode's defaults that covers the distance
    has_load: bool = False  # the shares themselves decide no factor, so they are not remembered


@dataclass(frozen=True, slots=True)
class Selection:
    """The factor that answers, the rank it was found at, and what is weak about it.

    ``figures`` are there at rank 3 alone: the leg's own load makes its intensity of them, and the
    factor is the one of their rows that is recorded.
    """

    factor: Factor
    ttw_kgco2e: Decimal
    wtt_kgco2e: Decimal
    method: str
    data_class: str
    flags: tuple[str, ...]
    figures: VehicleFigures | None = None


class RefusedRank(NamedTuple):
    """A rank that was asked before the one that answered, and why it could not."""

    method: str
    why: str


Rank = Callable[[Asked, FactorBook], Found | Modelled | Gap]


def select(asked: Asked, book: FactorBook) -> Selection:
    """Return the selection for ``asked``; the same question always has the same answer.

    Raises
    ------
    Refused
        If no rank holds a factor, or only one without its TTW or WTT.
    """
    known = book.memo.get(asked)
    if known is not None:
        return known
    selection, gaps = walk(asked, book)
    if selection is None:
        raise _not_found(asked, book, gaps)
    if len(book.memo) >= MAX_REMEMBERED_SELECTIONS:
        book.memo.clear()
    book.memo[asked] = selection
    return selection


def refused_ranks(asked: Asked, book: FactorBook) -> tuple[RefusedRank, ...]:
    """Return the ranks above the one that answers, and why each gave nothing."""
    _, gaps = walk(asked, book)
    return tuple(RefusedRank(method, gap.why) for method, gap in gaps)


def walk(asked: Asked, book: FactorBook) -> tuple[Selection | None, list[tuple[str, Gap]]]:
    """Return the selection, if any, and the gap of every rank asked before it."""
    gaps: list[tuple[str, Gap]] = []
    for method, rank in RANKS:
        found = rank(asked, book)
        if not isinstance(found, Gap):
            return _selection(method, found), gaps
        gaps.append((method, found))
    return None, gaps


def _selection(method: str, found: Found | Modelled) -> Selection:
    what, flags = found
    figures = what if isinstance(what, VehicleFigures) else None
    factor = full_row(what) if isinstance(what, VehicleFigures) else what
    return Selection(factor, *factor.parts(), method, DATA_CLASS[method], flags, figures)


def _primary_energy(asked: Asked, book: FactorBook) -> Found | Gap:
    if asked.energy is None:
        return Gap("energy is not given, so metered energy cannot be told apart")
    if asked.energy == "electric":
        if not asked.has_kwh:
            return Gap("energy_kwh is not metered")
        return find_electricity(LIFECYCLE, asked.grid_region, asked.on, book)
    if not asked.has_fuel:
        return Gap("fuel_l is not metered")
    return find_fuel(asked.energy, asked.on, book)


def _carrier_toc(asked: Asked, book: FactorBook) -> Found | Gap:
    """A carrier's own figure, under the name of its operation category."""
    return find_carrier_toc(
        mode=asked.mode,
        toc=asked.vehicle_class,
        energy=asked.energy,
        on=asked.on,
        has_meter=asked.has_kwh or asked.has_fuel,
        book=book,
    )


def _modelled(asked: Asked, book: FactorBook) -> Modelled | Gap:
    """A trip whose load and empty kilometres are known, by its class per km empty and full."""
    if not asked.has_load:
        return Gap("load_share and empty_distance_share are not given")
    known = _class_of(asked, book)
    if isinstance(known, Gap):
        return known
    default = _default(asked, book)
    found = find_modelled(
        vehicle_class=known.vehicle_class,
        energies=_energies(asked.energy, default),
        on=asked.on,
        has_meter=asked.has_kwh or asked.has_fuel,
        book=book,
    )
    if isinstance(found, Gap) or not _is_energy_assumed(asked, default):
        return found
    return found[0], (*found[1], "energy_assumed")


def _class_of(asked: Asked, book: FactorBook) -> VehicleClass | Gap:
    if asked.vehicle_class is None:
        return Gap("vehicle_class is not given")
    known = book.vehicle_classes.get(asked.vehicle_class)
    if known is None:
        return Gap(f"vehicle_class {shown(asked.vehicle_class)} is unknown")
    if not _same_way(known.mode, asked.mode):
        return Gap(f"vehicle_class {asked.vehicle_class} is of mode {known.mode}")
    return known


def _class_default(asked: Asked, book: FactorBook) -> Found | Gap:
    known = _class_of(asked, book)
    if isinstance(known, Gap):
        return known
    found = _intensity(asked, known.mode, known.factor_class, book)
    if isinstance(found, Gap) or not known.is_assumption:
        return found
    return found[0], (*found[1], "class_assumed")


def _mode_default(asked: Asked, book: FactorBook) -> Found | Gap:
    default = _default(asked, book)
    if default is None:
        return Gap(f"mode {asked.mode} has no default")
    known = book.vehicle_classes[default.vehicle_class]
    found = _intensity(asked, known.mode, known.factor_class, book)
    if isinstance(found, Gap):
        return found
    flags = found[1]
    if default.is_assumption:
        flags = (*flags, "class_assumed")
    if asked.vehicle_class is not None:
        flags = (*flags, "class_unknown")
    return found[0], flags


RANKS: tuple[tuple[str, Rank], ...] = (
    (CalculationMethod.PRIMARY_ENERGY.value, _primary_energy),
    (CalculationMethod.CARRIER_TOC.value, _carrier_toc),
    (CalculationMethod.MODELLED.value, _modelled),
    (CalculationMethod.CLASS_DEFAULT.value, _class_default),
    (CalculationMethod.MODE_DEFAULT.value, _mode_default),
)
DATA_CLASS = {
    CalculationMethod.PRIMARY_ENERGY.value: DataClass.PRIMARY.value,
    CalculationMethod.CARRIER_TOC.value: DataClass.PRIMARY.value,
    CalculationMethod.MODELLED.value: DataClass.MODELLED.value,
    CalculationMethod.CLASS_DEFAULT.value: DataClass.DEFAULT.value,
    CalculationMethod.MODE_DEFAULT.value: DataClass.DEFAULT.value,
}


def _same_way(class_mode: str, asked_mode: str) -> bool:
    """A parcel may ride in any road vehicle."""
    return class_mode == asked_mode or (class_mode == "road" and asked_mode == "parcel")


def _default(asked: Asked, book: FactorBook) -> ModeDefault | None:
    return None if asked.default_at is None else book.mode_defaults[asked.mode][asked.default_at]


def _intensity(asked: Asked, mode: str, factor_class: str, book: FactorBook) -> Found | Gap:
    default = _default(asked, book)
    energies = _energies(asked.energy, default)
    rows = [
        one
        for one in book.candidates(("intensity_tkm", mode, factor_class))
        if one.energy in energies and not one.basis
    ]
    if not rows:
        return Gap(f"vehicle_class {factor_class} has no factor for energy={asked.energy}")
    regions = book.region_fallback
    if asked.energy == "electric":  # a class average contains its own country's grid
        regions = regions[:1]
    found = best(rows, on=asked.on, regions=regions, energies=energies, set_order=book.set_order)
    if isinstance(found, Gap):
        return found
    checks = (
        ("proxy_region", found.region != book.region_fallback[0]),
        ("outside_validity", gap_days(found, asked.on) > 0),
        ("energy_mixed", asked.energy is not None and not found.energy),
        ("energy_assumed", bool(found.energy) and _is_energy_assumed(asked, default)),
        ("metered_energy_unused", asked.has_kwh or asked.has_fuel),
    )
    return found, raised(checks)


def _is_energy_assumed(asked: Asked, default: ModeDefault | None) -> bool:
    return asked.energy is None and default is not None and default.energy_is_assumption


def _energies(energy: str | None, default: ModeDefault | None) -> tuple[str, ...]:
    """The energies of rows that may answer, best first; a blank one is the mix of the mode."""
    usual = () if default is None else (default.energy,)
    if energy is None:
        return ("", *usual)
    return (energy, "") if energy in usual else (energy,)


def _not_found(asked: Asked, book: FactorBook, gaps: list[tuple[str, Gap]]) -> Refused:
    incomplete = [gap.why for _, gap in gaps if gap.incomplete]
    what = (
        f"no factor for mode={asked.mode} energy={asked.energy} "
        f"vehicle_class={asked.vehicle_class} region={book.region_fallback[0]} on {asked.on}"
    )
    if incomplete:
        return Refused(Reason.FACTOR_INCOMPLETE, f"{what}: {incomplete[0]}")
    if asked.energy == "electric" and not asked.has_kwh:
        what = f"{what} without a metered energy_kwh above 0"
    return Refused(Reason.FACTOR_NOT_FOUND, f"{what}; nearest: {_nearest(asked, book)}")


def _nearest(asked: Asked, book: FactorBook) -> str:
    """The complete intensity of the mode that differs least, for a person to look at."""
    known = book.vehicle_classes.get(asked.vehicle_class or "")
    default = _default(asked, book)
    factor_class = known.factor_class if known else default and default.vehicle_class
    fitting = [
        one
        for one in book.by_id.values()
        if one.kind == "intensity_tkm" and one.missing_part is None and not one.basis
        if _same_way(one.mode, asked.mode)
    ]
    nearest = min(
        fitting,
        key=lambda one: (
            one.vehicle_class != factor_class,
            one.energy != asked.energy,
            LOAD_ORDER[one.load_basis],
            one.factor_id,
        ),
        default=None,
    )
    return f"none of mode {asked.mode}" if nearest is None else nearest.factor_id
