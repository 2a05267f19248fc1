"""What ``--check`` tells about a file and its mapping before a single event is sent."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from streams.history.evidence import (
    MAX_SHAPES,
    DateEvidence,
    LeadTime,
    date_evidence,
    lead_times,
    shape_of,
)
from streams.history.fields import Row, text_of
from streams.history.judge import Judged, judge_file
from streams.history.mapping import Mapping
from streams.history.places import PLACE_COLUMNS
from streams.history.report import Report
from streams.history.rules import ColumnRule

MAX_FIRST_LINES = 5
MAX_UNMAPPED = 50


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """One column: cells that say something, different texts, and the commonest shapes."""

    name: str
    filled: int
    distinct: int
    shapes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A file seen through a mapping; nothing was written."""

    report: Report
    columns: tuple[ColumnCheck, ...]
    unmapped: dict[str, dict[str, int]]
    dates: tuple[DateEvidence, ...]
    lead_times: tuple[LeadTime, ...]
    first_lines: dict[str, dict[str, tuple[int, ...]]]
    missing_places: dict[str, dict[str, int]]
    absent_places_files: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence per thing that a person should look at before importing."""
        return (*self._implausible(), *self._mixed(), *self._absent())

    def as_dict(self) -> dict[str, Any]:
        """Return the check as plain data."""
        sentences = {"warnings": self.warnings, "date_sentences": [d.sentence for d in self.dates]}
        return asdict(self) | sentences

    def _implausible(self) -> Iterator[str]:
        for found in self.lead_times:
            if not found.plausible:
                yield (
                    f"{found.id}: the median of {found.lines} lines written like "
                    f"{found.start_shape!r} is {found.median_days:g} days: "
                    f"are these dates what {found.read_as!r} says?"
                )

    def _mixed(self) -> Iterator[str]:
        formats: dict[str, list[str]] = defaultdict(list)
        for found in self.lead_times:
            formats[found.id].append(f"{found.lines} as {found.read_as}")
        for name, read_as in formats.items():
            if len(read_as) > 1:
                yield f"{name}: the start is written in more than one format: {', '.join(read_as)}"

    def _absent(self) -> Iterator[str]:
        yield from (f"{name}: no such places file yet" for name in self.absent_places_files)


def check(data: bytes, mapping: Mapping, *, timezone: ZoneInfo) -> Check:
    """Return what a mapping makes of a file.

    Raises
    ------
    FileRefused
        If the file cannot be read at all.
    MappingError
        If the mapping names a column that the file does not have.
    """
    judged = judge_file(data, mapping, timezone=timezone)
    columns = judged.file.columns
    rows = [dict(zip(columns, line.cells, strict=True)) for line in judged.file.lines if line.cells]
    return Check(
        report=judged.report(),
        columns=tuple(_column(name, rows, mapping.source.null_text) for name in columns),
        unmapped=_unmapped(mapping, rows),
        dates=tuple(_dates(columns, rows, mapping.source.null_text)),
        lead_times=lead_times(rows, mapping.text),
        first_lines=_first_lines(judged),
        missing_places=_missing_places(mapping, rows),
        absent_places_files=tuple(sorted(_places_files(mapping) - set(mapping.places))),
    )


def places_template(found: Check) -> bytes:
    """Return a places file with one row per missing place, its point left to be filled in."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PLACE_COLUMNS)
    for field, names in found.missing_places.items():
        kind = field.rpartition(".")[2]
        writer.writerows([kind, name, *[""] * (len(PLACE_COLUMNS) - 2)] for name in names)
    return text.getvalue().encode()


def _column(name: str, rows: Sequence[Row], null_text: tuple[str, ...]) -> ColumnCheck:
    filled = Counter(row[name] for row in rows if row[name] not in null_text)
    shapes = Counter[str]()
    for text, count in filled.items():
        shapes[shape_of(text)] += count
    return ColumnCheck(name, filled.total(), len(filled), tuple(shapes.most_common(MAX_SHAPES)))


def _dates(
    columns: tuple[str, ...], rows: Sequence[Row], null_text: tuple[str, ...]
) -> Iterator[DateEvidence]:
    for name in columns:
        found = date_evidence(name, (row[name] for row in rows if row[name] not in null_text))
        if found is not None:
            yield found


def _rules(mapping: Mapping) -> Iterator[tuple[str, ColumnRule]]:
    for name, target in mapping.text.target.given:
        yield from ((f"{name}.{field}", rule) for field, rule in target.rules)


def _unmapped(mapping: Mapping, rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for where, rule in _rules(mapping):
        if rule.values is None:
            continue
        stated = Counter(text_of(rule, row, mapping.source.null_text) for row in rows)
        others = {text: n for text, n in stated.most_common() if text and text not in rule.values}
        if others:
            found[where] = dict([*others.items()][:MAX_UNMAPPED])
    return found


def _missing_places(mapping: Mapping, rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for where, rule in _rules(mapping):
        if rule.places is None:
            continue
        known = mapping.places_of(rule)
        asked = [row for row in rows if rule.applies(row)]
        stated = Counter(text_of(rule, row, mapping.source.null_text) for row in asked)
        missing = {t: n for t, n in stated.most_common() if t and known.find(t) is None}
        if missing:
            found[where] = missing
    return found


def _first_lines(judged: Judged) -> dict[str, dict[str, tuple[int, ...]]]:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for verdict in judged.verdicts:
        for reason in verdict.reasons[:1]:
            lines = found[verdict.target][reason]
            if len(lines) < MAX_FIRST_LINES:
                lines.append(verdict.line_no)
    return {t: {str(r): tuple(n) for r, n in by.items()} for t, by in found.items()}


def _places_files(mapping: Mapping) -> set[str]:
    return {rule.places for _, rule in _rules(mapping) if rule.places is not None}
