"""Stored numbers with the arithmetic behind them, as JSON and as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emissions.explanation import Explanation
from emissions.explanation_form import explanation_json, explanation_text

#: What an id may name, in the order in which it is looked for.
KINDS = ("shipment", "leg", "unit", "forklift_interval", "hub_month")
NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedResult:
    """One stored result with its arithmetic, or with the sentence why there is none.

    ``emission`` is what is stored, in kg CO2e by part; ``events`` the rows it comes to, each with
    its event and its place in the log.
    """

    kind: str
    result_id: str
    emission: Mapping[str, Decimal]
    events: Sequence[Mapping[str, Any]]
    explanation: Explanation | None = None
    mismatch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything that an id names, and what it comes to."""

    kind: str
    asked: str
    results: Sequence[ExplainedResult]
    emission: Mapping[str, Decimal]
    is_cut: bool = False

    @property
    def reconciles(self) -> bool:
        """Whether every result was computed again to its last digit and they add up to the sum."""
        parts = {
            name: sum((one.emission.get(name, Decimal(0)) for one in self.results), Decimal(0))
            for name in self.emission
        }
        is_whole = bool(self.results) and not self.is_cut
        done_again = all(one.explanation for one in self.results)
        return is_whole and done_again and parts == dict(self.emission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A leg's emission in kg CO2e by part, its activity, and the arithmetic; nothing is stored."""

    emission: Mapping[str, Decimal]
    transport_tkm: Decimal
    explanation: Explanation


def estimate_json(found: Estimate) -> dict[str, Any]:
    """Return an estimate as JSON has it: figures as strings."""
    return {
        "emission": _plain(found.emission),
        "transport_tkm": f"{found.transport_tkm}",
        "explanation": explanation_json(found.explanation),
    }


def as_json(found: Explained) -> dict[str, Any]:
    """Return what was found as JSON has it: figures as strings, times as ISO, nothing null."""
    return {
        "kind": found.kind,
        "id": found.asked,
        "emission": _plain(found.emission),
        "reconciles": found.reconciles,
        "is_cut": found.is_cut,
        "results": [_result_json(one) for one in found.results],
    }


def as_text(found: Explained, language: str) -> str:
    """Return what was found as numbered lines in ``zh`` or ``en``."""
    blocks = [f"{found.kind} {found.asked}: {_told(found.emission) or NOTHING}"]
    if found.is_cut:
        blocks.append(f"the first {len(found.results)} results only")
    for one in found.results:
        where = ", ".join(
            f"{at['event_id']} ({at['topic']}/{at['log_partition']}@{at['log_offset']})"
            for at in one.events
        )
        head = f"== {one.kind} {one.result_id}: {_told(one.emission)}\n   {where}"
        body = (
            f"   {one.mismatch}"
            if one.explanation is None
            else explanation_text(one.explanation, language)
        )
        blocks.append(f"{head}\n{body}")
    return "\n\n".join(blocks) + "\n"


def _told(emission: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {value:f}" for name, value in emission.items())


def _result_json(one: ExplainedResult) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": one.kind,
        "result_id": one.result_id,
        "emission": _plain(one.emission),
        "events": [_plain(event) for event in one.events],
    }
    if one.explanation is not None:
        return told | {"explanation": explanation_json(one.explanation)}
    return told | {"mismatch": one.mismatch}


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int) else f"{value}"
        for name, value in told.items()
        if value is not None
    }
