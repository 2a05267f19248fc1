"""What became of each line of an imported file: kept, counted, listed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.columns import integers, table, texts
from warehouse.transaction import shown, transaction

OPEN, DONE = "open", "imported"
# Events that nobody answered, each with its first reason; one that was stored after all is none.
_REFUSED = """
    select event_id, arg_min(reason, (recorded_at, dead_letter_id)) as reason from dead_letter
    where state = 'open' and event_id is not null and event_id not in (
        select source_event_id::varchar from fact_leg_emission
        where source_event_id::varchar in (select event_id from dead_letter)
        union all select source_event_id::varchar from fact_order_route
        where source_event_id::varchar in (select event_id from dead_letter))
    group by event_id
"""


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """One line of a file, judged for one target."""

    line_no: int
    raw_line: str
    key: str
    target: str
    status: str
    reasons: Sequence[str]
    flags: Sequence[str]
    event_id: str | None


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file that is imported: its bytes name it."""

    file_id: str
    source_id: str
    name: str
    mapping_sha256: str
    lines: int


def report_of(rows: duckdb.DuckDBPyConnection, file_id: str) -> dict[str, Any] | None:
    """Return the report of a file that was imported before, or None."""
    found = rows.execute(
        "select report from import_file where file_id = ? and state = ?", [file_id, DONE]
    ).fetchall()
    if not found:
        return None
    report: dict[str, Any] = json.loads(found[0][0])
    return report


def begin(db: duckdb.DuckDBPyConnection, file: ImportedFile, *, now: datetime) -> None:
    """Note that ``file`` is being imported; an import that was cut off starts again."""
    with transaction(db):
        db.execute("delete from import_line where file_id = ?", [file.file_id])
        db.execute("delete from import_file where file_id = ?", [file.file_id])
        db.execute(
            "insert into import_file values (?, ?, ?, ?, ?, ?, ?, '{}')",
            [
                file.file_id, file.source_id, file.name, file.mapping_sha256, file.lines, now,
                OPEN,
            ],
        )  # fmt: skip


def add_lines(db: duckdb.DuckDBPyConnection, file_id: str, lines: Sequence[ImportedLine]) -> None:
    """Store some lines of a file; lines that were given before are not stored twice."""
    columns = {
        "file_id": texts(file_id for _ in lines),
        "line_no": integers(line.line_no for line in lines),
        "raw_line": texts(line.raw_line for line in lines),
        "key": texts(line.key for line in lines),
        "target": texts(line.target for line in lines),
        "status": texts(line.status for line in lines),
        "reasons": pa.array([list(line.reasons) for line in lines], pa.list_(pa.string())),
        "flags": pa.array([list(line.flags) for line in lines], pa.list_(pa.string())),
        "event_id": texts(line.event_id for line in lines),
    }
    with shown(db, "imported", table(columns)):
        db.execute(
            """insert into import_line by name select * from imported where not exists (
                from import_line l where l.file_id = imported.file_id
                and l.line_no = imported.line_no and l.target = imported.target)"""
        )


def waiting(rows: duckdb.DuckDBPyConnection, file_id: str) -> int:
    """Return how many events of a file are neither stored nor refused yet."""
    found = rows.execute(
        """select count(*) from import_line l
        where l.file_id = ? and l.status = 'accepted' and l.event_id is not null
        and not exists (from fact_leg_emission f where f.source_event_id = l.event_id)
        and not exists (from fact_order_route f where f.source_event_id = l.event_id)
        and not exists (from dead_letter d where d.event_id = l.event_id::varchar)""",
        [file_id],
    ).fetchall()
    return int(found[0][0])


def finish(
    db: duckdb.DuckDBPyConnection, file_id: str, report: Mapping[str, Any]
) -> dict[str, Any]:
    """Turn lines whose event was refused later into rejected ones; keep and return the report.

    The report gains ``calculated``: how many legs have a number, by mode and distance method,
    and why the other events of the file have none.
    """
    with transaction(db):
        db.execute(
            f"""update import_line set status = 'rejected', reasons = [d.reason]
            from ({_REFUSED}) d where import_line.file_id = ? and import_line.status = 'accepted'
            and d.event_id = import_line.event_id::varchar""",
            [file_id],
        )
        whole = dict(report) | {"calculated": _calculated(db, file_id)}
        db.execute(
            "update import_file set state = ?, report = ? where file_id = ?",
            [DONE, json.dumps(whole), file_id],
        )
    return whole


def _calculated(db: duckdb.DuckDBPyConnection, file_id: str) -> dict[str, Any]:
    legs = db.execute(
        """select f.mode, f.extra_inputs->>'distance_method', count(distinct f.source_event_id),
        sum(f.transport_tkm)::varchar, sum(f.emission_wtw_kgco2e)::varchar
        from import_line l join fact_leg_emission f on f.source_event_id = l.event_id
        where l.file_id = ? group by 1, 2 order by 1, 2""",
        [file_id],
    ).fetchall()
    refused = db.execute(
        f"""select l.target, d.reason, count(*) from import_line l
        join ({_REFUSED}) d on d.event_id = l.event_id::varchar
        where l.file_id = ? group by 1, 2 order by 1, 2""",
        [file_id],
    ).fetchall()
    total = db.execute(
        """select coalesce(sum(f.emission_wtw_kgco2e), 0)::varchar from import_line l
        join fact_leg_emission f on f.source_event_id = l.event_id where l.file_id = ?""",
        [file_id],
    ).fetchall()[0][0]
    return {
        "legs": [
            {
                "mode": mode, "distance_method": method, "legs": count, "transport_tkm": tkm,
                "emission_wtw_kgco2e": emission,
            }
            for mode, method, count, tkm, emission in legs
        ],
        "refused_by_agent": [
            {"target": target, "reason": reason, "lines": count}
            for target, reason, count in refused
        ],
        "emission_wtw_kgco2e": total,
    }  # fmt: skip
