"""Idempotency keys (IETF draft 07): how one is written, what it is unique in, which body it has."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

import msgspec

from schemas.refusal import shown
from web.partner.credential import Credential
from web.partner.problems import ProblemName, problem
from web.problems import Problem

MAX_KEY_CHARACTERS = 255
MAX_WHOLE_DIGITS = 20
MAX_WHOLE = 10 ** (MAX_WHOLE_DIGITS - 1)
METHODS = frozenset({"POST", "PATCH"})
EXEMPT_PATHS = frozenset({"/v1/epcis/capture", "/oauth2/token"})

_encode = msgspec.json.Encoder(order="sorted").encode
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')  # RFC 8941, 3.3.3


class KeyScope(NamedTuple):
    """What a key is unique in: the same five words are the same request."""

    tenant: str
    partner_id: str
    method: str
    path: str
    key: str


def needs_key(method: str, path: str) -> bool:
    """Return whether a request has to carry a key."""
    return method in METHODS and path not in EXEMPT_PATHS


def key_of(values: Sequence[str]) -> str:
    """Return the key that the header's ``values`` tell, quoted or bare.

    Raises
    ------
    Problem
        400 ``idempotency-key-missing`` if there is none, more than one, or one that cannot be.

    Examples
    --------
    >>> key_of(['"8e03978e-40d5"']) == key_of(["8e03978e-40d5"])
    True
    """
    if len(values) != 1:
        raise _missing(f"Idempotency-Key is there {len(values)} times; once is needed")
    text = values[0].strip(" \t")
    inner = _QUOTED.fullmatch(text)
    if text.startswith('"') and inner is None:
        raise _missing(f"Idempotency-Key {shown(text)} has a quotation mark that does not close")
    key = re.sub(r"\\(.)", r"\1", inner[1]) if inner else text
    if _PRINTABLE.fullmatch(key) is None:
        raise _missing(
            f"Idempotency-Key {shown(text)} has not 1 to {MAX_KEY_CHARACTERS} printable characters"
        )
    return key


def _missing(detail: str) -> Problem:
    return problem(ProblemName.IDEMPOTENCY_KEY_MISSING, detail)


def scope_of(credential: Credential, *, method: str, path: str, key: str) -> KeyScope:
    """Return what ``key`` is unique in."""
    return KeyScope(credential.tenant, credential.partner_id or "", method, path, key)


def canonical_json(value: object) -> str:
    """Return one text for all JSON that says the same: keys sorted, equal numbers alike.

    The value is bounded by the wall that read it; the text is not one of RFC 8785, whose numbers
    are rounded to binary.

    Examples
    --------
    >>> from decimal import Decimal
    >>> canonical_json({"b": [1, Decimal("2.50")], "a": None})
    '{"a":null,"b":[1,25e-1]}'
    """
    plain = _plain(value)
    try:
        return _encode(plain).decode()
    except UnicodeEncodeError:
        return _escaped(plain)  # half a surrogate pair has no UTF-8


def _plain(value: object) -> object:
    """Return ``value`` with one spelling for each number."""
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, dict):
        return {name: one if type(one) is str else _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, int):
        return value if -MAX_WHOLE < value < MAX_WHOLE else _number(Decimal(value))
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return _plain(dict(value))
    raise TypeError(f"has no canonical JSON: {shown(repr(value))}")


def _number(value: Decimal) -> object:
    """Return a whole number as one, any other by its digits; no huge exponent is written out."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(f"has no canonical JSON: {value}")
    written = "".join(map(str, digits))
    kept = written.rstrip("0")
    if not kept:
        return 0
    exponent += len(written) - len(kept)
    told = ("-" if sign else "") + kept.lstrip("0")
    if exponent >= 0 and len(kept) + exponent < MAX_WHOLE_DIGITS:
        return int(told + "0" * exponent)
    return msgspec.Raw(f"{told}e{exponent}".encode())


def _escaped(value: object) -> str:
    """Return the text of what holds half a surrogate pair, which stays escaped."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        members = (f"{quoted(name)}:{_escaped(value[name])}" for name in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_escaped, value)) + "]"
    return _encode(value).decode()


def body_sha256(body: object) -> str:
    """Return the SHA-256 of bytes as they are, and of a JSON value by its canonical text."""
    raw = body if isinstance(body, bytes) else canonical_json(body).encode()
    return hashlib.sha256(raw).hexdigest()
