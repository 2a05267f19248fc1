"""The mass a line states: its own number, a pointer to another line's consignment, or neither."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from schemas.quantity import BOUNDS, refuse_outside
from schemas.refusal import Reason, Refused, shown
from streams.history.fields import Row, number_in, text_of
from streams.history.rules import ColumnRule

HEAVY_MASS_KG = Decimal(60_000)
MAX_PATTERNS = 64


@dataclass(frozen=True, slots=True)
class StatedMass:
    """Exactly one of the three is given."""

    mass_kg: Decimal | None = None
    points_to: str | None = None
    problem: Refused | None = None


def stated_mass(rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> StatedMass:
    """Return what a line says about its mass."""
    text = text_of(rule, row, null_text)
    if text is None:
        return StatedMass(problem=Refused(Reason.MASS_MISSING, "mass_kg is empty"))
    pointer = _compiled(rule.pointer).fullmatch(text) if rule.pointer else None
    if pointer is not None:
        return StatedMass(points_to=pointer[1])
    number = number_in(text)
    if number is None:
        sentence = f"mass_kg {shown(text)!r} is no number and no pointer"
        return StatedMass(problem=Refused(Reason.MASS_MISSING, sentence))
    return _own(number)


def _own(number: Decimal) -> StatedMass:
    if number <= 0:
        sentence = f"mass_kg must be above 0, got {number}"
        return StatedMass(problem=Refused(Reason.MASS_NOT_POSITIVE, sentence))
    try:
        refuse_outside("mass_kg", number, BOUNDS["mass_kg"])
    except Refused as no:
        return StatedMass(problem=no)
    return StatedMass(mass_kg=number)


@lru_cache(maxsize=MAX_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
