"""Tables that fit the terminal: the widest columns give way, and say that they did."""

import shutil
from collections.abc import Sequence

DEFAULT_WIDTH = 100
LEAST_COLUMN = 8
GAP = "  "
CUT = "~"


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, width: int, whole: int = 0
) -> list[str]:
    """Return the lines of a table that is at most ``width`` characters wide, if it can be.

    The first ``whole`` columns are never cut: an id that was cut can be asked of nobody.

    Examples
    --------
    >>> table(["set", "rows"], [["defra_2025", 322]], width=40)
    ['set         rows', '----------  ----', 'defra_2025  322']
    >>> table(["set"], [["a_very_long_name"]], width=8)
    ['set', '--------', 'a_very_~']
    """
    cells = [[_text(value) for value in row] for row in rows]
    natural = [
        max([len(name), *(len(row[at]) for row in cells)]) for at, name in enumerate(columns)
    ]
    widths = _fitting(natural, room=width - len(GAP) * (len(columns) - 1), whole=whole)
    lines = [list(columns), ["-" * one for one in widths], *cells]
    return [
        GAP.join(_fitted(cell, one) for cell, one in zip(row, widths, strict=True)).rstrip()
        for row in lines
    ]


def _fitting(natural: Sequence[int], *, room: int, whole: int) -> list[int]:
    """Take one character at a time from the widest column that may be cut."""
    widths = list(natural)
    while sum(widths) > room:
        widest = max(range(whole, len(widths)), key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= LEAST_COLUMN:
            break
        widths[widest] -= 1
    return widths


def terminal_width() -> int:
    """Return how many characters a line may have."""
    return shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns


def _text(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _fitted(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else f"{cell[: width - 1]}{CUT}"
