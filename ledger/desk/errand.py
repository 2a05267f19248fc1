"""What the house asks of itself: each command a transaction of its own, no answer lost."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ledger.canonical import body_digest
from ledger.contract import Ledger
from ledger.desk.ask import Ask, Asked
from ledger.records import Answer, Caller, Ref, Request
from ledger.refusals import LedgerRefused, Overloaded, StorageFull, WriterEnded

MAX_IN_FLIGHT = 100  # commands that wait for one commit together
# The store is away or full: nothing is wrong with the command, and it is asked again later.
OUTAGES = (Overloaded, StorageFull, WriterEnded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A command of the house for one aggregate of one tenant, and the version it was found at.

    ``version`` is ``None`` where any will do.
    """

    tenant: str
    name: str
    command: Asked
    target: Ref | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of an errand; ``code`` is ``None`` where it was accepted."""

    errand: Errand
    code: str | None = None
    detail: str = ""
    is_outage: bool = False


def run_errands(ledger: Ledger[Asked], errands: Iterable[Errand]) -> Iterator[Answered]:
    """Yield what became of each errand, in their sequence; after an outage none is tried."""
    rest = iter(errands)
    while group := list(islice(rest, MAX_IN_FLIGHT)):
        answers = list(_group(ledger, group))
        yield from answers
        if any(one.is_outage for one in answers):
            return


def _group(ledger: Ledger[Asked], errands: Iterable[Errand]) -> Iterator[Answered]:
    """Yield the answers of some errands that were put in the queue together."""
    queued: list[tuple[Errand, Future[Answer] | LedgerRefused]] = []
    for errand in errands:
        taken = _submitted(ledger, errand)
        queued.append((errand, taken))
        if isinstance(taken, OUTAGES):
            break
    for errand, taken in queued:
        yield _answered(errand, taken)


def _submitted(ledger: Ledger[Asked], errand: Errand) -> "Future[Answer] | LedgerRefused":
    where = "" if errand.target is None else f"{errand.target.kind}/{errand.target.id}"
    request = Request(
        caller=Caller(errand.tenant),
        method="POST",
        path=f"/house/{where}:{errand.name}",
        digest=body_digest(_told(errand.command)),
        command=errand.command,
        target=errand.target,
        if_match=None if errand.version is None else frozenset({errand.version}),
    )
    try:
        return ledger.submit(request)
    except LedgerRefused as refused:
        return refused


def _told(command: Asked) -> Mapping[str, Any]:
    return dict(command.evidence) if isinstance(command, Ask) else {}


def _answered(errand: Errand, taken: "Future[Answer] | LedgerRefused") -> Answered:
    if isinstance(taken, LedgerRefused):
        return _refused(errand, taken)
    try:
        answer = taken.result()
    except LedgerRefused as refused:
        return _refused(errand, refused)
    if answer.status < 300:
        return Answered(errand=errand)
    body = json.loads(answer.body)
    return Answered(errand=errand, code=body["code"], detail=body.get("detail", ""))


def _refused(errand: Errand, refused: LedgerRefused) -> Answered:
    return Answered(
        errand=errand,
        code=refused.code,
        detail=str(refused),
        is_outage=isinstance(refused, OUTAGES),
    )
