"""A lock file: one process holds it until it ends, however it ends."""

import fcntl
import os
import sys
from pathlib import Path

from ledger.refusals import LedgerHeld


class LockFile:
    """Held from its making until ``release``; the kernel lets go of it when the process dies."""

    def __init__(self, path: Path, *, what: str) -> None:
        """Take the lock at once, and write into it who holds it.

        Raises
        ------
        LedgerHeld
            If another holds it; the sentence names the process.
        """
        self._file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "a process that has not told its name yet"
            self._file.close()
            raise LedgerHeld(
                f"{what} {path.parent} is held by {holder}; ask that process, or end it first"
            ) from None
        self._file.truncate(0)
        self._file.write(f"PID {os.getpid()} ({Path(sys.argv[0]).name})")
        self._file.flush()

    def release(self) -> None:
        """Let go."""
        self._file.close()
