"""What the command line says: lines for people, JSON for programs, progress on a terminal."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import typer

EXIT_CHECK_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_SURROUNDINGS = 3
PROGRESS_EVERY_S = 0.5


def line(text: str) -> None:
    """Print a line for people on stdout."""
    print(text, flush=True)


def note(text: str) -> None:
    """Print a line for people on stderr, where it is in no program's way."""
    print(text, file=sys.stderr, flush=True)


def as_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def refuse(sentence: str, code: int) -> NoReturn:
    """Print one sentence on stderr and end with ``code``."""
    note(f"loopline: {sentence}")
    raise typer.Exit(code)


class Progress:
    """One line that moves on a terminal, and a line now and then elsewhere."""

    def __init__(self, what: str, *, after_s: float = 0.0) -> None:
        """Begin at nothing; what is done within ``after_s`` seconds is not told."""
        self._what = what
        self._after_s = after_s
        self._begun = time.monotonic()
        self._said = 0.0
        self._moving = sys.stderr.isatty()

    def at(self, done: int, total: int | None, more: str = "") -> None:
        """Say how far it is, not more often than twice a second."""
        now = time.monotonic()
        if now - self._begun < self._after_s:
            return
        interval = PROGRESS_EVERY_S if self._moving else PROGRESS_EVERY_S * 10
        if now - self._said < interval:
            return
        self._said = now
        self._print(done, total, more, end="")

    def done(self, done: int, total: int | None, more: str = "") -> None:
        """Say the last figure."""
        if time.monotonic() - self._begun >= self._after_s:
            self._print(done, total, more, end="\n")

    def _print(self, done: int, total: int | None, more: str, *, end: str) -> None:
        seconds = max(time.monotonic() - self._begun, 0.001)
        of = "" if total is None else f" of {total:,}"
        text = f"{self._what}: {done:,}{of}, {done / seconds:,.0f}/s{more}"
        if self._moving:
            print(f"\r{text:<78}", end=end, file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)
