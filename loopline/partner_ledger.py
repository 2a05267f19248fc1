"""The ledger of one partner API process, behind its desk: a file of its own, or the PostgreSQL."""

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ledger.contract import Decide, Ledger, Ports
from ledger.desk.ask import Asked
from ledger.lock import LockFile
from ledger.outgoing import Outgoing
from ledger.relay_state import SentUntil
from ledger.sqlite_ledger import SqliteLedger
from ledger.store import LEDGER_LOCK
from loopline.ledger_at import postgres_module
from loopline.version import PRODUCT_VERSION
from runtime.settings import LedgerSettings

EXIT_WRITER_DEAD = 3
DISK_LOOK_EVERY_S = 1.0


class PartnerLedger(Ledger[Asked], Protocol):
    """A ledger that also keeps what goes out by webhook."""

    @property
    def outgoing(self) -> Outgoing:
        """The messages of all tenants."""


@contextmanager
def opened_ledger(
    ledger: LedgerSettings, desk: Decide[Asked], *, now: Callable[[], datetime]
) -> Iterator[PartnerLedger]:
    """Give the ledger of the settings; this process alone has its folder.

    Raises
    ------
    ledger.refusals.LedgerHeld
        If another process has the folder.
    ledger.refusals.LedgerAway, ledger.refusals.LedgerMissing
        If its database does not answer, or cannot be used.
    runtime.migrations.MigrationRefused
        If it does not belong to this version.
    """
    opened = _in_file if ledger.url is None else _in_postgres
    with opened(ledger, desk, now) as made:
        yield made


@contextmanager
def _in_file(
    ledger: LedgerSettings, desk: Decide[Asked], now: Callable[[], datetime]
) -> Iterator[PartnerLedger]:
    folder = ledger.dir
    with closing(SentUntil(folder, monotonic=time.monotonic)) as sent_until:
        ports = _ports(now, DiskShare(folder, time.monotonic), sent_until)
        with closing(SqliteLedger(folder, desk, ports, product_version=PRODUCT_VERSION)) as made:
            yield made


@contextmanager
def _in_postgres(
    ledger: LedgerSettings, desk: Decide[Asked], now: Callable[[], datetime]
) -> Iterator[PartnerLedger]:
    store, relay = (postgres_module(f"ledger.postgres_{name}") for name in ("ledger", "relay"))
    url = "" if ledger.url is None else ledger.url.get_secret_value()
    # Admin socket and address lie in the folder all the same: one process of a machine has it.
    ledger.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = LockFile(ledger.dir / LEDGER_LOCK, what="the ledger in")
    try:
        with closing(relay.PostgresSentUntil(url, monotonic=time.monotonic)) as sent_until:
            ports = _ports(now, store.unseen_disk, sent_until)
            opened = store.PostgresLedger(url, desk, ports, product_version=PRODUCT_VERSION)
            with closing(opened) as made:
                yield made
    finally:
        lock.release()


def _ports(
    now: Callable[[], datetime],
    free_share: Callable[[], float | None],
    sent_until: Callable[[], int],
) -> Ports:
    return Ports(
        now=now,
        new_id=lambda: uuid.uuid4().hex,
        free_share=free_share,
        sent_until=sent_until,
        on_death=_end_the_process,
    )


def _end_the_process(why: str) -> None:
    """End at once: nothing may be answered once the writer is dead."""
    os.write(2, f"the ledger's writer is dead: {why}\n".encode())
    os._exit(EXIT_WRITER_DEAD)


class DiskShare:
    """The share of a disk that is free, asked at most once a second."""

    def __init__(self, folder: Path, monotonic_s: Callable[[], float]) -> None:
        """Begin without an answer."""
        self._folder, self._monotonic_s = folder, monotonic_s
        self._asked_s, self._share = float("-inf"), 1.0

    def __call__(self) -> float:
        """Return the share, 0..1."""
        now_s = self._monotonic_s()
        if now_s - self._asked_s >= DISK_LOOK_EVERY_S:
            usage = shutil.disk_usage(self._folder)
            self._asked_s, self._share = now_s, usage.free / usage.total
        return self._share
