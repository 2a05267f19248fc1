"""No number without a row that says who published it, under which licence, and for when."""

from decimal import Decimal

import pytest

from emissions.factor import Factor, FactorSet
from emissions.read import load_book

SETS = load_book().sets
FACTORS = [(one, factor) for one in SETS for factor in one.factors]


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.manifest.set_id)
def test_a_set_names_its_publisher_licence_and_validity(one: FactorSet) -> None:
    manifest = one.manifest

    assert manifest.publisher
    assert manifest.title
    assert manifest.licence_spdx
    assert manifest.attribution
    # A set without a file to check against says that its figures are second-hand.
    assert manifest.source_file or manifest.verification == "secondary" or is_composed(one)
    assert len(manifest.source_file) == len(manifest.source_sha256)
    assert all(len(digest) == 64 for digest in manifest.source_sha256)
    assert manifest.redistributable
    assert manifest.valid_to is None or manifest.valid_from <= manifest.valid_to


def is_composed(one: FactorSet) -> bool:
    """Whether each factor of a set names the factors of other sets that it is made of."""
    others = {factor.factor_id for other, factor in FACTORS if other is not one}
    return all(any(part in factor.cells for part in others) for factor in one.factors)


def test_every_factor_says_where_it_stands_and_what_it_is_worth() -> None:
    assert len(FACTORS) > 100
    for one, factor in FACTORS:
        assert factor.set_id == one.manifest.set_id, factor.factor_id
        assert factor.cells, factor.factor_id
        assert factor.per_unit, factor.factor_id
        assert any(figure is not None for figure in figures(factor)), factor.factor_id


def figures(factor: Factor) -> tuple[Decimal | None, ...]:
    return (
        factor.ttw_kgco2e,
        factor.wtt_kgco2e,
        factor.wtw_kgco2e,
        factor.co2_kg,
        factor.biogenic_co2_kg,
    )


def test_no_factor_is_published_twice() -> None:
    ids = [factor.factor_id for _, factor in FACTORS]

    assert len(ids) == len(set(ids))
