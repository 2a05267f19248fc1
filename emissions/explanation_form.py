"""An explanation as JSON and as text in Chinese or English: formatting alone, no sums."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from emissions.explanation import Explanation, Step
from emissions.step_titles import word

INDENT = "   "
OPEN_END = ".."  # as ISO 8601-2 writes an interval without an end


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return ``explanation`` as JSON has it: figures as strings, days as ISO, nothing null.

    What a step does not have is left out; ``n`` is its place and stays an integer.

    Examples
    --------
    >>> from emissions.explanation import explained
    >>> explanation_json(explained([], method="allocation"))["checks"]
    ['digits_as_stored']
    """
    return {
        "ledger": explanation.ledger,
        "method": explanation.method,
        "method_version": explanation.method_version,
        "flags": list(explanation.flags),
        "checks": list(explanation.checks),
        "steps": [_step_json(step) for step in explanation.steps],
        "refused_ranks": [one._asdict() for one in explanation.refused_ranks],
    }


def explanation_text(explanation: Explanation, language: str) -> str:
    """Return ``explanation`` as numbered lines for people, in ``zh`` or ``en``.

    Formulas, flags and notes stay as they are; what has an id is said in words.

    Raises
    ------
    KeyError
        If the catalogue lacks a word: a test finds that before a reader does.
    ValueError
        If there is no such language.

    Examples
    --------
    >>> from emissions.explanation import explained
    >>> print(explanation_text(explained([], method="allocation"), "en"))
    ledger: inventory
    method: allocation by largest remainder (iso14083-1)
    verified: every digit computed anew is the stored one
    """
    lines = [
        *_head_lines(explanation, language),
        *(line for step in explanation.steps for line in _step_lines(step, language)),
        *_refused_lines(explanation, language),
        *(
            _labelled("checks", word("check", check, language), language)
            for check in explanation.checks
        ),
    ]
    return "\n".join(lines)


def _step_json(step: Step) -> dict[str, Any]:
    told = {field.name: getattr(step, field.name) for field in fields(step)}
    return {name: _plain(value) for name, value in told.items() if value not in (None, "")}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _labelled(label: str, value: object, language: str) -> str:
    return f"{word('label', label, language)}: {value}"


def _head_lines(explanation: Explanation, language: str) -> Iterator[str]:
    method = word("method", explanation.method, language)
    yield _labelled("ledger", word("ledger", explanation.ledger, language), language)
    yield _labelled("method", f"{method} ({explanation.method_version})", language)
    if explanation.flags:
        yield _labelled("flags", ", ".join(explanation.flags), language)


def _step_lines(step: Step, language: str) -> Iterator[str]:
    subject = f" [{step.subject}]" if step.subject else ""
    unit = "" if step.unit == "1" else f" {step.unit}"
    yield f"{step.n}. {word('title', step.title, language)}{subject}: {step.value:f}{unit}"
    for label, value in _details(step, language):
        yield INDENT + _labelled(label, value, language)
    if step.is_assumption:
        yield INDENT + word("label", "assumption", language)


def _details(step: Step, language: str) -> Iterator[tuple[str, str]]:
    """What is known of a step, by its label; what is not known has no line."""
    valid_to = step.valid_to.isoformat() if step.valid_to else OPEN_END
    told = (
        ("formula", step.formula),
        ("substituted", step.substituted),
        ("rounding", word("rounding", step.rounding, language)),
        ("factor", step.factor_id),
        ("set", " ".join(one for one in (step.set_id, step.set_version, step.set_sha256) if one)),
        ("cell", step.cell),
        ("source", step.source),
        ("licence", step.licence),
        ("validity", f"{step.valid_from.isoformat()} / {valid_to}" if step.valid_from else ""),
        ("reference", "" if step.reference == step.source else step.reference),
        ("note", step.note),
    )
    yield from ((label, value) for label, value in told if value)


def _refused_lines(explanation: Explanation, language: str) -> Iterator[str]:
    if explanation.refused_ranks:
        yield f"{word('label', 'refused', language)}:"
    for rank in explanation.refused_ranks:
        yield f"{INDENT}{word('method', rank.method, language)} ({rank.method}): {rank.why}"
