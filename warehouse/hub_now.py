"""A period's months of hubs as they stand: corrections folded in, the newest report's inputs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from warehouse.sums import Query

MAX_HUB_MONTHS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HubNow:
    """One site's month; ``inputs`` is the whole answer that its newest report had."""

    event_id: UUID
    site: str
    hub_type: str
    period_on: date
    outbound_mass_kg: Decimal | None
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    inputs: Mapping[str, Any]


_NOW = """
    select arg_max(event_id, (revision, periods)), arg_max(site, (revision, periods)),
        arg_max(hub_type, (revision, periods)), arg_max(period_on, (revision, periods)) as month,
        case when arg_max(outbound_mass_kg is null, (revision, periods)) then null
            else sum(outbound_mass_kg) end, sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e),
        sum(emission_wtw_kgco2e), arg_max(extra_inputs, (revision, periods))
    from mart.hub_emission group by coalesce(correction_of, source_event_id)
    having sum(periods) > 0 and month between ? and ? order by month, 2 limit ?
"""


def hubs_of(query: Query, first: date, last: date) -> tuple[HubNow, ...]:
    """Return the months of hubs that begin in the days ``first`` to ``last``."""
    names = HubNow.__slots__
    rows = [
        dict(zip(names, row, strict=True)) for row in query(_NOW, (first, last, MAX_HUB_MONTHS))
    ]
    return tuple(HubNow(**row | {"inputs": json.loads(row["inputs"])}) for row in rows)
