"""The inputs of a worked example, taken by quantity: standards name one thing in many ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from emissions.number import CONTEXT
from schemas.refusal import shown

MAX_ROWS = 100_000
# Beyond it nothing that is moved or burnt is meant, and a sum in 34 digits stays exact.
MAX_DIGITS = 30


class Unsupported(Exception):
    """An example that no function of the engine answers; the message names formula or input."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What an input is, and the names it goes by: exact ones first, then patterns.

    ``scaled`` names what is given in another unit, and what one of it is in ours.
    """

    name: str
    names: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    scaled: Mapping[str, Decimal] | None = None

    def found_in(self, names: Sequence[str]) -> str | None:
        """Return which of ``names`` this quantity goes by, or ``None``.

        Raises
        ------
        Unsupported
            If several do, none of them plainly.
        """
        plain: tuple[str, ...] = (*self.names, *(self.scaled or {}))
        for name in plain:
            if name in names:
                return name
        fitting = [
            name for name in names if any(fnmatchcase(name, pattern) for pattern in self.patterns)
        ]
        if len(fitting) > 1:
            raise Unsupported(f"inputs {', '.join(sorted(fitting))} may all be {self.name}")
        return fitting[0] if fitting else None

    def in_unit(self, name: str, value: Decimal) -> Decimal:
        """Return ``value``, given as ``name``, in the unit of this quantity."""
        scale = (self.scaled or {}).get(name)
        return value if scale is None else CONTEXT.multiply(value, scale)


class Inputs:
    """What an example gives; every part is taken once, and nothing may be left."""

    def __init__(self, given: Any) -> None:
        """Hold the inputs: names with values, or rows of them."""
        if isinstance(given, Mapping):
            self._named = {str(name): value for name, value in given.items()}
        elif isinstance(given, Sequence) and not isinstance(given, str):
            self._named = {"rows": list(given)}
        else:
            raise Unsupported(f"inputs are neither names nor rows: {shown(given)}")

    def take(self, quantity: Quantity) -> Decimal:
        """Return the one number that is ``quantity``, in its unit.

        Raises
        ------
        Unsupported
            If it is missing or no number.
        """
        name = self._name_of(quantity)
        return quantity.in_unit(name, number_of(name, self._named.pop(name)))

    def take_or(self, quantity: Quantity, default: Decimal) -> Decimal:
        """Return as ``take`` does, or ``default`` where it is not given."""
        return self.take(quantity) if self._has(quantity) else default

    def take_all(self, quantity: Quantity) -> list[Decimal]:
        """Return the numbers that are ``quantity``: a list of them, or a single one."""
        name = self._name_of(quantity)
        value = self._named.pop(name)
        many = value if isinstance(value, list) else [value]
        return [quantity.in_unit(name, number_of(name, one)) for one in many]

    def rows(self, *columns: Quantity) -> list[tuple[Decimal, ...]]:
        """Return the rows of ``columns``: a table by position or by name, lists, or one row."""
        table = [name for name, value in self._named.items() if _is_table(value)]
        if len(table) == 1:
            rows = self._named.pop(table[0])
            if len(rows) > MAX_ROWS:
                raise Unsupported(f"input {table[0]} has {len(rows)} rows, at most {MAX_ROWS}")
            return [_row(row, columns) for row in rows]
        lists = [self.take_all(column) for column in columns]
        if len({len(one) for one in lists}) > 1:
            lengths = (f"{c.name} {len(one)}" for c, one in zip(columns, lists, strict=True))
            raise Unsupported(f"lists differ in length: {', '.join(lengths)}")
        return list(zip(*lists, strict=True))

    def rest(self) -> list[Decimal]:
        """Return every number that is left: those of one list or dict, or all that have a name.

        Raises
        ------
        Unsupported
            If there is none, or a list and something beside it: which of them was meant?
        """
        named = dict(self._named)
        groups = [name for name, value in named.items() if isinstance(value, list | Mapping)]
        if len(groups) == 1 and len(named) == 1:
            group = named.pop(groups[0])
            keyed = group.items() if isinstance(group, Mapping) else enumerate(group)
            named = {f"{groups[0]}.{key}": value for key, value in keyed}
        if not named:
            raise Unsupported("input is missing: any number")
        found = [number_of(name, value) for name, value in named.items()]
        self._named.clear()
        return found

    def refuse_left_over(self) -> None:
        """Raise where an input was not used: the formula is not the one that was meant."""
        if self._named:
            raise Unsupported(f"input is left over: {', '.join(sorted(self._named))}")

    def _has(self, quantity: Quantity) -> bool:
        return quantity.found_in(list(self._named)) is not None

    def _name_of(self, quantity: Quantity) -> str:
        name = quantity.found_in(list(self._named))
        if name is None:
            raise Unsupported(f"input is missing: {quantity.name}")
        return name


Formula = Callable[[Inputs], Decimal]


def has_decimal_comma(text: str) -> bool:
    """Return whether ``text`` is a number but for a comma where the point belongs.

    Examples
    --------
    >>> has_decimal_comma("8,42769"), has_decimal_comma("8.42769")
    (True, False)
    """
    whole, comma, fraction = text.strip().lstrip("-").partition(",")
    return bool(comma) and whole.isdecimal() and fraction.isdecimal()


def number_of(name: str, value: Any) -> Decimal:
    """Return ``value`` exactly as it was written.

    Raises
    ------
    Unsupported
        If it is no finite decimal number of at most 30 digits on either side of the point.

    Examples
    --------
    >>> number_of("ef", "0.10")
    Decimal('0.10')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unsupported(f"input {name} is no decimal number: {shown(value)}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Unsupported(f"input {name} is no decimal number: {shown(value)}") from None
    if not number.is_finite():
        raise Unsupported(f"input {name} is not finite: {number}")
    exponent = int(number.as_tuple().exponent)
    if max(number.adjusted(), exponent, -exponent) >= MAX_DIGITS:
        raise Unsupported(f"input {name} has more than {MAX_DIGITS} digits: {shown(value)}")
    return number


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, list | Mapping) for row in value)
    )


def _row(row: Any, columns: tuple[Quantity, ...]) -> tuple[Decimal, ...]:
    if isinstance(row, Mapping):
        inputs = Inputs(row)
        found = tuple(inputs.take(column) for column in columns)
        inputs.refuse_left_over()
        return found
    if len(row) != len(columns):
        names = ", ".join(column.name for column in columns)
        raise Unsupported(f"a row has {len(row)} numbers, not {names}")
    return tuple(number_of(c.name, value) for c, value in zip(columns, row, strict=True))
