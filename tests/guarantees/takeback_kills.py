"""Kills at random moments: the partner API, the relay, the sink and the broker."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime.brokers import KafkaBroker
from tests.guarantees.broker import Part, wait_until
from tests.guarantees.posting import Clients
from tests.guarantees.takeback_house import House, Work

UP_WITHIN_S = 90
PICKUPS_EACH = 16  # handed out before each kill
MORE_KILLS = 30  # of the relay, at the most
SHORTEST_S, LONGEST_S = 0.05, 0.8
BROKER_SHARE, SINK_SHARE, RELAY_SHARE = 0.05, 0.1, 0.35
BROKER = "broker"


def victims(kills: int, draw: random.Random) -> list[str]:
    """Return who is killed when: mostly the API and the relay, the others a few times."""
    plan = [BROKER] * round(kills * BROKER_SHARE) + ["owner"] * round(kills * SINK_SHARE)
    plan += ["relay"] * round(kills * RELAY_SHARE)
    plan += ["partner-api"] * (kills - len(plan))
    draw.shuffle(plan)
    return plan


@dataclass
class Killer:
    """Kills one of the four, starts it again, and goes on to the next once that one works."""

    house: House
    kafka: KafkaBroker
    clients: Clients
    work: Work
    draw: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  # by themselves
    _works: dict[str, Callable[[], bool]] = field(default_factory=dict)

    def run(self, plan: Sequence[str]) -> None:
        for name in plan:
            self.await_work(name)
            self.work.hand_out(PICKUPS_EACH)
            time.sleep(self.draw.uniform(SHORTEST_S, LONGEST_S))
            self.kill(name)

    def until_resent(self, topics: Sequence[str]) -> None:
        """Kill the relay until the broker got something twice: else nothing was there to drop."""
        for _ in range(MORE_KILLS):
            if sum(self.house.ends(topics).values()) > self.house.outbox_rows():
                return
            self.run(["relay"])

    def await_all(self) -> None:
        for part in self.house.parts:
            self.await_work(part.name)

    def await_work(self, name: str) -> None:
        works = self._works.get(name, lambda: True)
        wait_until(
            lambda: self.keep_alive() and works(), within_s=UP_WITHIN_S, what=f"{name} works again"
        )

    def keep_alive(self) -> bool:
        """Start again what ended by itself, as a supervisor would."""
        for part in self.house.parts:
            if not part.alive:
                self.ended[part.name] += 1
                part.start()
        return True

    def kill(self, name: str) -> None:
        self.killed[name] += 1
        if name == BROKER:
            self.kafka.kill()
            self.kafka.start()
            return
        part = next(one for one in self.house.parts if one.name == name)
        part.kill()
        if part is self.house.api:
            self.clients.server_was_killed()
        self._works[name] = self._progress_of(part)
        part.start()

    def _progress_of(self, part: Part) -> Callable[[], bool]:
        """Return the question whether ``part`` has done something since this was called."""
        if part is self.house.api:
            return lambda: self.clients.served
        if part is self.house.relay:
            sent = self.house.sent_until()
            return lambda: self.house.sent_until() > sent
        return lambda: sum(self.house.sunk().values()) > 0
