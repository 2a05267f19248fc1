"""A recycler's promise, folded from the events of its order: the same fold now and at a rebuild."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ledger.promise import Ended, Promise, Stage
from ledger.records import StoredEvent
from recycling.facts import CHINA
from recycling.limits import Limits, hours
from recycling.takeback_order_steps import COLLECTED
from recycling.vocabulary import AggregateKind
from schemas.event import instant
from schemas.vocabulary import TakebackOrderEvent as Event
from schemas.vocabulary import TakebackOrderState as State


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event of a take-back order, and the state and body that it left."""

    takeback_order_id: str
    type: str
    state: str
    body: Mapping[str, Any]
    recorded_at: datetime


def day_of(at: datetime) -> date:
    """Return the day of an instant in China."""
    return at.astimezone(CHINA).date()


def wished_on(body: Mapping[str, Any], now: datetime) -> date:
    """Return the day an order is to be assigned for: the wished one, not before today."""
    today, wished = day_of(now), body.get("wished_on")
    return today if wished is None else max(today, date.fromisoformat(wished))


def categories_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the category of each unit of an order, in the sequence of its lines."""
    return tuple(line["category"] for line in body["lines"])


def followed(before: Promise | None, happened: Happened, limits: Limits) -> Promise | None:
    """Return the promise after an event; ``None`` where the event says nothing of one.

    A promise is kept if the appointment came within its SLA and the pickup within its window; it
    is broken by an expiry, a decline or the recycler's own no-show. The platform that takes an
    order away, a consumer that is not there or cancels: that says nothing of the recycler.
    """
    if happened.type == Event.ASSIGNED:
        return _assigned(before, happened)
    step = _STEPS.get(happened.type)
    if step is None or before is None or before.stage is Stage.ENDED:
        return None
    return step(before, happened, limits)


def _assigned(before: Promise | None, happened: Happened) -> Promise:
    body, at = happened.body, happened.recorded_at
    return Promise(
        takeback_order_id=happened.takeback_order_id,
        round=1 if before is None else before.round + 1,
        recycler_id=body["recycler_id"],
        on=wished_on(body, at),
        categories=Counter(categories_of(body)),
        stage=Stage.ASSIGNED,
        since_at=at,
        assigned_at=at,
    )


def _accepted(promise: Promise, happened: Happened, _: Limits) -> Promise:
    return replace(promise, stage=Stage.ACCEPTED, since_at=happened.recorded_at)


def _appointed(promise: Promise, happened: Happened, limits: Limits) -> Promise:
    in_time = promise.in_time
    if promise.stage is Stage.ACCEPTED:
        in_time = happened.recorded_at <= promise.since_at + hours(limits.appoint_sla_h)
    window_from = instant(happened.body["window_from"])
    return replace(
        promise,
        stage=Stage.APPOINTED,
        on=day_of(window_from),
        since_at=instant(happened.body["window_to"]),
        window_from=window_from,
        in_time=in_time,
    )


def _missed(promise: Promise, happened: Happened, limits: Limits) -> Promise | None:
    if happened.state == State.REASSIGNING:
        return _ending(Ended.NO_SHOW, kept=False)(promise, happened, limits)
    if happened.state == State.CANCELLED:
        return _ending(Ended.CANCELLED, kept=None)(promise, happened, limits)
    return None


def _picked_up(promise: Promise, happened: Happened, _: Limits) -> Promise:
    body, picked_at = happened.body, instant(happened.body["picked_at"])
    begin, end = promise.window_from, promise.since_at
    collected = {one["unit_id"] for one in body["units"] if one["outcome"] == COLLECTED}
    units = zip(body["unit_ids"], categories_of(body), strict=True)
    return replace(
        promise,
        stage=Stage.ENDED,
        on=day_of(picked_at),
        categories=Counter(category for unit_id, category in units if unit_id in collected),
        ended_at=happened.recorded_at,
        outcome=Ended.PICKED_UP,
        kept=promise.in_time and begin is not None and begin <= picked_at <= end,
    )


Step = Callable[[Promise, Happened, Limits], Promise | None]


def _ending(outcome: Ended, *, kept: bool | None) -> Step:
    def ended(promise: Promise, happened: Happened, _: Limits) -> Promise:
        return replace(
            promise, stage=Stage.ENDED, ended_at=happened.recorded_at, outcome=outcome, kept=kept
        )

    return ended


_STEPS: Mapping[str, Step] = {
    Event.ACCEPTED: _accepted,
    Event.APPOINTED: _appointed,
    Event.RESCHEDULED: _appointed,
    Event.NO_SHOW: _missed,
    Event.PICKED_UP: _picked_up,
    Event.ASSIGNMENT_EXPIRED: _ending(Ended.EXPIRED, kept=False),
    Event.DECLINED: _ending(Ended.DECLINED, kept=False),
    Event.UNASSIGNED: _ending(Ended.UNASSIGNED, kept=None),
    Event.CANCELLED: _ending(Ended.CANCELLED, kept=None),
}
FOLLOWED = frozenset({str(Event.ASSIGNED), *map(str, _STEPS)})


def promises_of(events: Iterable[StoredEvent], limits: Limits) -> Iterator[Promise]:
    """Yield the promises that the events of one order make, each as its last event left it."""
    body: dict[str, Any] = {}
    made: dict[int, Promise] = {}
    last: Promise | None = None
    for event in events:
        body = {key: body[key] for key in body.keys() - set(event.removed)} | dict(event.changed)
        if event.kind != AggregateKind.TAKEBACK_ORDER or event.type not in FOLLOWED:
            continue
        happened = Happened(
            takeback_order_id=event.aggregate_id,
            type=event.type,
            state=event.state,
            body=body,
            recorded_at=event.recorded_at,
        )
        after = followed(last, happened, limits)
        if after is not None:
            last = made[after.round] = after
    yield from made.values()
