-- What a command told that no event carries: a demand's point, a plate, where somebody waited.

create table private_fact (
    kind text collate "C" not null,
    id text collate "C" not null,
    version bigint not null, -- of the event it was told with
    body text not null,
    recorded_at text collate "C" not null,
    primary key (kind, id, version),
    foreign key (kind, id, version) references event (kind, aggregate_id, version)
);
