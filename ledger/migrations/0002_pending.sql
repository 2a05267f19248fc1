-- Holds the number of the migration of take-back orders until that is merged; see 0003.
select 1;
