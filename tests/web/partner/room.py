"""A partner API on a ledger in a folder of its own, with keys of three parties."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey
from starlette.testclient import TestClient

from ledger.contact_key import MasterKey
from ledger.contact_store import open_contacts
from ledger.contract import Ports
from ledger.desk.ask import Asked, Keep
from ledger.desk.decide import Desk
from ledger.desk.reference import Reference
from ledger.records import Caller, Request
from ledger.sqlite_ledger import SqliteLedger
from loopline.policies import answers_to
from recycling.facts import SYSTEM
from recycling.price_list import demo_price_list
from recycling.vocabulary import Role
from runtime.signing_keys import kid_of
from web.partner.api_key import StoredKey, digest_of, issue
from web.partner.app import create_partner_app
from web.partner.authentication import Authority
from web.partner.certificate_store import CertificateStore
from web.partner.credential import Credential, Scope
from web.partner.job_runner import JobRunner
from web.partner.key_store import KIND, KeyStore, body_of
from web.partner.limiter import Limiter
from web.partner.order_of_checks import Gate
from web.partner.services import PartnerServices
from web.partner.token import TokenKeys

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MASTER_KEY = MasterKey(bytes(range(32)))
EVERY_SCOPE = frozenset(Scope)
WITHIN_S = 20.0


@dataclass
class Room:
    """What a test turns by hand: the clock, the limiter's clock, the disk."""

    folder: Path
    now: datetime = NOON
    monotonic_s: float = 0.0
    free_share: float = 0.5
    keys: dict[str, str] = field(default_factory=dict)
    quota: int = 1_000_000

    def __post_init__(self) -> None:
        """Open ledger and contacts, and the application over them."""
        self.reference = Reference(
            token_of=lambda tenant, plate: f"{tenant}-{len(plate)}",
            price_lists=(demo_price_list(),),
        )
        self.ledger: SqliteLedger[Asked] = SqliteLedger(
            self.folder / "ledger",
            Desk(self.reference),
            Ports(
                now=lambda: self.now,
                new_id=lambda: uuid.uuid4().hex,
                free_share=lambda: self.free_share,
                sent_until=lambda: 0,
            ),
            product_version="0.0.0",
        )
        self.contacts = open_contacts(
            self.folder / "contacts",
            master_key=MASTER_KEY,
            now=lambda: self.now,
            random_bytes=os.urandom,
            product_version="0.0.0",
        )
        self.key_store = KeyStore(self.ledger, lambda: self.monotonic_s)
        self.token_keys = TokenKeys(
            issuer="loopline", audience="partner-api",
            signing=OKPKey.generate_key("Ed25519", {"kid": "t1"}),
        )  # fmt: skip
        key = OKPKey.generate_key("Ed25519")
        self.certificates = CertificateStore(
            ledger=self.ledger, folder=self.folder / "uploads", key=key, keys={kid_of(key): key}
        )
        self.services = PartnerServices(
            ledger=self.ledger,
            contacts=self.contacts,
            gate=Gate(
                authority=Authority(find=self.key_store.find, keys=self.token_keys),
                limiter=Limiter(quota=self.quota),
                now=lambda: self.now,
                monotonic_s=lambda: self.monotonic_s,
            ),
            now=lambda: self.now,
            new_id=lambda: uuid.uuid4().hex,
            cursor_secrets=(b"c" * 32,),
            uploads=self.folder / "uploads",
            token_keys=self.token_keys,
            price_lists=(demo_price_list(),),
            watch=self.ledger.watch,
            reference=self.reference,
            certificates=self.certificates,
            evaluate_policies=answers_to,
            health=lambda: (),
            product_version="0.0.0",
        )
        self.jobs = JobRunner(self.ledger, self.ledger.watch, self.services.uploads)
        self.app = create_partner_app(self.services)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def key(
        self,
        *roles: Role,
        tenant: str = "hisense",
        partner_id: str | None = None,
        scopes: frozenset[Scope] = EVERY_SCOPE,
    ) -> dict[str, str]:
        """Return the headers of a new key."""
        key = issue()
        credential = Credential(
            tenant=tenant, partner_id=partner_id, roles=frozenset(roles), scopes=scopes,
            key_id=key.key_id,
        )  # fmt: skip
        stored = StoredKey(
            credential=credential,
            secret_sha256=digest_of(key.secret),
            issued_at=self.now,
            expires_at=self.now + timedelta(days=3_650),
        )
        self.keep(KIND, key.key_id, body_of(stored), tenant=tenant)
        return {"Authorization": f"Bearer {key.text}"}

    def keep(
        self, kind: str, noun_id: str, body: Any, *, tenant: str = "hisense", state: str = "active"
    ) -> None:
        """Keep a noun, as the house itself."""
        command = Keep(kind=kind, id=noun_id, state=state, type="told", body=body, by=SYSTEM)
        request: Request[Asked] = Request(
            caller=Caller(tenant), method="SYSTEM", path=kind, digest="", command=command
        )
        assert self.ledger.submit(request).result(WITHIN_S).status in (200, 201)

    def post(self, path: str, body: Any, headers: dict[str, str], *, key: str | None = None) -> Any:
        """Return the answer to a write under a new idempotency key, or the one named."""
        told = {**headers, "Idempotency-Key": key or uuid.uuid4().hex}
        return self.client.post(path, json=body, headers=told)

    def put(self, path: str, content: bytes, headers: dict[str, str], media_type: str) -> Any:
        """Return the answer to bytes that were declared before."""
        told = {**headers, "Content-Type": media_type}
        return self.client.put(path, content=content, headers=told)

    def get(self, path: str, headers: dict[str, str]) -> Any:
        """Return the answer to a read."""
        return self.client.get(path, headers=headers)

    def close(self) -> None:
        """Let go of both stores."""
        self.ledger.close()
        self.contacts.close()


@contextmanager
def opened(folder: Path, **changed: Any) -> Iterator[Room]:
    room = Room(folder, **changed)
    try:
        yield room
    finally:
        room.close()
