"""Reading a packaged CSV cell by cell; a bad cell becomes a defect, never a guess."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from emissions.defect import Defect

YES_OR_NO = {"yes": True, "no": False}


class Line:
    """One line of a table: cells by column, and the defects found while reading them."""

    __slots__ = ("cells", "defects", "file", "number")

    def __init__(self, file: str, number: int, cells: dict[str, str]) -> None:
        """Hold the cells of line ``number`` of ``file``."""
        self.file = file
        self.number = number
        self.cells = cells
        self.defects: list[Defect] = []

    def blame(self, column: str, message: str) -> None:
        """Note that ``column`` of this line is wrong."""
        value = self.cells.get(column, "")
        self.defects.append(Defect(self.file, self.number, column, value, message))

    def text(self, column: str) -> str:
        """Return a cell that may be blank."""
        return self.cells[column]

    def needed(self, column: str) -> str:
        """Return a cell that must not be blank."""
        if not self.cells[column]:
            self.blame(column, "must not be blank")
        return self.cells[column]

    def one_of(self, column: str, allowed: frozenset[str]) -> str:
        """Return a cell of a closed vocabulary."""
        if self.cells[column] not in allowed:
            self.blame(column, f"is none of {', '.join(sorted(allowed))}")
        return self.cells[column]

    def flag(self, column: str) -> bool:
        """Return a cell that says yes or no."""
        self.one_of(column, frozenset(YES_OR_NO))
        return YES_OR_NO.get(self.cells[column], False)

    def number_or_none(self, column: str) -> Decimal | None:
        """Return a figure exactly as published, or ``None`` where none was."""
        if not self.cells[column]:
            return None
        try:
            number = Decimal(self.cells[column])
        except InvalidOperation:
            self.blame(column, "is no decimal number")
            return None
        if not number.is_finite() or number < 0:
            self.blame(column, "must be finite and not negative")
        return number

    def whole_or_none(self, column: str) -> int | None:
        """Return a whole number, or ``None`` where the cell is blank."""
        if not self.cells[column]:
            return None
        if not self.cells[column].isdecimal():
            self.blame(column, "is no whole number")
            return None
        return int(self.cells[column])


def lines_of(file: str, text: str, columns: tuple[str, ...]) -> Iterator[Line]:
    """Yield the lines of a table whose header is exactly ``columns``.

    A wrong header or a line of another width yields a line that carries the defect alone.
    """
    rows = csv.reader(io.StringIO(text))
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


def _blamed(file: str, number: int, value: str, message: str) -> Line:
    line = Line(file, number, {"line": value})
    line.blame("line", message)
    return line
