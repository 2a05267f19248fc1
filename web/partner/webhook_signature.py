"""Signatures of Standard Webhooks 1.0: two of them while a secret changes."""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
NEW_SECRET_BYTES = 32
MAX_SECRETS = 2
MAX_SIGNATURES = 8
MAX_SIGNATURE_CHARACTERS = 2_048
TOLERANCE = timedelta(minutes=5)
VERSION = "v1"

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureInvalid(ValueError):
    """The message is not to be believed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A secret that sender and receiver share."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a secret that is too short or too long."""
        if not MIN_SECRET_BYTES <= len(self.raw) <= MAX_SECRET_BYTES:
            raise ValueError(
                f"a secret has {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes, got {len(self.raw)}"
            )

    @property
    def text(self) -> str:
        """What the receiver is given."""
        return SECRET_PREFIX + b64encode(self.raw).decode()


def new_secret(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> WebhookSecret:
    """Return a new secret of ``random_bytes``."""
    return WebhookSecret(random_bytes(NEW_SECRET_BYTES))


def read_secret(text: str) -> WebhookSecret:
    """Return the secret that ``text`` writes.

    Raises
    ------
    ValueError
        If it is none; the message does not repeat it.
    """
    try:
        return WebhookSecret(b64decode(text.removeprefix(SECRET_PREFIX), validate=True))
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None


def sign(secret: WebhookSecret, *, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return one signature, with its version."""
    message = f"{message_id}.{timestamp_s}.".encode() + body
    digest = hmac.new(secret.raw, message, hashlib.sha256).digest()
    return f"{VERSION},{b64encode(digest).decode()}"


def signed_headers(
    active: Sequence[WebhookSecret], *, message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the three headers of a message, signed with each of the ``active`` secrets.

    Raises
    ------
    ValueError
        If there is no secret, or more than two, or the id holds what would move the parts.
    """
    if not 1 <= len(active) <= MAX_SECRETS:
        raise ValueError(f"1 to {MAX_SECRETS} secrets sign, got {len(active)}")
    if _ID.fullmatch(message_id) is None:
        raise ValueError(f"a message id has letters, digits, - and _, got {message_id!r}")
    timestamp_s = int(at.timestamp())
    signatures = [
        sign(one, message_id=message_id, timestamp_s=timestamp_s, body=body) for one in active
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }


def verify(
    headers: Mapping[str, str], body: bytes, *, active: Sequence[WebhookSecret], now: datetime
) -> None:
    """Return only if one of the ``active`` secrets signed this ``body`` within five minutes.

    Raises
    ------
    SignatureInvalid
        If not.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    told = headers.get("webhook-signature", "")
    if _ID.fullmatch(message_id) is None or _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureInvalid("webhook-id or webhook-timestamp is missing or malformed")
    timestamp_s = int(timestamp)
    if abs(now.timestamp() - timestamp_s) > TOLERANCE.total_seconds():
        raise SignatureInvalid(f"webhook-timestamp {timestamp} is not within five minutes of now")
    if len(told) > MAX_SIGNATURE_CHARACTERS:
        raise SignatureInvalid("webhook-signature is too long")
    candidates = [one.encode() for one in told.split(" ")[:MAX_SIGNATURES]]
    wanted = [
        sign(one, message_id=message_id, timestamp_s=timestamp_s, body=body).encode()
        for one in active
    ]
    if not any([hmac.compare_digest(one, other) for one in candidates for other in wanted]):
        raise SignatureInvalid("no signature of webhook-signature is right")
