"""A take-back aggregate on its way through the states: it numbers its facts without a gap."""

from typing import Any

from simulator.record import Draft, draft


class Aggregate:
    """One order or unit; every move becomes a fact with the next ``aggregate_seq``."""

    __slots__ = ("_common", "_key", "_topic", "at_s", "drafts", "state")

    def __init__(self, topic: str, key: str, **common: Any) -> None:
        """Start before the first state; ``common`` is repeated on every fact."""
        self._topic = topic
        self._key = key
        self._common = common
        self.state: str | None = None
        self.at_s = 0
        self.drafts: list[Draft] = []

    @property
    def facts(self) -> dict[str, Any]:
        """What is repeated on every fact; a change is told from the next fact on."""
        return self._common

    def move(self, event_type: str, to_state: str, *, after_s: float, **facts: Any) -> int:
        """Record one fact ``after_s`` seconds after the last and return its Unix second."""
        return self.move_at(event_type, to_state, at_s=self.at_s + int(after_s), **facts)

    def move_at(self, event_type: str, to_state: str, *, at_s: int, **facts: Any) -> int:
        """Record one fact at a Unix second, or a second after the last if that is later."""
        self.at_s = max(at_s, self.at_s + 1)
        seq = len(self.drafts) + 1
        one = draft(
            self.at_s, self._topic, self._key, seq,
            aggregate_seq=seq,
            event_type=event_type,
            from_state=self.state,
            to_state=to_state,
            **self._common | facts,
        )  # fmt: skip
        self.drafts.append(one)
        self.state = to_state
        return self.at_s

    def note(self, event_type: str, *, after_s: float, **facts: Any) -> int:
        """Record one fact that leaves the state as it is."""
        if self.state is None:
            raise ValueError(f"{self._key} has no state yet to stay in")
        return self.move(event_type, self.state, after_s=after_s, **facts)
