-- Hubs by the month, and the refrigerant of treated units; corrections append differences.
create type hub_type as enum ('transshipment', 'storage_and_transshipment', 'warehouse', 'liquid_bulk_terminal', 'maritime_container_terminal');

create table fact_hub_emission (
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
    site_key uinteger not null,
    hub_type hub_type not null,
    period_on date not null,
    outbound_mass_kg decimal(14, 3),
    cooled_outbound_mass_kg decimal(14, 3),
    storage_m3_days decimal(18, 6),
    energy_kwh decimal(14, 3),
    fuel_l decimal(14, 3),
    refrigerant_lost_kg decimal(14, 6),
    emission_wtt_kgco2e decimal(18, 6) not null,
    emission_ttw_kgco2e decimal(18, 6) not null,
    emission_wtw_kgco2e decimal(18, 6) not null,
    cooling_wtt_kgco2e decimal(18, 6) not null,
    cooling_ttw_kgco2e decimal(18, 6) not null,
    gwp_set varchar not null,
    method_version_key usmallint not null,
    extra_inputs json not null,
    periods integer not null
);

create table fact_refrigerant (
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
    site_key uinteger not null,
    unit_id varchar not null,
    partner_key uinteger,
    substance varchar not null,
    charge_kg decimal(14, 6) not null,
    recovered_destroyed_kg decimal(14, 6) not null,
    recovered_reclaimed_kg decimal(14, 6) not null,
    vented_kg decimal(14, 6) not null,
    left_in_unit_kg decimal(14, 6) not null,
    emitted_kg decimal(14, 6) not null,
    emission_ttw_kgco2e decimal(18, 6) not null,
    is_charge_assumed boolean not null,
    gwp_set varchar not null,
    method_version_key usmallint not null,
    extra_inputs json not null,
    units integer not null
);

create view mart.hub_emission as
select
    f.* exclude (site_key, method_version_key, topic_key),
    site.id as site, method_version.id as method_version, topic.id as topic
from main.fact_hub_emission f
left join dim_site site using (site_key)
left join dim_method_version method_version using (method_version_key)
left join dim_topic topic using (topic_key);

create view mart.refrigerant as
select
    f.* exclude (site_key, partner_key, method_version_key, topic_key),
    site.id as site, partner.id as partner, method_version.id as method_version, topic.id as topic
from main.fact_refrigerant f
left join dim_site site using (site_key)
left join dim_partner partner using (partner_key)
left join dim_method_version method_version using (method_version_key)
left join dim_topic topic using (topic_key);

-- The exact quantity of an interval and the edition of its factor set: rows before have none.
alter table fact_forklift_energy add column extra_inputs json;

create or replace view mart.forklift_energy as
select
    f.* exclude (forklift_key, site_key, factor_key, topic_key),
    forklift.id as forklift, site.id as site, factor.id as factor, topic.id as topic
from main.fact_forklift_energy f
left join dim_forklift forklift using (forklift_key)
left join dim_site site using (site_key)
left join dim_factor factor using (factor_key)
left join dim_topic topic using (topic_key);
