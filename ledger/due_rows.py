"""What the house has to do by itself, found through indexes: no scan of everything that is open."""

from collections.abc import Sequence
from datetime import datetime

from ledger.canonical import stamp
from ledger.contract import MAX_PAGE
from ledger.promise import Due, Stage
from ledger.rows import MAX_ASKED
from ledger.statements import Statements

_FIRST: tuple[str, str] = ("", "")


def tenants(db: Statements) -> tuple[str, ...]:
    """Return every tenant that has anything, by name; one step through the index for each."""
    rows = db.execute(
        "with recursive one (tenant) as (select min(tenant) from aggregate union all "
        "select (select min(tenant) from aggregate a where a.tenant > one.tenant) from one "
        "where one.tenant is not null) select tenant from one where tenant is not null"
    )
    return tuple(tenant for (tenant,) in rows)


def overdue(
    db: Statements, tenant: str, stage: Stage, *, before: datetime, after: Due | None
) -> tuple[Due, ...]:
    """Return orders whose promise is in ``stage`` since before an instant, the oldest first."""
    return _due(
        db,
        "select a.id, a.version, p.since_at from promise p join aggregate a "
        "on a.kind = 'takeback_order' and a.id = p.takeback_order_id "
        "where p.tenant = ? and p.stage = ? and p.ended_at is null and p.since_at < ? "
        "and (p.since_at, p.takeback_order_id) > (?, ?) "
        "order by p.since_at, p.takeback_order_id limit ?",
        [tenant, stage.value, stamp(before)],
        after,
    )


def unchanged(
    db: Statements,
    tenant: str,
    kind: str,
    state: str,
    *,
    before: datetime,
    after: Due | None,
) -> tuple[Due, ...]:
    """Return aggregates in ``state`` whose last event is older than ``before``, oldest first."""
    return _due(
        db,
        "select id, version, recorded_at from aggregate indexed by aggregate_by_age "
        "where tenant = ? and kind = ? and state = ? and recorded_at < ? "
        "and (recorded_at, id) > (?, ?) order by recorded_at, id limit ?",
        [tenant, kind, state, stamp(before)],
        after,
    )


def completable(db: Statements, tenant: str, *, after: Due | None) -> tuple[Due, ...]:
    """Return orders that were at the door and whose units are all final."""
    return _due(
        db,
        "select a.id, a.version, c.since_at from completable c join aggregate a "
        "on a.kind = 'takeback_order' and a.id = c.takeback_order_id where c.tenant = ? "
        "and (c.since_at, c.takeback_order_id) > (?, ?) "
        "order by c.since_at, c.takeback_order_id limit ?",
        [tenant],
        after,
    )


def contact_ends(
    db: Statements, tenant: str, contact_ids: Sequence[str], *, ended: Sequence[str]
) -> dict[str, datetime | None]:
    """Return of contacts that an order carries when the last one ended, None where one has not.

    An order has ended once it is in one of the states ``ended``; its last event tells when.
    """
    found: dict[str, datetime | None] = {}
    for at in range(0, len(contact_ids), MAX_ASKED):
        some = contact_ids[at : at + MAX_ASKED]
        rows = db.execute(
            "select u.contact_id, max(a.recorded_at), "
            f"min(case when a.state in ({_marks(ended)}) then 1 else 0 end) "
            "from contact_use u join aggregate a on a.kind = 'takeback_order' "
            "and a.id = u.takeback_order_id where u.tenant = ? "
            f"and u.contact_id in ({_marks(some)}) group by u.contact_id",
            [*ended, tenant, *some],
        )
        for contact_id, last_at, has_ended in rows:
            found[contact_id] = datetime.fromisoformat(last_at) if has_ended else None
    return found


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _due(db: Statements, sql: str, values: Sequence[object], after: Due | None) -> tuple[Due, ...]:
    place = _FIRST if after is None else (stamp(after.at), after.id)
    rows = db.execute(sql, [*values, *place, MAX_PAGE])
    return tuple(
        Due(id=one, version=version, at=datetime.fromisoformat(at)) for one, version, at in rows
    )
