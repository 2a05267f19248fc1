-- What a topic is told, where that is another than what the event tells the house.
alter table outbox add column value text;
