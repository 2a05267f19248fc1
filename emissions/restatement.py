"""What new factor sets or a new method change in what was already reported; nothing is published.

Recorded inputs are run three times: as they were, under the new sets, and under the new sets and
the new method. The first must give the recorded digits; the differences of the others are the rows
to append. Old rows stay as they are, so that a report of an earlier day can still be drawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from emissions.number import CONTEXT
from emissions.rerun import (
    RERUN_MEASURES,
    Figure,
    Outcome,
    Parts,
    Q,
    Recorded,
    Runs,
    Unanswered,
    difference_to_recorded,
)
from schemas.refusal import Refused

# Beyond this the base years are restated too, old and new side by side.
BASE_YEAR_THRESHOLD_SHARE = Decimal("0.05")
# So many records without a new number are named; all of them are counted.
MAX_LISTED = 100
NOTHING = Parts()


class DeltaReason(StrEnum):
    """Why a row was appended to what had been reported."""

    FACTOR_UPDATE = "factor_update"
    METHOD_UPDATE = "method_update"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaRow:
    """A row to append: differences of every measure, and what the result stands on from now on."""

    correction_of: str
    revision: int
    reason: DeltaReason
    outcome: Outcome
    measures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """Old and new side by side: ``new`` is ``old`` plus what factors and method changed."""

    old: Parts = NOTHING
    factor: Parts = NOTHING
    method: Parts = NOTHING

    @property
    def new(self) -> Parts:
        """What would stand after the rows are appended."""
        return self.old.plus(self.factor).plus(self.method)

    @property
    def restates_base_years(self) -> bool:
        """Whether this, as a total, moves so far that earlier years are restated with it."""
        return moves_base_year(old_kgco2e=self.old.wtw_kgco2e, new_kgco2e=self.new.wtw_kgco2e)

    def plus(self, other: "CellChange") -> "CellChange":
        """Return the change of both together."""
        return CellChange(
            old=self.old.plus(other.old),
            factor=self.factor.plus(other.factor),
            method=self.method.plus(other.method),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What would change: per cell and in total, the rows to append, and what could not be run."""

    records: int
    whole: CellChange
    cells: Mapping[str, CellChange]
    deltas: tuple[DeltaRow, ...]
    not_reproduced: tuple[Unanswered, ...]
    refused: tuple[Unanswered, ...]

    @property
    def restates_base_years(self) -> bool:
        """Whether the total moves so far that earlier years must be restated with it."""
        return self.whole.restates_base_years


class Unanswereds(NamedTuple):
    """Records without a new number: all counted, the first ``MAX_LISTED`` named."""

    in_all: int = 0
    listed: tuple[Unanswered, ...] = ()

    def plus(self, more: Sequence[Unanswered]) -> "Unanswereds":
        """Return these and ``more``."""
        return Unanswereds(self.in_all + len(more), (*self.listed, *more)[:MAX_LISTED])


NO_CHANGE = CellChange()
NOBODY = Unanswereds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Many restatements, page after page, without their rows: what a person is shown."""

    records: int = 0
    rows: int = 0
    whole: CellChange = NO_CHANGE
    cells: Mapping[str, CellChange] = field(default_factory=dict)
    not_reproduced: Unanswereds = NOBODY
    refused: Unanswereds = NOBODY

    def plus(self, page: Restatement) -> "Summary":
        """Return this with another page of records."""
        cells = {
            name: self.cells.get(name, NO_CHANGE).plus(change)
            for name, change in page.cells.items()
        }
        return Summary(
            records=self.records + page.records,
            rows=self.rows + len(page.deltas),
            whole=self.whole.plus(page.whole),
            cells=dict(sorted({**self.cells, **cells}.items())),
            not_reproduced=self.not_reproduced.plus(page.not_reproduced),
            refused=self.refused.plus(page.refused),
        )


def moves_base_year(*, old_kgco2e: Decimal, new_kgco2e: Decimal) -> bool:
    """Return whether a base total moves by more than 5 %.

    Examples
    --------
    >>> moves_base_year(old_kgco2e=Decimal(100), new_kgco2e=Decimal(105))
    False
    >>> moves_base_year(old_kgco2e=Decimal(100), new_kgco2e=Decimal("94.999999"))
    True
    """
    moved = CONTEXT.abs(CONTEXT.subtract(new_kgco2e, old_kgco2e))
    return moved > CONTEXT.multiply(CONTEXT.abs(old_kgco2e), BASE_YEAR_THRESHOLD_SHARE)


def restatement_of(records: Iterable[Recorded[Q]], runs: Runs[Q]) -> Restatement:
    """Return what ``runs`` change in ``records``.

    A record whose old run does not give its recorded digits, or that a new run refuses, gets no
    row: its old number stays in the totals and the record is listed.
    """
    cells: dict[str, CellChange] = {}
    deltas: list[DeltaRow] = []
    not_reproduced: list[Unanswered] = []
    refused: list[Unanswered] = []
    count = 0
    for record in records:
        count += 1
        change = CellChange(old=_stored_parts(record))
        found = difference_to_recorded(record, runs.old)
        if found is not None:
            not_reproduced.append(found)
        else:
            stages = _stages(record, runs)
            if isinstance(stages, Unanswered):
                refused.append(stages)
            else:
                deltas.extend(_rows(record, *stages))
                change = _change(record, *stages)
        cells[record.cell] = cells.get(record.cell, CellChange()).plus(change)
    return Restatement(
        records=count,
        whole=_whole(cells.values()),
        cells=dict(sorted(cells.items())),
        deltas=tuple(deltas),
        not_reproduced=tuple(not_reproduced),
        refused=tuple(refused),
    )


def _stages(record: Recorded[Q], runs: Runs[Q]) -> tuple[Outcome, Outcome] | Unanswered:
    run = "new_sets"
    try:
        by_new_sets = runs.new_sets(record.question)
        if runs.new is runs.new_sets:
            return by_new_sets, by_new_sets
        run = "new"
        return by_new_sets, runs.new(record.question)
    except Refused as no:
        return Unanswered(record.event_id, run, no.reason, no.detail)


def _change(record: Recorded[Q], by_new_sets: Outcome, new: Outcome) -> CellChange:
    old = _stored_parts(record)
    return CellChange(
        old=old,
        factor=by_new_sets.parts.minus(old),
        method=new.parts.minus(by_new_sets.parts),
    )


def _rows(record: Recorded[Q], by_new_sets: Outcome, new: Outcome) -> list[DeltaRow]:
    rows: list[DeltaRow] = []
    before, measures = record.outcome, record.measures
    for reason, after in (
        (DeltaReason.FACTOR_UPDATE, by_new_sets),
        (DeltaReason.METHOD_UPDATE, new),
    ):
        changed = _with(measures, after)
        if changed != measures or after.data_class != before.data_class:
            revision = (rows[-1].revision if rows else record.revision) + 1
            for outcome, figures in _steps(before, measures, after, changed):
                rows.append(
                    DeltaRow(
                        correction_of=record.event_id,
                        revision=revision,
                        reason=reason,
                        outcome=outcome,
                        measures=figures,
                    )
                )
            before, measures = after, changed
    return rows


def _steps(
    before: Outcome,
    measures: Mapping[str, Figure],
    after: Outcome,
    changed: Mapping[str, Figure],
) -> list[tuple[Outcome, Mapping[str, Figure]]]:
    """One row of differences; where the class of data moves, the old negated and the new whole.

    The class of data is what sums are grouped by, so that one row cannot stand in both groups.
    """
    if before.data_class == after.data_class:
        return [(after, _minus(changed, measures))]
    return [(before, _minus(dict.fromkeys(measures, 0), measures)), (after, changed)]


def _with(measures: Mapping[str, Figure], outcome: Outcome) -> Mapping[str, Figure]:
    return {**measures} | {
        column: getattr(outcome, name) for column, name in RERUN_MEASURES.items()
    }


def _minus(new: Mapping[str, Figure], old: Mapping[str, Figure]) -> Mapping[str, Figure]:
    return {name: _difference(new[name], figure) for name, figure in old.items()}


def _difference(new: Figure, old: Figure) -> Figure:
    if new is None or old is None:
        return None
    if isinstance(new, int) and isinstance(old, int):
        return new - old
    return CONTEXT.subtract(Decimal(new), Decimal(old))


def _stored_parts(record: Recorded[Q]) -> Parts:
    names = ("emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e")
    return Parts(*(Decimal(record.measures[name] or 0) for name in names))


def _whole(cells: Iterable[CellChange]) -> CellChange:
    whole = CellChange()
    for cell in cells:
        whole = whole.plus(cell)
    return whole
