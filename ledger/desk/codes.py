"""Codes that name a unit from now on, and codes that no longer do."""

from collections.abc import Iterator

from ledger.records import Claim
from recycling.aggregate import Aggregate
from recycling.apply import Applied
from recycling.vocabulary import AggregateKind
from schemas.vocabulary import TakebackUnitEvent as Happened


def claims_of(applied: Applied) -> tuple[Claim, ...]:
    """Return the codes that were bound to units, and those that a correction bound."""
    return tuple(_claims(applied))


def _claims(applied: Applied) -> Iterator[Claim]:
    for event in applied.events:
        if event.kind != AggregateKind.UNIT:
            continue
        if event.event_type == Happened.COLLECTED:
            yield Claim(event.payload["unit_code"], event.aggregate_id)
        elif event.event_type == Happened.CORRECTED and "unit_code" in event.payload["values"]:
            yield Claim(event.payload["values"]["unit_code"], event.aggregate_id)


def releases_of(applied: Applied, before: Aggregate) -> tuple[Claim, ...]:
    """Return the code that a correction frees: the one that the unit had before."""
    claims = claims_of(applied)
    code = before.body.get("unit_code")
    is_moved = applied.event.event_type == Happened.CORRECTED and bool(claims)
    if not is_moved or code is None or claims[0].code == code:
        return ()
    return (Claim(code, before.id),)
