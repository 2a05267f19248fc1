"""``loopline relay``: the ledger's outbox on its way to the broker."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ledger.outbox import OutboxReader
from ledger.refusals import LedgerHeld, LedgerMissing
from ledger.relay import Relay
from ledger.relay_state import RelayState
from ledger.store import LEDGER_FILE
from loopline import say
from loopline.running import settings_or_refuse
from runtime import logs
from runtime.broker import BrokerAway, Publisher
from runtime.settings import Settings

CANNOT_RUN = (BrokerAway, LedgerHeld, LedgerMissing, OSError)


def relay(
    once: Annotated[bool, typer.Option("--once", help="end when nothing waits any more")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Publish the ledger's outbox at least once and in sequence, until SIGTERM or once."""
    settings = settings_or_refuse()
    if settings.kafka_bootstrap is None:
        say.refuse("KAFKA_BOOTSTRAP names no broker", say.EXIT_BAD_INPUT)
    logs.set_up(process="relay")
    end = threading.Event()
    try:
        with opened(settings, settings.kafka_bootstrap, end) as made:
            if once:
                _tell(made.drain(), as_json=as_json)
                return
            for wanted in (signal.SIGTERM, signal.SIGINT):
                signal.signal(wanted, lambda *_: end.set())
            made.run()
    except CANNOT_RUN as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


@contextmanager
def opened(settings: Settings, bootstrap: str, end: threading.Event) -> Iterator[Relay]:
    """Give the relay of the settings' ledger; its pauses end early when ``end`` is set."""
    folder: Path = settings.ledger.dir
    outbox = OutboxReader(folder / LEDGER_FILE)
    try:
        made = Relay(
            outbox,
            RelayState(folder),
            lambda: Publisher(bootstrap, prefix=settings.topic_prefix),
            now=lambda: datetime.now(UTC),
            pause=end.wait,
        )
        try:
            yield made
        finally:
            made.close()
    finally:
        outbox.close()


def _tell(sent: int, *, as_json: bool) -> None:
    if as_json:
        say.as_json({"sent": sent})
    else:
        say.line(f"{sent} events sent")
