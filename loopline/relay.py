"""Tells others what was committed: outbox messages and new dead letters, at least once."""

import threading
from datetime import UTC, datetime

import structlog

from runtime.broker import BrokerAway, Publisher
from schemas.topics import DEAD_LETTER_SUFFIX
from streams.sink_agent import STORED_HERE
from warehouse import dead_letters
from warehouse.owner import Warehouse, WriterEnded

LOOK_EVERY_S = 0.5
FLUSH_WITHIN_S = 10.0
MAX_MESSAGES = 5_000

log = structlog.get_logger()


class Relay:
    """One thread that empties the outbox and publishes new dead letters after each commit."""

    def __init__(self, warehouse: Warehouse, publisher: Publisher) -> None:
        """Prepare; ``start`` begins."""
        self._warehouse = warehouse
        self._publisher = publisher
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="relay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something was committed."""
        self._wake.set()

    def stop(self) -> None:
        """End after the current round."""
        self._stop.set()
        self._wake.set()
        self._thread.join(FLUSH_WITHIN_S)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            try:
                while not self._stop.is_set() and (self._outbox() or self._letters()):
                    pass
            except (BrokerAway, WriterEnded) as error:
                log.warning("relay_waits", error=str(error))

    def _outbox(self) -> bool:
        rows = self._warehouse.query(
            "select outbox_id, topic, key, value from outbox order by outbox_id limit ?",
            [MAX_MESSAGES],
        )
        if not rows:
            return False
        for _, topic, key, value in rows:
            self._publisher.send(topic, key=key.encode(), value=value)
        self._publisher.flush(FLUSH_WITHIN_S)
        last = rows[-1][0]
        self._warehouse.run(
            lambda db: db.execute("delete from outbox where outbox_id <= ?", [last])
        ).result(FLUSH_WITHIN_S)
        return len(rows) == MAX_MESSAGES

    def _letters(self) -> bool:
        letters = dead_letters.unpublished(self._warehouse.cursor())
        if not letters:
            return False
        for letter in letters:
            self._publisher.send(
                letter.topic + DEAD_LETTER_SUFFIX,
                key=f"{letter.topic}-{letter.partition}-{letter.log_offset}".encode(),
                value=letter.raw,
                headers={
                    "reason": letter.reason,
                    "detail": letter.detail,
                    "source_topic": letter.topic,
                    "source_partition": str(letter.partition),
                    "source_offset": str(letter.log_offset),
                    "stored_by": STORED_HERE,
                },
            )
        self._publisher.flush(FLUSH_WITHIN_S)
        ids = [letter.dead_letter_id for letter in letters]
        now = datetime.now(UTC)
        self._warehouse.run(lambda db: dead_letters.mark_published(db, ids, now=now)).result(
            FLUSH_WITHIN_S
        )
        return len(letters) == dead_letters.MAX_PAGE
