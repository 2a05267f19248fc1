"""Alerts: what a person has to look at. One of a name and an order is open, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.contract import View
from ledger.records import Accepted, Aggregate, Change, Decision, Ref, Refusal
from recycling.vocabulary import AggregateKind, Problem
from schemas.event import instant
from schemas.vocabulary import TakebackOrderState as State

ALERT = "alert"
OPEN, CLOSED = "open", "closed"


class AlertName(StrEnum):
    """What there is to look at."""

    NO_ELIGIBLE_RECYCLER = "no-eligible-recycler"
    ASSIGNMENT_EXHAUSTED = "assignment-exhausted"
    PICKUP_OVERDUE = "pickup-overdue"


_WAITING = frozenset({State.CONFIRMED, State.REASSIGNING})
# An alert of an order in another state has lost its cause.
STANDS_WHILE: Mapping[AlertName, frozenset[str]] = {
    AlertName.NO_ELIGIBLE_RECYCLER: _WAITING,
    AlertName.ASSIGNMENT_EXHAUSTED: _WAITING,
    AlertName.PICKUP_OVERDUE: frozenset({State.APPOINTED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alert is to be open, or closed; twice is the same as once.

    Parameters
    ----------
    told
        What the reader of the alert needs beside its name and order.
    """

    name: AlertName
    takeback_order_id: str
    is_open: bool = True
    told: Mapping[str, Any] = field(default_factory=dict)


def alert_id(name: AlertName, takeback_order_id: str) -> str:
    """Return the one id of an alert of this name for an order."""
    return f"{name}:{takeback_order_id}"


def alarm(asked: Alarm, view: View) -> Decision:
    """Open or close an alert; nothing is written where it already is as asked."""
    one_id = alert_id(asked.name, asked.takeback_order_id)
    before = view.find(Ref(ALERT, one_id))
    state = OPEN if asked.is_open else CLOSED
    if asked.is_open and (refused := _without_cause(asked, view)):
        return refused
    told = {"name": str(asked.name), "takeback_order_id": asked.takeback_order_id}
    body = {**told, **asked.told} if asked.is_open or before is None else dict(before.body)
    answer = {**body, "id": one_id, "kind": ALERT, "state": state}
    if before is None and not asked.is_open:
        return Accepted(body=answer)
    if before is not None and before.state == state:
        return Accepted(body={**before.body, **answer, "version": before.version})
    change = Change(
        kind=ALERT,
        id=one_id,
        state=state,
        body=body,
        type="alert_opened" if asked.is_open else "alert_closed",
        occurred_at=view.now,
        payload=told,
        topic=None,
        key=one_id,
    )
    version = 1 if before is None else before.version + 1
    return Accepted(
        status=201 if before is None else 200,
        body={**answer, "version": version},
        changes=(change,),
    )


def has_cause(name: AlertName, takeback_order: Aggregate | None, now: datetime) -> bool:
    """Return whether there still is something to look at."""
    if takeback_order is None or takeback_order.state not in STANDS_WHILE[name]:
        return False
    if name is not AlertName.PICKUP_OVERDUE:
        return True
    return instant(takeback_order.body["window_to"]) < now


def _without_cause(asked: Alarm, view: View) -> Refusal | None:
    found = view.find(Ref(AggregateKind.TAKEBACK_ORDER, asked.takeback_order_id))
    if has_cause(asked.name, found, view.now):
        return None
    state = "not there" if found is None else found.state
    return Refusal(
        code=Problem.GUARD_FAILED,
        body={"detail": f"takeback order {asked.takeback_order_id} is {state}: no {asked.name}"},
    )
