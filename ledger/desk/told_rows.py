"""Lists of objects in a noun that is kept: read strictly, and what may not stand there twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from recycling.category import categories
from recycling.evidence import EvidenceError, Field, FieldError, Kind, may, records
from schemas.refusal import shown

Row = Mapping[str, Any]
Check = Callable[[Sequence[Row]], Iterable[FieldError]]


def _category(value: Any) -> str:
    if not isinstance(value, str) or value not in categories():
        raise ValueError(f"{shown(value)} is none of {', '.join(categories())}")
    return value


CATEGORY = Kind("category", _category, {"type": "string", "enum": list(categories())})


def rows(name: str, fields: tuple[Field, ...], most: int, *checks: Check) -> Field:
    """Return a field of at most ``most`` objects which pass ``checks``; left out, it is empty."""
    kind = records(fields, 0, most)

    def read(value: Any) -> tuple[Row, ...]:
        found: tuple[Row, ...] = kind.read(value)
        errors = tuple(error for check in checks for error in check(found))
        if errors:
            raise EvidenceError(errors)
        return found

    return may(name, Kind(kind.name, read, kind.schema))


def twice(*names: str) -> Check:
    """Return the check that no two rows are the same in ``names``."""

    def check(found: Sequence[Row]) -> Iterator[FieldError]:
        seen: set[tuple[str, ...]] = set()
        for at, row in enumerate(found):
            key = tuple(row[name] for name in names)
            if key in seen:
                told = " ".join(key)
                yield FieldError(f"/{at}/{names[-1]}", told, f"{told} is there twice")
            seen.add(key)

    return check


def backwards(low: str, high: str) -> Check:
    """Return the check that ``high`` is not below ``low`` in any row."""

    def check(found: Sequence[Row]) -> Iterator[FieldError]:
        for at, row in enumerate(found):
            if row[high] < row[low]:
                reason = f"{row[high]} is before {low} {row[low]}"
                yield FieldError(f"/{at}/{high}", str(row[high]), reason)

    return check
