"""Target paths: what an organisation means to reach in a month; without a row there is no value."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from emissions.number import CONTEXT, quantise_kg
from schemas.refusal import Reason, Refused, shown

MAX_TARGETS = 1_000
MAX_SHOWN_DEFECTS = 20
MONTHS_PER_YEAR = 12


class PathKind(StrEnum):
    """How the values between two months come about."""

    LINEAR = "linear"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One path of one organisation; ``values`` are its known months, each its first day."""

    target_id: str
    metric: str
    organisation: str
    unit: str
    path: PathKind
    values: Mapping[date, Decimal]
    source: str


TEXTS = ("target_id", "metric", "organisation", "unit", "path", "source")
KEYS_OF_PATH: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        PathKind.LINEAR: frozenset({"from_month", "from_value", "to_month", "to_value"}),
        PathKind.TABLE: frozenset({"values"}),
    }
)


def path_value(target: Target, month: date) -> Decimal | None:
    """Return what ``target`` wants in ``month``, in its unit; ``None`` where it says nothing.

    A linear path moves by the same amount every month, rounded to six decimals, and says nothing
    before its first or after its last month. A table says what it lists.

    Raises
    ------
    ValueError
        If ``month`` is not the first day of a month.

    Examples
    --------
    >>> path = Target(
    ...     target_id="t",
    ...     metric="emission",
    ...     organisation="group",
    ...     unit="kgco2e",
    ...     path=PathKind.LINEAR,
    ...     values={date(2026, 1, 1): Decimal(100), date(2026, 4, 1): Decimal(90)},
    ...     source="an example",
    ... )
    >>> path_value(path, date(2026, 2, 1))
    Decimal('96.666667')
    """
    if month.day != 1:
        raise ValueError(f"month must be the first day of a month, got {month}")
    if target.path is PathKind.TABLE or month in target.values:
        return target.values.get(month)
    first, last = min(target.values), max(target.values)
    if not first < month < last:
        return None
    return _between(target, first, last, month)


def find_target(targets: Iterable[Target], *, metric: str, organisation: str) -> Target | None:
    """Return the path of ``organisation`` for ``metric``, if one was set."""
    for target in targets:
        if (target.metric, target.organisation) == (metric, organisation):
            return target
    return None


def read_targets(text: str) -> tuple[Target, ...]:
    """Return the targets of a TOML file: a list of tables called ``target``.

    Raises
    ------
    Refused
        With every defect at once, each naming its table, field and value.

    Examples
    --------
    >>> read_targets('[[target]]\\nmetric = "emission"')
    Traceback (most recent call last):
        ...
    schemas.refusal.Refused: target 1: target_id is missing; target 1: organisation is missing; \
target 1: unit is missing; target 1: path is missing; target 1: source is missing
    """
    rows = _rows(text)
    defects = [f"target {n}: {defect}" for n, row in enumerate(rows, 1) for defect in _defects(row)]
    if not defects:
        targets = tuple(_target(row) for row in rows)
        defects = _doubles(targets)
    if defects:
        left_out = len(defects) - MAX_SHOWN_DEFECTS
        more = [f"and {left_out} more"] if left_out > 0 else []
        raise Refused(Reason.SCHEMA, "; ".join([*defects[:MAX_SHOWN_DEFECTS], *more]))
    return targets


def _between(target: Target, first: date, last: date, month: date) -> Decimal:
    start, end = target.values[first], target.values[last]
    passed = CONTEXT.multiply(CONTEXT.subtract(end, start), Decimal(_months(first, month)))
    return quantise_kg(CONTEXT.add(start, CONTEXT.divide(passed, Decimal(_months(first, last)))))


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        read = tomllib.loads(text, parse_float=Decimal)  # the digits as written
    except tomllib.TOMLDecodeError as error:
        raise Refused(Reason.SCHEMA, f"targets are no TOML: {error}") from None
    unknown = sorted(read.keys() - {"target"})
    if unknown:
        raise Refused(Reason.SCHEMA, f"{unknown[0]} is unknown, a table [[target]] is expected")
    rows = read.get("target", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused(Reason.SCHEMA, f"target must be a list of tables, got {shown(rows)}")
    if len(rows) > MAX_TARGETS:
        raise Refused(Reason.TOO_LARGE, f"target has {len(rows)} tables, at most {MAX_TARGETS}")
    return rows


def _defects(row: Mapping[str, Any]) -> list[str]:
    missing = [f"{name} is missing" for name in TEXTS if name not in row]
    blank = [
        f"{name} must be a text that is not blank, got {shown(row[name])}"
        for name in TEXTS
        if name in row and not (isinstance(row[name], str) and row[name].strip())
    ]
    if missing or blank:
        return missing + blank
    if row["path"] not in KEYS_OF_PATH:
        return [f"path {shown(row['path'])} is none of {', '.join(sorted(KEYS_OF_PATH))}"]
    own = KEYS_OF_PATH[row["path"]]
    return (
        [f"{name} is missing" for name in sorted(own - row.keys())]
        + [f"{name} is unknown" for name in sorted(row.keys() - own - set(TEXTS))]
    ) or _defects_of_path(row)


def _defects_of_path(row: Mapping[str, Any]) -> list[str]:
    if row["path"] == PathKind.TABLE and not (isinstance(row["values"], dict) and row["values"]):
        return [f"values must be a table of months, got {shown(row['values'])}"]
    cells = list(_cells(row))
    defects = [
        f"{name} {shown(month)} is no month such as 2026-01"
        for name, month, _, _ in cells
        if _month(month) is None
    ] + [
        f"{name} {shown(value)} is no finite number of 0 or more"
        for _, _, name, value in cells
        if _number(value) is None
    ]
    if not defects and row["path"] == PathKind.LINEAR and not _is_forward(row):
        return [f"to_month {row['to_month']} is not after from_month {row['from_month']}"]
    return defects


def _cells(row: Mapping[str, Any]) -> Iterable[tuple[str, Any, str, Any]]:
    """Every month of the path and its value, each behind the name it has in the file."""
    if row["path"] == PathKind.TABLE:
        return [("values", month, f"values.{month}", value) for month, value in _listed(row)]
    return [
        (f"{end}_month", row[f"{end}_month"], f"{end}_value", row[f"{end}_value"])
        for end in ("from", "to")
    ]


def _listed(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(row["values"].items())


def _is_forward(row: Mapping[str, Any]) -> bool:
    start, end = _month(row["from_month"]), _month(row["to_month"])
    return start is not None and end is not None and start < end


def _month(value: Any) -> date | None:
    if not isinstance(value, str) or len(value) != len("2026-01"):
        return None
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        return None


def _number(value: Any) -> Decimal | None:
    """A number or its text; what is below 0 or endless is no target."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _target(row: Mapping[str, Any]) -> Target:
    values = {
        month: number
        for _, written, _, value in _cells(row)
        if (month := _month(written)) is not None and (number := _number(value)) is not None
    }
    return Target(
        **{name: row[name] for name in TEXTS if name != "path"},
        path=PathKind(row["path"]),
        values=MappingProxyType(dict(sorted(values.items()))),
    )


def _doubles(targets: Iterable[Target]) -> list[str]:
    """Two paths for one metric of one organisation, or two rows of one name."""
    seen: set[tuple[str, ...]] = set()
    defects = []
    for n, target in enumerate(targets, 1):
        for key in ((target.target_id,), (target.metric, target.organisation)):
            if key in seen:
                defects.append(f"target {n}: {' of '.join(key)} stands twice")
            seen.add(key)
    return defects
