"""What a command must know, looked up in the transaction that decides it."""

from ledger.contract import View
from ledger.desk import consignment_known, order_known, unit_known
from ledger.desk.ask import Ask
from ledger.desk.batch_known import BATCH_LOOK_UPS
from ledger.desk.eligible import ELIGIBLE_LOOK_UPS
from ledger.desk.lot_known import LOT_LOOK_UPS
from ledger.desk.part import LookUps
from ledger.desk.reference import Reference
from ledger.desk.trade_in import TRADE_IN_LOOK_UPS
from recycling.aggregate import Aggregate
from recycling.facts import Facts, Known

# A command that is not here needs to know nothing beside its aggregate and its evidence.
LOOK_UPS: LookUps = {
    **order_known.LOOK_UPS,
    **ELIGIBLE_LOOK_UPS,
    **unit_known.LOOK_UPS,
    **consignment_known.LOOK_UPS,
    **BATCH_LOOK_UPS,
    **LOT_LOOK_UPS,
    **TRADE_IN_LOOK_UPS,
}
NOTHING = Known()


def facts_of(ask: Ask, aggregate: Aggregate, view: View, reference: Reference) -> Facts:
    """Return everything that ``ask`` is judged on."""
    look_up = LOOK_UPS.get((ask.kind, ask.command))
    return Facts(
        by=ask.by,
        occurred_at=ask.occurred_at or view.now,
        recorded_at=view.now,
        evidence=ask.evidence,
        is_read=ask.is_read,
        known=NOTHING if look_up is None else look_up(ask, aggregate, view, reference),
        limits=reference.limits,
    )
