"""Refrigerants: defaults, the two EPA methods, and a unit whose outcomes must balance."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.refrigerant import (
    balanced_kg,
    charge_of,
    emission_of_unit,
    leakage_kg,
    refrigerant_emission,
    screened_kg,
    truck_leakage_kg,
)
from schemas.refusal import Reason, Refused
from schemas.vocabulary import RefrigerantOutcome

DESTROYED = RefrigerantOutcome.RECOVERED_DESTROYED
RECLAIMED = RefrigerantOutcome.RECOVERED_RECLAIMED
VENTED = RefrigerantOutcome.VENTED
LEFT = RefrigerantOutcome.LEFT_IN_UNIT
PLATE = charge_of(substance="R-32", nameplate_g=Decimal(800))
masses_kg = st.decimals("0", "10", places=4)


def test_ten_cooled_trucks_lose_what_the_framework_prints() -> None:
    assert truck_leakage_kg(trucks=10) == Decimal("20.125")
    assert truck_leakage_kg(trucks=10, is_cooled=False) == Decimal("2.25")
    assert truck_leakage_kg(trucks=10, years=Decimal("0.5")) == Decimal("10.0625")
    assert leakage_kg([]) == 0


def test_the_screening_of_domestic_refrigeration_is_the_published_one() -> None:
    lost_kg = screened_kg(
        new_kg=Decimal(100),
        install_share=Decimal("0.01"),
        operating_kg=Decimal(1),
        leak_share=Decimal("0.005"),
        disposed_kg=Decimal("0.5"),
        remain_share=Decimal("0.8"),
        recovery_share=Decimal("0.7"),
    )

    assert refrigerant_emission(substance="R-32", lost_kg=lost_kg, gwp_set="ar4") == Decimal(
        "759.375"
    )


@given(charge=masses_kg, capacity=masses_kg, recharge=masses_kg, disposed=masses_kg)
def test_what_is_recovered_to_the_last_gram_was_not_lost(
    charge: Decimal, capacity: Decimal, recharge: Decimal, disposed: Decimal
) -> None:
    new_charge_kg = charge + capacity
    lost_kg = balanced_kg(
        new_charge_kg=new_charge_kg,
        new_capacity_kg=capacity,
        recharge_kg=recharge,
        disposed_capacity_kg=disposed,
        recovered_kg=Decimal(0),
    )

    assert lost_kg == charge + recharge + disposed
    assert not balanced_kg(
        new_charge_kg=new_charge_kg,
        new_capacity_kg=capacity,
        recharge_kg=recharge,
        disposed_capacity_kg=disposed,
        recovered_kg=lost_kg,
    )


def test_more_recovered_than_there_was_is_refused() -> None:
    with pytest.raises(Refused) as no:
        balanced_kg(
            new_charge_kg=Decimal(1),
            new_capacity_kg=Decimal(1),
            recharge_kg=Decimal(0),
            disposed_capacity_kg=Decimal(1),
            recovered_kg=Decimal("1.001"),
        )

    assert no.value.reason is Reason.MASS_BALANCE
    assert "recovered_kg 1.001" in no.value.detail


def test_a_charge_comes_from_the_plate_or_a_flagged_fall_back() -> None:
    assert (PLATE.charge_kg, PLATE.is_assumption, PLATE.dq) == (Decimal("0.8"), False, None)


@pytest.mark.parametrize(
    ("substance", "charge_kg"),
    [
        ("R-600a", "0.065"),
        ("R-134a", "0.125"),
        ("R-32", "0.9"),
        ("R-410A", "1.15"),
        ("r22", "0.95"),
    ],
)
def test_a_unit_without_a_plate_has_the_middle_of_its_range(substance: str, charge_kg: str) -> None:
    charge = charge_of(substance=substance, nameplate_g=None)

    assert (charge.charge_kg, charge.is_assumption, charge.dq) == (Decimal(charge_kg), True, 5)


def test_a_unit_of_which_nobody_knows_the_charge_is_refused() -> None:
    with pytest.raises(Refused) as no:
        charge_of(substance="R-290", nameplate_g=None)

    assert no.value.reason is Reason.MASS_MISSING


@pytest.mark.parametrize(
    ("outcomes", "emitted_kg", "ttw"),
    [
        ({VENTED: "0.8"}, "0.8", "616.800000"),
        ({DESTROYED: "0.8"}, "0", "0.000000"),
        ({RECLAIMED: "0.8"}, "0", "0.000000"),
        ({LEFT: "0.8"}, "0", "0.000000"),
        ({VENTED: "0.1", DESTROYED: "0.3", RECLAIMED: "0.2", LEFT: "0.2"}, "0.1", "77.100000"),
    ],
)
def test_only_what_was_vented_emits(
    outcomes: dict[RefrigerantOutcome, str], emitted_kg: str, ttw: str
) -> None:
    found = emission_of_unit(
        PLATE, {one: Decimal(kg) for one, kg in outcomes.items()}, gwp_set="ar6"
    )

    assert found.emitted_kg == Decimal(emitted_kg)
    assert str(found.ttw_kgco2e) == ttw
    assert found.left_in_unit_kg == Decimal(outcomes.get(LEFT, "0"))


def test_what_a_destruction_leaves_undestroyed_emits() -> None:
    found = emission_of_unit(
        PLATE, {DESTROYED: Decimal("0.8")}, gwp_set="ar6", destroyed_share=Decimal("0.99")
    )

    assert found.emitted_kg == Decimal("0.008")
    with pytest.raises(ValueError, match="destroyed_share must be from 0 to 1, got 2"):
        emission_of_unit(PLATE, {VENTED: Decimal("0.8")}, gwp_set="ar6", destroyed_share=Decimal(2))


@pytest.mark.parametrize(
    ("outcomes", "reason", "sentence"),
    [
        (
            {VENTED: "0.5", DESTROYED: "0.2"},
            Reason.MASS_BALANCE,
            "outcomes of R-32 add up to 0.7 kg, the charge is 0.8 kg",
        ),
        ({}, Reason.MASS_BALANCE, "outcomes of R-32 add up to 0 kg, the charge is 0.8 kg"),
        (
            {VENTED: "-0.1", DESTROYED: "0.9"},
            Reason.UNIT_BOUND,
            "vented must be finite and not negative, got -0.1 kg",
        ),
    ],
)
def test_outcomes_that_do_not_balance_are_refused(
    outcomes: dict[RefrigerantOutcome, str], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as no:
        emission_of_unit(PLATE, {one: Decimal(kg) for one, kg in outcomes.items()}, gwp_set="ar6")

    assert (no.value.reason, no.value.detail) == (reason, sentence)


@pytest.mark.parametrize(("one", "other"), [*product(RefrigerantOutcome, RefrigerantOutcome)])
def test_every_pair_of_outcomes_emits_what_is_vented_of_it(
    one: RefrigerantOutcome, other: RefrigerantOutcome
) -> None:
    half = Decimal("0.4")
    outcomes = {one: half, other: half} if one is not other else {one: half + half}

    found = emission_of_unit(PLATE, outcomes, gwp_set="ar6")

    assert found.emitted_kg == outcomes.get(VENTED, Decimal(0))


@given(parts=st.lists(masses_kg, min_size=4, max_size=4), gwp_set=st.sampled_from(["ar4", "ar6"]))
def test_a_balanced_unit_emits_never_more_than_its_charge(
    parts: list[Decimal], gwp_set: str
) -> None:
    outcomes = dict(zip(RefrigerantOutcome, parts, strict=True))
    charge = charge_of(substance="R-22", nameplate_g=sum(parts, start=Decimal(0)) * 1000)

    found = emission_of_unit(charge, outcomes, gwp_set=gwp_set)

    assert 0 <= found.emitted_kg <= charge.charge_kg
    assert found.emitted_kg == outcomes[VENTED]
    assert found.ttw_kgco2e == outcomes[VENTED] * found.gwp.gwp100


def test_a_gas_without_a_value_has_no_emission() -> None:
    with pytest.raises(Refused) as no:
        refrigerant_emission(substance="cyclopentane", lost_kg=Decimal(1), gwp_set="ar6")

    assert no.value.reason is Reason.GWP_UNKNOWN
