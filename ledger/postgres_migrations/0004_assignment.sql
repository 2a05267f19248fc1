-- What a recycler promised for an order: folded from the order's events, in their transaction.
create table promise (
    tenant text collate "C" not null,
    takeback_order_id text collate "C" not null,
    round integer not null check (round >= 1),
    recycler_id text collate "C" not null,
    on_day text collate "C" not null, -- wished, then appointed, then picked up; the day in China
    categories text not null, -- JSON object: units by category; after a pickup those collected
    stage text collate "C" not null
        check (stage in ('assigned', 'accepted', 'appointed', 'ended')),
    since_at text collate "C" not null, -- where the stage's time begins; else the window's end
    assigned_at text collate "C" not null,
    in_time integer not null check (in_time in (0, 1)), -- 0: the appointment came after its SLA
    window_from text collate "C",
    ended_at text collate "C",
    outcome text collate "C",
    kept integer check (kept in (0, 1)), -- null: open, or the end was nobody's fault
    primary key (takeback_order_id, round)
);

create index promise_due on promise (tenant, stage, since_at, takeback_order_id)
    where ended_at is null;
create index promise_record on promise (tenant, recycler_id, ended_at, kept)
    where kept is not null;

-- The sums of promise that capacities are compared with; a row without units is not there.
create table promised_units (
    tenant text collate "C" not null,
    recycler_id text collate "C" not null,
    on_day text collate "C" not null,
    category text collate "C" not null,
    open_units bigint not null check (open_units >= 0),
    collected_units bigint not null check (collected_units >= 0),
    primary key (tenant, recycler_id, on_day, category)
);

-- Orders that were at the door and whose units are all final: the clerk's work.
create table completable (
    tenant text collate "C" not null,
    takeback_order_id text collate "C" not null,
    since_at text collate "C" not null,
    primary key (tenant, takeback_order_id)
);

create index completable_age on completable (tenant, since_at, takeback_order_id);

-- Who has used how much of a quota; the key is a keyed hash, and no event carries it.
create table subsidy_use (
    tenant text collate "C" not null,
    takeback_order_id text collate "C" not null,
    quota_key text collate "C" not null,
    policy_id text collate "C" not null,
    category text collate "C" not null,
    on_day text collate "C" not null,
    primary key (tenant, takeback_order_id)
);

create index subsidy_use_of on subsidy_use (tenant, quota_key, policy_id);

create index aggregate_by_age on aggregate (tenant, kind, state, recorded_at, id);
