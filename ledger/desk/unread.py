"""Evidence that nobody has read yet: a look-up takes what it can use, the rules judge the rest."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from recycling.evidence import IDEOGRAPHIC_SPACE, Kind
from schemas.refusal import Refused


def text_of(evidence: Mapping[str, Any], name: str) -> str | None:
    """Return a field where it is a text that can be looked for, else ``None``."""
    value = evidence.get(name)
    return value if is_text(value) else None


def is_text(value: Any) -> TypeGuard[str]:
    """Return whether a value is a text that can be looked for: half a surrogate pair cannot."""
    return isinstance(value, str) and value.replace(IDEOGRAPHIC_SPACE, " ").isprintable()


def value_of(evidence: Mapping[str, Any], name: str, kind: Kind) -> Any:
    """Return a field as its kind reads it, ``None`` where it cannot: the rules say so later."""
    try:
        return kind.read(evidence.get(name))
    except (ValueError, Refused):
        return None


def rows_of(evidence: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield those of a list that are objects."""
    told = evidence.get(name)
    if isinstance(told, list | tuple):
        yield from (one for one in told if isinstance(one, Mapping))
