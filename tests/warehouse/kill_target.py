"""A process that writes a seeded history into a warehouse until it is done or killed.

``python -m tests.warehouse.kill_target FOLDER SEED`` prints a line per acknowledged batch.
"""

import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tests.warehouse.builders import owner_of, settings_in
from tests.warehouse.history import history
from warehouse.records import SinkBatch


def main(folder: Path, seed: int) -> None:
    owner = owner_of(settings_in(folder, flush_ms=2, flush_rows=40))
    parts = history(seed)
    offsets = owner.next_offsets({(p.topic, p.partition) for p in parts}).result(30)
    tell("open")
    for part in parts:
        if part.next_offset > offsets[part.topic, part.partition]:
            acknowledge(part, owner.put(part))
    owner.close()


def acknowledge(part: SinkBatch, stored: "Future[Any]") -> None:
    def told(done: "Future[Any]") -> None:
        if done.exception() is None:
            tell(f"{part.topic} {part.partition} {part.next_offset}")

    stored.add_done_callback(told)


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
