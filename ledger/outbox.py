"""What others are to be told: outbox rows as CloudEvents 1.0 in Kafka's binary mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.statements import Row, Statements
from ledger.store import open_for_reading

_WAITING = (
    "select o.seq, o.topic, o.key, coalesce(o.value, e.payload), e.event_id, e.tenant, e.kind, "
    "e.type, e.major, e.aggregate_id, e.occurred_at, e.recorded_at, e.version, e.classifier, "
    "e.causation_id, "
    "e.correlation_id, e.traceparent from outbox o join event e on e.seq = o.seq "
    "where o.seq > ? and o.seq <= ? order by o.seq limit ?"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One event on its way to a topic."""

    seq: int
    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, str]


class OutboxReader:
    """Reads the outbox of a ledger that another process writes."""

    def __init__(self, path: Path) -> None:
        """Open the ledger read-only.

        Raises
        ------
        ledger.refusals.LedgerMissing
            If there is none.
        """
        self._db = open_for_reading(path)

    def after(self, seq: int, limit: int) -> list[Message]:
        """Return up to ``limit`` messages behind ``seq``, in the sequence of their commits."""
        return messages(self._db, seq, limit)

    def first_seq(self) -> int:
        """Return the first ``seq`` that was not pruned, 0 where there is none."""
        return first_kept(self._db)

    def last_seq(self) -> int:
        """Return the ``seq`` of the last message, 0 where there is none."""
        return int(self._db.execute("select coalesce(max(seq), 0) from outbox").fetchone()[0])

    def counts(self) -> Mapping[str, int]:
        """Return how many messages there are for each topic."""
        rows = self._db.execute("select topic, count(*) from outbox group by topic order by topic")
        return {str(topic): int(count) for topic, count in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def messages(db: Statements, seq: int, limit: int) -> list[Message]:
    """Return up to ``limit`` messages behind ``seq``, none before which another may appear."""
    until = db.visible_until()  # first: the rows are looked at after it
    return [_message(row) for row in db.execute(_WAITING, [seq, until, limit])]


def first_kept(db: Statements) -> int:
    """Return the first ``seq`` that was not pruned, 0 where there is none."""
    return int(db.execute("select coalesce(min(seq), 0) from outbox").fetchone()[0])


def _message(row: Row) -> Message:
    (
        seq, topic, key, payload, event_id, tenant, kind, type_, major, aggregate_id, occurred_at,
        recorded_at, version, classifier, causation_id, correlation_id, traceparent,
    ) = row  # fmt: skip
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": f"/tenants/{tenant}/ledger",
        "ce_type": f"loopline.{kind}.{type_}.v{major}",
        "ce_subject": aggregate_id,
        "ce_time": occurred_at,
        "ce_dataschema": f"urn:loopline:schema:{topic}",
        "content-type": "application/json",
        "ce_partitionkey": key,
        "ce_tenant": tenant,
        "ce_recordedtime": recorded_at,
        "ce_sequence": version,
        "ce_classifier": classifier,
        # An attribute without a value is left out: CloudEvents knows no empty ones.
        "ce_causationid": causation_id,
        "ce_correlationid": correlation_id,
        "ce_traceparent": traceparent,
        "traceparent": traceparent,  # where tracing looks for it
    }
    told = {name: str(value) for name, value in headers.items() if value != ""}
    return Message(int(str(seq)), str(topic), str(key).encode(), str(payload).encode(), told)
