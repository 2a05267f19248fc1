"""Every reason a line is refused for, in the order it was found, instead of the first alone."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from schemas.event import Event
from schemas.refusal import Reason, Refused
from streams.history.records import Record
from streams.history.verdict import LineVerdict, Status

T = TypeVar("T")


class Problems:
    """The refusals of one line for one target."""

    def __init__(self) -> None:
        """Start with none."""
        self.found: list[Refused] = []

    def __bool__(self) -> bool:
        """Return whether anything was refused."""
        return bool(self.found)

    def add(self, problem: Refused) -> None:
        """Keep a refusal."""
        self.found.append(problem)

    def take(self, read: Callable[[], T]) -> T | None:
        """Return what ``read`` returns, or keep its refusal and return None."""
        try:
            return read()
        except Refused as no:
            self.add(no)
        except ValidationError as error:
            wrong = error.errors()[0]
            field = ".".join(str(part) for part in wrong["loc"])
            self.add(Refused(Reason.SCHEMA, f"{field}: {wrong['msg']}"))
        return None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each reason once, in the order found."""
        return tuple(dict.fromkeys(no.reason for no in self.found))

    @property
    def details(self) -> tuple[str, ...]:
        """One sentence per reason: the first that was found for it."""
        by_reason: dict[Reason, str] = {}
        for no in self.found:
            by_reason.setdefault(no.reason, no.detail)
        return tuple(by_reason.values())


def plain_verdict(record: Record, target: str) -> LineVerdict | None:
    """Return the verdict on a line that no target needs to look at, if it is one."""
    if record.problem is None and not record.duplicate:
        return None
    status = Status.DUPLICATE if record.duplicate else Status.REJECTED
    problem = record.problem
    return LineVerdict(
        line_no=record.line.line_no,
        raw_line=record.line.raw_line,
        key=record.shown_key,
        target=target,
        status=status,
        reasons=() if problem is None else (problem.reason,),
        details=() if problem is None else (problem.detail,),
        flags=record.flags,
    )


def accepted_or_rejected(event: Event | None) -> Status:
    """Return the status of a line that was looked at."""
    return Status.REJECTED if event is None else Status.ACCEPTED
