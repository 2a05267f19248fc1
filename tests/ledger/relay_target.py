"""A relay that runs until it is killed: ``python -m tests.ledger.relay_target FOLDER [BUG]``."""

import os
import sys
import time
from pathlib import Path

from ledger import relay
from ledger.outbox import OutboxReader
from ledger.relay import Publishing, Relay
from ledger.relay_state import RelayState
from ledger.store import LEDGER_FILE
from tests.ledger.builders import START
from tests.ledger.file_broker import FileBroker

LOG = "broker.log"
FAULT_SHARE = 0.05


def relay_in(folder: Path, *, fault_share: float) -> Relay:
    broker = FileBroker(folder / LOG, fault_share=fault_share)

    def pause(seconds: float) -> bool:
        time.sleep(min(seconds, 0.002))
        return False

    return Relay(
        OutboxReader(folder / LEDGER_FILE),
        RelayState(folder),
        lambda: broker,
        now=lambda: START,
        pause=pause,
    )


def plant_sent_before_the_answer() -> None:
    """Write down that a batch arrived, and only then publish it."""

    def publish(self: Relay, publisher: Publishing) -> int:
        batch = self._outbox.after(self._state.lease("one", now=START), relay.MAX_BATCH)
        self._state.record("one", {message.seq: (0, 0) for message in batch}, now=START)
        for message in batch:
            publisher.send(
                message.topic, key=message.key, value=message.value, headers=message.headers,
                told=lambda *_: None,
            )  # fmt: skip
        publisher.flush(1.0)
        return len(batch)

    Relay._publish = publish  # type: ignore[method-assign]


def main(folder: Path, bug: str) -> None:
    if bug == "sent_before_the_answer":
        plant_sent_before_the_answer()
    made = relay_in(folder, fault_share=FAULT_SHARE)
    os.write(1, b"open\n")
    made.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(sys.argv[2:] or [""]))
