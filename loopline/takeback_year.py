"""The take-back of the demo: through the partner API of its stack, until the broker has it all."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ledger.outbox import OutboxReader
from ledger.relay_state import SentUntil
from ledger.store import LEDGER_FILE
from loopline import admin_socket, partner_address, say
from loopline.arrival import Stalled
from loopline.demo_year import HttpCalls, drive_year
from runtime.broker import Publisher
from runtime.settings import Settings
from simulator.partner_year import PartnerYear
from simulator.record import DAY_S, Draft, day_start_s, encode

LOOK_EVERY_S = 0.2
DRAINED_WITHIN_S = 120.0
FLUSH_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTold:
    """What came of the year: how many requests, and how many records each topic got by it."""

    requests: int
    told: Mapping[str, int]
    seconds: float


def take_back(
    year: PartnerYear, settings: Settings, bootstrap: str, *, ending: threading.Event
) -> YearTold:
    """Drive the year through the running partner API; return once the relay has told it all.

    It stops where it is once ``ending`` is set while the year is not over; what others tell goes
    to the broker of ``bootstrap``.

    Raises
    ------
    simulator.drive.Unexpected, loopline.demo_year.ClerkRefused
        If the API said no where it had to say yes.
    Stalled
        If the relay does not get on, or the demo ends.
    """
    publisher = Publisher(bootstrap)
    begun, ledger_dir = time.monotonic(), settings.ledger.dir
    url = partner_address.read(settings.ledger)
    if url is None:
        raise Stalled(f"no partner API listens for {ledger_dir}")
    counts: Counter[str] = Counter()
    calls, progress = HttpCalls(url), say.Progress("demo: days of take-back")
    begin_s, days = day_start_s(year.from_on), (year.to_on - year.from_on).days + 1

    def tell(draft: Draft) -> None:
        publisher.send(draft.topic, key=draft.key.encode(), value=encode(draft.body))
        counts[draft.topic] += 1

    def told(now_s: int) -> None:
        progress.at((now_s - begin_s) // DAY_S, days)
        _refuse_ending(ending)

    def admin(verb: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return admin_socket.ask(ledger_dir, verb, asked)

    end_s = day_start_s(year.to_on + timedelta(days=1))
    try:
        driven = drive_year(year, admin, calls, end_s=end_s, tell=tell, look=told)
    finally:
        calls.close()
    progress.done(days, days)
    publisher.flush(FLUSH_WITHIN_S)
    counts.update(_relayed(settings, ending))
    return YearTold(requests=driven.total, told=counts, seconds=round(time.monotonic() - begun, 1))


def _relayed(settings: Settings, ending: threading.Event) -> Mapping[str, int]:
    """Return how many events each topic got, once the relay has nothing left to tell."""
    folder = settings.ledger.dir
    outbox, sent = OutboxReader(folder / LEDGER_FILE), SentUntil(folder, monotonic=time.monotonic)
    deadline = time.monotonic() + DRAINED_WITHIN_S
    try:
        while sent() < outbox.last_seq():
            _refuse_ending(ending)
            if time.monotonic() > deadline:
                raise Stalled(f"the relay told {sent()} of {outbox.last_seq()} events")
            time.sleep(LOOK_EVERY_S)
        return outbox.counts()
    finally:
        sent.close()
        outbox.close()


def _refuse_ending(ending: threading.Event) -> None:
    if ending.is_set():
        raise Stalled("stopped before the year of take-back was over")
