"""Where a running partner API says how to reach it: a file beside the ledger."""

import json
import os
from pathlib import Path

from runtime.settings import LedgerSettings

ADDRESS_FILE = "partner-api.json"


def address_path(settings: LedgerSettings) -> Path:
    """Return where the file lies."""
    return settings.dir / ADDRESS_FILE


def write(settings: LedgerSettings, url: str) -> None:
    """Say where the API listens; a reader sees the whole file or none."""
    path = address_path(settings)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    draft.replace(path)


def remove(settings: LedgerSettings) -> None:
    """Forget the address."""
    address_path(settings).unlink(missing_ok=True)


def read(settings: LedgerSettings) -> str | None:
    """Return where the API listens, or None; one whose process is gone counts as none."""
    try:
        told = json.loads(address_path(settings).read_text())
        os.kill(int(told["pid"]), 0)
        return str(told["url"])
    except (FileNotFoundError, ProcessLookupError, ValueError, KeyError):
        return None
