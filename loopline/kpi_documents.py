"""The figures of a period as one document: every number a text with all its digits."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from emissions.coverage import Coverage
from emissions.kpi import Change
from emissions.links import Link
from emissions.number import CONTEXT
from emissions.period import Period
from emissions.period_change import Comparison, ToldDrivers
from emissions.period_kpi import NOTHING_MOVED, Figures, PeriodFigures
from emissions.report_rows import coverage_document, data_document, quality_document
from emissions.report_sums import rounded
from emissions.sums import ratio
from emissions.target_check import CheckedTarget
from emissions.uncertainty import Interval

SCHEMA = "loopline.kpi.v1"
PARTS = ("wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e")
CONFIDENCE_SHARE = "0.95"


def as_texts(value: Any) -> Any:
    """Return ``value`` with every Decimal as a text without an exponent, at any depth."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return {name: as_texts(one) for name, one in value.items()}
    return [as_texts(one) for one in value] if isinstance(value, list | tuple) else value


def period_document(period: Period) -> dict[str, Any]:
    """Return a period under its name, with both its days."""
    return {"period": period.name, "from_on": f"{period.from_on}", "to_on": f"{period.to_on}"}


def figures_document(found: Figures) -> dict[str, Any]:
    """Return sums, intensities, data classes, quality and spread of some cells."""
    return {
        "distance_kinds": list(found.distance_kinds),
        "legs": found.legs,
        "mass_kg": found.mass_kg,
        "transport_tkm": found.transport_tkm,
        **{part: getattr(found, part) for part in PARTS},
        **{f"{part}_per_tkm": rounded(getattr(found, f"{part}_per_tkm")) for part in PARTS},
        **data_document(found.data),
        "data_quality": quality_document(found.scores),
        "uncertainty": _interval(found.interval),
    }


def cells_document(
    figures: PeriodFigures, comparison: Comparison | None, *, by: str
) -> list[dict[str, Any]]:
    """Return each split and kind of distance, the one that emitted most first."""
    changes = {} if comparison is None else comparison.by_split
    found = []
    for split, distance_kind in figures.by_split.keys() | changes.keys():
        key = split, distance_kind
        own = figures.by_split.get(key, NOTHING_MOVED)
        told = figures_document(own) | {
            by: split,
            "distance_kinds": [distance_kind],
            "kgco2e_share": rounded(ratio(own.wtw_kgco2e, figures.whole.wtw_kgco2e)),
        }
        if key in changes:
            told["change"] = change_document(changes[key])
        found.append((-own.wtw_kgco2e, str(key), told))
    return [told for _, _, told in sorted(found, key=lambda one: one[:2])]


def change_document(change: Change) -> dict[str, Any]:
    """Return the absolute and the relative change."""
    return {one.name: getattr(change, one.name) for one in fields(change)}


def drivers_document(comparison: Comparison) -> dict[str, Any]:
    """Return the drivers of each scope, and on what only the new period stands."""
    return {
        "is_same_basis": not comparison.changed_basis,
        "changed_basis": [one._asdict() for one in comparison.changed_basis],
        **{scope: _drivers(getattr(comparison, scope)) for scope in ("ttw", "wtt", "wtw")},
    }


def link_document(link: Link) -> dict[str, Any]:
    """Return a link; what was not assessed is ``null``, never 0."""
    plain = {one.name: getattr(link, one.name) for one in fields(link) if one.name != "key"}
    return link.key._asdict() | plain | {"avoidable_share": rounded(link.avoidable_share)}


def target_document(one: CheckedTarget) -> dict[str, Any]:
    """Return a target, its value for the period, and whether it was met."""
    target = one.target
    return {
        "target_id": target.target_id,
        "metric": target.metric,
        "organisation": target.organisation,
        "unit": target.unit,
        "source": target.source,
        "target_value": one.target_value,
        "figure": rounded(one.figure),
        "state": one.state,
    }


def kpi_document(
    *,
    period: Period,
    organisation: str,
    by: str,
    figures: PeriodFigures,
    coverage: Coverage,
    links: Iterable[Link],
    all_links: int,
) -> dict[str, Any]:
    """Return the document of one period, before anything is compared with it."""
    return {
        "schema": SCHEMA,
        **period_document(period),
        "organisation": organisation,
        "by": by,
        "whole": figures_document(figures.whole),
        "by_distance_kind": [figures_document(one) for one in figures.by_distance_kind.values()],
        "coverage": coverage_document(coverage),
        "links": [link_document(link) for link in links],
        "all_links": all_links,
    }


def _interval(found: Interval | None) -> dict[str, Any] | None:
    """The one place where floats were: three decimals say all that an assumption can."""
    if found is None:
        return None
    return {
        "confidence_share": CONFIDENCE_SHARE,
        "gsd": f"{found.gsd:.4f}",
        "low_kgco2e": f"{found.low_kgco2e:.3f}",
        "high_kgco2e": f"{found.high_kgco2e:.3f}",
    }


def _drivers(told: ToldDrivers) -> dict[str, Any]:
    plain = {one.name: getattr(told, one.name) for one in fields(told)}
    return plain | {"change_kgco2e": CONTEXT.subtract(told.new_kgco2e, told.old_kgco2e)}
