"""Uploads: what a partner declares before the bytes come, and whether these are that."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from schemas.refusal import shown
from web.partner.problems import Fault, ProblemName, problem
from web.problems import Problem

MAX_UPLOAD_BYTES = 10 * 1024 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Format(NamedTuple):
    """A form of picture: what Pillow calls it, its file ending, and how its bytes begin."""

    name: str
    ending: str
    magic: re.Pattern[bytes]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "image/jpeg": Format("JPEG", "jpg", re.compile(rb"\xff\xd8\xff")),
        "image/png": Format("PNG", "png", re.compile(rb"\x89PNG\r\n\x1a\n")),
        "image/webp": Format("WEBP", "webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What will come."""

    sha256: str
    size_bytes: int
    media_type: str


def declared(*, sha256: str, size_bytes: int, media_type: str) -> Declared:
    """Return the declaration of an upload.

    Raises
    ------
    Problem
        422 ``validation-failed`` naming each part that cannot be, 413 for too many bytes, 415 for a
        type that is not taken.
    """
    if media_type not in FORMATS:
        raise problem(
            ProblemName.MEDIA_TYPE_UNSUPPORTED,
            f"media_type {shown(media_type)} is none of {', '.join(FORMATS)}",
        )
    if _SHA256.fullmatch(sha256) is None:
        raise _wrong("sha256", sha256, "must be 64 lower case hexadecimal digits")
    if size_bytes < 1:
        raise _wrong("size_bytes", size_bytes, "must be at least 1")
    if size_bytes > MAX_UPLOAD_BYTES:
        raise problem(
            ProblemName.BODY_TOO_LARGE,
            f"size_bytes {shown(size_bytes)}; an upload has at most {MAX_UPLOAD_BYTES}",
        )
    return Declared(sha256=sha256, size_bytes=size_bytes, media_type=media_type)


def check_bytes(content: bytes, what: Declared) -> None:
    """Return only if ``content`` is ``what`` was declared.

    Raises
    ------
    Problem
        422 ``validation-failed`` for another size, hash or kind of file.
    """
    if len(content) != what.size_bytes:
        raise _wrong("size_bytes", len(content), f"was declared as {what.size_bytes}")
    digest = hashlib.sha256(content).hexdigest()
    if digest != what.sha256:
        raise _wrong("sha256", digest, f"was declared as {what.sha256}")
    if FORMATS[what.media_type].magic.match(content) is None:
        raise _wrong("media_type", content[:12].hex(" "), f"is no beginning of {what.media_type}")


def _wrong(field: str, value: str | int, reason: str) -> Problem:
    fault = Fault(f"/{field}", shown(value), reason)
    detail = f"{field} {shown(value)} {reason}"
    return problem(ProblemName.VALIDATION_FAILED, detail, faults=[fault])


def path_of(sha256: str, media_type: str) -> PurePosixPath:
    """Return where a file of this content lies, below the folder of uploads.

    Examples
    --------
    >>> str(path_of("ab" * 32, "image/jpeg"))[:20]
    'ab/ab/ababababababab'
    """
    if _SHA256.fullmatch(sha256) is None:
        raise ValueError(f"is no SHA-256: {shown(sha256)}")
    return PurePosixPath(sha256[:2], sha256[2:4], f"{sha256}.{FORMATS[media_type].ending}")


def served_headers(sha256: str, media_type: str) -> Mapping[str, str]:
    """Return the headers under which a kept file is given out: to be saved, never to be run."""
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{path_of(sha256, media_type).name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
