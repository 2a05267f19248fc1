"""What an explanation is made of: numbered steps, verified laws, and ranks without an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from emissions.factor import Factor
from emissions.question import METHOD_VERSION
from emissions.selection import RefusedRank

INVENTORY = "inventory"
# Laws that were verified on the way; a catalogue gives them words, as it does to titles.
DIGITS_AS_STORED = "digits_as_stored"
WTT_AND_TTW_ARE_WTW = "wtt_and_ttw_are_wtw"
PARTS_ARE_TOTAL = "parts_are_total"
OUTCOMES_ARE_CHARGE = "outcomes_are_charge"
FIGURES_OF_FACTORS = "figures_of_factors"
LEDGERS_APART = "ledgers_apart"
NOTHING = "nothing"


class ExplainMismatch(Exception):
    """A stored answer is not what its question gives: the message names field and both values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the arithmetic; ``title`` is a symbolic id that a catalogue gives words to.

    Where several of a kind are told (consignments, meters, gases) ``subject`` says which one it is.
    """

    n: int = 0
    title: str
    subject: str = ""
    formula: str
    substituted: str
    value: Decimal
    unit: str
    rounding: str
    reference: str
    is_assumption: bool = False
    note: str = ""
    factor_id: str | None = None
    set_id: str | None = None
    set_version: str | None = None
    set_sha256: str | None = None
    cell: str | None = None
    source: str | None = None
    licence: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Every step of an answer, the laws verified, and the ranks that could not answer.

    ``ledger`` says where the answer belongs: what was avoided is no part of the inventory.
    """

    steps: tuple[Step, ...]
    refused_ranks: tuple[RefusedRank, ...]
    method: str
    method_version: str
    flags: tuple[str, ...]
    checks: tuple[str, ...] = ()
    ledger: str = INVENTORY

    def step(self, title: str, subject: str | None = None) -> Step:
        """Return the first step called ``title``, of ``subject`` where one is given.

        Raises
        ------
        KeyError
            If this answer has no such step.
        """
        for step in self.steps:
            if step.title == title and subject in (None, step.subject):
                return step
        raise KeyError(title if subject is None else f"{title} of {subject}")


def explained(
    steps: Iterable[Step],
    *,
    method: str,
    flags: tuple[str, ...] = (),
    checks: tuple[str, ...] = (),
    refused: tuple[RefusedRank, ...] = (),
    ledger: str = INVENTORY,
) -> Explanation:
    """Return ``steps``, numbered, as the explanation of an answer that was computed anew."""
    return Explanation(
        steps=tuple(replace(step, n=n) for n, step in enumerate(steps, start=1)),
        refused_ranks=refused,
        method=method,
        method_version=METHOD_VERSION,
        flags=flags,
        checks=(DIGITS_AS_STORED, *checks),
        ledger=ledger,
    )


def refuse_other_digits(computed: object, stored: object, name: str = "") -> None:
    """Compare two answers of one type, down to the first number, text or factor that differs.

    Raises
    ------
    ExplainMismatch
        If there is one: it names the field, the stored and the computed value.

    Examples
    --------
    >>> refuse_other_digits({"C-01": Decimal(2)}, {"C-01": Decimal(3)}, "parts")
    Traceback (most recent call last):
    emissions.explanation.ExplainMismatch: parts[C-01] is stored as 3, computed as 2
    """
    if computed == stored:
        return
    left, right = _inner(computed), _inner(stored)
    if not left or not right:
        raise ExplainMismatch(f"{name} is stored as {_said(stored)}, computed as {_said(computed)}")
    for inner in {**right, **left}:
        refuse_other_digits(
            left.get(inner, NOTHING), right.get(inner, NOTHING), f"{name}{inner}".lstrip(".")
        )
    raise ExplainMismatch(f"{name} is stored as {stored}, computed as {computed}")


def _inner(value: object) -> dict[str, Any]:
    """What ``value`` is made of, by how one would write it behind its name."""
    if isinstance(value, Mapping):
        return {f"[{key}]": one for key, one in value.items()}
    if isinstance(value, tuple) and value and not hasattr(value, "_fields"):
        is_told = not all(isinstance(one, str) for one in value)
        return {f"[{n}]": one for n, one in enumerate(value)} if is_told else {}
    return {f".{one}": getattr(value, one) for one in _field_names(value)}


def _field_names(value: object) -> tuple[str, ...]:
    if isinstance(value, Factor):
        return ()
    if is_dataclass(value):
        return tuple(one.name for one in fields(value))
    named: tuple[str, ...] = getattr(value, "_fields", ())
    return named or getattr(value, "__struct_fields__", ())


def _said(value: object) -> object:
    return value.factor_id if isinstance(value, Factor) else value
