"""What a runner's process knows of its task, and the stopwatch it reports with.

The standard library only: the peers' environment has nothing else of ours.
"""

import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benches import profiling

CPU_CLOCK = resource.RUSAGE_SELF


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one runner has to do in one round."""

    bootstrap: str
    source: str
    target: str
    group: str
    events: int
    result: str
    cores: tuple[int, ...] = ()
    dir: str = ""
    profile: bool = False


@dataclass(slots=True, kw_only=True)
class Taken:
    """What it took: from the first event's arrival to the last acknowledged answer."""

    events: int
    wall_s: float
    cpu_s: float
    began_s: float
    ended_s: float
    peak_mib: float
    progress: list[tuple[float, int]] = field(default_factory=list)


def task() -> Task:
    """Return the task of this process, pinned to its cores from here on."""
    told = json.loads(sys.argv[1])
    mine = Task(**{**told, "cores": tuple(told["cores"])})
    if mine.cores:
        os.sched_setaffinity(0, mine.cores)
    if mine.profile:
        profiling.watch_threads()
    return mine


def _cpu_s() -> float:
    used = resource.getrusage(CPU_CLOCK)
    return used.ru_utime + used.ru_stime


class Stopwatch:
    """Counts handled events between the first and the last."""

    def __init__(self, mine: Task) -> None:
        """Wait for the first event."""
        self._task = mine
        self._began: tuple[float, float] | None = None
        self._progress: list[tuple[float, int]] = []
        self.handled = 0

    def begin(self) -> None:
        """Start at the first event; later calls change nothing."""
        if self._began is None:
            self._began = (time.monotonic(), _cpu_s())

    @property
    def is_running(self) -> bool:
        """Whether the first event has come."""
        return self._began is not None

    def note(self, count: int) -> bool:
        """Add ``count`` handled events; return whether that were all, and then report."""
        self.handled += count
        self._progress.append((time.monotonic(), count))
        if self.handled < self._task.events:
            return False
        self.report()
        return True

    def quiet_s(self) -> float:
        """Return how long nothing was handled."""
        return time.monotonic() - self._progress[-1][0] if self._progress else 0.0

    def report(self) -> None:
        """Write what was taken until the last event; the reader sees the whole file or none."""
        if self._began is None or Path(self._task.result).exists():
            return
        ended_s, cpu_s = time.monotonic(), _cpu_s()
        began_s, cpu_before_s = self._began
        if self._task.profile:
            profiling.dump(Path(self._task.result).with_suffix(".prof"))
        taken = Taken(
            events=self.handled,
            wall_s=ended_s - began_s,
            cpu_s=cpu_s - cpu_before_s,
            began_s=began_s,
            ended_s=ended_s,
            peak_mib=resource.getrusage(CPU_CLOCK).ru_maxrss / 1_024,
            progress=self._progress if len(self._progress) < 10_000 else [],
        )
        unfinished = Path(self._task.result + ".part")
        unfinished.write_text(json.dumps(asdict(taken)))
        unfinished.replace(self._task.result)
