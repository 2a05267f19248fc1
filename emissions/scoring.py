"""How well a stored result's data fit it, told by the factor sets that are loaded now."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from emissions.factor import Factor, FactorBook
from emissions.quality import (
    WORST,
    Scores,
    completeness_score,
    reliability_of,
    scores_of,
    technology_of,
)
from emissions.uncertainty import gsd_of

FACTOR_NOT_LOADED = "factor_not_loaded"


class Fit(NamedTuple):
    """The scores of a result, its geometric standard deviation, and whether its factor is here.

    ``energy`` is what the factor is for; ``None`` where that is a mix, or nobody can tell.
    """

    scores: Scores
    gsd: Decimal
    energy: str | None
    is_loaded: bool


def fit_of(
    book: FactorBook,
    *,
    factor_id: str,
    factor_set_sha256: str,
    method: str,
    flags: Sequence[str],
    on: date,
    covered_tkm_share: Decimal | None,
) -> Fit:
    """Return the fit of a stored result.

    A factor whose set is not loaded, or not with the content the result stands on, tells neither
    its age nor its region: both score as badly as can be.

    Raises
    ------
    Refused
        If the method is no rank of the factor selection.
    """
    factor = _loaded(book, factor_id, factor_set_sha256)
    gsd = gsd_of(method=method, factor_gsd=None if factor is None else factor.gsd).gsd
    if factor is not None:
        scores = scores_of(
            factor=factor, method=method, flags=flags, on=on, covered_tkm_share=covered_tkm_share
        )
        return Fit(scores, gsd, factor.energy or None, is_loaded=True)
    scores = Scores(
        technology=technology_of(method),
        time=WORST,
        geography=WORST,
        completeness=completeness_score(covered_tkm_share),
        reliability=reliability_of(method, flags),
    )
    return Fit(scores, gsd, None, is_loaded=False)


def category_id(mode: str, vehicle_class: str | None) -> str:
    """Return the name of the operation category of legs that name no category of their own.

    Examples
    --------
    >>> category_id("road", None)
    'road/class_not_given'
    """
    return f"{mode}/{vehicle_class or 'class_not_given'}"


def _loaded(book: FactorBook, factor_id: str, factor_set_sha256: str) -> Factor | None:
    factor = book.by_id.get(factor_id)
    return factor if factor is not None and factor.set_sha256 == factor_set_sha256 else None
