"""What a validator of rounds finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: its closed name, where, and the sentence with the figures."""

    rule: str
    where: str
    detail: str
