-- Which batch a unit is an input of: it can be in one, and the key is what says so.
create table batch_input (
    unit_id text collate "C" primary key,
    batch_id text collate "C" not null,
    tenant text collate "C" not null
);

-- Open findings that ask for HOLD, by what they are about: certifying and settling look here.
create table hold_asked (
    finding_id text collate "C" primary key,
    kind text collate "C" not null,
    id text collate "C" not null,
    tenant text collate "C" not null
);

create index hold_asked_about on hold_asked (kind, id);
