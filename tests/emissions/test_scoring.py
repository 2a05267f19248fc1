from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from emissions.quality import scores_of
from emissions.read import load_book
from emissions.scoring import Fit, fit_of
from schemas.refusal import Refused
from tests.emissions.kpi_builders import ARTIC, SHA256

ON = date(2025, 6, 1)


def fit(**changed: Any) -> Fit:
    plain: dict[str, Any] = {
        "factor_id": ARTIC,
        "factor_set_sha256": SHA256,
        "method": "class_default",
        "flags": ("proxy_region",),
        "on": ON,
        "covered_tkm_share": None,
    }
    return fit_of(load_book(), **plain | changed)


def test_a_loaded_factor_scores_as_the_engine_scores_it() -> None:
    found = fit()

    factor = load_book().factor(ARTIC)
    assert found.scores == scores_of(
        factor=factor, method="class_default", flags=("proxy_region",), on=ON
    )
    assert (found.gsd, found.energy, found.is_loaded) == (Decimal("1.23"), "diesel", True)


@pytest.mark.parametrize("changed", [{"factor_id": "gone"}, {"factor_set_sha256": "b" * 64}])
def test_a_factor_that_is_not_here_as_it_was_tells_neither_age_nor_region(
    changed: dict[str, str],
) -> None:
    found = fit(**changed, flags=(), covered_tkm_share=Decimal(1))

    assert (found.scores.time, found.scores.geography) == (5, 5)
    assert (found.scores.technology, found.scores.completeness) == (3, 1)
    assert (found.energy, found.is_loaded) == (None, False)


@pytest.mark.parametrize("factor_id", [ARTIC, "gone"])
def test_a_method_that_is_no_rank_is_refused(factor_id: str) -> None:
    with pytest.raises(Refused, match="guess is no rank"):
        fit(method="guess", factor_id=factor_id)
