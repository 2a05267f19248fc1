"""Several requests in one transaction: each is decided as alone, one refusal undoes them all."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ledger.canonical import canonical
from ledger.records import Answer, Command, Request
from ledger.refusals import LedgerRefused
from ledger.statements import Statements

Store = TypeVar("Store", bound=Statements)
Run = Callable[[Store, Request[Command]], Answer]


def all_or_none(
    db: Store, requests: Sequence[Request[Command]], run: "Run[Store, Command]"
) -> tuple[Answer, ...]:
    """Return the answer of each request; what they wrote stands only if none was refused."""
    db.begin_part("together")
    answers = tuple(_answered(db, request, run) for request in requests)
    if any(answer.status >= 400 for answer in answers):
        db.undo_part("together")
    db.end_part("together")
    return answers


def _answered(db: Store, request: Request[Command], run: "Run[Store, Command]") -> Answer:
    """Return one answer; what the ledger itself refuses is told like a refusal of the rules."""
    db.begin_part("one")
    try:
        answer = run(db, request)
    except LedgerRefused as refused:
        db.undo_part("one")
        told = {"code": refused.code, "detail": str(refused)}
        answer = Answer(refused.status, canonical(told).encode())
    db.end_part("one")  # whatever else is raised undoes the transaction
    return answer
