"""Allocation: the worked figures, what is refused, and the laws no round may break."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.allocation import Weight, allocate, allocate_both, per_item, share
from emissions.number import quantise_kg
from emissions.weight import direct_weight
from schemas.refusal import Reason, Refused

ROUND_KGCO2E = Decimal("20.412345")
MG = Decimal("0.000001")
DELIVERIES = {"C-01": ("1200", "18"), "C-02": ("450", "31"), "C-03": ("800", "26")}
PICKUPS = {"T-01": ("210", "18"), "T-02": ("326.3", "26")}

totals_kgco2e = st.decimals("0", "1e9", places=6)
values = st.one_of(
    st.decimals("0", "1e6", places=6), st.decimals("0", "50", places=1), st.just(Decimal(0))
)
rounds = st.dictionaries(st.text("ABCDEFG", min_size=1, max_size=3), values, max_size=12).filter(
    lambda weighed: any(weighed.values())
)


def weights_of(weighed: dict[str, Decimal]) -> list[Weight]:
    return [Weight(name, value, "tkm_sfd") for name, value in weighed.items()]


def stops(*groups: dict[str, tuple[str, str]]) -> list[Weight]:
    return [
        direct_weight(name, mass_kg=Decimal(mass_kg), direct_km=Decimal(km))
        for group in groups
        for name, (mass_kg, km) in group.items()
    ]


def as_text(parts: dict[str, Decimal]) -> dict[str, str]:
    return {name: str(part) for name, part in parts.items()}


def test_a_round_that_delivers_and_collects_is_shared_by_direct_tonne_kilometres() -> None:
    weights = stops(DELIVERIES, PICKUPS)

    parts = allocate(total_kgco2e=ROUND_KGCO2E, weights=weights)

    assert sum(weight.value for weight in weights) == Decimal("68.6138")
    assert as_text(parts) == {
        "C-01": "6.425918", "C-02": "4.150072", "C-03": "6.187921",
        "T-01": "1.124536", "T-02": "2.523898",
    }  # fmt: skip
    assert sum(parts.values()) == ROUND_KGCO2E


def test_without_pickups_the_deliveries_carry_the_whole_round() -> None:
    parts = allocate(total_kgco2e=ROUND_KGCO2E, weights=stops(DELIVERIES))

    assert as_text(parts) == {"C-01": "7.824430", "C-02": "5.053278", "C-03": "7.534637"}


def test_the_milligram_that_is_left_goes_to_the_smaller_id() -> None:
    equal = [Weight(name, Decimal(7), "item") for name in ("C", "A", "B")]

    parts = allocate(total_kgco2e=Decimal(10), weights=equal)

    assert as_text(parts) == {"A": "3.333334", "B": "3.333333", "C": "3.333333"}


def test_the_larger_remainder_comes_before_the_smaller_id() -> None:
    weights = [Weight("A", Decimal(1), "item"), Weight("B", Decimal(2), "item")]

    parts = allocate(total_kgco2e=Decimal("0.000001"), weights=weights)

    assert as_text(parts) == {"A": "0.000000", "B": "0.000001"}


def test_a_consignment_that_weighs_nothing_gets_nothing() -> None:
    weights = [Weight("A", Decimal(0), "item"), Weight("B", Decimal(3), "item")]

    assert as_text(allocate(total_kgco2e=Decimal(1), weights=weights)) == {
        "A": "0.000000", "B": "1.000000",
    }  # fmt: skip


def test_a_total_is_taken_at_the_milligram_half_even() -> None:
    one = [Weight("A", Decimal(1), "item")]

    assert allocate(total_kgco2e=Decimal("0.0000025"), weights=one)["A"] == Decimal("0.000002")
    assert allocate(total_kgco2e=Decimal("0.0000035"), weights=one)["A"] == Decimal("0.000004")


@pytest.mark.parametrize(
    ("weights", "reason", "sentence"),
    [
        (
            [Weight("A", Decimal(1), "item"), Weight("B", Decimal(1), "tkm_sfd")],
            Reason.MIXED_BASIS,
            "basis is item and tkm_sfd in one total",
        ),
        (
            [Weight("A", Decimal(1), "tkm_sfd"), Weight("B", Decimal(1), "tkm_gcd")],
            Reason.MIXED_BASIS,  # two kinds of kilometres are two bases
            "basis is tkm_gcd and tkm_sfd in one total",
        ),
        (
            [Weight("A", Decimal("1e999999"), "item")],
            Reason.UNIT_BOUND,
            "weight of A must be a measure, 0 or more, got 1E+999999",
        ),
        (
            [Weight("A", Decimal("1e-999999"), "item")],
            Reason.UNIT_BOUND,
            "weight of A must be a measure, 0 or more, got 1E-999999",
        ),
        ([], Reason.ALLOCATION_BASIS_EMPTY, "all 0 weights are 0: nothing to share by"),
        (
            [Weight("A", Decimal(0), "item")],
            Reason.ALLOCATION_BASIS_EMPTY,
            "all 1 weights are 0: nothing to share by",
        ),
        (
            [Weight("A", Decimal(-1), "item"), Weight("B", Decimal(2), "item")],
            Reason.UNIT_BOUND,
            "weight of A must be a measure, 0 or more, got -1",
        ),
        (
            [Weight("A", Decimal("NaN"), "item")],
            Reason.UNIT_BOUND,
            "weight of A must be a measure, 0 or more, got NaN",
        ),
        (
            [Weight("A", Decimal(1), "item"), Weight("A", Decimal(2), "item")],
            Reason.KEY_DUPLICATE,  # a consignment counts once
            "consignment_id A is there twice",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused(
    weights: list[Weight], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as no:
        allocate(total_kgco2e=Decimal(1), weights=weights)

    assert (no.value.reason, no.value.detail) == (reason, sentence)


@pytest.mark.parametrize(
    ("total", "reason"),
    [
        ("-1", Reason.UNIT_BOUND),
        ("NaN", Reason.UNIT_BOUND),
        ("Infinity", Reason.UNIT_BOUND),
        ("1e12", Reason.RESULT_TOO_LARGE),
    ],
)
def test_a_total_that_nothing_could_store_is_refused(total: str, reason: Reason) -> None:
    with pytest.raises(Refused) as no:
        allocate(total_kgco2e=Decimal(total), weights=[Weight("A", Decimal(1), "item")])

    assert no.value.reason is reason


def test_weights_of_any_number_of_digits_are_compared_exactly() -> None:
    # At 34 digits both weigh the same, and the tie would go to A.
    finer = Decimal(f"1000000000000.{'0' * 39}1")
    weights = [Weight("A", Decimal(10) ** 12, "item"), Weight("B", finer, "item")]

    assert allocate(total_kgco2e=MG, weights=weights) == {"A": Decimal(0), "B": MG}


@given(total=totals_kgco2e, weighed=rounds)
def test_the_parts_are_the_total_to_the_last_digit(
    total: Decimal, weighed: dict[str, Decimal]
) -> None:
    parts = allocate(total_kgco2e=total, weights=weights_of(weighed))

    assert sum(parts.values(), start=Decimal(0)) == total
    assert parts.keys() == weighed.keys()
    assert all(part >= 0 and quantise_kg(part) == part for part in parts.values())


@given(total=totals_kgco2e, weighed=rounds)
def test_no_part_is_a_milligram_off_its_exact_share(
    total: Decimal, weighed: dict[str, Decimal]
) -> None:
    parts = allocate(total_kgco2e=total, weights=weights_of(weighed))

    whole = sum(weighed.values(), start=Decimal(0))
    for name, part in parts.items():
        # cross-multiplied, so that the law itself divides nothing
        assert abs(part * whole - total * weighed[name]) < MG * whole


@given(total=totals_kgco2e, weighed=rounds, data=st.data())
def test_the_order_of_the_stops_changes_no_part(
    total: Decimal, weighed: dict[str, Decimal], data: st.DataObject
) -> None:
    weights = weights_of(weighed)
    shuffled = data.draw(st.permutations(weights))

    assert allocate(total_kgco2e=total, weights=shuffled) == allocate(
        total_kgco2e=total, weights=weights
    )


@given(total=totals_kgco2e, weighed=rounds, scale=st.decimals("0.001", "1000", places=3))
def test_the_unit_of_the_weights_changes_no_part(
    total: Decimal, weighed: dict[str, Decimal], scale: Decimal
) -> None:
    scaled = {name: value * scale for name, value in weighed.items()}

    assert allocate(total_kgco2e=total, weights=weights_of(scaled)) == allocate(
        total_kgco2e=total, weights=weights_of(weighed)
    )


@given(total=totals_kgco2e, weighed=rounds, data=st.data())
def test_splitting_a_consignment_keeps_the_round_and_moves_its_neighbours_by_a_milligram_at_most(
    total: Decimal, weighed: dict[str, Decimal], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(weighed)))
    first = data.draw(st.integers(0, 4)) * weighed[name] / 4
    split = weighed | {name: first, "Z": weighed[name] - first}

    before = allocate(total_kgco2e=total, weights=weights_of(weighed))
    after = allocate(total_kgco2e=total, weights=weights_of(split))

    assert sum(after.values()) == sum(before.values())
    for neighbour in weighed.keys() - {name}:
        assert abs(after[neighbour] - before[neighbour]) <= MG


@given(total=totals_kgco2e, weighed=rounds)
def test_who_weighs_more_never_gets_less(total: Decimal, weighed: dict[str, Decimal]) -> None:
    parts = allocate(total_kgco2e=total, weights=weights_of(weighed))

    by_weight = sorted(weighed, key=lambda name: (weighed[name], parts[name]))
    assert [parts[name] for name in by_weight] == sorted(parts.values())


@given(ttw=totals_kgco2e, wtt=totals_kgco2e, weighed=rounds)
def test_operation_and_provision_are_shared_apart_and_well_to_wheel_is_their_sum(
    ttw: Decimal, wtt: Decimal, weighed: dict[str, Decimal]
) -> None:
    weights = weights_of(weighed)

    parts = allocate_both(ttw_kgco2e=ttw, wtt_kgco2e=wtt, weights=weights)

    alone = allocate(total_kgco2e=ttw, weights=weights)
    assert {name: part.ttw_kgco2e for name, part in parts.items()} == alone
    assert sum(part.wtt_kgco2e for part in parts.values()) == wtt
    assert all(part.wtw_kgco2e == part.ttw_kgco2e + part.wtt_kgco2e for part in parts.values())


def test_a_share_and_a_part_per_item_refuse_to_divide_by_nothing() -> None:
    assert share(weight=Decimal("3.6"), total_weight=Decimal(36)) == Decimal("0.1")
    assert per_item(total=Decimal(9), items=Decimal(4)) == Decimal("2.25")
    with pytest.raises(Refused, match="total_weight is 0") as no:
        share(weight=Decimal(1), total_weight=Decimal(0))
    assert no.value.reason is Reason.ALLOCATION_BASIS_EMPTY
    with pytest.raises(Refused, match="items is 0") as no:
        per_item(total=Decimal(1), items=Decimal(0))
    assert no.value.reason is Reason.ALLOCATION_BASIS_EMPTY
