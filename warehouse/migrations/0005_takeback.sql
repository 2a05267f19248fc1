-- Take-back beside orders and units: demands, consignments, batches, lots, findings. Only added to;
-- a fact that comes after a later one of its aggregate finds its place by aggregate_seq.
create type severity as enum ('block', 'hold', 'alert');

create table fact_takeback_demand (
    source_event_id uuid not null,
    event_id uuid not null,
    content_hash ubigint not null,
    broker_epoch usmallint not null,
    topic_key utinyint not null,
    log_partition usmallint not null,
    log_offset bigint not null,
    occurred_at timestamptz not null,
    occurred_on date not null,
    recorded_at timestamptz not null,
    recorded_on date not null,
    revision usmallint not null,
    correction_of uuid,
    reason correction_reason,
    aggregate_seq integer not null,
    takeback_order_id varchar not null,
    channel channel not null,
    channel_ref varchar not null,
    region_key usmallint not null,
    service_mode varchar,
    wished_on date,
    units integer not null,
    lines json not null,
    is_late boolean not null,
    events integer not null
);

create table fact_takeback_consignment (
    source_event_id uuid not null,
    event_id uuid not null,
    content_hash ubigint not null,
    broker_epoch usmallint not null,
    topic_key utinyint not null,
    log_partition usmallint not null,
    log_offset bigint not null,
    occurred_at timestamptz not null,
    occurred_on date not null,
    recorded_at timestamptz not null,
    recorded_on date not null,
    revision usmallint not null,
    correction_of uuid,
    reason correction_reason,
    aggregate_seq integer not null,
    event_type varchar not null,
    from_state varchar,
    to_state varchar not null,
    reason_code varchar,
    partner_key uinteger,
    is_late boolean not null,
    payload json not null,
    events integer not null,
    consignment_id varchar not null,
    unit_count integer not null,
    received_count integer not null,
    category_key usmallint,
    vehicle_energy vehicle_energy,
    vehicle_token varchar,
    from_site_key uinteger,
    to_site_key uinteger,
    from_region_key usmallint,
    to_region_key usmallint,
    great_circle_km decimal(10, 3),
    mass_kg decimal(14, 3)
);

create table fact_takeback_batch (
    source_event_id uuid not null,
    event_id uuid not null,
    content_hash ubigint not null,
    broker_epoch usmallint not null,
    topic_key utinyint not null,
    log_partition usmallint not null,
    log_offset bigint not null,
    occurred_at timestamptz not null,
    occurred_on date not null,
    recorded_at timestamptz not null,
    recorded_on date not null,
    revision usmallint not null,
    correction_of uuid,
    reason correction_reason,
    aggregate_seq integer not null,
    event_type varchar not null,
    from_state varchar,
    to_state varchar not null,
    reason_code varchar,
    partner_key uinteger,
    is_late boolean not null,
    payload json not null,
    events integer not null,
    batch_id varchar not null,
    site_key uinteger not null,
    dismantler_key uinteger not null,
    unit_count integer not null,
    unit_id varchar,
    mass_in_kg decimal(14, 3),
    mass_out_kg decimal(14, 3),
    losses_kg decimal(14, 3),
    gap_kg decimal(14, 3),
    gap_share decimal(18, 6),
    class_average_share decimal(18, 6),
    hazardous_kg decimal(14, 3),
    refrigerant_destroyed_g decimal(14, 3),
    refrigerant_reclaimed_g decimal(14, 3),
    refrigerant_vented_g decimal(14, 3),
    certificate_id varchar,
    finding_id varchar,
    is_held boolean not null
);

create table fact_takeback_lot (
    source_event_id uuid not null,
    event_id uuid not null,
    content_hash ubigint not null,
    broker_epoch usmallint not null,
    topic_key utinyint not null,
    log_partition usmallint not null,
    log_offset bigint not null,
    occurred_at timestamptz not null,
    occurred_on date not null,
    recorded_at timestamptz not null,
    recorded_on date not null,
    revision usmallint not null,
    correction_of uuid,
    reason correction_reason,
    aggregate_seq integer not null,
    event_type varchar not null,
    from_state varchar,
    to_state varchar not null,
    reason_code varchar,
    partner_key uinteger,
    is_late boolean not null,
    payload json not null,
    events integer not null,
    lot_id varchar not null,
    batch_id varchar not null,
    parent_lot_id varchar,
    material varchar not null,
    mass_kg decimal(14, 3) not null,
    holder_id varchar not null,
    hazardous_code varchar,
    operation_code varchar,
    consignee_id varchar,
    mode transport_mode,
    manifest_id varchar,
    product_id varchar,
    received_mass_kg decimal(14, 3),
    residue_mass_kg decimal(14, 3),
    yield_share decimal(18, 6)
);

create table fact_finding (
    source_event_id uuid not null,
    event_id uuid not null,
    content_hash ubigint not null,
    broker_epoch usmallint not null,
    topic_key utinyint not null,
    log_partition usmallint not null,
    log_offset bigint not null,
    occurred_at timestamptz not null,
    occurred_on date not null,
    recorded_at timestamptz not null,
    recorded_on date not null,
    revision usmallint not null,
    correction_of uuid,
    reason correction_reason,
    aggregate_seq integer not null,
    finding_id varchar not null,
    rule varchar not null,
    rule_version integer not null,
    severity severity not null,
    kind varchar not null,
    aggregate_id varchar not null,
    sentence varchar not null,
    value_told varchar not null,
    limit_told varchar not null,
    partner_key uinteger,
    category_key usmallint,
    is_open boolean not null,
    is_upheld boolean,
    events integer not null
);

-- Every fact, names joined in.
create view mart.takeback_demand as
select f.* exclude (region_key, topic_key), region.id as region, topic.id as topic
from main.fact_takeback_demand f
left join dim_region region using (region_key)
left join dim_topic topic using (topic_key);

create view mart.takeback_consignment_event as
select
    f.* exclude (partner_key, category_key, from_site_key, to_site_key, from_region_key,
        to_region_key, topic_key),
    partner.id as partner, category.id as category, from_site.id as from_site,
    to_site.id as to_site, from_region.id as from_region, to_region.id as to_region,
    topic.id as topic
from main.fact_takeback_consignment f
left join dim_partner partner using (partner_key)
left join dim_category category using (category_key)
left join dim_site from_site on from_site.site_key = f.from_site_key
left join dim_site to_site on to_site.site_key = f.to_site_key
left join dim_region from_region on from_region.region_key = f.from_region_key
left join dim_region to_region on to_region.region_key = f.to_region_key
left join dim_topic topic using (topic_key);

create view mart.takeback_batch_event as
select
    f.* exclude (partner_key, dismantler_key, site_key, topic_key),
    partner.id as partner, dismantler.id as dismantler, site.id as site, topic.id as topic
from main.fact_takeback_batch f
left join dim_partner partner on partner.partner_key = f.partner_key
left join dim_partner dismantler on dismantler.partner_key = f.dismantler_key
left join dim_site site using (site_key)
left join dim_topic topic using (topic_key);

create view mart.takeback_lot_event as
select f.* exclude (partner_key, topic_key), partner.id as partner, topic.id as topic
from main.fact_takeback_lot f
left join dim_partner partner using (partner_key)
left join dim_topic topic using (topic_key);

create view mart.finding_event as
select
    f.* exclude (partner_key, category_key, topic_key),
    partner.id as partner, category.id as category, topic.id as topic
from main.fact_finding f
left join dim_partner partner using (partner_key)
left join dim_category category using (category_key)
left join dim_topic topic using (topic_key);

-- What is known of each now: its fact of the highest place. missing_facts counts the places below
-- it whose fact has not come.
create view mart.takeback_consignment as
select
    n.consignment_id, n.to_state as state, n.unit_count, n.received_count, n.category, n.partner,
    n.vehicle_energy, n.vehicle_token, n.from_site, n.from_region, n.to_site, n.to_region,
    n.great_circle_km, n.mass_kg, a.departed_at, a.arrived_at, n.aggregate_seq as last_seq,
    n.aggregate_seq - a.facts as missing_facts
from (
    from mart.takeback_consignment_event
    qualify row_number() over (partition by consignment_id order by aggregate_seq desc) = 1
) n
join (
    select consignment_id, count(*) as facts,
        min(occurred_at) filter (event_type = 'departed') as departed_at,
        min(occurred_at) filter (event_type = 'received') as arrived_at
    from mart.takeback_consignment_event group by consignment_id
) a using (consignment_id);

create view mart.batch_balance as
select
    n.batch_id, n.to_state as state, n.is_held, n.dismantler, n.site, n.unit_count, n.mass_in_kg,
    n.mass_out_kg, n.losses_kg, n.gap_kg, n.gap_share, n.class_average_share, n.hazardous_kg,
    n.refrigerant_destroyed_g, n.refrigerant_reclaimed_g, n.refrigerant_vented_g,
    n.certificate_id, a.opened_at, a.checked_at, a.certified_at, n.aggregate_seq as last_seq,
    n.aggregate_seq - a.facts as missing_facts
from (
    from mart.takeback_batch_event
    qualify row_number() over (partition by batch_id order by aggregate_seq desc) = 1
) n
join (
    select batch_id, count(*) as facts,
        min(occurred_at) filter (event_type = 'opened') as opened_at,
        max(occurred_at) filter (event_type = 'balance_checked') as checked_at,
        min(occurred_at) filter (event_type = 'certified') as certified_at
    from mart.takeback_batch_event group by batch_id
) a using (batch_id);

create view mart.takeback_lot as
select
    n.lot_id, n.to_state as state, n.batch_id, n.parent_lot_id, n.material, n.mass_kg,
    a.received_mass_kg, n.holder_id, n.hazardous_code, a.operation_code, a.manifest_id,
    a.yield_share, a.product_id, a.created_on, a.shipped_on, n.aggregate_seq as last_seq,
    n.aggregate_seq - a.facts as missing_facts
from (
    from mart.takeback_lot_event
    qualify row_number() over (partition by lot_id order by aggregate_seq desc) = 1
) n
join (
    select lot_id, count(*) as facts,
        arg_max(received_mass_kg, aggregate_seq) as received_mass_kg,
        arg_max(operation_code, aggregate_seq) as operation_code,
        -- of the newest way to a buyer: a lot that was sent back may leave with other papers
        arg_max_null(manifest_id, aggregate_seq) filter (event_type = 'shipped') as manifest_id,
        arg_max(yield_share, aggregate_seq) as yield_share,
        arg_max(product_id, aggregate_seq) as product_id,
        min(occurred_on) as created_on,
        max(occurred_on) filter (event_type = 'shipped') as shipped_on
    from mart.takeback_lot_event group by lot_id
) a using (lot_id);

create view mart.takeback_material as
select
    material, state, count(*) as lots, sum(mass_kg) as mass_kg,
    sum(mass_kg) filter (hazardous_code is not null) as hazardous_kg
from mart.takeback_lot group by material, state;

create view mart.finding as
select
    n.finding_id, n.rule, n.rule_version, n.severity, n.kind, n.aggregate_id, n.sentence,
    n.value_told, n.limit_told, n.partner, n.category, n.is_open, n.is_upheld, a.raised_at,
    a.raised_on, n.aggregate_seq as last_seq, n.aggregate_seq - a.facts as missing_facts
from (
    from mart.finding_event
    qualify row_number() over (partition by finding_id order by aggregate_seq desc) = 1
) n
join (
    select finding_id, count(*) as facts, min(occurred_at) as raised_at,
        min(occurred_on) as raised_on
    from mart.finding_event group by finding_id
) a using (finding_id);

create view mart.finding_open as select * exclude (is_open, is_upheld) from mart.finding where is_open;

-- Aggregates whose facts have a gap: a missing one may still come, and then finds its place.
create view mart.takeback_gap as
select aggregate, aggregate_id, max(aggregate_seq) as last_seq, count(*) as facts,
    max(aggregate_seq) - count(*) as missing_facts
from (
    select aggregate::varchar as aggregate, aggregate_id, aggregate_seq from main.takeback_event
    union all
    select 'consignment', consignment_id, aggregate_seq from main.fact_takeback_consignment
    union all select 'batch', batch_id, aggregate_seq from main.fact_takeback_batch
    union all select 'lot', lot_id, aggregate_seq from main.fact_takeback_lot
    union all select 'finding', finding_id, aggregate_seq from main.fact_finding
)
group by aggregate, aggregate_id having missing_facts > 0;

create view mart.takeback_unit_state as
select
    state, category, count(*) as units, sum(mass_kg) as mass_kg,
    count(*) filter (mass_kg is null) as units_without_mass
from mart.takeback_unit group by state, category;

-- Each unit's weighings; a drift is a share of the weighing before. Corrections are left out.
create view mart.unit_mass_check as
select
    *, abs(depot_mass_kg - door_mass_kg) / door_mass_kg as depot_drift_share,
    abs(dismantler_mass_kg - coalesce(depot_mass_kg, door_mass_kg))
        / coalesce(depot_mass_kg, door_mass_kg) as dismantler_drift_share
from (
    select
        unit_id, any_value(category) as category,
        arg_max(mass_kg, aggregate_seq) filter (event_type = 'collected') as door_mass_kg,
        arg_max(payload->>'weight_method', aggregate_seq) filter (event_type = 'collected')
            as door_weight_method,
        arg_max(mass_kg, aggregate_seq) filter (event_type = 'received') as depot_mass_kg,
        arg_max(mass_kg, aggregate_seq) filter (event_type = 'accepted') as dismantler_mass_kg
    from mart.takeback_event
    where aggregate = 'unit' and event_type in ('collected', 'received', 'accepted')
    group by unit_id
);

-- How long steps of an order take: from the last time it took the one to the first time that it
-- took the other. Times are as the parties tell them.
create view mart.takeback_cycle as
with step(place, step, from_event, to_event) as (
    values (1, 'appraise', 'demand_registered', 'appraised'),
        (2, 'confirm', 'appraised', 'confirmed'), (3, 'assign', 'confirmed', 'assigned'),
        (4, 'accept', 'assigned', 'accepted'), (5, 'appoint', 'accepted', 'appointed'),
        (6, 'pick_up', 'appointed', 'picked_up'), (7, 'fulfil', 'picked_up', 'fulfilled'),
        (8, 'settle', 'fulfilled', 'settled'),
        (9, 'demand_to_pickup', 'demand_registered', 'picked_up'),
        (10, 'demand_to_fulfilled', 'demand_registered', 'fulfilled')
), fact as (
    select aggregate_id, aggregate_seq, event_type, occurred_at from main.takeback_event
    where aggregate = 'order'
), ending as (
    select f.aggregate_id, f.aggregate_seq, f.occurred_at, s.place, s.step, s.from_event
    from fact f join step s on s.to_event = f.event_type
    qualify row_number() over (partition by f.aggregate_id, s.place order by f.aggregate_seq) = 1
), span as (
    select e.place, e.step, (epoch(e.occurred_at) - epoch(b.occurred_at)) / 3600 as duration_h
    from ending e join fact b on b.aggregate_id = e.aggregate_id
        and b.event_type = e.from_event and b.aggregate_seq < e.aggregate_seq
    qualify row_number()
        over (partition by e.aggregate_id, e.place order by b.aggregate_seq desc) = 1
)
select place, step, count(*) as orders, quantile_cont(duration_h, 0.5) as p50_h,
    quantile_cont(duration_h, 0.9) as p90_h
from span group by place, step;

create view mart.takeback_funnel as
select event_type as step, count(distinct aggregate_id) as orders, min(aggregate_seq) as least_seq
from main.takeback_event where aggregate = 'order' group by event_type;

-- A unit's part of each reverse leg it travelled on, by mass, in kg CO2e. A part is not known while
-- the leg has no emission, or the mass of somebody on it is not known.
create view mart.takeback_unit_leg as
with rider as (
    select distinct unit_id, payload->>'consignment_id' as consignment_id from main.takeback_event
    where aggregate = 'unit' and payload->>'consignment_id' is not null
), weighed as (
    select r.consignment_id, r.unit_id, u.category, u.mass_kg,
        sum(u.mass_kg) over (partition by r.consignment_id) as total_kg,
        count(*) filter (u.mass_kg is null) over (partition by r.consignment_id) as unweighed
    from rider r join mart.takeback_unit u using (unit_id)
), leg as (
    select consignment_id, sum(emission_wtt_kgco2e) as wtt, sum(emission_ttw_kgco2e) as ttw,
        sum(emission_wtw_kgco2e) as wtw
    from main.fact_leg_emission where leg = 'reverse'
    group by consignment_id having sum(legs) > 0
), shared as (
    select w.*, l.wtt, l.ttw, l.wtw,
        case when unweighed = 0 and l.wtw is not null then w.mass_kg / w.total_kg end as part
    from weighed w left join leg l using (consignment_id)
)
select
    unit_id, consignment_id, category, mass_kg, part as mass_share,
    (wtt * part)::decimal(18, 6) as emission_wtt_kgco2e,
    (ttw * part)::decimal(18, 6) as emission_ttw_kgco2e,
    (wtw * part)::decimal(18, 6) as emission_wtw_kgco2e,
    case when unweighed > 0 then 'mass_unknown' when wtw is null then 'leg_without_emission'
        else 'known' end as state
from shared;

-- What a unit's reverse transport emitted; nothing where a part of it is not known.
create view mart.takeback_unit_emission as
select
    unit_id, any_value(category) as category, count(*) as legs,
    count(*) filter (state = 'known') as known_legs,
    case when legs = known_legs then sum(emission_wtt_kgco2e) end as emission_wtt_kgco2e,
    case when legs = known_legs then sum(emission_ttw_kgco2e) end as emission_ttw_kgco2e,
    case when legs = known_legs then sum(emission_wtw_kgco2e) end as emission_wtw_kgco2e
from mart.takeback_unit_leg group by unit_id;

-- What metrics.toml adds up: a row for each unit, batch, lot, finding or visit that has the number.
create view kpi_unit as
select u.collected_on as day, t.category_key, 1 as units, t.mass_kg, e.emission_wtt_kgco2e,
    e.emission_ttw_kgco2e, e.emission_wtw_kgco2e,
    case when e.emission_wtw_kgco2e is not null then 1 end as units_with_emission,
    case when e.emission_wtw_kgco2e is not null then t.mass_kg end as mass_with_emission_kg,
    case when t.mass_kg is not null then 1 end as units_with_mass
from main.takeback_unit t
join (
    select unit_id, min(occurred_on) as collected_on from main.takeback_event
    where aggregate = 'unit' and event_type = 'collected' group by unit_id
) u using (unit_id)
left join mart.takeback_unit_emission e using (unit_id);

create view kpi_unit_end as
select occurred_on as day, category_key, event_type, events as units from main.takeback_event
where aggregate = 'unit' and event_type in ('resold_for_reuse', 'dismantled');

create view kpi_depolluted as
select occurred_on as day, category_key, events as units,
    (payload->>'refrigerant_g')::decimal(14, 3) as refrigerant_g
from main.takeback_event
where aggregate = 'unit' and event_type = 'depolluted' and payload->>'refrigerant_g' is not null;

-- A visit ended at the door or before it: is_first_visit says of a pickup whether it took one.
create view kpi_visit as
select occurred_on as day, category_key, events as visits, event_type = 'no_show' as is_no_show,
    case when event_type = 'picked_up' then to_state <> 'refused_at_door' and 1 = row_number()
        over (partition by aggregate_id order by aggregate_seq) end as is_first_visit
from main.takeback_event
where aggregate = 'order' and event_type in ('picked_up', 'no_show');

create view kpi_batch as
select occurred_on as day, mass_in_kg, gap_kg from (
    from main.fact_takeback_batch
    qualify row_number() over (partition by batch_id order by aggregate_seq desc) = 1
) where gap_kg is not null and to_state in ('balanced', 'certified', 'audited');

create view kpi_lot as
select created_on as day, mass_kg,
    case when hazardous_code is not null then mass_kg else 0 end as hazardous_kg,
    case when state = 'used_in_product' then mass_kg else 0 end as used_in_product_kg,
    hazardous_code is not null as is_hazardous, shipped_on is not null as is_shipped,
    manifest_id is not null as has_manifest
from mart.takeback_lot;

create view kpi_finding as
select raised_on as day, 1 as findings, is_open::integer as open_findings, is_upheld
from mart.finding;
