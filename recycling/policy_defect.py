"""What is wrong with a file of rules or prices, told at once and by its place."""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_SHOWN_DEFECTS = 50


@dataclass(frozen=True, slots=True)
class RuleDefect:
    """One thing wrong: the file, the key with its table, and the value that stands there."""

    file: str
    key: str
    value: str
    message: str

    def __str__(self) -> str:
        """Return the defect as one line for a person."""
        return f"{self.file}: {self.key} = {self.value} {self.message}"


class RuleFileError(Exception):
    """Files cannot be trusted; ``defects`` holds all that is wrong with all of them."""

    def __init__(self, defects: Iterable[RuleDefect]) -> None:
        """Keep every defect and show the first of them."""
        self.defects = tuple(defects)
        lines = [str(defect) for defect in self.defects]
        if len(lines) > MAX_SHOWN_DEFECTS:
            lines[MAX_SHOWN_DEFECTS:] = [f"and {len(lines) - MAX_SHOWN_DEFECTS} more"]
        super().__init__("\n".join(lines))
