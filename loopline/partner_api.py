"""``loopline partner-api``: the process that takes what partners post, and holds the ledger."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from ledger.contact_refusals import ContactsAway, ContactsHeld, MasterKeyRefused
from ledger.refusals import LedgerAway, LedgerHeld, LedgerMissing
from loopline import partner_address, say
from loopline.admin_socket import admin_app, bound, socket_path
from loopline.administration import Administration, DemoTime
from loopline.partner_background import loops_of, running
from loopline.partner_house import PartnerHouse, opened_house
from loopline.running import settings_or_refuse
from loopline.simulated_clock import ClockRefused
from runtime import logs
from runtime.migrations import MigrationRefused
from runtime.process import keep_start
from runtime.secret_file import SecretRefused
from runtime.settings import Settings
from runtime.signing_keys import KeyListRefused, SigningKeyRefused
from web.partner.app import create_partner_app

CANNOT_RUN = (
    ClockRefused, ContactsAway, ContactsHeld, LedgerAway, LedgerHeld, LedgerMissing,
    MasterKeyRefused, MigrationRefused, SecretRefused, KeyListRefused, SigningKeyRefused, OSError,
)  # fmt: skip
BACKLOG = 1_024
MAX_CONCURRENT = 1_000
KEEP_ALIVE_S = 30
STOP_WITHIN_S = 10
COLLECT_AFTER = (50_000, 20, 20)  # objects; then young, then middle collections

log = structlog.get_logger()


def partner_api(
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="instead of LOOPLINE_PARTNER_API__PORT")
    ] = None,
) -> None:
    """Serve the partner API until SIGTERM; one process holds a ledger."""
    settings = settings_or_refuse()
    logs.set_up(process="partner-api")
    try:
        with opened_house(settings) as house:
            run(serve(settings, house, port=port))
    except CANNOT_RUN as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Run a server on uvloop where that is installed, else on asyncio's own loop."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(serving)


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it lives in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


async def serve(settings: Settings, house: PartnerHouse, *, port: int | None = None) -> None:
    """Serve the API and its admin socket until a signal says to end."""
    app = create_partner_app(house.services, lambda: running(loops_of(house)))
    await serve_app(settings, house, app, port=port)


async def serve_app(
    settings: Settings, house: PartnerHouse, app: FastAPI, *, port: int | None = None
) -> None:
    """Serve ``app`` and the admin socket of ``house`` until a signal says to end."""
    administration = administration_of(house)
    api = _Server(_config(app))
    admin = _Server(_config(admin_app(administration)))
    wanted = settings.partner_api.port if port is None else port
    listening = listening_at(settings.partner_api.host, wanted)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _end, api, admin)
    _collect_seldom()
    async with _told(settings, listening):
        with bound(settings.ledger.dir) as at_home:
            await asyncio.gather(api.serve([listening]), admin.serve([at_home]))
    socket_path(settings.ledger.dir).unlink(missing_ok=True)


def _collect_seldom() -> None:
    """Spare every request the pause of 130 ms that looking at all objects takes.

    What a request leaves behind is mostly gone by its reference counts alone.
    """
    keep_start()
    gc.set_threshold(*COLLECT_AFTER)


def administration_of(house: PartnerHouse) -> Administration:
    """Return what the operator may do to a house."""
    return Administration(
        house.ledger,
        house.contacts,
        house.keys,
        now=house.now,
        demo=None if house.clock is None else DemoTime(house.clock, house.clerk),
    )


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="on",
        limit_concurrency=MAX_CONCURRENT,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
    )


def _end(*servers: uvicorn.Server) -> None:
    for server in servers:
        server.should_exit = True


def listening_at(host: str, port: int) -> socket.socket:
    """Return a socket that listens, whose connections send each write at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named: asyncio sends small writes at once only where a socket says that it is TCP. Else the
    # body of an answer waits 40 ms for the acknowledgement of its head.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    made.listen(BACKLOG)  # who reads the address may connect at once and waits for the first answer
    return made


@asynccontextmanager
async def _told(settings: Settings, listening: socket.socket) -> AsyncIterator[None]:
    """Say where the API listens, in a file that others read, for as long as it does."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}"
    partner_address.write(settings.ledger, url)
    log.info("partner_api_ready", url=url)
    try:
        yield
    finally:
        partner_address.remove(settings.ledger)
