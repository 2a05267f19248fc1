"""Rows on their way into a fact: told apart from repetitions, inserted, added to the roll-ups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from schemas.refusal import Reason
from warehouse.columns import Column, digest64, hashes, integers, table, texts, uuids
from warehouse.corrections import delta_rows
from warehouse.dimensions import Dimensions
from warehouse.facts import FORKLIFT, TAKEBACK, Fact, Row
from warehouse.records import DeadRecord, Record, SinkBatch
from warehouse.rollups import add_to_rollups, refresh_takeback

RECENT_ROWS_LIMIT = 5_000_000
LATE_AFTER = timedelta(hours=24)
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(slots=True)
class Outcome:
    """What a group of batches comes to."""

    rows: int = 0
    duplicates: int = 0
    late: int = 0
    dead: list[DeadRecord] = field(default_factory=list)
    months: set[date] = field(default_factory=set)
    data_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row and the batch that brought it."""

    batch: SinkBatch
    row: Row


class Arrivals:
    """Writes the rows of one fact after another, inside the sink's transaction."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        dimensions: Dimensions,
        *,
        broker_epoch: int,
        zone: ZoneInfo,
        dedupe_days: int,
    ) -> None:
        """Keep what the rows need."""
        self._db = db
        self._dimensions = dimensions
        self._epoch = broker_epoch
        self._zone = zone
        self._dedupe_days = dedupe_days

    def write(self, fact: Fact, batches: Sequence[SinkBatch], outcome: Outcome) -> None:
        """Store the rows that ``batches`` bring for ``fact``; count and park the others."""
        arrived = [Arrival(batch, row) for batch in batches for row in _rows_of(fact, batch)]
        if not arrived:
            return
        known = self._known(fact, arrived)
        originals: list[Arrival] = []
        corrections: list[Arrival] = []
        for arrival in arrived:
            row = arrival.row
            if row.source_event_id in known:
                _repeated(arrival, known[row.source_event_id], outcome)
                continue
            known[row.source_event_id] = row.content_hash
            (originals if row.correction_of is None else corrections).append(arrival)
        if fact is TAKEBACK:
            originals = self._in_sequence(originals, outcome)
        if originals:
            self._insert(fact, self._columns(fact, originals), outcome)
            outcome.rows += len(originals)
            outcome.late += sum(_is_late(arrival) for arrival in originals)
        for arrival in corrections:
            self._correct(fact, arrival, outcome)

    def _known(self, fact: Fact, arrived: Sequence[Arrival]) -> dict[UUID, int]:
        """Return the content hash of every source event of ``arrived`` that is stored already.

        A re-sent event has the same time, so its day is searched, however old; a re-dated one is
        found among the rows of the last days, while those are few enough to look through.
        """
        probe = table(
            {
                "source_event_id": uuids(a.row.source_event_id for a in arrived),
                "occurred_at": pa.array([a.row.occurred_at for a in arrived], _INSTANT),
            }
        )
        since = arrived[0].batch.recorded_at.date() - timedelta(days=self._dedupe_days)
        self._db.register("probe", probe)
        try:
            found = self._db.execute(
                f"""select source_event_id, content_hash from {fact.table}
                where occurred_on in (
                    select distinct (occurred_at at time zone '{self._zone.key}')::date from probe
                ) and source_event_id in (select source_event_id from probe)
                union all
                select source_event_id, content_hash from (
                    select * from {fact.table} where recorded_on >= ? limit {RECENT_ROWS_LIMIT}
                )
                where source_event_id in (select source_event_id from probe)""",
                [since],
            ).fetchall()
        finally:
            self._db.unregister("probe")
        return dict(found)

    def _in_sequence(self, arrived: Sequence[Arrival], outcome: Outcome) -> list[Arrival]:
        """Return ``arrived`` without facts whose place in their aggregate another one holds."""
        if not arrived:
            return []
        columns = TAKEBACK.columns([a.row for a in arrived], self._dimensions)
        places = list(
            zip(
                columns["aggregate"].to_pylist(),
                columns["aggregate_id"].to_pylist(),
                columns["aggregate_seq"].to_pylist(),
                strict=True,
            )
        )
        taken = self._taken({aggregate_id for _, aggregate_id, _ in places})
        kept = []
        for arrival, place in zip(arrived, places, strict=True):
            if place in taken:
                detail = (
                    f"aggregate_seq {place[2]} of {place[0]} {place[1]} belongs to another event"
                )
                outcome.dead.append(dead_record(arrival, Reason.SEQUENCE_CONFLICT, detail))
            else:
                taken.add(place)
                kept.append(arrival)
        return kept

    def _taken(self, ids: set[str]) -> set[tuple[str, str, int]]:
        self._db.register("probe", table({"aggregate_id": texts(sorted(ids))}))
        try:
            rows = self._db.execute(
                "select aggregate, aggregate_id, aggregate_seq from takeback_event "
                "where aggregate_id in (select aggregate_id from probe)"
            ).fetchall()
        finally:
            self._db.unregister("probe")
        return {(aggregate, aggregate_id, seq) for aggregate, aggregate_id, seq in rows}

    def _columns(self, fact: Fact, arrived: Sequence[Arrival]) -> Mapping[str, Column]:
        rows = [a.row for a in arrived]
        count = len(rows)
        topics = self._dimensions.keys("topic", (a.batch.topic for a in arrived))
        recorded = [a.batch.recorded_at for a in arrived]
        return {
            "source_event_id": uuids(r.source_event_id for r in rows),
            "event_id": uuids(r.event_id for r in rows),
            "content_hash": hashes(r.content_hash for r in rows),
            "broker_epoch": integers([self._epoch] * count),
            "topic_key": integers(topics),
            "log_partition": integers(a.batch.partition for a in arrived),
            "log_offset": integers(r.record.offset for r in rows),
            "occurred_at": pa.array([r.occurred_at for r in rows], _INSTANT),
            "recorded_at": pa.array(recorded, _INSTANT),
            "revision": integers([0] * count),
            "correction_of": uuids([None] * count),
            "reason": texts([None] * count),
            **fact.columns(rows, self._dimensions),
        }

    def _insert(self, fact: Fact, columns: Mapping[str, Column], outcome: Outcome) -> None:
        self._db.register("arriving", table(columns))
        try:
            self._db.execute(
                f"""create or replace temp table new_rows as select *,
                (occurred_at at time zone '{self._zone.key}')::date as occurred_on,
                (recorded_at at time zone '{self._zone.key}')::date as recorded_on
                from arriving"""
            )
        finally:
            self._db.unregister("arriving")
        self._db.execute(f"insert into {fact.table} by name select * from new_rows")
        add_to_rollups(self._db, fact.table)
        if fact is TAKEBACK:
            refresh_takeback(self._db)
        self._note_span(outcome)

    def _note_span(self, outcome: Outcome) -> None:
        months, newest = self._db.execute(
            "select list(distinct date_trunc('month', occurred_on)::date), max(occurred_at) "
            "from new_rows"
        ).fetchall()[0]
        outcome.months.update(months)
        outcome.data_to = newest if outcome.data_to is None else max(outcome.data_to, newest)

    def _correct(self, fact: Fact, arrival: Arrival, outcome: Outcome) -> None:
        """Insert what a correction changes: the difference to what its target says now."""
        target = arrival.row.correction_of
        new = _first(self._columns(fact, [arrival]))
        rows = delta_rows(self._db, fact, target, new)
        if rows is None:
            detail = f"correction_of {target} names an event that is not stored"
            outcome.dead.append(dead_record(arrival, Reason.CORRECTION_TARGET_UNKNOWN, detail))
            return
        types = {name: column.type for name, column in self._columns(fact, [arrival]).items()}
        columns = {name: _column([row[name] for row in rows], kind) for name, kind in types.items()}
        self._insert(fact, columns, outcome)
        outcome.rows += 1


def _column(values: list[Any], kind: Any) -> Column:
    return uuids(values) if kind == pa.uuid() else pa.array(values, kind)


def _first(columns: Mapping[str, Column]) -> dict[str, Any]:
    return {name: column.to_pylist()[0] for name, column in columns.items()}


def _rows_of(fact: Fact, batch: SinkBatch) -> list[Row]:
    rows = []
    for record in batch.records:
        if not isinstance(record.event, fact.events):
            continue
        interval = batch.intervals.get(record.offset)
        if fact is FORKLIFT and interval is None:
            continue  # a first reading starts an interval and ends none
        rows.append(_row(fact, record, interval))
    return rows


def _row(fact: Fact, record: Record, interval: Any) -> Row:
    event: Any = record.event
    target = getattr(event, "correction_of", None)
    return Row(
        record=record,
        event_id=UUID(interval.event_id if interval is not None else event.event_id),
        source_event_id=UUID(fact.source_of(event)),
        content_hash=digest64(fact.content(event)),
        occurred_at=datetime.fromisoformat(event.occurred_at),
        correction_of=None if target is None else UUID(target),
        subject=interval,
    )


def _is_late(arrival: Arrival) -> bool:
    return arrival.batch.recorded_at - arrival.row.occurred_at > LATE_AFTER


def _repeated(arrival: Arrival, before: int, outcome: Outcome) -> None:
    """Count a repetition; park what reuses an id for something else."""
    if before == arrival.row.content_hash:
        outcome.duplicates += 1
        return
    detail = (
        f"event_id {arrival.row.source_event_id} was used before for other content; "
        "a correction is an event of its own that names correction_of"
    )
    outcome.dead.append(dead_record(arrival, Reason.EVENT_ID_REUSED, detail))


def dead_record(arrival: Arrival, reason: Reason, detail: str) -> DeadRecord:
    """Return the dead letter of a row that the store cannot take."""
    record, batch = arrival.row.record, arrival.batch
    return DeadRecord(
        topic=batch.topic,
        partition=batch.partition,
        offset=record.offset,
        reason=reason,
        detail=detail,
        key=record.key,
        raw=record.raw,
        headers={},
        event_id=str(arrival.row.source_event_id),
        came_at=record.offset,
    )
