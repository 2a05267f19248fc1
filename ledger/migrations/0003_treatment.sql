-- Which batch a unit is an input of: it can be in one, and the key is what says so.
create table batch_input (
    unit_id text primary key,
    batch_id text not null,
    tenant text not null
) strict, without rowid;

-- Open findings that ask for HOLD, by what they are about: certifying and settling look here.
create table hold_asked (
    finding_id text primary key,
    kind text not null,
    id text not null,
    tenant text not null
) strict, without rowid;

create index hold_asked_about on hold_asked (kind, id);
