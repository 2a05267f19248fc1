"""What was kept long enough goes, a bounded number of rows in each transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ledger.canonical import stamp
from ledger.contract import IDEMPOTENCY_DAYS, OUTBOX_DAYS, REFUSAL_DAYS
from ledger.records import Pruned
from ledger.statements import Statements

MAX_PRUNED = 5_000

_IDEMPOTENCY = (
    "delete from idempotency where (tenant, partner_id, method, path, key) in (select tenant, "
    "partner_id, method, path, key from idempotency where recorded_at < ? limit ?)"
)
_REFUSALS = (
    "delete from refusal where refusal_id in "
    "(select refusal_id from refusal where recorded_at < ? limit ?)"
)
_OUTBOX = (
    "delete from outbox where seq in (select o.seq from outbox o join event e on e.seq = o.seq "
    "where o.seq <= ? and e.recorded_at < ? order by o.seq limit ?)"
)


def in_steps(step: Callable[[], Pruned]) -> Pruned:
    """Repeat ``step`` until it finds less than it may take; return what went in all of them."""
    gone = Pruned(0, 0, 0)
    while True:
        now = step()
        gone = Pruned(
            gone.idempotency + now.idempotency,
            gone.refusals + now.refusals,
            gone.outbox + now.outbox,
        )
        if max(now.idempotency, now.refusals, now.outbox) < MAX_PRUNED:
            return gone


def prune(db: Statements, *, now: datetime, sent_until: int) -> Pruned:
    """Take away up to ``MAX_PRUNED`` old rows of each kind; of the outbox only published ones."""

    def before(days: int) -> str:
        return stamp(now - timedelta(days=days))

    return Pruned(
        db.execute(_IDEMPOTENCY, [before(IDEMPOTENCY_DAYS), MAX_PRUNED]).rowcount,
        db.execute(_REFUSALS, [before(REFUSAL_DAYS), MAX_PRUNED]).rowcount,
        db.execute(_OUTBOX, [sent_until, before(OUTBOX_DAYS), MAX_PRUNED]).rowcount,
    )
