"""A file's lines as records: keyed, flagged, and judged for what all targets share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.refusal import Reason, Refused
from streams.history.fields import Row, number_in, parsed_day, text_of
from streams.history.lines import Line, SourceFile
from streams.history.mapping import MappingText, Plausible

KEY_JOIN = "|"
EMPTY_ROW: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Record:
    """A line with its cells by column; ``duplicate`` repeats an earlier line letter by letter."""

    line: Line
    row: Row
    key: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    duplicate: bool = False
    problem: Refused | None = None

    @property
    def shown_key(self) -> str:
        """The key as one text."""
        return KEY_JOIN.join(self.key)


def records_of(file: SourceFile, text: MappingText) -> list[Record]:
    """Return one record per line of the file, in its order."""
    first: dict[tuple[str, ...], Line] = {}
    return [_record(line, file.columns, text, first) for line in file.lines]


def _record(
    line: Line, columns: tuple[str, ...], text: MappingText, first: dict[tuple[str, ...], Line]
) -> Record:
    if line.reason is not None:
        return Record(line, EMPTY_ROW, problem=Refused(line.reason, _unread(line.reason)))
    row = dict(zip(columns, line.cells, strict=True))
    key = tuple(row[column] for column in text.source.key)
    if any(part in text.source.null_text for part in key):
        return Record(line, row, key, problem=Refused(Reason.SCHEMA, "the key is empty"))
    flags = (*line_flags(row, text),)
    earlier = first.setdefault(key, line)
    if earlier is line:
        return Record(line, row, key, flags)
    if earlier.cells == line.cells:
        return Record(line, row, key, flags, duplicate=True)
    differs = Refused(
        Reason.KEY_DUPLICATE,
        f"key {KEY_JOIN.join(key)!r} stands on line {earlier.line_no} with other content",
    )
    return Record(line, row, key, flags, problem=differs)


def _unread(reason: Reason) -> str:
    return {
        Reason.ENCODING: "the line does not decode, or holds a control character",
        Reason.TOO_LARGE: "the line is longer than a line may be",
    }.get(reason, "the line does not have the columns of the header, or leaves a quote open")


def line_flags(row: Row, text: MappingText) -> Iterator[str]:
    """Yield what is odd about a line without spoiling it, in the order of the mapping."""
    for flag in text.flag:
        if number_in(row[flag.column]) is None and row[flag.column] not in text.source.null_text:
            yield flag.id
    for rule in text.plausible:
        days = days_between(rule, row, text.source.null_text)
        if days is not None and not rule.minimum_days <= days <= rule.maximum_days:
            yield rule.id


def days_between(rule: Plausible, row: Row, null_text: tuple[str, ...]) -> int | None:
    """Return the days from start to end, or None where one of them is not stated readably."""
    ends = []
    for side in (rule.start, rule.end):
        stated = text_of(side, row, null_text)
        ends.append(None if stated is None else parsed_day(stated, side.date or ""))
    start, end = ends
    return None if start is None or end is None else (end - start).days
