"""What recycling or a better plan avoided: a ledger of its own, never added to an inventory.

Its result shares no type and no field name with those of the inventory, and nothing in this room
takes both: whoever wants to subtract one from the other finds no function to do it with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from emissions.activity import KG_PER_T
from emissions.defect import FactorFileError
from emissions.factor import Factor, FactorBook
from emissions.number import CONTEXT, ZERO, stored_kg
from emissions.table import Line, lines_of
from schemas.refusal import Reason, Refused, shown

TABLE = Path(__file__).parent / "avoided_materials.csv"
COLUMNS = ("material", "primary_factor_id", "closed_loop_factor_id", "is_proxy", "note")


class AvoidedLedger(StrEnum):
    """Why something was not emitted; the two are told apart and never added to the inventory."""

    AVOIDED_RECYCLING = "avoided_recycling"
    SAVED_BY_ACTION = "saved_by_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class AvoidedMaterial:
    """A recycled material and the two figures whose difference recycling avoids."""

    material: str
    primary_factor_id: str
    closed_loop_factor_id: str
    is_proxy: bool
    note: str

    @property
    def is_gap(self) -> bool:
        """Whether nobody publishes it: a listed gap, not 0."""
        return not (self.primary_factor_id and self.closed_loop_factor_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvoidedResult:
    """What one lot of material or one better plan avoided, in kg CO2e; may be negative."""

    ledger: AvoidedLedger
    subject_id: str
    avoided_kgco2e: Decimal
    material: str | None = None
    mass_kg: Decimal | None = None
    factors: tuple[Factor, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AvoidedTotal:
    """What the results of one ledger add up to; no plain number, so that it stays in its ledger."""

    ledger: AvoidedLedger
    avoided_kgco2e: Decimal


def avoided_by_recycling(
    *, subject_id: str, material: str, mass_kg: Decimal, book: FactorBook
) -> AvoidedResult:
    """Return what ``mass_kg`` of recycled material avoided: primary minus closed loop production.

    Raises
    ------
    Refused
        If the material is unknown, or known as one that nobody publishes a figure for.

    Notes
    -----
    The difference of two published figures of one set, per tonne.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> avoided_by_recycling(
    ...     subject_id="LOT-1", material="steel", mass_kg=Decimal("31.4"), book=load_book()
    ... ).avoided_kgco2e
    Decimal('55.474253')
    """
    if not mass_kg.is_finite() or mass_kg <= 0:
        raise Refused(Reason.MASS_NOT_POSITIVE, f"mass_kg must be above 0, got {mass_kg}")
    row = _material_or_refuse(material)
    primary = book.factor(row.primary_factor_id)
    closed_loop = book.factor(row.closed_loop_factor_id)
    per_t = CONTEXT.subtract(_figure(primary), _figure(closed_loop))
    exact = CONTEXT.multiply(CONTEXT.divide(mass_kg, KG_PER_T), per_t)
    return AvoidedResult(
        ledger=AvoidedLedger.AVOIDED_RECYCLING,
        subject_id=subject_id,
        avoided_kgco2e=stored_kg("avoided_kgco2e", exact),
        material=material,
        mass_kg=mass_kg,
        factors=(primary, closed_loop),
        flags=("proxy_material",) if row.is_proxy else (),
    )


def saved_by_action(
    *, subject_id: str, counterfactual_kgco2e: Decimal, run_kgco2e: Decimal
) -> AvoidedResult:
    """Return what a plan saved against the chain that would have run without it.

    Both figures come from re-runs with the same sets and method; a plan that emitted more saved
    less than nothing, and that is what is said.

    Examples
    --------
    >>> saved_by_action(
    ...     subject_id="S-1", counterfactual_kgco2e=Decimal("12.5"), run_kgco2e=Decimal(8)
    ... ).avoided_kgco2e
    Decimal('4.500000')
    """
    saved = CONTEXT.subtract(counterfactual_kgco2e, run_kgco2e)
    return AvoidedResult(
        ledger=AvoidedLedger.SAVED_BY_ACTION,
        subject_id=subject_id,
        avoided_kgco2e=stored_kg("avoided_kgco2e", saved),
    )


def avoided_total(results: Iterable[AvoidedResult], *, ledger: AvoidedLedger) -> AvoidedTotal:
    """Return the total of one ledger.

    Raises
    ------
    ValueError
        If a result is of the other ledger.

    Examples
    --------
    >>> avoided_total([], ledger=AvoidedLedger.SAVED_BY_ACTION).avoided_kgco2e
    Decimal('0')
    """
    total = ZERO
    for result in results:
        if result.ledger is not ledger:
            raise ValueError(f"{result.subject_id} is of ledger {result.ledger}, not {ledger}")
        total = CONTEXT.add(total, result.avoided_kgco2e)
    return AvoidedTotal(ledger, total)


@cache
def avoided_materials() -> Mapping[str, AvoidedMaterial]:
    """Return every recycled material by its name, the listed gaps too; read once.

    Raises
    ------
    FactorFileError
        With every defect of the table.
    """
    found: dict[str, AvoidedMaterial] = {}
    defects = []
    for line in lines_of(TABLE.name, TABLE.read_text("utf-8"), COLUMNS):
        if not line.defects:
            row = _material(line)
            if row.material in found:
                line.blame("material", "is there twice")
            found[row.material] = row
        defects.extend(line.defects)
    if defects:
        raise FactorFileError(defects)
    return MappingProxyType(found)


def _material(line: Line) -> AvoidedMaterial:
    row = AvoidedMaterial(
        material=line.needed("material"),
        primary_factor_id=line.text("primary_factor_id"),
        closed_loop_factor_id=line.text("closed_loop_factor_id"),
        is_proxy=line.flag("is_proxy"),
        note=line.text("note"),
    )
    if bool(row.primary_factor_id) != bool(row.closed_loop_factor_id):
        line.blame("closed_loop_factor_id", "must be given with primary_factor_id, or neither")
    if row.is_gap:
        line.needed("note")
    return row


def _material_or_refuse(material: str) -> AvoidedMaterial:
    row = avoided_materials().get(material)
    if row is None:
        known = ", ".join(sorted(avoided_materials()))
        raise Refused(
            Reason.FACTOR_NOT_FOUND, f"material {shown(material)} is unknown; known: {known}"
        )
    if row.is_gap:
        raise Refused(
            Reason.FACTOR_NOT_FOUND, f"material {shown(material)} is a listed gap: {row.note}"
        )
    return row


def _figure(factor: Factor) -> Decimal:
    if factor.wtw_kgco2e is None:
        raise Refused(Reason.FACTOR_INCOMPLETE, f"factor_id {factor.factor_id} has no WTW")
    return factor.wtw_kgco2e
