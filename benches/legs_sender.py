"""``python -m benches.legs_sender``: a source that sends simulated legs at an even rate."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from runtime.broker import Publisher
from simulator.live import live_legs
from simulator.record import Record

SLICES_PER_S = 50
FLUSH_S = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


def send(publisher: Publisher, legs: Iterator[Record], *, per_s: int, seconds: float) -> int:
    """Send ``per_s`` legs a second, in 50 slices; return how many were sent."""
    per_slice = per_s / SLICES_PER_S
    begun, sent = time.monotonic(), 0
    for number in range(1, int(seconds * SLICES_PER_S) + 1):
        while sent < number * per_slice:
            leg = next(legs)
            publisher.send(leg.topic, key=leg.key, value=leg.value)
            sent += 1
        time.sleep(max(0.0, begun + number / SLICES_PER_S - time.monotonic()))
    publisher.flush(FLUSH_S)
    return sent


def main() -> None:
    """Send until the time is over, and print how many were sent and in which time."""
    bootstrap, per_s, seconds, seed = sys.argv[1:5]
    legs = live_legs(seed=int(seed), start=_now(), now=_now)
    begun = time.monotonic()
    sent = send(Publisher(bootstrap), legs, per_s=int(per_s), seconds=float(seconds))
    print(sent, round(time.monotonic() - begun, 2))


if __name__ == "__main__":
    main()
