"""The report of a period after ISO 14083: from result rows to sums, statements and a sample.

The same rows in any sequence give the same report, byte for byte; `report_rows` writes it for
machines and `report_page` for people.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from emissions.coverage import Coverage, DataShares, DataTally, ResultData
from emissions.quality import MeanScores, ScoredRow, ScoreTally
from emissions.report_sums import (
    NOTHING,
    Breakdowns,
    HubSum,
    SetUse,
    Sums,
    TransportSum,
    hub_sums,
    transport_sums,
)
from emissions.tce_row import About, TceRow, refuse_about, refuse_doubles, refuse_row

SCHEMA = "loopline.iso14083.v1"
MONTHS_OF_A_REPORT = 12
MIN_LOTS = 64  # drawn beside the sample before they are sorted again


class Deviation(StrEnum):
    """Where a report falls short of what the standard or its reader expects."""

    PERIOD_NOT_12_MONTHS = "period_not_12_months"
    GWP_SETS_MIXED = "gwp_sets_mixed"
    METHODS_MIXED = "methods_mixed"
    DEFAULTS_NOT_JUSTIFIED = "defaults_not_justified"
    COVERAGE_NOT_STATED = "coverage_not_stated"
    COVERAGE_INCOMPLETE = "coverage_incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a report says; ``rows`` stand by day and name, all or the first of them."""

    about: About
    rows: tuple[TceRow, ...]
    chains: int
    whole: Sums
    transport: tuple[TransportSum, ...]
    by_mode: tuple[TransportSum, ...]
    by_hub_operation: tuple[HubSum, ...]
    by_energy: Mapping[str, Sums]
    by_month: Mapping[date, Sums]
    sets: Mapping[SetUse, Sums]
    by_gwp_set: Mapping[str, Sums]
    by_method_version: Mapping[str, Sums]
    by_flag: Mapping[str, Sums]
    data: DataShares
    scores: MeanScores | None
    coverage: Coverage | None
    not_justified: tuple[str, ...]
    deviations: tuple[Deviation, ...]
    sample: tuple[TceRow, ...]


class Tally:
    """Adds rows up as they come; it keeps the first ones and the sample, not all."""

    def __init__(self, about: About, *, keep_rows: int | None = None) -> None:
        """Begin at nothing; ``keep_rows`` bounds how many rows stay, ``None`` keeps every one.

        Raises
        ------
        Refused
            If a period ends before it begins or a sample is out of bounds.
        """
        refuse_about(about)
        self._about = about
        self._keep_rows = keep_rows
        self._rows: list[TceRow] = []
        self._lots: list[tuple[str, str, TceRow]] = []
        self._whole = NOTHING
        self._groups = Breakdowns()
        self._data = DataTally()
        self._scores = ScoreTally()

    def add(self, row: TceRow) -> None:
        """Add ``row``.

        Raises
        ------
        Refused
            If it lies outside the period, is no whole transport or hub element, or if its parts
            do not add up.
        """
        refuse_row(row, self._about)
        if self._keep_rows is None or len(self._rows) < self._keep_rows:
            self._rows.append(row)
        self._whole = self._whole.plus(row)
        self._groups.add(row)
        self._data.add(_result_data(row))
        self._scores.add(ScoredRow(row.wtw_kgco2e, row.scores))
        self._draw(row)

    def report(self, *, chains: int, coverage: Coverage | None = None) -> Report:
        """Return the report of all rows added; ``chains`` are their shipments, counted once.

        An intensity is given per kind of distance only: tonne-kilometres of two kinds do not add.

        Notes
        -----
        GLEC Framework v3.0, pages 60-61, reporting.
        """
        groups, about = self._groups, self._about
        not_justified = self._data.unjustified(about.justifications)
        by_gwp_set, by_method_version = groups.by_gwp_set.sums(), groups.by_method_version.sums()
        return Report(
            about=about,
            rows=tuple(self._rows),
            chains=chains,
            whole=self._whole,
            transport=transport_sums(groups.transport),
            by_mode=transport_sums(groups.by_mode),
            by_hub_operation=hub_sums(groups.by_hub_operation),
            by_energy=groups.by_energy.sums(),
            by_month=groups.by_month.sums(),
            sets=groups.sets.sums(),
            by_gwp_set=by_gwp_set,
            by_method_version=by_method_version,
            by_flag=groups.by_flag.sums(),
            data=self._data.shares(),
            scores=self._scores.means(),
            coverage=coverage,
            not_justified=not_justified,
            deviations=_deviations(
                (Deviation.PERIOD_NOT_12_MONTHS, not _is_a_year(about)),
                (Deviation.GWP_SETS_MIXED, len(by_gwp_set) > 1),
                (Deviation.METHODS_MIXED, len(by_method_version) > 1),
                (Deviation.DEFAULTS_NOT_JUSTIFIED, bool(not_justified)),
                (Deviation.COVERAGE_NOT_STATED, coverage is None),
                (Deviation.COVERAGE_INCOMPLETE, coverage is not None and coverage.is_incomplete),
            ),
            sample=tuple(row for _, _, row in self._smallest()),
        )

    def _draw(self, row: TceRow) -> None:
        """Keep ``row`` while its lot is among the smallest; what is kept stays bounded."""
        self._lots.append((_lot(self._about.seed, row.tce_id), row.tce_id, row))
        if len(self._lots) > 2 * self._about.sample_rows + MIN_LOTS:
            self._lots = self._smallest()

    def _smallest(self) -> list[tuple[str, str, TceRow]]:
        return sorted(self._lots, key=_lot_of)[: self._about.sample_rows]


def report_of(rows: Iterable[TceRow], about: About, coverage: Coverage | None = None) -> Report:
    """Return the report of ``rows``, in whatever sequence they come.

    Raises
    ------
    Refused
        If an element stands twice, lies outside the period, is no whole transport or hub element,
        or if its parts do not add up.
    """
    tally = Tally(about)
    known = sorted(rows, key=lambda row: (row.occurred_on, row.tce_id))
    refuse_doubles(known)
    for row in known:
        tally.add(row)
    return tally.report(chains=len({row.shipment_id for row in known}), coverage=coverage)


def sample_of(rows: Iterable[TceRow], *, seed: str, size: int) -> tuple[TceRow, ...]:
    """Return ``size`` rows that ``seed`` draws; anybody with the rows and the seed draws the same.

    A row's lot is the SHA-256 of the seed and its name, the smallest lots win: no row can be
    placed in the sample or kept out of it by whoever made the report before the seed was told.
    """
    return tuple(sorted(rows, key=lambda row: (_lot(seed, row.tce_id), row.tce_id))[:size])


def _lot(seed: str, tce_id: str) -> str:
    return hashlib.sha256(f"{len(seed)}/{seed}/{tce_id}".encode()).hexdigest()


def _lot_of(drawn: tuple[str, str, TceRow]) -> tuple[str, str]:
    return drawn[:2]


def _result_data(row: TceRow) -> ResultData:
    return ResultData(
        method=row.method,
        toc_id=row.category_id,
        kgco2e=row.wtw_kgco2e,
        transport_tkm=row.transport_tkm or Decimal(0),
    )


def _deviations(*checks: tuple[Deviation, bool]) -> tuple[Deviation, ...]:
    return tuple(deviation for deviation, holds in checks if holds)


def _is_a_year(about: About) -> bool:
    end = about.to_on + timedelta(days=1)
    months = (end.year - about.from_on.year) * MONTHS_OF_A_REPORT + end.month - about.from_on.month
    return end.day == about.from_on.day and months == MONTHS_OF_A_REPORT
