"""``python -m simulator``: a seeded history as NDJSON lines of topic, key and value."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

from simulator.delivery import Delivery
from simulator.expected import Tally
from simulator.record import Record, Scale, encode
from simulator.timeline import deliveries

MAX_DAYS = 3_660
MAX_EVENTS = 100_000_000


def main(argv: Sequence[str] | None = None) -> int:
    """Write the history, or with ``--json`` only what a reader of it must end up with."""
    asked = _parser().parse_args(argv)
    some = deliveries(
        seed=asked.seed,
        from_on=asked.to - timedelta(days=asked.days - 1),
        to_on=asked.to,
        scale=Scale(asked.legs, asked.readings, asked.takeback_orders),
    )
    target = asked.out.open("w", encoding="utf-8") if asked.out else nullcontext(sys.stdout)
    with target as file:
        counts = write(some, file, only_count=asked.json and asked.out is None)
    if asked.json:
        json.dump(counts.expected().as_json(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    return 0


def write(some: Iterable[Delivery], file: TextIO, *, only_count: bool = False) -> Tally:
    """Write each delivery as a line unless they are only counted, and return the counts."""
    counts = Tally()
    for delivery in some:
        counts.add(delivery)
        if not only_count:
            file.write(line_of(delivery.record))
    return counts


def line_of(record: Record) -> str:
    """Return a record as one NDJSON line; the value is text, for broken JSON has no other form."""
    line = {
        "topic": record.topic,
        "key": record.key.decode(),
        "value": record.value.decode("utf-8", "replace"),
    }
    return encode(line).decode() + "\n"


def _parser() -> argparse.ArgumentParser:
    plain = Scale()
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--seed", type=_count, required=True)
    parser.add_argument("--days", type=_days, default=365, help="days up to --to (365)")
    parser.add_argument("--to", type=date.fromisoformat, required=True, help="the last day")
    parser.add_argument("--legs", type=_count, default=plain.legs)
    parser.add_argument("--readings", type=_count, default=plain.readings)
    parser.add_argument("--takeback-orders", type=_count, default=plain.takeback_orders)
    parser.add_argument("--out", type=Path, help="write to a file instead of standard output")
    parser.add_argument("--json", action="store_true", help="a summary; without --out only that")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MAX_EVENTS:
        raise argparse.ArgumentTypeError(f"must be between 0 and {MAX_EVENTS}, got {number}")
    return number


def _days(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"must be between 1 and {MAX_DAYS}, got {number}")
    return number


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader, say head, has seen enough; nobody is left to hear a complaint
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
