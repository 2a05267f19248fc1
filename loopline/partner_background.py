"""What runs beside the routes of the partner API: the clerk, the job runner, the dispatcher.

Each has a thread of its own and does turns with a pause between. They end one after the other when
the process does; one that ends by itself takes the process with it, so that a supervisor starts
all of them again.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import structlog

from ledger.contact_refusals import ContactsAway
from ledger.desk.clerk import Chore, Clerk
from ledger.refusals import Overloaded, StorageFull
from loopline.partner_house import PartnerHouse
from loopline.partner_ledger import EXIT_WRITER_DEAD
from schemas.vocabulary import TakebackOrderState
from web.partner.job_runner import JobRunner
from web.partner.webhook_dispatch import Dispatcher
from web.partner.webhook_sender import Sender, system_resolver

CLERK_PAUSE_S = 5.0
JOBS_PAUSE_S = 0.5
WEBHOOKS_PAUSE_S = 0.5
AWAY_PAUSE_S = 5.0  # while the store is full or has too much to do
PRUNE_EVERY = timedelta(hours=1)
TIDY_EVERY = timedelta(days=1)
ENDED = (str(TakebackOrderState.CLOSED), str(TakebackOrderState.CANCELLED))

log = structlog.get_logger()


def _nothing() -> None:
    """Let go of nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Something that is done again and again.

    Parameters
    ----------
    turn
        Does what is due; true where there may be more at once.
    close
        Lets go of what it holds, once no turn will come.
    """

    name: str
    turn: Callable[[], bool]
    pause_s: float
    close: Callable[[], None] = _nothing


def end_the_process(why: str) -> None:
    """End at once: what a loop does may not stay undone unseen."""
    os.write(2, f"the partner API ends: {why}\n".encode())
    os._exit(EXIT_WRITER_DEAD)


@asynccontextmanager
async def running(
    loops: Sequence[Loop], *, on_death: Callable[[str], None] = end_the_process
) -> AsyncIterator[None]:
    """Run every loop in a thread of its own; on the way out they end in their sequence."""
    pool = ThreadPoolExecutor(max(1, len(loops)), thread_name_prefix="background")
    begun = [_begin(loop, pool, on_death) for loop in loops]
    try:
        yield
    finally:
        for one in begun:
            one.ending.set()
            await asyncio.wait([one.ended])
            one.loop.close()
        pool.shutdown()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    loop: Loop
    ended: "asyncio.Future[None]"
    ending: Event = field(default_factory=Event)


def _begin(loop: Loop, pool: ThreadPoolExecutor, on_death: Callable[[str], None]) -> _Begun:
    ending = Event()
    ended = asyncio.get_running_loop().run_in_executor(pool, _work, loop, ending)

    def note(future: "asyncio.Future[None]") -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            log.error("background_ended", loop=loop.name, error=repr(error), exc_info=error)
            on_death(f"{loop.name} ended unexpectedly: {error!r}")

    ended.add_done_callback(note)
    return _Begun(loop=loop, ended=ended, ending=ending)


def _work(loop: Loop, ending: Event) -> None:
    """Do turns until it is to end; a store that is away is waited for."""
    while not ending.is_set():
        try:
            is_more, pause_s = loop.turn(), loop.pause_s
        except (Overloaded, StorageFull) as error:
            log.warning("background_waits", loop=loop.name, error=str(error))
            is_more, pause_s = False, AWAY_PAUSE_S
        if not is_more:
            ending.wait(pause_s)


# -- what there is to run --------------------------------------------------------------------------


def loops_of(house: PartnerHouse) -> tuple[Loop, ...]:
    """Return the loops of a partner API process, in the sequence in which they end."""
    services = house.services
    dispatcher = Dispatcher(
        house.ledger,
        house.ledger.outgoing,
        Sender(resolve=system_resolver()).send,
        services.webhook_secrets,
        now=house.now,
    )
    jobs = JobRunner(house.ledger, house.ledger.watch, services.uploads)
    clerk = clerk_of(house, dispatcher)
    timers = Loop(name="clerk", turn=lambda: _round(clerk), pause_s=CLERK_PAUSE_S)
    webhooks = Loop(
        name="webhooks",
        turn=lambda: not dispatcher.round().is_idle,
        pause_s=WEBHOOKS_PAUSE_S,
        close=dispatcher.close,
    )
    worked_off = Loop(name="jobs", turn=lambda: jobs.round() > 0, pause_s=JOBS_PAUSE_S)
    # Where the clock is set from outside, the clerk goes its rounds with it.
    return (worked_off, webhooks) if house.clock else (worked_off, timers, webhooks)


def clerk_of(house: PartnerHouse, dispatcher: Dispatcher) -> Clerk:
    """Return the clerk, with what has to be done every so often."""
    watch = house.ledger.watch

    def prune(_now: datetime) -> None:
        house.ledger.prune()

    def tidy(_now: datetime) -> None:
        try:
            tidied = house.contacts.tidy(partial(watch.contact_ends, ended=ENDED))
        except ContactsAway as error:  # tomorrow is as good a day for it
            log.warning("contacts_not_tidied", error=str(error))
            return
        purged, orphaned = len(tidied.purged), len(tidied.orphaned)
        log.info("contacts_tidied", purged=purged, orphaned=orphaned)

    return Clerk(
        house.ledger,
        house.ledger.watch,
        house.services.reference,
        now=house.now,
        chores=(
            Chore(name="prune", every=PRUNE_EVERY, run=prune),
            Chore(name="tidy contacts", every=TIDY_EVERY, run=tidy),
            Chore(name="forget deliveries", every=PRUNE_EVERY, run=dispatcher.forget),
        ),
    )


def _round(clerk: Clerk) -> bool:
    """Do a round; what was refused is no reason to ask again at once."""
    done = clerk.round()
    return bool(done.counts) and done.stopped is None
