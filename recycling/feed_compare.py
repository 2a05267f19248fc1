"""What a new snapshot changes: every id belongs to one class, and too many surprises stop it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recycling.feed import DAY, Feed, FeedRecord

# Above these shares nothing is changed: of the ids common to both, and of the ids known before.
MAX_RE_USED_SHARE = Decimal("0.05")
MAX_GONE_SHARE = Decimal("0.20")


class FeedClass(StrEnum):
    """What a snapshot says of one id, against the snapshot before."""

    NEW = "new"
    SAME = "same"
    CORRECTED = "corrected"
    RE_USED = "re_used"
    GONE = "gone"
    REJECTED = "rejected"


class FeedState(StrEnum):
    """What becomes of a whole file."""

    IMPORTED = "imported"
    REKEYED = "feed-rekeyed"
    WAITING = "waits-for-accept-gone"


@dataclass(frozen=True, slots=True)
class FeedChange:
    """One id: its class, both its records, and the names of the columns that differ."""

    record_id: str
    feed_class: FeedClass
    before: FeedRecord | None
    after: FeedRecord | None
    changed: tuple[str, ...] = ()

    @property
    def is_revision(self) -> bool:
        """Whether something is different from now on; a header that grew is different too."""
        if self.feed_class is FeedClass.REJECTED:
            return False
        return self.feed_class is not FeedClass.SAME or bool(self.changed)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every id of either snapshot with what became of it."""

    changes: Mapping[str, FeedChange]

    @property
    def counts(self) -> Mapping[FeedClass, int]:
        """How many ids each class has; together they are all ids."""
        found = Counter(change.feed_class for change in self.changes.values())
        return {feed_class: found[feed_class] for feed_class in FeedClass}

    @property
    def common(self) -> int:
        """How many ids both snapshots hold a record of."""
        changes = self.changes.values()
        return sum(c.before is not None and c.after is not None for c in changes)

    @property
    def known(self) -> int:
        """How many ids the snapshot before held."""
        return sum(change.before is not None for change in self.changes.values())

    @property
    def revisions(self) -> Iterator[FeedChange]:
        """What is different from now on, in the order of the ids."""
        return (self.changes[key] for key in sorted(self.changes) if self.changes[key].is_revision)

    def state(self, *, accept_gone: bool) -> FeedState:
        """Return whether the file may be imported.

        ``accept_gone`` answers for records that vanished; nothing answers for a partner that gave
        known ids to other records: such a file is parked.
        """
        counts = self.counts
        if counts[FeedClass.RE_USED] > MAX_RE_USED_SHARE * self.common:
            return FeedState.REKEYED
        if counts[FeedClass.GONE] > MAX_GONE_SHARE * self.known and not accept_gone:
            return FeedState.WAITING
        return FeedState.IMPORTED


def compare(before: Mapping[str, FeedRecord], feed: Feed) -> Comparison:
    """Return the class of every id that ``before`` or ``feed`` names.

    Records are compared on the columns that both have. An id whose line was rejected keeps the
    record it had: it is neither corrected nor gone.
    """
    ids = before.keys() | feed.records.keys() | feed.rejected_ids
    return Comparison({key: _change(key, before.get(key), feed) for key in ids})


def _change(key: str, before: FeedRecord | None, feed: Feed) -> FeedChange:
    after = feed.records.get(key)
    if after is None:
        lost = FeedClass.REJECTED if key in feed.rejected_ids else FeedClass.GONE
        return FeedChange(key, lost, before, None)
    if before is None:
        return FeedChange(key, FeedClass.NEW, None, after)
    differing = _differing(before, after)
    if before.event_on != after.event_on:
        return FeedChange(key, FeedClass.RE_USED, before, after, (DAY, *differing))
    if differing:
        return FeedChange(key, FeedClass.CORRECTED, before, after, differing)
    columns = tuple(sorted(before.cells.keys() ^ after.cells.keys()))
    return FeedChange(key, FeedClass.SAME, before, after, columns)


def _differing(before: FeedRecord, after: FeedRecord) -> tuple[str, ...]:
    common = before.cells.keys() & after.cells.keys()
    return tuple(sorted(name for name in common if before.cells[name] != after.cells[name]))
