"""Commands of a take-back order that move its units with it."""

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.finding_holds import as_held
from ledger.desk.known import facts_of
from ledger.desk.moving import moved
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.private import told_privately
from ledger.desk.reference import Reference
from ledger.desk.stored import get_all, target
from ledger.desk.uploads import upload_errors
from ledger.records import Accepted, Decision, PickupOf
from recycling.aggregate import Aggregate
from recycling.apply import Applied, apply
from recycling.apply import Refusal as Refused
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.together import apply_demand, apply_ending, apply_pickup, is_late_pickup
from recycling.vocabulary import AggregateKind, OrderCommand, Problem

_REGISTER = OrderCommand.REGISTER_DEMAND
_POST_PICKUP = TAKEBACK_ORDER_TABLE.move_of(OrderCommand.POST_PICKUP)


def register_demand(ask: Ask, view: View, reference: Reference) -> Decision:
    """Register a demand and declare its units."""
    wish = target(view, ask.kind)
    facts = facts_of(ask, wish, view, reference)
    is_new = wish.state is None
    applied = apply_demand(wish.id, facts) if is_new else apply(wish, _REGISTER, facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    return happened(applied, ask, view, status=201)


def end(ask: Ask, view: View, reference: Reference) -> Decision:
    """Cancel, or report a no-show; where that ends the order its units are withdrawn."""
    takeback_order = target(view, ask.kind)
    facts = facts_of(ask, takeback_order, view, reference)
    applied = apply_ending(
        takeback_order, units_of(takeback_order, view), OrderCommand(ask.command), facts
    )
    if isinstance(applied, Refused):
        return refusal_of(applied)
    return happened(applied, ask, view)


def post_pickup(ask: Ask, view: View, reference: Reference) -> Decision:
    """Post a pickup: the order, its units, their codes and the private proof of each."""
    takeback_order = target(view, ask.kind)
    applied = picked_up(ask, takeback_order, view, reference, owner=view.caller.partner_id)
    if isinstance(applied, Refused):
        return refusal_of(applied, keep_late=is_late_pickup(applied))
    return pickup_of(applied, ask, view)


def picked_up(
    ask: Ask, takeback_order: Aggregate, view: View, reference: Reference, *, owner: str | None
) -> Applied | Refused:
    """Return what a pickup does to ``order``; its photos are uploads of ``owner``."""
    facts = facts_of(ask, takeback_order, view, reference)
    applied = apply_pickup(takeback_order, units_of(takeback_order, view), facts)
    if isinstance(applied, Refused):
        return applied
    errors = upload_errors(ask.evidence["units"], view, owner=owner)
    if not errors:
        return applied
    return Refused(
        problem=Problem.VALIDATION_FAILED,
        detail=f"{ask.command}: {errors[0].pointer} {errors[0].reason}",
        kind=takeback_order.kind,
        aggregate_id=takeback_order.id,
        state=str(takeback_order.state),
        command=ask.command,
        allowed=TAKEBACK_ORDER_TABLE.allowed(takeback_order.state),
        errors=errors,
    )


def pickup_of(applied: Applied, ask: Ask, view: View) -> Accepted:
    """Return the rows of a pickup: its private proof stands in those of its units alone."""
    proof = told_privately(_POST_PICKUP, ask.evidence)
    order_id = applied.aggregate.id
    return happened(
        applied,
        ask,
        view,
        pickups={PickupOf(order_id, row["unit_id"]): proof for row in ask.evidence["units"]},
        private={},
    )


def settle(ask: Ask, view: View, reference: Reference) -> Decision:
    """Settle an order that no finding holds, or is about to hold."""
    applied = moved(ask, as_held(target(view, ask.kind), view), view, reference)
    return refusal_of(applied) if isinstance(applied, Refused) else happened(applied, ask, view)


def units_of(takeback_order: Aggregate, view: View) -> list[Aggregate]:
    """Return the units of an order."""
    return get_all(view, AggregateKind.UNIT, takeback_order.body.get("unit_ids", ()))


_ORDER = AggregateKind.TAKEBACK_ORDER
HANDLERS: Handlers = {
    (_ORDER, OrderCommand.REGISTER_DEMAND): register_demand,
    (_ORDER, OrderCommand.CANCEL): end,
    (_ORDER, OrderCommand.REPORT_NO_SHOW): end,
    (_ORDER, OrderCommand.POST_PICKUP): post_pickup,
    (_ORDER, OrderCommand.SETTLE): settle,
}
