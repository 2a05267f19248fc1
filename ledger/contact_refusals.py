"""How the contact store says no: with status and problem name, and never with personal data."""

from collections.abc import Mapping
from typing import ClassVar


class ContactRefusal(Exception):
    """The contact store does not do it; the message never holds what names a person."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "contacts-refused"


class ContactNotFound(ContactRefusal, LookupError):
    """No such contact, or another tenant's: the two are told apart by nobody."""

    status = 404
    code = "not-found"


class ContactGone(ContactNotFound):
    """It was here and has been emptied."""


class ContactMalformed(ContactRefusal, ValueError):
    """Fields that cannot be kept; the message names each with its limit, never with its value."""

    status = 422
    code = "validation-failed"

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep the sentence of each field."""
        super().__init__("; ".join(f"{name}: {told}" for name, told in faults.items()))
        self.faults = dict(faults)


class RequestReused(ContactRefusal):
    """The same request id came before with another person."""

    status = 422
    code = "idempotency-key-reused"


class ContactsAway(ContactRefusal):
    """The file cannot be read or written at this moment; nothing of the call is stored."""

    status = 503
    code = "overloaded"


class ErasureUnfinished(ContactsAway):
    """It is erased and answers nobody, but a reader still holds older bytes; call it again."""


class ContactsHeld(ContactRefusal):
    """Another process writes the contact store; the message names it."""


class ContactsDamaged(ContactRefusal):
    """Stored bytes are not what was stored under this tenant, id and field."""


class MasterKeyRefused(ContactRefusal):
    """The master key is missing, malformed, readable by others, or another store's."""
