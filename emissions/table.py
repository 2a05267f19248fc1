"""Reading a CSV cell by cell; a bad cell becomes a defect, never a guess."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal

from emissions.defect import Defect
from emissions.finding import Word
from emissions.number import CONTEXT

YES_OR_NO = {"yes": True, "no": False}
# Python reads "1_000", " 1" and full-width digits as numbers; a publisher's figure is none of them.
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)
WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
MAX_SHOWN_VALUE = 200
FIGURE_LIMIT = Decimal(10) ** 12
MAX_DECIMALS = 18


class Line:
    """One line of a table: cells by column, and the defects found while reading them."""

    __slots__ = ("cells", "defects", "file", "number")

    def __init__(self, file: str, number: int, cells: dict[str, str]) -> None:
        """Hold the cells of line ``number`` of ``file``."""
        self.file = file
        self.number = number
        self.cells = cells
        self.defects: list[Defect] = []

    def blame(self, column: str, message: str, word: Word = Word.SCHEMA) -> None:
        """Note that ``column`` of this line is wrong."""
        value = self.cells.get(column, "")[:MAX_SHOWN_VALUE]
        self.defects.append(Defect(self.file, self.number, column, value, message, word.value))

    def text(self, column: str) -> str:
        """Return a cell that may be blank."""
        return self.cells[column]

    def needed(self, column: str) -> str:
        """Return a cell that must not be blank."""
        if not self.cells[column]:
            self.blame(column, "must not be blank", Word.BLANK)
        return self.cells[column]

    def one_of(self, column: str, allowed: frozenset[str], otherwise: Word = Word.SCHEMA) -> str:
        """Return a cell of a closed vocabulary."""
        if self.cells[column] not in allowed:
            self.blame(column, f"is none of {', '.join(sorted(allowed))}", otherwise)
        return self.cells[column]

    def flag(self, column: str) -> bool:
        """Return a cell that says yes or no."""
        self.one_of(column, frozenset(YES_OR_NO))
        return YES_OR_NO.get(self.cells[column], False)

    def number_or_none(self, column: str) -> Decimal | None:
        """Return a figure exactly as published, or ``None`` where none was."""
        if not self.cells[column]:
            return None
        cell = self.cells[column]
        if NUMBER.fullmatch(cell) is None:
            is_comma = DECIMAL_COMMA.fullmatch(cell) is not None
            self.blame(
                column, "is no decimal number", Word.DECIMAL_COMMA if is_comma else Word.SCHEMA
            )
            return None
        number = Decimal(cell)
        if number < 0:
            self.blame(column, "must not be negative", Word.NEGATIVE)
        if number >= FIGURE_LIMIT or _decimals(number) > MAX_DECIMALS:
            limit = f"must be below {FIGURE_LIMIT:f} with at most {MAX_DECIMALS} decimals"
            self.blame(column, limit)
            return None
        return number

    def whole_or_none(self, column: str) -> int | None:
        """Return a whole number, or ``None`` where the cell is blank."""
        if not self.cells[column]:
            return None
        if WHOLE.fullmatch(self.cells[column]) is None:
            self.blame(column, "is no whole number")
            return None
        return int(self.cells[column])


def _decimals(number: Decimal) -> int:
    """How many decimals a figure has, final zeros left out."""
    exponent = number.normalize(CONTEXT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def lines_of(file: str, text: str, columns: tuple[str, ...]) -> Iterator[Line]:
    """Yield the lines of a table whose header is exactly ``columns``.

    A wrong header or a line of another width yields a line that carries the defect alone.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = tuple(next(rows, ()))
        if header != columns:
            yield _blamed(file, 1, ",".join(header), f"header must be {','.join(columns)}")
            return
        for cells in rows:
            if len(cells) == len(columns):
                yield Line(file, rows.line_num, dict(zip(columns, cells, strict=True)))
            else:
                count = f"has {len(cells)} cells, not {len(columns)}"
                yield _blamed(file, rows.line_num, ",".join(cells), count)
    except csv.Error as error:
        yield _blamed(file, rows.line_num, "", f"cannot be read as CSV: {error}")


def _blamed(file: str, number: int, value: str, message: str) -> Line:
    line = Line(file, number, {"line": value})
    line.blame("line", message)
    return line
