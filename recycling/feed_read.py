"""A partner's file read as records; a line that cannot be one is kept with field and value."""

import codecs
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from recycling.feed import (
    DAY,
    ID,
    Feed,
    FeedLine,
    FeedLineStatus,
    FeedProblem,
    FeedRecord,
    FeedRefused,
)
from recycling.feed_version import KINDS, Version, columns, version_of
from schemas.refusal import Reason, Refused, shown

MAX_FEED_BYTES = 32 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024
MAX_LINES = 500_000
MAX_TOLD_PROBLEMS = 5
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What a file begins with that is no text of ours, and what to do about it.
NO_TEXT: Mapping[bytes, str] = {
    codecs.BOM_UTF16_LE: "is UTF-16: save it as CSV UTF-8",
    codecs.BOM_UTF16_BE: "is UTF-16: save it as CSV UTF-8",
    b"\x1f\x8b": "is compressed (gzip): unpack it first",
    b"PK\x03\x04": "is a workbook or an archive (zip): save it as CSV UTF-8",
}
OTHER_SEPARATORS: Mapping[str, str] = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True, slots=True)
class _Header:
    """The names of the house in the order of the file, and how many cells a line has."""

    version: Version
    names: tuple[str, ...]
    width: int


def read_feed(data: bytes) -> Feed:
    """Return the records of a snapshot by id, with what became of every line of it.

    Lines are physical lines: a quote that is not closed on its own line spoils that line alone. A
    record that stands there several times, the same each time, counts once; lines that say
    different things of one id are all rejected, since the order of lines means nothing.

    Raises
    ------
    FeedRefused
        If the file is empty, over a limit, no text, or has a header of no known version.
    """
    first, *rest = _cut(data)
    header = _header(first)
    judged = [_judged(number, raw, header) for number, raw in enumerate(rest, 2)]
    lines, records = _told_apart(judged)
    return Feed(version=header.version.id, records=records, lines=lines)


def _cut(data: bytes) -> list[bytes]:
    if len(data) > MAX_FEED_BYTES:
        raise FeedRefused(
            Reason.TOO_LARGE, f"the file has {len(data):,} bytes, at most {MAX_FEED_BYTES:,}"
        )
    for begins, sentence in NO_TEXT.items():
        if data.startswith(begins):
            raise FeedRefused(Reason.ENCODING, f"the file {sentence}")
    lines = data.removeprefix(codecs.BOM_UTF8).splitlines()
    if not lines:
        raise FeedRefused(Reason.SCHEMA, "the file is empty: not even a header")
    if len(lines) > MAX_LINES:
        raise FeedRefused(
            Reason.TOO_LARGE, f"the file has {len(lines):,} lines, at most {MAX_LINES:,} are read"
        )
    return lines


def _header(raw: bytes) -> _Header:
    try:
        cells = _cells(_text(raw))
    except Refused as no:
        raise FeedRefused(no.reason, f"line 1, the header: {no.detail}") from None
    if len(cells) == 1:
        _refuse_other_separator(cells[0])
    named = _without_unnamed_end(cells)
    version = version_of(named or [""])
    return _Header(version, tuple(version.names[name] for name in named), len(cells))


def _refuse_other_separator(header: str) -> None:
    for separator, said in OTHER_SEPARATORS.items():
        if separator in header:
            raise FeedRefused(
                Reason.SCHEMA,
                f"line 1 is separated by {said}, as some spreadsheets save it: commas are needed",
            )


def _without_unnamed_end(cells: Sequence[str]) -> list[str]:
    named = list(cells)
    while named and not named[-1]:
        named.pop()
    return named


def _text(raw: bytes) -> str:
    if len(raw) > MAX_LINE_BYTES:
        raise Refused(
            Reason.TOO_LARGE, f"it has {len(raw):,} bytes, at most {MAX_LINE_BYTES:,} are read"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = raw[error.start : error.end]
        raise Refused(Reason.ENCODING, f"byte {error.start} is not UTF-8: {wrong!r}") from None
    control = CONTROL.search(text)
    if control is not None:
        at = control.start()
        raise Refused(Reason.ENCODING, f"character {at} is a control character: {control[0]!r}")
    return text


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True), [""])
    except csv.Error as error:
        raise Refused(Reason.COLUMN_COUNT, f"its quotes are not closed: {error}") from None


def _judged(line_no: int, raw: bytes, header: _Header) -> tuple[FeedLine, FeedRecord | None]:
    kept = raw[:MAX_LINE_BYTES].decode("utf-8", "backslashreplace")
    found_id = _id_in(kept, header)
    try:
        cells = _cells(_text(raw))
        _refuse_ragged(cells, header)
    except Refused as no:
        problem = FeedProblem(no.reason, "the line", shown(kept), no.detail)
        return FeedLine(line_no, kept, found_id, FeedLineStatus.REJECTED, problem), None
    values, wrong = _read(cells, header)
    if wrong is not None:
        return FeedLine(line_no, kept, found_id, FeedLineStatus.REJECTED, wrong), None
    record = _record(values)
    return FeedLine(line_no, kept, record.record_id, FeedLineStatus.ACCEPTED), record


def _id_in(text: str, header: _Header) -> str | None:
    """Return the id of a line that may be spoilt elsewhere: its record is there, not gone."""
    try:
        found = _cells(CONTROL.sub("", text))[header.names.index(ID)]
    except (Refused, IndexError):
        found = text.split(",", 1)[0] if header.names[0] == ID else ""
    return found if KINDS["id"].pattern.fullmatch(found) else None


def _refuse_ragged(cells: Sequence[str], header: _Header) -> None:
    if len(cells) != header.width:
        raise Refused(
            Reason.COLUMN_COUNT, f"it has {len(cells)} cells, the header has {header.width}"
        )


def _read(
    cells: Sequence[str], header: _Header
) -> tuple[Mapping[str, str | None], FeedProblem | None]:
    values: dict[str, str | None] = {}
    problems: list[FeedProblem] = []
    for name, text in zip(header.names, _with_spill(cells, header), strict=True):
        try:
            values[name] = columns()[name].read(text)
        except Refused as no:
            problems.append(FeedProblem(no.reason, name, shown(text), no.detail))
    return values, _together(problems)


def _with_spill(cells: Sequence[str], header: _Header) -> list[str]:
    """Return a cell per name: what stands below no name goes on with the text before it.

    Version 0.1 ends with an unnamed column: a comma that nobody quoted spills into it.
    """
    count = len(header.names)
    spilt = _without_unnamed_end(cells[count:])
    return [*cells[: count - 1], ",".join((cells[count - 1], *spilt))]


def _together(problems: Sequence[FeedProblem]) -> FeedProblem | None:
    if not problems:
        return None
    told = "; ".join(problem.detail for problem in problems[:MAX_TOLD_PROBLEMS])
    return replace(problems[0], detail=told)


def _record(values: Mapping[str, str | None]) -> FeedRecord:
    rest = {name: value for name, value in values.items() if name not in (ID, DAY)}
    return FeedRecord(str(values[ID]), date.fromisoformat(str(values[DAY])), rest)


def _told_apart(
    judged: Iterable[tuple[FeedLine, FeedRecord | None]],
) -> tuple[tuple[FeedLine, ...], dict[str, FeedRecord]]:
    """Return the lines with repeated ids decided, and the records that are left."""
    told = list(judged)
    by_id: dict[str, list[FeedRecord]] = defaultdict(list)
    for _, record in told:
        if record is not None:
            by_id[record.record_id].append(record)
    contradicted = {key: found for key, found in by_id.items() if _differ(found)}
    records = {key: found[0] for key, found in by_id.items() if key not in contradicted}
    seen: set[str] = set()
    lines = []
    for line, record in told:
        lines.append(line if record is None else _decided(line, contradicted, seen))
        seen.update([] if record is None else [record.record_id])
    return tuple(lines), records


def _differ(found: Sequence[FeedRecord]) -> bool:
    return any(record != found[0] for record in found[1:])


def _decided(
    line: FeedLine, contradicted: Mapping[str, Sequence[FeedRecord]], seen: set[str]
) -> FeedLine:
    key = str(line.record_id)
    if key in contradicted:
        field, values = _first_difference(contradicted[key])
        said = " and ".join(shown(repr(value)) for value in values)
        problem = FeedProblem(
            Reason.KEY_DUPLICATE,
            field,
            said,
            f"lines of {key} contradict each other: {field} {said}",
        )
        return replace(line, status=FeedLineStatus.REJECTED, problem=problem)
    return replace(line, status=FeedLineStatus.DUPLICATE) if key in seen else line


def _first_difference(found: Sequence[FeedRecord]) -> tuple[str, list[str]]:
    """Return a column in which records of one id differ, with its values in order."""
    for name in (DAY, *sorted(found[0].cells)):
        values = {_value(record, name) for record in found}
        if len(values) > 1:
            return name, sorted(values)
    raise ValueError(f"the records of {found[0].record_id} are all the same")


def _value(record: FeedRecord, name: str) -> str:
    return record.event_on.isoformat() if name == DAY else (record.cells[name] or "")
