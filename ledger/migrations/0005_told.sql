-- What a topic gets of an event, as its contract has it; null: the event's own payload.
alter table outbox add column told text;
