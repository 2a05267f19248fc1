"""The process that owns the warehouse: sink, forklift agent, board and API in one event loop."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
import uvicorn
from fastapi import FastAPI

from emissions.factor import FactorBook, FactorSet
from loopline import stack_file
from loopline.estimates import Estimates
from loopline.explanations import Explanations
from loopline.factor_cards import FactorCards
from loopline.gauges import WarehouseGauges
from loopline.health import HealthChecks
from loopline.names import read_names
from loopline.operations import operations
from loopline.publish import AcknowledgedPublisher
from loopline.relay import Relay
from loopline.restatements import Restatements
from loopline.version import PRODUCT_VERSION
from runtime.broker import Publisher, await_broker, end_offsets
from runtime.factor_store import book_for, known_sets
from runtime.settings import Settings
from streams.agents import attach
from streams.app import new_app
from streams.sink_agent import SUNK, SinkAgent, stored_offsets
from streams.worker import Outage, run, stop_on_signals
from warehouse.owner import Warehouse
from warehouse.records import Committed
from warehouse.sink import Sink
from warehouse.store import Epoch, epoch_of, open_store
from web import operate
from web.app import create_app
from web.live import LiveFeed
from web.origin import OwnPagesOnly
from web.services import Services

SINK_GROUP = "loopline-sink"
BROKER_WITHIN_S = 30.0
LOOK_EVERY_S = 0.2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Composed:
    """What one owner process is made of."""

    warehouse: Warehouse
    epoch: Epoch
    relay: Relay
    publish: AcknowledgedPublisher
    publisher: Publisher
    web: FastAPI
    live: LiveFeed
    book: FactorBook


def _now() -> datetime:
    return datetime.now(UTC)


def _open(settings: Settings, bootstrap: str, *, durable: bool) -> tuple[Warehouse, Epoch]:
    cluster_id = await_broker(bootstrap, timeout_s=BROKER_WITHIN_S)
    # The embedded broker understates its ends, and names itself anew at every start.
    ends = None
    if durable:
        prefix = settings.topic_prefix
        told = end_offsets(bootstrap, [prefix + topic for topic in SUNK])
        ends = {(topic.removeprefix(prefix), part): end for (topic, part), end in told.items()}
    db = open_store(
        settings.warehouse,
        product_version=PRODUCT_VERSION,
        timezone=settings.board.timezone,
        now=_now(),
    )
    epoch = epoch_of(db, cluster_id, ends=ends, now=_now())
    if epoch.is_new:
        log.warning("broker_forgot", note=epoch.note, broker_epoch=epoch.number)
    names = {} if settings.board.names is None else read_names(settings.board.names)
    sink = Sink(
        db,
        cluster_id=epoch.key,
        broker_epoch=epoch.number,
        zone=settings.board.zone,
        dedupe_days=settings.warehouse.dedupe_days,
    )
    for dimension, ids in names.items():
        sink.dimensions.announce(dimension, ids)
    return Warehouse(db, sink, settings.warehouse), epoch


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What pages and explanations know of factor sets; a set approved since is learnt by both."""

    cards: FactorCards
    explanations: Explanations

    def learn(self, sets: Iterable[FactorSet]) -> None:
        known = tuple(sets)
        self.cards.learn(known)
        self.explanations.learn(known)


def _knowledge(settings: Settings, warehouse: Warehouse, book: FactorBook) -> _Knowledge:
    known = known_sets(settings.factors)
    return _Knowledge(FactorCards(known), Explanations(warehouse.reading, book, known))


def compose(settings: Settings, bootstrap: str, *, durable: bool) -> Composed:
    """Open the warehouse and put the house together; nothing is served yet."""
    book = book_for(settings.factors)
    warehouse, epoch = _open(settings, bootstrap, durable=durable)
    publisher = Publisher(bootstrap, prefix=settings.topic_prefix, linger_ms=2)
    publish = AcknowledgedPublisher(publisher)
    relay = Relay(warehouse, publisher)
    live = LiveFeed(epoch=str(int(_now().timestamp() * 1_000)))
    knowledge = _knowledge(settings, warehouse, book)
    services = Services(
        publish=publish,
        query=warehouse.query,
        now=_now,
        durable=durable,
        live=live,
        health=HealthChecks(warehouse, settings.warehouse, durable=durable),
        product_version=PRODUCT_VERSION,
        timezone=settings.board.timezone,
        factor_of=knowledge.cards.find,
        reading=warehouse.reading,
        explain=knowledge.explanations.find,
        estimate=Estimates(book).of,
    )
    services.registry.register(
        WarehouseGauges(warehouse, settings.warehouse, lambda: _now().timestamp())
    )
    web = create_app(services)
    web.add_middleware(OwnPagesOnly)  # until accounts exist
    restatements = Restatements(
        warehouse, settings.factors, settings.warehouse.dir, now=_now, learn=knowledge.learn
    )
    do = operations(
        warehouse,
        publisher,
        settings.warehouse,
        cluster_key=epoch.key,
        restatements=restatements,
    )
    web.include_router(operate.routes(do))

    def committed(what: Committed) -> None:
        relay.wake()
        if what.data_to is not None:
            live.announce(what.months, what.data_to)

    warehouse.on_commit = committed
    return Composed(warehouse, epoch, relay, publish, publisher, web, live, book)


async def serve(settings: Settings, bootstrap: str, *, durable: bool) -> int:
    """Run sink, board and API until SIGTERM; return the exit code."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    outage = Outage(stop)
    house = await asyncio.to_thread(compose, settings, bootstrap, durable=durable)
    app = new_app(
        settings,
        bootstrap=bootstrap,
        group=SINK_GROUP,
        instance="owner" if durable else None,
        stored_offsets=stored_offsets(house.warehouse, settings.topic_prefix),
    )
    agent = SinkAgent(house.warehouse, prefix=settings.topic_prefix, book=house.book, now=_now)
    for topic in SUNK:
        attach(app, topic, agent, prefix=settings.topic_prefix, on_outage=outage)
    house.relay.start()
    server = _server(house.web, settings)
    serving = asyncio.create_task(server.serve())
    await _announce(settings, server, house, bootstrap, durable=durable)
    watching = asyncio.create_task(_watch(house.warehouse, outage, stop))
    code = await run(app, stop, outage)
    watching.cancel()
    await _close(house, server, serving, settings)
    return code


def _server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.web.host,
        port=settings.web.port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


async def _announce(
    settings: Settings, server: uvicorn.Server, house: Composed, bootstrap: str, *, durable: bool
) -> None:
    while not server.started:
        if server.should_exit:
            raise OSError(f"port {settings.web.port} of {settings.web.host} is taken")
        await asyncio.sleep(LOOK_EVERY_S / 10)
    port = _port_of(server)
    stack_file.write(
        settings.warehouse,
        stack_file.RunningStack(
            pid=os.getpid(),
            http=f"http://{settings.web.host}:{port}",
            bootstrap=bootstrap,
            durable=durable,
            epoch_note=house.epoch.note if house.epoch.is_new else "",
        ),
    )
    log.info("owner_ready", port=port, broker_epoch=house.epoch.number)


def _port_of(server: uvicorn.Server) -> int:
    ports: Sequence[int] = [
        sock.getsockname()[1] for each in server.servers for sock in each.sockets
    ]
    return ports[0]


async def _watch(warehouse: Warehouse, outage: Outage, stop: asyncio.Event) -> None:
    """End the process if the writer thread ended: nothing may be acknowledged without it."""
    while not stop.is_set():
        if not warehouse.alive:
            outage(RuntimeError("the warehouse writer has ended"))
        await asyncio.sleep(LOOK_EVERY_S)


async def _close(
    house: Composed, server: uvicorn.Server, serving: "asyncio.Task[None]", settings: Settings
) -> None:
    stack_file.remove(settings.warehouse)
    house.live.close()
    server.should_exit = True
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, 5)
    await asyncio.to_thread(house.relay.stop)
    await asyncio.to_thread(house.publish.stop)
    await asyncio.to_thread(house.warehouse.close)
