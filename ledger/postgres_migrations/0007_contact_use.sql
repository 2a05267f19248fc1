-- Which orders carry a contact: who is known to none, or only to orders that have ended, is emptied.
create table contact_use (
    tenant text collate "C" not null,
    contact_id text collate "C" not null,
    takeback_order_id text collate "C" not null,
    primary key (tenant, contact_id, takeback_order_id)
);

insert into contact_use select tenant, body::jsonb ->> 'contact_id', id from aggregate
    where kind = 'takeback_order' and body::jsonb ->> 'contact_id' is not null;
