"""Cursors: where the next page of one list begins, signed, so that nobody makes one up.

A cursor tells a ``seq`` and nothing else; the list it belongs to (whose, which, how filtered) is in
the signature and is taken from the request that brings it back.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence

from schemas.refusal import shown
from web.partner.idempotency import canonical_json
from web.partner.problems import ProblemName, problem

VERSION = 1
SEQ_BYTES = 8
MAC_BYTES = 16
MAX_SEQ = 2**63 - 1
CURSOR_CHARACTERS = 36
_PURPOSE = b"loopline list cursor 1\n"


def sign_cursor(seq: int, *, of: Mapping[str, str | None], secret: bytes) -> str:
    """Return the cursor after row ``seq`` of the list ``of``.

    Raises
    ------
    ValueError
        If ``seq`` is none that a ledger gives.
    """
    if not 0 <= seq <= MAX_SEQ:
        raise ValueError(f"seq must be 0 to {MAX_SEQ}, got {seq}")
    head = bytes([VERSION]) + seq.to_bytes(SEQ_BYTES)
    return urlsafe_b64encode(head + _mac(head, of, secret)).rstrip(b"=").decode()


def read_cursor(text: str, *, of: Mapping[str, str | None], secrets: Sequence[bytes]) -> int:
    """Return after which ``seq`` the page begins; several secrets while they change.

    Raises
    ------
    Problem
        400 ``cursor-invalid`` if it was not given out for the list ``of``.
    """
    raw = _decoded(text)
    head, mac = raw[: 1 + SEQ_BYTES], raw[1 + SEQ_BYTES :]
    known = [hmac.compare_digest(mac, _mac(head, of, secret)) for secret in secrets]
    if len(raw) != 1 + SEQ_BYTES + MAC_BYTES or raw[0] != VERSION or not any(known):
        raise problem(
            ProblemName.CURSOR_INVALID,
            f"cursor {shown(text)} was not given out for this list with these filters",
        )
    return int.from_bytes(head[1:])


def _decoded(text: str) -> bytes:
    """Return the bytes of ``text``, none where it is not exactly how they are written."""
    if len(text) > CURSOR_CHARACTERS or not text.isascii():
        return b""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == text else b""


def _mac(head: bytes, of: Mapping[str, str | None], secret: bytes) -> bytes:
    message = _PURPOSE + head + canonical_json(of).encode()
    return hmac.new(secret, message, hashlib.sha256).digest()[:MAC_BYTES]
