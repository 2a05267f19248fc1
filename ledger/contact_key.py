"""The master key: 32 bytes from the environment or from a file that only its owner reads."""

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ledger.contact_refusals import (
    MasterKeyRefused,
)
from runtime.settings import ContactSettings

KEY_BYTES = 32
MAX_KEY_FILE_BYTES = 1_024
VARIABLE = "LOOPLINE_CONTACTS__MASTER_KEY"
_MAKE_ONE = "write one with `openssl rand -base64 32`"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps every person's key; it shows itself nowhere."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no key."""
        if len(self.secret) != KEY_BYTES:
            raise MasterKeyRefused(f"a master key has {KEY_BYTES} bytes, got {len(self.secret)}")
        if len(set(self.secret)) == 1:
            raise MasterKeyRefused(f"a master key of {KEY_BYTES} equal bytes is none: {_MAKE_ONE}")


def master_key_of(settings: ContactSettings) -> MasterKey:
    """Return the master key that the settings name.

    Raises
    ------
    MasterKeyRefused
        If there is none or two, if it is no base64 of 32 bytes, or if others may read its file.
    """
    written, file = settings.master_key, settings.master_key_file
    if written is not None and file is not None:
        raise MasterKeyRefused(f"{VARIABLE} and {VARIABLE}_FILE are both set; unset one")
    if written is not None:
        return _decoded(written.get_secret_value(), VARIABLE)
    if file is None:
        raise MasterKeyRefused(
            f"contacts need a master key: set {VARIABLE}_FILE to a file of mode 0600, or "
            f"{VARIABLE}, to base64 of {KEY_BYTES} bytes; {_MAKE_ONE}"
        )
    return read_key_file(file)


def read_key_file(file: Path) -> MasterKey:
    """Return the master key of a file.

    Raises
    ------
    MasterKeyRefused
        If it is no regular file, others may read it, or it holds no key.
    """
    what = f"master key file {file}"
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise MasterKeyRefused(f"{what} cannot be read: {error.strerror}") from None
    try:
        _refuse_open_to_others(os.fstat(handle).st_mode, what)
        text = os.read(handle, MAX_KEY_FILE_BYTES + 1)
    finally:
        os.close(handle)
    if len(text) > MAX_KEY_FILE_BYTES:
        raise MasterKeyRefused(f"{what} holds more than {MAX_KEY_FILE_BYTES} bytes")
    return _decoded(text.decode("ascii", "replace"), what)


def _refuse_open_to_others(mode: int, what: str) -> None:
    if not stat.S_ISREG(mode):
        raise MasterKeyRefused(f"{what} is no regular file")
    if mode & 0o077:
        raise MasterKeyRefused(
            f"{what} has mode {stat.S_IMODE(mode):04o}, others may use it; chmod 0600"
        )


def _decoded(text: str, what: str) -> MasterKey:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise MasterKeyRefused(f"{what} is no base64; {_MAKE_ONE}") from None
    if len(secret) != KEY_BYTES:
        raise MasterKeyRefused(
            f"{what} holds {len(secret)} bytes, a master key has {KEY_BYTES}; {_MAKE_ONE}"
        )
    return MasterKey(secret)
