"""A process whose client threads post to a ledger until it is killed.

``python -m tests.ledger.crash_target FOLDER_OR_URL STARTS [BUG]``: each thread goes on at its
number of the JSON list STARTS, asks for its last answer again, and prints a line per answer.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger import idempotency, jobs, writer
from ledger.contract import Ledger
from ledger.records import Answer
from ledger.refusals import InFlight
from tests.ledger.builders import Command, World, ask, postgres_ledger, sqlite_ledger

BOXES = 4
SLOW_DISK_S = 0.005
BUSY_PAUSE_S = 0.002


def key_of(thread: int, number: int) -> str:
    return f"{thread}-{number}"


def post(ledger: Ledger[Command], thread: int, number: int) -> None:
    key = key_of(thread, number)
    box = f"B-{(thread + number) % BOXES}"
    tell(key, patiently(ledger, "tally", target=box, item=key, key=key))


def patiently(ledger: Ledger[Command], do: str, **told: Any) -> Answer:
    """Return the answer; a key whose first request still runs is asked again.

    A database server goes on for a moment with what a killed client had begun.
    """
    while True:
        try:
            return ask(ledger, do, **told)
        except InFlight:
            time.sleep(BUSY_PAUSE_S)


def tell(key: str, answer: Answer) -> None:
    # One write per line: what the system has taken is told even if the process dies after it.
    os.write(1, f"{key} {answer.status} {answer.body.decode()} {answer.replayed}\n".encode())


def client(ledger: Ledger[Command], thread: int, start: int) -> None:
    number = max(0, start - 1)
    while True:
        post(ledger, thread, number)
        number += 1


def main(at: str, starts: Sequence[int], bug: str) -> None:
    BUGS[bug]()
    ledger: Ledger[Command]
    if at.startswith("postgresql:"):
        ledger = postgres_ledger(at, World())
    else:
        ledger = sqlite_ledger(Path(at), World())
    for number in range(BOXES):
        patiently(ledger, "open", box=f"B-{number}", key=f"open-{number}")
    os.write(1, b"open\n")
    threads = [
        threading.Thread(target=client, args=(ledger, thread, start))
        for thread, start in enumerate(starts)
    ]
    for thread in threads:
        thread.start()


# -- planted bugs ----------------------------------------------------------------------------------


def answer_before_commit() -> None:
    def commit(self: writer.Writer, group: writer.Group) -> None:
        self._db.execute("begin immediate")
        jobs.answer(group, [self._run(job) for job in group])
        time.sleep(SLOW_DISK_S)
        self._db.execute("commit")

    writer.Writer._commit = commit  # type: ignore[method-assign]


def no_dedupe() -> None:
    idempotency.find = lambda db, request: None
    idempotency.keep = lambda db, request, answer, recorded_at: None


def key_after_commit() -> None:
    """The idempotency row in a transaction of its own, after the one that it speaks of."""
    kept = idempotency.keep
    late: list[tuple[object, ...]] = []
    idempotency.keep = lambda *told: late.append(told)
    commit = writer.Writer._in_one_transaction

    def twice(self: writer.Writer, group: writer.Group) -> Sequence[object]:
        outcomes = commit(self, group)
        time.sleep(SLOW_DISK_S)
        self._db.execute("begin immediate")
        for told in late:
            kept(*told)  # type: ignore[arg-type]
        self._db.execute("commit")
        late.clear()
        return outcomes

    writer.Writer._in_one_transaction = twice  # type: ignore[method-assign]


BUGS = {
    "": lambda: None,
    "answer_before_commit": answer_before_commit,
    "no_dedupe": no_dedupe,
    "key_after_commit": key_after_commit,
}


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), *(sys.argv[3:] or [""]))
