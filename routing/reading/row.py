"""One row of a file under reading: each field asked for by name, each defect kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Why a row is not used: where, which field, which value, what is wrong."""

    file: str
    row: int
    field: str
    value: str
    detail: str

    def __str__(self) -> str:
        """Return the sentence for people."""
        return f"{self.file} row {self.row}: {self.field} {self.value}: {self.detail}"


@dataclass(slots=True, kw_only=True)
class Row:
    """A row's fields as texts or JSON values; a wrong one is noted and answered with a default."""

    file: str
    number: int
    told: Mapping[str, Any]
    defects: list[Defect] = field(default_factory=list)

    def refuse(self, name: str, value: object, detail: str) -> None:
        """Note what is wrong with a field."""
        shown = str(value)[:MAX_SHOWN]
        self.defects.append(
            Defect(file=self.file, row=self.number, field=name, value=shown, detail=detail)
        )

    def is_told(self, name: str) -> bool:
        """Whether the field is there and not empty."""
        return self.told.get(name) not in (None, "", [], ())

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        if not self.is_told(name):
            if default is None:
                self.refuse(name, "", "is missing")
            return default or ""
        return str(self.told[name]).strip()

    def number_of(self, name: str, *, least: str, most: str, default: str | None = None) -> Decimal:
        """Return a decimal within bounds, the bounds included."""
        if not self.is_told(name):
            if default is None:
                self.refuse(name, "", "is missing")
            return Decimal(default or least)
        value = self.told[name]
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            self.refuse(name, value, "is no number")
            return Decimal(least)
        if not number.is_finite() or isinstance(value, bool):
            self.refuse(name, value, "is no finite number")
            return Decimal(least)
        if not Decimal(least) <= number <= Decimal(most):
            self.refuse(name, value, f"must be from {least} to {most}")
            return Decimal(least)
        return number

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        number = self.number_of(
            name,
            least=str(least),
            most=str(most),
            default=None if default is None else str(default),
        )
        if number != int(number):
            self.refuse(name, number, "must be a whole number")
        return int(number)

    def scaled(self, name: str, by: int, *, most: str, default: str | None = None) -> int:
        """Return a quantity in ``by``-ths of its unit, to the next whole one upwards."""
        exact = self.number_of(name, least="0", most=most, default=default) * by
        return int(exact.to_integral_value(rounding="ROUND_CEILING"))

    def words(self, name: str) -> frozenset[str]:
        """Return a set of words, given as a list or joined by ``|``."""
        value = self.told.get(name) or []
        listed = value.split("|") if isinstance(value, str) else value
        if not isinstance(listed, list):
            self.refuse(name, value, "must be a list of words")
            return frozenset()
        return frozenset(str(one).strip() for one in listed if str(one).strip())

    def flag(self, name: str) -> bool:
        """Return whether a field says yes."""
        value = self.told.get(name) or False
        if isinstance(value, str) and value.lower() in ("true", "false", "1", "0", "yes", "no"):
            return value.lower() in ("true", "1", "yes")
        if not isinstance(value, bool):
            self.refuse(name, value, "must be true or false")
        return bool(value)

    def one_of(self, name: str, words: tuple[str, ...], default: str | None = None) -> str:
        """Return one of a closed list of words."""
        value = self.text(name, default)
        if value and value not in words:
            self.refuse(name, value, f"is none of {', '.join(words)}")
        return value if value in words else words[0]

    def instant(self, name: str) -> datetime | None:
        """Return an aware instant, or None where the field is empty."""
        if not self.is_told(name):
            return None
        return self.as_instant(name, self.told[name])

    def as_instant(self, name: str, value: Any) -> datetime | None:
        """Return ``value`` as an aware instant; a naive one is refused."""
        try:
            at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            self.refuse(name, value, "is no instant like 2026-03-02T08:00Z")
            return None
        if at.tzinfo is None:
            self.refuse(name, value, "has no time zone; write Z or an offset")
            return None
        return at

    def known(self, allowed: frozenset[str]) -> None:
        """Refuse fields that nobody reads."""
        for name in sorted(self.told.keys() - allowed):
            self.refuse(str(name), self.told[name], "is no field of this table")
