"""The rejected lines in the file's own dialect, with their numbers and reasons, to be mended."""

from streams.history.judge import Judged
from streams.history.lines import DELIMITERS, LINE_ENDS, LINE_NO_COLUMN, REASONS_COLUMN, Line
from streams.history.verdict import Status

REASON_JOIN = " "


def rejects_of(judged: Judged, *, target: str | None = None) -> bytes:
    """Return header and rejected lines of a file, byte for byte, with two columns more.

    ``_line_no`` is the line's number in the first file, ``_reasons`` holds every reason. A line
    that several targets rejected stands once. Mended, the file goes in again as it is: the two
    columns are known, and the lines keep their old numbers.

    Parameters
    ----------
    judged
        The judged file.
    target
        Only the lines that this target rejected; all targets where it is not given.
    """
    source = judged.mapping.source
    delimiter, end = DELIMITERS[source.format].encode(), LINE_ENDS[source.line_end]
    reasons = _reasons_by_line(judged, target)
    rejected = [line for line in judged.file.lines if line.line_no in reasons]
    header = delimiter.join(
        (_plain_header(judged, delimiter), LINE_NO_COLUMN.encode(), REASONS_COLUMN.encode())
    )
    rows = [_row(line, delimiter, reasons[line.line_no]) for line in rejected]
    return end.join((header, *rows, b""))


def _plain_header(judged: Judged, delimiter: bytes) -> bytes:
    added = delimiter + LINE_NO_COLUMN.encode() + delimiter + REASONS_COLUMN.encode()
    return judged.file.header.removesuffix(added)


def _reasons_by_line(judged: Judged, target: str | None) -> dict[int, dict[str, None]]:
    found: dict[int, dict[str, None]] = {}
    for verdict in judged.verdicts:
        if verdict.status is Status.REJECTED and target in (None, verdict.target):
            found.setdefault(verdict.line_no, {}).update(dict.fromkeys(verdict.reasons))
    return found


def _row(line: Line, delimiter: bytes, reasons: dict[str, None]) -> bytes:
    return delimiter.join(
        (line.raw, str(line.line_no).encode(), REASON_JOIN.join(reasons).encode())
    )
