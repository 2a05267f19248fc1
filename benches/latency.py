"""``python -m benches.latency``: from the broker's acknowledgement of a leg to the open page.

A stack of its own runs while a source sends 2,000 simulated legs a second, each finished at the
moment it is sent. Beside them single marker legs are posted to ``/v1/legs``; its 202 is given
after the broker's acknowledgement, and is the start of the clock. The open page is narrowed to
the product category that only markers have, so its tile of shipments counts nothing but markers:
the clock of the n-th marker ends when the page's own MutationObserver sees n or more in the text
of the tile. The page goes through what every page goes through: each commit is announced to it,
and it fetches the figures again. Both clocks are this machine's.
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles
from uuid import UUID

from benches.feed import ROOT, VAR
from benches.machine import machine
from benches.page import Seen, opened, seen
from loopline.stack import Stack, broker_for
from loopline.stack_file import RunningStack
from runtime.settings import Settings

MARKER = "bench-marker"
TILE = "tile-shipments"
TARGET_S = 1.0
PER_S = 2_000
SETTLE_S = 10.0
MARKER_EVERY_S = (0.3, 0.7)
STORED_WITHIN_S = 30.0
SHOWN_WITHIN_S = 15.0
TIMEOUT_S = 10.0
SEED = 20_261
MIN_MARKERS = 2


class NothingShown(Exception):
    """The page did not follow: there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found: seconds from acknowledgement to the page, one per marker."""

    latencies_s: list[float]
    posts_s: list[float]
    unseen: int
    sent: str


def marker(number: int, rng: Random) -> bytes:
    """Return one marker leg, finished now."""
    return json.dumps(
        {
            "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
            "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "shipment_id": f"M{number:06d}",
            "consignment_id": f"M{number:06d}",
            "leg_seq": 1,
            "leg": "main_line",
            "mode": "road",
            "vehicle_class": "artic_over_33t",
            "category": MARKER,
            "origin": {"site_id": "base-hefei", "lat": "31.8206", "lon": "117.2272"},
            "destination": {"site_id": "rdc-wuhan", "lat": "30.5928", "lon": "114.3055"},
            "mass_kg": "1200",
            "distance_km": "390",
            "distance_method": "declared",
        }
    ).encode()


def post(http: str, body: bytes) -> tuple[float, float]:
    """Post one leg; return when it was acknowledged (Unix time), and how long that took."""
    begun = time.time()
    request = urllib.request.Request(  # noqa: S310 - our own stack on loopback
        f"{http}/v1/legs", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        answer.read()
    ended = time.time()
    return ended, ended - begun


def page_shows(http: str) -> bool:
    """Return whether the board counts a marker by now; an empty one shows its tile without."""
    try:
        with urllib.request.urlopen(f"{http}/board?cat={MARKER}", timeout=TIMEOUT_S) as answer:  # noqa: S310
            tile = answer.read().partition(f'id="{TILE}"'.encode())[2]
    except OSError:
        return False
    return b'class="digits"' in tile.partition(b"</article>")[0]


def measure(running: RunningStack, *, per_s: int, seconds: float) -> Measured:
    """Open the page, send legs, post markers, and compare the two clocks."""
    rng = Random(SEED)
    acknowledged = [post(running.http, marker(0, rng))]
    deadline = time.monotonic() + STORED_WITHIN_S
    while not page_shows(running.http) and time.monotonic() < deadline:
        time.sleep(0.2)
    source = subprocess.Popen(
        [sys.executable, "-m", "benches.legs_sender", running.bootstrap, str(per_s),
         str(SETTLE_S + seconds), str(SEED)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    with opened(f"{running.http}/board?cat={MARKER}&lang=en", TILE) as page:
        time.sleep(SETTLE_S)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            acknowledged.append(post(running.http, marker(len(acknowledged), rng)))
            page.wait_for_timeout(rng.uniform(*MARKER_EVERY_S) * 1_000)
        page.wait_for_timeout(SHOWN_WITHIN_S * 1_000)
        told = seen(page)
    sent, _ = source.communicate(timeout=SETTLE_S + seconds)
    first = 1  # the marker that made the category known
    latencies = latencies_of([at for at, _ in acknowledged], told)[first:]
    return Measured(
        [value for value in latencies if value is not None],
        [took for _, took in acknowledged[first:]],
        sum(value is None for value in latencies),
        sent.strip(),
    )


def latencies_of(acknowledged: Sequence[float], told: Sequence[Seen]) -> list[float | None]:
    """Return how long after its acknowledgement each marker was counted; None if it never was.

    Examples
    --------
    >>> latencies_of([10.0, 10.5], [Seen(10.4, 1), Seen(11.0, 2)])
    [0.40000000000000036, 0.5]
    """
    found: list[float | None] = []
    for number, at_s in enumerate(acknowledged, 1):
        shown = next((one.at_s for one in told if one.number >= number), None)
        found.append(None if shown is None else shown - at_s)
    return found


def report(measured: Measured, asked: argparse.Namespace) -> dict[str, object]:
    """Return the run as one document.

    Raises
    ------
    NothingShown
        If the page showed fewer than two markers.
    """
    if len(measured.latencies_s) < MIN_MARKERS:
        raise NothingShown(f"{measured.unseen} markers were acknowledged, the page showed none")
    cuts = quantiles(measured.latencies_s, n=100, method="inclusive")
    posts = quantiles(measured.posts_s, n=100, method="inclusive")
    return {
        "machine": machine(),
        "broker": asked.broker,
        "legs_per_s": asked.per_s,
        "seconds": asked.seconds,
        "source": measured.sent,
        "markers": len(measured.latencies_s),
        "never_shown": measured.unseen,
        "to_page_s": {"p50": _ms(cuts[49]), "p95": _ms(cuts[94]), "p99": _ms(cuts[98]),
                      "max": _ms(max(measured.latencies_s))},
        "post_s": {"p50": _ms(posts[49]), "p99": _ms(posts[98])},
        "target": {"p99_below_s": TARGET_S,
                   "reached": cuts[98] < TARGET_S and not measured.unseen},
        "each_s": [_ms(value) for value in measured.latencies_s],
    }  # fmt: skip


def _ms(seconds: float) -> float:
    return round(seconds, 3)


def stack_of(folder: Path, broker: str) -> Stack:
    """Return a stack on a new folder."""
    settings = Settings()
    warehouse = settings.warehouse.model_copy(update={"dir": folder, "min_free_bytes": 0})
    settings = settings.model_copy(update={"warehouse": warehouse})
    return Stack(settings, broker=broker_for(settings, broker))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print three quantiles or the document."""
    parser = argparse.ArgumentParser(prog="python -m benches.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--per-s", type=int, default=PER_S, help="legs a second (2,000)")
    parser.add_argument("--broker", choices=("kafka", "embedded"), default="kafka")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args(argv)
    folder = VAR / f"latency-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    stack = stack_of(folder, asked.broker)
    running = stack.start()
    try:
        told = report(measure(running, per_s=asked.per_s, seconds=asked.seconds), asked)
    finally:
        stack.stop()
    if asked.json:
        print(json.dumps(told, indent=1))
    else:
        print(f"{told['markers']} markers at {asked.per_s} legs/s: {told['to_page_s']}")
        print(f"target: {told['target']}; never shown: {told['never_shown']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
