"""The clerk: what the house does by itself, round after round, beside what partners ask for.

It finds its work in the ledger alone and keeps nothing that matters: it may be killed between any
two commands, and the next round, or the next process, goes on.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

import structlog

from ledger.contract import Ledger, Watch
from ledger.desk import assigning
from ledger.desk.ask import Asked
from ledger.desk.clerk_work import Work, works
from ledger.desk.errand import Answered, Errand, run_errands
from ledger.desk.reference import Reference
from ledger.promise import Due

ASSIGN_EVERY = timedelta(minutes=15)
MAX_TASKS = 200  # of one kind of work, one tenant and one round: nobody waits for another's heap
MAX_LOOKED = 2_000  # rows looked at for them: what is skipped takes no one's place for ever
MAX_REMEMBERED = 20_000
ASSIGN = "assign"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """What is done every so often beside the ledger's commands, such as pruning; it may repeat."""

    name: str
    every: timedelta
    run: Callable[[datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a round did.

    Parameters
    ----------
    counts
        Accepted commands by the name of their work.
    refused
        What was not accepted; each is asked again once its aggregate has changed.
    runs
        The batch assignments of this round.
    chores
        Names of those that ran.
    stopped
        Why the round ended early: the store is away or full. The next round goes on.
    """

    counts: Mapping[str, int]
    refused: tuple[Answered, ...]
    runs: tuple[assigning.Run, ...]
    chores: tuple[str, ...]
    stopped: str | None

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.counts or self.refused or self.chores or self.stopped)


class Clerk:
    """Does rounds; the process that composes it calls ``round`` and pauses between."""

    def __init__(
        self,
        ledger: Ledger[Asked],
        watch: Watch,
        reference: Reference,
        *,
        now: Callable[[], datetime],
        chores: Sequence[Chore] = (),
    ) -> None:
        """Keep where work is found and who is asked; nothing happens yet."""
        self._ledger, self._watch, self._reference, self._now = ledger, watch, reference, now
        self._chores = tuple(chores)
        self._seen: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._done_at: dict[str, datetime] = {}
        self._places: dict[tuple[str, str], Due] = {}
        self._rounds = 0

    def round(self) -> Done:
        """Do what is due now, within the limits of one round, for every tenant; say what it was."""
        notes = _Notes()
        tenants = self._tenants()
        for work in works(self._ledger, self._watch, self._reference, self._now()):
            for tenant in tenants:
                if not notes.stopped:
                    self._work(work, tenant, notes)
        if not notes.stopped and self._is_time(ASSIGN, ASSIGN_EVERY):
            self._assign(tenants, notes)
        if not notes.stopped:
            self._do_chores(notes)
        return notes.done()

    def _tenants(self) -> tuple[str, ...]:
        """Return every tenant, another one first in each round: no one is always the last."""
        tenants = self._watch.tenants()
        self._rounds += 1
        first = self._rounds % len(tenants) if tenants else 0
        return tenants[first:] + tenants[:first]

    def _work(self, work: Work, tenant: str, notes: "_Notes") -> None:
        self._run(islice(self._tasks(work, tenant), MAX_TASKS), notes)

    def _tasks(self, work: Work, tenant: str) -> "Iterator[_Task]":
        """Yield what was not asked before; where a round ends before the last, the next goes on."""
        place = (work.name, tenant)
        due_after = work.due(tenant, MAX_LOOKED, self._places.pop(place, None))
        for looked, due in enumerate(due_after, start=1):
            if looked == MAX_LOOKED:
                self._places[place] = due
            for errand in work.make(tenant, due):
                task = _Task(work.name, tenant, _about(errand, due), due.version, errand)
                if not self._is_seen(*task[:4]):
                    yield task

    def _run(self, found: "Iterable[_Task]", notes: "_Notes") -> None:
        tasks = list(found)
        answers = run_errands(self._ledger, [task.errand for task in tasks])
        # An outage ends the answers early: what was not tried is due again in the next round.
        for task, answered in zip(tasks, answers, strict=False):
            notes.add(task.name, answered)
            if not answered.is_outage:
                self._see(task)

    def _is_seen(self, name: str, tenant: str, aggregate_id: str, version: int) -> bool:
        """Return whether this was asked before and the aggregate has not changed since."""
        return self._seen.get((name, tenant, aggregate_id)) == version

    def _see(self, task: "_Task") -> None:
        key = (task.name, task.tenant, task.id)
        self._seen[key] = task.version
        self._seen.move_to_end(key)
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)

    def _assign(self, tenants: Sequence[str], notes: "_Notes") -> None:
        for tenant in tenants:
            run = assigning.run(self._ledger, self._watch, tenant, self._reference, now=self._now())
            notes.runs.append(run)
            for answered in run.answered:
                notes.add(answered.errand.name, answered)
            if notes.stopped:
                return
        self._done_at[ASSIGN] = self._now()

    def _do_chores(self, notes: "_Notes") -> None:
        for chore in self._chores:
            if self._is_time(chore.name, chore.every):
                now = self._now()
                chore.run(now)
                self._done_at[chore.name] = now
                notes.chores.append(chore.name)

    def _is_time(self, name: str, every: timedelta) -> bool:
        done_at = self._done_at.get(name)
        return done_at is None or self._now() - done_at >= every


class _Task(NamedTuple):
    name: str
    tenant: str
    id: str
    version: int
    errand: Errand


def _about(errand: Errand, due: Due) -> str:
    """Return what an errand of ``due`` is about: one finding may hold several orders."""
    target = errand.target
    return (
        due.id if target is None or target.id == due.id else f"{due.id}:{target.kind}:{target.id}"
    )


@dataclass(slots=True)
class _Notes:
    """What a round has done so far."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Answered] = field(default_factory=list)
    runs: list[assigning.Run] = field(default_factory=list)
    chores: list[str] = field(default_factory=list)
    stopped: str | None = None

    def add(self, name: str, answered: Answered) -> None:
        """Count an answer, or keep and log why there is none."""
        if answered.code is None:
            self.counts[name] += 1
            return
        target = answered.errand.target
        log.warning(
            "clerk_refused",
            work=name,
            tenant=answered.errand.tenant,
            id=None if target is None else target.id,
            code=answered.code,
            detail=answered.detail,
        )
        if answered.is_outage:
            self.stopped = answered.detail
        else:
            self.refused.append(answered)

    def done(self) -> Done:
        """Return the notes as they are kept."""
        return Done(
            counts=dict(self.counts),
            refused=tuple(self.refused),
            runs=tuple(self.runs),
            chores=tuple(self.chores),
            stopped=self.stopped,
        )
