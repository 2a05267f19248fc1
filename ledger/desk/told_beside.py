"""Published events of things without a state table, which commit beside those of the tables."""

from collections.abc import Iterator
from datetime import datetime

from ledger.desk.publish import Beside, published_demand
from ledger.records import Change
from recycling.apply import Applied
from schemas.vocabulary import TakebackOrderEvent

REGISTERED = "registered"


def change_beside(one: Beside, *, state: str, occurred_at: datetime) -> Change:
    """Return the row of an event that is told beside others."""
    return Change(
        kind=one.kind,
        id=one.id,
        state=state,
        body={},
        type=state,
        occurred_at=occurred_at,
        payload={},
        topic=one.published.topic,
        key=one.published.key,
        published=one.published.payload,
    )


def demands_of(applied: Applied) -> Iterator[Change]:
    """Yield the demand that each registered order answers."""
    for event in applied.events:
        if event.event_type == TakebackOrderEvent.DEMAND_REGISTERED:
            told = published_demand(event, applied.aggregate)
            yield change_beside(told, state=REGISTERED, occurred_at=event.occurred_at)
