"""The figures of a period: sums, intensities by kind of distance, data classes, quality, spread.

They are made of cells: legs alike in all that matters, added up by a store. A ratio is a ratio of
sums; nothing is averaged plainly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from emissions.chain import exact_sum
from emissions.coverage import DataShares, ResultData, covered_tkm_shares, data_shares
from emissions.factor import FactorBook
from emissions.kpi import PeriodSum
from emissions.quality import MeanScores, ScoredRow, mean_scores
from emissions.scoring import Fit, category_id, fit_of
from emissions.sums import ratio
from emissions.uncertainty import Interval, UncertainRow, interval_of

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCell:
    """Legs of one split, operation category, factor and set, added up exactly."""

    split: str | None
    distance_kind: str
    mode: str
    vehicle_class: str | None
    energy: str | None
    factor_id: str
    factor_set: str
    factor_set_sha256: str
    gwp_set: str
    method: str
    method_version: str
    flags: tuple[str, ...]
    year: int
    legs: int
    mass_kg: Decimal
    transport_tkm: Decimal
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal

    @property
    def category_id(self) -> str:
        """The operation category whose activity is compared with its energy records."""
        return category_id(self.mode, self.vehicle_class)

    @property
    def operation(self) -> str:
        """What makes two legs alike for the drivers: category, energy and kind of distance."""
        return f"{self.category_id}/{self.energy or 'energy_not_given'}/{self.distance_kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums of some cells and what they are worth; ``None`` is unknown, never 0.

    ``distance_kinds`` names the kinds that the activity, and so the intensity, stands on.
    """

    distance_kinds: tuple[str, ...]
    legs: int
    mass_kg: Decimal
    transport_tkm: Decimal
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    wtt_kgco2e_per_tkm: Decimal | None
    ttw_kgco2e_per_tkm: Decimal | None
    wtw_kgco2e_per_tkm: Decimal | None
    data: DataShares
    scores: MeanScores | None
    interval: Interval | None

    @property
    def moved(self) -> PeriodSum:
        """The activity and the WTW emission, for a change."""
        return PeriodSum(self.transport_tkm, self.wtw_kgco2e)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """A period as a whole, by kind of distance, and by split and kind of distance."""

    whole: Figures
    by_distance_kind: Mapping[str, Figures]
    by_split: Mapping[tuple[str | None, str], Figures]


def figures_of(cells: Sequence[KpiCell], book: FactorBook) -> PeriodFigures:
    """Return the figures of a period from its cells.

    Raises
    ------
    Refused
        If a cell names a method that is no rank of the factor selection.
    """
    covered = covered_tkm_shares(map(_result_data, cells))
    fits = [_fit(cell, book, covered.get(cell.category_id)) for cell in cells]
    fitted = list(zip(cells, fits, strict=True))
    return PeriodFigures(
        whole=_figures(fitted),
        by_distance_kind=_grouped(fitted, lambda cell: cell.distance_kind),
        by_split=_grouped(fitted, lambda cell: (cell.split, cell.distance_kind)),
    )


def _fit(cell: KpiCell, book: FactorBook, covered_tkm_share: Decimal | None) -> Fit:
    return fit_of(
        book,
        factor_id=cell.factor_id,
        factor_set_sha256=cell.factor_set_sha256,
        method=cell.method,
        flags=cell.flags,
        on=date(cell.year, 1, 1),  # the age of a factor is counted in calendar years
        covered_tkm_share=covered_tkm_share,
    )


def _grouped(
    fitted: Iterable[tuple[KpiCell, Fit]], key_of: Callable[[KpiCell], Key]
) -> dict[Key, Figures]:
    groups: dict[Key, list[tuple[KpiCell, Fit]]] = {}
    for cell, fit in fitted:
        groups.setdefault(key_of(cell), []).append((cell, fit))
    return {key: _figures(groups[key]) for key in sorted(groups, key=str)}


def _figures(fitted: Sequence[tuple[KpiCell, Fit]]) -> Figures:
    cells = [cell for cell, _ in fitted]
    tkm = exact_sum(cell.transport_tkm for cell in cells)
    wtt, ttw, wtw = (
        exact_sum(getattr(cell, f"{part}_kgco2e") for cell in cells)
        for part in ("wtt", "ttw", "wtw")
    )
    return Figures(
        distance_kinds=tuple(sorted({cell.distance_kind for cell in cells})),
        legs=sum(cell.legs for cell in cells),
        mass_kg=exact_sum(cell.mass_kg for cell in cells),
        transport_tkm=tkm,
        wtt_kgco2e=wtt,
        ttw_kgco2e=ttw,
        wtw_kgco2e=wtw,
        wtt_kgco2e_per_tkm=ratio(wtt, tkm),
        ttw_kgco2e_per_tkm=ratio(ttw, tkm),
        wtw_kgco2e_per_tkm=ratio(wtw, tkm),
        data=data_shares(map(_result_data, cells)),
        scores=mean_scores(ScoredRow(cell.wtw_kgco2e, fit.scores) for cell, fit in fitted),
        interval=interval_of(
            UncertainRow(f"{cell.factor_set}/{cell.factor_id}", cell.wtw_kgco2e, float(fit.gsd))
            for cell, fit in fitted
        ),
    )


def _result_data(cell: KpiCell) -> ResultData:
    return ResultData(
        method=cell.method,
        toc_id=cell.category_id,
        kgco2e=cell.wtw_kgco2e,
        transport_tkm=cell.transport_tkm,
    )


NOTHING_MOVED = _figures(())
