"""A report for machines: CSV and NDJSON, one row per element under a header with their hash.

The header is the first line; the body is everything after its line end, and the header names the
SHA-256 of exactly these bytes. Numbers are texts with all their digits.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

import msgspec

from emissions.coverage import Coverage, DataShares
from emissions.quality import MeanScores, Scores
from emissions.report_iso14083 import SCHEMA, Report
from emissions.report_sums import HubSum, Intensities, Sums, TransportSum, rounded
from emissions.sums import ratio
from emissions.tce_row import TceRow
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import DataClass

COLUMNS = (
    *(one.name for one in fields(TceRow) if one.name not in {"flags", "scores"}),
    "flags",
    *(f"score_{one.name}" for one in fields(Scores)),
)
BODY_SHA256 = "body_sha256"
# A spreadsheet would run a cell that begins so; an apostrophe in front keeps it a text.
RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")


def csv_of(report: Report) -> str:
    """Return the report as CSV: a line of names and values, the columns, a row per element."""
    body = csv_body(report)
    return csv_header(report, _sha256(body)) + body


def csv_header(report: Report, body_sha256: str) -> str:
    """Return the first line of the CSV, names and values."""
    told = _flat({"schema": SCHEMA, BODY_SHA256: body_sha256} | summary_of(report))
    return _csv_lines([[cell for pair in told for cell in pair]])


def csv_body(report: Report) -> str:
    """Return the columns and the rows, without the header."""
    return csv_columns() + "".join(map(csv_row, report.rows))


def csv_columns() -> str:
    """Return the line that names the columns: the body begins with it."""
    return _csv_lines([list(COLUMNS)])


def csv_row(row: TceRow) -> str:
    """Return the line of one element."""
    return _csv_lines([[_cell(value) for value in _values(row).values()]])


def csv_body_sha256(report: Report) -> str:
    """Return the hash that the header of the CSV names."""
    return _sha256(csv_body(report))


def ndjson_of(report: Report) -> str:
    """Return the report as NDJSON: an object of sums, then an object per element.

    Unknown is ``null``; what is a list of rows in the header has one object per row.
    """
    body = "".join(map(ndjson_row, report.rows))
    return ndjson_header(report, _sha256(body)) + body


def ndjson_header(report: Report, body_sha256: str) -> str:
    """Return the first line of the NDJSON: everything but the rows."""
    header = {"schema": SCHEMA, "row": "header", BODY_SHA256: body_sha256}
    return _json(header | summary_of(report))


def ndjson_row(row: TceRow) -> str:
    """Return the line of one element."""
    return _json({"schema": SCHEMA, "row": "tce"} | _values(row) | {"flags": row.flags})


def refuse_changed(text: str) -> None:
    """Pass over a CSV or NDJSON whose body is the one its header was made for.

    Raises
    ------
    Refused
        If a byte of the body differs, or there is no such header.
    """
    header, _, body = text.partition("\n")
    told, found = _told_sha256(header), _sha256(body)
    if told != found:
        raise Refused(Reason.SCHEMA, f"{BODY_SHA256} is {shown(told)}, the body gives {found}")


def summary_of(report: Report) -> dict[str, Any]:
    """Return all that the report says beyond its rows, as plain names, lists and Decimals."""
    about = report.about
    return {
        "organisation": about.organisation,
        "service": about.service,
        "from_on": about.from_on.isoformat(),
        "to_on": about.to_on.isoformat(),
        "chains": report.chains,
        **_sums(report.whole),
        "transport": [_transport(one) for one in report.transport],
        "by_mode": [_transport(one) for one in report.by_mode],
        "by_hub_operation": [_hub(one) for one in report.by_hub_operation],
        "by_energy": _listed("energy", report.by_energy),
        "by_month": [
            {"month": f"{month:%Y-%m}"} | _sums(sums) for month, sums in report.by_month.items()
        ],
        "factor_sets": [use._asdict() | _sums(sums) for use, sums in report.sets.items()],
        "by_gwp_set": _listed("gwp_set", report.by_gwp_set),
        "by_method_version": _listed("method_version", report.by_method_version),
        "by_flag": _listed("flag", report.by_flag),
        "data_quality": quality_document(report.scores),
        **data_document(report.data),
        "coverage": _coverage(report),
        "not_justified": list(report.not_justified),
        "deviations": list(report.deviations),
        "sample_seed": about.seed,
        "sample": [
            {"tce_id": row.tce_id, "inputs_sha256": row.inputs_sha256, "evidence": row.evidence}
            for row in report.sample
        ],
    }


def _values(row: TceRow) -> dict[str, Any]:
    """The cells of a row in the sequence of ``COLUMNS``."""
    plain = {name: getattr(row, name) for name in COLUMNS if hasattr(row, name)}
    scores = {f"score_{one.name}": getattr(row.scores, one.name) for one in fields(Scores)}
    return plain | {"flags": " ".join(row.flags)} | scores


def _sums(sums: Sums) -> dict[str, Any]:
    return sums._asdict()


def _per(intensities: Intensities, unit: str) -> dict[str, Any]:
    return {f"{name}_per_{unit}": value for name, value in intensities._asdict().items()}


def _transport(one: TransportSum) -> dict[str, Any]:
    named = {} if one.mode is None else {"mode": one.mode}
    return (
        named
        | {"distance_kind": one.distance_kind, "transport_tkm": one.transport_tkm}
        | _sums(one.sums)
        | _per(one.per_tkm, "tkm")
    )


def _hub(one: HubSum) -> dict[str, Any]:
    named = {"hub_operation": one.hub_operation, "outbound_t": one.outbound_t}
    return named | _sums(one.sums) | _per(one.per_t, "t")


def _listed(name: str, groups: Mapping[str, Sums]) -> list[dict[str, Any]]:
    return [{name: key or None} | _sums(sums) for key, sums in groups.items()]


def quality_document(scores: MeanScores | None) -> dict[str, Any] | None:
    """Return the mean scores at six decimals, ``None`` where nothing was scored."""
    if scores is None:
        return None
    return {one.name: rounded(getattr(scores, one.name)) for one in fields(MeanScores)}


def data_document(data: DataShares) -> dict[str, Any]:
    """Return the share of each class of data, by kilograms and by activity."""
    return {
        f"{one}_{unit}_share": rounded(share(one))
        for one in DataClass
        for unit, share in (("kg", data.kg_share), ("tkm", data.tkm_share))
    }


def _coverage(report: Report) -> dict[str, Any] | None:
    known = report.coverage
    return None if known is None else coverage_document(known)


def coverage_document(known: Coverage) -> dict[str, Any]:
    """Return what has a number and what has none, as plain names, lists and Decimals."""
    listed = {"gaps", "undated"}
    plain = {one.name: getattr(known, one.name) for one in fields(known) if one.name not in listed}
    shares = {name: rounded(value) for name, value in plain.items() if name.endswith("_share")}
    gaps = [
        {"reason": reason, "records": gap.records, "shipments": gap.shipments}
        | {"mass_kg": gap.mass_kg, "mass_share": _of_all(gap.mass_kg, known.mass_kg)}
        for reason, gap in known.gaps.items()
    ]
    undated = [{"reason": reason, "records": count} for reason, count in known.undated.items()]
    return plain | shares | {"gaps": gaps, "undated": undated}


def _of_all(part: Decimal | None, whole: Decimal) -> Decimal | None:
    return None if part is None else rounded(ratio(part, whole))


def _flat(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of one line: a list counts its rows, ``by_mode.0.mode``."""
    pairs: list[tuple[str, str]] = []
    for name, value in told.items():
        if isinstance(value, list):
            named = {f"{name}.{n}": one for n, one in enumerate(value)}
            pairs.extend(_flat(named))
        elif isinstance(value, Mapping):
            pairs.extend(_flat({f"{name}.{key}": one for key, one in value.items()}))
        else:
            pairs.append((name, " ".join(_cell(value).splitlines())))  # the header is one line
    return pairs


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    return f"'{text}" if text.startswith(RUNS_IN_A_SPREADSHEET) else text


def _csv_lines(rows: Iterable[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _json(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(_plain(value)).decode() + "\n"


def _plain(value: Any) -> Any:
    """Decimals as texts without an exponent, at any depth."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _told_sha256(header: str) -> str:
    if header.startswith("{"):
        try:
            return str(msgspec.json.decode(header).get(BODY_SHA256))
        except msgspec.DecodeError as error:
            raise Refused(Reason.BAD_JSON, f"the header is no JSON: {error}") from None
    cells = next(csv.reader([header]), [])
    told = dict(zip(cells[::2], cells[1::2], strict=False))
    return str(told.get(BODY_SHA256))
