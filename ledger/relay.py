"""Carries the outbox to the broker: in the ledger's sequence, at least once, until it is there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from ledger.outbox import Message
from runtime.broker import BrokerAway

MAX_BATCH = 500
FLUSH_WITHIN_S = 10.0
LOOK_EVERY_S = 0.5
# Each attempt waits for an answer itself; what waited through a long outage shall be out within a
# minute of the broker's return, so little of that minute may pass before the next attempt.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.25, 5.0
MAX_ATTEMPTS = 3  # of ``drain``, which somebody waits for
FORGET_EVERY = 7_200  # looks at an empty outbox: about an hour

log = structlog.get_logger()


class Publishing(Protocol):
    """A producer that waits for every replica (``acks=all``): ``runtime.broker.Publisher``."""

    def cluster_id(self) -> str:
        """Return which broker this is, or raise ``BrokerAway``."""

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, str],
        told: Callable[[int, int], None],
    ) -> None:
        """Queue one message; ``told`` gets partition and offset once it is acknowledged."""

    def flush(self, timeout_s: float) -> None:
        """Wait until all is acknowledged, or raise ``BrokerAway``."""

    def abandon(self) -> None:
        """Forget what is not acknowledged: it must not arrive after what is sent again."""


class Waiting(Protocol):
    """The outbox: ``ledger.outbox.OutboxReader``."""

    def after(self, seq: int, limit: int) -> list[Message]:
        """Return messages behind ``seq`` in the sequence of their commits."""

    def first_seq(self) -> int:
        """Return the first ``seq`` that is still there."""


class Progress(Protocol):
    """What was sent, held by one relay at a time: ``ledger.relay_state.RelayState``."""

    def lease(self, cluster_id: str, *, now: datetime) -> int:
        """Say which broker is published to; return the ``seq`` up to which it has everything."""

    def record(
        self, cluster_id: str, places: Mapping[int, tuple[int, int]], *, now: datetime
    ) -> None:
        """Keep (partition, offset) of each acknowledged ``seq``, all of them or none."""

    def forget(self, *, before_seq: int) -> int:
        """Drop rows of what the outbox no longer has; return how many."""

    def close(self) -> None:
        """Let another relay have it."""


class Relay:
    """One relay, one batch on its way at a time."""

    def __init__(
        self,
        outbox: Waiting,
        state: Progress,
        connect: Callable[[], Publishing],
        *,
        now: Callable[[], datetime],
        pause: Callable[[float], bool],
    ) -> None:
        """Prepare.

        Parameters
        ----------
        connect
            Makes a producer that has nothing queued.
        pause
            Waits so many seconds; returns True where the end was called meanwhile.
        """
        self._outbox, self._state, self._connect = outbox, state, connect
        self._now, self._pause = now, pause
        self._publisher: Publishing | None = None

    def round(self) -> int:
        """Publish the next batch and write down that it arrived; return how many it was.

        Raises
        ------
        BrokerAway
            If it was not acknowledged as a whole, by one broker: it will be sent again.
        """
        publisher = self._publisher or self._connect()
        self._publisher = None  # kept only if all of it goes well
        arrived = False
        try:
            sent = self._publish(publisher)
            arrived = True
        finally:
            if not arrived:
                publisher.abandon()
        self._publisher = publisher
        return sent

    def _publish(self, publisher: Publishing) -> int:
        cluster_id = publisher.cluster_id()
        batch = self._outbox.after(self._state.lease(cluster_id, now=self._now()), MAX_BATCH)
        if not batch:
            return 0
        places: dict[int, tuple[int, int]] = {}
        for message in batch:
            publisher.send(
                message.topic,
                key=message.key,
                value=message.value,
                headers=message.headers,
                told=_noting(places, message.seq),
            )
        publisher.flush(FLUSH_WITHIN_S)
        _refuse_missing(batch, places)
        # A broker that was replaced meanwhile lacks what went to the one before it.
        if publisher.cluster_id() != cluster_id:
            raise BrokerAway(f"the broker {cluster_id} was replaced by another one")
        self._state.record(cluster_id, places, now=self._now())
        return len(batch)

    def drain(self) -> int:
        """Publish until nothing waits; return how many messages that were.

        Raises
        ------
        BrokerAway
            If the broker was away at every one of ``MAX_ATTEMPTS`` attempts in a row.
        """
        self._state.forget(before_seq=self._outbox.first_seq())
        sent = failed = 0
        while True:
            try:
                batch = self.round()
            except BrokerAway:
                failed += 1
                if failed == MAX_ATTEMPTS or self._pause(_pause_s(failed)):
                    raise
                continue
            sent, failed = sent + batch, 0
            if batch == 0:
                return sent

    def run(self) -> None:
        """Publish whatever comes until the end is called; a broker that is away is waited for."""
        failed = idle = 0
        while True:
            try:
                batch = self.round()
                failed = 0
            except BrokerAway as error:
                failed += 1
                log.warning("relay_waits", error=str(error), attempt=failed)
                batch = 0
            if batch == 0 and idle % FORGET_EVERY == 0:
                self._state.forget(before_seq=self._outbox.first_seq())
            idle += batch == 0
            wait_s = _pause_s(failed) if failed else LOOK_EVERY_S
            if self._pause(0.0 if batch else wait_s):
                return

    def close(self) -> None:
        """Forget what was not acknowledged, and let another relay go on."""
        if self._publisher is not None:
            with suppress(BrokerAway):
                self._publisher.abandon()
        self._state.close()


def _noting(places: dict[int, tuple[int, int]], seq: int) -> Callable[[int, int], None]:
    def told(partition: int, offset: int) -> None:
        places[seq] = (partition, offset)

    return told


def _refuse_missing(batch: Sequence[Message], places: Mapping[int, tuple[int, int]]) -> None:
    missing = [message.seq for message in batch if message.seq not in places]
    if missing:
        raise BrokerAway(f"{len(missing)} messages have no acknowledgement, first seq {missing[0]}")


def _pause_s(failed: int) -> float:
    """Return how long to wait after ``failed`` failures in a row."""
    return float(min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failed - 1, 16)))
