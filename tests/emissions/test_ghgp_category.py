"""Scope and category: every combination of the enums is decided, and by which row."""

from itertools import product

import pytest

from emissions.ghgp_category import (
    TABLE,
    CategoryRow,
    EmissionSource,
    Flow,
    GhgpCategory,
    Operator,
    Payer,
    ghgp_category,
)
from schemas.refusal import Reason, Refused
from schemas.vocabulary import ElectricityBasis

OWN, THIRD = Operator.OWN, Operator.THIRD_PARTY
COMPANY, SUPPLIER, OTHER = Payer.COMPANY, Payer.SUPPLIER, Payer.OTHER
OF_SOURCE = {
    EmissionSource.FUEL_TTW: "scope_1",
    EmissionSource.REFRIGERANT: "scope_1",
    EmissionSource.ELECTRICITY_GENERATION: "scope_2",
    EmissionSource.FUEL_WTT: "3.3",
    EmissionSource.ELECTRICITY_WTT: "3.3",
    EmissionSource.CN_ELECTRICITY_WTT: "3.3",
}
OF_TREATMENT = {
    Flow.OWN_WASTE_TREATMENT: "3.5",
    Flow.SOLD_PRODUCT_TREATMENT: "3.12",
    Flow.OTHER_BRAND_TREATMENT: "3.5",
    Flow.RECYCLED_MATERIAL_BOUGHT: "3.1",
}
OF_SERVICE = {
    (COMPANY, Flow.INBOUND): "3.4",
    (COMPANY, Flow.INTER_SITE): "3.4",
    (COMPANY, Flow.OUTBOUND): "3.4",
    (COMPANY, Flow.STORAGE): "3.4",
    (COMPANY, Flow.TAKEBACK_TRANSPORT): "3.4",
    (SUPPLIER, Flow.INBOUND): "3.1",
    (OTHER, Flow.AFTER_SALE): "3.9",
    (OTHER, Flow.CUSTOMER_PICKUP): "3.9",
    (OTHER, Flow.TAKEBACK_TRANSPORT): "3.12",
}


def wanted(operator: Operator, payer: Payer, flow: Flow, source: EmissionSource) -> str | None:
    """The table of the specification, written down a second time and in another shape."""
    if operator is OWN and flow is not Flow.RECYCLED_MATERIAL_BOUGHT and source in OF_SOURCE:
        return OF_SOURCE[source]
    if flow in OF_TREATMENT:
        return OF_TREATMENT[flow]
    if operator is OWN:
        # Of own operations placed as a whole only an unpaid take-back has a row.
        return "3.12" if (payer, flow) == (OTHER, Flow.TAKEBACK_TRANSPORT) else None
    return OF_SERVICE.get((payer, flow))


def placed(operator: Operator, payer: Payer, flow: Flow, source: EmissionSource) -> CategoryRow:
    return ghgp_category(operator=operator, payer=payer, flow=flow, source=source)


@pytest.mark.parametrize(
    ("operator", "payer", "flow", "source"), [*product(Operator, Payer, Flow, EmissionSource)]
)
def test_every_combination_is_placed_or_refused_by_name(
    operator: Operator, payer: Payer, flow: Flow, source: EmissionSource
) -> None:
    category = wanted(operator, payer, flow, source)

    if category is not None:
        assert placed(operator, payer, flow, source).category == category
        return
    with pytest.raises(Refused) as no:
        placed(operator, payer, flow, source)
    assert no.value.reason is Reason.CATEGORY_UNRESOLVED
    assert f"operator={operator} payer={payer} flow={flow} source={source}" in no.value.detail


def test_every_row_answers_something_and_every_category_is_given() -> None:
    rows = {}
    for combination in product(Operator, Payer, Flow, EmissionSource):
        if wanted(*combination) is not None:
            row = placed(*combination)
            rows[TABLE.index(row)] = row

    assert sorted(rows) == list(range(len(TABLE)))
    assert {row.category for row in rows.values()} == set(GhgpCategory)


def test_scope_two_stands_on_generation_alone() -> None:
    row = placed(OWN, COMPANY, Flow.STORAGE, EmissionSource.ELECTRICITY_GENERATION)

    assert row.basis is ElectricityBasis.GENERATION_CO2


def test_the_provision_of_chinese_electricity_is_a_gap_and_not_a_difference_of_two_families() -> (
    None
):
    assert placed(OWN, COMPANY, Flow.STORAGE, EmissionSource.CN_ELECTRICITY_WTT).is_gap
    assert not placed(OWN, COMPANY, Flow.STORAGE, EmissionSource.ELECTRICITY_WTT).is_gap


def test_what_is_only_assumed_says_so() -> None:
    assumed = {(row.category.value, *sorted(row.flows)) for row in TABLE if row.is_assumption}

    assert assumed == {("3.12", "takeback_transport"), ("3.5", "other_brand_treatment")}


def test_a_take_back_that_the_company_pays_is_not_end_of_life() -> None:
    paid = placed(THIRD, COMPANY, Flow.TAKEBACK_TRANSPORT, EmissionSource.SERVICE)

    assert (paid.category, paid.is_assumption) == (GhgpCategory.UPSTREAM_TRANSPORT, False)
