"""One command of one aggregate, judged on what was looked up for it."""

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.known import facts_of
from ledger.desk.reference import Reference
from recycling.aggregate import Aggregate
from recycling.apply import Applied, Refusal, apply
from recycling.tables import table_of


def moved(ask: Ask, aggregate: Aggregate, view: View, reference: Reference) -> Applied | Refusal:
    """Return what a command does to ``aggregate``, or why not."""
    facts = facts_of(ask, aggregate, view, reference)
    return apply(aggregate, table_of(ask.kind).commands(ask.command), facts)
