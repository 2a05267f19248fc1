"""The list of erased ids beside the file: it stays where an older file is put back."""

import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ledger.contact import (
    Erasure,
)
from ledger.contact_file import stamp

LIST_FILE = "contacts.erased"
_LINE = re.compile(r"([0-9a-f-]{36}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00)", re.ASCII)


def read_erased(folder: Path) -> list[Erasure]:
    """Return the erasures that were begun; a line that a kill cut short was none."""
    path = folder / LIST_FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    matches = (_LINE.fullmatch(line) for line in lines)
    return [Erasure(one[1], datetime.fromisoformat(one[2])) for one in matches if one]


def append_erased(folder: Path, erasures: Iterable[Erasure]) -> None:
    """Write erasures down, durable when this returns; raise ``OSError`` where that fails."""
    lines = "".join(f"{one.contact_id} {stamp(one.erased_at)}\n" for one in erasures)
    path = folder / LIST_FILE
    is_new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(f"\n{lines}".encode())  # the line before may have been cut short
        file.flush()
        os.fsync(handle)
    if is_new:
        _fsync_folder(folder)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
