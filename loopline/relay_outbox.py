"""``loopline relay``: the ledger's outbox on its way to the broker."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from ledger.refusals import LedgerAway, LedgerHeld, LedgerMissing
from ledger.relay import Relay
from loopline import say
from loopline.ledger_at import outbox_of
from loopline.running import settings_or_refuse
from runtime import logs
from runtime.broker import BrokerAway, Publisher
from runtime.settings import Settings

CANNOT_RUN = (BrokerAway, LedgerAway, LedgerHeld, LedgerMissing, OSError)


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
    with outbox_of(settings.ledger) as (outbox, progress):
        made = Relay(
            outbox,
            progress,
            lambda: Publisher(bootstrap, prefix=settings.topic_prefix),
            now=lambda: datetime.now(UTC),
            pause=end.wait,
        )
        try:
            yield made
        finally:
            made.close()


def _tell(sent: int, *, as_json: bool) -> None:
    if as_json:
        say.as_json({"sent": sent})
    else:
        say.line(f"{sent} events sent")
