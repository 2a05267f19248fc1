"""The one entrance of the desk: each thing asked goes to the function that knows it."""

from collections.abc import Callable, Mapping

from ledger.contract import View
from ledger.desk.afterwards import AFTERWARDS
from ledger.desk.alert import Alarm, alarm
from ledger.desk.ask import Ask, Asked, Keep
from ledger.desk.keep import keep
from ledger.desk.known import facts_of
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.projection import projected
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.apply import Refusal, apply
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind

Handler = Callable[[Ask, View, Reference], Decision]

# Commands that move more than the aggregate they are asked of, or write more than its event.
HANDLERS: Mapping[tuple[AggregateKind, str], Handler] = {}


class Desk:
    """A ``ledger.contract.Decide``: pure, the same view gives the same decision."""

    def __init__(self, reference: Reference) -> None:
        """Keep what every decision may need."""
        self._reference = reference

    def __call__(self, command: Asked, view: View, /) -> Decision:
        """Decide what is asked."""
        if isinstance(command, Keep):
            return keep(command, view)
        if isinstance(command, Alarm):
            return alarm(command, view)
        key = (command.kind, command.command)
        decision = HANDLERS.get(key, move_one)(command, view, self._reference)
        if key in AFTERWARDS:
            decision = AFTERWARDS[key](decision, command, view, self._reference)
        return projected(decision, command, view, self._reference.limits)


def move_one(ask: Ask, view: View, reference: Reference) -> Decision:
    """Move one aggregate by the row of its table."""
    aggregate = target(view, ask.kind)
    facts = facts_of(ask, aggregate, view, reference)
    applied = apply(aggregate, table_of(ask.kind).commands(ask.command), facts)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return accepted(applied, status=201 if aggregate.state is None else 200)
