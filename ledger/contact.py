"""What the contact store does, whoever stores it: the only place that knows who a person is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ledger.contact_key import MasterKey

ORPHAN_AFTER = timedelta(hours=24)
PURGE_AFTER = timedelta(days=180)
MAX_EMPTIED_AT_ONCE = 1_000

Clock = Callable[[], datetime]
RandomBytes = Callable[[int], bytes]


class MaySee(StrEnum):
    """How much of a person the caller may see at this moment."""

    FULL = "full"
    MASKED = "masked"


class Emptied(StrEnum):
    """Why a contact is empty."""

    ERASED = "erased"
    PURGED = "purged"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class Person:
    """Who an appliance is collected from; what it shows of itself in a log is nothing."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erasure:
    """One id of the list that outlives every backup."""

    contact_id: str
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class Tidied:
    """Ids of contacts that were emptied because their orders have ended, or that had none."""

    purged: tuple[str, ...]
    orphaned: tuple[str, ...]


EndsOf = Callable[[str, Sequence[str]], Mapping[str, datetime | None]]
"""Tells of a tenant's contacts those that an order carries: when the last one ended, else None."""


class ContactReader(Protocol):
    """What may be asked beside the one that writes."""

    def get(self, contact_id: str, *, tenant: str, may_see: MaySee) -> Person:
        """Return a person of ``tenant``, whole or masked.

        Raises
        ------
        ContactNotFound
            If there is none of that id in that tenant.
        ContactGone
            If it has been emptied.
        ContactsDamaged
            If what is stored was not stored for this tenant, id and field.
        """

    def quota_hash(self, phone: str, *, tenant: str) -> str:
        """Return what quotas count a phone by, in ``tenant`` only.

        Raises
        ------
        ContactMalformed
            If it is no phone number.
        """

    def erasures(self) -> list[Erasure]:
        """Return every erased id, the oldest first."""

    def close(self) -> None:
        """Let go of the file."""


class Contacts(ContactReader, Protocol):
    """The one that writes. Every change is durable when the call returns."""

    def put(self, person: Person, *, tenant: str, request_id: str) -> str:
        """Store a person and return the random ``contact_id``; a repeat returns the first one.

        Raises
        ------
        ContactMalformed
            If a field is empty, too long or no text.
        RequestReused
            If the request id came before with another person.
        ContactGone
            If the contact of that request has been emptied meanwhile.
        """

    def erase(self, contact_id: str, *, tenant: str | None = None) -> Erasure:
        """Destroy a person's key and data and remember the id; again changes nothing.

        Parameters
        ----------
        tenant
            Whose contact it must be; None for the operator of the machine.

        Raises
        ------
        ContactNotFound
            If there is none of that id in that tenant.
        ErasureUnfinished
            If a reader kept the log from being emptied; the person is erased nevertheless.
        """

    def apply_erasures(self, contact_ids: Iterable[str]) -> list[str]:
        """Erase what a restore brought back; return the ids that had been.

        Ids that are not stored are remembered too. All or, where one is malformed, none.
        """

    def tidy(self, ends_of: EndsOf) -> Tidied:
        """Empty contacts whose last order ended 180 days ago, and orphans older than 24 hours.

        Parameters
        ----------
        ends_of
            Asked for at most ``MAX_EMPTIED_AT_ONCE`` contacts at once.
        """

    def rotate(self, master_key: MasterKey) -> int:
        """Wrap every person's key by another master key, all or none; return how many.

        The data stay as they are; readers that are open must be opened anew.
        """
