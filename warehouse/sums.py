"""Exact sums over the roll-ups: whole months from the month cube, the edges from the days."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from warehouse.filter import Filter

Query = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]
Group = tuple[str | date | None, ...]
Sums = tuple[Decimal | None, ...]

KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Source:
    """A relation that metrics are summed over, and what it can be narrowed and grouped by."""

    relation: str
    measures: Mapping[str, str]
    keys: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    cube: str = ""
    cube_columns: frozenset[str] = frozenset()
    dated: bool = True
    where: frozenset[str] = frozenset()


# Shipments that stand in the open dead letters or rejected lines of legs: known, without a number.
_REFUSED = """
    select distinct coalesce(cast(key as varchar), dead_letter_id) as shipment
    from dead_letter where state = 'open' and topic in ('shipment.leg.v1', 'shipment.emission.v1')
    union
    select distinct key from import_line where status = 'rejected' and target = 'transport_leg'
"""
_LEG_UNITS = {
    "legs": "count", "shipments": "count", "mass_kg": "kg", "volume_m3": "m3",
    "transport_tkm": "tkm", "emission_wtt_kgco2e": "kgco2e", "emission_ttw_kgco2e": "kgco2e",
    "emission_wtw_kgco2e": "kgco2e", "emission_primary_kgco2e": "kgco2e",
    "shipment_mass_kg": "kg", "shipment_volume_m3": "m3",
}  # fmt: skip
_TIME = frozenset({"day", "month", "year"})

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "leg": Source(
            "agg_leg_day",
            _LEG_UNITS,
            keys=frozenset({"cat", "company", "base", "mode", "energy", "leg", "direct", "dq"}),
            groups=_TIME
            | {"category", "company", "base", "mode", "energy", "leg", "direct", "dq"},
            cube="agg_leg_month",
            cube_columns=frozenset({"cat", "base", "mode", "leg", "category", "month", "year"}),
            where=frozenset({"leg", "energy", "mode", "is_direct", "dq"}),
        ),
        "order": Source(
            "agg_order_day",
            {"orders": "count", "mass_kg": "kg", "volume_m3": "m3",
             "volume_main_line_m3km": "m3km"},
            keys=frozenset({"cat", "base", "mode", "direct"}),
            groups=_TIME | {"category", "base", "mode", "direct"},
            where=frozenset({"is_direct", "mode"}),
        ),
        "site": Source(
            "agg_site_day",
            {"sessions": "count", "energy_kwh": "kwh", "fuel_l": "l", "running_s": "s",
             "forklift_key": "count"},
            groups=_TIME,
            where=frozenset({"energy"}),
        ),
        "takeback": Source(
            "agg_takeback_day",
            {"events": "count", "mass_kg": "kg"},
            keys=frozenset({"cat"}),
            groups=_TIME | {"category"},
            where=frozenset({"aggregate", "event_type"}),
        ),
        "takeback_unit": Source(
            "kpi_unit",
            {"units_with_emission": "count", "units_with_mass": "count", "mass_kg": "kg",
             "mass_with_emission_kg": "kg", "emission_wtt_kgco2e": "kgco2e",
             "emission_ttw_kgco2e": "kgco2e", "emission_wtw_kgco2e": "kgco2e"},
            keys=frozenset({"cat"}),
            groups=_TIME | {"category"},
        ),
        "takeback_unit_end": Source(
            "kpi_unit_end", {"units": "count"}, keys=frozenset({"cat"}),
            groups=_TIME | {"category"}, where=frozenset({"event_type"}),
        ),
        "takeback_depolluted": Source(
            "kpi_depolluted", {"units": "count", "refrigerant_g": "g"}, keys=frozenset({"cat"}),
            groups=_TIME | {"category"},
        ),
        "takeback_visit": Source(
            "kpi_visit", {"visits": "count"}, keys=frozenset({"cat"}),
            groups=_TIME | {"category"}, where=frozenset({"is_no_show", "is_first_visit"}),
        ),
        "takeback_batch": Source(
            "kpi_batch", {"mass_in_kg": "kg", "gap_kg": "kg"}, groups=_TIME,
        ),
        "takeback_lot": Source(
            "kpi_lot", {"mass_kg": "kg", "hazardous_kg": "kg", "used_in_product_kg": "kg"},
            groups=_TIME,
            where=frozenset({"is_hazardous", "is_shipped", "has_manifest"}),
        ),
        "finding": Source(
            "kpi_finding", {"findings": "count", "open_findings": "count"}, groups=_TIME,
            where=frozenset({"is_upheld"}),
        ),
        "coverage": Source(
            "(select shipments as covered_shipments, shipments as known_shipments "
            f"from agg_leg_day union all select 0, 1 from ({_REFUSED}))",
            {"covered_shipments": "count", "known_shipments": "count"},
            dated=False,
        ),
        "dead_letter": Source(
            "(select 0 as letters union all select 1 from dead_letter where state = 'open')",
            {"letters": "count"},
            dated=False,
        ),
    }
)  # fmt: skip

_GROUP_SQL: Mapping[str, str] = MappingProxyType(
    {
        "category": "f.category_key",
        "company": "f.company_key",
        "base": "f.base_key",
        "mode": "cast(f.mode as varchar)",
        "energy": "cast(f.energy as varchar)",
        "leg": "cast(f.leg as varchar)",
        "dq": "cast(f.dq as varchar)",
        "direct": "case f.is_direct when true then 'yes' when false then 'no' end",
        "day": "f.day",
        "month": "cast(date_trunc('month', f.day) as date)",
        "year": "cast(date_trunc('year', f.day) as date)",
    }
)


# What a key is called is asked once per group, not once per row.
_NAME_SQL: Mapping[str, str] = MappingProxyType(
    {
        name: f"(select any_value(d.id) from dim_{name} d where d.{name}_key = g.by_{name})"
        for name in ("category", "company", "base")
    }
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum or a distinct count of one column, over the rows where all of ``where`` holds."""

    function: str
    column: str
    where: tuple[tuple[str, str | bool], ...] = ()

    def scoped(self, scope: str) -> "Measure":
        """Return this measure for one of wtw, ttw and wtt."""
        return Measure(self.function, self.column.replace("{scope}", scope), self.where)


def sums(
    measures: Sequence[Measure], source: Source, wanted: Filter, by: Sequence[str], query: Query
) -> dict[Group, Sums]:
    """Return the exact sums of ``measures`` per group; one empty group without ``by``."""
    columns = {column for measure in measures for column, _ in measure.where} | set(by)
    rows, values = _rows(source, wanted, columns)
    selected = [
        *(f"{_GROUP_SQL[name]} as by_{name}" for name in by),
        *(f"{_measure_sql(m)} as m{n}" for n, m in enumerate(measures)),
    ]
    bound = [word for m in measures for _, word in m.where if word != KNOWN]
    text = f"select {', '.join(selected)} from ({rows}) f"
    if by:
        text += f" group by {', '.join(str(n + 1) for n in range(len(by)))}"
    if not _NAME_SQL.keys().isdisjoint(by):
        named = [*(_NAME_SQL.get(name, f"g.by_{name}") for name in by),
                 *(f"g.m{n}" for n in range(len(measures)))]  # fmt: skip
        text = f"select {', '.join(named)} from ({text}) g"
    width = len(by)
    return {
        tuple(row[:width]): tuple(None if cell is None else Decimal(cell) for cell in row[width:])
        for row in query(text, [*bound, *values])
    }


def remembered(query: Query) -> Query:
    """Return ``query`` with a memory: within one read the same question has the same answer."""
    known: dict[tuple[str, tuple[object, ...]], list[tuple[Any, ...]]] = {}

    def ask(text: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        key = text, tuple(values)
        if key not in known:
            known[key] = query(text, values)
        return known[key]

    return ask


def reads_cube(
    source: Source, wanted: Filter, by: Sequence[str], measures: Sequence[Measure]
) -> bool:
    """Return whether the month cube knows all that ``measures`` are narrowed and grouped by."""
    columns = {column for measure in measures for column, _ in measure.where} | set(by)
    return bool(source.cube) and _in_cube(source, wanted, columns)


def _measure_sql(measure: Measure) -> str:
    inner = "distinct " if measure.function == "distinct" else ""
    function = "count" if measure.function == "distinct" else "sum"
    text = f"{function}({inner}f.{measure.column})"
    if not measure.where:
        return text
    tests = [
        f"f.{column} is not null" if word == KNOWN else f"f.{column} = ?"
        for column, word in measure.where
    ]
    return f"{text} filter (where {' and '.join(tests)})"


def _rows(source: Source, wanted: Filter, columns: set[str]) -> tuple[str, list[object]]:
    """Return the relation to sum over: whole months from the cube where it knows all columns."""
    if not source.dated:
        return f"select * from {source.relation}", []
    whole = _whole_months(wanted) if source.cube and _in_cube(source, wanted, columns) else None
    if whole is None:
        return _slice(source.relation, "*", wanted, _within("day", wanted.from_on, wanted.to_on))
    first, end = whole
    names = ", ".join(["category_key", "base_key", "mode", "leg", *source.measures])
    last = None if end is None else end - timedelta(days=1)
    cube = _slice(source.cube, f"month as day, {names}", wanted, _within("month", first, last))
    parts = [cube]
    if first is not None and wanted.from_on != first:
        before = _within("day", wanted.from_on, first - timedelta(days=1))
        parts.append(_slice(source.relation, f"day, {names}", wanted, before))
    if end is not None and wanted.to_on != last:
        parts.append(
            _slice(source.relation, f"day, {names}", wanted, _within("day", end, wanted.to_on))
        )
    return (
        " union all ".join(text for text, _ in parts),
        [value for _, values in parts for value in values],
    )


def _in_cube(source: Source, wanted: Filter, columns: set[str]) -> bool:
    return wanted.keys <= source.cube_columns and columns <= source.cube_columns


def _whole_months(wanted: Filter) -> tuple[date | None, date | None] | None:
    """Return the first whole month and the day after the last one, or ``None`` without any."""
    first = wanted.from_on
    if first is not None and first.day > 1:
        first = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    end = None if wanted.to_on is None else (wanted.to_on + timedelta(days=1)).replace(day=1)
    if first is not None and end is not None and first >= end:
        return None
    return first, end


def _within(column: str, first: date | None, last: date | None) -> tuple[list[str], list[object]]:
    tests: list[str] = []
    values: list[object] = []
    for sign, day in ((">=", first), ("<=", last)):
        if day is not None:
            tests.append(f"{column} {sign} ?")
            values.append(day)
    return tests, values


def _slice(
    relation: str, names: str, wanted: Filter, period: tuple[list[str], list[object]]
) -> tuple[str, list[object]]:
    tests, values = conditions(wanted)
    every = [*tests, *period[0]]
    clause = f" where {' and '.join(every)}" if every else ""
    return f"select {names} from {relation}{clause}", [*values, *period[1]]


# What a narrowing key compares: SQL around the placeholders; values only ever travel as parameters.
_DIMENSIONS = MappingProxyType(
    {
        "cat": ("category_key", "dim_category"),
        "company": ("company_key", "dim_company"),
        "base": ("base_key", "dim_base"),
    }
)
_COLUMNS = MappingProxyType(
    {"mode": "mode", "energy": "energy", "leg": "leg", "direct": "is_direct", "dq": "dq"}
)


def conditions(wanted: Filter) -> tuple[list[str], list[object]]:
    """Return SQL conditions with placeholders and the values to bind, the period apart."""
    texts: list[str] = []
    values: list[object] = []
    for key, items in wanted.items:
        for excluded in (False, True):
            tokens = [item.token for item in items if item.excluded is excluded]
            if tokens:
                texts.append(_condition(key, len(tokens), excluded=excluded))
                values.extend(token == "yes" if key == "direct" else token for token in tokens)  # noqa: S105
    return texts, values


def _condition(key: str, count: int, *, excluded: bool) -> str:
    marks = ", ".join("?" * count)
    if key in _DIMENSIONS:
        column, table = _DIMENSIONS[key]
        inside = f"{column} in (select {column} from {table} where id in ({marks}))"
    else:
        column = _COLUMNS[key]
        inside = f"{column} in ({marks})"
    # A row that does not know the value is not the excluded one.
    return f"({column} is null or not {inside})" if excluded else inside
