"""Ed25519 keys: the private one in a file of its owner alone, the public ones as a key list."""

import json
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from runtime.settings import SigningSettings
from schemas.refusal import shown

CURVE: Literal["Ed25519"] = "Ed25519"
MAX_KEY_FILE_BYTES = 4_096
MAX_KEY_LIST_BYTES = 1_000_000
MAX_KEYS = 100
_VARIABLE = "LOOPLINE_SIGNING__KEY_FILE"
Keys = Mapping[str, OKPKey]  # by their thumbprint


class SigningKeyRefused(Exception):
    """The private key cannot be used; the message names its file and what to do."""


class KeyListRefused(ValueError):
    """A key list that cannot be read, or that holds what must never be in one."""


def kid_of(key: OKPKey) -> str:
    """Return the name of a key: its RFC 7638 thumbprint, which no other key can have."""
    return key.thumbprint()


def signing_key(settings: SigningSettings) -> OKPKey:
    """Return the private key of ``settings.key_file``; make one there at the first use.

    Raises
    ------
    SigningKeyRefused
        If it cannot be read or made, others may read it, or it is no Ed25519 private key.
    """
    file = settings.key_file
    try:
        if not file.exists():
            _make(file)
        text = _read_own(file)
    except OSError as error:
        raise SigningKeyRefused(
            f"{_VARIABLE}={file} cannot be read or made: {error.strerror or error}"
        ) from None
    try:
        key = OKPKey.import_key(text)
    except (JoseError, ValueError, TypeError):
        raise SigningKeyRefused(f"{_VARIABLE}={file} holds no PEM of a private key") from None
    if not key.is_private or key.curve_name != CURVE:
        raise SigningKeyRefused(f"{_VARIABLE}={file} holds no private key of {CURVE}")
    return key


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(OKPKey.generate_key(CURVE).as_pem(private=True))
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_own(file: Path) -> bytes:
    with file.open("rb") as opened:
        mode = os.fstat(opened.fileno()).st_mode
        if mode & 0o077:
            raise SigningKeyRefused(
                f"{_VARIABLE}={file} has mode {stat.S_IMODE(mode):04o}, others may use it; "
                "chmod 0600"
            )
        return opened.read(MAX_KEY_FILE_BYTES)


def verifying_keys(settings: SigningSettings, signing: OKPKey) -> Keys:
    """Return every public key that verifies: the signing one, and those retired before it.

    Raises
    ------
    KeyListRefused
        If the list of retired keys cannot be read.
    """
    retired = {} if settings.retired_keys_file is None else read_keys(settings.retired_keys_file)
    public = _public(signing.as_dict(private=False))
    return {kid_of(public): public, **retired}


def key_list(keys: Iterable[OKPKey]) -> dict[str, Any]:
    """Return public keys as a JWK set (RFC 7517), the private parts left out."""
    return {
        "keys": [
            {"kty": "OKP", "crv": CURVE, "x": key.as_dict(private=False)["x"],
             "use": "sig", "kid": kid_of(key)}
            for key in keys
        ]
    }  # fmt: skip


def read_keys(file: Path) -> Keys:
    """Return the Ed25519 keys of a key list in a file.

    Raises
    ------
    KeyListRefused
        If it cannot be read, is no key list, or holds a private key.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_KEY_LIST_BYTES + 1)
    except OSError as error:
        raise KeyListRefused(f"{file} cannot be read: {error.strerror or error}") from None
    try:
        return keys_in(raw)
    except KeyListRefused as error:
        raise KeyListRefused(f"{file} {error}") from None


def keys_in(raw: bytes) -> Keys:
    """Return the Ed25519 keys of a key list, each under its own thumbprint.

    What the list calls a key makes no difference, and keys of other kinds are left aside.

    Raises
    ------
    KeyListRefused
        If it is no key list, too long, or holds a private key.
    """
    if len(raw) > MAX_KEY_LIST_BYTES:
        raise KeyListRefused(f"has more than {MAX_KEY_LIST_BYTES} bytes")
    try:
        told = json.loads(raw.decode())
    except (ValueError, RecursionError):
        raise KeyListRefused("is no JSON of UTF-8") from None
    rows = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(rows, list) or len(rows) > MAX_KEYS:
        raise KeyListRefused(f'is no key list: {{"keys": [...]}} of at most {MAX_KEYS} (RFC 7517)')
    found = [_public(row) for row in rows if _is_ours(row)]
    return {kid_of(key): key for key in found}


def _is_ours(row: Any) -> bool:
    return isinstance(row, dict) and (row.get("kty"), row.get("crv")) == ("OKP", CURVE)


def _public(row: Mapping[str, Any]) -> OKPKey:
    if "d" in row:
        raise KeyListRefused("holds a private key; take it out, and use that key no more")
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": CURVE, "x": row["x"]})
    except (JoseError, KeyError, ValueError, TypeError):
        raise KeyListRefused(f"holds no key of {CURVE}: x is {shown(row.get('x'))}") from None
