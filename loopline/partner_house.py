"""Everything one partner API process is made of, opened from the settings and closed again."""

import base64
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from ledger.contact_key import MasterKey, master_key_of, read_key_file
from ledger.contact_store import SqliteContacts, open_contacts
from ledger.contract import MIN_FREE_SHARE
from ledger.desk.clerk import Clerk
from ledger.desk.decide import Desk
from ledger.desk.reference import Reference
from loopline.partner_ledger import PartnerLedger, opened_ledger
from loopline.simulated_clock import DEMO_TENANT, SimulatedClock, refuse_others
from loopline.version import PRODUCT_VERSION
from recycling.price_list import demo_price_list
from runtime.secret_file import read_or_make
from runtime.settings import ContactSettings, PartnerApiSettings, Settings, SigningSettings
from runtime.signing_keys import signing_key, verifying_keys
from web.partner.authentication import Authority
from web.partner.certificate_store import CertificateStore
from web.partner.key_store import KeyStore
from web.partner.limiter import Limiter
from web.partner.order_of_checks import Gate
from web.partner.services import PartnerServices
from web.partner.token import TokenKeys
from web.partner.webhook_endpoint import WebhookSecrets
from web.services import Check

SECRET_BYTES = 32
ISSUER = AUDIENCE = "urn:loopline:partner-api"
# What the demo's maker pays itself for a new model of its own: invented.
DEMO_MODELS_CNY_FEN = {"BCD-500": 30_000, "KFR-35": 20_000, "65E7": 25_000, "JZT-B3": 10_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerHouse:
    """The stores of one process, and what its routes may use."""

    ledger: PartnerLedger
    contacts: SqliteContacts
    keys: KeyStore
    services: PartnerServices
    now: Callable[[], datetime]
    clerk: Clerk
    clock: SimulatedClock | None = None


def utc_now() -> datetime:
    """Return the instant."""
    return datetime.now(UTC)


@contextmanager
def opened_house(
    settings: Settings, *, now: Callable[[], datetime] = utc_now
) -> Iterator[PartnerHouse]:
    """Give the stores and services of the settings; of files as their only writer.

    Where the settings say so, the clock stands until somebody sets it, instead of ``now``.

    Raises
    ------
    LedgerHeld, ContactsHeld
        If another process of this machine writes them.
    LedgerAway, LedgerMissing
        If the ledger's database does not answer, or cannot be used.
    MigrationRefused, MasterKeyRefused, SecretRefused
        If they do not belong to this version, or a secret cannot be used.
    ClockRefused
        If the clock is simulated and the ledger is not the demo's alone.
    """
    clock = SimulatedClock(now) if settings.partner_api.clock == "simulated" else None
    now = now if clock is None else clock
    secrets_dir = settings.partner_api.secrets_dir
    master_key = master_key_or_own(settings.contacts, secrets_dir)
    with opened_ledger(
        settings.ledger, Desk(reference_of(settings.partner_api)), now=now
    ) as ledger:
        if clock is not None:
            refuse_others(ledger.watch.tenants())
        contacts = open_contacts(
            settings.contacts.dir,
            master_key=master_key,
            now=now,
            random_bytes=os.urandom,
            product_version=PRODUCT_VERSION,
        )
        try:
            keys = KeyStore(ledger, time.monotonic)
            services = _services(settings, ledger, contacts, keys, now)
            yield PartnerHouse(
                ledger=ledger,
                contacts=contacts,
                keys=keys,
                services=services,
                now=now,
                clerk=Clerk(ledger, ledger.watch, services.reference, now=now),
                clock=clock,
            )
        finally:
            contacts.close()


def reference_of(settings: PartnerApiSettings) -> Reference:
    """Return what the desk is told once."""
    plate_secret = _secret(settings.secrets_dir / "plates.secret")
    return Reference(
        token_of=token_maker(plate_secret),
        price_lists=(demo_price_list(),),
        model_amounts_cny_fen={DEMO_TENANT: DEMO_MODELS_CNY_FEN},
    )


def _certificates(
    settings: SigningSettings, folder: Path, ledger: PartnerLedger
) -> CertificateStore:
    key = signing_key(settings)
    return CertificateStore(
        ledger=ledger, folder=folder, key=key, keys=verifying_keys(settings, key)
    )


def _services(
    whole: Settings,
    ledger: PartnerLedger,
    contacts: SqliteContacts,
    keys: KeyStore,
    now: Callable[[], datetime],
) -> PartnerServices:
    settings = whole.partner_api
    token_keys = _token_keys(settings.secrets_dir)
    return PartnerServices(
        ledger=ledger,
        contacts=contacts,
        gate=Gate(
            authority=Authority(find=keys.find, keys=token_keys),
            limiter=Limiter(quota=settings.requests_per_minute),
            now=now,
            monotonic_s=time.monotonic,
        ),
        now=now,
        new_id=lambda: uuid.uuid4().hex,
        cursor_secrets=(_secret(settings.secrets_dir / "cursors.secret"),),
        uploads=settings.uploads_dir,
        token_keys=token_keys,
        price_lists=(demo_price_list(),),
        watch=ledger.watch,
        reference=reference_of(settings),
        certificates=_certificates(whole.signing, settings.uploads_dir, ledger),
        outgoing=ledger.outgoing,
        webhook_secrets=WebhookSecrets(_secret(settings.secrets_dir / "webhooks.secret")),
        evaluate_policies=_answers_to,
        health=lambda: checks_of(ledger),
        product_version=PRODUCT_VERSION,
    )


def _answers_to(read: Any) -> list[dict[str, Any]]:
    """Return what the policies come to; the verb's module is loaded when somebody asks."""
    from loopline.policies import answers_to

    return answers_to(read)


def checks_of(ledger: PartnerLedger) -> tuple[Check, ...]:
    """Return what readiness is made of."""
    health = ledger.health()
    waits = "" if health.waiting_since is None else f", the oldest since {health.waiting_since}"
    return (
        Check("writer", health.alive, f"{health.commits} commits, {health.queued} queued"),
        _disk_check(health.free_share),
        Check("outbox", True, f"{health.outbox_rows} events wait for the broker{waits}"),
    )


def _disk_check(free_share: float | None) -> Check:
    if free_share is None:
        return Check("disk", True, "the database's own: its watch tells how full it is")
    return Check("disk", free_share >= MIN_FREE_SHARE, f"{free_share:.1%} free")


def token_maker(secret: bytes) -> Callable[[str, str], str]:
    """Return what makes a vehicle's token of a tenant and a plate."""

    def token_of(tenant: str, plate: str) -> str:
        text = f"{tenant}\x1f{plate}".encode()
        return blake2b(text, key=secret, digest_size=12).hexdigest()

    return token_of


def _secret(file: Path) -> bytes:
    return read_or_make(file, lambda: os.urandom(SECRET_BYTES))


def master_key_or_own(settings: ContactSettings, secrets_dir: Path) -> MasterKey:
    """Return the master key of the settings, else one that this machine keeps for itself."""
    if settings.master_key is not None or settings.master_key_file is not None:
        return master_key_of(settings)
    file = secrets_dir / "contacts.key"
    read_or_make(file, lambda: base64.b64encode(os.urandom(SECRET_BYTES)))
    return read_key_file(file)


def _token_keys(secrets_dir: Path) -> TokenKeys:
    def make() -> bytes:
        key = OKPKey.generate_key("Ed25519", {"kid": uuid.uuid4().hex})
        return json.dumps(key.as_dict(private=True)).encode()

    told = json.loads(read_or_make(secrets_dir / "tokens.jwk", make))
    return TokenKeys(issuer=ISSUER, audience=AUDIENCE, signing=OKPKey.import_key(told))
