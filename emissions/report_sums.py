"""The sums of a report, added one row after another: rows may be more than memory holds."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from emissions.activity import KG_PER_T
from emissions.number import CONTEXT, ZERO, quantise_kg
from emissions.sums import ratio
from emissions.tce_row import TceKind, TceRow

Key = TypeVar("Key")


class Sums(NamedTuple):
    """Emissions of some elements, and how many they are."""

    tces: int
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal

    def plus(self, row: TceRow) -> "Sums":
        """Return the exact sums with ``row`` in them, each part apart."""
        return Sums(
            self.tces + 1,
            CONTEXT.add(self.wtt_kgco2e, row.wtt_kgco2e),
            CONTEXT.add(self.ttw_kgco2e, row.ttw_kgco2e),
            CONTEXT.add(self.wtw_kgco2e, row.wtw_kgco2e),
        )


NOTHING = Sums(0, ZERO, ZERO, ZERO)


class Intensities(NamedTuple):
    """Emission per unit of activity, at six decimals; ``None`` where the activity is nothing."""

    wtt_kgco2e: Decimal | None
    ttw_kgco2e: Decimal | None
    wtw_kgco2e: Decimal | None


@dataclass(frozen=True, slots=True)
class TransportSum:
    """One mode on one kind of distance; ``mode`` is ``None`` over all modes."""

    mode: str | None
    distance_kind: str
    sums: Sums
    transport_tkm: Decimal
    per_tkm: Intensities


@dataclass(frozen=True, slots=True)
class HubSum:
    """One hub operation, per outbound tonne."""

    hub_operation: str
    sums: Sums
    outbound_t: Decimal
    per_t: Intensities


class SetUse(NamedTuple):
    """A factor set as it was used, and on which warming potentials it stands."""

    factor_set: str
    factor_set_sha256: str
    gwp_set: str


class Groups(Generic[Key]):
    """Sums by key, and the activity that belongs to them."""

    def __init__(self) -> None:
        """Begin with no key."""
        self._sums: dict[Key, Sums] = {}
        self._activity: dict[Key, Decimal] = {}

    def add(self, key: Key, row: TceRow, activity: Decimal | None = None) -> None:
        """Add ``row``, and its activity where it has one, to the sums of ``key``."""
        self._sums[key] = self._sums.get(key, NOTHING).plus(row)
        self._activity[key] = CONTEXT.add(self._activity.get(key, ZERO), activity or ZERO)

    def sums(self) -> dict[Key, Sums]:
        """Return the sums, keys in the order of their names."""
        return {key: self._sums[key] for key in sorted(self._sums, key=str)}

    def with_activity(self) -> list[tuple[Key, Sums, Decimal]]:
        """Return key, sums and activity, in the order of the names of the keys."""
        return [(key, sums, self._activity[key]) for key, sums in self.sums().items()]


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """Everything that a report adds up; each row is added to all of them."""

    transport: Groups[tuple[str | None, str]] = field(default_factory=Groups)
    by_mode: Groups[tuple[str | None, str]] = field(default_factory=Groups)
    by_hub_operation: Groups[str] = field(default_factory=Groups)
    by_energy: Groups[str] = field(default_factory=Groups)
    by_month: Groups[date] = field(default_factory=Groups)
    sets: Groups[SetUse] = field(default_factory=Groups)
    by_gwp_set: Groups[str] = field(default_factory=Groups)
    by_method_version: Groups[str] = field(default_factory=Groups)
    by_flag: Groups[str] = field(default_factory=Groups)

    def add(self, row: TceRow) -> None:
        """Add ``row`` to every group it belongs to."""
        if row.kind is TceKind.HUB:
            self.by_hub_operation.add(row.hub_operation or "", row, row.mass_kg)
        else:
            kind = row.distance_kind or ""
            self.transport.add((None, kind), row, row.transport_tkm)
            self.by_mode.add((row.mode, kind), row, row.transport_tkm)
        self.by_energy.add(row.energy or "", row)
        self.by_month.add(row.occurred_on.replace(day=1), row)
        self.sets.add(SetUse(row.factor_set, row.factor_set_sha256, row.gwp_set), row)
        self.by_gwp_set.add(row.gwp_set, row)
        self.by_method_version.add(row.method_version, row)
        for flag in set(row.flags):
            self.by_flag.add(flag, row)


def transport_sums(groups: Groups[tuple[str | None, str]]) -> tuple[TransportSum, ...]:
    """Return each mode and kind of distance with its intensity."""
    return tuple(
        TransportSum(mode, kind, sums, tkm, _per(sums, tkm))
        for (mode, kind), sums, tkm in groups.with_activity()
    )


def hub_sums(groups: Groups[str]) -> tuple[HubSum, ...]:
    """Return each hub operation with its intensity per outbound tonne."""
    found = []
    for operation, sums, mass_kg in groups.with_activity():
        outbound_t = CONTEXT.divide(mass_kg, KG_PER_T)
        found.append(HubSum(operation, sums, outbound_t, _per(sums, outbound_t)))
    return tuple(found)


def rounded(value: Decimal | None) -> Decimal | None:
    """Return a ratio at six decimals, half even; what is unknown stays so."""
    return None if value is None else quantise_kg(value)


def _per(sums: Sums, activity: Decimal) -> Intensities:
    return Intensities(*(rounded(ratio(part, activity)) for part in sums[1:]))
