"""The document of a KPI as lines for people: tables, and sentences where a figure is unknown."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from loopline.tables import table

Document = dict[str, Any]
UNKNOWN = "not known"
PERCENT = 100
DRIVERS = ("activity", "mix", "operations", "factor", "method")
NOT_ALL_DRIVERS = ("activity", "mix", "not_told_apart")
FIGURES = ("kgco2e", "_tkm", "_kg", "_value", "figure")


def kpi_lines(document: Document, *, width: int) -> Iterator[str]:
    """Yield what a person reads of the figures of a period."""
    yield f"{document['organisation']}, {document['from_on']} to {document['to_on']}"
    yield from _whole(document["whole"])
    yield from _by_distance_kind(document, width)
    yield from _cells(document, width)
    if "change" in document:
        yield from _change(document, width)
    yield from _quality(document["whole"], width)
    yield from _coverage(document["coverage"], width)
    yield from _links(document, width)
    if "targets" in document:
        yield from _targets(document, width)


def _whole(whole: Document) -> Iterator[str]:
    yield (
        f"{_number(whole['wtw_kgco2e'])} kg CO2e WTW = TTW {_number(whole['ttw_kgco2e'])} "
        f"+ WTT {_number(whole['wtt_kgco2e'])}"
    )
    yield (
        f"{whole['legs']:,} legs, {_number(whole['transport_tkm'])} tkm on "
        f"{' and '.join(whole['distance_kinds'])}, "
        f"{_known(whole['wtw_kgco2e_per_tkm'])} kg CO2e/tkm"
    )


def _by_distance_kind(document: Document, width: int) -> Iterator[str]:
    rows = document["by_distance_kind"]
    if len(rows) == 1:
        return
    yield from _titled("Intensity by kind of distance")
    columns = ("distance", "kg CO2e", "tkm", "kg CO2e/tkm")
    names = ("wtw_kgco2e", "transport_tkm", "wtw_kgco2e_per_tkm")
    cells = [[*row["distance_kinds"], *(_told(row, name) for name in names)] for row in rows]
    yield from _whole_table(columns, cells, width)


def _cells(document: Document, width: int) -> Iterator[str]:
    by = document["by"]
    yield from _titled(f"By {by}")
    columns = [by, "distance", "kg CO2e", "share", "tkm", "kg CO2e/tkm", "primary kg", "gsd"]
    if "change" in document:
        columns += ["change kg", "against intensity"]
    rows = []
    for cell in document["cells"]:
        row = [
            cell[by] or UNKNOWN, *cell["distance_kinds"], _told(cell, "wtw_kgco2e"),
            _percent(cell["kgco2e_share"]), _told(cell, "transport_tkm"),
            _told(cell, "wtw_kgco2e_per_tkm"), _percent(cell["primary_kg_share"]),
            _gsd(cell["uncertainty"]),
        ]  # fmt: skip
        if "change" in cell:
            change = cell["change"]
            row += [_signed(change["absolute_kgco2e"]), _signed(change["relative_kgco2e"])]
        rows.append(row)
    yield from _whole_table(columns, rows, width)


def _change(document: Document, width: int) -> Iterator[str]:
    against, change, drivers = document["against"], document["change"], document["drivers"]
    yield from _titled(f"Against {against['from_on']} to {against['to_on']}, kg CO2e")
    yield f"absolute {_signed(change['absolute_kgco2e'])}"
    yield f"relative {_signed(change['relative_kgco2e'])} (new - new activity x old intensity)"
    names = DRIVERS if drivers["is_same_basis"] else NOT_ALL_DRIVERS
    rows = [
        [scope.upper(), _number(told["old_kgco2e"])]
        + [_signed(told[f"{name}_kgco2e"]) for name in names]
        + [_number(told["new_kgco2e"])]
        for scope, told in ((scope, drivers[scope]) for scope in ("wtw", "ttw", "wtt"))
    ]
    columns = ["scope", "old", *(name.replace("_", " ") for name in names), "new"]
    yield from _whole_table(columns, rows, width)
    if drivers["is_same_basis"]:
        yield "factor and method are 0: the new period stands on no set or method the old did not"
        return
    yield "operations, factor and method are not told apart; only the new period stands on"
    for basis in drivers["changed_basis"]:
        yield f"  {basis['kind']} {basis['name']}"


def _quality(whole: Document, width: int) -> Iterator[str]:
    yield from _titled("Data")
    classes = ("primary", "modelled", "default")
    rows = [
        [one, _percent(whole[f"{one}_kg_share"]), _percent(whole[f"{one}_tkm_share"])]
        for one in classes
    ]
    yield from _whole_table(("class", "of kg CO2e", "of tkm"), rows, width)
    scores = whole["data_quality"]
    if scores is not None:
        told = ", ".join(f"{name} {Decimal(score):.2f}" for name, score in scores.items())
        yield f"quality, 1 best to 5, by kg: {told}"
    interval = whole["uncertainty"]
    if interval is not None:
        yield (
            f"in 95 of 100 cases from {_number(interval['low_kgco2e'])} to "
            f"{_number(interval['high_kgco2e'])} kg CO2e; assumed where no publisher states it"
        )


def _coverage(coverage: Document, width: int) -> Iterator[str]:
    yield from _titled("Coverage")
    yield (
        f"{coverage['covered_shipments']:,} of {coverage['shipments']:,} shipments "
        f"({_percent(coverage['shipment_share'])}), {_percent(coverage['mass_share'])} of the mass "
        f"that is known, {coverage['covered_categories']} of {coverage['categories']} categories"
    )
    if coverage["consignments_without_mass"]:
        yield f"{coverage['consignments_without_mass']:,} consignments told no mass: in no share"
    rows = [
        [gap["reason"], gap["records"], gap["shipments"], _known(gap["mass_kg"])]
        for gap in coverage["gaps"]
    ]
    if rows:
        yield from _whole_table(("no number", "records", "shipments", "kg"), rows, width)
    for gap in coverage["undated"]:
        yield f"{gap['records']:,} more of no known day, so of no period: {gap['reason']}"


def _links(document: Document, width: int) -> Iterator[str]:
    shown = len(document["links"])
    yield from _titled(f"High-emission links, {shown:,} of {document['all_links']:,}")
    rows = [
        [
            _told(link, "kgco2e"), _avoidable(link), _told(link, "mass_kg"), link["mode"],
            link["vehicle_class"], link["lane"], link["best_chain"],
        ]
        for link in document["links"]
    ]  # fmt: skip
    columns = ("kg CO2e", "avoidable", "kg", "mode", "class", "lane", "better by")
    yield from table(columns, rows, width=width, whole=len(columns) - 2)


def _targets(document: Document, width: int) -> Iterator[str]:
    yield from _titled("Targets")
    if not document["targets"]:
        yield f"no target row for {document['organisation']}"
        return
    columns = ("target", "metric", "unit", "path", "figure", "state")
    names = ("target_id", "metric", "unit", "target_value", "figure", "state")
    rows = [[_told(row, name) for name in names] for row in document["targets"]]
    yield from _whole_table(columns, rows, width)


def _whole_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], width: int
) -> Sequence[str]:
    """A table of figures: a number that was cut would be another one, so nothing is."""
    return table(columns, rows, width=width, whole=len(columns))


def _titled(title: str) -> Sequence[str]:
    return ("", title)


def _told(row: Document, name: str) -> str:
    """A cell: a number with its digits grouped, a word as it is, or that nobody knows."""
    value = row.get(name)
    if value is None:
        return UNKNOWN
    return _number(value) if name.endswith(FIGURES) else str(value)


def _number(text: str) -> str:
    return f"{Decimal(text):,f}"


def _known(text: str | None) -> str:
    return UNKNOWN if text is None else _number(text)


def _signed(text: str | None) -> str:
    return UNKNOWN if text is None else f"{Decimal(text):+,f}"


def _percent(text: str | None) -> str:
    return UNKNOWN if text is None else f"{Decimal(text) * PERCENT:.1f} %"


def _gsd(interval: Document | None) -> str:
    return UNKNOWN if interval is None else str(interval["gsd"])


def _avoidable(link: Document) -> str:
    known = link["avoidable_kgco2e"]
    return str(link["assessment"]) if known is None else _number(known)
