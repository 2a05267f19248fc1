"""A CSV or TSV file cut into lines as the mapping states it; a bad line is kept with its reason."""

import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.refusal import Reason
from streams.history.errors import FileRefused
from streams.history.mapping import Source

MAX_FILE_BYTES = 2 * 1024**3
MAX_LINES = 10_000_000
MAX_LINE_BYTES = 64 * 1024
MAX_GZIP_RATIO = 100
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
GZIP_PIECE_BYTES = 1024**2

LINE_ENDS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n"}
DELIMITERS = {"csv": ",", "tsv": "\t"}
LINE_NO_COLUMN = "_line_no"
REASONS_COLUMN = "_reasons"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number (the header is 1), its bytes, its cells or its reason."""

    line_no: int
    raw: bytes
    raw_line: str
    cells: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as read: its header and every line below it."""

    header: bytes
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def read_lines(data: bytes, source: Source) -> SourceFile:
    """Return header and lines of ``data``; a line that cannot be read carries its reason.

    Lines are physical lines: a quote that is not closed on its own line spoils that line alone.
    A file of rejects (its last two columns are ``_line_no`` and ``_reasons``) keeps the numbers
    of the file it came from.

    Raises
    ------
    FileRefused
        If the file is empty, over a limit, or its header cannot be read.
    """
    header, *rest = _cut(_unpacked(data), LINE_ENDS[source.line_end])
    first = _parsed(1, header, source, width=None)
    if first.reason is not None:
        hint = f"is the line end {source.line_end!r} and the encoding {source.encoding!r} right?"
        raise FileRefused(f"line 1, the header, cannot be read ({first.reason}): {hint}")
    returned = first.cells[-2:] == (LINE_NO_COLUMN, REASONS_COLUMN)
    columns = first.cells[:-2] if returned else first.cells
    _refuse_doubled(columns)
    numbered = _renumbered(rest, source) if returned else enumerate(rest, 2)
    lines = tuple(_parsed(number, raw, source, width=len(columns)) for number, raw in numbered)
    return SourceFile(header=header, columns=columns, lines=lines)


def _unpacked(data: bytes) -> bytes:
    plain = _gunzipped(data) if data.startswith(GZIP_MAGIC) else data
    if len(plain) > MAX_FILE_BYTES:
        raise FileRefused(f"the file has {len(plain)} bytes, at most {MAX_FILE_BYTES} are read")
    if not plain:
        raise FileRefused("the file is empty: not even a header")
    return plain


def _gunzipped(data: bytes) -> bytes:
    limit = min(MAX_FILE_BYTES, len(data) * MAX_GZIP_RATIO)
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        plain = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise FileRefused(f"the gzip file is broken: {error}") from None
    if len(plain) > limit:
        raise FileRefused(f"the gzip file unpacks to more than {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise FileRefused("the gzip file is cut short or has something behind its end")
    return plain


def _cut(data: bytes, line_end: bytes) -> list[bytes]:
    count = data.count(line_end)
    if count > MAX_LINES:
        raise FileRefused(f"the file has {count} lines, at most {MAX_LINES} are read")
    raw = data.split(line_end)
    if not raw[-1]:
        raw.pop()  # the last line ended like the others: nothing follows it
    return raw


def _refuse_doubled(columns: tuple[str, ...]) -> None:
    for name in columns:
        if columns.count(name) > 1:
            raise FileRefused(f"line 1, the header, names column {name!r} twice")


def _renumbered(rest: list[bytes], source: Source) -> Iterator[tuple[int, bytes]]:
    delimiter = DELIMITERS[source.format].encode()
    for position, raw in enumerate(rest, 2):
        line, *added = raw.rsplit(delimiter, 2)
        number = added[0] if len(added) == 2 else b""
        yield (int(number), line) if number.isdigit() else (position, raw)


def _parsed(line_no: int, raw: bytes, source: Source, *, width: int | None) -> Line:
    shown = raw.decode(source.encoding, "backslashreplace")

    def bad(reason: Reason) -> Line:
        return Line(line_no, raw, shown, reason=reason)

    if len(raw) > MAX_LINE_BYTES:
        return bad(Reason.TOO_LARGE)
    try:
        text = raw.decode(source.encoding)
        cells = _cells(text, DELIMITERS[source.format])
    except UnicodeDecodeError:
        return bad(Reason.ENCODING)
    except csv.Error:
        return bad(Reason.COLUMN_COUNT)
    if CONTROL.search(text):
        return bad(Reason.ENCODING)
    if width is not None and len(cells) != width:
        return bad(Reason.COLUMN_COUNT)
    return Line(line_no, raw, text, cells=cells)


def _cells(text: str, delimiter: str) -> tuple[str, ...]:
    if '"' not in text:
        return tuple(text.split(delimiter))
    return tuple(next(csv.reader([text], delimiter=delimiter, strict=True)))
