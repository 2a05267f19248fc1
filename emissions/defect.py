"""What is wrong with a file of factors, told at once and by its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from emissions.finding import Word

MAX_SHOWN_DEFECTS = 50


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong: the file, the line (0 for the whole file), the column and its value.

    ``word`` is the finding of the specification it falls under, or ``schema``.
    """

    file: str
    line: int
    column: str
    value: str
    message: str
    word: str = Word.SCHEMA.value

    def __str__(self) -> str:
        """Return the defect as one line for a person."""
        place = f"{self.file}:{self.line} {self.column}={self.value!r}"
        return f"{place} {self.message} [{self.word}]"


class FactorFileError(Exception):
    """A file cannot be trusted; ``defects`` holds all that is wrong with it."""

    def __init__(self, defects: Iterable[Defect]) -> None:
        """Keep every defect and show the first of them."""
        self.defects = tuple(defects)
        shown = [str(defect) for defect in self.defects[:MAX_SHOWN_DEFECTS]]
        left_out = len(self.defects) - len(shown)
        super().__init__("\n".join([*shown, *([f"and {left_out} more"] if left_out else [])]))
