"""Who asks: a tenant, perhaps a partner, and what they may do. Nothing else tells the tenant."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from recycling.vocabulary import Role
from schemas.refusal import shown

# A consumer's move is posted by intake; the system, an author and a holder have no key.
CREDENTIAL_ROLES = frozenset(Role) - {Role.CONSUMER, Role.SYSTEM, Role.AUTHOR, Role.HOLDER}


class Scope(StrEnum):
    """Which part of the API a credential opens."""

    DEMANDS_READ = "demands:read"
    DEMANDS_WRITE = "demands:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PICKUPS_READ = "pickups:read"
    PICKUPS_WRITE = "pickups:write"
    UNITS_READ = "units:read"
    UNITS_WRITE = "units:write"
    CONSIGNMENTS_READ = "consignments:read"
    CONSIGNMENTS_WRITE = "consignments:write"
    BATCHES_READ = "batches:read"
    BATCHES_WRITE = "batches:write"
    LOTS_READ = "lots:read"
    LOTS_WRITE = "lots:write"
    UPLOADS_READ = "uploads:read"
    UPLOADS_WRITE = "uploads:write"
    STATEMENTS_READ = "statements:read"
    STATEMENTS_WRITE = "statements:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    EPCIS_READ = "epcis:read"
    EPCIS_WRITE = "epcis:write"
    PARTNERS = "partners"
    POLICIES = "policies"
    ASSIGNMENTS = "assignments"
    CONTACTS = "contacts"


class ScopeUnknown(ValueError):
    """There is no such scope; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Who asks. No partner means the maker's own people."""

    tenant: str
    partner_id: str | None
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    key_id: str


def scopes_of(text: str) -> frozenset[Scope]:
    """Return the scopes of a list parted by spaces, as RFC 6749 writes it.

    Raises
    ------
    ScopeUnknown
        If one of them is none.

    Examples
    --------
    >>> sorted(scopes_of("units:read pickups:write"))
    [<Scope.PICKUPS_WRITE: 'pickups:write'>, <Scope.UNITS_READ: 'units:read'>]
    """
    known = {str(scope): scope for scope in Scope}
    words = text.split(" ") if text else []
    for word in words:
        if word not in known:
            raise ScopeUnknown(f"there is no scope {shown(word)}")
    return frozenset(known[word] for word in words)


def scope_text(scopes: Iterable[Scope]) -> str:
    """Return ``scopes`` as one text, the same for the same set."""
    return " ".join(sorted(scopes))
