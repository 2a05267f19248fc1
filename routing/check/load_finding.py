"""What a validator says of a load: one broken rule, where, and with which numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule; ``steps`` are the units it is about."""

    rule: str
    steps: tuple[int, ...]
    sentence: str
