"""Answers of quiet topics on their way into a fact: the published event, its ids as the sink's."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

from schemas.event import Event
from schemas.hub import HubDescribed, HubEmitted
from schemas.open_reading import read_event
from schemas.refrigerant import RefrigerantDescribed, RefrigerantEmitted
from schemas.source import Answered

Told = TypeVar("Told", HubEmitted, RefrigerantEmitted)
#: What an answer says of itself and of its record; what the source said is all the rest.
_OWN = frozenset({"event_id", *Answered.model_fields})


@dataclass(frozen=True, slots=True)
class StoredAnswer(Generic[Told]):
    """An answer, with the texts that every event of the sink has."""

    event_id: str
    source_event_id: str
    occurred_at: str
    correction_of: str | None
    told: Told

    @classmethod
    def of(cls, told: Told) -> Self:
        """Return ``told`` as the sink takes it."""
        target = told.correction_of
        return cls(
            str(told.event_id),
            str(told.source_event_id),
            told.occurred_at.isoformat(),
            None if target is None else str(target),
            told,
        )

    def inputs(self) -> str:
        """Return the JSON that a later explanation stands on: everything that was told."""
        return self.told.model_dump_json(exclude_none=True)


class StoredHub(StoredAnswer[HubEmitted]):
    """A site's month."""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Return the event that was accepted before."""
        return cls.of(read_event(HubEmitted, raw))

    def content(self) -> bytes:
        """Return what the source said, without where it stood and what was computed from it."""
        return _said(self.told, HubDescribed)


class StoredRefrigerant(StoredAnswer[RefrigerantEmitted]):
    """A treated unit's refrigerant."""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Return the event that was accepted before."""
        return cls.of(read_event(RefrigerantEmitted, raw))

    def content(self) -> bytes:
        """Return what the source said, without where it stood and what was computed from it."""
        return _said(self.told, RefrigerantDescribed)


def _said(
    told: HubEmitted | RefrigerantEmitted, kind: type[HubDescribed | RefrigerantDescribed]
) -> bytes:
    return said(told, set(kind.model_fields) - _OWN)


def said(told: Event, fields: set[str]) -> bytes:
    """Return what an event says in ``fields``, each value in the one spelling it has."""
    given = told.model_dump(include=fields, exclude_none=True)
    return json.dumps(_plain(given), sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
