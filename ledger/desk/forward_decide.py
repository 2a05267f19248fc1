"""Forward orders: bought, linked to a take-back order as its trade-in, delivered, returned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.beside import noted, read, refused
from ledger.desk.forward_number import APPLIANCE, KIND, ForwardState, forward_order, ref_of
from ledger.desk.known import facts_of
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.reference import Reference
from ledger.desk.stored import document_of, find, target
from ledger.records import Accepted, Change, Decision, Refusal
from ledger.records import Aggregate as Row
from recycling.aggregate import Aggregate
from recycling.apply import Applied, apply
from recycling.apply import Refusal as Refused
from recycling.evidence import ID, SLUG, may, needs, plain
from recycling.vocabulary import AggregateKind, OrderCommand, Problem, Role

NUMBER = needs("forward_order_no", ID)
FIELDS = (NUMBER, may("reason_code", SLUG))
CREATE = "forward_create"
_ORDER = AggregateKind.TAKEBACK_ORDER


@dataclass(frozen=True, slots=True)
class ForwardMove:
    """From which states to which, as which event of the order; ``None`` stays where it is."""

    from_states: frozenset[ForwardState]
    to: ForwardState | None
    event: str


_OPEN = frozenset({ForwardState.CREATED, ForwardState.DELIVERED})
MOVES: Mapping[str, ForwardMove] = {
    "forward_deliver": ForwardMove(
        frozenset({ForwardState.CREATED}), ForwardState.DELIVERED, "forward_delivered"
    ),
    "forward_return": ForwardMove(_OPEN, ForwardState.RETURNED, "forward_returned"),
    "forward_reprice": ForwardMove(_OPEN, None, "forward_repriced"),
}


def create_forward(ask: Ask, view: View, reference: Reference) -> Decision:
    """Note what was bought under a number, once: before it is linked, whatever came first."""
    fields = (NUMBER, *APPLIANCE)
    evidence = read(ask, fields, view, role=Role.PLATFORM, limits=reference.limits)
    if isinstance(evidence, Refusal):
        return evidence
    number = evidence["forward_order_no"]
    kept = forward_order(view, number)
    state = ForwardState.CREATED if kept is None else ForwardState(kept.state)
    known = {} if kept is None else kept.body
    if "ordered_on" in known or "takeback_order_id" in known:
        return _not_from_here(ask, number, state)
    body = {**known, **plain(evidence)}
    change = _telling(body, state, ask, view, type="created")
    return Accepted(body=_document(body, state), status=201, changes=(change,))


def move_forward(ask: Ask, view: View, reference: Reference) -> Decision:
    """Note what became of a forward order: by its number, and on the order it is linked to."""
    evidence = read(ask, FIELDS, view, role=Role.PLATFORM, limits=reference.limits)
    if isinstance(evidence, Refusal):
        return evidence
    number, move = evidence["forward_order_no"], MOVES[ask.command]
    kept = forward_order(view, number)
    state = ForwardState.CREATED if kept is None else ForwardState(kept.state)
    if state not in move.from_states:
        return _not_from_here(ask, number, state)
    body = _body_after(kept, number, move, ask, view)
    change = _telling(body, move.to or state, ask, view, type=move.event)
    takeback_order = _linked(body, view)
    if takeback_order is None:
        return Accepted(body=_document(body, move.to or state), changes=(change,))
    after, event = noted(
        takeback_order,
        ask,
        view,
        type=move.event,
        told=evidence,
        forward_order=_note(body, move.to or state),
    )
    return Accepted(body=document_of(after), changes=(event, change))


def _not_from_here(ask: Ask, number: str, state: ForwardState) -> Refusal:
    allowed = [name for name, move in MOVES.items() if state in move.from_states]
    detail = f"forward order {number} cannot {ask.command} while {state}"
    return refused(ask, Problem.TRANSITION_NOT_ALLOWED, detail, state=str(state), allowed=allowed)


def _body_after(
    kept: Row | None, number: str, move: ForwardMove, ask: Ask, view: View
) -> dict[str, Any]:
    body = {"forward_order_no": number} if kept is None else dict(kept.body)
    at = plain(ask.occurred_at or view.now)
    if move.to is None:
        return body | {"repriced_at": at}
    return body | {"at": at}


def _note(body: Mapping[str, Any], state: ForwardState) -> dict[str, Any]:
    """Return what the take-back order is told; a return makes the clawback due."""
    note = {name: one for name, one in body.items() if name != "takeback_order_id"}
    note["state"] = str(state)
    return note | {"clawback": "due"} if state is ForwardState.RETURNED else note


def _document(body: Mapping[str, Any], state: ForwardState) -> dict[str, Any]:
    return {**body, "kind": KIND, "state": str(state)}


def _telling(
    body: Mapping[str, Any], state: ForwardState, ask: Ask, view: View, *, type: str
) -> Change:
    ref = ref_of(view.caller.tenant, body["forward_order_no"])
    return Change(
        kind=ref.kind,
        id=ref.id,
        state=str(state),
        body=body,
        type=type,
        occurred_at=ask.occurred_at or view.now,
        payload={"party_id": ask.by.party_id},
        topic=None,
        key=ref.id,
    )


def _linked(body: Mapping[str, Any], view: View) -> Aggregate | None:
    order_id = body.get("takeback_order_id")
    return None if order_id is None else find(view, _ORDER, order_id)


def link_trade_in(ask: Ask, view: View, reference: Reference) -> Decision:
    """Link a trade-in: the order and the number know each other from now on."""
    takeback_order = target(view, ask.kind)
    facts = facts_of(ask, takeback_order, view, reference)
    applied = apply(takeback_order, OrderCommand.LINK_TRADE_IN, facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    number = ask.evidence["forward_order_no"]
    kept = forward_order(view, number)
    other = None if kept is None else kept.body.get("takeback_order_id")
    if other not in (None, takeback_order.id):
        detail = f"forward_order_no {number} is linked to takeback order {other}"
        return refused(ask, Problem.GUARD_FAILED, detail, state=str(takeback_order.state))
    return _link(applied, takeback_order, kept, ask, view)


def _link(applied: Applied, before: Aggregate, kept: Row | None, ask: Ask, view: View) -> Accepted:
    number = ask.evidence["forward_order_no"]
    state = ForwardState.CREATED if kept is None else ForwardState(kept.state)
    told = {"forward_order_no": number} if kept is None else dict(kept.body)
    body = told | {"takeback_order_id": before.id}
    note = _note(body, state)
    takeback_order = replace(
        applied.aggregate, body={**applied.aggregate.body, "forward_order": note}
    )
    linked = happened(replace(applied, aggregates=(takeback_order,)), ask, view)
    changes = [*linked.changes, _telling(body, state, ask, view, type="linked")]
    old = before.body.get("forward_order_no")
    left = forward_order(view, old) if old not in (None, number) else None
    if left is not None:
        rest = {name: one for name, one in left.body.items() if name != "takeback_order_id"}
        changes.append(_telling(rest, ForwardState(left.state), ask, view, type="unlinked"))
    return replace(linked, changes=tuple(changes))


HANDLERS: Handlers = {
    (_ORDER, OrderCommand.LINK_TRADE_IN): link_trade_in,
    (_ORDER, CREATE): create_forward,
    **{(_ORDER, command): move_forward for command in MOVES},
}
