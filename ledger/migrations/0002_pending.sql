-- Holds the number of the migration of take-back orders until that is merged; see 0004.
select 1;
