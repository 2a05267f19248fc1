"""Five scores of a result's data, 1 (best) to 5; of many results the mean weighted by kilograms.

The five aspects are the usual ones of life-cycle work; the scales are ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from emissions.factor import Factor
from emissions.number import CONTEXT, ZERO
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import CalculationMethod

WORST = 5
TECHNOLOGY: Mapping[str, int] = MappingProxyType(
    {
        CalculationMethod.PRIMARY_ENERGY.value: 1,
        CalculationMethod.CARRIER_TOC.value: 2,
        CalculationMethod.MODELLED.value: 2,
        CalculationMethod.CLASS_DEFAULT.value: 3,
        CalculationMethod.MODE_DEFAULT.value: 5,
    }
)
# Verified by a third party is 1, whatever the method.
RELIABILITY: Mapping[str, int] = MappingProxyType(
    {
        CalculationMethod.PRIMARY_ENERGY.value: 2,
        CalculationMethod.CARRIER_TOC.value: 3,
        CalculationMethod.MODELLED.value: 3,
        CalculationMethod.CLASS_DEFAULT.value: 4,
        CalculationMethod.MODE_DEFAULT.value: 4,
    }
)
GEOGRAPHY: Mapping[str, int] = MappingProxyType({"province": 1, "grid_region": 2, "country": 2})
MAX_AGE_YEARS = (1, 3, 6, 10)
LEAST_COVERED_TKM_SHARE = tuple(Decimal(share) for share in ("0.95", "0.8", "0.6", "0.4"))
PROXY = "proxy_region"
# What was guessed about the vehicle makes a published default an estimate.
GUESSED = frozenset({"class_assumed", "class_unknown", "energy_assumed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well the data of one result fit it."""

    technology: int
    time: int
    geography: int
    completeness: int
    reliability: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScores:
    """The scores of many results, each weighted by what it emitted."""

    technology: Decimal
    time: Decimal
    geography: Decimal
    completeness: Decimal
    reliability: Decimal


class ScoredRow(NamedTuple):
    """What one result weighs, and its scores."""

    kgco2e: Decimal
    scores: Scores


def scores_of(
    *,
    factor: Factor,
    method: str,
    flags: Sequence[str],
    on: date,
    covered_tkm_share: Decimal | None = None,
    is_verified: bool = False,
) -> Scores:
    """Return the five scores of a result.

    Parameters
    ----------
    covered_tkm_share
        Share of the operation category's activity that has energy records; ``None`` (nobody
        knows) scores as badly as the least.
    is_verified
        Whether a third party verified the data.

    Raises
    ------
    Refused
        If the method is no rank of the factor selection.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> scores_of(
    ...     factor=load_book().factor("defra_2025.road.artic_over_33t.average.tkm"),
    ...     method="class_default",
    ...     flags=("proxy_region",),
    ...     on=date(2025, 6, 1),
    ... )
    Scores(technology=3, time=1, geography=5, completeness=5, reliability=4)
    """
    return Scores(
        technology=technology_of(method),
        time=time_score(age_years=abs(on.year - (factor.year or factor.manifest.year))),
        geography=WORST if PROXY in flags else GEOGRAPHY[factor.region_level],
        completeness=completeness_score(covered_tkm_share),
        reliability=reliability_of(method, flags, is_verified=is_verified),
    )


def technology_of(method: str) -> int:
    """Return the score of the rank that answered.

    Raises
    ------
    Refused
        If the method is no rank of the factor selection.
    """
    if method not in TECHNOLOGY:
        raise Refused(Reason.VOCABULARY, f"method {shown(method)} is no rank of the selection")
    return TECHNOLOGY[method]


def time_score(*, age_years: int) -> int:
    """Return the score of a factor so many calendar years older or newer than the activity.

    Examples
    --------
    >>> [time_score(age_years=age) for age in (1, 3, 6, 10, 11)]
    [1, 2, 3, 4, 5]
    """
    return 1 + sum(age_years > limit for limit in MAX_AGE_YEARS)


def completeness_score(covered_tkm_share: Decimal | None) -> int:
    """Return the score of the share of a category's activity that has energy records.

    Examples
    --------
    >>> [completeness_score(Decimal(share)) for share in ("0.95", "0.949", "0.4", "0.1")]
    [1, 2, 4, 5]
    """
    if covered_tkm_share is None:
        return WORST
    return 1 + sum(covered_tkm_share < least for least in LEAST_COVERED_TKM_SHARE)


class ScoreTally:
    """Scores of many results, each weighted by its kilograms.

    A plain mean would let a thousand parcels of a gram each hide one ship.
    """

    def __init__(self) -> None:
        """Begin with nothing emitted."""
        self._kgco2e = ZERO
        self._weighted = dict.fromkeys(SCORE_NAMES, ZERO)

    def add(self, row: ScoredRow) -> None:
        """Add one result."""
        self._kgco2e = CONTEXT.add(self._kgco2e, row.kgco2e)
        for name, known in self._weighted.items():
            score = Decimal(getattr(row.scores, name))
            self._weighted[name] = CONTEXT.add(known, CONTEXT.multiply(row.kgco2e, score))

    def means(self) -> MeanScores | None:
        """Return the mean scores; ``None`` where nothing was emitted."""
        if self._kgco2e <= 0:
            return None
        return MeanScores(
            **{name: CONTEXT.divide(one, self._kgco2e) for name, one in self._weighted.items()}
        )


def mean_scores(rows: Iterable[ScoredRow]) -> MeanScores | None:
    """Return the scores of ``rows`` weighted by kilograms; ``None`` where nothing was emitted."""
    tally = ScoreTally()
    for row in rows:
        tally.add(row)
    return tally.means()


SCORE_NAMES = tuple(field.name for field in fields(Scores))


def reliability_of(method: str, flags: Sequence[str], *, is_verified: bool = False) -> int:
    """Return the score of how the data came about: verified, measured, computed, published."""
    if is_verified:
        return 1
    is_default = RELIABILITY[method] == RELIABILITY[CalculationMethod.CLASS_DEFAULT.value]
    return WORST if is_default and GUESSED & set(flags) else RELIABILITY[method]
