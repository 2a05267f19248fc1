"""A process that brings one snapshot after the other until it is killed.

``python -m tests.warehouse.feed_kill_target FOLDER`` prints a line per file that is imported.
"""

import sys
from pathlib import Path

from recycling.feed_read import read_feed
from tests.recycling.feed_rows import row, written
from tests.warehouse.builders import NOON, owner_of, settings_in
from warehouse.feeds import BroughtFeed, import_feed

RECORDS = 400
FILES = 10_000
WITHIN_S = 30


def brought(number: int) -> BroughtFeed:
    """The snapshot of that number: it corrects every record of the one before."""
    rows = [row(id=f"r_{index}", brand=f"b{number}") for index in range(RECORDS)]
    return BroughtFeed("fixit", f"{number:064x}", "feed.csv", read_feed(written(rows)))


def main(folder: Path) -> None:
    owner = owner_of(settings_in(folder))
    begun = int(owner.query("select count(*) from feed_file")[0][0])
    for number in range(begun, FILES):
        file = brought(number)
        owner.run(
            lambda db, file=file: import_feed(  # type: ignore[misc]  # bound now, not at the end
                db, file, accept_gone=False, now=NOON
            )
        ).result(WITHIN_S)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
