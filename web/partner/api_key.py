"""API keys ``pk_live_<id>_<secret>``: given out once, kept as a digest, compared in equal time."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from web.partner.credential import Credential
from web.partner.problems import ProblemName, problem
from web.problems import Problem

PREFIX = "pk_live_"
ID_CHARACTERS = 16
SECRET_BYTES = 32
MAX_LIVE_KEYS = 2
ROTATION = timedelta(days=7)
CHALLENGE = 'Bearer realm="loopline"'

_KEY = re.compile(r"pk_live_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_NO_DIGEST = bytes(32)


class TooManyLiveKeys(ValueError):
    """Two keys live already; one has to end before a third begins."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its owner holds it; the secret never shows in a log or trace."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What the owner is shown once."""
        return f"{PREFIX}{self.key_id}_{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as the store holds it."""

    credential: Credential
    secret_sha256: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Return whether the key opens anything at ``now``."""
        return now < self.expires_at and (self.revoked_at is None or now < self.revoked_at)


FindKey = Callable[[str], StoredKey | None]


def issue(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> ApiKey:
    """Return a new key of ``random_bytes``."""
    key_id = random_bytes(ID_CHARACTERS // 2).hex()
    secret = urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return ApiKey(key_id, secret)


def digest_of(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256, enough since the secret is random."""
    return hashlib.sha256(secret.encode()).digest()


def parse(text: str) -> ApiKey | None:
    """Return the key that ``text`` is, or None where it has not the form of one."""
    found = _KEY.fullmatch(text)
    return ApiKey(found[1], found[2]) if found else None


def check_key(text: str, *, find: FindKey, now: datetime) -> Credential:
    """Return whose key ``text`` is.

    Raises
    ------
    Problem
        401 ``credential-invalid``, the same for a malformed, unknown, wrong and revoked key;
        401 ``credential-expired`` for one that was right.
    """
    key = parse(text)
    if key is None:
        raise invalid()
    return check_secret(key, find=find, now=now).credential


def check_secret(key: ApiKey, *, find: FindKey, now: datetime) -> StoredKey:
    """Return the stored key that ``key`` opens.

    Raises
    ------
    Problem
        As ``check_key``.
    """
    stored = find(key.key_id)
    kept = _NO_DIGEST if stored is None else stored.secret_sha256
    same = hmac.compare_digest(kept, digest_of(key.secret))
    if stored is None or not same:
        raise invalid()
    refuse_ended(stored, now)
    return stored


def refuse_ended(stored: StoredKey, now: datetime) -> None:
    """Raise the 401 of a key that was revoked, or whose time is over."""
    if stored.revoked_at is not None and stored.revoked_at <= now:
        raise invalid()
    if stored.expires_at <= now:
        raise expired(f"the key {stored.credential.key_id} expired at {stored.expires_at}")


def rotated(
    keys: Sequence[StoredKey], new: StoredKey, *, now: datetime, overlap: timedelta = ROTATION
) -> tuple[StoredKey, ...]:
    """Return the keys of one owner with ``new`` among them; the old one ends after ``overlap``.

    Raises
    ------
    TooManyLiveKeys
        If two live already.
    """
    live = [key for key in keys if key.is_live(now)]
    if len(live) >= MAX_LIVE_KEYS:
        told = ", ".join(key.credential.key_id for key in live)
        raise TooManyLiveKeys(f"{told} live; at most {MAX_LIVE_KEYS} do")
    last = now + overlap
    ending = (
        replace(key, expires_at=min(key.expires_at, last)) if key in live else key for key in keys
    )
    return (*ending, new)


def invalid() -> Problem:
    """Return the 401 that does not say what was wrong."""
    headers = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    detail = "the Authorization header holds no valid credential"
    return problem(ProblemName.CREDENTIAL_INVALID, detail, headers=headers)


def expired(detail: str) -> Problem:
    """Return the 401 of a credential that was right once."""
    headers = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    return problem(ProblemName.CREDENTIAL_EXPIRED, detail, headers=headers)
