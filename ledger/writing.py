"""The rows of an accepted command: aggregates, events, outbox, claims, parties."""

import json
from collections.abc import Iterator
from typing import Any

from ledger.canonical import canonical, stamp
from ledger.chain import EVENT_COLUMNS, NO_HASH, difference, event_id_of, hash_of
from ledger.records import Accepted, Change, Claim, Refusal, Request
from ledger.statements import Key, Statements

_EVENT = (
    f"insert into event ({', '.join(EVENT_COLUMNS)}) "
    f"values ({', '.join('?' for _ in EVENT_COLUMNS)})"
)
_NEW = (
    "insert into aggregate (seq, kind, id, tenant, state, flags, version, body, head_hash, "
    "recorded_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MOVED = (
    "update aggregate set state = ?, flags = ?, version = ?, body = ?, head_hash = ?, "
    "recorded_at = ? where kind = ? and id = ?"
)


def claim_refused(db: Statements, decision: Accepted) -> Refusal | None:
    """Return the refusal of a code that names another unit, unless it is released just now."""
    released = set(decision.releases)
    for claim in decision.claims:
        row = db.hold(
            "select unit_id from unit_identity where code = ?",
            [claim.code],
            ("code", claim.code),
            moves=True,
        )
        if row is None or row[0] == claim.unit_id or Claim(claim.code, row[0]) in released:
            continue
        return Refusal(
            code="identity-already-claimed",
            body={"detail": f"the code {claim.code} names another unit"},
        )
    return None


def write(db: Statements, request: Request[Any], decision: Accepted, recorded_at: str) -> None:
    """Write every row of ``decision``, events in the sequence it names them."""
    db.secure(_written(decision))  # before there is a seq: sequence and waiting agree
    for change in decision.changes:
        _write_change(db, request, change, recorded_at)
    for claim in decision.releases:
        db.execute(
            "delete from unit_identity where code = ? and unit_id = ?", [claim.code, claim.unit_id]
        )
    for claim in decision.claims:
        db.execute(
            "insert into unit_identity values (?, ?, ?, ?) on conflict do nothing",
            [claim.code, request.caller.tenant, claim.unit_id, recorded_at],
        )
    _write_parties(db, decision)
    for late_pickup_id in decision.decided_late:
        db.execute(
            "update late_pickup set decided_at = ? "
            "where late_pickup_id = ? and tenant = ? and decided_at is null",
            [recorded_at, late_pickup_id, request.caller.tenant],
        )


def _written(decision: Accepted) -> Iterator[Key]:
    for change in decision.changes:
        yield "aggregate", change.kind, change.id
    for party in decision.parties:
        yield "aggregate", party.kind, party.id
    for claim in decision.releases:
        yield "code", claim.code


def _write_change(db: Statements, request: Request[Any], change: Change, recorded_at: str) -> None:
    tenant, seq = request.caller.tenant, db.next_seq()
    flags, body = canonical(sorted(change.flags)), canonical(change.body)
    version, before, prev_hash = _before(db, change, tenant)
    changed, removed = difference(before, json.loads(body))
    hashed = (
        event_id_of(change.kind, change.id, version + 1), change.kind, change.id, version + 1,
        tenant, change.type, change.major, change.classifier.value,
        stamp(change.occurred_at), recorded_at, change.state, flags,
        canonical(changed), canonical(removed), canonical(change.payload),
        change.causation_id, request.correlation_id, request.traceparent, prev_hash,
    )  # fmt: skip
    head = hash_of(hashed)
    if version == 0:
        db.execute(
            _NEW,
            [seq, change.kind, change.id, tenant, change.state, flags, 1, body, head, recorded_at],
        )
    else:
        db.execute(
            _MOVED,
            [change.state, flags, version + 1, body, head, recorded_at, change.kind, change.id],
        )
    db.execute(_EVENT, (seq, *hashed, head))
    if change.topic is not None:
        db.execute("insert into outbox values (?, ?, ?)", [seq, change.topic, change.key])


def _before(db: Statements, change: Change, tenant: str) -> tuple[int, dict[str, Any], str]:
    row = db.execute(
        "select version, body, head_hash, tenant from aggregate where kind = ? and id = ?",
        [change.kind, change.id],
    ).fetchone()
    if row is None:
        return 0, {}, NO_HASH
    if row[3] != tenant:
        raise ValueError(f"{change.kind} {change.id} is another tenant's")
    return row[0], json.loads(row[1]), row[2]


def _write_parties(db: Statements, decision: Accepted) -> None:
    if not decision.parties:
        return
    now = db.last_seq()
    for party in decision.parties:
        who = [party.kind, party.id, party.partner_id, party.role]
        if party.ends:
            db.execute(
                "update aggregate_party set to_seq = ? where kind = ? and id = ? "
                "and partner_id = ? and role = ? and to_seq is null",
                [now, *who],
            )
            continue
        db.execute(
            "insert into aggregate_party select ?, ?, ?, ?, ?, null where not exists (select 1 "
            "from aggregate_party where kind = ? and id = ? and partner_id = ? and role = ? "
            "and to_seq is null)",
            [*who, now, *who],
        )
