"""The one entrance of the desk: each thing asked goes to the function that knows it."""

from ledger.contract import View
from ledger.desk import (
    consignment_decide,
    forward_decide,
    late_decide,
    order_decide,
)
from ledger.desk.ask import Ask, Asked, Keep
from ledger.desk.codes import releases_of
from ledger.desk.keep import keep
from ledger.desk.known import facts_of
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.apply import Refusal, apply
from recycling.tables import table_of

# Commands that move more than the aggregate they are asked of, or write more than its event.
HANDLERS: Handlers = {
    **order_decide.HANDLERS,
    **consignment_decide.HANDLERS,
    **forward_decide.HANDLERS,
    **late_decide.HANDLERS,
}


class Desk:
    """A ``ledger.contract.Decide``: pure, the same view gives the same decision."""

    def __init__(self, reference: Reference) -> None:
        """Keep what every decision may need."""
        self._reference = reference

    def __call__(self, command: Asked, view: View, /) -> Decision:
        """Decide what is asked."""
        if isinstance(command, Keep):
            return keep(command, view)
        handler = HANDLERS.get((command.kind, command.command), move_one)
        return handler(command, view, self._reference)


def move_one(ask: Ask, view: View, reference: Reference) -> Decision:
    """Move one aggregate by the row of its table."""
    aggregate = target(view, ask.kind)
    facts = facts_of(ask, aggregate, view, reference)
    applied = apply(aggregate, table_of(ask.kind).commands(ask.command), facts)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return happened(
        applied,
        ask,
        view,
        status=201 if aggregate.state is None else 200,
        releases=releases_of(applied, aggregate),
    )
