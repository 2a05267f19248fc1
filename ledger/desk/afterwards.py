"""What a decision still goes through before it stands: refused after all, or told in full."""

from collections.abc import Callable, Mapping

from ledger.contract import View
from ledger.desk.appraise import priced
from ledger.desk.ask import Ask
from ledger.desk.assign import with_candidates
from ledger.desk.reference import Reference
from ledger.records import Decision
from recycling.vocabulary import AggregateKind, OrderCommand

Afterwards = Callable[[Decision, Ask, View, Reference], Decision]
_ORDER = AggregateKind.TAKEBACK_ORDER

AFTERWARDS: Mapping[tuple[AggregateKind, str], Afterwards] = {
    (_ORDER, OrderCommand.ASSIGN): with_candidates,
    (_ORDER, OrderCommand.APPRAISE): priced,
}
