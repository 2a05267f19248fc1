-- What partners are told by webhook: up to which event it was looked at, and every message.

create table webhook_cursor (
    only_one integer primary key check (only_one = 1),
    seq integer not null
) strict;

insert into webhook_cursor values (1, 0);

create table webhook_delivery (
    seq integer primary key autoincrement,
    delivery_id text not null unique,
    tenant text not null,
    endpoint_id text not null,
    event_id text not null,
    event_type text not null,
    body text not null, -- thin: ids and a version
    state text not null check (state in ('waiting', 'delivered', 'failed')),
    attempts integer not null,
    next_at text, -- null: tried no more
    last_status integer, -- null: no answer yet, or none came
    last_error text not null,
    created_at text not null,
    updated_at text not null,
    unique (endpoint_id, event_id)
) strict;

create index webhook_delivery_due on webhook_delivery (next_at) where state = 'waiting';
create index webhook_delivery_of on webhook_delivery (endpoint_id, seq);
create index webhook_delivery_age on webhook_delivery (updated_at) where state <> 'waiting';
