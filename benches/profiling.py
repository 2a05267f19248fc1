"""Where the time of a runner goes: CPU time by module over all of its threads."""

import cProfile
import pstats
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

# A thread that waits at the end is read by another thread's clock: its wait says nothing.
WAITING = ("'get' of '_queue.SimpleQueue'", "'poll' of 'select.epoll'", "'acquire' of '_thread")
_PROFILES: list[cProfile.Profile] = []


def _profile_here() -> None:
    # A thread's own CPU clock: a thread that waits costs nothing.
    profile = cProfile.Profile(timer=time.thread_time)
    _PROFILES.append(profile)
    profile.enable()


def watch_threads() -> None:
    """Profile every thread that is started from here on, and the calling one."""

    def begin(_frame: FrameType, _event: str, _arg: Any) -> None:
        _profile_here()  # replaces this function in its thread

    threading.setprofile(begin)
    _profile_here()


def dump(path: Path) -> None:
    """Write what all threads did until now."""
    for profile in _PROFILES:
        profile.create_stats()
    told = pstats.Stats(_PROFILES[0])
    for profile in _PROFILES[1:]:
        told.add(profile)
    told.dump_stats(path)


def by_module(path: Path, *, limit: int = 16) -> list[tuple[str, float]]:
    """Return the modules of a dump with their own CPU seconds, the most costly first.

    What C does for a module stands under the name of the C function's home.
    """
    own: defaultdict[str, float] = defaultdict(float)
    stats: dict[tuple[str, int, str], tuple[Any, ...]] = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]
    for (file, _line, name), (_calls, _primitive, own_s, _total_s, _callers) in stats.items():
        if not any(wait in name for wait in WAITING):
            own[_module(file, name)] += own_s
    return sorted(own.items(), key=lambda item: -item[1])[:limit]


def _module(file: str, name: str) -> str:
    if file == "~":
        return name.strip("<>").replace("built-in method ", "")
    path = Path(file)
    return "/".join(path.parts[-2:])
