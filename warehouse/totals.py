"""What the warehouse holds in all: the figures of a summary, exact, as text."""

from collections.abc import Mapping
from typing import Any

from warehouse.sums import Query

_TOTALS = """
    select
        (select coalesce(sum(legs), 0)::bigint from fact_leg_emission),
        (select coalesce(sum(transport_tkm), 0)::varchar from fact_leg_emission),
        (select coalesce(sum(emission_wtt_kgco2e), 0)::varchar from fact_leg_emission),
        (select coalesce(sum(emission_ttw_kgco2e), 0)::varchar from fact_leg_emission),
        (select coalesce(sum(emission_wtw_kgco2e), 0)::varchar from fact_leg_emission),
        (select coalesce(sum(orders), 0)::bigint from fact_order_route),
        (select coalesce(sum(sessions), 0)::bigint from fact_forklift_energy),
        (select coalesce(sum(emission_wtw_kgco2e), 0)::varchar from fact_forklift_energy),
        (select coalesce(sum(events), 0)::bigint from takeback_event),
        (select coalesce(sum(events), 0)::bigint from takeback_event
            where aggregate = 'unit' and event_type = 'collected'),
        (select coalesce(sum(periods), 0)::bigint from fact_hub_emission),
        (select coalesce(sum(emission_wtw_kgco2e), 0)::varchar from fact_hub_emission),
        (select coalesce(sum(units), 0)::bigint from fact_refrigerant),
        (select coalesce(sum(emission_ttw_kgco2e), 0)::varchar from fact_refrigerant),
        (select count(*) from fact_takeback_demand),
        (select count(*) from fact_takeback_consignment),
        (select count(*) from fact_takeback_batch),
        (select count(*) from fact_takeback_lot),
        (select count(*) from fact_finding),
        (select count(*) from dead_letter where state = 'open')
"""
_NAMES = (
    "legs", "transport_tkm", "emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e",
    "forward_order_lines", "forklift_intervals", "forklift_wtw_kgco2e", "takeback_facts",
    "units_collected", "hub_periods", "hub_wtw_kgco2e", "units_with_refrigerant",
    "refrigerant_ttw_kgco2e", "takeback_demands", "consignment_facts", "batch_facts", "lot_facts",
    "finding_facts", "open_dead_letters",
)  # fmt: skip


def stored_totals(query: Query) -> Mapping[str, Any]:
    """Return the counts and the exact sums of every fact; sums are text, counts are integers."""
    return dict(zip(_NAMES, query(_TOTALS, [])[0], strict=True))
