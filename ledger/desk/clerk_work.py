"""What the clerk looks for in each round: kinds of work, where each is found, what is asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ledger.contract import Ledger, Watch
from ledger.desk.alert import ALERT, OPEN, Alarm, AlertName, has_cause
from ledger.desk.ask import Ask, Asked
from ledger.desk.errand import Errand
from ledger.desk.finding_holds import holds_due
from ledger.desk.finding_record import FINDING, FindingState
from ledger.desk.reference import Reference
from ledger.promise import Due, Stage
from ledger.records import Aggregate as Row
from ledger.records import Caller, Ref
from ledger.refusals import NotFound
from recycling.facts import SYSTEM
from recycling.limits import hours
from recycling.vocabulary import AggregateKind, BatchCommand, BatchState, OrderCommand
from schemas.vocabulary import TakebackOrderState as State

# An instant that everything recorded up to now lies before.
SOON = timedelta(seconds=1)

Find = Callable[[str, Due | None], tuple[Due, ...]]
Make = Callable[[str, Due], Iterable[Errand]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of work: pages of what is due for a tenant, and the errands of each; or none."""

    name: str
    find: Find
    make: Make

    def due(self, tenant: str, most: int, after: Due | None = None) -> Iterator[Due]:
        """Yield up to ``most`` of what is due ``after`` one of it, a page when it is needed."""
        looked = 0
        while looked < most:
            page = self.find(tenant, after)
            yield from page[: most - looked]
            if not page:
                return
            looked, after = looked + len(page), page[-1]


def works(
    ledger: Ledger[Asked], watch: Watch, reference: Reference, now: datetime
) -> tuple[Work, ...]:
    """Return every kind of work as it stands at ``now``, the most urgent first."""
    limits, order, batch = reference.limits, AggregateKind.TAKEBACK_ORDER, AggregateKind.BATCH
    return (
        Work(
            name="hold",
            find=_unchanged(watch, FINDING, FindingState.OPEN, now + SOON),
            make=lambda tenant, due: _holding(ledger, tenant, due),
        ),
        Work(
            name="expire unaccepted",
            find=_overdue(watch, Stage.ASSIGNED, now - hours(limits.accept_sla_h)),
            make=_command(order, OrderCommand.EXPIRE_ASSIGNMENT),
        ),
        Work(
            name="expire unappointed",
            find=_overdue(watch, Stage.ACCEPTED, now - hours(limits.appoint_sla_h)),
            make=_command(order, OrderCommand.EXPIRE_ASSIGNMENT),
        ),
        Work(
            name="complete",
            find=lambda tenant, after: watch.completable(tenant, after=after),
            make=_command(order, OrderCommand.COMPLETE),
        ),
        Work(
            name="check balance",
            find=_unchanged(watch, batch, BatchState.OUTPUT_DECLARED, now + SOON),
            make=_command(batch, BatchCommand.CHECK_BALANCE),
        ),
        Work(
            name="close",
            find=_unchanged(watch, order, State.SETTLED, now - reference.clawback),
            make=_command(order, OrderCommand.CLOSE),
        ),
        Work(
            name="alert overdue pickup",
            find=_overdue(watch, Stage.APPOINTED, now),
            make=_overdue_alarm,
        ),
        Work(
            name="close alert",
            find=_unchanged(watch, ALERT, OPEN, now + SOON),
            make=lambda tenant, due: _closing(ledger, tenant, due, now),
        ),
    )


def _overdue(watch: Watch, stage: Stage, before: datetime) -> Find:
    return lambda tenant, after: watch.overdue(tenant, stage, before=before, after=after)


def _unchanged(watch: Watch, kind: str, state: str, before: datetime) -> Find:
    return lambda tenant, after: watch.unchanged(tenant, kind, state, before=before, after=after)


def _command(kind: AggregateKind, command: str) -> Make:
    def errands(tenant: str, due: Due) -> Iterator[Errand]:
        yield Errand(
            tenant=tenant,
            name=command,
            command=Ask(kind=kind, command=command, by=SYSTEM),
            target=Ref(kind, due.id),
            version=due.version,
        )

    return errands


def _overdue_alarm(tenant: str, due: Due) -> Iterator[Errand]:
    alarm = Alarm(name=AlertName.PICKUP_OVERDUE, takeback_order_id=due.id)
    yield Errand(tenant=tenant, name="open alert", command=alarm)


def _closing(ledger: Ledger[Asked], tenant: str, due: Due, now: datetime) -> Iterator[Errand]:
    """Yield the errand that closes an alert; none while its cause lasts."""
    alert = ledger.get(Caller(tenant), Ref(ALERT, due.id))
    name, takeback_order_id = AlertName(alert.body["name"]), alert.body["takeback_order_id"]
    found = _found(ledger, tenant, Ref(AggregateKind.TAKEBACK_ORDER, takeback_order_id))
    if not has_cause(name, found, now):
        alarm = Alarm(name=name, takeback_order_id=takeback_order_id, is_open=False)
        yield Errand(tenant=tenant, name="close alert", command=alarm)


def _holding(ledger: Ledger[Asked], tenant: str, due: Due) -> Iterator[Errand]:
    """Yield the errands that place HOLD where a finding asks for it and has not placed it yet.

    Whatever else happened to the order or batch meanwhile, it is to be held: any version will do.
    """
    finding = ledger.get(Caller(tenant), Ref(FINDING, due.id))
    for ref in holds_due(finding, partial(_found, ledger, tenant)):
        kind = AggregateKind(ref.kind)
        hold = Ask(kind=kind, command=BatchCommand.HOLD, by=SYSTEM, evidence={"finding_id": due.id})
        yield Errand(tenant=tenant, name=BatchCommand.HOLD, command=hold, target=ref)


def _found(ledger: Ledger[Asked], tenant: str, ref: Ref) -> Row | None:
    try:
        return ledger.get(Caller(tenant), ref)
    except NotFound:
        return None
