"""Pieces of a report's page: its words in each language, tables, cells with every digit."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType

from schemas.refusal import Reason, Refused, shown

WORDS = Path(__file__).parent / "report_page.toml"
Cell = str | int | Decimal | None
Words = Mapping[str, str]


def words_in(lang: str) -> Words:
    """Return the words of the page in ``lang``.

    Examples
    --------
    >>> words_in("en")["sfd"]
    'shortest feasible distance'
    """
    if lang not in _catalogue():
        known = ", ".join(sorted(_catalogue()))
        raise Refused(Reason.VOCABULARY, f"lang {shown(lang)} is none of {known}")
    return _catalogue()[lang]


@cache
def _catalogue() -> Mapping[str, Words]:
    return MappingProxyType(tomllib.loads(WORDS.read_text("utf-8")))


def section(title: str, *parts: str) -> str:
    """Return a titled part of the page."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{''.join(parts)}</section>\n"


def pairs(words: Words, values: Mapping[str, Cell]) -> str:
    """Return a table of names and values, or the word for nothing known."""
    rows = "".join(
        f'<tr><th scope="row">{escape(words[name])}</th>{_cell(value, words)}</tr>\n'
        for name, value in values.items()
    )
    return f"<table>\n{rows}</table>\n" if rows else f"<p>{escape(words['not_known'])}</p>\n"


def table(words: Words, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table whose columns are called as ``words`` has it, or that there is no row."""
    known = [*rows]
    if not known:
        return f"<p>{escape(words['no_rows'])}</p>\n"
    head = "".join(
        f'<th scope="col"{_aligned(known, n)}>{escape(words[name])}</th>'
        for n, name in enumerate(names)
    )
    body = "".join(f"<tr>{''.join(_cell(value, words) for value in row)}</tr>\n" for row in known)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def _aligned(rows: Sequence[Sequence[Cell]], column: int) -> str:
    has_numbers = any(isinstance(row[column], Decimal | int) for row in rows)
    return ' class="number"' if has_numbers else ""


def _cell(value: Cell, words: Words) -> str:
    if value is None:
        return f"<td>{escape(words['not_known'])}</td>"
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    return f'<td class="number">{Decimal(value):,f}</td>'
