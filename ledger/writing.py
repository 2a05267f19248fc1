"""The rows of an accepted command: aggregates, events, outbox, claims, parties."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from ledger import promise_rows
from ledger.canonical import canonical, stamp
from ledger.chain import EVENT_COLUMNS, NO_HASH, difference, event_id_of, hash_of
from ledger.records import Accepted, Aggregate, Change, Claim, Json, Refusal, Request
from ledger.rows import NO_FLAGS, Found

NO_NAMES = "[]"
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


@dataclass(frozen=True, slots=True)
class Before:
    """An aggregate as its last event left it: what the next one is compared with."""

    version: int
    body: Json
    head_hash: str


def last_seq(db: sqlite3.Connection) -> int:
    """Return the ``seq`` of the newest event, 0 before the first."""
    row = db.execute("select seq from sqlite_sequence where name = 'event'").fetchone()
    return 0 if row is None else int(row[0])


def claim_refused(db: sqlite3.Connection, decision: Accepted) -> Refusal | None:
    """Return the refusal of a code that names another unit, unless it is released just now."""
    released = set(decision.releases)
    for claim in decision.claims:
        row = db.execute(
            "select unit_id from unit_identity where code = ?", [claim.code]
        ).fetchone()
        if row is None or row[0] == claim.unit_id or Claim(claim.code, row[0]) in released:
            continue
        return Refusal(
            code="identity-already-claimed",
            body={"detail": f"the code {claim.code} names another unit"},
        )
    return None


def write(
    db: sqlite3.Connection,
    request: Request[Any],
    decision: Accepted,
    recorded_at: str,
    found: Found,
) -> None:
    """Write every row of ``decision``, events in the sequence it names them.

    ``found`` holds what the transaction has read before: it is not read again.
    """
    before: dict[tuple[str, str], Before] = {}
    last_before = last_seq(db)
    for seq, change in enumerate(decision.changes, start=last_before + 1):
        key = (change.kind, change.id)
        last = before.get(key) or _before(db, change, request.caller.tenant, found.get(key))
        before[key] = _write_change(db, request, change, recorded_at, seq=seq, before=last)
    for ref, body in decision.private.items():
        db.execute(
            "insert into private_fact values (?, ?, ?, ?, ?)",
            [ref.kind, ref.id, before[ref.kind, ref.id].version, canonical(body), recorded_at],
        )
    for claim in decision.releases:
        db.execute(
            "delete from unit_identity where code = ? and unit_id = ?", [claim.code, claim.unit_id]
        )
    for claim in decision.claims:
        db.execute(
            "insert or ignore into unit_identity values (?, ?, ?, ?)",
            [claim.code, request.caller.tenant, claim.unit_id, recorded_at],
        )
    _write_parties(db, decision, now=last_before + len(decision.changes))
    _write_inputs(db, request.caller.tenant, decision)
    _write_holds(db, request.caller.tenant, decision)
    promise_rows.write(db, request.caller.tenant, decision.projected, recorded_at)
    for late_pickup_id in decision.decided_late:
        db.execute(
            "update late_pickup set decided_at = ? "
            "where late_pickup_id = ? and tenant = ? and decided_at is null",
            [recorded_at, late_pickup_id, request.caller.tenant],
        )


def _write_change(
    db: sqlite3.Connection,
    request: Request[Any],
    change: Change,
    recorded_at: str,
    *,
    seq: int,
    before: Before,
) -> Before:
    """Write one event; return what the next event of its aggregate finds."""
    tenant, version = request.caller.tenant, before.version
    flags = canonical(sorted(change.flags)) if change.flags else NO_FLAGS
    body = canonical(change.body)
    changed, removed = difference(before.body, _named(change.body, body))
    hashed = (
        event_id_of(change.kind, change.id, version + 1), change.kind, change.id, version + 1,
        tenant, change.type, change.major, change.classifier.value,
        stamp(change.occurred_at), recorded_at, change.state, flags,
        canonical(changed), canonical(removed) if removed else NO_NAMES, canonical(change.payload),
        change.causation_id, request.correlation_id, request.traceparent, before.head_hash,
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
        told = None if change.told is None else canonical(change.told)
        db.execute("insert into outbox values (?, ?, ?, ?)", [seq, change.topic, change.key, told])
    return Before(version + 1, change.body, head)


def _named(body: Json, text: str) -> Json:
    """Return ``body`` with names as JSON has them: all of them are texts."""
    return body if all(type(name) is str for name in body) else dict(json.loads(text))


def _before(
    db: sqlite3.Connection, change: Change, tenant: str, found: tuple[Aggregate, str] | None
) -> Before:
    if found is not None:
        return Before(found[0].version, found[0].body, found[1])
    row = db.execute(
        "select version, body, head_hash, tenant from aggregate where kind = ? and id = ?",
        [change.kind, change.id],
    ).fetchone()
    if row is None:
        return Before(0, {}, NO_HASH)
    if row[3] != tenant:
        raise ValueError(f"{change.kind} {change.id} is another tenant's")
    return Before(row[0], json.loads(row[1]), row[2])


def _write_parties(db: sqlite3.Connection, decision: Accepted, *, now: int) -> None:
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


def _write_inputs(db: sqlite3.Connection, tenant: str, decision: Accepted) -> None:
    for one in decision.inputs:
        if one.leaves:
            db.execute(
                "delete from batch_input where unit_id = ? and batch_id = ? and tenant = ?",
                [one.unit_id, one.batch_id, tenant],
            )
            continue
        # A unit that is in a batch already violates the key: the rules have asked before.
        db.execute("insert into batch_input values (?, ?, ?)", [one.unit_id, one.batch_id, tenant])


def _write_holds(db: sqlite3.Connection, tenant: str, decision: Accepted) -> None:
    for one in decision.holds:
        if one.ends:
            db.execute(
                "delete from hold_asked where finding_id = ? and tenant = ?",
                [one.finding_id, tenant],
            )
            continue
        db.execute(
            "insert into hold_asked values (?, ?, ?, ?)",
            [one.finding_id, one.kind, one.id, tenant],
        )
