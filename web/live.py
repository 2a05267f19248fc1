"""Live figures: what a commit changed, told to every open page, resumable by its event id."""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from sse_starlette import EventSourceResponse, ServerSentEvent

from web.problems import Problem

if TYPE_CHECKING:
    from web.services import Services

MAX_RING_EVENTS = 1_000
MAX_RING_S = 600.0
MAX_QUEUED_EVENTS = 8
MAX_STREAMS = 200
RETRY_MS = 2_000
PING_S = 15
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One thing that happened, with its place in the stream."""

    seq: int
    name: str
    data: dict[str, object]
    at_s: float = 0.0


@dataclass(slots=True, eq=False)
class _Client:
    queue: deque[LiveEvent] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: LiveEvent) -> None:
        if len(self.queue) >= MAX_QUEUED_EVENTS:
            event = _merged(self.queue.pop(), event)
        self.queue.append(event)
        self.wake.set()


def _merged(older: LiveEvent, newer: LiveEvent) -> LiveEvent:
    """Return ``newer`` with the months of ``older``: a watermark says all that one before did."""
    months = {*_months(older), *_months(newer)}
    return LiveEvent(newer.seq, newer.name, {**newer.data, "months": sorted(months)}, newer.at_s)


def _months(event: LiveEvent) -> list[str]:
    months = event.data.get("months", [])
    return months if isinstance(months, list) else []


class LiveFeed:
    """Tells open pages what changed; ``announce`` may be called from any thread.

    ``epoch`` names the life of this process: an id of another epoch cannot be resumed.
    """

    def __init__(self, *, epoch: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without clients; events before ``attach`` are kept for the first loop."""
        self._epoch = epoch
        self._clock = clock
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: tuple[set[date], datetime] | None = None
        self._ring: deque[LiveEvent] = deque(maxlen=MAX_RING_EVENTS)
        self._clients: set[_Client] = set()
        self._seq = 0
        self._closed = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._clients)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop serves the streams; the application does it when it starts."""
        with self._lock:
            self._loop, self._closed = loop, False
            waiting = self._pending is not None
        if waiting:
            loop.call_soon_threadsafe(self._emit)

    def announce(self, months: Iterable[date], data_to: datetime) -> None:
        """Tell that ``months`` changed and data reach to ``data_to``; quick calls become one."""
        with self._lock:
            scheduled = self._pending is not None
            known, newest = self._pending or (set(), data_to)
            self._pending = (known | set(months), max(newest, data_to))
            loop = self._loop
        if loop is not None and not scheduled:
            self._call(loop, self._emit)

    def close(self) -> None:
        """End every stream, so that a server can stop; may be called from any thread."""
        with self._lock:
            self._closed, loop = True, self._loop
        if loop is not None:
            self._call(loop, self._wake_all)

    @staticmethod
    def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
        try:
            loop.call_soon_threadsafe(function)
        except RuntimeError:
            return  # the loop has ended, and with it everybody who listened

    def _emit(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, None
        if pending is None:
            return
        months, data_to = pending
        self._seq += 1
        data: dict[str, object] = {
            "data_to": data_to.isoformat(),
            "months": sorted(month.isoformat()[:7] for month in months),
        }
        event = LiveEvent(self._seq, "watermark", data, self._clock())
        self._ring.append(event)
        for client in self._clients:
            client.take(event)

    def _wake_all(self) -> None:
        for client in self._clients:
            client.wake.set()

    def missed(self, last_event_id: str | None) -> list[LiveEvent]:
        """Return what came after ``last_event_id``; one ``reset`` where that is not known."""
        if last_event_id is None:
            return []
        epoch, _, text = last_event_id.rpartition(".")
        fresh = [event for event in self._ring if self._clock() - event.at_s <= MAX_RING_S]
        oldest = fresh[0].seq if fresh else self._seq + 1
        seq = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
        if epoch != self._epoch or not oldest - 1 <= seq <= self._seq:
            return [LiveEvent(self._seq, "reset", {})]
        return [event for event in fresh if event.seq > seq]

    async def subscribe(self, last_event_id: str | None = None) -> AsyncIterator[LiveEvent]:
        """Yield events until the feed is closed, those that were missed first."""
        client = _Client(deque(self.missed(last_event_id)))
        self._clients.add(client)
        try:
            while not self._closed:
                while client.queue:
                    yield client.queue.popleft()
                client.wake.clear()
                if not client.queue and not self._closed:
                    await client.wake.wait()
        finally:
            self._clients.discard(client)

    def id_of(self, event: LiveEvent) -> str:
        """Return the id that resumes after ``event``."""
        return f"{self._epoch}.{event.seq}"


async def _stream(feed: LiveFeed, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(retry=RETRY_MS, comment="loopline")
    async for event in feed.subscribe(last_event_id):
        yield ServerSentEvent(
            data=json.dumps(event.data), event=event.name, id=feed.id_of(event), retry=RETRY_MS
        )


def routes(services: "Services", check_filter: Callable[[Request], None]) -> APIRouter:
    """Return the route of the live stream; ``check_filter`` refuses a filter that cannot be."""
    router = APIRouter()

    @router.get("/live", include_in_schema=False)
    async def live(request: Request) -> EventSourceResponse:
        """Stream what changes."""
        if services.live.clients >= MAX_STREAMS:
            raise Problem(
                429,
                "too_many_streams",
                f"{MAX_STREAMS} live streams are open, which is the limit",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
        await run_in_threadpool(check_filter, request)
        return EventSourceResponse(
            _stream(services.live, request.headers.get("last-event-id")), ping=PING_S
        )

    return router
