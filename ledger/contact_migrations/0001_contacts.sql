-- Instants are UTC texts of one width, so that they compare as they are.

-- A secret of this file, wrapped by the master key: it tells whether the master key is the right one.
create table root (
    only_row integer primary key check (only_row = 1),
    wrapped blob not null check (length(wrapped) = 60)
) strict;

-- What names a person, and the wrapped key to it. A row never moves, shrinks or goes: emptying it
-- writes as many zeros over the same bytes. Moving cells between pages would leave copies behind.
create table contact_seal (
    seal integer primary key,
    is_free integer not null check (is_free in (0, 1)),
    wrapped_key blob not null check (length(wrapped_key) = 60),
    name blob not null,
    phone blob not null,
    address blob not null
) strict;

create index contact_seal_free on contact_seal (length(name), length(phone), length(address))
where is_free = 1;

create table contact (
    contact_id text primary key,
    tenant text not null,
    request_ref blob not null check (length(request_ref) = 32), -- keyed hash: ids may name a person
    created_at text not null,
    seal integer unique references contact_seal,
    emptied_at text,
    emptied_because text check (emptied_because in ('erased', 'purged', 'orphaned')),
    unique (tenant, request_ref),
    check ((seal is null) = (emptied_at is not null)),
    check ((emptied_at is null) = (emptied_because is null))
) strict;

create index contact_living on contact (created_at) where seal is not null;

-- Ids that a person asked to have erased; applied again after a restore.
create table erasure (
    contact_id text primary key,
    erased_at text not null
) strict;
