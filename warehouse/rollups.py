"""Sums kept beside the facts: each batch adds its own, readers sum again."""

from collections.abc import Mapping

import duckdb

_LEG_MEASURES = """
    sum(legs), sum(shipments), sum(mass_kg), coalesce(sum(volume_m3), 0), sum(transport_tkm),
    sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e),
    coalesce(sum(emission_wtw_kgco2e) filter (dq = 'primary'), 0),
    sum(shipment_mass_kg), sum(shipment_volume_m3)
"""

#: Per fact table the statements that add the rows of ``new_rows`` to its roll-ups.
ROLLUPS: Mapping[str, tuple[str, ...]] = {
    "fact_leg_emission": (
        f"""insert into agg_leg_day
        select occurred_on, category_key, company_key, base_key, mode, energy, leg, is_direct, dq,
        {_LEG_MEASURES} from new_rows group by all""",
        f"""insert into agg_leg_month
        select date_trunc('month', occurred_on)::date, category_key, base_key, mode, leg,
        {_LEG_MEASURES} from new_rows group by all""",
    ),
    "fact_order_route": (
        """insert into agg_order_day
        select occurred_on, category_key, base_key, region_key, is_direct, mode,
        sum(orders), coalesce(sum(mass_kg), 0),
        coalesce(sum(volume_m3) filter (volume_main_line_m3km is not null), 0),
        coalesce(sum(volume_main_line_m3km), 0) from new_rows group by all""",
    ),
    "fact_forklift_energy": (
        """insert into agg_site_day
        select occurred_on, site_key, forklift_key, energy, sum(sessions),
        coalesce(sum(energy_kwh), 0), coalesce(sum(fuel_l), 0), coalesce(sum(running_s), 0),
        sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e)
        from new_rows group by all""",
    ),
    "fact_hub_emission": (),  # a row a month and site: nothing to add up beforehand
    "fact_refrigerant": (),
    "fact_takeback_demand": (),  # about one a second, and the views read the newest of each
    "fact_takeback_consignment": (),
    "fact_takeback_batch": (),
    "fact_takeback_lot": (),
    "fact_finding": (),
    "takeback_event": (
        """insert into agg_takeback_day
        select occurred_on, aggregate, category_key, partner_key, region_key, channel, event_type,
        sum(events), coalesce(sum(mass_kg), 0) from new_rows group by all""",
    ),
}


def add_to_rollups(db: duckdb.DuckDBPyConnection, table: str) -> None:
    """Add the rows of ``new_rows`` to the roll-ups of ``table``."""
    for statement in ROLLUPS[table]:
        db.execute(statement)


# The newest state of every aggregate whose facts have come without a gap; a fact after a gap
# waits in takeback_event until the gap is filled.
_WITHOUT_GAP = """
    with touched as (
        select distinct aggregate_id from new_rows where aggregate = '{aggregate}'
    ), facts as (
        select f.*, row_number() over (
            partition by f.aggregate_id order by f.aggregate_seq, f.recorded_at
        ) as place
        from takeback_event f join touched using (aggregate_id)
        where f.aggregate = '{aggregate}'
    ), whole as (select * from facts where place = aggregate_seq)
"""
_REFRESH = (
    """delete from takeback_order where takeback_order_id in
    (select aggregate_id from new_rows where aggregate = 'order')""",
    "insert into takeback_order "
    + _WITHOUT_GAP.format(aggregate="order")
    + """select aggregate_id, arg_max(channel, place), arg_max(region_key, place),
    arg_max(partner_key, place) filter (partner_key is not null),
    arg_max(category_key, place) filter (category_key is not null), arg_max(to_state, place),
    min(occurred_at) filter (event_type = 'demand_registered'),
    min(occurred_at) filter (event_type = 'picked_up'),
    min(occurred_at) filter (event_type = 'fulfilled'),
    min(occurred_at) filter (event_type = 'cancelled'), max(place)
    from whole group by aggregate_id""",
    """delete from takeback_unit where unit_id in
    (select aggregate_id from new_rows where aggregate = 'unit')""",
    "insert into takeback_unit "
    + _WITHOUT_GAP.format(aggregate="unit")
    + """select aggregate_id, arg_max(takeback_order_id, place),
    arg_max(category_key, place) filter (category_key is not null), arg_max(to_state, place),
    arg_max(partner_key, place) filter (partner_key is not null),
    min(occurred_at) filter (event_type = 'collected'),
    min(occurred_at) filter (event_type = 'dismantled'),
    arg_max(mass_kg, place) filter (mass_kg is not null), max(place)
    from whole group by aggregate_id""",
)


def refresh_takeback(db: duckdb.DuckDBPyConnection) -> None:
    """Bring the two take-back snapshots to what their facts say, for the aggregates touched."""
    for statement in _REFRESH:
        db.execute(statement)
