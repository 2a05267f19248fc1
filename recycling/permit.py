"""Agreements, licences and consignees valid on the date of the event (rule F09)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ANYTHING = "*"


class PermitKind(StrEnum):
    """What a party needs to be allowed something."""

    AGREEMENT = "agreement"
    LICENCE = "licence"
    HAZARDOUS_CONSIGNEE = "hazardous_consignee"
    REFURBISHER = "refurbisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What a party may do and when; both days belong to it, ``covers`` may hold ``*``."""

    holder_id: str
    kind: PermitKind
    valid_from_on: date
    valid_to_on: date
    covers: frozenset[str]

    def reaches(self, need: "DatedNeed") -> bool:
        """Return whether this permit answers ``need``, its days left aside."""
        is_covered = need.covering in self.covers or ANYTHING in self.covers
        return self.holder_id == need.holder_id and self.kind is need.kind and is_covered

    def is_valid_on(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return self.valid_from_on <= day <= self.valid_to_on


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedNeed:
    """What must have been valid on the day of an event: a category, a site or a waste code."""

    holder_id: str
    kind: PermitKind
    covering: str
    on: date


def missing_permit(permits: Iterable[Permit], need: DatedNeed) -> str | None:
    """Return why nothing in ``permits`` answers ``need``, or ``None`` where something does.

    Examples
    --------
    >>> day = date(2026, 6, 1)
    >>> need = DatedNeed(holder_id="P", kind=PermitKind.LICENCE, covering="tv_crt", on=day)
    >>> missing_permit((), need)
    'P has no licence for tv_crt'
    """
    reaching = [permit for permit in permits if permit.reaches(need)]
    if not reaching:
        return f"{need.holder_id} has no {need.kind} for {need.covering}"
    if any(permit.is_valid_on(need.on) for permit in reaching):
        return None
    spans = ", ".join(f"{one.valid_from_on} to {one.valid_to_on}" for one in reaching)
    return (
        f"{need.holder_id} has no {need.kind} for {need.covering} on {need.on}: valid {spans} (F09)"
    )
