"""Reading a TOML file of rules key by key; a bad value becomes a defect, never a guess."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Any, TypeVar

from recycling.policy_defect import RuleDefect
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Band, Measure, Scope
from schemas.refusal import shown

MAX_FILE_BYTES = 1_000_000
MAX_ROWS = 1_000
MAX_TEXT = 2_000
MAX_FEN = 100_000_000_000
GRADES = range(1, 6)
EARLIEST_ON, LATEST_ON = date(2000, 1, 1), date(2999, 12, 31)
NO_DAY = EARLIEST_ON
ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
ENDS = (("from", True), ("above", False)), (("to", True), ("below", False))

Word = TypeVar("Word", bound=StrEnum)


class Table:
    """One table of a file: its values by key, and the defects found while reading them."""

    __slots__ = ("_asked", "cells", "defects", "file", "place")

    def __init__(
        self, file: str, place: str, cells: Mapping[str, Any], defects: list[RuleDefect]
    ) -> None:
        """Hold the values of one table; ``defects`` is that of the whole file."""
        self.file = file
        self.place = place
        self.cells = cells
        self.defects = defects
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Return whether an optional key is there."""
        self._asked.add(key)
        return key in self.cells

    def blame(self, key: str, message: str) -> None:
        """Note that the value of ``key`` is wrong."""
        found = self.cells.get(key, "(nothing)")
        value = str(found) if isinstance(found, date) else shown(found)
        self.defects.append(RuleDefect(self.file, f"{self.place}{key}", value, message))

    def blame_days(self, valid_from_on: date, valid_to_on: date | None) -> None:
        """Note that a file is over before it begins."""
        if valid_to_on is not None and valid_to_on < valid_from_on:
            self.blame("valid_to_on", f"must not be before valid_from_on {valid_from_on}")

    def blame_overlaps(self, key: str, name: str, rows: Sequence[tuple[str, Scope]]) -> None:
        """Note every two rows of one name, or for one appliance."""
        for (n, (one, scope)), (m, (other, wider)) in combinations(enumerate(rows, 1), 2):
            place = f"{self.place}{key}[{m}].{name}"
            if one == other:
                message = f"stands twice, also in {key}[{n}]"
                self.defects.append(RuleDefect(self.file, place, other, message))
            if scope.overlaps(wider):
                message = f"overlaps {key}[{n}] {one}: both hold the same appliances"
                self.defects.append(RuleDefect(self.file, place, other, message))

    def blame_unknown(self) -> None:
        """Note every key that nobody asked for."""
        for key in sorted(self.cells.keys() - self._asked):
            self.blame(key, "is unknown")

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        return str(self._value(key, _is_said, "must be a text that is not blank", ""))

    def text_or_none(self, key: str) -> str | None:
        """Return a text that need not be there."""
        return self.text(key) if self.has(key) else None

    def name(self, key: str) -> str:
        """Return an id: lower-case letters, digits and underscores."""
        message = "must be lower-case letters, digits and underscores, at most 40"
        return str(self._value(key, _is_id, message, ""))

    def day(self, key: str) -> date:
        """Return a day of the calendar."""
        message = f"must be a day from {EARLIEST_ON} to {LATEST_ON}, without quotes"
        found: date = self._value(key, _is_day, message, NO_DAY)
        return found

    def day_or_none(self, key: str) -> date | None:
        """Return a day that need not be there."""
        return self.day(key) if self.has(key) else None

    def whole(self, key: str, *, least: int = 0, most: int = MAX_FEN) -> int:
        """Return a whole number."""
        message = f"must be a whole number from {least} to {most}"
        return int(self._value(key, lambda v: type(v) is int and least <= v <= most, message, 0))

    def whole_or_none(self, key: str, *, least: int = 0, most: int = MAX_FEN) -> int | None:
        """Return a whole number that need not be there."""
        return self.whole(key, least=least, most=most) if self.has(key) else None

    def share(self, key: str) -> Decimal:
        """Return a share above 0 and up to 1, written as text so that its digits stay."""
        message = 'must be a text such as "0.15", above 0 and at most 1'
        return Decimal(self._value(key, _is_share, message, 0))

    def only_true(self, key: str) -> bool:
        """Return whether a key is there, which then must say true."""
        return self.has(key) and self._value(key, lambda v: v is True, "must be true", True)

    def one_of(self, key: str, words: type[Word]) -> Word:
        """Return a word of a closed vocabulary."""
        every = [*words]
        message = f"is none of {', '.join(every)}"
        return words(self._value(key, lambda v: type(v) is str and v in every, message, every[0]))

    def some_of(self, key: str, words: type[Word]) -> frozenset[Word]:
        """Return some words of a closed vocabulary, each once."""
        every = [*words]
        message = f"must be a list, each once, out of {', '.join(every)}"
        return frozenset(words(v) for v in self._list(key, str, every, message))

    def some_of_or_none(self, key: str, words: type[Word]) -> frozenset[Word]:
        """Return some words of a vocabulary; nothing where the key is not there."""
        return self.some_of(key, words) if self.has(key) else frozenset()

    def grades(self, key: str) -> frozenset[int]:
        """Return energy grades; nothing where the key is not there."""
        message = f"must be a list, each once, of grades {GRADES[0]} to {GRADES[-1]}"
        return frozenset(self._list(key, int, GRADES, message)) if self.has(key) else frozenset()

    def band(self, key: str) -> Band:
        """Return a band: ``from`` or ``above``, ``to`` or ``below``, each a number as text."""
        nothing = Band(None, False, None, False)
        value = self._value(key, lambda v: _is_band(v), BAND_MESSAGE, None)
        if value is None:
            return nothing
        low, high = (
            next(((Decimal(value[end]), has) for end, has in ends if end in value), (None, False))
            for ends in ENDS
        )
        found = Band(*low, *high)
        if found.is_empty:
            self.blame(key, "holds no value")
        return found

    def bands(self) -> Mapping[Measure, Band]:
        """Return the bands of all measures that have one."""
        return {name: self.band(name) for name in Measure if self.has(name)}

    def tables(self, key: str, *, least: int = 1) -> list["Table"]:
        """Return the tables of a list, each knowing its number."""
        message = f"must be {least} to {MAX_ROWS} tables [[{key}]]"
        if not least and not self.has(key):
            return []
        found = self._value(key, lambda v: _are_tables(v, least), message, [])
        return [
            Table(self.file, f"{self.place}{key}[{n}].", row, self.defects)
            for n, row in enumerate(found, 1)
        ]

    def table_or_none(self, key: str) -> "Table | None":
        """Return a table that need not be there."""
        if not self.has(key):
            return None
        found = self._value(key, lambda v: isinstance(v, dict), "must be a table", {})
        return Table(self.file, f"{self.place}{key}.", found, self.defects)

    def _list(self, key: str, kind: type, allowed: Iterable[Any], message: str) -> list[Any]:
        found: list[Any] = self._value(key, lambda v: _is_list(v, kind, allowed), message, [])
        return found

    def _value(self, key: str, holds: Callable[[Any], bool], message: str, instead: Any) -> Any:
        self._asked.add(key)
        if key not in self.cells:
            self.blame(key, "is missing")
        elif not holds(self.cells[key]):
            self.blame(key, message)
        else:
            return self.cells[key]
        return instead


BAND_MESSAGE = (
    'must be a table such as {from = "14", below = "25"}: from or above, to or below, as texts'
)


def scope_of(table: Table, *, grades: frozenset[int] = frozenset()) -> Scope:
    """Return what a row is for; ``grades`` only where a row may ask for them."""
    return Scope(
        categories=table.some_of("categories", ApplianceCategory),
        forms=table.some_of_or_none("forms", ApplianceForm),
        grades=grades,
        bands=table.bands(),
    )


def table_of(file: str, raw: bytes) -> Table:
    """Return the whole file as a table; one that is no TOML has that as its defect."""
    defects: list[RuleDefect] = []
    cells: dict[str, Any] = {}
    if len(raw) > MAX_FILE_BYTES:
        told = f"must be at most {MAX_FILE_BYTES}"
        defects.append(RuleDefect(file, "bytes", str(len(raw)), told))
        return Table(file, "", cells, defects)
    try:
        cells = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        defects.append(RuleDefect(file, "text", shown(raw[:40]), f"is no TOML in UTF-8: {error}"))
    return Table(file, "", cells, defects)


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MAX_TEXT


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _is_day(value: Any) -> bool:
    return type(value) is date and EARLIEST_ON <= value <= LATEST_ON


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 < Decimal(value) <= 1


def _is_list(value: Any, kind: type, allowed: Iterable[Any]) -> bool:
    if not isinstance(value, list) or not value or any(type(one) is not kind for one in value):
        return False
    return len(set(value)) == len(value) and all(one in allowed for one in value)


def _is_band(value: Any) -> bool:
    if not isinstance(value, dict) or not value or not all(map(_is_number, value.values())):
        return False
    names = [{name for name, _ in ends} for ends in ENDS]
    return value.keys() <= names[0] | names[1] and all(len(value.keys() & n) < 2 for n in names)


def _are_tables(value: Any, least: int) -> bool:
    return (
        isinstance(value, list)
        and least <= len(value) <= MAX_ROWS
        and all(isinstance(row, dict) for row in value)
    )
