"""Where the clerk finds what an open finding must hold: among the findings of a tenant."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ledger.contract import Ledger
from ledger.desk.ask import Asked
from ledger.desk.clerk import Held
from ledger.desk.finding_holds import holds_due
from ledger.desk.finding_record import FINDING, FindingState
from ledger.records import Aggregate, Caller, Ref
from ledger.refusals import NotFound
from recycling.vocabulary import AggregateKind


def holds_of(ledger: Ledger[Asked]) -> Callable[[str, int], Sequence[Held]]:
    """Return what tells up to so many aggregates of a tenant that are to be held and are not."""
    return lambda tenant, most: list(islice(_held(ledger, Caller(tenant)), most))


def _held(ledger: Ledger[Asked], caller: Caller) -> Iterator[Held]:
    def find(ref: Ref) -> Aggregate | None:
        try:
            return ledger.get(caller, ref)
        except NotFound:
            return None

    after: int | None = 0
    while after is not None:
        page = ledger.page(caller, FINDING, after_seq=after, state=FindingState.OPEN)
        for finding in page.items:
            for ref in holds_due(finding, find):
                row = find(ref)
                if row is not None:
                    kind = AggregateKind(ref.kind)
                    yield Held(kind=kind, id=ref.id, version=row.version, finding_id=finding.id)
        after = page.next_seq
