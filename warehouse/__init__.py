"""The DuckDB data warehouse: facts, roll-ups, metrics (forklifts live in ``intralogistics``)."""
