"""Partners' snapshots: every file, line and revision is kept, and nothing is edited."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from recycling.feed import Feed, FeedLine, FeedRecord
from recycling.feed_compare import FeedChange, FeedState, compare
from recycling.feed_report import report_of
from recycling.feed_version import columns
from warehouse.columns import days, integers, table, texts
from warehouse.transaction import shown, transaction

_NEWEST = """
    from feed_revision where partner_id = ?
    qualify row_number() over (partition by record_id order by revision desc) = 1
"""
_PATCH = json.dumps({name: None for name, column in columns().items() if column.kind.is_free_text})
# How a published copy shows the two tables: without what people wrote freely.
PUBLISHED_LINE = "replace ('' as raw_line)"
PUBLISHED_REVISION = f"replace (json_merge_patch(cells, '{_PATCH}') as cells)"


@dataclass(frozen=True, slots=True)
class BroughtFeed:
    """A file that a partner sent, as read; its bytes name it."""

    partner_id: str
    file_id: str
    name: str
    feed: Feed


def known_report(
    rows: duckdb.DuckDBPyConnection, *, partner_id: str, file_id: str
) -> dict[str, Any] | None:
    """Return what an earlier import of the same file reported, or None.

    A file that was parked or waits is not known: it is judged anew.
    """
    found = rows.execute(
        "select report from feed_file where partner_id = ? and file_id = ? and state = ?",
        [partner_id, file_id, FeedState.IMPORTED.value],
    ).fetchall()
    if not found:
        return None
    report: dict[str, Any] = json.loads(found[0][0])
    return report


def records_of(rows: duckdb.DuckDBPyConnection, partner_id: str) -> dict[str, FeedRecord]:
    """Return the records of a partner that are there now, by their id."""
    found = rows.execute(
        f"select record_id, event_on, cells from ({_NEWEST}) where feed_class <> 'gone'",
        [partner_id],
    ).fetchall()
    return {key: FeedRecord(key, event_on, json.loads(cells)) for key, event_on, cells in found}


def check_feed(
    rows: duckdb.DuckDBPyConnection, brought: BroughtFeed, *, accept_gone: bool
) -> dict[str, Any]:
    """Return what importing a file would report; nothing is written."""
    return _judged(rows, brought, accept_gone=accept_gone)[0]


def import_feed(
    db: duckdb.DuckDBPyConnection, brought: BroughtFeed, *, accept_gone: bool, now: datetime
) -> dict[str, Any]:
    """Keep a file with its lines and, unless it is stopped, a revision of all that it changes.

    One transaction: an import that was cut off has left nothing. A file that was imported before
    adds nothing; one that was parked or waits replaces what was kept of its first try.
    """
    with transaction(db):
        report, changes = _judged(db, brought, accept_gone=accept_gone)
        if report["already_imported"]:
            return report
        _keep_file(db, brought, report, now)
        if report["state"] == FeedState.IMPORTED:
            _append(db, brought, changes, now)
    return report


def _judged(
    rows: duckdb.DuckDBPyConnection, brought: BroughtFeed, *, accept_gone: bool
) -> tuple[dict[str, Any], Sequence[FeedChange]]:
    """Return the report on a file, and what is different once it is imported."""
    known = known_report(rows, partner_id=brought.partner_id, file_id=brought.file_id)
    if known is not None:
        return known | {"already_imported": True, "revisions": 0}, ()
    found = compare(records_of(rows, brought.partner_id), brought.feed)
    told = {
        "partner_id": brought.partner_id,
        "file_id": brought.file_id,
        "name": brought.name,
        "already_imported": False,
    }
    figures = report_of(brought.feed, found, accept_gone=accept_gone).as_dict()
    return told | figures, tuple(found.revisions)


def _keep_file(
    db: duckdb.DuckDBPyConnection, brought: BroughtFeed, report: Mapping[str, Any], now: datetime
) -> None:
    key = [brought.partner_id, brought.file_id]
    for name in ("feed_line", "feed_file"):
        db.execute(f"delete from {name} where partner_id = ? and file_id = ?", key)
    db.execute(
        "insert into feed_file values (?, ?, ?, ?, ?, ?, ?)",
        [*key, brought.name, brought.feed.version, report["state"], now, json.dumps(report)],
    )
    with shown(db, "brought_lines", _line_table(brought, brought.feed.lines)):
        db.execute("insert into feed_line by name select * from brought_lines")


def _line_table(brought: BroughtFeed, lines: Sequence[FeedLine]) -> pa.Table:
    problems = [line.problem for line in lines]
    return table(
        {
            "partner_id": texts(brought.partner_id for _ in lines),
            "file_id": texts(brought.file_id for _ in lines),
            "line_no": integers(line.line_no for line in lines),
            "raw_line": texts(line.raw_line for line in lines),
            "record_id": texts(line.record_id for line in lines),
            "status": texts(line.status.value for line in lines),
            "reason": texts(None if p is None else p.reason.value for p in problems),
            "field": texts(None if p is None else p.field for p in problems),
            "value": texts(None if p is None else p.value for p in problems),
            "detail": texts(None if p is None else p.detail for p in problems),
        }
    )


def _append(
    db: duckdb.DuckDBPyConnection,
    brought: BroughtFeed,
    changes: Sequence[FeedChange],
    now: datetime,
) -> None:
    with shown(db, "brought_changes", _change_table(changes)):
        db.execute(
            f"""insert into feed_revision by name
            select ? as partner_id, c.record_id, coalesce(n.revision, 0) + 1 as revision,
                c.feed_class, c.event_on, c.cells, c.changed, ? as version, ? as file_id,
                ?::timestamptz as recorded_at
            from brought_changes c left join ({_NEWEST}) n using (record_id)""",
            [brought.partner_id, brought.feed.version, brought.file_id, now, brought.partner_id],
        )


def _change_table(changes: Sequence[FeedChange]) -> pa.Table:
    kept = [_kept(change) for change in changes]
    return table(
        {
            "record_id": texts(change.record_id for change in changes),
            "feed_class": texts(change.feed_class.value for change in changes),
            "event_on": days(record.event_on for record in kept),
            "cells": texts(json.dumps(dict(r.cells), ensure_ascii=False) for r in kept),
            "changed": pa.array([list(c.changed) for c in changes], pa.list_(pa.string())),
        }
    )


def _kept(change: FeedChange) -> FeedRecord:
    """Return the record that a revision keeps: what a gone one said last."""
    record = change.after or change.before
    if record is None:
        raise ValueError(f"{change.record_id} is in neither snapshot")
    return record
