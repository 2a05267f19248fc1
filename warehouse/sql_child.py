"""The process that answers one analyst's SELECT: little memory, little time, no way out.

It is started by ``warehouse.snapshot.ask``, reads a question from its input, writes the answer to
its output, and ends. What it does to itself, it does to nobody else.
"""

import pickle
import resource
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.sql_guard import SqlRefused, check_sql

SQL_MEMORY = "512MB"
# Libraries and mapped files come on top of what DuckDB counts itself.
MAX_ADDRESS_BYTES = 3 * 1024 * 1024 * 1024
LOCKED: Mapping[str, Any] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": SQL_MEMORY,
    "threads": 1,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which copy, and for how long it may take."""

    path: str
    sql: str
    timeout_s: float
    max_rows: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of an analyst's query, with the names of their columns."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    is_cut: bool


def answer(question: Question) -> Answer:
    """Return what a copy answers.

    Raises
    ------
    SqlRefused
        If the statement is not answered, or not in time.
    """
    with duckdb.connect(question.path, read_only=True, config=dict(LOCKED)) as db:
        db.execute("set TimeZone = 'UTC'")
        db.execute("set lock_configuration = true")
        check_sql(db, question.sql)
        clock = threading.Timer(question.timeout_s, db.interrupt)
        clock.start()
        try:
            found = db.execute(question.sql)
            rows = found.fetchmany(question.max_rows + 1)
            names = [column[0] for column in found.description or ()]
        except duckdb.InterruptException:
            raise SqlRefused(f"took more than {question.timeout_s:g} s") from None
        except duckdb.Error as error:
            told = str(error).replace(str(Path(question.path)), "the copy")
            raise SqlRefused(told.splitlines()[0]) from None
        finally:
            clock.cancel()
    return Answer(names, rows[: question.max_rows], len(rows) > question.max_rows)


def main() -> int:
    """Answer the question on the input."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    question: Question = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
    try:
        told: Answer | SqlRefused = answer(question)
    except SqlRefused as refused:
        told = refused
    except MemoryError:
        told = SqlRefused(f"needs more memory than {SQL_MEMORY}")
    pickle.dump(told, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    from warehouse import sql_child  # pickled classes carry the name of the module, not __main__

    sys.exit(sql_child.main())
