"""Sends the requests of many lives in the sequence of simulated time, some of them side by side."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from simulator.record import HOUR_S, Draft, utc_text
from simulator.step import Answer, Ask, Begin, Life, Step, Tell, Wait

# The house has its own turn between two steps: the longer they are, the more lives share a commit.
# A recycler that does not accept within the step that it is assigned in lets the SLA pass.
STEP_S = 6 * HOUR_S
MAX_AT_ONCE = 200  # requests of different lives that are sent together

# One answer for each request, in the same sequence; they may be sent side by side.
Call = Callable[[Sequence[Ask]], Sequence[tuple[int, Any]]]


class Unexpected(Exception):
    """The house refused what had to go well; the message holds the request and its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the year is driven through: the partner API, and what its operator does.

    Parameters
    ----------
    set_clock
        Sets the simulated clock to a Unix second and lets the house have its turn.
    tell
        Takes a fact that another system tells straight to its topic.
    look
        Called after every step, with the second it stood at.
    """

    call: Call
    set_clock: Callable[[int], None]
    tell: Callable[[Draft], None] = lambda _draft: None
    look: Callable[[int], None] = lambda _now_s: None


@dataclass(frozen=True, slots=True)
class Driven:
    """How many requests were sent, by method and route, and how many steps they took."""

    requests: Mapping[str, int]
    steps: int

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.requests.values())


def drive(lives: Iterable[tuple[int, Life]], house: House, *, end_s: int) -> Driven:
    """Let every life run until ``end_s``; what lies behind it does not happen.

    Raises
    ------
    Unexpected
        If an answer is neither a yes nor one that its life can live with.
    """
    driver = _Driver(house)
    for at_s, life in lives:
        driver.begin(life, at_s)
    while (next_s := driver.next_s()) is not None and next_s <= end_s:
        driver.step(min(end_s, -(-next_s // STEP_S) * STEP_S))
    return Driven(dict(driver.requests), driver.steps)


@dataclass(slots=True)
class _Driver:
    house: House
    requests: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    _count: int = 0
    _waiting: list[tuple[int, int, Life]] = field(default_factory=list)
    _new: set[int] = field(default_factory=set)

    def begin(self, life: Life, at_s: int) -> None:
        """Let a life begin at a second."""
        self._new.add(id(life))
        self._wait(life, at_s)

    def _wait(self, life: Life, until_s: int) -> None:
        self._count += 1
        heappush(self._waiting, (until_s, self._count, life))

    def next_s(self) -> int | None:
        """Return when somebody does something; None where nobody does."""
        return self._waiting[0][0] if self._waiting else None

    def step(self, now_s: int) -> None:
        """Do everything that is due at ``now_s``, one request of each life at a time."""
        self.steps += 1
        self.house.set_clock(now_s)
        while due := self._due(now_s):
            asking = [found for life in due for found in self._go_on(life, Answer(now_s))]
            while asking:
                asking = self._answered(asking, now_s)
        self.house.look(now_s)

    def _due(self, now_s: int) -> list[Life]:
        due = []
        while self._waiting and self._waiting[0][0] <= now_s:
            due.append(heappop(self._waiting)[2])
        return due

    def _answered(self, asking: list[tuple[Life, Ask]], now_s: int) -> list[tuple[Life, Ask]]:
        """Send what lives ask for; return what they ask for next."""
        further = []
        for first in range(0, len(asking), MAX_AT_ONCE):
            some = asking[first : first + MAX_AT_ONCE]
            answers = self.house.call([ask for _, ask in some])
            for (life, ask), (status, body) in zip(some, answers, strict=True):
                self.requests[f"{ask.method} {_route(ask.path)}"] += 1
                _refuse_unexpected(ask, status, body, now_s)
                further += self._go_on(life, Answer(now_s, status, body))
        return further

    def _go_on(self, life: Life, answer: Answer) -> list[tuple[Life, Ask]]:
        """Let a life go on up to its next request; nothing where it waits or has ended."""
        try:
            step = self._next(life, answer)
            while not isinstance(step, Ask | Wait):
                self._beside(step, answer.now_s)
                step = life.send(Answer(answer.now_s))
        except StopIteration:
            return []
        if isinstance(step, Ask):
            return [(life, step)]
        self._wait(life, step.until_s)
        return []

    def _next(self, life: Life, answer: Answer) -> Step:
        if id(life) not in self._new:
            return life.send(answer)
        self._new.discard(id(life))
        return next(life)  # there is nothing yet that it could be answered

    def _beside(self, step: Begin | Tell, now_s: int) -> None:
        if isinstance(step, Begin):
            self.begin(step.life, now_s)
        else:
            self.house.tell(step.draft)


def _route(path: str) -> str:
    """Return a path without its ids: how often each route is asked.

    Examples
    --------
    >>> _route("/v1/units/0a1b:accept"), _route("/v1/pickups")
    ('/v1/units/{id}:accept', '/v1/pickups')
    """
    parts = path.split("/")
    if len(parts) > 3:
        _, colon, command = parts[3].partition(":")
        parts[3] = "{id}" + colon + command
    return "/".join(parts)


def _refuse_unexpected(ask: Ask, status: int, body: Any, now_s: int) -> None:
    if 200 <= status < 300 or status in ask.may_be:
        return
    raise Unexpected(
        f"{ask.party}: {ask.method} {ask.path} at {utc_text(now_s)} was answered {status}: {body}"
    )
