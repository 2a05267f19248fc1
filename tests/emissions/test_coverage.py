from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.coverage import (
    KnownRecord,
    ResultData,
    coverage_of,
    covered_tkm_shares,
    data_shares,
    unjustified,
)
from schemas.refusal import Reason, Refused
from schemas.vocabulary import CalculationMethod, DataClass


def record(shipment_id: str, **changed: Any) -> KnownRecord:
    """A leg of one consignment of a tonne of refrigerators, with a number."""
    plain: dict[str, Any] = {
        "shipment_id": shipment_id,
        "consignment_id": "C-1",
        "mass_kg": Decimal(1_000),
        "category": "fridge",
        "refused": None,
    }
    return KnownRecord(**plain | changed)


def refused(shipment_id: str, **changed: Any) -> KnownRecord:
    return record(shipment_id, **{"refused": Reason.FACTOR_NOT_FOUND} | changed)


def result(method: str = "class_default", **changed: Any) -> ResultData:
    plain: dict[str, Any] = {
        "method": method,
        "toc_id": "artic",
        "kgco2e": Decimal(10),
        "transport_tkm": Decimal(100),
    }
    return ResultData(**plain | changed)


def test_a_shipment_counts_once_however_many_legs_it_has() -> None:
    found = coverage_of(
        [record("S-1"), record("S-1"), record("S-2"), refused("S-3"), refused("S-4")]
    )

    assert (found.shipments, found.covered_shipments) == (4, 2)
    assert found.shipment_share == Decimal("0.5")
    assert found.mass_kg == Decimal(4_000)
    assert found.covered_mass_kg == Decimal(2_000)


def test_a_shipment_with_a_leg_refused_is_covered_in_part_only() -> None:
    found = coverage_of([record("S-1"), refused("S-1"), record("S-2")])

    assert (found.covered_shipments, found.partly_covered_shipments) == (1, 1)
    assert found.shipment_share == Decimal("0.5")
    assert found.mass_share == Decimal("0.5")


def test_an_unknown_mass_is_a_stated_gap_and_no_zero() -> None:
    found = coverage_of([record("S-1"), refused("S-2", mass_kg=None, refused=Reason.MASS_MISSING)])

    assert found.mass_share == 1
    assert found.consignments_without_mass == 1
    assert found.gaps[Reason.MASS_MISSING].mass_kg is None


def test_a_category_is_covered_by_its_first_number() -> None:
    found = coverage_of(
        [
            record("S-1"),
            refused("S-2"),
            refused("S-3", category="tv"),
            record("S-4", category=None),
        ]
    )

    assert (found.categories, found.covered_categories) == (2, 1)
    assert found.category_share == Decimal("0.5")


def test_rejects_stand_by_their_reason() -> None:
    found = coverage_of(
        [
            refused("S-1"),
            refused("S-1"),
            refused("S-2", refused=Reason.MASS_MISSING, mass_kg=None),
            record("S-3"),
        ]
    )

    assert list(found.gaps) == [Reason.FACTOR_NOT_FOUND, Reason.MASS_MISSING]
    gap = found.gaps[Reason.FACTOR_NOT_FOUND]
    assert (gap.records, gap.shipments, gap.mass_kg) == (2, 1, Decimal(1_000))


def test_of_nothing_no_share_is_known() -> None:
    found = coverage_of([])

    assert (found.shipment_share, found.mass_share, found.category_share) == (None, None, None)


@given(
    data=st.data(),
    shipments=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([None, *Reason])), max_size=12
    ),
)
def test_every_record_has_a_number_or_stands_in_a_gap(
    data: st.DataObject, shipments: list[tuple[str, Reason | None]]
) -> None:
    records = [record(name, refused=reason) for name, reason in shipments]

    found = coverage_of(records)

    assert coverage_of(data.draw(st.permutations(records))) == found
    rejected = sum(gap.records for gap in found.gaps.values())
    assert rejected + sum(reason is None for _, reason in shipments) == len(shipments)
    assert found.covered_shipments + found.partly_covered_shipments <= found.shipments


@pytest.mark.parametrize(
    ("method", "data_class"),
    [
        ("primary_energy", DataClass.PRIMARY),
        ("carrier_toc", DataClass.PRIMARY),
        ("modelled", DataClass.MODELLED),
        ("class_default", DataClass.DEFAULT),
        ("mode_default", DataClass.DEFAULT),
    ],
)
def test_each_rank_is_of_one_class_of_data(method: str, data_class: DataClass) -> None:
    found = data_shares([result(method)])

    assert found.kg_share(data_class) == 1
    assert sum(found.kgco2e.values()) == Decimal(10)


def test_shares_by_kilograms_and_by_activity_differ() -> None:
    found = data_shares(
        [
            result("primary_energy", kgco2e=Decimal(30), transport_tkm=Decimal(100)),
            result("class_default", kgco2e=Decimal(10), transport_tkm=Decimal(300)),
        ]
    )

    assert found.kg_share(DataClass.PRIMARY) == Decimal("0.75")
    assert found.tkm_share(DataClass.PRIMARY) == Decimal("0.25")
    assert found.kg_share(DataClass.MODELLED) == 0


def test_a_method_that_is_no_rank_is_refused() -> None:
    with pytest.raises(Refused, match="method guess is no rank") as refused:
        data_shares([result("guess")])

    assert refused.value.reason is Reason.VOCABULARY


def test_no_share_of_nothing_is_known() -> None:
    assert data_shares([]).kg_share(DataClass.PRIMARY) is None


def test_activity_with_energy_records_is_told_per_operation_category() -> None:
    rows = [
        result("primary_energy", transport_tkm=Decimal(60)),
        result("class_default", transport_tkm=Decimal(40)),
        result("class_default", toc_id="van"),
    ]

    assert covered_tkm_shares(rows) == {"artic": Decimal("0.6"), "van": Decimal(0)}


def test_default_data_needs_its_reason_written_down() -> None:
    rows = [
        result("class_default"),
        result("mode_default", toc_id="van"),
        result("primary_energy", toc_id="own"),
    ]

    assert unjustified(rows, {"artic": "the carrier has no meters", "van": " "}) == ("van",)


@given(methods=st.lists(st.sampled_from([*CalculationMethod]), max_size=20))
def test_the_classes_of_data_add_up_to_the_whole(methods: list[CalculationMethod]) -> None:
    found = data_shares(result(one.value) for one in methods)

    assert sum(found.kgco2e.values()) == Decimal(10) * len(methods)
