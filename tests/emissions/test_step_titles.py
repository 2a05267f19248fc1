"""Every id that an explanation can hold has its words in both languages."""

import ast
from pathlib import Path

import pytest

import emissions
from emissions import explain_steps, explanation
from emissions.avoided import AvoidedLedger
from emissions.selection import RANKS
from emissions.step_titles import LANGUAGES, words
from tests.emissions.explain_cases import CASES
from tests.emissions.test_explain import EVERY_KIND, explained

STEPS = [step for case in CASES for step in case.explained().steps] + [
    step for question in EVERY_KIND for step in explained(question).steps
]
MODULES = sorted(Path(emissions.__file__).parent.glob("explain*.py"))
ROUNDINGS = {
    value for name, value in vars(explain_steps).items()
    if name in ("EXACT", "UNROUNDED", "AS_PUBLISHED") or name.startswith("ROUNDED_")
}  # fmt: skip


def literal_titles() -> set[str]:
    """Titles written out in the code: ``title="..."`` and the first word of a step's function."""
    nodes = [node for path in MODULES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    named = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "title"]
    first = [
        node.args[0]
        for node in nodes
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "").endswith("_step")
        and node.args
    ]
    told = [one.value for one in named + first if isinstance(one, ast.Constant)]
    return {one for one in told if isinstance(one, str) and one}


def test_every_title_that_is_emitted_has_its_words_and_every_word_is_emitted() -> None:
    assert {step.title for step in STEPS} == set(words()["title"])


def test_every_title_that_is_written_in_the_code_has_its_words() -> None:
    assert len(literal_titles()) > 30
    assert literal_titles() <= set(words()["title"])


def test_every_rounding_has_its_words() -> None:
    assert ROUNDINGS | {step.rounding for step in STEPS} == set(words()["rounding"])


def test_every_method_check_and_ledger_has_its_words() -> None:
    told = [case.explained() for case in CASES]

    assert {one.method for one in told} | {name for name, _ in RANKS} == set(words()["method"])
    assert {check for one in told for check in one.checks} == set(words()["check"])
    assert {explanation.INVENTORY, *AvoidedLedger} == set(words()["ledger"])


@pytest.mark.parametrize("kind", sorted(words()))
def test_every_word_is_said_in_both_languages(kind: str) -> None:
    for word_id, said in words()[kind].items():
        assert said.keys() == set(LANGUAGES), word_id
        assert all(said.values()), word_id
