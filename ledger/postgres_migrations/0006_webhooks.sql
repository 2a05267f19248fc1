-- What partners are told by webhook: up to which event it was looked at, and every message.

create table webhook_cursor (
    only_one integer primary key check (only_one = 1),
    seq bigint not null
);

insert into webhook_cursor values (1, 0);

create table webhook_delivery (
    seq bigint generated always as identity primary key,
    delivery_id text collate "C" not null unique,
    tenant text collate "C" not null,
    endpoint_id text collate "C" not null,
    event_id text collate "C" not null,
    event_type text not null,
    body text not null, -- thin: ids and a version
    state text not null check (state in ('waiting', 'delivered', 'failed')),
    attempts integer not null,
    next_at text collate "C", -- null: tried no more
    last_status integer, -- null: no answer yet, or none came
    last_error text not null,
    created_at text collate "C" not null,
    updated_at text collate "C" not null,
    unique (endpoint_id, event_id)
);

create index webhook_delivery_due on webhook_delivery (next_at) where state = 'waiting';
create index webhook_delivery_of on webhook_delivery (endpoint_id, seq);
create index webhook_delivery_age on webhook_delivery (updated_at) where state <> 'waiting';
