"""The command as a stranger runs it: a process of its own, its output and exit code."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
LOOPLINE = [sys.executable, "-m", "loopline"]


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOPLINE_")}
    kept.pop("KAFKA_BOOTSTRAP", None)
    return {
        **kept,
        "LOOPLINE_WAREHOUSE__DIR": str(folder),
        "LOOPLINE_LEDGER__DIR": str(folder / "ledger"),
        "LOOPLINE_CONTACTS__DIR": str(folder / "contacts"),
        "LOOPLINE_PARTNER_API__SECRETS_DIR": str(folder / "secrets"),
        "LOOPLINE_PARTNER_API__UPLOADS_DIR": str(folder / "uploads"),
        "LOOPLINE_WAREHOUSE__MIN_FREE_BYTES": "0",
        "PYTHONPATH": str(ROOT),
    }


def run(
    folder: Path, *arguments: str, extra_env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*LOOPLINE, *arguments],
        env=environment(folder) | dict(extra_env or {}),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def answer(done: "subprocess.CompletedProcess[str]") -> Any:
    return json.loads(done.stdout)


class Running:
    """A command that goes on until it is interrupted."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def line_with(self, text: str, *, within_s: float = 60) -> str:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for line in list(self.lines):
                if text in line:
                    return line
            assert self.process.poll() is None, self.lines
            time.sleep(0.05)
        raise AssertionError(f"no line with {text!r} within {within_s:g} s: {self.lines}")

    def close(self) -> None:
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@contextmanager
def running(
    folder: Path,
    *arguments: str,
    cwd: Path = ROOT,
    extra_env: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    process = subprocess.Popen(
        [*LOOPLINE, *arguments],
        env=environment(folder) | dict(extra_env or {}),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    command = Running(process)
    try:
        yield command
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        command.close()


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of the processes that work on ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            env = (entry / "environ").read_bytes()
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if str(folder).encode() in env and line:
            found.append(line)
    return found
