"""Exact sums of a period's legs, and the legs themselves: what a report and a KPI are made of.

SQL gives exact sums only; what divides is Decimal, in the room of sums.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from emissions.links import LinkKey, LinkRow
from emissions.period_kpi import KpiCell
from emissions.scoring import category_id
from emissions.sums import ratio
from warehouse.leg_now import MEASURES, WORDS, legs_now
from warehouse.sums import Query

Pages = Callable[[str, Sequence[object]], Iterator[list[tuple[Any, ...]]]]

#: What a KPI can be split by, and the column that says it.
SPLITS: Mapping[str, str] = MappingProxyType(
    {"mode": "mode", "category": "category", "base": "production_base", "lane": "lane"}
)
NOT_GIVEN = "not_given"
_INPUT = "extra_inputs->>'{0}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNow:
    """One leg as it stands; ``inputs`` are those stored with its newest row."""

    event_id: UUID
    leg_id: str
    shipment_id: str
    consignment_id: str
    leg_seq: int
    occurred_on: date
    occurred_at: datetime
    mode: str
    energy: str | None
    vehicle_class: str | None
    category: str
    company: str | None
    production_base: str | None
    lane: str | None
    distance_kind: str
    factor: str
    dq: str
    method: str
    method_version: str
    inputs: Mapping[str, Any]
    mass_kg: Decimal
    distance_km: Decimal
    transport_tkm: Decimal
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal


def cells(query: Query, first: date, last: date, *, by: str) -> tuple[KpiCell, ...]:
    """Return the sums of the days ``first`` to ``last``, split by a key of ``SPLITS``."""
    legs, values = legs_now(first, last)
    inputs = [_input(name) for name in ("factor_set", "factor_set_sha256", "gwp_set")]
    words = [
        SPLITS[by], "distance_kind", "mode", "vehicle_class", "energy", "factor", *inputs,
        "method", "method_version", _input("flags"), "year(occurred_on)",
    ]  # fmt: skip
    rows = query(
        f"select {', '.join(words)}, count(*), sum(mass_kg), sum(transport_tkm), "
        "sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e) "
        f"from ({legs}) group by {', '.join(str(n + 1) for n in range(len(words)))} "
        f"order by {', '.join(str(n + 1) for n in range(len(words)))}",
        values,
    )
    return tuple(_cell(dict(zip(KpiCell.__slots__, row, strict=True))) for row in rows)


def lanes(query: Query, first: date, last: date) -> tuple[LinkRow, ...]:
    """Return what moved on every lane by mode and vehicle class, and what it emitted.

    A lane has a name where both its ends are sites.
    """
    legs, values = legs_now(first, last)
    rows = query(
        f"select coalesce(lane, '{NOT_GIVEN}'), mode, coalesce(vehicle_class, '{NOT_GIVEN}'), "
        f"sum(mass_kg), sum(emission_wtw_kgco2e) from ({legs}) group by 1, 2, 3 order by 1, 2, 3",
        values,
    )
    return tuple(
        LinkRow(key=LinkKey(*key), mass_kg=mass_kg, kgco2e=kgco2e) for *key, mass_kg, kgco2e in rows
    )


def shipments(query: Query, first: date, last: date, *, shipment_id: str | None = None) -> int:
    """Return how many shipments have a leg in the days ``first`` to ``last``."""
    legs, values = legs_now(first, last, shipment_id=shipment_id)
    return int(query(f"select count(distinct shipment_id) from ({legs})", values)[0][0])


def companies(query: Query, first: date, last: date) -> tuple[str, ...]:
    """Return the companies whose legs stand in the days ``first`` to ``last``."""
    legs, values = legs_now(first, last)
    named = f"select distinct company from ({legs}) where company is not null order by 1"
    rows = query(named, values)
    return tuple(name for (name,) in rows)


def primary_shares(
    query: Query, first: date, last: date, *, shipment_id: str | None = None
) -> dict[str, Decimal]:
    """Return per operation category the share of its activity that has primary data."""
    legs, values = legs_now(first, last, shipment_id=shipment_id)
    rows = query(
        "select mode, vehicle_class, sum(case when dq = 'primary' then transport_tkm else 0 end), "
        f"sum(transport_tkm) from ({legs}) group by 1, 2 order by 1, 2",
        values,
    )
    shares = {category_id(mode, name): ratio(primary, whole) for mode, name, primary, whole in rows}
    return {category: share for category, share in shares.items() if share is not None}


def legs_of(
    pages: Pages, first: date, last: date, *, shipment_id: str | None = None
) -> Iterator[LegNow]:
    """Yield the legs of the days ``first`` to ``last`` by day and name, a page in memory."""
    legs, values = legs_now(first, last, shipment_id=shipment_id)
    columns = ", ".join(["root", *WORDS, *MEASURES])
    for page in pages(f"select {columns} from ({legs}) order by occurred_on, leg_id, root", values):
        for row in page:
            told = dict(zip(LegNow.__slots__, row, strict=True))
            inputs = json.loads(told["inputs"] or "{}", parse_float=Decimal)
            yield LegNow(**told | {"inputs": inputs})


def _input(name: str) -> str:
    return _INPUT.format(name)


def _cell(told: dict[str, Any]) -> KpiCell:
    known = {name: told[name] or "" for name in ("factor_set", "factor_set_sha256", "gwp_set")}
    factor_id = told["factor_id"].removeprefix(f"{known['factor_set']}/")
    flags = tuple(json.loads(told["flags"] or "[]"))
    return KpiCell(**told | known | {"factor_id": factor_id, "flags": flags})
