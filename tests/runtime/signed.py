"""Keys that are the same at every run, and documents that a forger would make."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import OKPKey

from runtime.signing_keys import Keys, kid_of

TYP = "test+jws"
# RFC 8037, A.1: the key of the standard, so that nobody takes it for one of ours.
STANDARD_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
STANDARD_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # A.3


def standard_key() -> OKPKey:
    return OKPKey.import_key(dict(STANDARD_KEY))


def keys(*some: OKPKey) -> Keys:
    return {kid_of(key): key for key in some}


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def forged(
    payload: bytes, key: OKPKey, header: Mapping[str, Any] | bytes, **more: Any
) -> dict[str, Any]:
    """A document with any header at all, truly signed by ``key``: what a library would refuse."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    protected, told = encoded(raw), encoded(payload)
    private: Any = key.private_key
    signature = private.sign(f"{protected}.{told}".encode())
    return {"payload": told, "protected": protected, "signature": encoded(signature)} | more
