"""What recyclers promised and how much they have to do: frozen values that the ledger keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Stage(StrEnum):
    """How far a promise has come; each but the last has a time after which it is overdue."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    APPOINTED = "appointed"
    ENDED = "ended"


class Ended(StrEnum):
    """How a promise ended."""

    PICKED_UP = "picked_up"
    EXPIRED = "expired"
    DECLINED = "declined"
    UNASSIGNED = "unassigned"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One assignment of one take-back order to one recycler, as the order's events left it.

    Parameters
    ----------
    round
        Which assignment of the order it is, from 1.
    on
        The day it is for: wished, then appointed, then picked up.
    categories
        Units by category; once picked up, those that were collected.
    since_at
        Where the time of its stage begins; of an appointment the end of its window.
    in_time
        Whether the appointment came within its SLA, as far as is known.
    kept
        ``None`` while it is open, or where its end says nothing of the recycler.
    """

    takeback_order_id: str
    round: int
    recycler_id: str
    on: date
    categories: Mapping[str, int]
    stage: Stage
    since_at: datetime
    assigned_at: datetime
    in_time: bool = True
    window_from: datetime | None = None
    ended_at: datetime | None = None
    outcome: Ended | None = None
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class PromiseStep:
    """A promise before an event, ``None`` where it begins, and after it."""

    before: Promise | None
    after: Promise


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Units of one category that a recycler has promised for a day, and those it collected."""

    on: date
    category: str
    open_units: int
    collected_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a recycler has to do, did this year, and how well it kept its word for 90 days."""

    days: tuple[DayLoad, ...] = ()
    kept: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyUse:
    """A subsidy that counts on a quota; ``quota_key`` is a keyed hash of a phone."""

    takeback_order_id: str
    quota_key: str
    policy_id: str
    category: str
    on: date


@dataclass(frozen=True, slots=True)
class ContactUse:
    """A take-back order that carries a contact."""

    contact_id: str
    takeback_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An aggregate that something has to be done about, since when, and its version now."""

    id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """Rows beside an accepted command that are folded from its events.

    ``completable`` names orders that may be completed now, ``completed`` those that may no longer;
    ``unused`` names orders whose subsidy no longer counts on a quota; ``contacts`` tells who is
    needed by a new order.
    """

    promises: tuple[PromiseStep, ...] = ()
    completable: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    subsidies: tuple[SubsidyUse, ...] = ()
    unused: tuple[str, ...] = ()
    contacts: tuple[ContactUse, ...] = ()


NOTHING_PROJECTED = Projected()
NO_WORK = Workload()
