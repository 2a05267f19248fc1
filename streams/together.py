"""Batches that wait while others are worked on, handed over together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from streams.batch_consumer import RecordBatch

WAITING_GROUPS = 4  # groups' worth of records that may wait for their turn

Waiting = tuple[RecordBatch, "asyncio.Future[None]"]
Work = Callable[[Sequence[Waiting]], Awaitable[None]]


class Together:
    """Gives ``work`` the batches that came meanwhile, so that what one call costs is paid once.

    ``work`` says of each batch when it is done, by its future. Where ``work`` fails, every batch
    that was given or waits is told why.
    """

    def __init__(self, work: Work, *, group_records: int) -> None:
        """Hand over some ``group_records`` at once; the batch that crosses it is still taken."""
        self._work = work
        self._group_records = group_records
        self._waiting: deque[Waiting] = deque()
        self._group: list[Waiting] = []
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def take(self, batch: RecordBatch) -> "asyncio.Future[None]":
        """Queue ``batch``, once there is room; the future is the one that ``work`` gets."""
        while self._waiting_records >= self._group_records * WAITING_GROUPS:
            self._room.clear()
            await self._room.wait()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work_on())
            self._task.add_done_callback(self._ended)
        return done

    @property
    def _waiting_records(self) -> int:
        return sum(len(batch.records) for batch, _ in self._waiting)

    async def _work_on(self) -> None:
        while self._waiting:
            self._group = self._next_group()
            await self._work(self._group)

    def _next_group(self) -> list[Waiting]:
        group: list[Waiting] = []
        records = 0
        while self._waiting and records < self._group_records:
            group.append(self._waiting.popleft())
            records += len(group[-1][0].records)
        self._room.set()
        return group

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        for _, done in (*self._group, *self._waiting):
            if not done.done():
                done.set_exception(error)
        self._waiting.clear()
        self._room.set()
