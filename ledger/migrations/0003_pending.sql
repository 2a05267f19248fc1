-- Holds the number of the migration of treatment batches until that is merged; see 0004.
select 1;
