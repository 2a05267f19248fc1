"""Outgoing messages as rows: written by the ledger's writer, read beside it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ledger.canonical import stamp
from ledger.chain import EVENT_COLUMNS
from ledger.contract import MAX_PAGE
from ledger.outgoing import Message
from ledger.reading import Reads
from ledger.records import Page, StoredEvent
from ledger.rows import event_of
from ledger.statements import Statements

MAX_FORGOTTEN = 5_000
WITHIN_S = 60.0
_COLUMNS = (
    "tenant", "delivery_id", "endpoint_id", "event_id", "event_type", "body", "state", "attempts",
    "next_at", "last_status", "last_error", "created_at", "updated_at",
)  # fmt: skip
_READ = ", ".join((*_COLUMNS, "seq"))
_PUT = (
    f"insert into webhook_delivery ({', '.join(_COLUMNS)}) "
    f"values ({', '.join('?' for _ in _COLUMNS)}) on conflict do nothing"
)
_SETTLE = (
    "update webhook_delivery set state = ?, attempts = ?, next_at = ?, last_status = ?, "
    "last_error = ?, updated_at = ? where delivery_id = ?"
)
_DUE = (
    f"select {_READ} from (select *, row_number() over (partition by endpoint_id order by seq) "
    "as nth from webhook_delivery where state = 'waiting' and next_at <= ?) as ranked "
    "where nth <= ? order by next_at, seq limit ?"
)


Result = TypeVar("Result")


class Writes(Protocol):
    """Who runs what writes, each in a transaction."""

    def put(self, work: Callable[[Any], Result]) -> "Future[Result]":
        """Queue ``work``; the future is done once what it wrote is committed."""


class StoredOutgoing:
    """A ``ledger.outgoing.Outgoing``."""

    def __init__(self, reads: Reads, writer: Writes) -> None:
        """Keep who reads and who writes."""
        self._reads, self._writer = reads, writer

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._reads.reading() as db:
            return db.execute(sql, values).fetchall()

    def cursor(self) -> int:
        """Return the ``seq`` up to which events were looked at."""
        return int(self._rows("select seq from webhook_cursor")[0][0])

    def events_after(self, seq: int, *, limit: int = MAX_PAGE) -> tuple[StoredEvent, ...]:
        """Return the next events of any tenant, in the sequence of their commit."""
        with self._reads.reading() as db:
            until = db.visible_until()  # first: the rows are looked at after it
            rows = db.execute(
                f"select {', '.join(EVENT_COLUMNS)} from event where seq > ? and seq <= ? "
                "order by seq limit ?",
                [seq, until, limit],
            ).fetchall()
        return tuple(map(event_of, rows))

    def saw(self, event: StoredEvent, partner_id: str) -> bool:
        """Return whether a partner saw the aggregate of ``event`` when it happened."""
        rows = self._rows(
            "select 1 from aggregate_party where kind = ? and id = ? and partner_id = ? "
            "and from_seq <= ? and (to_seq is null or to_seq >= ?)",
            [event.kind, event.aggregate_id, partner_id, event.seq, event.seq],
        )
        return bool(rows)

    def waiting(self, endpoint_id: str | None = None) -> int:
        """Return how many messages wait, for one endpoint or for all."""
        sql, values = "select count(*) from webhook_delivery where state = 'waiting'", []
        if endpoint_id is not None:
            sql, values = f"{sql} and endpoint_id = ?", [endpoint_id]
        return int(self._rows(sql, values)[0][0])

    def due(self, *, now: datetime, of_one: int, limit: int) -> tuple[Message, ...]:
        """Return messages to send now, the longest due first, at most ``of_one`` an endpoint."""
        return tuple(map(_message, self._rows(_DUE, [stamp(now), of_one, limit])))

    def put(self, messages: Sequence[Message], *, until_seq: int) -> None:
        """Keep messages, each event once an endpoint, and move the cursor with them."""
        rows = [[_cell(getattr(one, name)) for name in _COLUMNS] for one in messages]

        def write(db: Statements) -> None:
            for row in rows:
                db.execute(_PUT, row)
            db.execute("update webhook_cursor set seq = ? where seq < ?", [until_seq, until_seq])

        self._writer.put(write).result(WITHIN_S)

    def settle(self, message: Message) -> None:
        """Keep how a message stands."""
        values = [
            message.state, message.attempts, _cell(message.next_at), message.last_status,
            message.last_error, stamp(message.updated_at), message.delivery_id,
        ]  # fmt: skip
        self._writer.put(lambda db: _ran(db, _SETTLE, values)).result(WITHIN_S)

    def give_up(self, endpoint_id: str, *, why: str, now: datetime) -> int:
        """Fail every message that waits for an endpoint; return how many those were."""
        sql = (
            "update webhook_delivery set state = 'failed', next_at = null, last_error = ?, "
            "updated_at = ? where endpoint_id = ? and state = 'waiting'"
        )
        values = [why, stamp(now), endpoint_id]
        return self._writer.put(lambda db: _ran(db, sql, values)).result(WITHIN_S)

    def get(self, tenant: str, delivery_id: str) -> Message | None:
        """Return a message, or None where the tenant has none."""
        rows = self._rows(
            f"select {_READ} from webhook_delivery where delivery_id = ? and tenant = ?",
            [delivery_id, tenant],
        )
        return _message(rows[0]) if rows else None

    def of_endpoint(
        self, tenant: str, endpoint_id: str, *, after_seq: int = 0, limit: int = MAX_PAGE
    ) -> Page[Message]:
        """Return messages of an endpoint, in the sequence of their events."""
        rows = self._rows(
            f"select {_READ} from webhook_delivery where tenant = ? and endpoint_id = ? "
            "and seq > ? order by seq limit ?",
            [tenant, endpoint_id, after_seq, limit + 1],
        )
        found = tuple(map(_message, rows[:limit]))
        return Page(found, found[-1].seq if len(rows) > limit else None)

    def forget(self, *, before: datetime) -> int:
        """Take away up to ``MAX_FORGOTTEN`` that ended before; return how many those were."""
        sql = (
            "delete from webhook_delivery where seq in (select seq from webhook_delivery "
            "where state <> 'waiting' and updated_at < ? limit ?)"
        )
        values = [stamp(before), MAX_FORGOTTEN]
        return self._writer.put(lambda db: _ran(db, sql, values)).result(WITHIN_S)


def _ran(db: Statements, sql: str, values: Sequence[Any]) -> int:
    return db.execute(sql, values).rowcount


def _cell(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value


def _message(row: Sequence[Any]) -> Message:
    told = dict(zip((*_COLUMNS, "seq"), row, strict=True))
    for name in ("next_at", "created_at", "updated_at"):
        told[name] = None if told[name] is None else datetime.fromisoformat(told[name])
    return Message(**told)
