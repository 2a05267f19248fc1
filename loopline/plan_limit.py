"""How long a search of ``loopline plan`` may take: by a clock, or by steps that repeat exactly."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from loopline import say

MAX_SECONDS = 3_600.0
MAX_ITERATIONS = 1_000_000_000

Seconds = Annotated[float | None, typer.Option(help="seconds by the clock on the wall")]
CpuSeconds = Annotated[
    float | None, typer.Option(help="CPU seconds of this process, after its warm-up")
]
Iterations = Annotated[int | None, typer.Option(help="steps; the same seed makes the same plan")]
Seed = Annotated[int, typer.Option(help="seed of the search", min=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Seconds of a clock, or iterations."""

    clock: Callable[[], float]
    seconds: float | None = None
    iterations: int | None = None


def limit_or_refuse(
    *, seconds: float | None, cpu_seconds: float | None, iterations: int | None, default_s: float
) -> Limit:
    """Return the one limit that the options name, ``default_s`` on the wall where none does."""
    if sum(one is not None for one in (seconds, cpu_seconds, iterations)) > 1:
        say.refuse(
            "give one of --seconds, --cpu-seconds and --iterations, not several",
            say.EXIT_BAD_INPUT,
        )
    if iterations is not None:
        if not 1 <= iterations <= MAX_ITERATIONS:
            say.refuse(f"--iterations must be from 1 to {MAX_ITERATIONS}", say.EXIT_BAD_INPUT)
        return Limit(iterations=iterations, clock=time.process_time)
    if cpu_seconds is not None:
        return Limit(seconds=_length_or_refuse(cpu_seconds), clock=time.process_time)
    length_s = default_s if seconds is None else _length_or_refuse(seconds)
    return Limit(seconds=length_s, clock=time.monotonic)


def _length_or_refuse(length_s: float) -> float:
    if not 0 < length_s <= MAX_SECONDS:
        say.refuse(
            f"{length_s:g} seconds are not above 0 and up to {MAX_SECONDS:g}", say.EXIT_BAD_INPUT
        )
    return length_s
