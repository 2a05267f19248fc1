"""Waiting until what was sent has arrived: counted by the offsets that the sink stored."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from loopline.ask import ask
from loopline.stack_file import RunningStack
from schemas.topics import (
    EMISSIONS,
    HUB_EMISSIONS,
    HUB_PERIODS,
    LEGS,
    REFRIGERANT_EMISSIONS,
    REFRIGERANTS,
)

LOOK_EVERY_S = 0.2
STALLED_AFTER_S = 120.0
ENDS = {
    asked.name: (answers.name, asked.dead_letters)
    for asked, answers in (
        (LEGS, EMISSIONS),
        (HUB_PERIODS, HUB_EMISSIONS),
        (REFRIGERANTS, REFRIGERANT_EMISSIONS),
    )
}


class Stalled(Exception):
    """Nothing arrived for a long time; the message says how far it came."""


def offsets_of(stack: RunningStack) -> Counter[str]:
    """Return how many records of each topic the sink has stored."""
    return Counter(ask(stack, "/v1/operate/progress")["offsets"])


def arrived(sent: Mapping[str, int], before: Mapping[str, int], now: Mapping[str, int]) -> int:
    """Return how many of the ``sent`` records have reached their end.

    What is answered ends as its answer or its dead letter; every other record at its own offset.
    """
    total = 0
    for topic, count in sent.items():
        ends = ENDS.get(topic, (topic,))
        came = sum(now.get(end, 0) - before.get(end, 0) for end in ends)
        total += min(count, came)
    return total


def await_arrival(
    stack: RunningStack,
    sent: Mapping[str, int],
    before: Mapping[str, int],
    *,
    look: Callable[[int, int], None] = lambda _done, _total: None,
) -> Mapping[str, Any]:
    """Return the stack's progress once all ``sent`` records have arrived.

    Raises
    ------
    Stalled
        If nothing more arrives for two minutes.
    """
    total, last, moved_at = sum(sent.values()), -1, time.monotonic()
    while True:
        told: Mapping[str, Any] = ask(stack, "/v1/operate/progress")
        done = arrived(sent, before, told["offsets"])
        look(done, total)
        if done >= total:
            return told
        if done != last:
            last, moved_at = done, time.monotonic()
        elif time.monotonic() - moved_at > STALLED_AFTER_S:
            raise Stalled(
                f"{done} of {total} records arrived, and none more for {STALLED_AFTER_S:g} s"
            )
        time.sleep(LOOK_EVERY_S)
