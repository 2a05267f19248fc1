"""Allocations explained: the worked round integer by integer, and weights of any digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.allocation import Weight, allocate, floor_shares, milligrams, whole_weights
from emissions.explain_allocation import explain_allocation, share_steps
from emissions.explanation import PARTS_ARE_TOTAL, ExplainMismatch, Explanation
from emissions.weight import direct_weight
from schemas.refusal import Refused

ROUND_KG = Decimal("20.412345")
STOPS = (
    ("C-01", "1200", "18"), ("C-02", "450", "31"), ("C-03", "800", "26"), ("T-01", "210", "18"),
    ("T-02", "326.3", "26"),
)  # fmt: skip
WORKED = [
    direct_weight(name, mass_kg=Decimal(mass_kg), direct_km=Decimal(km))
    for name, mass_kg, km in STOPS
]


def explained(weights: list[Weight], total_kgco2e: Decimal = ROUND_KG) -> Explanation:
    parts = allocate(total_kgco2e=total_kgco2e, weights=weights)
    return explain_allocation(total_kgco2e=total_kgco2e, weights=weights, parts=parts)


def test_the_worked_round_is_shared_out_as_it_is_done_by_hand() -> None:
    told = explained(WORKED)

    assert told.step("weight", "T-02").substituted == "8.4838"
    assert told.step("weight_whole", "T-02").substituted == "8.4838 x 5000 = 42419"
    assert told.step("weight_sum").value == 343_069
    assert told.step("share_floor_total", "C-01").substituted == (
        "floor(20412345 x 108000 / 343069) = 6425917"
    )
    assert [
        str(told.step("share_total", weight.consignment_id).value) for weight in WORKED
    ] == ["6.425918", "4.150072", "6.187921", "1.124536", "2.523898"]  # fmt: skip
    assert told.step("shares_sum_total").value == ROUND_KG
    assert PARTS_ARE_TOTAL in told.checks


def test_every_consignment_has_its_floor_its_remainder_and_its_part() -> None:
    told = explained(WORKED)

    for weight in WORKED:
        name = weight.consignment_id
        floor, remainder = (
            told.step("share_floor_total", name),
            told.step("share_remainder_total", name),
        )
        total = told.step("weight_sum").value
        whole = told.step("weight_whole", name).value
        assert floor.value * total + remainder.value == 20_412_345 * whole


def test_the_milligrams_left_go_to_the_largest_remainders() -> None:
    told = explained(WORKED)
    remainders = {
        step.subject: step.value for step in told.steps if step.title == "share_remainder_total"
    }

    received = [step.subject for step in told.steps if step.title == "share_extra_total"]

    assert len(received) == told.step("left_mg_total").value
    assert min(remainders[name] for name in received) > max(
        remainder for name, remainder in remainders.items() if name not in received
    )


def test_a_tie_goes_to_the_smaller_name() -> None:
    told = explained([Weight(name, Decimal(1), "item") for name in "CBA"], Decimal(10))

    assert [step.subject for step in told.steps if step.title == "share_extra_total"] == ["A"]


def test_parts_that_do_not_sum_to_the_total_are_named() -> None:
    weights = [Weight("A", Decimal(1), "item"), Weight("B", Decimal(0), "item")]
    halves = {"A": Decimal("2.000000"), "B": Decimal("0.000001")}

    with pytest.raises(ExplainMismatch, match=r"share_ttw of B is stored as 0\.000001, computed"):
        share_steps("ttw", total_kgco2e=Decimal(2), weights=weights, parts=halves)


def test_a_part_too_many_or_too_few_is_a_mismatch() -> None:
    weights = [Weight("A", Decimal(1), "item"), Weight("B", Decimal(1), "item")]
    whole = allocate(total_kgco2e=Decimal(2), weights=weights)

    for parts in (whole | {"C": Decimal(0)}, {"A": whole["A"]}):
        with pytest.raises(ExplainMismatch, match=r"parts\[[BC]\] is stored as"):
            explain_allocation(total_kgco2e=Decimal(2), weights=weights, parts=parts)


def test_weights_of_nothing_are_refused_as_the_engine_does() -> None:
    with pytest.raises(Refused, match="all 1 weights are 0"):
        explain_allocation(
            total_kgco2e=Decimal(1), weights=[Weight("A", Decimal(0), "item")], parts={}
        )


@given(
    total_kgco2e=st.decimals("0", "1e6", places=6),
    values=st.lists(
        st.one_of(
            st.decimals("0", "1e5", places=4),
            st.fractions(min_value=1, max_value=99).map(lambda one: Decimal(one.numerator) / 7),
            st.just(Decimal("1e-40")),
            st.just(Decimal("1e40")),
        ),
        min_size=1,
        max_size=9,
    ).filter(any),
)
def test_any_allocation_is_explained_by_the_code_that_made_it(
    total_kgco2e: Decimal, values: list[Decimal]
) -> None:
    weights = [Weight(f"C-{n}", value, "tkm_sfd") for n, value in enumerate(values)]

    told = explained(weights, total_kgco2e)

    shares = floor_shares(milligrams(total_kgco2e), whole_weights(weights))
    received = [step.subject for step in told.steps if step.title == "share_extra_total"]
    assert received == shares.receivers()
    parts = [step.value for step in told.steps if step.title == "share_total"]
    assert sum(parts) == told.step("shares_sum_total").value == total_kgco2e
