"""Several requests in one transaction: each is decided as alone, one refusal undoes them all."""

import sqlite3
from collections.abc import Callable, Sequence

from ledger.canonical import canonical
from ledger.records import Answer, Command, Request
from ledger.refusals import LedgerRefused

Run = Callable[[sqlite3.Connection, Request[Command]], Answer]


def all_or_none(
    db: sqlite3.Connection, requests: Sequence[Request[Command]], run: "Run[Command]"
) -> tuple[Answer, ...]:
    """Return the answer of each request; what they wrote stands only if none was refused."""
    db.execute("savepoint together")
    answers = tuple(_answered(db, request, run) for request in requests)
    if any(answer.status >= 400 for answer in answers):
        db.execute("rollback to together")
    db.execute("release together")
    return answers


def _answered(db: sqlite3.Connection, request: Request[Command], run: "Run[Command]") -> Answer:
    """Return one answer; what the ledger itself refuses is told like a refusal of the rules."""
    db.execute("savepoint one")
    try:
        return run(db, request)
    except LedgerRefused as refused:
        db.execute("rollback to one")
        told = {"code": refused.code, "detail": str(refused)}
        return Answer(refused.status, canonical(told).encode())
    finally:
        db.execute("release one")
