"""API keys as the ledger keeps them: found by their id, remembered for a moment."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from ledger.contract import Ledger
from ledger.desk.ask import Asked
from ledger.records import Aggregate, Ref
from recycling.vocabulary import Role
from web.partner.api_key import StoredKey
from web.partner.credential import Credential, Scope

KIND = "api_key"
MAX_REMEMBERED = 10_000
REMEMBERED_S = 2.0


class KeyStore:
    """Finds keys; what it remembers is at most ``REMEMBERED_S`` old."""

    def __init__(self, ledger: Ledger[Asked], monotonic_s: Callable[[], float]) -> None:
        """Begin with nothing remembered."""
        self._ledger, self._monotonic_s = ledger, monotonic_s
        self._found: OrderedDict[str, tuple[float, StoredKey | None]] = OrderedDict()
        self._lock = Lock()

    def find(self, key_id: str) -> StoredKey | None:
        """Return the key of an id, or None."""
        now_s = self._monotonic_s()
        with self._lock:
            found = self._found.get(key_id)
        if found is not None and now_s - found[0] < REMEMBERED_S:
            return found[1]
        row = self._ledger.of_any_tenant(Ref(KIND, key_id))
        key = None if row is None else key_of(row)
        with self._lock:
            self._found[key_id] = now_s, key
            self._found.move_to_end(key_id)
            while len(self._found) > MAX_REMEMBERED:
                self._found.popitem(last=False)
        return key

    def forget(self, key_id: str) -> None:
        """Ask the ledger when the key comes next."""
        with self._lock:
            self._found.pop(key_id, None)


def key_of(row: Aggregate) -> StoredKey:
    """Return the key that a row of the ledger is."""
    body = row.body
    revoked_at = body.get("revoked_at")
    credential = Credential(
        tenant=row.tenant,
        partner_id=body["partner_id"],
        roles=frozenset(map(Role, body["roles"])),
        scopes=frozenset(map(Scope, body["scopes"])),
        key_id=row.id,
    )
    return StoredKey(
        credential=credential,
        secret_sha256=bytes.fromhex(body["secret_sha256"]),
        issued_at=datetime.fromisoformat(body["issued_at"]),
        expires_at=datetime.fromisoformat(body["expires_at"]),
        revoked_at=None if revoked_at is None else datetime.fromisoformat(revoked_at),
    )


def body_of(key: StoredKey) -> Mapping[str, Any]:
    """Return what the ledger keeps of a key."""
    return {
        "partner_id": key.credential.partner_id,
        "roles": sorted(map(str, key.credential.roles)),
        "scopes": sorted(map(str, key.credential.scopes)),
        "secret_sha256": key.secret_sha256.hex(),
        "issued_at": key.issued_at.isoformat(),
        "expires_at": key.expires_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }
