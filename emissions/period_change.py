"""A period against another: what changed, and as far as the rows tell it, why.

A stored row says what it stands on, not what other sets would have given. Where the new period
stands on nothing that the old one did not, factor and method drove nothing; elsewhere the three
last drivers cannot be told apart without running the records again, and are not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from emissions.drivers import (
    Drivers,
    PlainRow,
    RerunRow,
    driver_cells,
    drivers_of,
    wtw_drivers,
)
from emissions.kpi import Change, change_of
from emissions.number import CONTEXT
from emissions.period_kpi import NOTHING_MOVED, KpiCell, PeriodFigures


class ChangedBasis(NamedTuple):
    """What the new period stands on and the old one did not: a set with its hash, or a method."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDrivers:
    """Drivers of one scope; what the rows do not tell apart is ``None`` and stands in the rest.

    Old, activity, mix, the known ones and ``not_told_apart_kgco2e`` add up to the new total.
    """

    old_kgco2e: Decimal
    activity_kgco2e: Decimal
    mix_kgco2e: Decimal
    operations_kgco2e: Decimal | None
    factor_kgco2e: Decimal | None
    method_kgco2e: Decimal | None
    not_told_apart_kgco2e: Decimal | None
    new_kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The change in all, by split and kind of distance, and the drivers of each scope."""

    whole: Change
    by_split: Mapping[tuple[str | None, str], Change]
    ttw: ToldDrivers
    wtt: ToldDrivers
    wtw: ToldDrivers
    changed_basis: tuple[ChangedBasis, ...]


def compare(
    old: Sequence[KpiCell],
    new: Sequence[KpiCell],
    *,
    old_figures: PeriodFigures,
    new_figures: PeriodFigures,
) -> Comparison:
    """Return how ``new`` differs from ``old``.

    Raises
    ------
    Refused
        If the old period moved nothing, or something was emitted without activity.
    """
    changed = changed_basis(old, new)
    ttw, wtt = (_drivers(old, new, f"{part}_kgco2e") for part in ("ttw", "wtt"))
    is_told = not changed
    return Comparison(
        whole=change_of(old=old_figures.whole.moved, new=new_figures.whole.moved),
        by_split=_by_split(old_figures, new_figures),
        ttw=_told(ttw, is_told=is_told),
        wtt=_told(wtt, is_told=is_told),
        wtw=_told(wtw_drivers(ttw=ttw, wtt=wtt), is_told=is_told),
        changed_basis=changed,
    )


def changed_basis(old: Iterable[KpiCell], new: Iterable[KpiCell]) -> tuple[ChangedBasis, ...]:
    """Return what only the new period stands on; nothing says that a re-run gives the same."""
    return tuple(sorted(_stands_on(new) - _stands_on(old)))


def _stands_on(cells: Iterable[KpiCell]) -> set[ChangedBasis]:
    return {
        basis
        for cell in cells
        for basis in (
            ChangedBasis("factor_set", f"{cell.factor_set}@{cell.factor_set_sha256}"),
            ChangedBasis("method", cell.method_version),
        )
    }


def _drivers(old: Sequence[KpiCell], new: Sequence[KpiCell], part: str) -> Drivers:
    """Return the drivers of one scope as if nothing but operations had changed."""
    before = (PlainRow(cell=c.operation, transport_tkm=c.transport_tkm, kgco2e=getattr(c, part))
              for c in old)  # fmt: skip
    after = (_as_recorded(cell, getattr(cell, part)) for cell in new)
    return drivers_of(driver_cells(before, after))


def _as_recorded(cell: KpiCell, kgco2e: Decimal) -> RerunRow:
    return RerunRow(
        cell=cell.operation,
        transport_tkm=cell.transport_tkm,
        by_old_sets_kgco2e=kgco2e,
        by_new_sets_kgco2e=kgco2e,
        kgco2e=kgco2e,
    )


def _told(found: Drivers, *, is_told: bool) -> ToldDrivers:
    rest = CONTEXT.add(
        found.operations_kgco2e, CONTEXT.add(found.factor_kgco2e, found.method_kgco2e)
    )
    return ToldDrivers(
        old_kgco2e=found.old_kgco2e,
        activity_kgco2e=found.activity_kgco2e,
        mix_kgco2e=found.mix_kgco2e,
        operations_kgco2e=found.operations_kgco2e if is_told else None,
        factor_kgco2e=found.factor_kgco2e if is_told else None,
        method_kgco2e=found.method_kgco2e if is_told else None,
        not_told_apart_kgco2e=None if is_told else rest,
        new_kgco2e=found.new_kgco2e,
    )


def _by_split(old: PeriodFigures, new: PeriodFigures) -> Mapping[tuple[str | None, str], Change]:
    return {
        key: change_of(
            old=old.by_split.get(key, NOTHING_MOVED).moved,
            new=new.by_split.get(key, NOTHING_MOVED).moved,
        )
        for key in sorted(old.by_split.keys() | new.by_split.keys(), key=str)
    }
