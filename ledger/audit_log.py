"""The audit log: every event of the ledger as a line of JSON, and its check without the ledger."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ledger.chain import EVENT_COLUMNS, Link
from ledger.records import Break
from ledger.statements import Statements
from schemas.refusal import shown

MAX_LINE_BYTES = 16 * 1024 * 1024  # an event with three bodies of one MiB, escaped
MAX_BREAKS = 1_000
_COUNTS = frozenset({"seq", "version", "major"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class NoAuditLog(ValueError):
    """A line that is no event of the ledger; the message names line and field."""


@dataclass(frozen=True, slots=True)
class LogChecked:
    """What a walk through an audit log found.

    ``head_sha256`` stands for all of it, the end too: two logs of one ledger have the same, and an
    event more, less or other gives another.
    """

    aggregates: int
    events: int
    head_sha256: str
    breaks: tuple[Break, ...]


def audit_lines(db: Statements) -> Iterator[str]:
    """Yield each event of the ledger as a line, in the sequence of their numbers.

    It ends below the oldest open transaction. Where numbers have gaps, the places in the log are
    told instead, so that a line that is missing is missed.
    """
    until = db.visible_until()  # first: the rows are looked at after it
    with db.at_one_instant():
        rows = db.stream(
            f"select {', '.join(EVENT_COLUMNS)} from event where seq <= {until} order by seq"
        )
        for place, row in enumerate(rows, start=1):
            # The columns as they are stored: the hash is one of exactly these texts.
            told = dict(zip(EVENT_COLUMNS, row, strict=True))
            yield _encode(told if db.gapless else told | {"seq": place}) + "\n"


def is_audit_line(line: bytes) -> bool:
    """Return whether ``line`` looks like one of an audit log, be it true or false."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and {"prev_hash", "hash"} <= told.keys()


def check_lines(lines: Iterable[bytes]) -> LogChecked:
    """Return every place where the events of a log contradict each other or one is missing.

    Whoever rewrites the whole chain of an aggregate contradicts nothing: compare ``head_sha256``
    with the one that was noted when the log was written.

    Raises
    ------
    NoAuditLog
        If a line is no event.
    """
    chains: dict[tuple[str, str], Link] = {}
    breaks: list[Break] = []
    events, head, is_gapless = 0, b"", True
    for number, line in enumerate(lines, start=1):
        row = _row_of(number, line)
        told = dict(zip(EVENT_COLUMNS, row, strict=True))
        events = number
        if told["seq"] != number and is_gapless:
            is_gapless = False  # each number after it is another one too
            breaks.append(Break("event", str(number), 0, "an event is missing"))
        chain = chains.setdefault((told["kind"], told["aggregate_id"]), Link())
        broken = chain.follow(row)
        if broken is not None and len(breaks) < MAX_BREAKS:
            breaks.append(broken)
        head = sha256(head + told["hash"].encode()).digest()
    return LogChecked(len(chains), events, head.hex(), tuple(breaks))


def _row_of(number: int, line: bytes) -> tuple[Any, ...]:
    if len(line) > MAX_LINE_BYTES:
        raise NoAuditLog(f"line {number} has more than {MAX_LINE_BYTES} bytes")
    try:
        told = json.loads(line.decode())
        _encode(told).encode()  # half a surrogate pair could not have been hashed
    except (ValueError, RecursionError):
        raise NoAuditLog(f"line {number} is no JSON of UTF-8") from None
    if not isinstance(told, dict) or tuple(sorted(told)) != tuple(sorted(EVENT_COLUMNS)):
        raise NoAuditLog(
            f"line {number} is no event: its fields must be {', '.join(EVENT_COLUMNS)}"
        )
    for name, value in told.items():
        if type(value) is not (int if name in _COUNTS else str):
            raise NoAuditLog(f"line {number}: {name} is {shown(value)}")
    return tuple(told[name] for name in EVENT_COLUMNS)
