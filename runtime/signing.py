"""Documents signed as a JWS (RFC 7515, flattened JSON) with Ed25519, and checked by known keys.

No key is ever taken out of the document, and nothing in it chooses the algorithm.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from runtime.signing_keys import Keys, kid_of
from schemas.refusal import shown

ALGORITHM = "EdDSA"  # the name most readers know; the keys settle that the curve is Ed25519
MEMBERS = ("payload", "protected", "signature")
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024


class _OnlyEdDSA(JWSRegistry):
    """One algorithm, whatever a header asks for; and payloads of the size of a large batch.

    The library's own way to the algorithm warns of its older name; the keys settle the curve here.
    """

    max_payload_length = MAX_PAYLOAD_BYTES * 4 // 3 + 4

    def get_alg(self, name: str) -> Any:
        """Return the one algorithm."""
        return self.algorithms[ALGORITHM]


_REGISTRY = _OnlyEdDSA(algorithms=[ALGORITHM])


class NotSigned(ValueError):
    """What is no signed document at all."""


class SignatureRefused(Exception):
    """A signed document whose signature does not stand for it; the message says why."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, and by which key."""

    payload: bytes
    kid: str

    @property
    def payload_sha256(self) -> str:
        """The SHA-256 of the payload, in hexadecimal."""
        return sha256(self.payload).hexdigest()


def sign(payload: bytes, *, key: OKPKey, typ: str) -> dict[str, str]:
    """Return ``payload`` signed, as a JSON object; the same payload and key give the same.

    Raises
    ------
    ValueError
        If the payload is longer than is verified.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"the payload has {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    header = {"alg": ALGORITHM, "kid": kid_of(key), "typ": typ}
    told: Any = jws.serialize_json({"protected": header}, payload, key, registry=_REGISTRY)
    return {name: str(told[name]) for name in MEMBERS}


def is_signed(value: Any) -> bool:
    """Return whether ``value`` has the form of a signed document, be it true or false."""
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in MEMBERS)


def verified(value: Any, *, keys: Keys, typ: str) -> Signed:
    """Return what was signed, once one of ``keys`` stands for it.

    Raises
    ------
    NotSigned
        If ``value`` has not the form of a signed document.
    SignatureRefused
        If a part was changed or is not covered by the signature, if the algorithm or kind of
        document is another, if something critical is not understood, or the key is none of ours.
    """
    if not is_signed(value):
        raise NotSigned(f"is no signed document: it needs the texts {', '.join(MEMBERS)}")
    for name in value:
        if name not in MEMBERS:
            raise SignatureRefused(f"{shown(name)} is not covered by the signature; take it out")
    payload, protected, _ = (_decoded(name, value[name]) for name in MEMBERS)
    kid = _kid(protected, typ)
    key = keys.get(kid)
    if key is None:
        raise SignatureRefused(
            f"no key of the list is {shown(kid)}; ask its issuer for the key list"
        )
    try:
        jws.deserialize_json(value, key, registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise SignatureRefused(f"the signature does not stand for it: {error}") from None
    return Signed(payload, kid)


def _decoded(name: str, text: str) -> bytes:
    """Return base64url that has no second spelling, so that no character can be changed unseen."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:  # also characters beyond ASCII
        raw = b""
    if urlsafe_b64encode(raw).rstrip(b"=") != text.encode("utf-8", "surrogatepass"):
        raise SignatureRefused(f"{name} is no base64url (RFC 7515, 2)")
    return raw


def _kid(protected: bytes, typ: str) -> str:
    """Return the key's name, once the header asks for nothing but what is offered."""
    try:
        header = json.loads(protected.decode())
    except (ValueError, RecursionError):
        raise SignatureRefused("protected is no JSON object") from None
    if not isinstance(header, dict):
        raise SignatureRefused("protected is no JSON object")
    if "crit" in header:
        raise SignatureRefused(f"crit asks for {shown(header['crit'])}, which is not understood")
    for name, wanted in (("alg", ALGORITHM), ("typ", typ)):
        if header.get(name) != wanted:
            raise SignatureRefused(f"{name} is {shown(header.get(name))}, not {wanted}")
    if not isinstance(header.get("kid"), str):
        raise SignatureRefused(f"kid is {shown(header.get('kid'))}, no text")
    return str(header["kid"])
