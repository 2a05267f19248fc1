"""How one field of an event is read from a line: the right-hand side of a mapping's entry."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from schemas.event import Contract

DATE_PARTS = re.compile(r"%(.)")
ALLOWED_DATE_PARTS = frozenset("dmbByYjHMSf%")


class OnlyIf(Contract):
    """The condition under which a column answers at all."""

    column: str
    is_: str = Field(alias="is")


class ColumnRule(Contract):
    """Where a field's text stands (a column or a constant), and what the text means."""

    column: str | None = None
    constant: str | None = None
    date: str | None = None
    values: dict[str, bool | str] | None = None
    missing: tuple[str, ...] = ()
    pointer: str | None = None
    only_if: OnlyIf | None = None
    places: str | None = None
    assumed: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("a field has either a column or a constant")
        return self

    @field_validator("date")
    @classmethod
    def _names_a_day(cls, value: str | None) -> str | None:
        if value is not None:
            _refuse_no_day(set(DATE_PARTS.findall(value)))
        return value

    @field_validator("pointer")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is not None and _groups(value) != 1:
            raise ValueError("a pointer is a regular expression with one group, the key")
        return value

    @property
    def columns(self) -> Iterator[str]:
        """Every column this field looks at."""
        if self.column is not None:
            yield self.column
        if self.only_if is not None:
            yield self.only_if.column

    def applies(self, row: Mapping[str, str]) -> bool:
        """Return whether the column answers on this line."""
        return self.only_if is None or row[self.only_if.column] == self.only_if.is_


def _refuse_no_day(parts: set[str]) -> None:
    if parts - ALLOWED_DATE_PARTS:
        raise ValueError(f"a date format does not know {sorted(parts - ALLOWED_DATE_PARTS)}")
    if not ("j" in parts or ("d" in parts and parts & {"m", "b", "B"})) or not parts & {"y", "Y"}:
        raise ValueError("a date format needs day, month and year, as in %d-%b-%y")


def _groups(pattern: str) -> int:
    try:
        return re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None


def _named(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Rule = Annotated[ColumnRule, BeforeValidator(_named)]
