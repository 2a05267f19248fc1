"""Refrigerants explained: a balance, a blend by its mass shares, and what reached the air."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emissions.explain_refrigerant import explain_refrigerant, gwp_steps
from emissions.explanation import OUTCOMES_ARE_CHARGE, ExplainMismatch, Explanation
from emissions.gwp import gwp_of
from emissions.refrigerant import Charge, charge_of, emission_of_unit
from schemas.refusal import Refused
from tests.emissions.test_refrigerant import DESTROYED, LEFT, VENTED

HALF_VENTED = {VENTED: Decimal("0.06"), DESTROYED: Decimal("0.05"), LEFT: Decimal("0.01")}
NEARLY_ALL = Decimal("0.98")


def plate(substance: str = "R-134a", nameplate_g: int | None = 120) -> Charge:
    grams = None if nameplate_g is None else Decimal(nameplate_g)
    return charge_of(substance=substance, nameplate_g=grams)


def explained(charge: Charge, share: Decimal = NEARLY_ALL, gwp_set: str = "ar6") -> Explanation:
    outcomes = HALF_VENTED if charge.charge_kg == Decimal("0.12") else {VENTED: charge.charge_kg}
    unit = emission_of_unit(charge, outcomes, gwp_set=gwp_set, destroyed_share=share)
    return explain_refrigerant(charge, outcomes, gwp_set=gwp_set, destroyed_share=share, unit=unit)


def test_a_unit_is_told_from_its_plate_to_the_air() -> None:
    told = explained(plate())

    assert told.step("balance").substituted == "0.06 + 0.05 + 0.01 = 0.12"
    assert told.step("undestroyed").substituted == "0.05 x (1 - 0.98) = 0.001"
    assert told.step("emitted").substituted == "0.06 + 0.001 = 0.061"
    assert told.step("ttw").substituted == "0.061 kg x 1530 = 93.33"
    assert told.step("left_in_unit").value == Decimal("0.01")
    assert OUTCOMES_ARE_CHARGE in told.checks


def test_a_blend_is_computed_step_by_step_from_its_mass_shares() -> None:
    told = explained(plate("R-407C", 1_000))

    shares = [step.substituted for step in told.steps if step.title == "gwp_by_mass"]
    assert shares == ["0.23 x 771 = 177.33", "0.25 x 3740 = 935", "0.52 x 1530 = 795.6"]
    assert told.step("gwp", "R-407C").substituted == "177.33 + 935 + 795.6 = 1907.93"


def test_every_species_leads_to_its_set_its_cell_and_its_licence() -> None:
    step = explained(plate()).step("gwp_species")

    assert (step.set_id, step.cell, step.licence) == ("ipcc_gwp", "HFC134a:ar6", "CC0-1.0")
    assert step.set_sha256
    assert step.note == "verification: secondary"


def test_an_assumed_charge_and_an_assumed_destruction_are_marked() -> None:
    assumed = explained(plate("R-600a", None))

    assert assumed.step("charge").is_assumption
    assert not explained(plate()).step("charge").is_assumption
    assert explained(plate(), Decimal(1)).step("undestroyed").is_assumption
    assert not explained(plate()).step("undestroyed").is_assumption


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"emitted_kg": Decimal(1)}, r"emitted_kg is stored as 1, computed as 0\.061"),
        ({"left_in_unit_kg": Decimal(0)}, r"left_in_unit_kg is stored as 0, computed as 0\.01"),
        (
            {"gwp": gwp_of(substance="R-134a", gwp_set="ar5")},
            "gwp.gwp_set is stored as ar5, computed as ar6",
        ),
    ],
)
def test_a_unit_of_other_figures_is_named(changed: dict[str, object], sentence: str) -> None:
    charge = plate()
    unit = emission_of_unit(charge, HALF_VENTED, gwp_set="ar6", destroyed_share=NEARLY_ALL)

    with pytest.raises(ExplainMismatch, match=sentence):
        explain_refrigerant(
            charge, HALF_VENTED, gwp_set="ar6", destroyed_share=NEARLY_ALL,
            unit=replace(unit, **changed),  # type: ignore[arg-type]
        )  # fmt: skip


def test_a_potential_that_is_not_what_its_species_give_is_named() -> None:
    typed_in = replace(gwp_of(substance="R-410A", gwp_set="ar6"), gwp100=Decimal("2225.5"))

    with pytest.raises(ExplainMismatch, match=r"gwp is stored as 2225\.5, computed as 2255\.5"):
        gwp_steps(typed_in)


def test_outcomes_that_do_not_balance_are_refused_as_the_engine_does() -> None:
    charge = plate()
    unit = emission_of_unit(charge, HALF_VENTED, gwp_set="ar6")

    with pytest.raises(Refused, match=r"add up to 0\.06 kg"):
        explain_refrigerant(charge, {VENTED: Decimal("0.06")}, gwp_set="ar6", unit=unit)
