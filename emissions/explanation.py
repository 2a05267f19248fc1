"""What an explanation is made of: numbered steps, and the ranks that could not answer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.selection import RefusedRank


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the arithmetic; ``title`` is a symbolic id that a catalogue gives words to."""

    n: int = 0
    title: str
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
    """Every step of an answer, and the ranks of the factor selection that could not answer."""

    steps: tuple[Step, ...]
    refused_ranks: tuple[RefusedRank, ...]
    method: str
    method_version: str
    flags: tuple[str, ...]

    def step(self, title: str) -> Step:
        """Return the step called ``title``.

        Raises
        ------
        KeyError
            If this answer has no such step.
        """
        for step in self.steps:
            if step.title == title:
                return step
        raise KeyError(title)
