"""Works through jobs, row by row; it may be killed between any two and goes on where it was.

Each row is asked under the key (job, row), so that its answer commits with what it tells: asked
again after a kill it gets the same answer and does nothing twice.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from ledger.contract import Ledger, Watch
from ledger.desk.ask import Asked, Keep
from ledger.desk.errand import OUTAGES
from ledger.desk.uploads import KIND as UPLOAD
from ledger.records import Aggregate, Answer, Caller, Ref, Request
from ledger.refusals import LedgerRefused, NotFound
from recycling.facts import SYSTEM
from web.partner.answers import of_ledger, refused
from web.partner.idempotency import body_sha256
from web.partner.job import (
    KIND,
    RESULTS_ENDING,
    JobFileLost,
    JobState,
    Mode,
    RowOutcome,
    actor_of_job,
    keep_file,
    posted_file,
)
from web.partner.pickup_file import Row, rows_of
from web.partner.pickup_route import asked_of
from web.problems import Problem

MAX_IN_FLIGHT = 100  # rows that wait for one commit together
MAX_JOBS = 10  # of one tenant and one round: nobody waits for another's heap
WITHIN_S = 60.0

Result = dict[str, Any]
Outcome = Answer | Problem | None
"""What a row was answered, why it was refused, or None where it was not asked for."""

log = structlog.get_logger()


class JobRunner:
    """Does rounds; the process that composes it calls ``round`` and pauses between."""

    def __init__(self, ledger: Ledger[Asked], watch: Watch, folder: Path) -> None:
        """Keep who is asked, and where the files lie."""
        self._ledger, self._watch, self._folder = ledger, watch, folder

    def resume(self) -> int:
        """Finish what another process began; return how many jobs that were."""
        return self._run_all(JobState.RUNNING)

    def round(self) -> int:
        """Work through the jobs that wait; return how many were done."""
        return self.resume() + self._run_all(JobState.QUEUED)

    def _run_all(self, state: JobState) -> int:
        done = 0
        for tenant in self._watch.tenants():
            page = self._ledger.page(Caller(tenant), KIND, state=state, limit=MAX_JOBS)
            done += sum(self._run(job) for job in page.items)
        return done

    def _run(self, job: Aggregate) -> bool:
        """Work through one job; false where the store is away, so that the next round goes on."""
        try:
            if job.state == JobState.QUEUED:
                self._tell(job, JobState.RUNNING, {})
            results = self._results(job)
        except OUTAGES as error:
            log.warning("job_waits", job_id=job.id, error=str(error))
            return False
        except JobFileLost as error:  # the other jobs go on, this one waits for its file
            log.error("job_file_lost", job_id=job.id, error=str(error))
            return False
        raw = json.dumps(results, ensure_ascii=False, separators=(",", ":")).encode()
        counts = Counter(one["outcome"] for one in results)
        told = {
            "counts": {str(one): counts.get(one, 0) for one in RowOutcome},
            "results_sha256": keep_file(self._folder, raw, RESULTS_ENDING),
        }
        self._tell(job, JobState.DONE, told)
        log.info("job_done", job_id=job.id, tenant=job.tenant, rows=len(results))
        return True

    def _tell(self, job: Aggregate, state: JobState, told: Mapping[str, Any]) -> None:
        command = Keep(
            kind=KIND, id=job.id, state=state, type=state, body={**job.body, **told}, by=SYSTEM,
            must_exist=True,
        )  # fmt: skip
        request: Request[Asked] = Request(
            caller=Caller(job.tenant), method="SYSTEM", path=f"/{KIND}/{job.id}", digest="",
            command=command,
        )  # fmt: skip
        self._ledger.submit(request).result(WITHIN_S)

    def _results(self, job: Aggregate) -> list[Result]:
        raw = posted_file(self._folder, job)
        rows = rows_of(raw, job.body["media_type"], self._sha256_of(job))
        asked = [self._asked(job, nth, row) for nth, row in enumerate(rows, 1)]
        is_one = job.body["mode"] == Mode.ROLLBACK
        outcomes = self._together(asked) if is_one else self._each(asked)
        results = [
            self._result(job, nth, row, outcome)
            for nth, (row, outcome) in enumerate(zip(rows, outcomes, strict=True), 1)
        ]
        is_undone = any(one["outcome"] == RowOutcome.REJECTED for one in results)
        if is_one and is_undone:
            return list(map(_rolled_back, results))
        return results

    def _sha256_of(self, job: Aggregate) -> Any:
        def sha256_of(upload_id: str) -> str | None:
            caller = Caller(job.tenant, job.body["partner_id"])
            try:
                told = self._ledger.get(caller, Ref(UPLOAD, upload_id)).body
            except NotFound:
                return None
            return str(told["sha256"])

        return sha256_of

    def _asked(self, job: Aggregate, nth: int, row: Row) -> "Request[Asked] | Problem":
        if row.problem is not None:
            return row.problem
        try:
            asked = asked_of(row.value, actor_of_job(job))
        except Problem as no:
            return no
        return Request(
            caller=Caller(job.tenant, job.body["partner_id"]),
            method="POST",
            path=f"/v1/jobs/{job.id}",
            digest=body_sha256(row.value),
            command=asked.ask,
            key=str(nth),
            target=asked.target,
            business_keys=asked.business_keys,
            late=asked.late,
            correlation_id=_mark(job, nth),
        )

    def _each(self, asked: "Sequence[Request[Asked] | Problem]") -> Iterator[Outcome]:
        """Yield what became of each row, every one in a transaction of its own."""
        rest = iter(asked)
        while group := list(islice(rest, MAX_IN_FLIGHT)):
            futures = [one if isinstance(one, Problem) else self._submit(one) for one in group]
            yield from map(_answer_of, futures)

    def _submit(self, request: "Request[Asked]") -> "Future[Answer] | Problem":
        try:
            return self._ledger.submit(request)
        except OUTAGES:
            raise
        except LedgerRefused as no:
            return of_ledger(no)

    def _together(self, asked: "Sequence[Request[Asked] | Problem]") -> Iterator[Outcome]:
        """Yield what became of each row, all of them in one transaction or none."""
        requests = [one for one in asked if not isinstance(one, Problem)]
        if len(requests) < len(asked):  # one row cannot be, so that none is asked for
            yield from (one if isinstance(one, Problem) else None for one in asked)
            return
        yield from map(_judged, self._ledger.submit_together(requests).result(WITHIN_S))

    def _result(self, job: Aggregate, nth: int, row: Row, outcome: Outcome) -> Result:
        told: Result = {"row": nth, "line": row.line, "takeback_order_id": _order_of(row)}
        if outcome is None:
            return told | {"outcome": RowOutcome.ROLLED_BACK}
        if isinstance(outcome, Problem):
            return told | {"outcome": RowOutcome.REJECTED, "problem": dict(outcome.document)}
        document = json.loads(outcome.body)
        is_ours = self._is_ours(job, nth, document)
        made = RowOutcome.ACCEPTED if is_ours else RowOutcome.DUPLICATE
        return told | {"outcome": made, "state": document["state"]}

    def _is_ours(self, job: Aggregate, nth: int, document: Mapping[str, Any]) -> bool:
        """Return whether this row moved the order, now or before a kill, and no other posting."""
        ref = Ref(document["kind"], document["id"])
        try:
            events = self._ledger.history(
                Caller(job.tenant), ref, after_version=document["version"] - 1, limit=1
            )
        except NotFound:  # undone with the rows that it stood with
            return True
        return not events or events[0].correlation_id == _mark(job, nth)


def _mark(job: Aggregate, nth: int) -> str:
    return f"{job.id}-{nth}"


def _order_of(row: Row) -> str | None:
    value = row.value
    told = value.get("takeback_order_id") if isinstance(value, Mapping) else None
    return told if isinstance(told, str) else None


def _judged(answer: Answer) -> Outcome:
    return refused(answer) if answer.status >= 400 else answer


def _answer_of(taken: "Future[Answer] | Problem") -> Outcome:
    if isinstance(taken, Problem):
        return taken
    try:
        return _judged(taken.result(WITHIN_S))
    except OUTAGES:
        raise
    except LedgerRefused as no:
        return of_ledger(no)


def _rolled_back(one: Result) -> Result:
    if one["outcome"] != RowOutcome.ACCEPTED:
        return one
    left = {name: value for name, value in one.items() if name != "state"}
    return left | {"outcome": RowOutcome.ROLLED_BACK}
