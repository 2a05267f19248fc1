-- Which orders carry a contact: who is known to none, or only to orders that have ended, is emptied.
create table contact_use (
    tenant text not null,
    contact_id text not null,
    takeback_order_id text not null,
    primary key (tenant, contact_id, takeback_order_id)
) strict, without rowid;

insert into contact_use select tenant, json_extract(body, '$.contact_id'), id from aggregate
    where kind = 'takeback_order' and json_extract(body, '$.contact_id') is not null;
