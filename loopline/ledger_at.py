"""Where the ledger lies: a file of this machine, or the PostgreSQL that the settings name."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from types import ModuleType

from ledger.outbox import OutboxReader
from ledger.refusals import LedgerMissing
from ledger.relay import Progress, Waiting
from ledger.relay_state import RelayState
from ledger.statements import Statements
from ledger.store import LEDGER_FILE, open_for_reading
from runtime.settings import LedgerSettings


@contextmanager
def looked_at(ledger: LedgerSettings) -> Iterator[Statements]:
    """Give a connection that cannot write.

    Raises
    ------
    LedgerMissing, ledger.refusals.LedgerAway
        If there is no ledger, or its database does not answer.
    """
    if ledger.url is None:
        with closing(open_for_reading(ledger.dir / LEDGER_FILE)) as file:
            yield file
        return
    reads = postgres_module("ledger.postgres_store").PostgresReads(
        ledger.url.get_secret_value(), most=1
    )
    with closing(reads), reads.reading() as db:
        yield db


@contextmanager
def outbox_of(ledger: LedgerSettings) -> Iterator[tuple[Waiting, Progress]]:
    """Give the outbox, and the progress of the one relay, which closes it.

    Raises
    ------
    LedgerMissing, ledger.refusals.LedgerAway, ledger.refusals.LedgerHeld
        If there is no ledger, its database does not answer, or another relay runs.
    """
    if ledger.url is None:
        with closing(OutboxReader(ledger.dir / LEDGER_FILE)) as file:
            yield file, RelayState(ledger.dir)
        return
    relay, url = postgres_module("ledger.postgres_relay"), ledger.url.get_secret_value()
    with closing(relay.PostgresOutbox(url)) as rows:
        yield rows, relay.PostgresRelayState(url)


def postgres_module(name: str) -> ModuleType:
    """Return a module that needs the driver, which only this store needs.

    Raises
    ------
    LedgerMissing
        If the driver is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise LedgerMissing(
            "LOOPLINE_LEDGER__URL is set, which needs the extra: pip install 'loopline[postgres]'"
        ) from None
