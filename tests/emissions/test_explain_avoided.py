"""What was avoided is explained in its own ledger, and says so in both languages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emissions.avoided import AvoidedLedger, saved_by_action
from emissions.explain_avoided import explain_avoided, explain_saving
from emissions.explanation import INVENTORY, LEDGERS_APART, ExplainMismatch
from emissions.explanation_form import explanation_text
from emissions.read import load_book
from tests.emissions.test_avoided import lot

RUNS = (Decimal(8), Decimal("9.5"))


def test_a_lot_is_told_from_its_mass_to_the_difference_of_two_figures() -> None:
    told = explain_avoided(lot("pp", "4.2"), book=load_book())

    assert told.step("mass_t").substituted == "4.2 / 1000 = 0.0042"
    assert told.step("avoided_per_t").unit == "kgco2e/t"
    assert told.step("avoided").substituted == "0.0042 t x 1265 = 5.313"
    assert (told.ledger, told.ledger != INVENTORY) == ("avoided_recycling", True)
    assert LEDGERS_APART in told.checks


def test_a_proxy_is_marked_at_both_of_its_figures() -> None:
    told = explain_avoided(lot("aluminium"), book=load_book())

    assert told.step("factor_primary").is_assumption
    assert told.step("factor_closed_loop").is_assumption
    assert told.flags == ("proxy_material",)


def test_a_plan_that_emitted_more_is_told_below_zero() -> None:
    without, run = RUNS
    result = saved_by_action(subject_id="S-1", counterfactual_kgco2e=without, run_kgco2e=run)

    told = explain_saving(result, counterfactual_kgco2e=without, run_kgco2e=run)

    assert told.step("saved").substituted == "8 - 9.5 = -1.5"
    assert told.ledger == "saved_by_action"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "ledger: avoided by recycling, no part of the inventory"), ("zh", "不属于排放清单")],
)
def test_the_text_says_that_it_is_no_part_of_the_inventory(language: str, sentence: str) -> None:
    text = explanation_text(explain_avoided(lot(), book=load_book()), language)

    assert sentence in text


def test_a_result_of_the_other_ledger_is_not_explained_away() -> None:
    without, run = RUNS
    saved = saved_by_action(subject_id="S-1", counterfactual_kgco2e=without, run_kgco2e=run)

    with pytest.raises(ExplainMismatch, match="ledger is stored as saved_by_action"):
        explain_avoided(saved, book=load_book())
    with pytest.raises(ExplainMismatch, match="ledger is stored as avoided_recycling, computed"):
        explain_saving(lot(), counterfactual_kgco2e=without, run_kgco2e=run)
    with pytest.raises(ExplainMismatch, match="ledger is stored as saved_by_action, computed"):
        explain_avoided(replace(lot(), ledger=AvoidedLedger.SAVED_BY_ACTION), book=load_book())
