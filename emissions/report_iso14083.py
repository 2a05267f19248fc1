"""The report of a period after ISO 14083: from result rows to sums, statements and a sample.

The same rows in any sequence give the same report, byte for byte; `report_rows` writes it for
machines and `report_page` for people.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from emissions.activity import KG_PER_T
from emissions.coverage import Coverage, DataShares, ResultData, data_shares, unjustified
from emissions.number import CONTEXT, quantise_kg
from emissions.quality import MeanScores, ScoredRow, mean_scores
from emissions.sums import ratio, total
from emissions.tce_row import About, TceKind, TceRow, refuse_about, refuse_rows

SCHEMA = "loopline.iso14083.v1"
MONTHS_OF_A_REPORT = 12

Key = TypeVar("Key")


class Deviation(StrEnum):
    """Where a report falls short of what the standard or its reader expects."""

    PERIOD_NOT_12_MONTHS = "period_not_12_months"
    GWP_SETS_MIXED = "gwp_sets_mixed"
    METHODS_MIXED = "methods_mixed"
    DEFAULTS_NOT_JUSTIFIED = "defaults_not_justified"
    COVERAGE_NOT_STATED = "coverage_not_stated"
    COVERAGE_INCOMPLETE = "coverage_incomplete"


class Sums(NamedTuple):
    """Emissions of some elements, and how many they are."""

    tces: int
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a report says; ``rows`` stand by day and name."""

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


def report_of(rows: Iterable[TceRow], about: About, coverage: Coverage | None = None) -> Report:
    """Return the report of ``rows``.

    An intensity is given per kind of distance only: tonne-kilometres of two kinds do not add.

    Raises
    ------
    Refused
        If an element stands twice, lies outside the period, is no whole transport or hub element,
        or if its parts do not add up.

    Notes
    -----
    GLEC Framework v3.0, pages 60-61, reporting.
    """
    refuse_about(about)
    known = tuple(sorted(rows, key=lambda row: (row.occurred_on, row.tce_id)))
    refuse_rows(known, about)
    moved = [row for row in known if row.kind is TceKind.TRANSPORT]
    data = [_result_data(row) for row in known]
    not_justified = unjustified(data, about.justifications)
    by_gwp_set = _grouped(known, lambda row: row.gwp_set)
    by_method_version = _grouped(known, lambda row: row.method_version)
    return Report(
        about=about,
        rows=known,
        chains=len({row.shipment_id for row in known}),
        whole=sums_of(known),
        transport=_transport_sums(moved, lambda row: (None, row.distance_kind or "")),
        by_mode=_transport_sums(moved, lambda row: (row.mode, row.distance_kind or "")),
        by_hub_operation=_hub_sums(row for row in known if row.kind is TceKind.HUB),
        by_energy=_grouped(known, lambda row: row.energy or ""),
        by_month=_grouped(known, lambda row: row.occurred_on.replace(day=1)),
        sets=_grouped(known, _set_use),
        by_gwp_set=by_gwp_set,
        by_method_version=by_method_version,
        by_flag=_by_flag(known),
        data=data_shares(data),
        scores=mean_scores(ScoredRow(row.wtw_kgco2e, row.scores) for row in known),
        coverage=coverage,
        not_justified=not_justified,
        deviations=_deviations(
            (Deviation.PERIOD_NOT_12_MONTHS, not _is_a_year(about)),
            (Deviation.GWP_SETS_MIXED, len(by_gwp_set) > 1),
            (Deviation.METHODS_MIXED, len(by_method_version) > 1),
            (Deviation.DEFAULTS_NOT_JUSTIFIED, bool(not_justified)),
            (Deviation.COVERAGE_NOT_STATED, coverage is None),
            (Deviation.COVERAGE_INCOMPLETE, coverage is not None and bool(coverage.gaps)),
        ),
        sample=sample_of(known, seed=about.seed, size=about.sample_rows),
    )


def sample_of(rows: Iterable[TceRow], *, seed: str, size: int) -> tuple[TceRow, ...]:
    """Return ``size`` rows that ``seed`` draws; anybody with the rows and the seed draws the same.

    A row's lot is the SHA-256 of the seed and its name, the smallest lots win: no row can be
    placed in the sample or kept out of it by whoever made the report before the seed was told.
    """
    return tuple(sorted(rows, key=lambda row: (_lot(seed, row.tce_id), row.tce_id))[:size])


def rounded(value: Decimal | None) -> Decimal | None:
    """Return a ratio at six decimals, half even; what is unknown stays so."""
    return None if value is None else quantise_kg(value)


def sums_of(rows: Iterable[TceRow]) -> Sums:
    """Return the exact sums of ``rows``, each part apart."""
    known = tuple(rows)
    return Sums(
        len(known),
        total(row.wtt_kgco2e for row in known),
        total(row.ttw_kgco2e for row in known),
        total(row.wtw_kgco2e for row in known),
    )


def _lot(seed: str, tce_id: str) -> str:
    return hashlib.sha256(f"{len(seed)}/{seed}/{tce_id}".encode()).hexdigest()


def _result_data(row: TceRow) -> ResultData:
    return ResultData(
        method=row.method,
        toc_id=row.category_id,
        kgco2e=row.wtw_kgco2e,
        transport_tkm=row.transport_tkm or Decimal(0),
    )


def _set_use(row: TceRow) -> SetUse:
    return SetUse(row.factor_set, row.factor_set_sha256, row.gwp_set)


def _deviations(*checks: tuple[Deviation, bool]) -> tuple[Deviation, ...]:
    return tuple(deviation for deviation, holds in checks if holds)


def _by_key(rows: Iterable[TceRow], key_of: Callable[[TceRow], Key]) -> dict[Key, list[TceRow]]:
    groups: dict[Key, list[TceRow]] = {}
    for row in rows:
        groups.setdefault(key_of(row), []).append(row)
    return groups


def _grouped(rows: Iterable[TceRow], key_of: Callable[[TceRow], Key]) -> dict[Key, Sums]:
    groups = _by_key(rows, key_of)
    return {key: sums_of(groups[key]) for key in sorted(groups, key=str)}


def _by_flag(rows: Sequence[TceRow]) -> dict[str, Sums]:
    flags = sorted({flag for row in rows for flag in row.flags})
    return {flag: sums_of(row for row in rows if flag in row.flags) for flag in flags}


def _transport_sums(
    rows: Iterable[TceRow], key_of: Callable[[TceRow], tuple[str | None, str]]
) -> tuple[TransportSum, ...]:
    found = []
    for (mode, distance_kind), group in sorted(_by_key(rows, key_of).items(), key=str):
        sums = sums_of(group)
        tkm = total(row.transport_tkm for row in group if row.transport_tkm is not None)
        found.append(TransportSum(mode, distance_kind, sums, tkm, _per(sums, tkm)))
    return tuple(found)


def _hub_sums(rows: Iterable[TceRow]) -> tuple[HubSum, ...]:
    found = []
    for operation, group in sorted(_by_key(rows, lambda row: row.hub_operation or "").items()):
        sums = sums_of(group)
        outbound_t = CONTEXT.divide(total(row.mass_kg for row in group), KG_PER_T)
        found.append(HubSum(operation, sums, outbound_t, _per(sums, outbound_t)))
    return tuple(found)


def _per(sums: Sums, activity: Decimal) -> Intensities:
    return Intensities(*(rounded(ratio(part, activity)) for part in sums[1:]))


def _is_a_year(about: About) -> bool:
    end = about.to_on + timedelta(days=1)
    months = (end.year - about.from_on.year) * MONTHS_OF_A_REPORT + end.month - about.from_on.month
    return end.day == about.from_on.day and months == MONTHS_OF_A_REPORT
