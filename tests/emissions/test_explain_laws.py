"""What holds for the explanation of every kind of result: its digits, its sums and its sources."""

import ast
import json
import re
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import pytest

from emissions.explain_steps import ROUNDED_3, ROUNDED_KG
from emissions.explanation import INVENTORY, WTT_AND_TTW_ARE_WTW, ExplainMismatch, Step
from emissions.explanation_form import explanation_json, explanation_text
from emissions.number import CONTEXT, quantise_3, quantise_kg
from emissions.step_titles import LANGUAGES, words
from tests.emissions.explain_cases import CASES, KINDS, SEEDS, Case

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
NO_SUM = {"great_circle", "distance", "daf", "share_extra_total", "share_extra_ttw", "mass",
    "share_extra_wtt"}  # fmt: skip
OPERATIONS = {
    ast.Add: CONTEXT.add,
    ast.Sub: CONTEXT.subtract,
    ast.Mult: CONTEXT.multiply,
    ast.Div: CONTEXT.divide,
}


def value_of(node: ast.AST, text: str) -> Decimal:
    """The arithmetic of a line, done again by whoever reads it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return Decimal(int(value_of(node.left, text)) % int(value_of(node.right, text)))
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](value_of(node.left, text), value_of(node.right, text))
    if isinstance(node, ast.UnaryOp):
        return -value_of(node.operand, text)
    if isinstance(node, ast.Call):
        return value_of(node.args[0], text).to_integral_value(ROUND_FLOOR)
    return Decimal(ast.get_source_segment(text, node) or "")


def done_again(shown: str) -> Decimal:
    arithmetic = shown.replace(" mod ", " % ").replace(" x ", " * ")
    without_units = re.sub(r"\b(?!floor\b)[a-z][a-z0-9_]*", "", arithmetic)
    tidy = re.sub(r"\s+", " ", without_units).strip()
    return value_of(ast.parse(tidy, mode="eval").body, tidy)


def rounded(step: Step, exact: Decimal) -> Decimal:
    if step.rounding.startswith(ROUNDED_KG):
        return quantise_kg(exact)
    return quantise_3(exact) if step.rounding == ROUNDED_3 else exact


def test_ten_different_results_of_every_kind_are_explained() -> None:
    told = {(case.name, str(case.stored)) for case in CASES}

    assert len(told) == len(CASES) == len(KINDS) * len(SEEDS)


@EVERY_CASE
def test_the_last_digits_are_those_that_were_stored(case: Case) -> None:
    explanation = case.explained()

    for (title, subject), kgco2e in case.milligrams.items():
        found = explanation.step(title, subject).value
        assert f"{found:.6f}" == f"{found:f}" == f"{kgco2e:f}"


@EVERY_CASE
def test_every_line_can_be_done_again_with_the_figures_it_shows(case: Case) -> None:
    done = 0
    for step in case.explained().steps:
        shown, equals, exact = step.substituted.rpartition(" = ")
        if equals and step.title not in NO_SUM:
            assert done_again(shown) == Decimal(exact), step
            assert rounded(step, Decimal(exact)) == step.value, step
            done += 1
    assert done


@EVERY_CASE
def test_a_changed_digit_is_named_with_both_values(case: Case) -> None:
    with pytest.raises(ExplainMismatch, match=rf"{case.field} is stored as .*, computed as"):
        case.explain(case.tampered)


@EVERY_CASE
def test_steps_are_numbered_and_parts_are_told_to_add_up(case: Case) -> None:
    explanation = case.explained()

    assert [step.n for step in explanation.steps] == [*range(1, len(explanation.steps) + 1)]
    assert explanation.checks[0] == "digits_as_stored"
    if ("wtt", "") in case.milligrams:
        assert WTT_AND_TTW_ARE_WTW in explanation.checks
        parts = [explanation.step(part).value for part in ("ttw", "wtt", "wtw")]
        assert parts[0] + parts[1] == parts[2]


@EVERY_CASE
def test_only_what_was_avoided_is_outside_the_inventory(case: Case) -> None:
    is_avoided = case.name in ("avoided", "saving")

    assert (case.explained().ledger != INVENTORY) is is_avoided


@EVERY_CASE
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_names_every_figure_factor_and_source_cell(case: Case, language: str) -> None:
    explanation = case.explained()

    text = explanation_text(explanation, language)

    for step in explanation.steps:
        title = words()["title"][step.title][language]
        subject = f" [{step.subject}]" if step.subject else ""
        assert f"{step.n}. {title}{subject}: {step.value:f}" in text
        for told in (step.factor_id, step.cell, step.licence, step.formula, step.substituted):
            assert not told or told in text
    for rank in explanation.refused_ranks:
        assert f"({rank.method}): {rank.why}" in text


def leaves(told: Any) -> list[Any]:
    if isinstance(told, dict):
        return [leaf for one in told.values() for leaf in leaves(one)]
    return [leaf for one in told for leaf in leaves(one)] if isinstance(told, list) else [told]


@EVERY_CASE
def test_json_carries_figures_as_text_and_nothing_null(case: Case) -> None:
    explanation = case.explained()

    told = json.loads(json.dumps(explanation_json(explanation)))

    assert not [leaf for leaf in leaves(told) if leaf is None or isinstance(leaf, float)]
    assert [step["value"] for step in told["steps"]] == [
        f"{step.value:f}" for step in explanation.steps
    ]
    assert told["ledger"] == explanation.ledger


def test_a_factor_is_named_by_every_kind_that_stands_on_one() -> None:
    without = {case.name for case in CASES if not any(s.cell for s in case.explained().steps)}

    assert without == {"allocation", "saving"}
