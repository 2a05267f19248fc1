"""What a simulated party does next: it asks the partner API, waits, or begins another life."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.record import Draft, utc_text

Body = Mapping[str, Any]
BREATH_S = 7  # between two requests of one life
OFFICE = "office"  # the maker's own people; every other party is a partner's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request of one party; ``content`` are bytes that go instead of a JSON body.

    ``may_be`` are statuses that the life expects beside a yes.
    """

    party: str
    method: str
    path: str
    body: Body | None = None
    content: bytes | None = field(default=None, repr=False)
    media_type: str = "application/json"
    may_be: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing until a Unix second."""

    until_s: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Another life, from now on."""

    life: "Life"


@dataclass(frozen=True, slots=True)
class Tell:
    """A fact that goes straight to its topic: another system tells it, not the partner API."""

    draft: Draft


Step = Ask | Wait | Begin | Tell


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a step at the simulated second ``now_s``; only an ``Ask`` has a status."""

    now_s: int
    status: int = 0
    body: Body = field(default_factory=dict)


Life = Generator[Step, Answer, None]
Asking = Generator[Step, Answer, Body]


class Voice:
    """One life's own time: when each thing it asks for has happened."""

    def __init__(self, at_s: int) -> None:
        """Begin at a Unix second."""
        self.at_s = self._now_s = at_s

    def wait(self, after_s: float) -> Life:
        """Go on so many seconds later."""
        self.at_s += int(after_s)
        answer = yield Wait(self.at_s)
        self._now_s = answer.now_s

    def wait_until(self, at_s: int) -> Life:
        """Go on at a Unix second, or at once where it is past."""
        yield from self.wait(max(0, at_s - self.at_s))

    def tick(self) -> Life:
        """Go on once the house has had its own turn."""
        answer = yield Wait(self._now_s + 1)
        self.at_s = self._now_s = answer.now_s

    def command(self, party: str, path: str, **evidence: Any) -> Asking:
        """Ask for what happened at this life's own time; return the document."""
        self.at_s += BREATH_S
        return (yield from self.post(party, path, {**evidence, "occurred_at": utc_text(self.at_s)}))

    def post(self, party: str, path: str, body: Body) -> Asking:
        """Return the document that a post answers."""
        return (yield from self._asked(Ask(party=party, method="POST", path=path, body=body)))

    def put(self, party: str, path: str, content: bytes, media_type: str) -> Asking:
        """Return the document that sent bytes answer."""
        ask = Ask(party=party, method="PUT", path=path, content=content, media_type=media_type)
        return (yield from self._asked(ask))

    def look(self, party: str, path: str) -> Asking:
        """Return what is there now; this life's time is now, too."""
        body = yield from self._asked(Ask(party=party, method="GET", path=path))
        self.at_s = max(self.at_s, self._now_s)
        return body

    def attempt(self, party: str, path: str, **evidence: Any) -> Generator[Step, Answer, bool]:
        """Return whether the house said yes; a conflict is a no that this life can live with."""
        self.at_s += BREATH_S
        body = {**evidence, "occurred_at": utc_text(self.at_s)}
        answer = yield Ask(
            party=party, method="POST", path=path, body=body, may_be=frozenset({409})
        )
        self._now_s = answer.now_s
        return answer.status < 300

    def _asked(self, ask: Ask) -> Asking:
        answer = yield ask
        self._now_s = answer.now_s
        return answer.body
