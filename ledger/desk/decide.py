"""The one entrance of the desk: each thing asked goes to the function that knows it."""

from collections.abc import Callable, Mapping

from ledger.contract import View
from ledger.desk.ask import Ask, Asked, Keep
from ledger.desk.band_list import BAND_KEEPERS
from ledger.desk.batch_moves import BATCH_HANDLERS
from ledger.desk.certificate import CERTIFICATE_KEEPERS
from ledger.desk.finding import FINDING_HANDLERS, FINDING_KEEPERS
from ledger.desk.keep import keep
from ledger.desk.known import facts_of
from ledger.desk.lot_moves import LOT_HANDLERS
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.partner import PARTNER_KEEPERS
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.apply import Refusal, apply
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind

Handler = Callable[[Ask, View, Reference], Decision]

# Commands that move more than the aggregate they are asked of, or write more than its event.
HANDLERS: Mapping[tuple[AggregateKind, str], Handler] = {
    **BATCH_HANDLERS,
    **LOT_HANDLERS,
    **FINDING_HANDLERS,
}

# Nouns without a table that have a rule of their own.
KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {
    **PARTNER_KEEPERS,
    **FINDING_KEEPERS,
    **CERTIFICATE_KEEPERS,
    **BAND_KEEPERS,
}


class Desk:
    """A ``ledger.contract.Decide``: pure, the same view gives the same decision."""

    def __init__(self, reference: Reference) -> None:
        """Keep what every decision may need."""
        self._reference = reference

    def __call__(self, command: Asked, view: View, /) -> Decision:
        """Decide what is asked."""
        if isinstance(command, Keep):
            return KEEPERS.get(command.kind, keep)(command, view)
        handler = HANDLERS.get((command.kind, command.command), move_one)
        return handler(command, view, self._reference)


def move_one(ask: Ask, view: View, reference: Reference) -> Decision:
    """Move one aggregate by the row of its table."""
    aggregate = target(view, ask.kind)
    facts = facts_of(ask, aggregate, view, reference)
    applied = apply(aggregate, table_of(ask.kind).commands(ask.command), facts)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return accepted(applied, status=201 if aggregate.state is None else 200)
