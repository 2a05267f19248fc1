"""Why a period emits more or less than another: five drivers whose sum is the change itself.

The new period is re-run in steps, one thing changed at a time. A driver is the difference of two
neighbouring totals, each at the milligram, so nothing is left over and nothing is counted twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from emissions.chain import exact_sum
from emissions.number import CONTEXT, ZERO, quantise_kg
from emissions.rerun import Q, Recorded, Runs
from schemas.refusal import Reason, Refused, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverCell:
    """Two periods of operations alike, and the re-runs of the new one; all cells of one scope.

    ``new_by_old_sets_kgco2e`` is the new period under the sets and the method of the old one,
    ``new_by_new_sets_kgco2e`` under its own sets and the old method.
    """

    cell: str
    old_tkm: Decimal
    old_kgco2e: Decimal
    new_tkm: Decimal
    new_by_old_sets_kgco2e: Decimal
    new_by_new_sets_kgco2e: Decimal
    new_kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """The old total, what moved it, and the new total, in kg CO2e."""

    old_kgco2e: Decimal
    activity_kgco2e: Decimal
    mix_kgco2e: Decimal
    operations_kgco2e: Decimal
    factor_kgco2e: Decimal
    method_kgco2e: Decimal
    new_kgco2e: Decimal

    @property
    def change_kgco2e(self) -> Decimal:
        """New minus old, which is also the sum of the five drivers."""
        return CONTEXT.subtract(self.new_kgco2e, self.old_kgco2e)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRow:
    """What one leg of the old period was: its cell, activity and reported emission."""

    cell: str
    transport_tkm: Decimal
    kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunRow:
    """One leg of the new period under the old sets, the new sets, and the new method."""

    cell: str
    transport_tkm: Decimal
    by_old_sets_kgco2e: Decimal
    by_new_sets_kgco2e: Decimal
    kgco2e: Decimal


def drivers_of(cells: Sequence[DriverCell]) -> Drivers:
    """Return what activity, mix, operations, factor and method did to the total.

    Activity is ``(A1 - A0) I0``; mix is ``sum A1_i f0_i - A1 I0``; operations are the new
    intensities under the old sets and the old method; factor and method are re-runs of the same
    records. A cell that did not exist in the old period has no old intensity: its new one under
    the old sets stands in, so that what it brings is mix and not operations.

    Raises
    ------
    Refused
        If a cell stands twice, an activity is negative, a cell without activity emits in a re-run,
        or the old period has no activity and therefore no intensity.

    Examples
    --------
    >>> road = DriverCell(
    ...     cell="road",
    ...     old_tkm=Decimal(8_000),
    ...     old_kgco2e=Decimal("760.0"),
    ...     new_tkm=Decimal(7_000),
    ...     new_by_old_sets_kgco2e=Decimal("651.0"),
    ...     new_by_new_sets_kgco2e=Decimal("670.6"),
    ...     new_kgco2e=Decimal("670.6"),
    ... )
    >>> drivers_of([road]).operations_kgco2e
    Decimal('-14.000000')
    """
    _refuse_impossible(cells)
    old = exact_sum(one.old_kgco2e for one in cells)
    steps = [
        quantise_kg(step)
        for step in (
            old,
            _by_old_intensity(cells, old),
            exact_sum(_by_old_cell_intensity(one) for one in cells),
            exact_sum(one.new_by_old_sets_kgco2e for one in cells),
            exact_sum(one.new_by_new_sets_kgco2e for one in cells),
            exact_sum(one.new_kgco2e for one in cells),
        )
    ]
    activity, mix, operations, factor, method = (
        CONTEXT.subtract(after, before) for before, after in pairwise(steps)
    )
    return Drivers(
        old_kgco2e=steps[0],
        activity_kgco2e=activity,
        mix_kgco2e=mix,
        operations_kgco2e=operations,
        factor_kgco2e=factor,
        method_kgco2e=method,
        new_kgco2e=steps[-1],
    )


def wtw_drivers(*, ttw: Drivers, wtt: Drivers) -> Drivers:
    """Return the drivers of WTW: those of operation and of energy provision, each added.

    Examples
    --------
    >>> nothing = Drivers(**dict.fromkeys(Drivers.__slots__, Decimal(0)))
    >>> wtw_drivers(ttw=nothing, wtt=nothing) == nothing
    True
    """
    return Drivers(
        **{name: CONTEXT.add(getattr(ttw, name), getattr(wtt, name)) for name in Drivers.__slots__}
    )


def driver_cells(old: Iterable[PlainRow], new: Iterable[RerunRow]) -> tuple[DriverCell, ...]:
    """Return one cell per name that stands in ``old`` or ``new``, summed, in the order of names."""
    before: dict[str, list[Decimal]] = {}
    after: dict[str, list[Decimal]] = {}
    for row in old:
        _add(before, row.cell, (row.transport_tkm, row.kgco2e))
    for rerun in new:
        figures = (rerun.by_old_sets_kgco2e, rerun.by_new_sets_kgco2e, rerun.kgco2e)
        _add(after, rerun.cell, (rerun.transport_tkm, *figures))
    return tuple(
        _cell(name, before.get(name, [ZERO] * 2), after.get(name, [ZERO] * 4))
        for name in sorted(before.keys() | after.keys())
    )


def rerun_rows(records: Iterable[Recorded[Q]], runs: Runs[Q], *, part: str) -> Iterator[RerunRow]:
    """Yield the re-runs of recorded legs of the new period for ``part``, such as ``ttw_kgco2e``.

    Raises
    ------
    Refused
        If a run cannot answer a record: a driver of what has no number would be a guess.
    """
    for record in records:
        yield RerunRow(
            cell=record.cell,
            transport_tkm=record.outcome.transport_tkm,
            by_old_sets_kgco2e=getattr(runs.old(record.question).parts, part),
            by_new_sets_kgco2e=getattr(runs.new_sets(record.question).parts, part),
            kgco2e=getattr(record.outcome.parts, part),
        )


def _add(sums: dict[str, list[Decimal]], cell: str, figures: Sequence[Decimal]) -> None:
    known = sums.get(cell, [ZERO] * len(figures))
    sums[cell] = [CONTEXT.add(sum_, one) for sum_, one in zip(known, figures, strict=True)]


def _cell(name: str, before: Sequence[Decimal], after: Sequence[Decimal]) -> DriverCell:
    return DriverCell(
        cell=name,
        old_tkm=before[0],
        old_kgco2e=before[1],
        new_tkm=after[0],
        new_by_old_sets_kgco2e=after[1],
        new_by_new_sets_kgco2e=after[2],
        new_kgco2e=after[3],
    )


def _by_old_intensity(cells: Sequence[DriverCell], old_kgco2e: Decimal) -> Decimal:
    """A1 x I0; multiplied first, so that the one division is the only rounding."""
    old_tkm = exact_sum(one.old_tkm for one in cells)
    if old_tkm == 0:
        raise Refused(Reason.UNIT_BOUND, f"old_tkm in total must be above 0, got {old_tkm}")
    new_tkm = exact_sum(one.new_tkm for one in cells)
    return CONTEXT.divide(CONTEXT.multiply(new_tkm, old_kgco2e), old_tkm)


def _by_old_cell_intensity(cell: DriverCell) -> Decimal:
    if cell.old_tkm == 0:
        return cell.new_by_old_sets_kgco2e
    return CONTEXT.divide(CONTEXT.multiply(cell.new_tkm, cell.old_kgco2e), cell.old_tkm)


def _refuse_impossible(cells: Sequence[DriverCell]) -> None:
    seen: set[str] = set()
    for one in cells:
        if one.cell in seen:
            raise Refused(Reason.KEY_DUPLICATE, f"cell {shown(one.cell)} stands twice")
        seen.add(one.cell)
        _refuse_without_activity(one, "old_tkm", one.old_tkm, (one.old_kgco2e,))
        reruns = (one.new_by_old_sets_kgco2e, one.new_by_new_sets_kgco2e, one.new_kgco2e)
        _refuse_without_activity(one, "new_tkm", one.new_tkm, reruns)


def _refuse_without_activity(
    cell: DriverCell, field: str, tkm: Decimal, kgco2e: Sequence[Decimal]
) -> None:
    if tkm < 0:
        raise Refused(Reason.UNIT_BOUND, f"cell {cell.cell}: {field} must not be negative: {tkm}")
    emitted = [one for one in kgco2e if one != 0]
    if tkm == 0 and emitted:
        raise Refused(
            Reason.UNIT_BOUND, f"cell {cell.cell}: {field} is 0 and yet {emitted[0]} kg was emitted"
        )
