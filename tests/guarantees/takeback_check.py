"""What clients were told, the ledger, the topics and the warehouse, held against each other."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
from confluent_kafka import Consumer, Message, TopicPartition

from ledger.chain import verify
from ledger.store import open_for_reading
from schemas.topics import TAKEBACK_DEMANDS, TAKEBACK_ORDERS, TAKEBACK_UNITS
from tests.guarantees.posting import Posting, Told
from tests.guarantees.takeback_house import DEMANDS, PARTITIONS, PICKUPS

TOPICS = (TAKEBACK_DEMANDS.name, TAKEBACK_ORDERS.name, TAKEBACK_UNITS.name)
READ_AT_ONCE, READ_WITHIN_S = 5_000, 10.0
_EVENTS = """
    select e.kind, e.aggregate_id, a.state, count(*) from event e
    join aggregate a on a.kind = e.kind and a.id = e.aggregate_id
    where e.type in ('picked_up', 'collected') group by e.kind, e.aggregate_id
"""
_DEMANDS = """
    select json_extract(coalesce(o.value, e.payload), '$.channel_ref'),
        json_extract(coalesce(o.value, e.payload), '$.takeback_order_id')
    from outbox o join event e using (seq) where o.topic = ?
"""
_SUNK = """
    select event_id::varchar from takeback_event
    union all select event_id::varchar from fact_takeback_demand
"""
_COUNTED = """
    select sum(rows)::bigint, sum(duplicates)::bigint, sum(dead)::bigint from sink_stat
    where topic in (select unnest(?))
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What should stand somewhere once: where it does not, and where it does more than once."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]


NONE = Difference((), ())


def in_ledger(file: Path, answered: Mapping[Posting, Told]) -> Difference:
    """Return which answered pickups and demands the ledger lacks, and which it did twice."""
    with closing(open_for_reading(file)) as db:
        assert verify(db).breaks == ()
        pickups = {(kind, id_): (state, count) for kind, id_, state, count in db.execute(_EVENTS)}
        demands = db.execute(_DEMANDS, [TAKEBACK_DEMANDS.name]).fetchall()
    doubled = [f"{kind} {id_}" for (kind, id_), (_, count) in pickups.items() if count > 1]
    doubled += _repeated(ref for ref, _ in demands)
    lost = [
        *_lost_pickups(answered, {of: state for of, (state, _) in pickups.items()}),
        *_lost_demands(answered, dict(demands)),
    ]
    return Difference(tuple(lost), tuple(doubled))


def _lost_pickups(
    answered: Mapping[Posting, Told], states: Mapping[tuple[str, str], str]
) -> Iterable[str]:
    for posting in answered:
        if posting.path == PICKUPS:
            body = json.loads(posting.body)
            order = states.get(("takeback_order", body["takeback_order_id"]))
            unit = states.get(("unit", body["units"][0]["unit_id"]))
            if (order, unit) != ("picked_up", "collected"):
                yield f"{posting.key}: order {order}, unit {unit}"


def _lost_demands(answered: Mapping[Posting, Told], orders: Mapping[str, str]) -> Iterable[str]:
    for posting, told in answered.items():
        if posting.path == DEMANDS:
            stored = orders.get(json.loads(posting.body)["channel_ref"])
            if stored != json.loads(told.body)["id"]:
                yield f"{posting.key}: order {stored}"


def _repeated(ids: Iterable[str]) -> list[str]:
    return [one for one, count in Counter(ids).items() if count > 1]


def outbox_ids(file: Path) -> list[str]:
    """Return the id of each event that others are to be told."""
    with closing(open_for_reading(file)) as db:
        assert {topic for (topic,) in db.execute("select distinct topic from outbox")} <= {*TOPICS}
        return [one for (one,) in db.execute("select event_id from event join outbox using (seq)")]


def difference(wanted: Sequence[str], found: Sequence[str]) -> Difference:
    """Return what is missing in ``found``, and what is there twice or was never told."""
    strange = set(found) - set(wanted)
    lost = set(wanted) - set(found)
    return Difference(tuple(sorted(lost)), tuple([*_repeated(found), *sorted(strange)]))


@dataclass(frozen=True, slots=True)
class Sunk:
    """What the warehouse holds of take-back, and what its sink counted."""

    event_ids: list[str]
    rows: int
    duplicates: int
    dead: int


def sunk_in(db: duckdb.DuckDBPyConnection) -> Sunk:
    counted = db.execute(_COUNTED, [list(TOPICS)]).fetchall()[0]
    return Sunk(
        [one for (one,) in db.execute(_SUNK).fetchall()], *(count or 0 for count in counted)
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a topic."""

    topic: str
    subject: str
    event_id: str
    version: int


def read_topics(bootstrap: str, prefix: str, ends: Mapping[str, int]) -> list[Sent]:
    """Return all messages of the topics, those of a partition in their order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{prefix}check"})
    consumer.assign(
        [TopicPartition(prefix + topic, part, 0) for topic in ends for part in range(PARTITIONS)]
    )
    found: list[Sent] = []
    while len(found) < sum(ends.values()):
        messages = consumer.consume(READ_AT_ONCE, timeout=READ_WITHIN_S)
        assert messages, f"{len(found)} of {sum(ends.values())} messages came"
        found += [_sent(message, prefix) for message in messages]
    consumer.close()
    return found


def _sent(message: Message, prefix: str) -> Sent:
    assert message.error() is None, message.error()
    given: list[tuple[str, bytes]] = message.headers() or []  # type: ignore[assignment]
    headers = dict(given)
    topic = message.topic()
    assert topic is not None
    return Sent(
        topic.removeprefix(prefix),
        headers["ce_subject"].decode(),
        headers["ce_id"].decode(),
        int(headers["ce_sequence"]),
    )


def out_of_order(messages: Sequence[Sent]) -> list[Sent]:
    """Return messages whose first coming is before that of their predecessor."""
    last: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    wrong = []
    for one in messages:
        if one.event_id in seen:
            continue  # sent again after a kill: consumers know it
        seen.add(one.event_id)
        before = last.get((one.topic, one.subject), 0)
        last[one.topic, one.subject] = one.version
        if one.version != before + 1:
            wrong.append(one)
    return wrong
