"""Secrets that a process makes for itself at its first start: files nobody else may read."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

MODE = 0o600
MAX_SECRET_BYTES = 64 * 1024


class SecretRefused(Exception):
    """A secret that others may read, or that cannot be read; the message names its file."""


def read_or_make(file: Path, make: Callable[[], bytes]) -> bytes:
    """Return the secret of ``file``, made and on the disk where there was none.

    Two processes that make it at once agree on the first one's.

    Raises
    ------
    SecretRefused
        If it cannot be read or made, others may read it, or it is too long.
    """
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(file, make())
        return _read(file)
    except OSError as error:
        raise SecretRefused(f"secret {file} cannot be used: {error.strerror}") from None


def _make(file: Path, secret: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        os.write(handle, secret)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        with suppress(FileExistsError):
            os.link(draft, file)  # unlike a rename it leaves the first one's where two make it
    finally:
        draft.unlink()


def _read(file: Path) -> bytes:
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise SecretRefused(f"secret {file} may be read by others; chmod 0600")
        secret = os.read(handle, MAX_SECRET_BYTES + 1)
    finally:
        os.close(handle)
    if not 0 < len(secret) <= MAX_SECRET_BYTES:
        raise SecretRefused(f"secret {file} has {len(secret)} bytes, not 1 to {MAX_SECRET_BYTES}")
    return secret
