"""A whole file judged: one verdict per line and target, and the events they cause."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.event import Event
from streams.history.legs import leg_verdict, legs_of
from streams.history.lines import SourceFile, read_lines
from streams.history.mapping import Mapping
from streams.history.orders import order_verdict
from streams.history.records import Record, records_of
from streams.history.report import Report, report_of
from streams.history.verdict import LineVerdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A file and what was decided about each of its lines, in the file's order."""

    file_id: str
    file: SourceFile
    mapping: Mapping
    verdicts: list[LineVerdict]

    def events(self) -> Iterator[Event]:
        """Return the events of the accepted lines, in the file's order."""
        return (verdict.event for verdict in self.verdicts if verdict.event is not None)

    def report(self) -> Report:
        """Return the sums of the verdicts."""
        return report_of(self.file_id, self.mapping, len(self.file.lines), self.verdicts)


def file_id(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal: the same bytes are the same file."""
    return hashlib.sha256(data).hexdigest()


def judge_file(data: bytes, mapping: Mapping, *, timezone: ZoneInfo) -> Judged:
    """Return the verdicts on every line of a file; for each target as many as there are lines.

    Parameters
    ----------
    data
        The bytes of the file, plain or gzip.
    mapping
        What its columns mean.
    timezone
        The company's zone: a day without a time is noon there.

    Raises
    ------
    FileRefused
        If the file cannot be read at all.
    MappingError
        If the mapping names a column that the file does not have.
    """
    file = read_lines(data, mapping.source)
    mapping.refuse_other_columns(file.columns)
    records = records_of(file, mapping.text)
    return Judged(file_id(data), file, mapping, [*_verdicts(records, mapping, timezone)])


def _verdicts(records: list[Record], mapping: Mapping, timezone: ZoneInfo) -> Iterator[LineVerdict]:
    targets = mapping.text.target
    rules = targets.transport_leg
    legs = None if rules is None else legs_of(records, mapping, rules, timezone=timezone)
    for record in records:
        if targets.order_route is not None:
            yield order_verdict(record, mapping, targets.order_route, timezone=timezone)
        if legs is not None:
            yield leg_verdict(legs, record)
