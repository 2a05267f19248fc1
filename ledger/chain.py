"""The hash chain of an aggregate's events, and the aggregate that its events rebuild."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ledger.canonical import canonical, compact
from ledger.records import Break, Json, Verified
from ledger.statements import Statements
from schemas.event import caused_id_text

NO_HASH = "0" * 64
# In this sequence they are hashed; ``seq`` is the file's own count and checked for gaps instead.
HASHED = (
    "event_id", "kind", "aggregate_id", "version", "tenant", "type", "major", "classifier",
    "occurred_at", "recorded_at", "state", "flags", "changed", "removed", "payload",
    "causation_id", "correlation_id", "traceparent", "prev_hash",
)  # fmt: skip
EVENT_COLUMNS = ("seq", *HASHED, "hash")
_AT = {name: place for place, name in enumerate(EVENT_COLUMNS)}


def event_id_of(kind: str, aggregate_id: str, version: int) -> str:
    """Return the id of an event: the same aggregate and version give the same.

    Examples
    --------
    >>> event_id_of("takeback_order", "RO-1", 1)
    '16241762-623c-50c3-a669-6150e77489f9'
    """
    return caused_id_text(kind, aggregate_id, version)


def hash_of(values: Sequence[object]) -> str:
    """Return the hash of an event's ``HASHED`` columns as they are stored."""
    return hashlib.sha256(compact(values)).hexdigest()


def difference(before: Json, after: Json) -> tuple[dict[str, Any], list[str]]:
    """Return which fields of ``after`` are new or other, and which of ``before`` are gone.

    Examples
    --------
    >>> difference({"a": 1, "b": 2}, {"a": True, "c": 3})
    ({'a': True, 'c': 3}, ['b'])
    """
    changed = {
        name: value
        for name, value in after.items()
        if name not in before or not _same(before[name], value)
    }
    return changed, sorted(before.keys() - after.keys())


def _same(one: Any, other: Any) -> bool:
    # Most of a body is what it was, the very same value; a text is equal only to a text.
    if one is other or (type(one) is str and one == other):
        return True
    # 1, 1.0 and True are equal to Python and not to JSON, however deep they lie; a tuple is a list.
    return canonical(one) == canonical(other)


@dataclass(slots=True)
class Rebuilt:
    """What is known of an aggregate from its events alone."""

    version: int = 0
    state: str = ""
    flags: str = "[]"
    body: str = "{}"
    hash: str = NO_HASH


def rebuilt(events: Iterable[Sequence[Any]]) -> Rebuilt:
    """Return the aggregate that ``events`` (rows of ``EVENT_COLUMNS``) leave behind."""
    known, body = Rebuilt(), {}
    for row in events:
        known.version, known.hash = row[_AT["version"]], row[_AT["hash"]]
        known.state, known.flags = row[_AT["state"]], row[_AT["flags"]]
        body.update(json.loads(row[_AT["changed"]]))
        for name in json.loads(row[_AT["removed"]]):
            body.pop(name, None)
    known.body = canonical(body)
    return known


def verify(db: Statements) -> Verified:
    """Return every place where events, their hashes and the aggregates contradict each other."""
    with db.at_one_instant():
        breaks = [*_aggregates_without_events(db), *_gaps(db)]
        rows = db.stream(
            f"select {', '.join(EVENT_COLUMNS)} from event order by kind, aggregate_id, version"
        )
        aggregates = events = 0
        for (kind, aggregate_id), own in groupby(
            rows, key=lambda row: (row[_AT["kind"]], row[_AT["aggregate_id"]])
        ):
            chain = list(own)
            aggregates, events = aggregates + 1, events + len(chain)
            breaks += _broken_links(chain)
            breaks += _other_aggregate(db, kind, aggregate_id, rebuilt(chain))
    return Verified(aggregates, events, tuple(breaks))


@dataclass(slots=True)
class Link:
    """How far one aggregate's chain was followed; nothing after a break says more."""

    version: int = 0
    hash: str = NO_HASH
    seq: int = 0
    is_broken: bool = False

    def follow(self, row: Sequence[Any]) -> Break | None:
        """Go on to the next event, a row of ``EVENT_COLUMNS``; return where the chain breaks."""
        if self.is_broken:
            return None
        kind, aggregate_id, version = (row[_AT[n]] for n in ("kind", "aggregate_id", "version"))
        what = None
        if version != self.version + 1:
            what = f"version {self.version + 1} is missing"
        elif row[_AT["seq"]] <= self.seq:
            what = "stands before its predecessor"
        elif row[_AT["event_id"]] != event_id_of(kind, aggregate_id, version):
            what = "has the id of another event"
        elif row[_AT["prev_hash"]] != self.hash:
            what = "does not follow the event before it"
        elif row[_AT["hash"]] != hash_of(row[1:-1]):
            what = "is not what was recorded"
        self.version, self.hash, self.seq = version, row[_AT["hash"]], row[_AT["seq"]]
        self.is_broken = what is not None
        return None if what is None else Break(kind, aggregate_id, version, what)


def _broken_links(chain: Sequence[Sequence[Any]]) -> Iterator[Break]:
    link = Link()
    for row in chain:
        broken = link.follow(row)
        if broken is not None:
            yield broken


def _other_aggregate(
    db: Statements, kind: str, aggregate_id: str, known: Rebuilt
) -> Iterator[Break]:
    stored = db.execute(
        "select version, state, flags, body, head_hash from aggregate where kind = ? and id = ?",
        [kind, aggregate_id],
    ).fetchone()
    told = (known.version, known.state, known.flags, known.body, known.hash)
    if stored != told:
        yield Break(kind, aggregate_id, known.version, "the aggregate is not what its events tell")


def _aggregates_without_events(db: Statements) -> Iterator[Break]:
    for kind, aggregate_id, version in db.execute(
        "select kind, id, version from aggregate a where not exists "
        "(select 1 from event e where e.kind = a.kind and e.aggregate_id = a.id)"
    ):
        yield Break(kind, aggregate_id, version, "has no events")


def _gaps(db: Statements) -> Iterator[Break]:
    """Tell a number that is missing, where seq is given without gaps as transactions commit."""
    last = db.last_seq()
    if last == 0 or not db.gapless:
        return
    for (after,) in db.execute(
        "select seq from (select seq, lead(seq) over (order by seq) as following from event) "
        "where following is not null and following != seq + 1"
    ):
        yield Break("event", str(after + 1), 0, "an event is missing")
    first, end = db.execute("select min(seq), max(seq) from event").fetchone()
    if (first, end) != (1, last):
        yield Break("event", str(last), 0, "events are missing at an end")
