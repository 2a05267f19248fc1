"""Metrics: one definition per number, read from ``metrics.toml`` and answered from the roll-ups."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from warehouse.filter import Filter
from warehouse.sums import SOURCES, Group, Measure, Query, Source, Sums, reads_cube, sums

SHARE_STEP = Decimal("0.000000001")
EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)


class MetricsBroken(ValueError):
    """The packaged definitions cannot be; the message names metric, field and value."""


class UnknownMetric(LookupError):
    """No metric has this id."""


class GrainNotOffered(ValueError):
    """A metric cannot be grouped by what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """The definition of one number."""

    id: str
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str
    unit: str
    kind: str
    source: str
    numerator: Measure
    denominator: Measure | None
    direction: str
    target: str
    owner: str
    version: int

    @property
    def grain(self) -> tuple[str, ...]:
        """What the number can be grouped by."""
        return tuple(sorted(SOURCES[self.source].groups))


class State(StrEnum):
    """Whether a figure has a value, and why not."""

    VALUE = "value"
    NO_DATA = "no_data"
    NOT_NARROWED = "not_narrowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A metric's answer: a value, or the reason why there is none; never 0 for unknown."""

    metric: Metric
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    state: State = State.VALUE
    reason: str | None = None


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return the quotient with 28 digits, rounded half even to 9 decimals."""
    return EXACT.quantize(EXACT.divide(numerator, denominator), SHARE_STEP)


def _figure(metric: Metric, cells: Sums) -> Figure:
    numerator, denominator = cells[0], cells[-1]
    if metric.denominator is None:
        if numerator is None:
            return _empty(metric, "nothing_matched")
        return Figure(metric=metric, value=numerator, numerator=numerator)
    if denominator is None or (denominator == 0 and metric.denominator.function == "distinct"):
        return _empty(metric, "nothing_matched")
    if denominator == 0:
        return _empty(metric, "denominator_zero")
    share = ratio(numerator or Decimal(0), denominator)
    return Figure(
        metric=metric, value=share, numerator=numerator or Decimal(0), denominator=denominator
    )


def _empty(metric: Metric, reason: str) -> Figure:
    return Figure(metric=metric, value=None, state=State.NO_DATA, reason=reason)


def _measures(metric: Metric, scope: str) -> list[Measure]:
    both = (metric.numerator, metric.denominator)
    return [measure.scoped(scope) for measure in both if measure is not None]


def refused_keys(metric: Metric, wanted: Filter) -> frozenset[str]:
    """Return the keys of ``wanted`` that this metric's source cannot be narrowed by."""
    source = SOURCES[metric.source]
    return wanted.keys - source.keys if source.dated else frozenset()


def figures_by(
    metric: Metric, wanted: Filter, by: Sequence[str], query: Query
) -> dict[Group, Figure]:
    """Return the figure of each group; without ``by`` one, under the empty group.

    Raises
    ------
    GrainNotOffered
        If the metric's source cannot be grouped by one of ``by``.
    """
    source = SOURCES[metric.source]
    for name in by:
        if name not in source.groups:
            offered = ", ".join(metric.grain) or "nothing"
            raise GrainNotOffered(f"by={name}: {metric.id} is offered by {offered}")
    if keys := refused_keys(metric, wanted):
        reason = f"not_narrowed_by_{min(keys)}"
        return {(): Figure(metric=metric, value=None, state=State.NOT_NARROWED, reason=reason)}
    asked = _measures(metric, wanted.scope)
    together = [*asked, *_beside(metric.source, wanted, by, asked)]
    together.sort(key=repr)  # all metrics of a source ask one question, and it is answered once
    found = sums(together, source, wanted, by, query)
    places = [together.index(measure) for measure in asked]
    return {
        group: _figure(metric, tuple(cells[place] for place in places))
        for group, cells in found.items()
    }


def _beside(
    name: str, wanted: Filter, by: Sequence[str], asked: Sequence[Measure]
) -> list[Measure]:
    """Return what else the metrics of a source are made of and the same rows can answer."""
    source = SOURCES[name]
    is_cubed = reads_cube(source, wanted, by, asked)
    return [
        measure
        for measure in _all_measures(name, wanted.scope)
        if measure not in asked and reads_cube(source, wanted, by, [measure]) == is_cubed
    ]


@cache
def _all_measures(source: str, scope: str) -> tuple[Measure, ...]:
    own = (metric for metric in load_metrics().values() if metric.source == source)
    return tuple(dict.fromkeys(one for metric in own for one in _measures(metric, scope)))


def figure(metric: Metric, wanted: Filter, query: Query) -> Figure:
    """Return the one figure of ``metric`` under the filter ``wanted``."""
    return figures_by(metric, wanted, (), query)[()]


@cache
def load_metrics() -> Mapping[str, Metric]:
    """Return the packaged definitions by id, each checked."""
    text = resources.files("warehouse").joinpath("metrics.toml").read_text("utf-8")
    return read_metrics(text)


def metric_of(metric_id: str) -> Metric:
    """Return the definition of ``metric_id``.

    Raises
    ------
    UnknownMetric
        If there is none.
    """
    try:
        return load_metrics()[metric_id]
    except KeyError:
        raise UnknownMetric(f"no metric is called {metric_id}") from None


def read_metrics(text: str) -> Mapping[str, Metric]:
    """Return the definitions that ``text`` tells as TOML.

    Raises
    ------
    MetricsBroken
        If a source, column, unit, name or owner is unknown, missing or does not match.
    """
    rows = tomllib.loads(text)["metric"]
    return MappingProxyType({name: _read(name, row) for name, row in rows.items()})


_TEXTS = ("name_zh", "name_en", "note_zh", "note_en", "unit", "kind", "source", "numerator",
          "direction", "target", "owner")  # fmt: skip
_CHOICES = {
    "kind": {"sum", "ratio"},
    "direction": {"lower", "higher", "none"},
    "target": {"path", "fixed", "none"},
    "source": set(SOURCES),
}


def _read(name: str, row: Mapping[str, Any]) -> Metric:
    for field in _TEXTS:
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise MetricsBroken(f"metric.{name}.{field} is missing")
        if row[field] not in _CHOICES.get(field, {row[field]}):
            raise MetricsBroken(f"metric.{name}.{field} is unknown: {row[field]}")
    optional = {"denominator", "numerator_where", "denominator_where", "version"}
    if unknown := set(row) - set(_TEXTS) - optional:
        raise MetricsBroken(f"metric.{name}.{min(unknown)} is no field of a metric")
    if (row["kind"] == "ratio") != ("denominator" in row):
        raise MetricsBroken(f"metric.{name}.denominator belongs to a ratio, and only there")
    if not isinstance(row.get("version"), int) or row["version"] < 1:
        raise MetricsBroken(f"metric.{name}.version is missing")
    source = SOURCES[row["source"]]
    numerator = _measure(name, "numerator", row, source)
    denominator = _measure(name, "denominator", row, source) if "denominator" in row else None
    if row["unit"] != (wanted := _unit_of(source, numerator, denominator)):
        raise MetricsBroken(f"metric.{name}.unit is {row['unit']}, its columns give {wanted}")
    texts = {field: row[field] for field in _TEXTS if field != "numerator"}
    return Metric(
        id=name, numerator=numerator, denominator=denominator, version=row["version"], **texts
    )


def _measure(name: str, part: str, row: Mapping[str, Any], source: Source) -> Measure:
    told = re.fullmatch(r"(sum|distinct)\(([a-z0-9_{}]+)\)", row[part])
    if told is None:
        raise MetricsBroken(f"metric.{name}.{part} is no sum(...) or distinct(...): {row[part]}")
    function, column = told[1], told[2]
    if column.replace("{scope}", "wtw") not in source.measures:
        raise MetricsBroken(f"metric.{name}.{part}: {row['source']} has no measure {column}")
    if (function == "distinct") != column.endswith("_key"):
        raise MetricsBroken(f"metric.{name}.{part}: {column} is not additive that way")
    where = row.get(f"{part}_where", {})
    if strange := set(where) - source.where:
        raise MetricsBroken(f"metric.{name}.{part}_where: no column {min(strange)}")
    return Measure(function, column, tuple(sorted(where.items())))


def _unit_of(source: Source, numerator: Measure, denominator: Measure | None) -> str:
    above = source.measures[numerator.scoped("wtw").column]
    if denominator is None:
        return above
    below = source.measures[denominator.scoped("wtw").column]
    if above == below:
        return "share"
    return "km" if (above, below) == ("m3km", "m3") else f"{above}_per_{below}"
