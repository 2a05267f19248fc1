"""A broker that is a file: what was appended is acknowledged, faults come by seed."""

import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runtime.broker import BrokerAway


class FileBroker:
    """A producer of ``ledger.relay.Publishing``."""

    def __init__(self, path: Path, *, cluster: str = "one", fault_share: float = 0.0) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.cluster, self.fault_share = cluster, fault_share
        self._draw = random.Random(os.getpid())
        self._queued: list[tuple[bytes, Callable[[int, int], None]]] = []

    def cluster_id(self) -> str:
        self._fail_sometimes("does not answer")
        return self.cluster

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, str],
        told: Callable[[int, int], None],
    ) -> None:
        line = {"topic": topic, "key": key.decode(), "value": value.decode(), "headers": headers}
        self._queued.append((json.dumps(line).encode() + b"\n", told))

    def flush(self, timeout_s: float) -> None:
        queued, self._queued = self._queued, []
        self._fail_sometimes("was away before")
        cut = len(queued)
        if self._draw.random() < self.fault_share:
            cut = self._draw.randrange(cut + 1)
        for line, told in queued[:cut]:
            os.write(self._file, line)
            told(0, os.lseek(self._file, 0, os.SEEK_CUR))
        if cut < len(queued):
            raise BrokerAway("was away in the middle")
        self._fail_sometimes("lost the answer")

    def abandon(self) -> None:
        self._queued = []

    def close(self) -> None:
        os.close(self._file)

    def _fail_sometimes(self, what: str) -> None:
        if self._draw.random() < self.fault_share:
            raise BrokerAway(what)


def messages_in(path: Path) -> Iterator[Any]:
    """Yield what was published, in the sequence of the log."""
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        yield json.loads(line)


def consumed(path: Path) -> tuple[list[tuple[str, int]], int]:
    """Return (subject, sequence) of each event as a consumer sees it, and how many it dropped."""
    known: set[str] = set()
    seen, dropped = [], 0
    for message in messages_in(path):
        headers = message["headers"]
        if headers["ce_id"] in known:
            dropped += 1
            continue
        known.add(headers["ce_id"])
        seen.append((headers["ce_subject"], int(headers["ce_sequence"])))
    return seen, dropped
