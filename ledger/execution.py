"""One request in its transaction: was it here before, may it, what happens, what is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger import business_keys, idempotency, private_rows, promise_rows, writing
from ledger.canonical import canonical, stamp
from ledger.chain import EVENT_COLUMNS
from ledger.contract import MAX_PAGE, Decide
from ledger.promise import Promise, SubsidyUse, Workload
from ledger.records import (
    Accepted,
    Aggregate,
    Answer,
    Caller,
    Command,
    Decision,
    Json,
    LatePickup,
    Ref,
    Refusal,
    Request,
    StoredEvent,
)
from ledger.refusals import NotFound, VersionStale
from ledger.rows import (
    AGGREGATE_COLUMNS,
    LATE_COLUMNS,
    Found,
    aggregate_of,
    event_of,
    every_aggregate,
    has_stood,
    headed,
    late_of,
)
from ledger.statements import Statements


@dataclass(frozen=True, slots=True)
class TransactionView:
    """What a decision may look at, as the open transaction has it."""

    db: Statements
    caller: Caller
    target: Aggregate | None
    now: datetime
    new_id: Callable[[], str]
    found: Found

    def find(self, ref: Ref) -> Aggregate | None:
        """Return another aggregate, or None where the tenant has none."""
        known = self.found.get((ref.kind, ref.id))
        return known[0] if known else self.find_all(ref.kind, (ref.id,)).get(ref.id)

    def find_all(self, kind: str, ids: Sequence[str]) -> Mapping[str, Aggregate]:
        """Return those aggregates of a kind that the tenant has, by id."""
        return find_all(self.db, self.caller.tenant, kind, ids, self.found)

    def head_of(self, ref: Ref) -> str | None:
        """Return the hash of an aggregate's last event: another one means another content."""
        row = self.db.hold(
            "select head_hash from aggregate where kind = ? and id = ? and tenant = ?",
            [ref.kind, ref.id, self.caller.tenant],
            ("aggregate", ref.kind, ref.id),
        )
        return None if row is None else str(row[0])

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

    def batch_of(self, unit_id: str) -> str | None:
        """Return which treatment batch a unit is an input of, or None."""
        row = self.db.hold(
            "select batch_id from batch_input where unit_id = ? and tenant = ?",
            [unit_id, self.caller.tenant],
            ("batch_input", unit_id),
        )
        return None if row is None else str(row[0])

    def holds_asked(self, ref: Ref) -> tuple[Aggregate, ...]:
        """Return open findings about ``ref`` that ask for HOLD, the newest ``MAX_PAGE``."""
        self.db.secure([writing.holds_key(ref.kind, ref.id)], moves=False)
        rows = self.db.execute(
            f"select {AGGREGATE_COLUMNS} from aggregate where kind = 'finding' and tenant = ? "
            "and id in (select finding_id from hold_asked where kind = ? and id = ?) "
            "order by seq desc limit ?",
            [self.caller.tenant, ref.kind, ref.id, MAX_PAGE],
        )
        return tuple(map(aggregate_of, rows))

    def every(self, kind: str) -> tuple[Aggregate, ...]:
        """Return all of a kind that a tenant has few of, by id."""
        return every_aggregate(self.db, self.caller.tenant, kind)

    def last_promise(self, takeback_order_id: str) -> Promise | None:
        """Return the newest promise for an order, open or ended, or None."""
        self.db.secure([("aggregate", "takeback_order", takeback_order_id)], moves=False)
        return promise_rows.last_promise(self.db, self.caller.tenant, takeback_order_id)

    def workloads(self, recycler_id: str | None = None) -> Mapping[str, Workload]:
        """Return what each recycler has to do and did, or that of one, which is held then."""
        if recycler_id is not None:  # whoever asks is about to give it something
            self.db.secure([promise_rows.workload_key(self.caller.tenant, recycler_id)])
        return promise_rows.workloads(
            self.db, self.caller.tenant, now=self.now, recycler_id=recycler_id
        )

    def subsidies(self, *, quota_key: str, policy_id: str) -> tuple[SubsidyUse, ...]:
        """Return what one person was granted under a policy."""
        self.db.secure([promise_rows.quota_key(self.caller.tenant, quota_key)])
        return promise_rows.subsidies(
            self.db, self.caller.tenant, quota_key=quota_key, policy_id=policy_id
        )

    def private_fact(self, ref: Ref, version: int) -> Json | None:
        """Return what was told privately with one event of an aggregate, or None."""
        self.db.secure([("aggregate", ref.kind, ref.id)], moves=False)
        return private_rows.private_fact(self.db, self.caller.tenant, ref, version)

    def event(self, event_id: str) -> StoredEvent | None:
        """Return one event of the tenant, or None."""
        row = self.db.hold(
            f"select {', '.join(EVENT_COLUMNS)} from event where event_id = ? and tenant = ?",
            [event_id, self.caller.tenant],
            ("event", event_id),
        )
        return None if row is None else event_of(row)

    def events_after(self, ref: Ref, version: int) -> tuple[StoredEvent, ...]:
        """Return the next ``MAX_PAGE`` events of an aggregate of the tenant."""
        self.db.secure([("aggregate", ref.kind, ref.id)], moves=False)
        rows = self.db.execute(
            f"select {', '.join(EVENT_COLUMNS)} from event where kind = ? and aggregate_id = ? "
            "and tenant = ? and version > ? order by version limit ?",
            [ref.kind, ref.id, self.caller.tenant, version, MAX_PAGE],
        )
        return tuple(event_of(row) for row in rows)


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
    answer = _settle(db, request, decision, recorded_at, new_id, view.found)
    idempotency.keep(db, request, answer, recorded_at)
    return answer


def _view(
    db: Statements, request: Request[Command], now: datetime, new_id: Callable[[], str]
) -> TransactionView:
    target, found, ref = None, Found(), request.target
    if ref is not None:
        tenant = request.caller.tenant
        target = find_all(db, tenant, ref.kind, (ref.id,), found, moves=True).get(ref.id)
        if target is None:
            raise _not_found(ref)
    return TransactionView(db, request.caller, target, now, new_id, found)


def find_all(
    db: Statements,
    tenant: str,
    kind: str,
    ids: Sequence[str],
    found: Found,
    *,
    moves: bool = False,
) -> dict[str, Aggregate]:
    """Return those aggregates that are there, and remember in ``found`` what was read."""
    new = [one for one in ids if (kind, one) not in found]
    for known in headed(db, tenant, kind, new, moves=moves):
        found[kind, known[0].id] = known
    return {one: found[kind, one][0] for one in ids if (kind, one) in found}


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
    if target.version not in request.if_match:
        raise VersionStale(known=request.if_match, version=target.version)


def _settle(
    db: Statements,
    request: Request[Command],
    decision: Decision,
    recorded_at: str,
    new_id: Callable[[], str],
    found: Found,
) -> Answer:
    """Write what ``decision`` says; return the answer that commits with it."""
    if isinstance(decision, Accepted):
        if not 200 <= decision.status < 300:
            raise ValueError(f"an accepted command is answered 2xx, not {decision.status}")
        refused = writing.claim_refused(db, decision)
        if refused is None:
            answer = _answer(decision)
            writing.write(db, request, decision, recorded_at, found)
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
        late = request.late()
        body["late_pickup_id"] = _keep_late(db, request, late, refusal.code, recorded_at, new_id)
    return _answer(replace(refusal, body=body))


def _keep_late(
    db: Statements,
    request: Request[Command],
    late: Json,
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
        [late_pickup_id, *same, code, canonical(late), recorded_at],
    )
    return late_pickup_id


def _answer(decision: Decision) -> Answer:
    return Answer(decision.status, canonical(decision.body).encode())
