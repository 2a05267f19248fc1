"""The desk of tests: where no part looks up who may have an order, everybody may."""

from ledger.contract import View
from ledger.desk.ask import Asked, Keep
from ledger.desk.decide import Desk
from ledger.desk.known import LOOK_UPS
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.apply import Refusal, apply
from recycling.facts import Facts, Known
from recycling.vocabulary import AggregateKind, OrderCommand

ASSIGN = (AggregateKind.TAKEBACK_ORDER, OrderCommand.ASSIGN)


class PlacingDesk:
    """A desk that places an order with whom the command names."""

    def __init__(self, reference: Reference) -> None:
        self._desk, self._reference = Desk(reference), reference

    def __call__(self, command: Asked, view: View, /) -> Decision:
        if isinstance(command, Keep) or ASSIGN in LOOK_UPS:
            return self._desk(command, view)
        if (command.kind, command.command) != ASSIGN:
            return self._desk(command, view)
        facts = Facts(
            by=command.by, occurred_at=view.now, recorded_at=view.now, evidence=command.evidence,
            known=Known(failed_codes=()), limits=self._reference.limits,
        )  # fmt: skip
        applied = apply(target(view, command.kind), OrderCommand.ASSIGN, facts)
        if isinstance(applied, Refusal):
            return refusal_of(applied)
        return happened(applied, command, view)
