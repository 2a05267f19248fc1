"""Rows on their way into a fact: told apart from repetitions, inserted, added to the roll-ups."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pyarrow as pa

from schemas.refusal import Reason
from warehouse import dead_letters
from warehouse.columns import (
    Column,
    days,
    digest64,
    hashes,
    id_bytes,
    instants,
    integers,
    table,
    texts,
    uuids,
)
from warehouse.corrections import Chains
from warehouse.dimensions import Dimensions
from warehouse.facts import FORKLIFT, TAKEBACK, Arrival, Fact, takeback_place
from warehouse.records import DeadRecord, ForkliftInterval, Record, SinkBatch
from warehouse.rollups import add_to_rollups, refresh_takeback
from warehouse.transaction import shown

RECENT_ROWS_LIMIT = 5_000_000
LATE_AFTER = timedelta(hours=24)
A_DAY = timedelta(days=1)  # no zone is further from UTC
#: A batch's neighbouring days are searched in one sweep; a straggler's day in one of its own.
NEIGHBOUR_DAYS = timedelta(days=7)
MAX_SWEEPS = 32
Place = tuple[str, int]


@dataclass(slots=True)
class Outcome:
    """What a group of batches comes to: counts per topic and partition, letters, months."""

    recorded_at: datetime
    counts: "Counter[tuple[Place, str]]" = field(default_factory=Counter)
    dead: list[tuple[Place, DeadRecord]] = field(default_factory=list)
    months: set[date] = field(default_factory=set)
    data_to: datetime | None = None

    def count(self, place: Place, what: str, number: int = 1) -> None:
        """Count records of one partition as rows, duplicates, dead, late or without_row."""
        self.counts[place, what] += number

    def total(self, what: str) -> int:
        """Return a count over all partitions."""
        return sum(number for (_, name), number in self.counts.items() if name == what)

    def park(self, arrival: Arrival, reason: Reason, detail: str) -> None:
        """Keep what the store cannot take as a dead letter."""
        self.dead.append((arrival.place, _dead_record(arrival, reason, detail)))


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
        recent_rows_limit: int = RECENT_ROWS_LIMIT,
    ) -> None:
        """Keep what the rows need."""
        self._db = db
        self._dimensions = dimensions
        self._epoch = broker_epoch
        self._zone = zone
        self._dedupe = timedelta(days=dedupe_days)
        self._recent_rows_limit = recent_rows_limit
        self._recent: dict[str, tuple[date, int]] = {}
        self._some_wait = True  # until the dead letters say that none does

    def write(self, fact: Fact, batches: Sequence[SinkBatch], outcome: Outcome) -> None:
        """Store the rows that ``batches`` bring for ``fact``; count and park the others."""
        arrived = [a for batch in batches for a in self._arrivals(fact, batch, outcome)]
        if not arrived:
            return
        fresh = self._fresh(fact, arrived, outcome)
        originals = [a for a in fresh if a.correction_of is None]
        if fact is TAKEBACK:
            originals = self._in_sequence(originals, outcome)
        if originals:
            columns = self._columns(fact, originals, outcome.recorded_at)
            self._insert(fact, columns, [a.occurred_at for a in originals], outcome)
            for place, number in Counter(a[:2] for a in originals).items():
                outcome.count(place, "rows", number)
            line = outcome.recorded_at - LATE_AFTER
            for place, number in Counter(a[:2] for a in originals if a.occurred_at < line).items():
                outcome.count(place, "late", number)
        corrections = [a for a in fresh if a.correction_of is not None]
        if fact.measures:
            self._correct(fact, originals, corrections, outcome)

    # -- who has been here before --------------------------------------------------------------

    def _arrivals(self, fact: Fact, batch: SinkBatch, outcome: Outcome) -> Iterable[Arrival]:
        for record in batch.records:
            if not isinstance(record.event, fact.events):
                continue
            interval = batch.intervals.get(record.offset) if fact is FORKLIFT else None
            if fact is FORKLIFT and interval is None:
                # a first reading starts an interval and ends none
                outcome.count((batch.topic, batch.partition), "without_row")
                continue
            yield _arrival(fact, (batch.topic, batch.partition), self._epoch, record, interval)

    def _fresh(self, fact: Fact, arrived: Sequence[Arrival], outcome: Outcome) -> list[Arrival]:
        """Return the first of each event that is not stored; count the repetitions."""
        known = self._known(fact, arrived, outcome.recorded_at)
        fresh = []
        for arrival in arrived:
            before = known.get(arrival.source_event_id)
            if before is None:
                known[arrival.source_event_id] = arrival.content_hash
                fresh.append(arrival)
            elif before == arrival.content_hash:
                outcome.count(arrival.place, "duplicates")
            else:
                outcome.park(arrival, Reason.EVENT_ID_REUSED, _reused(arrival))
        return fresh

    def _known(
        self, fact: Fact, arrived: Sequence[Arrival], recorded_at: datetime
    ) -> dict[bytes, int]:
        """Return the content hash of every source event of ``arrived`` that is stored already.

        A re-sent event has the same time, so its day is searched, however old; a re-dated one is
        found among the rows of the last days, while those are few enough to look through.
        """
        sweeps = [
            f"occurred_on between '{first - A_DAY}' and '{last + A_DAY}'"
            for first, last in _sweeps({a.occurred_at.date() for a in arrived})
        ]
        if (since := self._recent_since(fact, recorded_at)) is not None:
            sweeps.append(f"recorded_on >= '{since}'")
        with shown(self._db, "probe", table({"id": uuids([a.source_event_id for a in arrived])})):
            found = self._db.execute(
                " union all ".join(
                    f"select source_event_id, content_hash from {fact.table} where {sweep} "
                    "and source_event_id in (select id from probe)"
                    for sweep in sweeps
                )
            ).fetchall()
        return {event_id.bytes: content_hash for event_id, content_hash in found}

    def _recent_since(self, fact: Fact, recorded_at: datetime) -> date | None:
        """Return from which recording day on all rows are searched; None where they are many."""
        since = self._day(recorded_at - self._dedupe)
        of, rows = self._recent.get(fact.table, (None, 0))
        if of != since:
            rows = self._db.execute(
                f"select count(*) from {fact.table} where recorded_on >= ?", [since]
            ).fetchall()[0][0]
            self._recent[fact.table] = since, rows
        return since if rows <= self._recent_rows_limit else None

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self._zone).date()

    def _in_sequence(self, arrived: Sequence[Arrival], outcome: Outcome) -> list[Arrival]:
        """Return ``arrived`` without facts whose place in their aggregate another one holds."""
        places = [takeback_place(a.event) for a in arrived]
        taken = self._taken({aggregate_id for _, aggregate_id, _ in places})
        kept = []
        for arrival, place in zip(arrived, places, strict=True):
            if place in taken:
                detail = (
                    f"aggregate_seq {place[2]} of {place[0]} {place[1]} belongs to another event"
                )
                outcome.park(arrival, Reason.SEQUENCE_CONFLICT, detail)
            else:
                taken.add(place)
                kept.append(arrival)
        return kept

    def _taken(self, ids: set[str]) -> set[tuple[str, str, int]]:
        with shown(self._db, "probe", table({"id": texts(sorted(ids))})):
            rows = self._db.execute(
                "select aggregate, aggregate_id, aggregate_seq from takeback_event "
                "where aggregate_id in (select id from probe)"
            ).fetchall()
        return {(aggregate, aggregate_id, seq) for aggregate, aggregate_id, seq in rows}

    # -- rows ----------------------------------------------------------------------------------

    def _columns(
        self, fact: Fact, arrived: Sequence[Arrival], recorded_at: datetime
    ) -> Mapping[str, Column]:
        count = len(arrived)
        return {
            "source_event_id": uuids([a.source_event_id for a in arrived]),
            "event_id": uuids([a.event_id for a in arrived]),
            "content_hash": hashes([a.content_hash for a in arrived]),
            "broker_epoch": integers([a.epoch for a in arrived]),
            "topic_key": integers(self._dimensions.keys("topic", [a.topic for a in arrived])),
            "log_partition": integers([a.partition for a in arrived]),
            "log_offset": integers([a.record.offset for a in arrived]),
            "occurred_at": instants([a.occurred_at for a in arrived]),
            "recorded_at": instants([recorded_at] * count),
            "revision": integers([0] * count),
            "correction_of": uuids([None] * count),
            "reason": texts([None] * count),
            **fact.columns(arrived, self._dimensions),
        }

    def _insert(
        self,
        fact: Fact,
        columns: Mapping[str, Column],
        occurred_at: Sequence[datetime],
        outcome: Outcome,
    ) -> None:
        occurred = [self._day(at) for at in occurred_at]
        by_day = {
            "occurred_on": days(occurred),
            "recorded_on": days([self._day(outcome.recorded_at)] * len(occurred)),
        }
        with shown(self._db, "new_rows", table({**columns, **by_day})):
            self._db.execute(f"insert into {fact.table} by name select * from new_rows")
            add_to_rollups(self._db, fact.table)
            if fact is TAKEBACK:
                refresh_takeback(self._db)
        since, rows = self._recent[fact.table]
        self._recent[fact.table] = since, rows + len(occurred)
        outcome.months.update(day.replace(day=1) for day in set(occurred))
        newest = max(occurred_at)
        outcome.data_to = newest if outcome.data_to is None else max(outcome.data_to, newest)

    # -- corrections ---------------------------------------------------------------------------

    def _correct(
        self,
        fact: Fact,
        originals: Sequence[Arrival],
        corrections: Sequence[Arrival],
        outcome: Outcome,
    ) -> None:
        """Insert what corrections change, also those that waited for what has just come."""
        came = {a.source_event_id for a in (*originals, *corrections)}
        pending = [*self._waiting(fact, came, outcome.recorded_at), *corrections]
        if not pending:
            return
        columns = self._columns(fact, pending, outcome.recorded_at)
        types = {name: column.type for name, column in columns.items()}
        lists = [column.to_pylist() for column in columns.values()]
        values = [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
        waits = {a.source_event_id for a in pending if a.letter_id is not None}
        chains = Chains(self._db, fact, {a.correction_of for a in pending} | waits)
        rows = self._apply(chains, list(zip(pending, values, strict=True)), outcome)
        if rows:
            changed = {n: _column([row[n] for row in rows], kind) for n, kind in types.items()}
            self._insert(fact, changed, [row["occurred_at"] for row in rows], outcome)

    def _apply(
        self,
        chains: Chains,
        pending: list[tuple[Arrival, dict[str, Any]]],
        outcome: Outcome,
    ) -> list[Mapping[str, Any]]:
        """Return the rows of all corrections whose target is known; park the others."""
        rows: list[Mapping[str, Any]] = []
        applied: dict[bytes, int] = {}
        while True:
            later = []
            for arrival, values in pending:
                if chains.knows(arrival.source_event_id):
                    self._repeated(arrival, applied.get(arrival.source_event_id), outcome)
                elif chains.knows(arrival.correction_of):
                    rows.extend(chains.correct(arrival.correction_of or b"", values))
                    applied[arrival.source_event_id] = arrival.content_hash
                    self._applied(arrival, outcome)
                else:
                    later.append((arrival, values))
            if len(later) in (0, len(pending)):
                break
            pending = later
        for arrival, _ in later:
            if arrival.letter_id is None and arrival.correction_of is not None:
                target = UUID(bytes=arrival.correction_of)
                detail = f"correction_of {target} names an event that is not stored"
                self._some_wait = True
                outcome.park(arrival, Reason.CORRECTION_TARGET_UNKNOWN, detail)
        return rows

    def _waiting(self, fact: Fact, came: set[bytes], recorded_at: datetime) -> list[Arrival]:
        """Return the dead letters whose target, or who themselves, ``came``."""
        if not self._some_wait:
            return []
        self._some_wait = dead_letters.any_waits(self._db)
        letters = dead_letters.waiting(self._db, fact.topic, since=recorded_at - self._dedupe)
        rest = [_parked(fact, letter) for letter in letters]
        chosen: list[Arrival] = []
        known = set(came)
        while more := [a for a in rest if a.correction_of in known or a.source_event_id in known]:
            chosen += more
            known |= {a.source_event_id for a in more}
            rest = [a for a in rest if a.source_event_id not in known]
        return chosen

    def _applied(self, arrival: Arrival, outcome: Outcome) -> None:
        if arrival.letter_id is None:
            outcome.count(arrival.place, "rows")
        else:
            self._resolve(arrival.letter_id, outcome)

    def _repeated(self, arrival: Arrival, before: int | None, outcome: Outcome) -> None:
        if arrival.letter_id is not None:
            self._resolve(arrival.letter_id, outcome)
        elif before in (None, arrival.content_hash):
            outcome.count(arrival.place, "duplicates")
        else:
            outcome.park(arrival, Reason.EVENT_ID_REUSED, _reused(arrival))

    def _resolve(self, letter_id: str, outcome: Outcome) -> None:
        dead_letters.resolve(self._db, letter_id, state="replayed", now=outcome.recorded_at)


def _sweeps(searched: set[date]) -> list[tuple[date, date]]:
    """Return the spans of days to search: one for neighbours, one for each straggler."""
    spans: list[tuple[date, date]] = []
    for day in sorted(searched):
        if spans and (day - spans[-1][1] <= NEIGHBOUR_DAYS or len(spans) == MAX_SWEEPS):
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def _column(values: list[Any], kind: Any) -> Column:
    if kind == pa.uuid():
        return uuids([None if value is None else value.bytes for value in values])
    return pa.array(values, kind)


def _arrival(
    fact: Fact,
    place: Place,
    epoch: int,
    record: Record,
    interval: ForkliftInterval | None = None,
    letter_id: str | None = None,
) -> Arrival:
    event: Any = record.event
    target = getattr(event, "correction_of", None)
    at = datetime.fromisoformat(event.occurred_at).astimezone(UTC)
    return Arrival(
        place[0],
        place[1],
        epoch,
        record,
        interval,
        id_bytes(event.event_id if interval is None else interval.event_id),
        id_bytes(fact.source_of(event)),
        digest64(fact.content(event, at)),
        at,
        None if target is None else id_bytes(target),
        letter_id,
    )


def _parked(fact: Fact, letter: dead_letters.Waiting) -> Arrival:
    event: Any = msgspec.json.decode(letter.raw, type=fact.events[0])
    record = Record(letter.log_offset, event, letter.key, letter.raw)
    place = letter.topic, letter.partition
    return _arrival(fact, place, letter.broker_epoch, record, letter_id=letter.dead_letter_id)


def _reused(arrival: Arrival) -> str:
    return (
        f"event_id {UUID(bytes=arrival.source_event_id)} was used before for other content; "
        "a correction is an event of its own that names correction_of"
    )


def _dead_record(arrival: Arrival, reason: Reason, detail: str) -> DeadRecord:
    record = arrival.record
    return DeadRecord(
        topic=arrival.topic,
        partition=arrival.partition,
        offset=record.offset,
        reason=reason,
        detail=detail,
        key=record.key,
        raw=record.raw,
        headers={},
        event_id=str(UUID(bytes=arrival.source_event_id)),
        came_at=record.offset,
    )
