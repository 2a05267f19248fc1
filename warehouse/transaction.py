"""All that happens inside, or nothing of it; and columns that a statement reads by a name."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa


@contextmanager
def transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what happens inside, or keep nothing of it."""
    db.execute("begin")
    committed = False
    try:
        yield
        db.execute("commit")
        committed = True
    finally:
        if not committed:
            roll_back(db)


def roll_back(db: duckdb.DuckDBPyConnection) -> None:
    """End a transaction that went wrong; a refused commit has ended it already."""
    try:
        db.execute("rollback")
    except duckdb.TransactionException:
        return


@contextmanager
def shown(db: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> Iterator[None]:
    """Let statements inside read ``rows`` by ``name``.

    Where a statement fails, the name is left to the rollback: a transaction that went wrong
    answers nothing, and what it would say would hide why.
    """
    db.register(name, rows)
    yield
    db.unregister(name)
