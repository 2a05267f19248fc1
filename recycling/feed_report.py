"""What a file brought, in figures: its lines, its classes, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recycling.feed import Feed, FeedLine, FeedLineStatus
from recycling.feed_compare import Comparison

MAX_TOLD_REJECTS = 20


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The figures of a file; its three kinds of lines add up to ``lines``.

    ``rejects`` are the first rejected lines, each with field, value and reason.
    """

    version: str
    state: str
    lines: int
    accepted: int
    duplicate: int
    rejected: int
    classes: Mapping[str, int]
    common: int
    known_before: int
    revisions: int
    rejects: list[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


def report_of(feed: Feed, found: Comparison, *, accept_gone: bool) -> FeedReport:
    """Return the figures of ``feed`` and of what it changes."""
    rejected = feed.rejected
    return FeedReport(
        version=feed.version,
        state=found.state(accept_gone=accept_gone).value,
        lines=len(feed.lines),
        accepted=feed.count(FeedLineStatus.ACCEPTED),
        duplicate=feed.count(FeedLineStatus.DUPLICATE),
        rejected=len(rejected),
        classes={feed_class.value: count for feed_class, count in found.counts.items()},
        common=found.common,
        known_before=found.known,
        revisions=sum(1 for _ in found.revisions),
        rejects=[_told(line) for line in rejected[:MAX_TOLD_REJECTS]],
    )


def _told(line: FeedLine) -> Mapping[str, Any]:
    told = {} if line.problem is None else asdict(line.problem)
    return {"line_no": line.line_no, "record_id": line.record_id, **told}
