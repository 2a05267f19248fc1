"""What the operator does to the stores of take-back, by the one process that writes them.

The same functions serve the admin socket of a running partner API and, where none runs, the
command that opens the files itself: a verb, what it is told, and what it tells back.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.contact import Contacts
from ledger.contact_refusals import ContactNotFound
from ledger.contract import MAX_PAGE, Ledger
from ledger.desk.ask import Asked, Keep
from ledger.desk.clerk import Clerk
from ledger.desk.partner_profile import profile_of
from ledger.records import Aggregate, Answer, Caller, Ref, Request
from ledger.refusals import NotFound
from loopline.simulated_clock import ClockRefused, SimulatedClock, refuse_others
from recycling.evidence import EvidenceError
from recycling.facts import SYSTEM
from recycling.vocabulary import Role
from web.partner.api_key import MAX_LIVE_KEYS, StoredKey, TooManyLiveKeys, digest_of, issue, rotated
from web.partner.credential import CREDENTIAL_ROLES, Credential, Scope
from web.partner.key_store import KIND as KEY
from web.partner.key_store import KeyStore, body_of, key_of

PARTNER = "partner"
KEY_LIFE = timedelta(days=365)
ANSWER_WITHIN_S = 30.0
MAX_PARTNERS_LISTED = 10_000
MAX_ROUNDS = 20  # of the clerk, at one setting of the demo's clock

Told = Mapping[str, Any]


class AdminRefused(Exception):
    """What the operator asked cannot be done; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class DemoTime:
    """A clock that is set from outside, and the clerk whose rounds it brings."""

    clock: SimulatedClock
    clerk: Clerk


class Administration:
    """Partners, their keys, pruning and erasure."""

    def __init__(
        self,
        ledger: Ledger[Asked],
        contacts: Contacts,
        keys: KeyStore,
        *,
        now: Callable[[], datetime],
        demo: DemoTime | None = None,
    ) -> None:
        """Keep the stores; with ``demo`` the clock is set from here, and the tenant is the demo."""
        self._demo = demo
        self._ledger, self._contacts, self._keys, self._now = ledger, contacts, keys, now

    def run(self, verb: str, told: Told) -> Told:
        """Do what ``verb`` says.

        Raises
        ------
        AdminRefused
            If it cannot be done, or there is no such verb.
        """
        verbs: Mapping[str, Callable[[Told], Told]] = {
            "partners-add": self._add,
            "partners-list": self._list,
            "partners-rotate-key": self._rotate,
            "partners-suspend": self._suspend,
            "keys-add": self._add_key,
            "ledger-prune": self._prune,
            "contacts-erase": self._erase,
            "clock-set": self._set_clock,
        }
        if verb not in verbs:
            raise AdminRefused(f"there is no verb {verb}; it is one of {', '.join(verbs)}")
        try:
            return verbs[verb](told)
        except (ClockRefused, EvidenceError, ContactNotFound, TooManyLiveKeys) as error:
            raise AdminRefused(str(error)) from None

    def _add(self, told: Told) -> Told:
        """Register a partner with its profile, and give it its first key."""
        profile = dict(told["profile"])
        profile_of(profile)
        tenant, partner_id = str(told["tenant"]), told.get("partner_id") or uuid.uuid4().hex
        self._keep(tenant, PARTNER, partner_id, "active", "added", profile, must_exist=False)
        key = self._new_key(tenant, partner_id, frozenset(map(Role, profile["roles"])), told)
        return {"tenant": tenant, "partner_id": partner_id, **key}

    def _add_key(self, told: Told) -> Told:
        """Give the maker's own people a key."""
        roles = frozenset(map(Role, told["roles"]))
        if not roles or not roles <= CREDENTIAL_ROLES:
            raise AdminRefused(f"roles are of {', '.join(sorted(CREDENTIAL_ROLES))}")
        return self._new_key(str(told["tenant"]), None, roles, told)

    def _new_key(
        self, tenant: str, partner_id: str | None, roles: frozenset[Role], told: Told
    ) -> Told:
        key, now = issue(), self._now()
        scopes = frozenset(map(Scope, told.get("scopes") or scopes_for(partner_id)))
        stored = StoredKey(
            credential=Credential(
                tenant=tenant, partner_id=partner_id, roles=roles, scopes=scopes, key_id=key.key_id
            ),
            secret_sha256=digest_of(key.secret),
            issued_at=now,
            expires_at=now + KEY_LIFE,
        )
        others = [one for one in self._keys_of(tenant, partner_id) if one.is_live(now)]
        if partner_id is not None and others:
            for ending in rotated(others, stored, now=now)[:-1]:
                self._keep_key(ending, "ending")
        self._keep_key(stored, "issued")
        return {
            "key_id": key.key_id,
            "key": key.text,
            "expires_at": stored.expires_at.isoformat(),
            "live_keys": min(len(others) + 1, MAX_LIVE_KEYS),
        }

    def _keep_key(self, key: StoredKey, type_: str) -> None:
        credential = key.credential
        self._keep(credential.tenant, KEY, credential.key_id, "live", type_, body_of(key))
        self._keys.forget(credential.key_id)

    def _rotate(self, told: Told) -> Told:
        """Give a partner a second key; the first one ends after a week."""
        row = self._partner(told)
        roles = frozenset(map(Role, row.body["roles"]))
        return {"partner_id": row.id, **self._new_key(row.tenant, row.id, roles, told)}

    def _suspend(self, told: Told) -> Told:
        """Take a partner out of assignment, or let it in again with ``lift``."""
        row = self._partner(told)
        state = "active" if told.get("lift") else "suspended"
        type_ = "reinstated" if told.get("lift") else "suspended"
        self._keep(row.tenant, PARTNER, row.id, state, type_, row.body)
        return {"partner_id": row.id, "state": state}

    def _partner(self, told: Told) -> Aggregate:
        ref = Ref(PARTNER, str(told["partner_id"]))
        try:
            return self._ledger.get(Caller(str(told["tenant"])), ref)
        except NotFound:
            raise AdminRefused(
                f"tenant {told['tenant']} has no partner {ref.id}; `loopline partners list` "
                "names them"
            ) from None

    def _list(self, told: Told) -> Told:
        rows = list(self._rows(str(told["tenant"]), PARTNER))
        now = self._now()
        return {
            "partners": [
                {
                    "partner_id": row.id,
                    "name": row.body.get("name"),
                    "state": row.state,
                    "roles": row.body.get("roles", []),
                    "live_keys": sum(key.is_live(now) for key in self._keys_of(row.tenant, row.id)),
                }
                for row in rows[:MAX_PARTNERS_LISTED]
            ]
        }

    def _rows(self, tenant: str, kind: str) -> Iterator[Aggregate]:
        after: int | None = 0
        while after is not None:
            page = self._ledger.page(Caller(tenant), kind, after_seq=after, limit=MAX_PAGE)
            yield from page.items
            after = page.next_seq

    def _keys_of(self, tenant: str, partner_id: str | None) -> list[StoredKey]:
        keys = map(key_of, self._rows(tenant, KEY))
        return [key for key in keys if key.credential.partner_id == partner_id]

    def _prune(self, _told: Told) -> Told:
        gone = self._ledger.prune()
        return {
            "idempotency": gone.idempotency, "refusals": gone.refusals, "outbox": gone.outbox,
        }  # fmt: skip

    def _erase(self, told: Told) -> Told:
        erasure = self._contacts.erase(str(told["contact_id"]))
        return {
            "contact_id": erasure.contact_id,
            "erased_at": erasure.erased_at.isoformat(),
        }

    def _set_clock(self, told: Told) -> Told:
        """Set the demo's clock, and let the clerk do what is due by then."""
        if self._demo is None:
            raise AdminRefused(
                "clock-set is for the demo alone: LOOPLINE_PARTNER_API__CLOCK is not simulated"
            )
        try:
            now = datetime.fromisoformat(str(told.get("now")))
        except ValueError:
            raise AdminRefused(
                f"now {told.get('now')!r} is no instant as ISO 8601 has it"
            ) from None
        self._demo.clock.set(now)
        did, refused = Counter[str](), list[Told]()
        for _ in range(MAX_ROUNDS):
            done = self._demo.clerk.round()
            did.update(done.counts)
            refused += [{"code": one.code, "detail": one.detail} for one in done.refused]
            if done.is_idle:
                break
        return {"now": now.isoformat(), "did": dict(sorted(did.items())), "refused": refused}

    def _keep(
        self,
        tenant: str,
        kind: str,
        noun_id: str,
        state: str,
        type_: str,
        body: Told,
        *,
        must_exist: bool | None = None,
    ) -> Answer:
        if self._demo is not None:
            refuse_others([tenant])
        command = Keep(
            kind=kind, id=noun_id, state=state, type=type_, body=body, by=SYSTEM,
            must_exist=must_exist,
        )  # fmt: skip
        request: Request[Asked] = Request(
            caller=Caller(tenant), method="ADMIN", path=f"/{kind}/{noun_id}", digest="",
            command=command,
        )  # fmt: skip
        answer = self._ledger.submit(request).result(ANSWER_WITHIN_S)
        if answer.status >= 400:
            raise AdminRefused(f"{kind} {noun_id}: {answer.body.decode()}")
        return answer


PARTNER_SCOPES = frozenset(
    {
        Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.PICKUPS_READ, Scope.PICKUPS_WRITE,
        Scope.UNITS_READ, Scope.UNITS_WRITE, Scope.CONSIGNMENTS_READ, Scope.CONSIGNMENTS_WRITE,
        Scope.BATCHES_READ, Scope.BATCHES_WRITE, Scope.UPLOADS_READ, Scope.UPLOADS_WRITE,
        Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE,
    }
)  # fmt: skip


def scopes_for(partner_id: str | None) -> frozenset[Scope]:
    """Return what a new key opens where nothing is said: a partner's work, or all for one's own."""
    return frozenset(Scope) if partner_id is None else PARTNER_SCOPES
