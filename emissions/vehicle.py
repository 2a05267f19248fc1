"""What a vehicle class emits per km empty and full, what it carries, and how full it runs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from emissions.eligible import Gap, best, gap_days, raised
from emissions.factor import Factor, FactorBook
from emissions.intensity import kgco2e_per_km_at
from emissions.number import CONTEXT, ONE
from emissions.parameter import parameter, parameters
from emissions.split import Load
from schemas.refusal import Reason, Refused, shown

EMPTY, FULL, AVERAGE = "0", "100", "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleFigures:
    """Published figures of one class: per km empty and full, and the load that makes it full."""

    vehicle_class: str
    empty: Load
    full: Load
    average_ttw_kgco2e_per_km: Decimal | None
    average_ttw_kgco2e_per_tkm: Decimal | None
    capacity_t: Decimal
    factors: tuple[Factor, ...]
    flags: tuple[str, ...]

    def load_share(self, load_t: Decimal) -> Decimal:
        """Return what part of the capacity ``load_t`` is, unrounded.

        Raises
        ------
        Refused
            If it is more than the class carries, or less than nothing.
        """
        if not 0 <= load_t <= self.capacity_t:
            raise Refused(
                Reason.UNIT_BOUND,
                f"load_t must be from 0 to {self.capacity_t:.3f} of {self.vehicle_class}, "
                f"got {load_t}",
            )
        return CONTEXT.divide(load_t, self.capacity_t)

    def per_km(self, load_share: Decimal) -> Load:
        """Return TTW and WTT per km at ``load_share``, unrounded, in kg CO2e."""
        return Load(
            *(
                kgco2e_per_km_at(empty=empty, full=full, load_share=load_share)
                for empty, full in zip(self.empty, self.full, strict=True)
            )
        )

    def per_tkm(self, *, load_share: Decimal, empty_distance_share: Decimal) -> Load:
        """Return TTW and WTT per tkm at a load and with its empty kilometres, unrounded.

        Parameters
        ----------
        empty_distance_share
            Empty km over all km, not over the loaded ones.

        Raises
        ------
        ValueError
            If nothing is loaded, or the vehicle runs empty all the way.
        """
        if not 0 < load_share <= 1 or not 0 <= empty_distance_share < 1:
            raise ValueError(
                f"load_share must be above 0, at most 1, and empty_distance_share from 0 to below "
                f"1, got {load_share} and {empty_distance_share}"
            )
        loaded_share = CONTEXT.subtract(ONE, empty_distance_share)
        empty_per_loaded_km = CONTEXT.divide(empty_distance_share, loaded_share)
        load_t = CONTEXT.multiply(load_share, self.capacity_t)
        empty, full = self.empty, self.full
        # Written out for both parts: one in ten legs comes this way.
        return Load(
            _per_tkm(empty[0], full[0], load_share, empty_per_loaded_km, load_t),
            _per_tkm(empty[1], full[1], load_share, empty_per_loaded_km, load_t),
        )

    def average_load_share(self) -> Decimal | None:
        """Return the load that the class's average stands on, unrounded; ``None`` if not given.

        To be shown beside every default: one class differs more than twofold between publishers
        from its load alone.
        """
        if self.average_ttw_kgco2e_per_km is None:
            return None
        empty, full = self.empty.ttw_kgco2e, self.full.ttw_kgco2e
        above_empty = CONTEXT.subtract(self.average_ttw_kgco2e_per_km, empty)
        return CONTEXT.divide(above_empty, CONTEXT.subtract(full, empty))

    def average_load_t(self) -> Decimal | None:
        """Return the tonnes that the class's average stands on, unrounded; ``None`` if not given.

        The publisher's own payload, per km over per tkm: over a mix of classes it is not the
        average share of the average capacity.
        """
        if self.average_ttw_kgco2e_per_km is None or self.average_ttw_kgco2e_per_tkm is None:
            return None
        return CONTEXT.divide(self.average_ttw_kgco2e_per_km, self.average_ttw_kgco2e_per_tkm)


def _per_tkm(
    empty: Decimal,
    full: Decimal,
    load_share: Decimal,
    empty_per_loaded_km: Decimal,
    load_t: Decimal,
) -> Decimal:
    """Return one part per tkm: a loaded km at its load with its part of the empty way."""
    laden = CONTEXT.add(empty, CONTEXT.multiply(CONTEXT.subtract(full, empty), load_share))
    away = CONTEXT.multiply(empty_per_loaded_km, empty)
    return CONTEXT.divide(CONTEXT.add(laden, away), load_t)


class LoadPreset(NamedTuple):
    """How full and how often empty a vehicle is taken to run where nobody knows: an assumption."""

    name: str
    load_share: Decimal
    empty_distance_share: Decimal


def load_preset(name: str) -> LoadPreset:
    """Return the preset called ``name``: mixed, light, heavy or container.

    Raises
    ------
    Refused
        If there is none.

    Notes
    -----
    GLEC Framework v3.0, page 92.

    Examples
    --------
    >>> load_preset("container").empty_distance_share
    Decimal('0.30')
    """
    if f"load.{name}.load_share" not in parameters():
        raise Refused(Reason.VOCABULARY, f"load preset {shown(name)} is unknown")
    return LoadPreset(
        name,
        parameter(f"load.{name}.load_share").value,
        parameter(f"load.{name}.empty_distance_share").value,
    )


def vehicle_figures(*, vehicle_class: str, on: date, book: FactorBook) -> VehicleFigures:
    """Return the figures of a class as vehicles are called in this house, Chinese bodies too.

    Raises
    ------
    Refused
        If the class is unknown, or nobody publishes it empty and full.
    """
    known = book.vehicle_classes.get(vehicle_class)
    if known is None:
        raise Refused(Reason.FACTOR_NOT_FOUND, f"vehicle_class {shown(vehicle_class)} is unknown")
    found = {
        (kind, load): _figure(kind, known.mode, known.factor_class, load, on, book)
        for kind, load in (
            ("intensity_km", EMPTY),
            ("intensity_km", FULL),
            ("intensity_km", AVERAGE),
            ("intensity_tkm", FULL),
            ("intensity_tkm", AVERAGE),
        )
    }
    empty = _needed(found["intensity_km", EMPTY], vehicle_class, EMPTY)
    full = _needed(found["intensity_km", FULL], vehicle_class, FULL)
    per_tkm = _needed(found["intensity_tkm", FULL], vehicle_class, FULL)
    average_km, average_tkm = found["intensity_km", AVERAGE], found["intensity_tkm", AVERAGE]
    factors = (empty, full, per_tkm)
    checks = (
        ("class_assumed", known.is_assumption),
        ("proxy_region", any(one.region != book.region_fallback[0] for one in factors)),
        ("outside_validity", any(gap_days(one, on) > 0 for one in factors)),
    )
    full_load = Load(*full.parts())
    return VehicleFigures(
        vehicle_class=vehicle_class,
        empty=Load(*empty.parts()),
        full=full_load,
        average_ttw_kgco2e_per_km=None if average_km is None else average_km.ttw_kgco2e,
        average_ttw_kgco2e_per_tkm=None if average_tkm is None else average_tkm.ttw_kgco2e,
        capacity_t=CONTEXT.divide(full_load.ttw_kgco2e, per_tkm.parts()[0]),
        factors=factors,
        flags=raised(checks),
    )


def _figure(
    kind: str, mode: str, factor_class: str, load_basis: str, on: date, book: FactorBook
) -> Factor | None:
    rows = [
        one
        for one in book.candidates((kind, mode, factor_class))
        if one.load_basis == load_basis and one.energy == "diesel" and not one.basis
        if one.manifest.verification != "user"  # no carrier's figure answers for another's lorry
    ]
    found = best(rows, on=on, regions=book.region_fallback, set_order=book.set_order)
    return None if isinstance(found, Gap) else found


def _needed(found: Factor | None, vehicle_class: str, load_basis: str) -> Factor:
    if found is None:
        raise Refused(
            Reason.FACTOR_NOT_FOUND,
            f"vehicle_class {shown(vehicle_class)} has no published figure at {load_basis} % load",
        )
    return found
