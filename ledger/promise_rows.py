"""Promises, their sums and subsidies as rows: written with the events they are folded from."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ledger.canonical import canonical, stamp
from ledger.promise import (
    DayLoad,
    Ended,
    Projected,
    Promise,
    PromiseStep,
    Stage,
    SubsidyUse,
    Workload,
)
from ledger.statements import Key, Statements

RECORD_DAYS = 90
_IDENTITY = ("takeback_order_id", "round", "recycler_id", "assigned_at")
# What an event can change; the rest stands as it was assigned.
_MOVED = (
    "on_day", "categories", "stage", "since_at", "in_time", "window_from", "ended_at", "outcome",
    "kept",
)  # fmt: skip
PROMISE_COLUMNS = (*_IDENTITY, *_MOVED)
_COLUMNS = ", ".join(PROMISE_COLUMNS)
_BEGIN = (
    f"insert into promise (tenant, {_COLUMNS}) "
    f"values (?, {', '.join('?' for _ in PROMISE_COLUMNS)})"
)
_MOVE = (
    f"update promise set {', '.join(f'{name} = ?' for name in _MOVED)} "
    "where takeback_order_id = ? and round = ?"
)
_ADD = (
    "insert into promised_units values (?, ?, ?, ?, ?, ?) "
    "on conflict (tenant, recycler_id, on_day, category) do update set "
    "open_units = promised_units.open_units + excluded.open_units, "
    "collected_units = promised_units.collected_units + excluded.collected_units"
)
_TAKE = (
    "update promised_units set open_units = open_units - ?, collected_units = collected_units - ? "
    "where tenant = ? and recycler_id = ? and on_day = ? and category = ?"
)
_EMPTY = (
    "delete from promised_units where tenant = ? and recycler_id = ? and on_day = ? "
    "and open_units = 0 and collected_units = 0"
)
# The newest use of an order is the one that counts.
_USE = (
    "insert into subsidy_use values (?, ?, ?, ?, ?, ?) on conflict (tenant, takeback_order_id) "
    "do update set quota_key = excluded.quota_key, policy_id = excluded.policy_id, "
    "category = excluded.category, on_day = excluded.on_day"
)


def workload_key(tenant: str, recycler_id: str) -> Key:
    """Return under which name all that a recycler has to do is held."""
    return "workload", tenant, recycler_id


def quota_key(tenant: str, of_person: str) -> Key:
    """Return under which name everything that one person was granted is held."""
    return "quota", tenant, of_person


def keys_of(tenant: str, projected: Projected) -> Iterator[Key]:
    """Yield what ``write`` changes and others may have looked at."""
    for step in projected.promises:
        yield workload_key(tenant, step.after.recycler_id)
    for use in projected.subsidies:
        yield quota_key(tenant, use.quota_key)


def write(db: Statements, tenant: str, projected: Projected, recorded_at: str) -> None:
    """Write what an accepted command leads to beside its events."""
    for step in projected.promises:
        _write_step(db, tenant, step)
    for takeback_order_id in projected.completable:
        db.execute(
            "insert into completable values (?, ?, ?) on conflict do nothing",
            [tenant, takeback_order_id, recorded_at],
        )
    for takeback_order_id in projected.completed:
        db.execute(
            "delete from completable where tenant = ? and takeback_order_id = ?",
            [tenant, takeback_order_id],
        )
    for takeback_order_id in projected.unused:
        db.execute(
            "delete from subsidy_use where tenant = ? and takeback_order_id = ?",
            [tenant, takeback_order_id],
        )
    for carried in projected.contacts:
        db.execute(
            "insert into contact_use values (?, ?, ?) on conflict do nothing",
            [tenant, carried.contact_id, carried.takeback_order_id],
        )
    for use in projected.subsidies:
        db.execute(
            _USE,
            [tenant, use.takeback_order_id, use.quota_key, use.policy_id, use.category,
             use.on.isoformat()],
        )  # fmt: skip


def _write_step(db: Statements, tenant: str, step: PromiseStep) -> None:
    before, after = step.before, step.after
    if before is None:
        db.execute(_BEGIN, [tenant, *_identity(after), *_moved(after)])
    else:
        db.execute(_MOVE, [*_moved(after), after.takeback_order_id, after.round])
        if before.on == after.on and before.ended_at is None and after.ended_at is None:
            return  # the sums are the same
    for key, units in _counted(after).items():
        db.execute(_ADD, [tenant, *key, *units])
    if before is not None:
        for key, units in _counted(before).items():
            db.execute(_TAKE, [*units, tenant, *key])
        db.execute(_EMPTY, [tenant, before.recycler_id, before.on.isoformat()])


def _counted(promise: Promise) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Return open and collected units by (recycler, day, category)."""
    is_open = promise.ended_at is None
    if not is_open and promise.outcome is not Ended.PICKED_UP:
        return {}
    return {
        (promise.recycler_id, promise.on.isoformat(), category): (units, 0)
        if is_open
        else (0, units)
        for category, units in promise.categories.items()
    }


def _identity(promise: Promise) -> list[Any]:
    return [
        promise.takeback_order_id,
        promise.round,
        promise.recycler_id,
        stamp(promise.assigned_at),
    ]


def _moved(promise: Promise) -> list[Any]:
    return [
        promise.on.isoformat(),
        canonical(promise.categories),
        promise.stage.value,
        stamp(promise.since_at),
        int(promise.in_time),
        None if promise.window_from is None else stamp(promise.window_from),
        None if promise.ended_at is None else stamp(promise.ended_at),
        None if promise.outcome is None else promise.outcome.value,
        None if promise.kept is None else int(promise.kept),
    ]


def promise_of(row: Sequence[Any]) -> Promise:
    """Return the promise of a row of ``PROMISE_COLUMNS``."""
    told: dict[str, Any] = dict(zip(PROMISE_COLUMNS, row, strict=True))
    for name in ("since_at", "assigned_at", "window_from", "ended_at"):
        told[name] = None if told[name] is None else datetime.fromisoformat(told[name])
    told["on"] = date.fromisoformat(told.pop("on_day"))
    told["categories"] = json.loads(told["categories"])
    told["stage"] = Stage(told["stage"])
    told["in_time"] = bool(told["in_time"])
    told["outcome"] = None if told["outcome"] is None else Ended(told["outcome"])
    told["kept"] = None if told["kept"] is None else bool(told["kept"])
    return Promise(**told)


def last_promise(db: Statements, tenant: str, takeback_order_id: str) -> Promise | None:
    """Return the newest promise for an order, open or ended; ``None`` where it never had one."""
    row = db.execute(
        f"select {_COLUMNS} from promise where takeback_order_id = ? and tenant = ? "
        "order by round desc limit 1",
        [takeback_order_id, tenant],
    ).fetchone()
    return None if row is None else promise_of(row)


def workloads(
    db: Statements, tenant: str, *, now: datetime, recycler_id: str | None = None
) -> Mapping[str, Workload]:
    """Return what each recycler of a tenant has to do and did, or that of one; none has no entry.

    Days from the first of the year of ``now`` on; promises that ended in the last 90 days.
    """
    own, values = ("", []) if recycler_id is None else (" and recycler_id = ?", [recycler_id])
    # A day earlier than the year of UTC: where it is the new year already is not asked here.
    first = date(now.year, 1, 1) - timedelta(days=1)
    days: dict[str, list[DayLoad]] = defaultdict(list)
    for who, on, category, open_units, collected_units in db.execute(
        "select recycler_id, on_day, category, open_units, collected_units from promised_units "
        f"where tenant = ?{own} and on_day >= ? order by recycler_id, on_day, category",
        [tenant, *values, first.isoformat()],
    ):
        days[who].append(DayLoad(date.fromisoformat(on), category, open_units, collected_units))
    since = stamp(now - timedelta(days=RECORD_DAYS))
    records = {
        who: (kept, total)
        for who, kept, total in db.execute(
            "select recycler_id, sum(kept), count(*) from promise indexed by promise_record "
            f"where tenant = ?{own} and ended_at >= ? and kept is not null group by recycler_id",
            [tenant, *values, since],
        )
    }
    return {
        who: Workload(
            days=tuple(days.get(who, ())),
            kept=records.get(who, (0, 0))[0],
            total=records.get(who, (0, 0))[1],
        )
        for who in sorted(days.keys() | records.keys())
    }


def subsidies(
    db: Statements, tenant: str, *, quota_key: str, policy_id: str
) -> tuple[SubsidyUse, ...]:
    """Return what one person was granted under a policy, by order id."""
    rows = db.execute(
        "select takeback_order_id, quota_key, policy_id, category, on_day from subsidy_use "
        "where tenant = ? and quota_key = ? and policy_id = ? order by takeback_order_id",
        [tenant, quota_key, policy_id],
    )
    return tuple(
        SubsidyUse(
            takeback_order_id=takeback_order_id,
            quota_key=key,
            policy_id=policy,
            category=category,
            on=date.fromisoformat(on),
        )
        for takeback_order_id, key, policy, category, on in rows
    )
