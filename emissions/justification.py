"""Why default data had to do: one written reason per operation category."""

import tomllib
from collections.abc import Mapping
from types import MappingProxyType

from schemas.refusal import Reason, Refused, shown

TABLE = "justification"


def read_justifications(text: str) -> Mapping[str, str]:
    """Return the reasons of a TOML file by operation category.

    Raises
    ------
    Refused
        If it is no TOML, holds anything but one table ``[justification]``, or a reason is no text.

    Examples
    --------
    >>> dict(read_justifications('[justification]\\n"road/rigid" = "no meters yet"'))
    {'road/rigid': 'no meters yet'}
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(Reason.SCHEMA, f"justifications are no TOML: {error}") from None
    reasons = read.get(TABLE)
    if not isinstance(reasons, dict) or len(read) > 1:
        raise Refused(Reason.SCHEMA, f"one table [{TABLE}] is expected, got {shown(sorted(read))}")
    for category, reason in reasons.items():
        if not isinstance(reason, str) or not reason.strip():
            raise Refused(
                Reason.SCHEMA, f"{shown(category)} must be a written reason, got {shown(reason)}"
            )
    return MappingProxyType(reasons)
