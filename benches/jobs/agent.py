"""What the jobs on our own agents share: one Faust app that ends when the last event is stored."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from benches.measure import Stopwatch, Task
from runtime.settings import Settings
from streams.agents import Handle, attach
from streams.app import new_app
from streams.batch_consumer import RecordBatch, StoredOffsets
from streams.worker import Outage, run

QUIET_S = 5.0
LOOK_EVERY_S = 0.2


async def serve(
    mine: Task,
    watch: Stopwatch,
    handlers: Mapping[str, Handle],
    *,
    counted: str,
    stored_offsets: StoredOffsets | None = None,
) -> None:
    """Run ``handlers`` by topic until all events of the topic ``counted`` are acknowledged.

    It also ends when nothing came for 5 s: one of two workers cannot know its share.
    """
    stop = asyncio.Event()
    outage = Outage(stop)
    app = new_app(
        Settings(), bootstrap=mine.bootstrap, group=mine.group, stored_offsets=stored_offsets
    )
    for topic, handle in handlers.items():
        watched = _watched(handle, watch, stop, counts=topic == counted)
        attach(app, topic, watched, prefix="", on_outage=outage)
    quiet = asyncio.create_task(_end_when_quiet(watch, stop))
    await run(app, stop, outage)
    quiet.cancel()
    with suppress(asyncio.CancelledError):
        await quiet
    if outage.error is not None:
        raise outage.error


def _watched(handle: Handle, watch: Stopwatch, stop: asyncio.Event, *, counts: bool) -> Handle:
    def count(batch: RecordBatch, stored: "asyncio.Future[None] | None" = None) -> None:
        if stored is not None and (stored.cancelled() or stored.exception() is not None):
            return
        if counts and watch.note(len(batch.records)):
            stop.set()

    async def watched(batch: RecordBatch) -> "asyncio.Future[None] | None":
        watch.begin()
        stored = await handle(batch)
        if stored is None:
            count(batch)
        else:
            stored.add_done_callback(partial(count, batch))
        return stored

    return watched


async def _end_when_quiet(watch: Stopwatch, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(LOOK_EVERY_S)
        if watch.is_running and watch.quiet_s() > QUIET_S:
            watch.report()
            stop.set()
