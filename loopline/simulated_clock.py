"""The clock of a demo: it stands until the simulator sets it, goes forward only, never past now."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
DEMO_TENANT = "demo"  # nobody else's time is played with


class ClockRefused(Exception):
    """The clock cannot be set so; the message names the instant."""


def refuse_others(tenants: Iterable[str]) -> None:
    """Refuse a simulated clock for anybody but the demo.

    Raises
    ------
    ClockRefused
        If one of ``tenants`` is another.
    """
    others = sorted(set(tenants) - {DEMO_TENANT})
    if others:
        raise ClockRefused(
            f"LOOPLINE_PARTNER_API__CLOCK=simulated is for the tenant {DEMO_TENANT} alone, not for "
            f"{', '.join(others)}: unset it, or name another LOOPLINE_LEDGER__DIR"
        )


class SimulatedClock:
    """A clock port that is set from outside."""

    def __init__(self, real_now: Callable[[], datetime]) -> None:
        """Begin before everything."""
        self._real_now, self._now, self._lock = real_now, BEGINNING, Lock()

    def __call__(self) -> datetime:
        """Return the instant it was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Go forward to ``now``.

        Raises
        ------
        ClockRefused
            If it has no offset, lies before the instant it stands at, or in the future.
        """
        if now.tzinfo is None:
            raise ClockRefused(f"{now.isoformat()} has no offset from UTC")
        with self._lock:
            if now < self._now:
                raise ClockRefused(f"{now.isoformat()} lies before {self._now.isoformat()}")
            if now > self._real_now():
                raise ClockRefused(f"{now.isoformat()} lies in the future")
            self._now = now
