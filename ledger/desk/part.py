"""The shape of a part of the desk: what it looks up, and what it decides by itself."""

from collections.abc import Callable, Mapping

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.reference import Reference
from ledger.records import Decision
from recycling.aggregate import Aggregate
from recycling.facts import Known
from recycling.vocabulary import AggregateKind

Of = tuple[AggregateKind, str]
LookUp = Callable[[Ask, Aggregate, View, Reference], Known]
LookUps = Mapping[Of, LookUp]
Handler = Callable[[Ask, View, Reference], Decision]
Handlers = Mapping[Of, Handler]
