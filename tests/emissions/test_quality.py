from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.quality import (
    RELIABILITY,
    TECHNOLOGY,
    MeanScores,
    ScoredRow,
    Scores,
    completeness_score,
    mean_scores,
    scores_of,
    time_score,
)
from schemas.refusal import Refused
from schemas.vocabulary import CalculationMethod
from tests.emissions.builders import factor

ARTIC = "defra_2025.road.artic_over_33t.average.tkm"
scores = st.builds(Scores, **dict.fromkeys(Scores.__slots__, st.integers(1, 5)))
scored_rows = st.builds(ScoredRow, st.decimals("0.000001", "1e6", places=6), scores)


def scored(**changed: Any) -> Scores:
    """An articulated lorry of 2025 under its class's British figure."""
    plain: dict[str, Any] = {
        "factor": factor(ARTIC),
        "method": "class_default",
        "flags": (),
        "on": date(2025, 6, 1),
    }
    return scores_of(**plain | changed)


@pytest.mark.parametrize("method", [*CalculationMethod])
def test_every_rank_has_a_score_of_technology_and_of_reliability(method: str) -> None:
    found = scored(method=method)

    assert (found.technology, found.reliability) == (TECHNOLOGY[method], RELIABILITY[method])


@pytest.mark.parametrize(
    ("method", "technology"),
    [
        ("primary_energy", 1),
        ("carrier_toc", 2),
        ("modelled", 2),
        ("class_default", 3),
        ("mode_default", 5),
    ],
)
def test_technology_follows_what_is_known_of_the_vehicle(method: str, technology: int) -> None:
    assert scored(method=method).technology == technology


@pytest.mark.parametrize(
    ("age_years", "score"),
    [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (6, 3), (7, 4), (10, 4), (11, 5)],
)
def test_time_follows_the_age_of_the_factor(age_years: int, score: int) -> None:
    assert time_score(age_years=age_years) == score
    assert scored(on=date(2025 + age_years, 1, 1)).time == score


def test_a_factor_newer_than_the_activity_is_as_far_off_as_an_older_one() -> None:
    assert scored(on=date(2021, 12, 31)).time == scored(on=date(2029, 1, 1)).time == 3


@pytest.mark.parametrize(
    ("region_level", "score"), [("province", 1), ("grid_region", 2), ("country", 2)]
)
def test_geography_follows_the_region_of_the_factor(region_level: str, score: int) -> None:
    assert scored(factor=factor(ARTIC, region_level=region_level)).geography == score


def test_a_factor_of_another_country_is_the_worst_geography() -> None:
    assert scored(flags=("proxy_region",)).geography == 5


@pytest.mark.parametrize(
    ("share", "score"),
    [("1", 1), ("0.95", 1), ("0.9499", 2), ("0.8", 2), ("0.6", 3), ("0.4", 4), ("0.3999", 5)],
)
def test_completeness_follows_the_activity_with_records(share: str, score: int) -> None:
    assert completeness_score(Decimal(share)) == score
    assert scored(covered_tkm_share=Decimal(share)).completeness == score


def test_completeness_nobody_knows_is_the_worst() -> None:
    assert scored().completeness == 5


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ({"is_verified": True}, 1),
        ({"method": "primary_energy"}, 2),
        ({"method": "modelled"}, 3),
        ({}, 4),
        ({"flags": ("class_assumed",)}, 5),
        ({"method": "mode_default", "flags": ("energy_assumed",)}, 5),
        ({"method": "primary_energy", "flags": ("class_unknown",)}, 2),
    ],
)
def test_reliability_follows_how_the_data_came_about(changed: dict[str, Any], score: int) -> None:
    assert scored(**changed).reliability == score


def test_a_method_that_is_no_rank_is_refused() -> None:
    with pytest.raises(Refused, match="method guess is no rank"):
        scored(method="guess")


def test_scores_are_weighted_by_what_was_emitted() -> None:
    one, five = (Scores(**dict.fromkeys(Scores.__slots__, score)) for score in (1, 5))

    found = mean_scores([ScoredRow(Decimal(3), one), ScoredRow(Decimal(1), five)])

    assert found == MeanScores(**dict.fromkeys(Scores.__slots__, Decimal(2)))


def test_what_emitted_nothing_has_no_mean() -> None:
    assert mean_scores([]) is None
    assert mean_scores([ScoredRow(Decimal(0), scored())]) is None


@given(data=st.data(), rows=st.lists(scored_rows, min_size=1, max_size=8))
def test_a_mean_lies_between_its_scores_in_any_sequence(
    data: st.DataObject, rows: list[ScoredRow]
) -> None:
    found = mean_scores(rows)

    assert found is not None
    assert mean_scores(data.draw(st.permutations(rows))) == found
    assert min(row.scores.time for row in rows) <= found.time
    assert found.time <= max(row.scores.time for row in rows)
