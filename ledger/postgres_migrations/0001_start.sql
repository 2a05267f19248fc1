-- The tables of the SQLite ledger, for PostgreSQL. Instants are UTC texts of one width, so that
-- they compare as they are (hence collate "C"). JSON is canonical text: its bytes are hashed.

create table aggregate (
    seq bigint primary key, -- of its first event: where pages continue
    kind text collate "C" not null,
    id text collate "C" not null,
    tenant text collate "C" not null,
    state text not null,
    flags text not null, -- JSON array, sorted
    version bigint not null check (version >= 1),
    body text not null,
    head_hash text not null, -- of its last event: an event cut off at the end is missed
    recorded_at text collate "C" not null,
    unique (kind, id)
);

create index aggregate_listed on aggregate (tenant, kind, seq);
create index aggregate_by_state on aggregate (tenant, kind, state, seq);

create sequence event_seq;

create table event (
    seq bigint primary key,
    event_id text not null unique,
    kind text collate "C" not null,
    aggregate_id text collate "C" not null,
    version bigint not null check (version >= 1),
    tenant text collate "C" not null,
    type text not null,
    major integer not null check (major >= 1),
    classifier text not null check (classifier in ('PLN', 'EST', 'ACT')),
    occurred_at text collate "C" not null,
    recorded_at text collate "C" not null,
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
);

create table outbox (
    seq bigint primary key references event (seq),
    topic text not null,
    key text not null
);

create table idempotency (
    tenant text collate "C" not null,
    partner_id text collate "C" not null, -- empty: the maker's own
    method text collate "C" not null,
    path text collate "C" not null,
    key text collate "C" not null,
    digest text not null,
    status integer not null,
    body text not null,
    recorded_at text collate "C" not null
);

-- A path may be longer than what an index keeps: 2,704 bytes.
create unique index idempotency_once
    on idempotency (key, tenant, partner_id, method, md5(path));
create index idempotency_age on idempotency (recorded_at);

-- What the first posting of a business key was answered: a repeat gets the same.
create table first_answer (
    first_answer_id bigint generated always as identity primary key,
    tenant text not null,
    partner_id text not null,
    digest text not null,
    body text not null,
    recorded_at text collate "C" not null
);

create table channel_ref (
    tenant text collate "C" not null,
    channel text collate "C" not null,
    channel_ref text collate "C" not null,
    first_answer_id bigint not null references first_answer (first_answer_id)
);

create unique index channel_ref_once
    on channel_ref (tenant, channel, md5(channel_ref));
create index channel_ref_found on channel_ref using hash (channel_ref);

create table pickup (
    pickup_id bigint generated always as identity primary key,
    tenant text collate "C" not null,
    takeback_order_id text collate "C" not null,
    unit_id text collate "C" not null,
    first_answer_id bigint not null references first_answer (first_answer_id),
    body text not null,
    recorded_at text collate "C" not null,
    unique (takeback_order_id, unit_id)
);

create table unit_identity (
    code text collate "C" primary key,
    tenant text collate "C" not null,
    unit_id text collate "C" not null,
    recorded_at text collate "C" not null
);

create table aggregate_party (
    kind text collate "C" not null,
    id text collate "C" not null,
    partner_id text collate "C" not null,
    role text collate "C" not null,
    from_seq bigint not null,
    to_seq bigint,
    primary key (kind, id, partner_id, role, from_seq),
    foreign key (kind, id) references aggregate (kind, id)
);

create index aggregate_party_of on aggregate_party (partner_id, kind, id);

create table refusal (
    refusal_id bigint generated always as identity primary key,
    tenant text not null,
    partner_id text not null,
    method text not null,
    path text not null,
    code text not null,
    status integer not null,
    recorded_at text collate "C" not null
);

create index refusal_age on refusal (recorded_at);

-- The number of the next event. Several transactions take numbers at once and commit in another
-- sequence; so each first says, by a shared lock that ends with it, below which number it takes
-- none. 19535 marks such locks; the other 48 bits are the number.
create function ledger_first_seq() returns bigint language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock_shared(
        (19535::bigint << 48) | coalesce(pg_sequence_last_value('event_seq'), 0)
    );
    return nextval('event_seq');
end
$$;

-- The number up to which every transaction has ended. What was taken is read before the locks: a
-- number up to there that is not yet decided has its lock. Rows have to be read by a later
-- statement, which sees whatever ended before this one looked.
create function ledger_visible_until() returns bigint language plpgsql volatile as $$
declare
    taken bigint := coalesce(pg_sequence_last_value('event_seq'), 0);
    open_from bigint;
begin
    select min(((classid::bigint & 65535) << 32) | objid::bigint) into open_from
    from pg_locks
    where locktype = 'advisory' and objsubid = 1 and (classid::bigint >> 16) = 19535
        and database = (select oid from pg_database where datname = current_database());
    return least(taken, open_from);
end
$$;

create table late_pickup (
    seq bigint primary key default ledger_first_seq(), -- of the events: lists end alike
    late_pickup_id text collate "C" not null unique,
    tenant text collate "C" not null,
    partner_id text collate "C" not null,
    path text collate "C" not null,
    digest text collate "C" not null,
    code text not null,
    body text not null,
    recorded_at text collate "C" not null,
    decided_at text collate "C" -- null: the platform has yet to say what becomes of it
);

create unique index late_pickup_once
    on late_pickup (digest, tenant, partner_id, md5(path));
create index late_pickup_listed on late_pickup (tenant, seq);

-- What the relay has published, and to which broker.
create table lease (
    lease_id integer primary key check (lease_id = 1),
    cluster_id text not null,
    taken_at text not null
);

create table sent (
    cluster_id text collate "C" not null,
    seq bigint not null,
    partition integer not null,
    "offset" bigint not null,
    sent_at text not null,
    primary key (cluster_id, seq)
);
