"""Clients of the partner API who ask again until they are answered, whoever was killed."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

AGAIN_AFTER_S = 0.1
HEAD_END = b"\r\n\r\n"
STILL_RUNS = b"request-in-flight"
AWAY = frozenset({429, 503})
ASKED_TWICE = 8  # of so many postings the first is sent again though it was answered
JOIN_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Posting:
    """What a client posts; ``path`` and ``key`` say which it is."""

    path: str
    credential: str
    key: str
    body: bytes

    @property
    def wire(self) -> bytes:
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: campaign\r\n"
            f"Authorization: Bearer {self.credential}\r\nIdempotency-Key: {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    body: bytes


@dataclass
class Answers:
    """What the clients were told: the house's own word is held against it."""

    first: dict[Posting, Told] = field(default_factory=dict)
    refused: list[tuple[Posting, Told]] = field(default_factory=list)
    changed: list[Posting] = field(default_factory=list)
    asked_again: int = 0
    replayed: int = 0

    def hear(self, posting: Posting, told: Told, *, replayed: bool) -> None:
        self.replayed += replayed
        if not 200 <= told.status < 300:
            self.refused.append((posting, told))
        elif self.first.setdefault(posting, told) != told:
            self.changed.append(posting)


class Line:
    """One connection, opened again whenever it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.opened_s = 0.0

    async def ask(self, posting: Posting) -> tuple[Told, bool] | None:
        """Return the answer and whether it was a replay; None where nobody answers."""
        try:
            return await self._ask(posting)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            return None

    async def _ask(self, posting: Posting) -> tuple[Told, bool]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            self.opened_s = time.monotonic()
        reader, writer = self._streams
        writer.write(posting.wire)
        head = (await reader.readuntil(HEAD_END)).lower()
        at = head.index(b"content-length:") + 15
        body = await reader.readexactly(int(head[at : head.index(b"\r", at)]))
        if b"connection: close" in head:
            await self.close()
        return Told(int(head[9:12]), body), b"idempotency-replayed: true" in head

    async def close(self) -> None:
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


class Clients:
    """So many connections in a thread of their own; each posts what ``take`` gives until None."""

    def __init__(
        self,
        port: int,
        take: Callable[[], Posting | None],
        answers: Answers,
        *,
        connections: int,
        pause_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._port, self._take, self._answers = port, take, answers
        self._connections, self._pause_s = connections, pause_s
        self._down_s: float | None = None
        self.back_after_s: list[float] = []
        self._left = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self._thread.start()

    def server_was_killed(self) -> None:
        """Measure from now on until somebody is answered on a new connection."""
        self._down_s = time.monotonic()

    @property
    def served(self) -> bool:
        """Whether somebody was answered since the last kill."""
        return self._down_s is None

    @property
    def at_work(self) -> bool:
        return self._thread.is_alive()

    def leave(self) -> None:
        """Let nobody ask any more, answered or not."""
        self._left = True
        self.join()

    def join(self, for_s: float = 0.0) -> None:
        """Wait for their last answers, which they go on asking for during ``for_s`` at least."""
        self._thread.join(for_s + JOIN_WITHIN_S)
        assert not self._thread.is_alive(), "clients still wait for their answers"

    async def _all(self) -> None:
        await asyncio.gather(*(self._connection() for _ in range(self._connections)))

    async def _connection(self) -> None:
        line, posted = Line(self._port), 0
        while not self._left and (posting := self._take()) is not None:
            posted += 1
            for _ in range(1 + (posted % ASKED_TWICE == 1)):
                await self._until_answered(line, posting)
            await asyncio.sleep(self._pause_s())
        await line.close()

    async def _until_answered(self, line: Line, posting: Posting) -> None:
        while not self._left:
            answer = await line.ask(posting)
            if answer is not None and not _comes_later(answer[0]):
                told, replayed = answer
                self._answers.hear(posting, told, replayed=replayed)
                self._note_back(line)
                return
            self._answers.asked_again += 1
            await asyncio.sleep(AGAIN_AFTER_S)

    def _note_back(self, line: Line) -> None:
        if self._down_s is not None and line.opened_s > self._down_s:
            self.back_after_s.append(time.monotonic() - self._down_s)
            self._down_s = None


def _comes_later(told: Told) -> bool:
    return told.status in AWAY or (told.status == 409 and STILL_RUNS in told.body)


def ask_all(port: int, postings: Iterable[Posting], answers: Answers, *, connections: int) -> None:
    """Post all of ``postings`` and return once each is answered."""
    waiting = iter(list(postings))
    Clients(port, lambda: next(waiting, None), answers, connections=connections).join()
