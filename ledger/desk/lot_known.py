"""What the commands of a lot must know, looked up in their transaction."""

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.look_up import judged_evidence
from ledger.desk.part import LookUps
from ledger.desk.partner_permits import permits_held
from ledger.desk.reference import Reference
from ledger.desk.stored import find
from recycling.aggregate import Aggregate
from recycling.facts import Known
from recycling.vocabulary import AggregateKind, LotCommand

MISSING = "not there"


def to_create(ask: Ask, lot: Aggregate, view: View, _: Reference) -> Known:
    """Look up the state of the batch, and of the parent lot."""
    told = judged_evidence(ask, lot)
    if told is None:
        return Known()
    return Known(
        batch_state=_state(view, AggregateKind.BATCH, told["batch_id"]),
        parent_lot_state=_state(view, AggregateKind.LOT, told.get("parent_lot_id", "")),
    )


def _state(view: View, kind: AggregateKind, aggregate_id: str) -> str:
    found = find(view, kind, aggregate_id)
    return MISSING if found is None else str(found.state)


def to_ship(ask: Ask, lot: Aggregate, view: View, _: Reference) -> Known:
    """Look up what the consignee may take."""
    told = judged_evidence(ask, lot)
    if told is None:
        return Known()
    return Known(permits=permits_held(view, [told["consignee_id"]]))


LOT_LOOK_UPS: LookUps = {
    (AggregateKind.LOT, LotCommand.CREATE): to_create,
    (AggregateKind.LOT, LotCommand.SHIP): to_ship,
}
