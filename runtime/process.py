"""This process's memory, child processes that cannot outlive it, and free loopback ports."""

import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_GRACE_S = 10.0
PR_SET_PDEATHSIG = 1


def keep_start() -> None:
    """Let collections pass over what the start has made: it lives as long as the process."""
    gc.collect()
    gc.freeze()


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    # A parent killed by SIGKILL says nothing; the kernel tells the child for it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command``, its output appended to ``log``; it ends when this process does."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - our own programs, no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            preexec_fn=_die_with_parent,
            start_new_session=True,  # Ctrl-C reaches the supervisor, which stops them in order
        )


def stop(process: subprocess.Popen[bytes], *, grace_s: float = STOP_GRACE_S) -> int:
    """End ``process`` by SIGTERM, after ``grace_s`` by SIGKILL; return its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def last_lines(log: Path, *, count: int = 5) -> str:
    """Return the end of ``log``: what a person wants to see when something ended."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
