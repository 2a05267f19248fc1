"""Files of pickups: NDJSON, a pickup a line; CSV, a unit a line and an order's lines together."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from typing import Any

from recycling.evidence import Field
from schemas.refusal import Refused, shown
from schemas.wall import read_json
from web.partner.pickup_route import AT_THE_DOOR, ORDER, UNIT_ID
from web.partner.problems import Fault, ProblemName, of_refusal, problem
from web.problems import Problem

NDJSON, CSV = "application/x-ndjson", "text/csv"
ENDINGS: Mapping[str, str] = {NDJSON: "ndjson", CSV: "csv"}
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_ROWS = 1_000
MAX_LINE_BYTES = 1024 * 1024
NO_UPLOAD = "0" * 64  # the SHA-256 of nothing that was uploaded: the desk then names the upload
OUTCOME = "outcome"
ORDER_ID = "takeback_order_id"
OF_ORDER: Mapping[str, Field] = {field.name: field for field in ORDER}
OF_UNIT: Mapping[str, Field] = {
    field.name: field for fields in AT_THE_DOOR.values() for field in (UNIT_ID, *fields)
}
COLUMNS = (*OF_ORDER, OUTCOME, *OF_UNIT)
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_WORDS: Mapping[str, bool] = {"true": True, "false": False}

Sha256Of = Callable[[str], str | None]
"""Tells the SHA-256 of an upload by its id, or None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One pickup of a file, by the number of its first line; or why there is none."""

    line: int
    value: Any = None
    problem: Problem | None = None


def rows_of(raw: bytes, media_type: str, sha256_of: Sha256Of = lambda _id: None) -> list[Row]:
    """Return every pickup of a file, in its sequence; none is skipped.

    Raises
    ------
    Problem
        413 ``batch-too-large`` for too many lines, 422 ``validation-failed`` for a file that has
        none, is no UTF-8, or has columns that are not known.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(f"byte {error.start + 1} is no UTF-8") from None
    found = list(_csv(text, sha256_of)) if media_type == CSV else list(_ndjson(text))
    if not found:
        raise _unreadable("the file has no row")
    return found


def _unreadable(detail: str, faults: Sequence[Fault] = ()) -> Problem:
    return problem(ProblemName.VALIDATION_FAILED, detail, faults=faults)


def _refuse_too_many(rows: int) -> None:
    if rows > MAX_ROWS:
        raise problem(
            ProblemName.BATCH_TOO_LARGE, f"the file has {rows} rows; at most {MAX_ROWS} are taken"
        )


def _ndjson(text: str) -> Iterator[Row]:
    lines = [(nth, line) for nth, line in enumerate(text.split("\n"), 1) if line.strip()]
    _refuse_too_many(len(lines))
    for nth, line in lines:
        try:
            yield Row(line=nth, value=read_json(line.encode(), max_bytes=MAX_LINE_BYTES))
        except Refused as no:
            yield Row(line=nth, problem=of_refusal(no))


# -- CSV -------------------------------------------------------------------------------------------

Line = tuple[int, Mapping[str, str]]


def _csv(text: str, sha256_of: Sha256Of) -> Iterator[Row]:
    lines = _lines(text)
    _refuse_too_many(len(lines))
    seen: set[str] = set()
    for order_id, group in groupby(lines, key=lambda one: one[1].get(ORDER_ID, "")):
        together = list(group)
        yield _row(order_id, together, sha256_of, again=order_id in seen)
        seen.add(order_id)


def _lines(text: str) -> list[Line]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        _refuse_columns(head)
        return [
            (reader.line_num, _cells(head, cells, reader.line_num)) for cells in reader if cells
        ]
    except csv.Error as error:
        raise _unreadable(f"line {reader.line_num} is no CSV: {error}") from None


def _refuse_columns(head: Sequence[str]) -> None:
    faults = [
        Fault(f"/{name}", shown(name), "is no column; see the columns of POST /v1/pickups:batch")
        for name in head
        if name not in COLUMNS
    ]
    faults += [
        Fault(f"/{name}", shown(name), "stands twice in the first line")
        for name in dict.fromkeys(head)
        if head.count(name) > 1
    ]
    faults += [
        Fault(f"/{name}", None, "is missing in the first line")
        for name in (ORDER_ID, UNIT_ID.name, OUTCOME)
        if name not in head
    ]
    if faults:
        raise _unreadable(f"column {faults[0].pointer[1:]} {faults[0].reason}", faults)


def _cells(head: Sequence[str], cells: Sequence[str], line: int) -> dict[str, str]:
    if len(cells) != len(head):
        raise _unreadable(f"line {line} has {len(cells)} cells, the first line {len(head)}")
    return {name: cell for name, cell in zip(head, cells, strict=True) if cell != ""}


def _row(order_id: str, lines: Sequence[Line], sha256_of: Sha256Of, *, again: bool) -> Row:
    first, whole = lines[0]
    if again:
        detail = f"the lines of {ORDER_ID} {shown(order_id)} do not stand together: line {first}"
        return Row(line=first, problem=_unreadable(detail))
    for line, cells in lines:
        for name in OF_ORDER:
            if cells.get(name) != whole.get(name):
                detail = f"{name} is {shown(cells.get(name))} in line {line}, not as in {first}"
                return Row(line=first, problem=_unreadable(detail))
    value = {name: _value(field, whole[name]) for name, field in OF_ORDER.items() if name in whole}
    value["units"] = [_unit(cells, sha256_of) for _, cells in lines]
    return Row(line=first, value=value)


def _unit(cells: Mapping[str, str], sha256_of: Sha256Of) -> dict[str, Any]:
    unit = {name: _value(field, cells[name]) for name, field in OF_UNIT.items() if name in cells}
    if OUTCOME in cells:
        unit[OUTCOME] = cells[OUTCOME]
    if "photos" in cells:
        unit["photos"] = [_photo(one, sha256_of) for one in cells["photos"].split(";")]
    return unit


def _photo(told: str, sha256_of: Sha256Of) -> dict[str, str]:
    """Return a photo written as ``view=upload_id``."""
    view, _, upload_id = told.strip().partition("=")
    return {"view": view, "upload_id": upload_id, "sha256": sha256_of(upload_id) or NO_UPLOAD}


def _value(field: Field, cell: str) -> Any:
    """Return a cell as JSON has it; what cannot be stays a text, and the reading says so."""
    kind = field.kind.schema.get("type")
    if kind == "integer" and _WHOLE.fullmatch(cell):
        return int(cell)
    if kind == "boolean":
        return _WORDS.get(cell, cell)
    if kind == "array":
        return [one.strip() for one in cell.split(";")]
    return cell
