"""A factor with its source and validity, the set it was published in, and the book of all sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.refusal import Reason, Refused, shown

if TYPE_CHECKING:
    from emissions.selection import Asked, Selection

REGION_FALLBACK = ("cn", "gb")

IndexKey = tuple[str, str, str]
CARRIER_KEY = "carrier_toc"
UNIT_OF_INTENSITY = {"intensity_tkm": "tkm", "intensity_km": "km"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Who published a set, under which licence, and what was done to its figures."""

    set_id: str
    publisher: str
    title: str
    version: str
    year: int
    licence_spdx: str
    licence_url: str
    attribution: str
    retrieved_on: date
    source_file: tuple[str, ...]
    source_sha256: tuple[str, ...]
    gwp_set: str
    supersedes: str
    valid_from: date
    valid_to: date | None
    redistributable: bool
    verification: str
    conversions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One published figure, split into operation (TTW) and energy provision (WTT).

    Blank text means "does not apply or is not stated"; ``None`` means "not published".
    """

    factor_id: str
    kind: str
    mode: str
    vehicle_class: str
    energy: str
    region: str
    region_level: str
    year: int | None
    temperature: str
    load_basis: str
    distance_basis: str
    basis: str
    per_unit: str
    ttw_kgco2e: Decimal | None
    wtt_kgco2e: Decimal | None
    wtw_kgco2e: Decimal | None
    co2_kg: Decimal | None
    ch4_kgco2e: Decimal | None
    n2o_kgco2e: Decimal | None
    biogenic_co2_kg: Decimal | None
    gsd: Decimal | None
    dq: int | None
    cells: str
    note: str
    valid_from: date
    valid_to: date | None
    set_id: str
    set_sha256: str
    manifest: Manifest

    @property
    def source(self) -> str:
        """Publisher, title and version: what stands beside a number in a report."""
        return f"{self.manifest.publisher}: {self.manifest.title}, {self.manifest.version}"

    @property
    def licence(self) -> str:
        """SPDX name of the licence of the set."""
        return self.manifest.licence_spdx

    @property
    def gwp_set(self) -> str:
        """Assessment report whose GWP100 values the figures stand on."""
        return self.manifest.gwp_set

    @property
    def missing_part(self) -> str | None:
        """Which of TTW and WTT is not published; ``None`` where an ISO result can stand on it."""
        missing = [
            name
            for name, part in (("TTW", self.ttw_kgco2e), ("WTT", self.wtt_kgco2e))
            if part is None
        ]
        return " and ".join(missing) or None

    def parts(self) -> tuple[Decimal, Decimal]:
        """Return (TTW, WTT) per unit, in kg CO2e.

        Raises
        ------
        Refused
            If one of them is not published: unknown is never zero.
        """
        if self.ttw_kgco2e is None or self.wtt_kgco2e is None:
            raise Refused(
                Reason.FACTOR_INCOMPLETE,
                f"factor_id {self.factor_id} has no {self.missing_part}",
            )
        return self.ttw_kgco2e, self.wtt_kgco2e

    def cell_of(self, part: str) -> str:
        """Return the publisher's cell of ``part`` (``ttw``, ``wtt``...), or all cells.

        Examples
        --------
        >>> from emissions.read import load_book
        >>> load_book().factor("defra_2025.road.artic_over_33t.average.tkm").cell_of("wtt")
        '28_907_3132_14_1'
        """
        named = dict(cell.split("=", 1) for cell in self.cells.split(";"))
        return named.get(part, self.cells)


@dataclass(frozen=True, slots=True)
class FactorSet:
    """All factors of one published edition; ``sha256`` is over manifest and table as they lie."""

    manifest: Manifest
    sha256: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleClass:
    """A name a leg may give its vehicle, and the class of the factors that answers it."""

    vehicle_class: str
    mode: str
    factor_class: str
    title: str
    is_assumption: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeDefault:
    """What a mode is taken as when a leg does not name its vehicle or energy."""

    mode: str
    vehicle_class: str
    energy: str
    from_km: Decimal | None
    below_km: Decimal | None
    is_assumption: bool
    energy_is_assumption: bool
    note: str

    def covers(self, distance_km: Decimal) -> bool:
        """Return whether a leg of ``distance_km`` falls to this row."""
        reaches = self.from_km is None or distance_km >= self.from_km
        return reaches and (self.below_km is None or distance_km < self.below_km)


def index_key(factor: Factor) -> IndexKey:
    """Return the key under which selection looks a factor up.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> index_key(load_book().factor("cn_diesel_l"))
    ('fuel', 'diesel', 'l')

    A figure per TEU-km or short ton-mile is no figure per tonne-kilometre, so it has a key of its
    own that nobody asks for; a carrier's own figure answers only the rank that names carriers.
    """
    if factor.kind == "fuel":
        return (factor.kind, factor.energy, factor.per_unit)
    if factor.kind == "electricity":
        return (factor.kind, factor.basis, factor.per_unit)
    if factor.kind in UNIT_OF_INTENSITY:
        if factor.per_unit != UNIT_OF_INTENSITY[factor.kind]:
            return (f"{factor.kind} per {factor.per_unit}", factor.mode, factor.vehicle_class)
        if factor.kind == "intensity_tkm" and factor.manifest.verification == "user":
            return (CARRIER_KEY, factor.mode, factor.vehicle_class)
    return (factor.kind, factor.mode, factor.vehicle_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorBook:
    """Every loaded set, ready to be asked; ``region_fallback`` starts with the home country."""

    sets: tuple[FactorSet, ...]
    by_id: Mapping[str, Factor]
    index: Mapping[IndexKey, tuple[Factor, ...]]
    vehicle_classes: Mapping[str, VehicleClass]
    mode_defaults: Mapping[str, tuple[ModeDefault, ...]]
    regions: frozenset[str]
    region_fallback: tuple[str, ...] = REGION_FALLBACK
    set_order: tuple[str, ...] = ()  # which set answers where several do equally well
    # Answers already found; dropping them changes nothing but the time of the next question.
    memo: "dict[Asked, Selection]" = field(default_factory=dict, compare=False, repr=False)

    def factor(self, factor_id: str) -> Factor:
        """Return the factor called ``factor_id``.

        Raises
        ------
        Refused
            If no loaded set holds it.
        """
        try:
            return self.by_id[factor_id]
        except KeyError:
            raise Refused(
                Reason.FACTOR_NOT_FOUND, f"factor_id {shown(factor_id)} is in no loaded set"
            ) from None

    def default_at(self, mode: str, distance_km: Decimal) -> int | None:
        """Return which row of the defaults of ``mode`` covers ``distance_km``, if one does."""
        for at, default in enumerate(self.mode_defaults.get(mode, ())):
            if default.covers(distance_km):
                return at
        return None

    def candidates(self, key: IndexKey) -> tuple[Factor, ...]:
        """Return every factor under ``key``, in the order of factor_id."""
        return self.index.get(key, ())


def book_of(
    sets: tuple[FactorSet, ...],
    *,
    vehicle_classes: tuple[VehicleClass, ...],
    mode_defaults: tuple[ModeDefault, ...],
    region_fallback: tuple[str, ...] = REGION_FALLBACK,
    set_order: tuple[str, ...] = (),
) -> FactorBook:
    """Return one book of ``sets``; the order of the sets changes no answer."""
    factors = sorted(
        (factor for one in sets for factor in one.factors), key=lambda factor: factor.factor_id
    )
    index: dict[IndexKey, list[Factor]] = {}
    for factor in factors:
        index.setdefault(index_key(factor), []).append(factor)
    defaults: dict[str, list[ModeDefault]] = {}
    for default in mode_defaults:
        defaults.setdefault(default.mode, []).append(default)
    return FactorBook(
        sets=tuple(sorted(sets, key=lambda one: one.manifest.set_id)),
        by_id=MappingProxyType({factor.factor_id: factor for factor in factors}),
        index=MappingProxyType({key: tuple(found) for key, found in index.items()}),
        vehicle_classes=MappingProxyType({one.vehicle_class: one for one in vehicle_classes}),
        mode_defaults=MappingProxyType({mode: tuple(rows) for mode, rows in defaults.items()}),
        regions=frozenset(factor.region for factor in factors if factor.kind == "electricity"),
        region_fallback=region_fallback,
        set_order=set_order,
    )
