-- Closed vocabularies; tests compare them with schemas/vocabulary.py.
create type transport_mode as enum ('road', 'rail', 'sea', 'inland_water', 'air', 'ropax', 'parcel');
create type vehicle_energy as enum ('diesel', 'petrol', 'electric', 'lng', 'cng', 'lpg', 'hybrid', 'hydrogen', 'jet_fuel', 'marine_fuel');
create type leg_kind as enum ('main_line', 'transfer', 'last_leg', 'reverse');
create type distance_kind as enum ('sfd', 'gcd');
create type calculation_method as enum ('primary_energy', 'carrier_toc', 'modelled', 'class_default', 'mode_default');
create type data_class as enum ('primary', 'modelled', 'default');
create type electricity_basis as enum ('generation_co2', 'lifecycle_co2e');
create type forklift_energy as enum ('battery_electric', 'diesel', 'lpg', 'cng', 'hydrogen');
create type channel as enum ('wechat_account', 'mini_program', 'web_shop', 'marketplace', 'call_centre', 'engineer_app', 'service_network', 'store_guide', 'merchant_platform', 'offline_store', 'campaign', 'other');
create type correction_reason as enum ('correction', 'void', 'factor_update', 'method_update');
create type takeback_aggregate as enum ('order', 'unit');
create type dead_letter_state as enum ('open', 'replayed', 'discarded');
create type import_status as enum ('accepted', 'attached', 'duplicate', 'restated', 'rejected');

-- Open vocabularies: small integer keys, a row inferred for an id nobody announced.
create table dim_category (
    category_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_company (
    company_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_base (
    base_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_vehicle_class (
    vehicle_class_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_carrier (
    carrier_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_site (
    site_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_region (
    region_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_partner (
    partner_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_forklift (
    forklift_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_factor (
    factor_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_method_version (
    method_version_key usmallint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_topic (
    topic_key utinyint not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

create table dim_lane (
    lane_key uinteger not null,
    id varchar not null,
    name_zh varchar,
    name_en varchar,
    valid_from date,
    valid_to date,
    is_inferred boolean not null
);

-- Facts are only added; every measure is additive, counts too; no key and no index.
create table fact_leg_emission (
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
    leg_id varchar not null,
    shipment_id varchar not null,
    consignment_id varchar not null,
    trip_id varchar,
    shipment_ref ubigint not null,
    leg_seq utinyint not null,
    leg leg_kind not null,
    category_key usmallint not null,
    company_key usmallint,
    base_key usmallint,
    mode transport_mode not null,
    energy vehicle_energy,
    vehicle_class_key usmallint,
    carrier_key uinteger,
    lane_key uinteger,
    is_direct boolean,
    mass_kg decimal(14, 3) not null,
    volume_m3 decimal(12, 6),
    distance_km decimal(10, 3) not null,
    distance_kind distance_kind not null,
    transport_tkm decimal(18, 6) not null,
    emission_wtt_kgco2e decimal(18, 6) not null,
    emission_ttw_kgco2e decimal(18, 6) not null,
    emission_wtw_kgco2e decimal(18, 6) not null,
    factor_key uinteger not null,
    dq data_class not null,
    method calculation_method not null,
    method_version_key usmallint not null,
    extra_inputs json,
    legs integer not null,
    shipments integer not null,
    shipment_mass_kg decimal(14, 3) not null,
    shipment_volume_m3 decimal(12, 6) not null
);

create table fact_order_route (
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
    order_line_id varchar not null,
    category_key usmallint not null,
    base_key usmallint,
    region_key usmallint,
    is_direct boolean,
    mode transport_mode,
    ordered_on date,
    promised_on date,
    delivered_on date,
    mass_kg decimal(14, 3),
    volume_m3 decimal(12, 6),
    main_line_km decimal(10, 3),
    volume_main_line_m3km decimal(18, 6),
    orders integer not null
);

create table fact_forklift_energy (
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
    session_id varchar not null,
    forklift_key uinteger not null,
    site_key uinteger not null,
    energy forklift_energy not null,
    started_at timestamptz not null,
    energy_kwh decimal(14, 3),
    fuel_l decimal(14, 3),
    running_s bigint,
    basis electricity_basis,
    emission_wtt_kgco2e decimal(18, 6) not null,
    emission_ttw_kgco2e decimal(18, 6) not null,
    emission_wtw_kgco2e decimal(18, 6) not null,
    factor_key uinteger not null,
    dq data_class not null,
    sessions integer not null
);

-- The newest counters of each forklift: what the next reading is measured against.
create table forklift_state (
    forklift_id varchar not null,
    event_id uuid not null,
    occurred_at timestamptz not null,
    reading json not null
);

-- What an agent in this process has to tell others; published after the commit.
create table outbox (
    outbox_id bigint not null,
    topic varchar not null,
    key varchar not null,
    value blob not null
);
create sequence outbox_id_sequence;

create table takeback_event (
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
    aggregate takeback_aggregate not null,
    aggregate_id varchar not null,
    aggregate_seq integer not null,
    event_type varchar not null,
    takeback_order_id varchar not null,
    unit_id varchar,
    partner_key uinteger,
    region_key usmallint,
    channel channel not null,
    category_key usmallint,
    from_state varchar,
    to_state varchar not null,
    mass_kg decimal(14, 3),
    price_cny_fen bigint,
    reason_code varchar,
    is_late boolean not null,
    payload json not null,
    events integer not null
);

-- Newest state per aggregate, over its facts without a gap; equal to a replay of takeback_event.
create table takeback_order (
    takeback_order_id varchar not null,
    channel channel not null,
    region_key usmallint,
    partner_key uinteger,
    category_key usmallint,
    status varchar not null,
    requested_at timestamptz,
    picked_up_at timestamptz,
    fulfilled_at timestamptz,
    cancelled_at timestamptz,
    last_seq integer not null
);

create table takeback_unit (
    unit_id varchar not null,
    takeback_order_id varchar not null,
    category_key usmallint,
    state varchar not null,
    partner_key uinteger,
    collected_at timestamptz,
    dismantled_at timestamptz,
    mass_kg decimal(14, 3),
    last_seq integer not null
);

-- Roll-ups: each batch adds its sums in the transaction of its rows; readers sum again.
create table agg_leg_day (
    day date not null,
    category_key usmallint not null,
    company_key usmallint,
    base_key usmallint,
    mode transport_mode not null,
    energy vehicle_energy,
    leg leg_kind not null,
    is_direct boolean,
    dq data_class not null,
    legs bigint not null,
    shipments bigint not null,
    mass_kg decimal(28, 3) not null,
    volume_m3 decimal(28, 6) not null,
    transport_tkm decimal(28, 6) not null,
    emission_wtt_kgco2e decimal(28, 6) not null,
    emission_ttw_kgco2e decimal(28, 6) not null,
    emission_wtw_kgco2e decimal(28, 6) not null,
    emission_primary_kgco2e decimal(28, 6) not null,
    shipment_mass_kg decimal(28, 3) not null,
    shipment_volume_m3 decimal(28, 6) not null
);

create table agg_leg_month (
    month date not null,
    category_key usmallint not null,
    base_key usmallint,
    mode transport_mode not null,
    leg leg_kind not null,
    legs bigint not null,
    shipments bigint not null,
    mass_kg decimal(28, 3) not null,
    volume_m3 decimal(28, 6) not null,
    transport_tkm decimal(28, 6) not null,
    emission_wtt_kgco2e decimal(28, 6) not null,
    emission_ttw_kgco2e decimal(28, 6) not null,
    emission_wtw_kgco2e decimal(28, 6) not null,
    emission_primary_kgco2e decimal(28, 6) not null,
    shipment_mass_kg decimal(28, 3) not null,
    shipment_volume_m3 decimal(28, 6) not null
);

create table agg_order_day (
    day date not null,
    category_key usmallint not null,
    base_key usmallint,
    region_key usmallint,
    is_direct boolean,
    mode transport_mode,
    orders bigint not null,
    mass_kg decimal(28, 3) not null,
    volume_m3 decimal(28, 6) not null,
    volume_main_line_m3km decimal(28, 6) not null
);

create table agg_site_day (
    day date not null,
    site_key uinteger not null,
    forklift_key uinteger not null,
    energy forklift_energy not null,
    sessions bigint not null,
    energy_kwh decimal(28, 3) not null,
    fuel_l decimal(28, 3) not null,
    running_s bigint not null,
    emission_wtt_kgco2e decimal(28, 6) not null,
    emission_ttw_kgco2e decimal(28, 6) not null,
    emission_wtw_kgco2e decimal(28, 6) not null
);

create table agg_takeback_day (
    day date not null,
    aggregate takeback_aggregate not null,
    category_key usmallint,
    partner_key uinteger,
    region_key usmallint,
    channel channel not null,
    event_type varchar not null,
    events bigint not null,
    mass_kg decimal(28, 3) not null
);

-- What the sink remembers about where it read, what it refused and what changed.
create table sink_cluster (
    cluster_id varchar not null,
    broker_epoch usmallint not null,
    first_seen_at timestamptz not null,
    note varchar not null
);

create table sink_offset (
    cluster_id varchar not null,
    topic varchar not null,
    partition integer not null,
    next_offset bigint not null
);

create table month_change (
    month date not null,
    change_number bigint not null
);

-- Per minute and partition: rows + duplicates + dead + without_row are the records read; late ones
-- are among the rows.
create table sink_stat (
    minute timestamptz not null,
    topic varchar not null,
    partition integer not null,
    rows bigint not null,
    duplicates bigint not null,
    dead bigint not null,
    late bigint not null,
    without_row bigint not null
);

create table dead_letter (
    dead_letter_id varchar not null,
    broker_epoch usmallint not null,
    topic varchar not null,
    partition integer not null,
    log_offset bigint not null,
    event_id varchar,
    reason varchar not null,
    detail varchar not null,
    key blob,
    raw blob not null,
    headers json not null,
    recorded_at timestamptz not null,
    published_at timestamptz,
    state dead_letter_state not null,
    resolved_at timestamptz
);

create table import_file (
    file_id varchar not null,
    source_id varchar not null,
    name varchar not null,
    mapping_sha256 varchar not null,
    lines bigint not null,
    imported_at timestamptz not null,
    state varchar not null,
    report json not null
);

create table import_line (
    file_id varchar not null,
    line_no bigint not null,
    raw_line varchar not null,
    key varchar not null,
    target varchar not null,
    status import_status not null,
    reasons varchar[] not null,
    flags varchar[] not null,
    event_id uuid
);

create table warehouse_setting (
    name varchar not null,
    value varchar not null
);
