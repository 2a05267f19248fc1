-- Snapshots that take-back partners send: each file, each line, and every revision of a record.
create type feed_line_status as enum ('accepted', 'duplicate', 'rejected');
create type feed_class as enum ('new', 'same', 'corrected', 're_used', 'gone');

create table feed_file (
    partner_id varchar not null,
    file_id varchar not null,
    name varchar not null,
    version varchar not null,
    state varchar not null,
    received_at timestamptz not null,
    report json not null
);

create table feed_line (
    partner_id varchar not null,
    file_id varchar not null,
    line_no bigint not null,
    raw_line varchar not null,
    record_id varchar,
    status feed_line_status not null,
    reason varchar,
    field varchar,
    value varchar,
    detail varchar
);

-- Appended to, never changed: the newest revision of a record is the record. A header that brings
-- other columns makes one of the class `same`: nothing that both know differs.
create table feed_revision (
    partner_id varchar not null,
    record_id varchar not null,
    revision integer not null,
    feed_class feed_class not null,
    event_on date not null,
    cells json not null,
    changed varchar[] not null,
    version varchar not null,
    file_id varchar not null,
    recorded_at timestamptz not null
);

-- What people wrote freely stays out of the analyst's views, as original bytes do.
create view mart.feed_file as select * from main.feed_file;

create view mart.feed_line as select * exclude (raw_line) from main.feed_line;

create view mart.feed_revision as select * exclude (cells) from main.feed_revision;

create view mart.feed_record as
select
    partner_id, record_id, event_on, revision,
    cells->>'country' as country, cells->>'product_category' as product_category,
    cells->>'brand' as brand, cells->>'year_of_manufacture' as year_of_manufacture,
    cells->>'repair_status' as repair_status, version, file_id, recorded_at
from (
    from main.feed_revision
    qualify row_number() over (partition by partner_id, record_id order by revision desc) = 1
)
where feed_class <> 'gone';
