"""The processes of take-back, orders that wait for their pickup, and how far each process is."""

import itertools
import json
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benches.pickup_load import TENANT, demand, prepare, settings_in
from ledger.desk.ask import Ask
from ledger.relay_state import RELAY_FILE
from ledger.store import LEDGER_FILE, open_for_reading
from loopline.administration import Administration
from loopline.partner_house import opened_house
from runtime.broker import BrokerAway, end_offsets
from runtime.process import free_port
from runtime.settings import Settings, read_settings
from tests.guarantees.broker import Part, told, wait_until
from tests.guarantees.posting import Posting

PARTITIONS = 4
ENDS_WITHIN_S = 60
PICKUPS, DEMANDS = "/v1/pickups", "/v1/demands"
NEVER_USED_BEFORE = 1_000_000  # demands of the clients are numbered from here on
_SENT = "select coalesce(max(seq), 0) from sent"
_WAITING = "select coalesce(max(seq), 0) from outbox"


@dataclass
class Work:
    """What clients post: pickups as they are handed out, demands whenever none waits."""

    pickups: Sequence[Posting]
    office: str
    handed: deque[Posting] = field(default_factory=deque)
    ended: bool = False
    _next: int = 0
    _numbers: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(NEVER_USED_BEFORE)
    )

    def hand_out(self, count: int) -> None:
        self.handed.extend(self.pickups[self._next : self._next + count])
        self._next += count

    def end(self) -> None:
        """Hand out the rest; whoever has posted that goes home."""
        self.hand_out(len(self.pickups))
        self.ended = True

    def take(self) -> Posting | None:
        if self.handed:
            return self.handed.popleft()
        return None if self.ended else self.demand()

    def demand(self) -> Posting:
        wish = demand(next(self._numbers)).command
        assert isinstance(wish, Ask)
        evidence = wish.evidence
        return Posting(
            DEMANDS, self.office, f"key-{evidence['channel_ref']}", json.dumps(evidence).encode()
        )


def settings_for(folder: Path) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings_in(folder).items():
            patch.setenv(name, value)
        return read_settings()


def work_in(folder: Path, *, pickups: int) -> Work:
    """Make a ledger with so many orders of one unit that wait for their pickup."""
    settings = settings_for(folder)
    prepared = prepare(settings, pickups)
    with opened_house(settings) as house:
        admin = Administration(house.ledger, house.contacts, house.keys, now=house.now)
        office = admin.run("keys-add", {"tenant": TENANT, "roles": ["intake", "platform"]})["key"]
    return Work(
        [
            Posting(PICKUPS, prepared.key, f"pickup-{number}", body)
            for number, body in enumerate(prepared.bodies)
        ],
        office,
    )


@dataclass
class House:
    """Partner API, relay and sink, each a process that can be killed."""

    folder: Path
    bootstrap: str
    prefix: str
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.env = {
            **settings_in(self.folder),
            "LOOPLINE_TOPIC_PREFIX": self.prefix,
            "LOOPLINE_PARTNER_API__PORT": str(self.port),
        }
        self.api = self.part("partner-api", "loopline", "partner-api")
        self.relay = self.part("relay", "loopline", "relay")
        self.sink = self.part("owner")

    def part(self, name: str, *program: str) -> Part:
        """Return a process of this house that is not started yet."""
        return Part(
            name,
            self.folder / "warehouse",
            self.bootstrap,
            program=program,
            extra_env=self.env,
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.api, self.relay, self.sink

    def stop(self) -> None:
        for part in self.parts:
            if part.process is not None:
                part.stop()

    @property
    def ledger_file(self) -> Path:
        return self.folder / "ledger" / LEDGER_FILE

    def sent_until(self) -> int:
        """Return the ``seq`` up to which the relay says that the broker has everything."""
        return _number(self.folder / "ledger" / RELAY_FILE, _SENT)

    def waits_until(self) -> int:
        """Return the last ``seq`` that the broker shall have."""
        return _number(self.ledger_file, _WAITING)

    def outbox_rows(self) -> int:
        return _number(self.ledger_file, "select count(*) from outbox")

    def has_sent(self) -> bool:
        return self.sent_until() > 0

    def is_drained(self) -> bool:
        return self.sent_until() == self.waits_until()

    def ends(self, topics: Sequence[str]) -> dict[str, int]:
        """Return how many messages each topic has; a broker that just started is waited for."""
        found: dict[tuple[str, int], int] = {}

        def told_all() -> bool:
            try:
                found.update(end_offsets(self.bootstrap, [self.prefix + t for t in topics]))
            except BrokerAway:
                return False  # or a partition has no leader yet
            return True

        wait_until(told_all, within_s=ENDS_WITHIN_S, what="the broker tells its ends")
        counts = dict.fromkeys(topics, 0)
        for (topic, _), end in found.items():
            counts[topic.removeprefix(self.prefix)] += end
        return counts

    def sunk(self) -> dict[str, int]:
        """Return how many messages of each topic the sink has dealt with."""
        progress = told(self.sink.dir, "/v1/operate/progress")
        return {} if progress is None else dict(progress["offsets"])

    def is_sunk(self, topics: Sequence[str]) -> bool:
        sunk = self.sunk()
        return all(sunk.get(topic, 0) == end for topic, end in self.ends(topics).items())


def _number(file: Path, question: str) -> int:
    if not file.exists():
        return 0
    with closing(open_for_reading(file)) as db:
        return int(db.execute(question).fetchone()[0])
