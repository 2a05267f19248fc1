-- Instants are UTC texts of one width, so that they compare as they are. JSON is canonical text.

create table aggregate (
    seq integer primary key, -- of its first event: where pages continue
    kind text not null,
    id text not null,
    tenant text not null,
    state text not null,
    flags text not null, -- JSON array, sorted
    version integer not null check (version >= 1),
    body text not null,
    head_hash text not null, -- of its last event: an event cut off at the end is missed
    recorded_at text not null,
    unique (kind, id)
) strict;

create index aggregate_listed on aggregate (tenant, kind, seq);
create index aggregate_by_state on aggregate (tenant, kind, state, seq);

create table event (
    seq integer primary key autoincrement,
    event_id text not null unique,
    kind text not null,
    aggregate_id text not null,
    version integer not null check (version >= 1),
    tenant text not null,
    type text not null,
    major integer not null check (major >= 1),
    classifier text not null check (classifier in ('PLN', 'EST', 'ACT')),
    occurred_at text not null,
    recorded_at text not null,
    state text not null,
    flags text not null,
    changed text not null, -- body fields this event set
    removed text not null, -- body fields this event took away
    payload text not null, -- what others are told
    causation_id text not null,
    correlation_id text not null,
    traceparent text not null,
    prev_hash text not null,
    hash text not null,
    unique (kind, aggregate_id, version),
    foreign key (kind, aggregate_id) references aggregate (kind, id)
) strict;

create table outbox (
    seq integer primary key references event (seq),
    topic text not null,
    key text not null
) strict;

create table idempotency (
    tenant text not null,
    partner_id text not null, -- empty: the maker's own
    method text not null,
    path text not null,
    key text not null,
    digest text not null,
    status integer not null,
    body text not null,
    recorded_at text not null,
    primary key (tenant, partner_id, method, path, key)
) strict, without rowid;

create index idempotency_age on idempotency (recorded_at);

-- What the first posting of a business key was answered: a repeat gets the same.
create table first_answer (
    first_answer_id integer primary key,
    tenant text not null,
    partner_id text not null,
    digest text not null,
    body text not null,
    recorded_at text not null
) strict;

create table channel_ref (
    tenant text not null,
    channel text not null,
    channel_ref text not null,
    first_answer_id integer not null references first_answer (first_answer_id),
    primary key (tenant, channel, channel_ref)
) strict, without rowid;

create table pickup (
    pickup_id integer primary key,
    tenant text not null,
    takeback_order_id text not null,
    unit_id text not null,
    first_answer_id integer not null references first_answer (first_answer_id),
    body text not null,
    recorded_at text not null,
    unique (takeback_order_id, unit_id)
) strict;

create table unit_identity (
    code text primary key,
    tenant text not null,
    unit_id text not null,
    recorded_at text not null
) strict, without rowid;

create table aggregate_party (
    kind text not null,
    id text not null,
    partner_id text not null,
    role text not null,
    from_seq integer not null,
    to_seq integer,
    primary key (kind, id, partner_id, role, from_seq),
    foreign key (kind, id) references aggregate (kind, id)
) strict, without rowid;

create index aggregate_party_of on aggregate_party (partner_id, kind, id);

create table refusal (
    refusal_id integer primary key,
    tenant text not null,
    partner_id text not null,
    method text not null,
    path text not null,
    code text not null,
    status integer not null,
    recorded_at text not null
) strict;

create index refusal_age on refusal (recorded_at);

create table late_pickup (
    seq integer primary key autoincrement,
    late_pickup_id text not null unique,
    tenant text not null,
    partner_id text not null,
    path text not null,
    digest text not null,
    code text not null,
    body text not null,
    recorded_at text not null,
    decided_at text, -- null: the platform has yet to say what becomes of it
    unique (tenant, partner_id, path, digest)
) strict;
