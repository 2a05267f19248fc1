"""The one entrance of the desk: each thing asked goes to the function that knows it."""

from collections.abc import Callable, Mapping

from ledger.contract import View
from ledger.desk import consignment_decide, forward_decide, late_decide, order_decide
from ledger.desk.afterwards import AFTERWARDS
from ledger.desk.alert import Alarm, alarm
from ledger.desk.ask import Asked, Keep
from ledger.desk.band_list import BAND_KEEPERS
from ledger.desk.batch_moves import BATCH_HANDLERS
from ledger.desk.certificate import CERTIFICATE_KEEPERS
from ledger.desk.finding import FINDING_HANDLERS, FINDING_KEEPERS
from ledger.desk.keep import keep, not_told
from ledger.desk.lot_moves import LOT_HANDLERS
from ledger.desk.move import move_one
from ledger.desk.part import Handlers
from ledger.desk.partner import PARTNER_KEEPERS
from ledger.desk.projection import projected
from ledger.desk.reference import Reference
from ledger.records import Decision
from recycling.vocabulary import AggregateKind

# Commands that move more than the aggregate they are asked of, or write more than its event.
HANDLERS: Handlers = {
    **order_decide.HANDLERS,
    **consignment_decide.HANDLERS,
    **forward_decide.HANDLERS,
    **late_decide.HANDLERS,
    **BATCH_HANDLERS,
    **LOT_HANDLERS,
    **FINDING_HANDLERS,
}

# Nouns that have a rule of their own; those with a table are moved by it, and told by nobody.
KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {
    **dict.fromkeys(map(str, AggregateKind), not_told),
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
        if isinstance(command, Alarm):
            return alarm(command, view)
        key = (command.kind, command.command)
        decision = HANDLERS.get(key, move_one)(command, view, self._reference)
        if key in AFTERWARDS:
            decision = AFTERWARDS[key](decision, command, view, self._reference)
        return projected(decision, command, view, self._reference.limits)
