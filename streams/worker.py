"""Runs one Faust app until it is told to stop; what connects is attached here."""

import asyncio
import signal
from contextlib import suppress
from functools import partial

import faust
import structlog

from emissions.factor import FactorBook
from runtime.broker import Publisher
from runtime.factor_store import book_for
from runtime.process import keep_start
from runtime.settings import Settings
from schemas.topics import HUB_EMISSIONS, HUB_PERIODS, LEGS, REFRIGERANT_EMISSIONS, REFRIGERANTS
from streams.agents import EmissionAgent, attach
from streams.answer_agent import AnswerAgent, Question
from streams.app import STOP_WITHIN_S, new_app
from streams.hub import on_hub_period
from streams.refrigerant import on_refrigerant_handled

EMISSION_GROUP = "loopline-emissions"
LOOK_EVERY_S = 0.1
EXIT_OUTAGE = 3

log = structlog.get_logger()


class Outage:
    """What an agent reports when its process must end; the first report counts."""

    def __init__(self, stop: asyncio.Event) -> None:
        """Set ``stop`` at the first report."""
        self._stop = stop
        self.error: Exception | None = None

    def __call__(self, error: Exception) -> None:
        """Note ``error`` and ask the process to end."""
        if self.error is None:
            self.error = error
            log.error("worker_ends", error=repr(error))
        self._stop.set()


async def run(app: faust.App, stop: asyncio.Event, outage: Outage) -> int:
    """Run ``app`` until ``stop``; return 0, or 3 where an outage or a crash ended it."""
    keep_start()
    await app.start()
    while not stop.is_set() and not app.crashed and not app.should_stop:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
    try:
        await asyncio.wait_for(app.stop(), STOP_WITHIN_S)
    except TimeoutError:
        log.warning("stop_took_too_long", limit_s=STOP_WITHIN_S)
    return EXIT_OUTAGE if outage.error is not None or app.crashed else 0


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT set ``stop``."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def _questions(book: FactorBook) -> tuple[Question, ...]:
    """Return what is answered beside legs, by the hour and not by the second."""
    return (
        Question(HUB_PERIODS, HUB_EMISSIONS, partial(on_hub_period, book=book)),
        Question(REFRIGERANTS, REFRIGERANT_EMISSIONS, on_refrigerant_handled),
    )


async def serve_emissions(
    settings: Settings, bootstrap: str, *, instance: str | None = None
) -> int:
    """Answer legs with emissions until SIGTERM; return the exit code."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    outage = Outage(stop)
    publisher = Publisher(bootstrap, prefix=settings.topic_prefix)
    app = new_app(settings, bootstrap=bootstrap, group=EMISSION_GROUP, instance=instance)
    book = book_for(settings.factors)
    agent = EmissionAgent(publisher=publisher, book=book, settings=settings)
    attach(app, LEGS, agent, prefix=settings.topic_prefix, on_outage=outage)
    for question in _questions(book):
        quiet = AnswerAgent(question, publisher=publisher, settings=settings)
        attach(app, question.topic, quiet, prefix=settings.topic_prefix, on_outage=outage)
    code = await run(app, stop, outage)
    log.info("emissions_worker_ended", answered=agent.answered, parked=agent.parked, code=code)
    return code
