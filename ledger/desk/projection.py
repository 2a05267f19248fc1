"""What follows from an accepted command beside its events, whosever command it was."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from ledger.contract import View
from ledger.desk.ask import QUOTA_KEY, Ask
from ledger.desk.promises import FOLLOWED, Happened, followed
from ledger.promise import ContactUse, Projected, Promise, PromiseStep, SubsidyUse
from ledger.records import Accepted, Change, Decision, Ref
from recycling.limits import Limits
from recycling.takeback_order import DOORS
from recycling.unit_moves import FINAL_UNIT_STATES
from recycling.vocabulary import AggregateKind
from schemas.vocabulary import TakebackOrderEvent as Event
from schemas.vocabulary import TakebackOrderState as State

_DOORS = frozenset(map(str, DOORS))
_FINAL = frozenset(map(str, FINAL_UNIT_STATES))
_ORDER, _UNIT = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT


def projected(decision: Decision, ask: Ask, view: View, limits: Limits) -> Decision:
    """Return ``decision`` with what follows: promises, what is to complete, quotas, contacts."""
    if not isinstance(decision, Accepted):
        return decision
    changes = decision.changes
    steps = tuple(_steps(changes, view, limits))
    completable = tuple(_completable(changes, view))
    completed = tuple(
        one.id for one in changes if one.kind == _ORDER and one.type == Event.FULFILLED
    )
    linked = [one for one in changes if one.kind == _ORDER and one.type == Event.TRADE_IN_LINKED]
    ended = [one for one in changes if one.kind == _ORDER and one.state == State.CANCELLED]
    contacts = tuple(_contacts(changes))
    if not (steps or completable or completed or linked or ended or contacts):
        return decision
    return replace(
        decision,
        projected=Projected(
            promises=steps,
            completable=completable,
            completed=completed,
            subsidies=tuple(_uses(linked, ask)),
            unused=tuple(one.id for one in (*linked, *ended)),
            contacts=contacts,
        ),
    )


def _contacts(changes: Iterable[Change]) -> Iterator[ContactUse]:
    for one in changes:
        if one.kind == _ORDER and one.type == Event.DEMAND_REGISTERED:
            yield ContactUse(one.body["contact_id"], one.id)


def _uses(linked: Iterable[Change], ask: Ask) -> Iterator[SubsidyUse]:
    """Yield what counts on the quota of the phone that the wall has told."""
    quota_key = ask.facts.get(QUOTA_KEY)
    if quota_key is None:
        return
    for change in linked:
        yield SubsidyUse(
            takeback_order_id=change.id,
            quota_key=quota_key,
            policy_id=change.body["policy_id"],
            category=change.body["subsidy_category"],
            on=date.fromisoformat(change.body["subsidy_on"]),
        )


def _steps(changes: tuple[Change, ...], view: View, limits: Limits) -> Iterator[PromiseStep]:
    now: dict[str, Promise | None] = {}
    for change in changes:
        if change.kind != _ORDER or change.type not in FOLLOWED:
            continue
        if change.id not in now:
            now[change.id] = view.last_promise(change.id)
        happened = Happened(
            takeback_order_id=change.id,
            type=change.type,
            state=change.state,
            body=change.body,
            recorded_at=view.now,
        )
        before = now[change.id]
        after = followed(before, happened, limits)
        if after is not None:
            now[change.id] = after
            is_new = before is None or before.round != after.round
            yield PromiseStep(None if is_new else before, after)


def _completable(changes: tuple[Change, ...], view: View) -> Iterator[str]:
    """Yield the orders that were at the door and whose units are all final by now."""
    touched = {
        one.id if one.kind == _ORDER else one.body["takeback_order_id"]: None
        for one in changes
        if (one.kind == _UNIT and one.state in _FINAL)
        or (one.kind == _ORDER and one.state in _DOORS)
    }
    if not touched:
        return
    after = {(one.kind, one.id): one for one in changes}
    for takeback_order_id in touched:
        found = after.get((_ORDER, takeback_order_id)) or view.find(Ref(_ORDER, takeback_order_id))
        if found is None or found.state not in _DOORS:
            continue
        units = (
            after.get((_UNIT, unit_id)) or view.find(Ref(_UNIT, unit_id))
            for unit_id in found.body["unit_ids"]
        )
        if all(unit is not None and unit.state in _FINAL for unit in units):
            yield takeback_order_id
