"""What a command is judged on: who asks, when, with what evidence, and what the world knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeVar

from recycling.limits import Limits, packaged_limits
from recycling.mass_balance import Band
from recycling.permit import DatedNeed, Permit
from recycling.unit_mass import UnitInput
from recycling.vocabulary import Role

T = TypeVar("T")
# No daylight saving since 1991: days of rules are days of this offset.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class FactMissing(ValueError):
    """A guard asked for what the caller did not look up."""


# Roles that no credential gives.
NOBODYS_OWN = frozenset({Role.AUTHOR, Role.HOLDER, Role.CONSUMER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: its party and roles, and for whom (a consumer's move is posted by intake)."""

    party_id: str
    roles: frozenset[Role]
    on_behalf_of: Role | None = None

    @property
    def acting(self) -> frozenset[Role]:
        """The roles it acts in."""
        if self.on_behalf_of is None:
            return self.roles - NOBODYS_OWN
        is_posted = self.on_behalf_of is Role.CONSUMER and Role.INTAKE in self.roles
        return frozenset({Role.CONSUMER}) if is_posted else frozenset()


SYSTEM = Actor(party_id="system", roles=frozenset({Role.SYSTEM}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The event that a correction is about."""

    event_id: str
    event_type: str
    author_id: str
    counterpart_id: str | None = None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy:
    """What the policy engine said of a trade-in: what is told of it, or why it pays nothing."""

    told: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the caller looked up; ``None`` is "not looked up", and a guard that needs it raises."""

    region_is_listed: bool | None = None
    channel_ref_is_taken: bool | None = None
    address_region: str | None = None
    failed_codes: tuple[str, ...] | None = None
    distance_from_point_m: Decimal | None = None
    vehicle_token: str | None = None
    subsidy: Subsidy | None = None
    trade_in_is_repriced: bool | None = None
    unit_ids: tuple[str, ...] | None = None
    unit_states: Mapping[str, str] | None = None
    takeback_order_state: str | None = None
    line_is_approved: bool | None = None
    clawback_until: datetime | None = None
    claims: Mapping[str, str] | None = None
    permits: tuple[Permit, ...] | None = None
    dated_needs: tuple[DatedNeed, ...] | None = None
    original: Original | None = None
    is_certified: bool | None = None
    batch_state: str | None = None
    batch_unit_ids: tuple[str, ...] | None = None
    unit: UnitInput | None = None
    inputs: tuple[UnitInput, ...] | None = None
    bands: tuple[Band, ...] = ()
    held_takeback_order_ids: tuple[str, ...] | None = None
    missing_evidence: tuple[str, ...] | None = None
    certificate_id: str | None = None
    finding_is_upheld: bool | None = None
    parent_lot_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a command is judged on; ``occurred_at`` is theirs, ``recorded_at`` ours.

    ``is_read`` says that ``evidence`` was read by the fields of its command already.
    """

    by: Actor
    occurred_at: datetime
    recorded_at: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict)
    known: Known = Known()
    limits: Limits = field(default_factory=packaged_limits)
    is_read: bool = False

    def told(self, evidence: Mapping[str, Any]) -> "Facts":
        """Return the same facts with other evidence."""
        return Facts(
            by=self.by,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            evidence=evidence,
            known=self.known,
            limits=self.limits,
            is_read=self.is_read,
        )

    @property
    def occurred_on(self) -> date:
        """The day of the event in China."""
        return self.occurred_at.astimezone(CHINA).date()


def told(value: T | None, name: str) -> T:
    """Return a looked-up fact.

    Raises
    ------
    FactMissing
        If the caller did not look it up: no guard guesses.
    """
    if value is None:
        raise FactMissing(f"{name} was not looked up")
    return value
