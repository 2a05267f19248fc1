"""Factors, sets, findings and changes as documents for programs and as lines for people."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from emissions.brought import Record
from emissions.defect import Defect
from emissions.factor import Factor, FactorSet
from emissions.finding import Comparison, Word
from emissions.set_diff import Change, SetDiff
from loopline.tables import table

PERCENT = 100
CHANGE_COLUMNS = ("factor", "column", "before", "after", "change")
LABEL_WIDTH = 14
GAS_LINES = (
    ("co2_kg", "CO2", "CO2"),
    ("ch4_kgco2e", "CH4", "CO2e"),
    ("n2o_kgco2e", "N2O", "CO2e"),
    ("biogenic_co2_kg", "biogenic", "CO2"),
)
# What holds for every row says nothing about one of them.
SELF_EVIDENT = frozenset({Word.DUPLICATE_KEY, Word.CELL_MISSING})


def text_of(value: object) -> str | None:
    """Return a value as the text it was published as; digits are never turned into floats."""
    if value is None:
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def set_document(one: FactorSet, state: str, record: Record | None) -> dict[str, Any]:
    """Return a set's manifest, hash, state, and who imported and approved it."""
    manifest = {field.name: getattr(one.manifest, field.name) for field in fields(one.manifest)}
    approval = record.approval if record else None
    return {
        **manifest,
        "conversions": dict(one.manifest.conversions),
        "sha256": one.sha256,
        "rows": len(one.factors),
        "state": state,
        "imported_by": record.imported_by if record else None,
        "imported_at": record.imported_at if record else None,
        "approved_by": approval.approved_by if approval else None,
        "approved_at": approval.approved_at if approval else None,
        "kept_out": list(approval.kept_out) if approval else [],
        "accepted": list(approval.accepted) if approval else [],
        "reason": approval.reason if approval else None,
    }


def sets_table(documents: Sequence[dict[str, Any]], *, width: int) -> list[str]:
    """Return one line per set."""
    columns = ("set", "state", "version", "valid", "gwp", "rows", "licence", "publisher")
    rows = [
        (
            one["set_id"],
            one["state"],
            one["version"],
            f"{one['valid_from'].year}-{one['valid_to'].year if one['valid_to'] else ''}",
            one["gwp_set"],
            one["rows"],
            one["licence_spdx"],
            one["publisher"],
        )
        for one in documents
    ]
    return table(columns, rows, width=width, whole=4)


def factor_document(
    factor: Factor, state: str, comparisons: Iterable[Comparison], *, is_kept_out: bool = False
) -> dict[str, Any]:
    """Return all that is known of one factor, figures as texts."""
    skipped = {"manifest"}
    known = {
        field.name: getattr(factor, field.name)
        for field in fields(factor)
        if field.name not in skipped
    }
    return {
        **{name: text_of(v) if isinstance(v, Decimal) else v for name, v in known.items()},
        "publisher": factor.manifest.publisher,
        "title": factor.manifest.title,
        "version": factor.manifest.version,
        "published_in": factor.manifest.year,
        "licence": factor.licence,
        "licence_url": factor.manifest.licence_url,
        "attribution": factor.manifest.attribution,
        "gwp_set": factor.gwp_set,
        "verification": factor.manifest.verification,
        "set_state": state,
        "is_kept_out": is_kept_out,
        "missing_part": factor.missing_part,
        "recomputed": [
            comparison_document(one)
            for one in comparisons
            if not (one.holds and one.check in SELF_EVIDENT)
        ],
    }


def factor_lines(document: dict[str, Any], *, width: int) -> Iterator[str]:
    """Yield a factor as a person reads it: figures, source, validity, what the sums said."""
    yield f"{document['factor_id']}  ({document['set_id']}, {document['set_state']})"
    for label, value in (*_figures(document), *_source(document)):
        indent = " " * (LABEL_WIDTH + 2)
        yield from textwrap.wrap(
            f"  {label:{LABEL_WIDTH}}{value}",
            max(width, 40),
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
    yield "re-computed:" if document["recomputed"] else "nothing of it can be re-computed"
    yield from _recomputed(document["recomputed"], width=width)


def _figures(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    unit = document["per_unit"]
    for name in ("ttw", "wtt", "wtw"):
        figure = document[f"{name}_kgco2e"]
        said = "not published" if figure is None else f"{figure} kg CO2e per {unit}"
        yield name.upper(), said
    for column, label, what in GAS_LINES:
        if document[column] is not None:
            yield label, f"{document[column]} kg {what} per {unit}"
    if document["is_kept_out"]:
        yield "kept out", "it has an error that nobody accepted: no result rests on it"
    if document["missing_part"]:
        yield "incomplete", f"no {document['missing_part']}: no result rests on it alone"


def _source(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    quality = f"{document['dq'] or '-'} (1 best, 5 worst); {document['verification']} copy"
    basis = f"{document['basis'] or '-'}; distance {document['distance_basis'] or '-'}"
    yield "what", _words(document)
    yield "source", f"{document['publisher']}: {document['title']}, {document['version']}"
    yield "year", str(document["year"] or document["published_in"])
    yield from (("cell", cell) for cell in document["cells"].split(";"))
    yield "licence", f"{document['licence']} {document['licence_url']}".rstrip()
    yield "valid", f"{document['valid_from']} to {document['valid_to'] or 'no end'}"
    yield "GWP set", document["gwp_set"]
    yield "basis", basis
    yield "quality", quality
    if document["note"]:
        yield "note", document["note"]


def _words(document: dict[str, Any]) -> str:
    names = ("kind", "mode", "vehicle_class", "energy", "region", "temperature", "load_basis")
    return ", ".join(str(document[name]) for name in names if document[name])


def _recomputed(comparisons: Sequence[dict[str, Any]], *, width: int) -> list[str]:
    rows = [
        (
            one["check"],
            one["finding"] or "agrees",
            one["column"],
            one["published"],
            one["computed"],
            one["how"],
        )
        for one in comparisons
    ]
    columns = ("check", "finding", "column", "published", "computed", "how")
    return table(columns, rows, width=width, whole=3) if rows else []


def comparison_document(one: Comparison) -> dict[str, Any]:
    """Return one comparison; ``finding`` is None where the figure agrees."""
    return {
        "check": one.check.value,
        "finding": one.word.value if one.word else None,
        "severity": None if one.word is None else ("error" if one.is_error else "notice"),
        "factor_ids": list(one.factor_ids),
        "column": one.column,
        "published": text_of(one.published),
        "computed": text_of(one.computed),
        "how": one.how,
    }


def check_document(one: FactorSet, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return how many figures of a set were computed again by each check, and what differed."""
    compared = Counter(each.check.value for each in comparisons)
    findings = [comparison_document(each) for each in comparisons if not each.holds]
    return {
        "set_id": one.manifest.set_id,
        "sha256": one.sha256,
        "rows": len(one.factors),
        "compared": dict(sorted(compared.items())),
        "errors": sum(1 for each in findings if each["severity"] == "error"),
        "notices": sum(1 for each in findings if each["severity"] == "notice"),
        "findings": findings,
    }


def check_lines(document: dict[str, Any], *, width: int) -> Iterator[str]:
    """Yield what the checks of one set said."""
    compared = sum(document["compared"].values())
    yield (
        f"{document['set_id']}: {document['rows']:,} rows, {compared:,} comparisons, "
        f"{document['errors']} errors, {document['notices']} notices"
    )
    rows = [
        (
            one["finding"],
            one["severity"],
            " ".join(one["factor_ids"]) or "the set",
            one["column"],
            one["published"],
            one["computed"],
            one["how"],
        )
        for one in document["findings"]
    ]
    if rows:
        columns = ("finding", "severity", "rows", "column", "published", "computed", "how")
        yield from table(columns, rows, width=width, whole=2)


def defect_document(one: Defect) -> dict[str, Any]:
    """Return a defect of a file by its place."""
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "value": one.value,
        "finding": one.word,
        "message": one.message,
    }


def diff_document(before: FactorSet, after: FactorSet, found: SetDiff) -> dict[str, Any]:
    """Return what one set changes against another; shares as texts."""
    return {
        "before": before.manifest.set_id,
        "after": after.manifest.set_id,
        "before_sha256": before.sha256,
        "after_sha256": after.sha256,
        "added": list(found.added),
        "removed": list(found.removed),
        "unchanged": found.unchanged,
        "changed": [
            {
                "factor_id": one.factor_id,
                "before_id": one.before_id,
                "column": one.column,
                "before": text_of(one.before),
                "after": text_of(one.after),
                "change_share": text_of(one.change_share),
            }
            for one in found.changed
        ],
    }


def diff_lines(found: SetDiff, *, width: int) -> Iterator[str]:
    """Yield the changes, the largest first, then what came and went."""
    ranked = sorted(found.changed, key=lambda one: (-_size(one), one.factor_id, one.column))
    rows = [
        (one.factor_id, one.column, text_of(one.before), text_of(one.after), _percent(one))
        for one in ranked
    ]
    if rows:
        yield from table(CHANGE_COLUMNS, rows, width=width, whole=1)
    yield from (f"added    {name}" for name in found.added)
    yield from (f"removed  {name}" for name in found.removed)
    yield (
        f"{len(found.changed)} figures changed, {len(found.added)} rows added, "
        f"{len(found.removed)} removed, {found.unchanged} unchanged"
    )


def _size(one: Change) -> Decimal:
    return Decimal("Infinity") if one.change_share is None else abs(one.change_share)


def _percent(one: Change) -> str:
    return "" if one.change_share is None else f"{one.change_share * PERCENT:+.2f} %"
