"""One request in its transaction: was it here before, may it, what happens, what is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ledger import business_keys, idempotency, writing
from ledger.canonical import canonical, stamp
from ledger.contract import Decide
from ledger.records import (
    Accepted,
    Aggregate,
    Answer,
    Caller,
    Command,
    Decision,
    LatePickup,
    Ref,
    Refusal,
    Request,
)
from ledger.refusals import NotFound, VersionStale
from ledger.rows import LATE_COLUMNS, find_aggregate, has_stood, late_of
from ledger.statements import Statements


@dataclass(frozen=True, slots=True)
class TransactionView:
    """What a decision may look at, as the open transaction has it."""

    db: Statements
    caller: Caller
    target: Aggregate | None
    now: datetime
    new_id: Callable[[], str]

    def find(self, ref: Ref) -> Aggregate | None:
        """Return another aggregate, or None where the tenant has none."""
        return find_aggregate(self.db, self.caller.tenant, ref)

    def claimed_by(self, code: str) -> str | None:
        """Return which unit has ``code``, or None; empty where the unit is another tenant's."""
        row = self.db.hold(
            "select tenant, unit_id from unit_identity where code = ?", [code], ("code", code)
        )
        if row is None:
            return None
        return str(row[1]) if row[0] == self.caller.tenant else ""

    def partners(self, ref: Ref, role: str) -> tuple[str, ...]:
        """Return which partners hold ``role`` now."""
        self.db.secure([("aggregate", ref.kind, ref.id)], moves=False)
        rows = self.db.execute(
            "select partner_id from aggregate_party where kind = ? and id = ? and role = ? "
            "and to_seq is null order by from_seq, partner_id",
            [ref.kind, ref.id, role],
        )
        return tuple(partner_id for (partner_id,) in rows)

    def late_pickup(self, late_pickup_id: str) -> LatePickup | None:
        """Return a pickup of the tenant that was kept, or None."""
        row = self.db.hold(
            f"select {LATE_COLUMNS} from late_pickup where late_pickup_id = ? and tenant = ?",
            [late_pickup_id, self.caller.tenant],
            ("late_pickup", late_pickup_id),
        )
        return None if row is None else late_of(row)


def execute(
    db: Statements,
    request: Request[Command],
    *,
    decide: Decide[Command],
    now: datetime,
    new_id: Callable[[], str],
) -> Answer:
    """Return what ``request`` is answered; what it changes stands in the open transaction.

    Raises
    ------
    KeyReused, NotFound, VersionStale, Malformed
        If it is not answered; what was written up to there has to be undone.
    """
    stored = idempotency.find(db, request)
    if stored is not None:
        return stored
    recorded_at = stamp(now)
    posted = business_keys.find(db, request)
    again = None if posted is None else posted.answer_for(request)
    if again is not None:
        idempotency.keep(db, request, again, recorded_at)
        return again
    view = _view(db, request, now, new_id)
    decision: Decision
    if not _stands(db, request):
        decision = _reassigned(request)
    elif posted is not None:
        decision = posted.refusal()
    else:
        decision = decide(request.command, view)
    _refuse_stale(request, view.target, decision)
    answer = _settle(db, request, decision, recorded_at, new_id)
    idempotency.keep(db, request, answer, recorded_at)
    return answer


def _view(
    db: Statements, request: Request[Command], now: datetime, new_id: Callable[[], str]
) -> TransactionView:
    target = None
    if request.target is not None:
        target = find_aggregate(db, request.caller.tenant, request.target, moves=True)
        if target is None:
            raise _not_found(request.target)
    return TransactionView(db, request.caller, target, now, new_id)


def _stands(db: Statements, request: Request[Command]) -> bool:
    """Return whether the caller may still move the target, not only once could."""
    if request.target is None or request.caller.partner_id is None:
        return True
    stood = has_stood(db, request.target, request.caller.partner_id)
    if stood is None:
        raise _not_found(request.target)
    return stood


def _not_found(ref: Ref) -> NotFound:
    return NotFound(f"there is no {ref.kind} {ref.id}")


def _reassigned(request: Request[Command]) -> Refusal:
    told = "" if request.target is None else f"{request.target.kind} {request.target.id}"
    return Refusal(
        code="order-reassigned",
        body={"detail": f"{told} is with another party now"},
        keep_late=request.late is not None,
    )


def _refuse_stale(request: Request[Command], target: Aggregate | None, decision: Decision) -> None:
    if target is None or request.if_match is None or decision.status == 403:
        return
    if request.if_match != target.version:
        raise VersionStale(known=request.if_match, version=target.version)


def _settle(
    db: Statements,
    request: Request[Command],
    decision: Decision,
    recorded_at: str,
    new_id: Callable[[], str],
) -> Answer:
    """Write what ``decision`` says; return the answer that commits with it."""
    if isinstance(decision, Accepted):
        if not 200 <= decision.status < 300:
            raise ValueError(f"an accepted command is answered 2xx, not {decision.status}")
        refused = writing.claim_refused(db, decision)
        if refused is None:
            answer = _answer(decision)
            writing.write(db, request, decision, recorded_at)
            business_keys.keep(db, request, decision, answer, recorded_at)
            return answer
        decision = refused
    return _refuse(db, request, decision, recorded_at, new_id)


def _refuse(
    db: Statements,
    request: Request[Command],
    refusal: Refusal,
    recorded_at: str,
    new_id: Callable[[], str],
) -> Answer:
    """Keep that it was refused, without what its body says of people."""
    tenant, partner_id = request.caller.tenant, request.caller.partner_id or ""
    db.execute(
        "insert into refusal (tenant, partner_id, method, path, code, status, recorded_at) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        [tenant, partner_id, request.method, request.path, refusal.code, refusal.status,
         recorded_at],
    )  # fmt: skip
    body = {"code": refusal.code, **refusal.body}
    if refusal.keep_late and request.late is not None:
        body["late_pickup_id"] = _keep_late(db, request, refusal.code, recorded_at, new_id)
    return _answer(replace(refusal, body=body))


def _keep_late(
    db: Statements,
    request: Request[Command],
    code: str,
    recorded_at: str,
    new_id: Callable[[], str],
) -> str:
    """Return the id under which what came too late is kept; the same content has one."""
    same = [request.caller.tenant, request.caller.partner_id or "", request.path, request.digest]
    row = db.execute(
        "select late_pickup_id from late_pickup "
        "where tenant = ? and partner_id = ? and path = ? and digest = ?",
        same,
    ).fetchone()
    if row is not None:
        return str(row[0])
    late_pickup_id = new_id()
    db.execute(
        "insert into late_pickup (late_pickup_id, tenant, partner_id, path, digest, code, body, "
        "recorded_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [late_pickup_id, *same, code, canonical(request.late), recorded_at],
    )
    return late_pickup_id


def _answer(decision: Decision) -> Answer:
    return Answer(decision.status, canonical(decision.body).encode())
