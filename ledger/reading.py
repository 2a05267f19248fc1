"""What a party may see: the reading half of every ledger, on connections that cannot write."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from ledger import chain, due_rows, private_rows, promise_rows
from ledger.canonical import stamp
from ledger.chain import EVENT_COLUMNS
from ledger.contract import MAX_PAGE
from ledger.promise import Due, Stage, Workload
from ledger.records import Aggregate, Caller, Json, LatePickup, Page, Ref, StoredEvent, Verified
from ledger.refusals import NotFound
from ledger.rows import AGGREGATE_COLUMNS, LATE_COLUMNS, aggregate_of, event_of, late_of
from ledger.statements import MAX_SEQ, Statements

_SEEN_BY_PARTNER = (
    "exists (select 1 from aggregate_party p where p.kind = a.kind and p.id = a.id "
    "and p.partner_id = ? and p.to_seq is null)"
)


class Reads(Protocol):
    """Where connections for reading come from."""

    def reading(self) -> AbstractContextManager[Statements]:
        """Lend a connection to the calling thread."""

    def close(self) -> None:
        """Close all of them."""


class Reader:
    """The reading half of a ledger, for any thread."""

    def __init__(self, reads: Reads) -> None:
        """Prepare; a connection is opened when somebody first asks."""
        self._reads = reads

    def get(self, caller: Caller, ref: Ref) -> Aggregate:
        """Return one aggregate that ``caller`` may see now.

        Raises
        ------
        NotFound
            If there is none, or none for this caller.
        """
        if not is_storable(ref.id):
            raise NotFound(f"there is no such {ref.kind}")
        seen, values = _seen_by(caller)
        with self._reads.reading() as db:
            row = db.execute(
                f"select {AGGREGATE_COLUMNS} from aggregate a where kind = ? and id = ? and {seen}",
                [ref.kind, ref.id, *values],
            ).fetchone()
        if row is None:
            raise NotFound(f"there is no {ref.kind} {ref.id}")
        return aggregate_of(row)

    def of_any_tenant(self, ref: Ref) -> Aggregate | None:
        """Return an aggregate whosever it is: a credential is found so, and tells the tenant."""
        if not is_storable(ref.id):
            return None
        with self._reads.reading() as db:
            row = db.execute(
                f"select {AGGREGATE_COLUMNS} from aggregate where kind = ? and id = ?",
                [ref.kind, ref.id],
            ).fetchone()
        return None if row is None else aggregate_of(row)

    def page(
        self,
        caller: Caller,
        kind: str,
        *,
        after_seq: int = 0,
        limit: int = MAX_PAGE,
        state: str | None = None,
        updated_after: datetime | None = None,
    ) -> Page[Aggregate]:
        """Return aggregates that ``caller`` may see, in the sequence of their creation."""
        seen, values = _seen_by(caller)
        where, more = ["kind = ?", "seq > ?", seen], [kind, after_seq, *values]
        if state is not None:
            where.append("state = ?")
            more.append(state)
        if updated_after is not None:
            where.append("recorded_at > ?")
            more.append(stamp(updated_after))
        rows = self._listed(
            f"select {AGGREGATE_COLUMNS} from aggregate a where {' and '.join(where)}", more, limit
        )
        found = tuple(aggregate_of(row) for row in rows[:limit])
        return Page(found, found[-1].seq if len(rows) > limit else None)

    def history(
        self, caller: Caller, ref: Ref, *, after_version: int = 0, limit: int = MAX_PAGE
    ) -> tuple[StoredEvent, ...]:
        """Return the events of one aggregate that ``caller`` may see.

        Raises
        ------
        NotFound
            If there is none, or none for this caller.
        """
        self.get(caller, ref)
        values = [ref.kind, ref.id, after_version]
        _refuse_unbounded(values, limit)
        with self._reads.reading() as db:
            rows = db.execute(
                f"select {', '.join(EVENT_COLUMNS)} from event "
                "where kind = ? and aggregate_id = ? and version > ? order by version limit ?",
                [*values, limit],
            ).fetchall()
        return tuple(event_of(row) for row in rows)

    def late_pickups(
        self, caller: Caller, *, after_seq: int = 0, limit: int = MAX_PAGE, undecided: bool = False
    ) -> Page[LatePickup]:
        """Return kept pickups of ``caller``: a partner's own, or all of the tenant."""
        own = "" if caller.partner_id is None else " and partner_id = ?"
        own += " and decided_at is null" if undecided else ""
        values = [] if caller.partner_id is None else [caller.partner_id]
        rows = self._listed(
            f"select {LATE_COLUMNS} from late_pickup where tenant = ?{own} and seq > ?",
            [caller.tenant, *values, after_seq],
            limit,
        )
        found = tuple(late_of(row) for row in rows[:limit])
        return Page(found, found[-1].seq if len(rows) > limit else None)

    def waiting_since(self, sent_until: int) -> datetime | None:
        """Return when the oldest event was recorded that is still to be published, or None."""
        with self._reads.reading() as db:
            row = db.execute(
                "select recorded_at from event "
                "where seq = (select min(seq) from outbox where seq > ?)",
                [sent_until],
            ).fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    @property
    def watch(self) -> "Reader":
        """What the house finds its own work with: a ``ledger.contract.Watch``, of all tenants."""
        return self

    def tenants(self) -> tuple[str, ...]:
        """Return every tenant that has anything."""
        with self._reads.reading() as db:
            return due_rows.tenants(db)

    def overdue(
        self, tenant: str, stage: Stage, *, before: datetime, after: Due | None = None
    ) -> tuple[Due, ...]:
        """Return orders whose promise is in ``stage`` since before an instant."""
        with self._reads.reading() as db:
            return due_rows.overdue(db, tenant, stage, before=before, after=after)

    def unchanged(
        self, tenant: str, kind: str, state: str, *, before: datetime, after: Due | None = None
    ) -> tuple[Due, ...]:
        """Return aggregates in ``state`` whose last event is older than ``before``."""
        with self._reads.reading() as db:
            return due_rows.unchanged(db, tenant, kind, state, before=before, after=after)

    def completable(self, tenant: str, *, after: Due | None = None) -> tuple[Due, ...]:
        """Return orders that were at the door and whose units are all final."""
        with self._reads.reading() as db:
            return due_rows.completable(db, tenant, after=after)

    def contact_ends(
        self, tenant: str, contact_ids: Sequence[str], *, ended: Sequence[str]
    ) -> Mapping[str, datetime | None]:
        """Return of contacts that an order carries when the last one ended."""
        with self._reads.reading() as db:
            return due_rows.contact_ends(db, tenant, contact_ids, ended=ended)

    def workloads(self, tenant: str, *, now: datetime) -> Mapping[str, Workload]:
        """Return what each recycler of a tenant has to do and did."""
        with self._reads.reading() as db:
            return promise_rows.workloads(db, tenant, now=now)

    def private_fact(self, tenant: str, ref: Ref, version: int) -> Json | None:
        """Return what was told privately with one event of an aggregate, or None."""
        with self._reads.reading() as db:
            return private_rows.private_fact(db, tenant, ref, version)

    def verify(self) -> Verified:
        """Walk through every hash chain and say where one is broken."""
        with self._reads.reading() as db:
            return chain.verify(db)

    def _listed(self, sql: str, values: Sequence[object], limit: int) -> list[Any]:
        """Return up to one row more than ``limit``, which tells whether there is a next page.

        A row below a place that was given out must not appear later: the list ends there.
        """
        _refuse_unbounded(values, limit)
        with self._reads.reading() as db:
            until = db.visible_until()  # first: the rows are looked at after it
            return db.execute(
                f"{sql} and seq <= ? order by seq limit ?", [*values, until, limit + 1]
            ).fetchall()


def _refuse_unbounded(values: Sequence[object], limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"limit must be 1 to {MAX_PAGE}, got {limit}")
    if any(isinstance(value, int) and not 0 <= value <= MAX_SEQ for value in values):
        raise ValueError(f"a place in a list is 0 to {MAX_SEQ}")


def is_storable(text: str) -> bool:
    """Return whether there can be such an id: half a surrogate pair has no bytes to look for."""
    return text.isprintable()


def _seen_by(caller: Caller) -> tuple[str, list[str]]:
    """Return the condition of a row ``a`` that ``caller`` may see, and its values."""
    if caller.partner_id is None:
        return "a.tenant = ?", [caller.tenant]
    return f"a.tenant = ? and {_SEEN_BY_PARTNER}", [caller.tenant, caller.partner_id]
