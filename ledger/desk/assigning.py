"""Batch assignment: all orders that wait are compared at once, then each is asked for alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from ledger.contract import MAX_EVERY, Ledger, Watch
from ledger.desk.alert import ALERT, OPEN, Alarm, AlertName, alert_id
from ledger.desk.ask import Ask, Asked
from ledger.desk.assign import document_of
from ledger.desk.demand_point import point_compared
from ledger.desk.eligible import wanted
from ledger.desk.errand import Answered, Errand, run_errands
from ledger.desk.partner_profile import PARTNER
from ledger.desk.promises import wished_on
from ledger.desk.reference import Reference
from ledger.desk.standing import standings
from ledger.desk.stored import aggregate_of
from ledger.records import Aggregate as Row
from ledger.records import Caller, Ref
from ledger.refusals import NotFound
from recycling.assignment import Assignment, Outcome
from recycling.assignment_batch import BatchAnswer, assign_batch
from recycling.facts import SYSTEM
from recycling.vocabulary import AggregateKind, OrderCommand
from schemas.vocabulary import TakebackOrderState as State

WAITING = (State.CONFIRMED, State.REASSIGNING)
MAX_COMPARED = 2_000  # orders in one comparison
MAX_COMPARISONS = 5  # in one run: what is left waits for the next, and the answer says so
MAX_SHOWN_CANDIDATES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a run found for one order, and what became of its command; ``None``: not asked."""

    assignment: Assignment
    answered: Answered | None = None

    @property
    def is_assigned(self) -> bool:
        """Whether the order has its recycler now."""
        return self.answered is not None and self.answered.code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One batch assignment of one tenant.

    Parameters
    ----------
    left
        Whether orders were not looked at: more than a run compares, or the store went away.
    unreadable
        Partners whose profile cannot be read: they were no candidates.
    alerts
        What became of opening and closing alerts.
    """

    tenant: str
    dry_run: bool
    placed: tuple[Placed, ...]
    comparisons: tuple[BatchAnswer, ...]
    unreadable: tuple[str, ...]
    alerts: tuple[Answered, ...]
    left: bool

    @property
    def answered(self) -> tuple[Answered, ...]:
        """What became of every command of the run."""
        return (*(one.answered for one in self.placed if one.answered is not None), *self.alerts)

    def document(self) -> Mapping[str, Any]:
        """Return the run as the API tells it; of each order the best few candidates."""
        outcomes = Counter(str(one.assignment.outcome) for one in self.placed)
        return {
            "dry_run": self.dry_run,
            "orders": len(self.placed),
            "assigned": sum(one.is_assigned for one in self.placed),
            "outcomes": dict(sorted(outcomes.items())),
            "comparisons": [_comparison(one) for one in self.comparisons],
            "unreadable_partners": list(self.unreadable),
            "left": self.left,
            "assignments": [_placed(one) for one in self.placed],
        }


def run(
    ledger: Ledger[Asked],
    watch: Watch,
    tenant: str,
    reference: Reference,
    *,
    now: datetime,
    dry_run: bool = False,
) -> Run:
    """Assign every order of a tenant that waits, as ``recycling.assignment_batch`` compares them.

    Each order is one command in a transaction of its own, under the version it was compared at:
    one that is refused, because something changed meanwhile, is told and stays for the next run.
    A dry run asks for nothing.
    """
    orders = _waiting(ledger, Caller(tenant))
    placed: list[Placed] = []
    comparisons: list[BatchAnswer] = []
    unreadable: tuple[str, ...] = ()
    is_away = False
    while len(comparisons) < MAX_COMPARISONS and not is_away:
        rows = list(islice(orders, MAX_COMPARED))
        if not rows:
            break
        compared, unreadable = _compared(ledger, watch, tenant, rows, reference, now)
        comparisons.append(compared)
        found = _placed_all(ledger, tenant, rows, compared, dry_run=dry_run)
        is_away = any(one.answered is not None and one.answered.is_outage for one in found)
        placed += found
    left = is_away or next(orders, None) is not None
    alerts = () if dry_run or is_away else tuple(_alerts(ledger, tenant, placed))
    return Run(
        tenant=tenant,
        dry_run=dry_run,
        placed=tuple(placed),
        comparisons=tuple(comparisons),
        unreadable=unreadable,
        alerts=alerts,
        left=left,
    )


def _waiting(ledger: Ledger[Asked], caller: Caller) -> Iterator[Row]:
    """Yield the orders that wait for a recycler; a page is read when it is needed."""
    for state in WAITING:
        yield from _every(ledger, caller, AggregateKind.TAKEBACK_ORDER, state)


def _every(
    ledger: Ledger[Asked], caller: Caller, kind: str, state: str | None = None
) -> Iterator[Row]:
    after_seq: int | None = 0
    while after_seq is not None:
        page = ledger.page(caller, kind, after_seq=after_seq, state=state)
        yield from page.items
        after_seq = page.next_seq


def _compared(
    ledger: Ledger[Asked],
    watch: Watch,
    tenant: str,
    rows: Sequence[Row],
    reference: Reference,
    now: datetime,
) -> tuple[BatchAnswer, tuple[str, ...]]:
    private_fact = partial(watch.private_fact, tenant)
    partners = islice(_every(ledger, Caller(tenant), PARTNER), MAX_EVERY)
    found, unreadable = standings(partners, watch.workloads(tenant, now=now))
    pickups = [
        wanted(one, wished_on(one.body, now), point=point_compared(one, private_fact))
        for one in map(aggregate_of, rows)
    ]
    return assign_batch(pickups, found, reference.assignment), unreadable


def _placed_all(
    ledger: Ledger[Asked],
    tenant: str,
    rows: Sequence[Row],
    compared: BatchAnswer,
    *,
    dry_run: bool,
) -> list[Placed]:
    versions = {row.id: row.version for row in rows}
    errands = [
        _errand(tenant, one, versions[one.takeback_order_id])
        for one in compared.assignments
        if one.outcome is Outcome.ASSIGNED and not dry_run
    ]
    answers = {
        one.errand.target.id: one
        for one in run_errands(ledger, errands)
        if one.errand.target is not None
    }
    return [
        Placed(assignment=one, answered=answers.get(one.takeback_order_id))
        for one in compared.assignments
    ]


def _errand(tenant: str, found: Assignment, version: int) -> Errand:
    return Errand(
        tenant=tenant,
        name=OrderCommand.ASSIGN,
        command=Ask(
            kind=AggregateKind.TAKEBACK_ORDER,
            command=OrderCommand.ASSIGN,
            by=SYSTEM,
            evidence={"recycler_id": found.recycler_id},
        ),
        target=Ref(AggregateKind.TAKEBACK_ORDER, found.takeback_order_id),
        version=version,
    )


def _alerts(ledger: Ledger[Asked], tenant: str, placed: Sequence[Placed]) -> Iterator[Answered]:
    errands = [
        Errand(tenant=tenant, name=f"alert {alarm.name}", command=alarm)
        for one in placed
        for alarm in _alarms(ledger, tenant, one)
    ]
    yield from run_errands(ledger, errands)


def _alarms(ledger: Ledger[Asked], tenant: str, placed: Placed) -> Iterator[Alarm]:
    """Yield the alerts of an order that have to be opened or closed."""
    found = placed.assignment
    for outcome in (Outcome.NO_ELIGIBLE_RECYCLER, Outcome.ASSIGNMENT_EXHAUSTED):
        name = AlertName(str(outcome.alert))
        is_due = found.outcome is outcome
        if is_due is not _is_open(ledger, tenant, name, found.takeback_order_id):
            codes = Counter(str(code) for one in found.candidates for code in one.failed)
            yield Alarm(
                name=name,
                takeback_order_id=found.takeback_order_id,
                is_open=is_due,
                told={"failed_codes": dict(sorted(codes.items()))} if is_due else {},
            )


def _is_open(ledger: Ledger[Asked], tenant: str, name: AlertName, takeback_order_id: str) -> bool:
    try:
        found = ledger.get(Caller(tenant), Ref(ALERT, alert_id(name, takeback_order_id)))
    except NotFound:
        return False
    return found.state == OPEN


def _comparison(compared: BatchAnswer) -> Mapping[str, Any]:
    return {
        "units": compared.worth.units,
        "score_bp": compared.worth.score_bp,
        "greedy_units": compared.greedy_worth.units,
        "greedy_score_bp": compared.greedy_worth.score_bp,
        "methods": list(map(str, compared.methods)),
        "is_optimal": compared.is_optimal,
    }


def _placed(placed: Placed) -> Mapping[str, Any]:
    found, answered = placed.assignment, placed.answered
    told: dict[str, Any] = {
        "takeback_order_id": found.takeback_order_id,
        "recycler_id": found.recycler_id,
        **document_of(found, most=MAX_SHOWN_CANDIDATES),
    }
    del told["best_recycler_id"]  # in a batch the plan decides, not the best for one
    if answered is not None and answered.code is not None:
        told["refused"] = {"code": answered.code, "detail": answered.detail}
    return told
