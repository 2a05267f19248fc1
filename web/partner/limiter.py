"""How often one credential may ask, told as RateLimit headers (draft 11); memory is bounded."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from web.partner.problems import ProblemName, problem
from web.problems import Problem

QUOTA = 600
WINDOW_S = 60
MAX_COUNTED = 10_000
POLICY = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left of one window."""

    quota: int
    window_s: int
    remaining: int
    resets_in_s: int
    allowed: bool

    @property
    def headers(self) -> Mapping[str, str]:
        """What every answer tells of it."""
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.quota};w={self.window_s}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={self.resets_in_s}',
        }

    @property
    def refusal(self) -> Problem:
        """The 429 of a window that is used up."""
        return problem(
            ProblemName.RATE_LIMITED,
            f"{self.quota} requests in {self.window_s} s are used up; "
            f"the next window opens in {self.resets_in_s} s",
            headers={**self.headers, "Retry-After": str(self.resets_in_s)},
        )


class Limiter:
    """Counts the requests of each credential in windows that open with its first one.

    Of more than ``max_counted`` credentials, the window that opened first is forgotten: its owner
    may ask a little more, and never less.
    """

    def __init__(
        self, *, quota: int = QUOTA, window_s: int = WINDOW_S, max_counted: int = MAX_COUNTED
    ) -> None:
        """Begin with nothing counted."""
        self._quota, self._window_s, self._max_counted = quota, window_s, max_counted
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many credentials are counted."""
        return len(self._windows)

    def take(self, key: str, now_s: float) -> Allowance:
        """Count one request of ``key`` at ``now_s`` of a clock that only goes forward."""
        with self._lock:
            opened_s, used = self._windows.get(key, (now_s, 0))
            if not 0 <= now_s - opened_s < self._window_s:
                opened_s, used = now_s, 0
            if used == 0:
                self._open(key)
            allowed = used < self._quota
            used += allowed
            self._windows[key] = opened_s, used
        return Allowance(
            quota=self._quota,
            window_s=self._window_s,
            remaining=self._quota - used,
            resets_in_s=self._window_s - math.floor(now_s - opened_s),
            allowed=allowed,
        )

    def _open(self, key: str) -> None:
        """Make room for a window that opens now, so that windows stand in the order of opening."""
        self._windows.pop(key, None)
        while len(self._windows) >= self._max_counted:
            self._windows.popitem(last=False)
