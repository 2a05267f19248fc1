"""The first layer against doing twice: a key's answer, kept and given again."""

from typing import Any

from ledger.records import Answer, Request
from ledger.refusals import KeyReused
from ledger.statements import Statements

Scope = tuple[str, str, str, str, str]


def scope_of(request: Request[Any]) -> Scope | None:
    """Return what a key is unique in: tenant, partner, method, path; None without a key."""
    if request.key is None:
        return None
    caller = request.caller
    return caller.tenant, caller.partner_id or "", request.method, request.path, request.key


def is_kept(status: int) -> bool:
    """Return whether an answer is replayed: what happened, and what the state forbade.

    Never malformed input, a missing right, a limit or a failure: those may go well next time.
    """
    return 200 <= status < 300 or status == 409


def find(db: Statements, request: Request[Any]) -> Answer | None:
    """Return the answer that this key was given, or None.

    Raises
    ------
    KeyReused
        If the key came with another body.
    """
    scope = scope_of(request)
    if scope is None:
        return None
    row = db.execute(
        "select digest, status, body from idempotency "
        "where tenant = ? and partner_id = ? and method = ? and path = ? and key = ?",
        scope,
    ).fetchone()
    if row is None:
        return None
    digest, status, body = row
    if digest != request.digest:
        raise KeyReused(f"the key {request.key} came before with another body")
    return Answer(status, body.encode(), replayed=True)


def keep(db: Statements, request: Request[Any], answer: Answer, recorded_at: str) -> None:
    """Keep ``answer`` in the transaction that it tells of."""
    scope = scope_of(request)
    if scope is None or not is_kept(answer.status):
        return
    db.execute(
        "insert into idempotency values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*scope, request.digest, answer.status, answer.body.decode(), recorded_at),
    )
