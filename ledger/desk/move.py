"""The plain way of a command: one aggregate moves by the row of its table."""

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.codes import releases_of
from ledger.desk.moving import moved
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.apply import Refusal


def move_one(ask: Ask, view: View, reference: Reference) -> Decision:
    """Move one aggregate by the row of its table."""
    aggregate = target(view, ask.kind)
    applied = moved(ask, aggregate, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return happened(
        applied,
        ask,
        view,
        status=201 if aggregate.state is None else 200,
        releases=releases_of(applied, aggregate),
    )
