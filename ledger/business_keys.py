"""The second layer against doing twice: the same thing under a new idempotency key."""

from dataclasses import dataclass
from typing import Any

from ledger.canonical import canonical
from ledger.records import Accepted, Answer, BusinessKey, ChannelRef, Refusal, Request
from ledger.statements import Key, Statements


@dataclass(frozen=True, slots=True)
class Posted:
    """What came before under a business key of the request."""

    key: BusinessKey
    partner_id: str
    digest: str
    body: str

    def answer_for(self, request: Request[Any]) -> Answer | None:
        """Return the first answer, if ``request`` says the same and comes from the same."""
        if (self.digest, self.partner_id) != (request.digest, request.caller.partner_id or ""):
            return None
        return Answer(200, self.body.encode())

    def refusal(self) -> Refusal:
        """Return the refusal of another content."""
        if isinstance(self.key, ChannelRef):
            code, told = "channel-ref-reused", f"{self.key.channel} {self.key.channel_ref}"
        else:
            code = "pickup-already-posted"
            told = f"order {self.key.takeback_order_id} unit {self.key.unit_id}"
        return Refusal(code=code, body={"detail": f"{told} came before with another content"})


def find(db: Statements, request: Request[Any]) -> Posted | None:
    """Return what came before under any business key of ``request``."""
    for key in request.business_keys:
        row = _row(db, request.caller.tenant, key)
        if row is not None:
            return Posted(key, *row)
    return None


def _row(db: Statements, tenant: str, key: BusinessKey) -> tuple[str, str, str] | None:
    answer = "select partner_id, digest, f.body from first_answer f join"
    row: tuple[str, str, str] | None
    if isinstance(key, ChannelRef):
        row = db.hold(
            f"{answer} channel_ref using (first_answer_id) "
            "where channel_ref.tenant = ? and channel = ? and channel_ref = ?",
            [tenant, key.channel, key.channel_ref],
            key_of(tenant, key),
            moves=True,
        )
    else:
        row = db.hold(
            f"{answer} pickup using (first_answer_id) "
            "where pickup.tenant = ? and takeback_order_id = ? and unit_id = ?",
            [tenant, key.takeback_order_id, key.unit_id],
            key_of(tenant, key),
            moves=True,
        )
    return row


def key_of(tenant: str, key: BusinessKey) -> Key:
    """Return under which name a business key is held, whether or not it has a row."""
    if isinstance(key, ChannelRef):
        return "channel_ref", tenant, key.channel, key.channel_ref
    return "pickup", key.takeback_order_id, key.unit_id


def keep(
    db: Statements,
    request: Request[Any],
    decision: Accepted,
    answer: Answer,
    recorded_at: str,
) -> None:
    """Keep what this request says under each business key of it and of what it led to."""
    keys = dict.fromkeys((*request.business_keys, *decision.pickups, *decision.keys))
    if not keys:
        return
    tenant = request.caller.tenant
    (first,) = db.execute(
        "insert into first_answer (tenant, partner_id, digest, body, recorded_at) "
        "values (?, ?, ?, ?, ?) returning first_answer_id",
        [
            tenant,
            request.caller.partner_id or "",
            request.digest,
            answer.body.decode(),
            recorded_at,
        ],
    ).fetchone()
    for key in keys:
        if isinstance(key, ChannelRef):
            db.execute(
                "insert into channel_ref values (?, ?, ?, ?)",
                [tenant, key.channel, key.channel_ref, first],
            )
            continue
        body = canonical(decision.pickups.get(key, {}))
        db.execute(
            "insert into pickup (tenant, takeback_order_id, unit_id, first_answer_id, body, "
            "recorded_at) values (?, ?, ?, ?, ?, ?)",
            [tenant, key.takeback_order_id, key.unit_id, first, body, recorded_at],
        )
