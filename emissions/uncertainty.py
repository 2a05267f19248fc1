"""How far a number may be off: lognormal spreads, combined; besides geometry floats live here.

A published figure is taken as the median of a lognormal distribution whose geometric standard
deviation (GSD) is stated or, where it is not, assumed. Nothing here touches a reported number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp, hypot, log
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple

from emissions.chain import exact_sum
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import CalculationMethod

# Assumptions, each shown by the flag: 1.23 is +/-50 % at 95 %, which is said of air defaults.
DEFAULT_GSD: Mapping[str, Decimal] = MappingProxyType(
    {
        CalculationMethod.PRIMARY_ENERGY.value: Decimal("1.03"),
        CalculationMethod.CARRIER_TOC.value: Decimal("1.08"),
        CalculationMethod.MODELLED.value: Decimal("1.12"),
        CalculationMethod.CLASS_DEFAULT.value: Decimal("1.23"),
        CalculationMethod.MODE_DEFAULT.value: Decimal("1.35"),
    }
)
GSD_ASSUMED = "gsd_assumed"
CONFIDENCE = Decimal("0.95")
_UPPER = NormalDist().inv_cdf(float((1 + CONFIDENCE) / 2))


class Spread(NamedTuple):
    """A geometric standard deviation and whether it is an assumption."""

    gsd: Decimal
    flags: tuple[str, ...]


class UncertainRow(NamedTuple):
    """One result: rows of one ``factor_id`` are off together, rows of others on their own."""

    factor_id: str
    kgco2e: Decimal
    gsd: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a total lies in 95 of 100 cases, and the GSD that says so."""

    kgco2e: Decimal
    gsd: float
    low_kgco2e: float
    high_kgco2e: float


def gsd_of(*, method: str, factor_gsd: Decimal | None) -> Spread:
    """Return the spread the factor's publisher states, or else the assumed one of the method.

    Raises
    ------
    Refused
        If a stated one is below 1, or the method is no rank of the factor selection.

    Examples
    --------
    >>> gsd_of(method="class_default", factor_gsd=None)
    Spread(gsd=Decimal('1.23'), flags=('gsd_assumed',))
    """
    if factor_gsd is not None:
        if not factor_gsd.is_finite() or factor_gsd < 1:
            raise Refused(Reason.UNIT_BOUND, f"gsd must be at least 1, got {factor_gsd}")
        return Spread(factor_gsd, ())
    if method not in DEFAULT_GSD:
        raise Refused(Reason.VOCABULARY, f"method {shown(method)} is no rank of the selection")
    return Spread(DEFAULT_GSD[method], (GSD_ASSUMED,))


def leg_gsd(gsds: Iterable[Decimal]) -> float:
    """Return the spread of a product of independent inputs: ``ln^2 G = sum ln^2 g``.

    Examples
    --------
    >>> round(leg_gsd([Decimal("1.23"), Decimal("1.05")]), 4)
    1.237
    """
    return exp(hypot(*(log(gsd) for gsd in gsds)))


def interval_of(rows: Iterable[UncertainRow]) -> Interval | None:
    """Return the 95 % interval of the total of ``rows``; ``None`` where nothing was emitted.

    Within a factor the spreads add, between factors their squares do. A sum of skewed parts has
    its median above the sum of their medians; the interval lies around the former.
    """
    known = sorted(rows)
    kgco2e = exact_sum(row.kgco2e for row in known)
    if kgco2e <= 0:
        return None
    spread = _spread(known, float(kgco2e))
    mean = sum(float(row.kgco2e) * exp(log(row.gsd) ** 2 / 2) for row in known)
    median = mean / exp(spread**2 / 2)
    return Interval(
        kgco2e, exp(spread), median * exp(-_UPPER * spread), median * exp(_UPPER * spread)
    )


def _spread(rows: Iterable[UncertainRow], total_kgco2e: float) -> float:
    by_factor: dict[str, float] = {}
    for row in rows:
        off = by_factor.get(row.factor_id, 0)
        by_factor[row.factor_id] = off + float(row.kgco2e) * log(row.gsd)
    return hypot(*by_factor.values()) / total_kgco2e
