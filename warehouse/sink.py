"""The transactional sink: rows, dead letters, roll-ups and offsets commit together or not."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from warehouse import dead_letters
from warehouse.arrivals import Arrivals, Outcome
from warehouse.columns import INSTANT, Column, constant, days, integers, table, texts
from warehouse.dimensions import Dimensions
from warehouse.fact_leg import LEG
from warehouse.facts import FACTS
from warehouse.records import Committed, SinkBatch
from warehouse.restate import NAMED, READ_REVISION
from warehouse.transaction import roll_back, shown, transaction

#: What the database, or the way to it, says of a value that no column takes.
REFUSED = (
    duckdb.DataError, duckdb.IntegrityError, pa.ArrowException, ValueError, TypeError,
    ArithmeticError,
)  # fmt: skip
_COUNTED = ("rows", "duplicates", "dead", "late", "without_row")
# A partition that was never read has no row, and so nothing before.
_MOVE = """
    update sink_offset o set next_offset = e.next_offset from ends e
    where o.cluster_id = ? and o.topic = e.topic and o.partition = e.partition
    and o.next_offset = e.before returning o.topic, o.partition
"""
_BEGIN = """
    insert into sink_offset select ?, topic, partition, next_offset from ends e
    where before is null and not exists (from sink_offset o where o.cluster_id = ?
    and o.topic = e.topic and o.partition = e.partition) returning topic, partition
"""


# A correction or another restatement since the page was read: what was computed is stale.
_MOVED_ON = f"""
    select distinct r.correction_of from restated r
    left join (
        select correction_of, max(revision) as revision from {LEG.table}
        where correction_of in (select correction_of from restated) group by correction_of
    ) f using (correction_of)
    where coalesce(f.revision, 0) <> r.{READ_REVISION}
"""


class OffsetMoved(Exception):
    """Another writer moved the stored offset: this process must not go on."""


class Sink:
    """Writes groups of batches, each in one transaction; used by one thread only."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        *,
        cluster_id: str,
        broker_epoch: int,
        zone: ZoneInfo,
        dedupe_days: int,
    ) -> None:
        """Read the offsets stored for ``cluster_id``."""
        self._db = db
        self._cluster_id = cluster_id
        self._epoch = broker_epoch
        self._dimensions = Dimensions(db)
        self._offsets = self._stored_offsets()
        self._arrivals = Arrivals(
            db,
            self._dimensions,
            broker_epoch=broker_epoch,
            zone=zone,
            dedupe_days=dedupe_days,
        )

    def _stored_offsets(self) -> dict[tuple[str, int], int]:
        rows = self._db.execute(
            "select topic, partition, next_offset from sink_offset where cluster_id = ?",
            [self._cluster_id],
        ).fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def next_offset(self, topic: str, partition: int) -> int:
        """Return where reading a partition goes on; 0 where nothing is stored."""
        return self._offsets.get((topic, partition), 0)

    @property
    def dimensions(self) -> Dimensions:
        """The keys of the open ids."""
        return self._dimensions

    def write(self, batches: Sequence[SinkBatch]) -> Committed:
        """Commit ``batches``: every record becomes a row, a duplicate or a dead letter.

        Raises
        ------
        duckdb.Error
            If the database refuses; nothing of the group is kept.
        OffsetMoved
            If another writer was here; nothing of the group is kept.
        """
        with self._transaction():
            outcome = self._write(batches)
        return Committed(
            rows=outcome.total("rows"),
            duplicates=outcome.total("duplicates"),
            dead=outcome.total("dead"),
            months=sorted(outcome.months),
            data_to=outcome.data_to,
            late=outcome.total("late"),
            without_row=outcome.total("without_row"),
        )

    def append(self, restated: Iterable[pa.Table], *, recorded_at: datetime) -> Committed:
        """Commit restated rows, all or none; one whose chain went on since it was read is left out.

        Raises
        ------
        duckdb.Error
            If the database refuses; nothing is kept.
        """
        outcome, rows = Outcome(recorded_at), 0
        with self._transaction():
            for page in restated:
                standing = self._standing(page)
                if standing.num_rows:
                    self._arrivals.append(LEG, self._keyed(standing), outcome)
                rows += standing.num_rows
            self._note_months(outcome)
        return Committed(
            rows=rows, duplicates=0, dead=0, months=sorted(outcome.months), data_to=outcome.data_to
        )

    def _standing(self, page: pa.Table) -> pa.Table:
        """Return the rows of ``page`` whose chain is as it was when it was read."""
        with shown(self._db, "restated", page.select(["correction_of", READ_REVISION])):
            moved = {root for (root,) in self._db.execute(_MOVED_ON).fetchall()}
        if not moved:
            return page
        return page.filter(
            pa.array([root not in moved for root in page["correction_of"].to_pylist()])
        )

    def _keyed(self, page: pa.Table) -> dict[str, Column]:
        """Return the columns of ``page`` with keys in the place of words."""
        columns = dict(zip(page.column_names, page.combine_chunks().itercolumns(), strict=True))
        columns.pop(READ_REVISION)
        for name in NAMED:
            ids = columns.pop(name).to_pylist()
            columns[f"{name}_key"] = integers(self._dimensions.keys(name, ids))
        return columns

    def would_take(self, batches: Sequence[SinkBatch]) -> bool:
        """Return whether the database takes ``batches``; nothing of them is kept."""
        self._db.execute("begin")
        try:
            self._write(batches)
        except REFUSED:
            return False
        finally:
            self._forget()
        return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        committed = False
        try:
            with transaction(self._db):
                yield
            committed = True
        finally:
            if not committed:
                self._recall()

    def _forget(self) -> None:
        """Roll back, in the database and in what this object remembers of it."""
        roll_back(self._db)
        self._recall()

    def _recall(self) -> None:
        self._dimensions.reload()
        self._offsets = self._stored_offsets()

    def _write(self, batches: Sequence[SinkBatch]) -> Outcome:
        """Store everything; one transaction is recorded at one instant, its newest."""
        outcome = Outcome(max(batch.recorded_at for batch in batches))
        fresh = self._unseen(batches)
        for fact in FACTS:
            self._arrivals.write(fact, fresh, outcome)
        self._keep_letters(fresh, outcome)
        self._keep_readings(fresh)
        self._keep_outbox(fresh)
        self._note_months(outcome)
        self._note_counts(outcome)
        self._move_offsets(batches)
        return outcome

    def _unseen(self, batches: Sequence[SinkBatch]) -> list[SinkBatch]:
        """Return ``batches`` without what an earlier transaction, or an earlier one, holds."""
        starts = dict(self._offsets)
        unseen = []
        for batch in batches:
            place = (batch.topic, batch.partition)
            start = starts.get(place, 0)
            starts[place] = max(start, batch.next_offset)
            if batch.next_offset > start:
                unseen.append(_from(batch, start))
        return unseen

    def _keep_letters(self, batches: Sequence[SinkBatch], outcome: Outcome) -> None:
        for batch in batches:
            outcome.dead.extend(((batch.topic, batch.partition), letter) for letter in batch.dead)
        stored = dead_letters.keep(
            self._db,
            [letter for _, letter in outcome.dead],
            epoch=self._epoch,
            recorded_at=outcome.recorded_at,
        )
        for place, letter in outcome.dead:
            letter_id = dead_letters.letter_id(self._epoch, letter)
            outcome.count(place, "dead" if letter_id in stored else "duplicates")
            stored.discard(letter_id)

    def _keep_readings(self, batches: Sequence[SinkBatch]) -> None:
        newest = {
            forklift_id: state for batch in batches for forklift_id, state in batch.readings.items()
        }
        if not newest:
            return
        columns = {
            "forklift_id": texts(newest),
            "event_id": texts(state.event_id for state in newest.values()),
            "occurred_at": texts(state.occurred_at for state in newest.values()),
            "reading": texts(state.reading.decode() for state in newest.values()),
        }
        with shown(self._db, "states", table(columns)):
            self._db.execute(
                "delete from forklift_state where forklift_id in (select forklift_id from states)"
            )
            self._db.execute("insert into forklift_state by name select * from states")

    def _keep_outbox(self, batches: Sequence[SinkBatch]) -> None:
        messages = [message for batch in batches for message in batch.outbox]
        if not messages:
            return
        columns = {
            "topic": texts(m.topic for m in messages),
            "key": texts(m.key.decode() for m in messages),
            "value": pa.array([m.value for m in messages], pa.binary()),
        }
        with shown(self._db, "messages", table(columns)):
            self._db.execute(
                "insert into outbox by name "
                "select nextval('outbox_id_sequence') as outbox_id, * from messages"
            )

    def _note_months(self, outcome: Outcome) -> None:
        if not outcome.months:
            return
        with shown(self._db, "changed", table({"month": days(sorted(outcome.months))})):
            moved = self._db.execute(
                "update month_change set change_number = change_number + 1 "
                "where month in (select month from changed) returning month"
            ).fetchall()
            if len(moved) < len(outcome.months):
                self._db.execute(
                    "insert into month_change select month, 1 from changed "
                    "where month not in (select month from month_change)"
                )

    def _note_counts(self, outcome: Outcome) -> None:
        """Keep what became of the records, per minute and partition."""
        places = sorted({place for place, _ in outcome.counts})
        if not places:
            return
        minute = outcome.recorded_at.replace(second=0, microsecond=0)
        columns = {
            "minute": constant(minute, INSTANT, len(places)),
            "topic": texts(topic for topic, _ in places),
            "partition": integers(partition for _, partition in places),
            **{
                name: integers(outcome.counts[place, name] for place in places) for name in _COUNTED
            },
        }
        with shown(self._db, "counted", table(columns)):
            self._db.execute("insert into sink_stat by name select * from counted")

    def _move_offsets(self, batches: Sequence[SinkBatch]) -> None:
        ends: dict[tuple[str, int], int] = {}
        for batch in batches:
            place = (batch.topic, batch.partition)
            ends[place] = max(ends.get(place, self.next_offset(*place)), batch.next_offset)
        if not ends:
            return
        columns = {
            "topic": texts(topic for topic, _ in ends),
            "partition": integers(partition for _, partition in ends),
            "next_offset": integers(ends.values()),
            "before": integers(map(self._offsets.get, ends)),
        }
        with shown(self._db, "ends", table(columns)):
            moved = self._db.execute(_MOVE, [self._cluster_id]).fetchall()
            begun = []
            if not self._offsets.keys() >= ends.keys():
                begun = self._db.execute(_BEGIN, [self._cluster_id, self._cluster_id]).fetchall()
        lost = ends.keys() - {(topic, partition) for topic, partition in (*moved, *begun)}
        if lost:
            topic, partition = min(lost)
            before = self._offsets.get((topic, partition))
            raise OffsetMoved(
                f"the stored offset of {topic}/{partition} is no longer "
                f"{'unset' if before is None else before}"
            )
        self._offsets.update(ends)


def _from(batch: SinkBatch, start: int) -> SinkBatch:
    """Return ``batch`` without the records below ``start``."""
    if batch.first_offset >= start:
        return batch
    return replace(
        batch,
        records=[record for record in batch.records if record.offset >= start],
        dead=[letter for letter in batch.dead if letter.came_at >= start],
    )
