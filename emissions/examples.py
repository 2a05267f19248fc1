"""Worked examples of standards put to the engine: what it answers, and what does not agree.

Nothing is keyed to an example: its formula and inputs decide, in any file of this form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, DecimalException
from typing import Any

from emissions.example_input import Inputs, Unsupported, has_decimal_comma, number_of
from emissions.formulas import row_of
from emissions.number import CONTEXT, ONE, ZERO
from schemas.refusal import Refused, shown

AGREES = "agrees"
NOTICE = "notice"
UNSUPPORTED = "unsupported"
DECIMAL_COMMA = "decimal_comma"
POWER_OF_TEN = "power_of_ten"
UNIT_TEXT = "unit_text"
TOTAL_INHERITS = "total_inherits"
DEFAULT_TOLERANCE_SHARE = Decimal("0.005")
TEN = Decimal(10)
# A result this many powers of ten off is a slipped point; further off it is just another result.
MAX_SLIPPED_DIGITS = 6
THOUSAND_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One example: what the engine got from its inputs, what was published, what that means."""

    id: str
    formula: str
    got: Decimal | None
    expected: str
    finding: str
    detail: str

    @property
    def is_defect(self) -> bool:
        """Whether the published result contradicts its own inputs."""
        return self.finding not in (AGREES, NOTICE, UNSUPPORTED)


def check_examples(examples: Sequence[Mapping[str, Any]]) -> list[Checked]:
    """Return every example judged, in the given order; the order changes no judgement.

    Parameters
    ----------
    examples
        Each with ``id``, ``formula``, ``inputs``, ``expected`` and perhaps ``tolerance`` (``abs``,
        ``rel``); numbers are ints, Decimals or texts.

    Notes
    -----
    Within its tolerance an example agrees, with a notice where it is more than one last printed
    place off; without a tolerance it has the larger of 0.5 % and one last place.

    Examples
    --------
    >>> example = {"id": "a", "formula": "t*km", "inputs": {"t": 2, "km": 30}, "expected": "60"}
    >>> [one.finding for one in check_examples([example])]
    ['agrees']
    """
    judged = [_judged(example) for example in examples]
    defects = [one for one in judged if one.is_defect]
    parts = [_parts_of(example) for example in examples]
    return [_inherited(one, part, defects) for one, part in zip(judged, parts, strict=True)]


def digits_of(number: Decimal) -> str:
    """Return the digits of ``number`` without an exponent, and without zeros that say nothing.

    Examples
    --------
    >>> digits_of(Decimal("0.086770720000")), digits_of(Decimal("1E+3"))
    ('0.08677072', '1000')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _judged(example: Mapping[str, Any]) -> Checked:
    unjudged = Checked(
        id=str(example.get("id", "")),
        formula=str(example.get("formula", "")),
        got=None,
        expected=str(example.get("expected", "")),
        finding=UNSUPPORTED,
        detail="",
    )
    row = row_of(unjudged.formula)
    if row is None:
        return replace(unjudged, detail=f"formula {shown(unjudged.formula)} is unknown")
    comma = _comma_in([example.get("inputs"), unjudged.expected])
    if comma is not None:
        detail = f"{shown(comma)} has a decimal comma: it is no number"
        return replace(unjudged, finding=DECIMAL_COMMA, detail=detail)
    try:
        inputs = Inputs(example.get("inputs"))
        got = row.compute(inputs)
        inputs.refuse_left_over()
    except (Unsupported, Refused, ValueError, DecimalException) as error:
        return replace(unjudged, detail=str(error) or type(error).__name__)
    return _compared(replace(unjudged, got=got), got, example, row.mismatch)


def _compared(
    unjudged: Checked, got: Decimal, example: Mapping[str, Any], mismatch: str
) -> Checked:
    try:
        expected = number_of("expected", example.get("expected"))
        limit = _tolerance(example.get("tolerance"), expected)
    except Unsupported as error:
        return replace(unjudged, detail=str(error))
    off = abs(CONTEXT.subtract(got, expected))
    detail = (
        f"got {digits_of(got)}, expected {unjudged.expected}, "
        f"off by {digits_of(off)}, tolerance {digits_of(limit)}"
    )
    if off > limit:
        finding = _slipped(got, expected, limit) or mismatch
    else:
        finding = AGREES if off <= _last_place(expected) else NOTICE
    return replace(unjudged, finding=finding, detail=detail)


def _tolerance(given: Any, expected: Decimal) -> Decimal:
    if not given:
        relative = CONTEXT.multiply(abs(expected), DEFAULT_TOLERANCE_SHARE)
        return max(relative, _last_place(expected))
    if not isinstance(given, Mapping) or not given.keys() <= {"abs", "rel"}:
        raise Unsupported(f"tolerance is neither abs nor rel: {shown(given)}")
    absolute = number_of("tolerance.abs", given.get("abs", ZERO))
    relative = number_of("tolerance.rel", given.get("rel", ZERO))
    return max(absolute, CONTEXT.multiply(abs(expected), relative))


def _last_place(number: Decimal) -> Decimal:
    """One unit of the last place that is printed: 0.01 of 6.64, 1 of 2273."""
    return ONE.scaleb(min(int(number.as_tuple().exponent), 0), CONTEXT)


def _slipped(got: Decimal, expected: Decimal, limit: Decimal) -> str | None:
    """The word for a result that is right but for its decimal point, or for its unit."""
    for digits in range(1, MAX_SLIPPED_DIGITS + 1):
        for moved in (digits, -digits):
            scale = CONTEXT.power(TEN, moved)
            off = abs(CONTEXT.subtract(got, CONTEXT.multiply(expected, scale)))
            room = CONTEXT.multiply(max(limit, _last_place(expected)), scale)
            if got and off <= room and off < abs(got):
                return UNIT_TEXT if digits == THOUSAND_DIGITS else POWER_OF_TEN
    return None


def _comma_in(given: Any) -> str | None:
    """The first text of the inputs, however deep, that has a decimal comma."""
    if isinstance(given, str):
        return given if has_decimal_comma(given) else None
    inner = given.values() if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping | list):
        return None
    return next((found for one in inner if (found := _comma_in(one)) is not None), None)


def _parts_of(example: Mapping[str, Any]) -> list[Decimal]:
    """The parts of a plain sum; nothing where the example is another formula."""
    if "".join(str(example.get("formula", "")).split()) != "sum":
        return []
    try:
        return Inputs(example.get("inputs")).rest()
    except Unsupported:
        return []


def _inherited(one: Checked, parts: list[Decimal], defects: list[Checked]) -> Checked:
    """A total that is wrong by exactly what one of its parts was published wrong by."""
    if not one.is_defect or one.got is None:
        return one
    off = CONTEXT.subtract(one.got, Decimal(one.expected))
    for part in defects:
        if part is one or part.got is None or part.got not in parts:
            continue
        if off == CONTEXT.subtract(part.got, Decimal(part.expected)):
            detail = f"{one.detail}; right only with {part.expected} of {part.id}"
            return replace(one, finding=TOTAL_INHERITS, detail=detail)
    return one
