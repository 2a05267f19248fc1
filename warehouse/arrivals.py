"""Rows on their way into a fact: told apart from repetitions, inserted, added to the roll-ups."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pyarrow.compute as pc

from schemas.refusal import Reason, Refused
from warehouse import dead_letters
from warehouse.columns import (
    INSTANT,
    Column,
    column_of,
    constant,
    days_in,
    hashes,
    id_bytes,
    ids_bytes,
    instants,
    integers,
    table,
    uuids,
)
from warehouse.corrections import Chains
from warehouse.dimensions import Dimensions
from warehouse.fact import Arrival, Fact, Told
from warehouse.facts import FORKLIFT, TAKEBACK
from warehouse.once import in_sequence, only_ones
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

    def count_all(self, what: str, arrivals: Sequence[Arrival]) -> None:
        """Count ``arrivals`` where each of them came from."""
        for place, number in Counter(a.place for a in arrivals).items():
            self.count(place, what, number)

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
        records = _Records.of(fact, batches, outcome)
        if not records.events:
            return
        told = fact.tell(records.events)
        arrived = self._arrivals(fact, records, told)
        fresh = self._fresh(fact, arrived, outcome)
        originals = [a for a in fresh if a.correction_of is None]
        if fact.sequence is not None:
            originals = in_sequence(self._db, fact, fact.sequence, originals, outcome.park)
        elif fact.only is not None:
            originals = only_ones(self._db, fact, fact.only, originals, outcome.park)
        if originals:
            if len(originals) < len(arrived):
                kept = integers([a.row for a in originals])
                told = {name: column.take(kept) for name, column in told.items()}
            columns = self._columns(fact, originals, told, outcome.recorded_at)
            self._insert(fact, columns, outcome)
            outcome.count_all("rows", originals)
            line = outcome.recorded_at - LATE_AFTER
            outcome.count_all("late", [a for a in originals if a.occurred_at < line])
        corrections = [a for a in fresh if a.correction_of is not None]
        if fact.measures:
            self._correct(fact, originals, corrections, outcome)

    def append(self, fact: Fact, columns: Mapping[str, Column], outcome: Outcome) -> None:
        """Store rows that no event brought: what a restatement adds to stored ones."""
        self._recent_since(fact, outcome.recorded_at)
        count = len(columns["occurred_at"])
        recorded = constant(outcome.recorded_at, INSTANT, count)
        self._insert(fact, {**columns, "recorded_at": recorded}, outcome)

    # -- who has been here before --------------------------------------------------------------

    def _arrivals(self, fact: Fact, records: "_Records", told: Told) -> list[Arrival]:
        events = records.events
        at = [_utc(event.occurred_at) for event in events]
        sources = ids_bytes([fact.source_of(event) for event in events])
        ids = ids_bytes(
            [
                event.event_id if interval is None else interval.event_id
                for event, interval in zip(events, records.intervals, strict=True)
            ]
        )
        return list(
            map(
                Arrival,
                records.places,
                repeat(self._epoch),
                records.records,
                records.intervals,
                ids,
                sources,
                fact.content(events, at, told),
                at,
                map(_target, events),
                range(len(events)),
            )
        )

    def _fresh(self, fact: Fact, arrived: Sequence[Arrival], outcome: Outcome) -> list[Arrival]:
        """Return the first of each event that is not stored; count the repetitions."""
        known = self._known(fact, arrived, outcome.recorded_at)
        if not known and len({a.source_event_id for a in arrived}) == len(arrived):
            return list(arrived)
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

    # -- rows ----------------------------------------------------------------------------------

    def _columns(
        self, fact: Fact, arrived: Sequence[Arrival], told: Told, recorded_at: datetime
    ) -> dict[str, Column]:
        count = len(arrived)
        return {
            "source_event_id": uuids([a.source_event_id for a in arrived]),
            "event_id": uuids([a.event_id for a in arrived]),
            "content_hash": hashes([a.content_hash for a in arrived]),
            "broker_epoch": integers([a.epoch for a in arrived]),
            "topic_key": integers(self._dimensions.keys("topic", [a.place[0] for a in arrived])),
            "log_partition": integers([a.place[1] for a in arrived]),
            "log_offset": integers([a.record.offset for a in arrived]),
            "occurred_at": instants([a.occurred_at for a in arrived]),
            "recorded_at": constant(recorded_at, INSTANT, count),
            "revision": constant(0, "int64", count),
            "correction_of": uuids([None] * count),
            "reason": constant(None, "string", count),
            **fact.columns(arrived, told, self._dimensions),
        }

    def _insert(self, fact: Fact, columns: Mapping[str, Column], outcome: Outcome) -> None:
        rows = len(columns["occurred_at"])
        occurred = days_in(self._zone.key, columns["occurred_at"])
        by_day = {
            "occurred_on": occurred,
            "recorded_on": constant(self._day(outcome.recorded_at), "date32", rows),
        }
        with shown(self._db, "new_rows", table({**columns, **by_day})):
            self._db.execute(f"insert into {fact.table} by name select * from new_rows")
            add_to_rollups(self._db, fact.table)
            if fact is TAKEBACK:
                refresh_takeback(self._db)
        since, before = self._recent[fact.table]
        self._recent[fact.table] = since, before + rows
        outcome.months.update(day.replace(day=1) for day in occurred.unique().to_pylist())
        newest = pc.max(columns["occurred_at"]).as_py()
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
        told = fact.tell([a.event for a in pending])
        columns = self._columns(fact, pending, told, outcome.recorded_at)
        types = {name: column.type for name, column in columns.items()}
        lists = [column.to_pylist() for column in columns.values()]
        values = [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
        waits = {a.source_event_id for a in pending if a.letter_id is not None}
        chains = Chains(self._db, fact, {a.correction_of for a in pending} | waits)
        rows = self._apply(chains, list(zip(pending, values, strict=True)), outcome)
        if rows:
            changed = {n: column_of([row[n] for row in rows], kind) for n, kind in types.items()}
            self._insert(fact, changed, outcome)

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
        rest = self._parked(fact, letters)
        chosen: list[Arrival] = []
        known = set(came)
        while more := [a for a in rest if a.correction_of in known or a.source_event_id in known]:
            chosen += more
            known |= {a.source_event_id for a in more}
            rest = [a for a in rest if a.source_event_id not in known]
        return chosen

    def _parked(self, fact: Fact, waiting: Sequence[dead_letters.Waiting]) -> list[Arrival]:
        read = [(one, event) for one in waiting if (event := _read(fact, one.raw)) is not None]
        letters = [one for one, _ in read]
        records = _Records(
            records=[Record(one.log_offset, event, one.key, one.raw) for one, event in read],
            intervals=[None] * len(letters),
            places=[(one.topic, one.partition) for one in letters],
        )
        records.events = [record.event for record in records.records]
        arrived = self._arrivals(fact, records, fact.tell(records.events)) if letters else []
        return [
            arrival._replace(epoch=one.broker_epoch, letter_id=one.dead_letter_id)
            for arrival, one in zip(arrived, letters, strict=True)
        ]

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


@dataclass(slots=True)
class _Records:
    """The records of some batches that one fact takes, and what belongs to each."""

    records: list[Record] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    intervals: list[ForkliftInterval | None] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @classmethod
    def of(cls, fact: Fact, batches: Sequence[SinkBatch], outcome: Outcome) -> "_Records":
        """Return the records for ``fact``; a first reading starts an interval and has no row."""
        mine = cls()
        for batch in batches:
            place = batch.topic, batch.partition
            taken = [record for record in batch.records if isinstance(record.event, fact.events)]
            if fact is FORKLIFT:
                ending = [record for record in taken if record.offset in batch.intervals]
                outcome.count(place, "without_row", len(taken) - len(ending))
                mine.intervals += [batch.intervals[record.offset] for record in ending]
                taken = ending
            else:
                mine.intervals += repeat(None, len(taken))
            mine.records += taken
            mine.places += repeat(place, len(taken))
        mine.events = [record.event for record in mine.records]
        return mine


def _read(fact: Fact, raw: bytes) -> Any:
    """Return the event of a letter; None where nobody can read it any more: it stays parked."""
    try:
        return fact.read(raw)
    except (Refused, msgspec.MsgspecError):
        return None


def _utc(occurred_at: str) -> datetime:
    at = datetime.fromisoformat(occurred_at)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _target(event: Any) -> bytes | None:
    target = getattr(event, "correction_of", None)
    return None if target is None else id_bytes(target)


def _reused(arrival: Arrival) -> str:
    return (
        f"event_id {UUID(bytes=arrival.source_event_id)} was used before for other content; "
        "a correction is an event of its own that names correction_of"
    )


def _dead_record(arrival: Arrival, reason: Reason, detail: str) -> DeadRecord:
    record = arrival.record
    return DeadRecord(
        topic=arrival.place[0],
        partition=arrival.place[1],
        offset=record.offset,
        reason=reason,
        detail=detail,
        key=record.key,
        raw=record.raw,
        headers={},
        event_id=str(UUID(bytes=arrival.source_event_id)),
        came_at=record.offset,
    )
