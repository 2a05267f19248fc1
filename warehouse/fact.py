"""What a fact is: its table, its rows, and what makes an event the same one twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from warehouse.columns import Column
from warehouse.dimensions import Dimensions
from warehouse.records import ForkliftInterval, Record

Told = Mapping[str, Column]


class Arrival(NamedTuple):
    """One record on its way into a fact, where it stands in the log, and who it is."""

    #: The topic and partition that brought it.
    place: tuple[str, int]
    epoch: int
    record: Record
    interval: ForkliftInterval | None
    event_id: bytes
    source_event_id: bytes
    content_hash: int
    occurred_at: datetime
    correction_of: bytes | None = None
    #: Its row in what its batches told.
    row: int = 0
    #: The dead letter that kept it until its target came.
    letter_id: str | None = None

    @property
    def event(self) -> Any:
        """The event itself."""
        return self.record.event


class Only(NamedTuple):
    """What may be told once: its name in a view, in SQL, and the same name of an event."""

    view: str
    name: str
    name_of: Callable[[Any], str]


class InSequence(NamedTuple):
    """What numbers the facts of one aggregate: in its table, and in an event."""

    #: SQL of the kind of aggregate, and its columns of id and number.
    kind: str
    id: str
    seq: str
    place_of: Callable[[Any], tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table: how its rows look and what a repetition of one is.

    ``tell`` makes columns of what many events say, once for the hashes of ``content`` and for the
    ``columns`` of those that are stored. ``measures`` are the columns that add up; ``described``
    ones follow the newest row; ``counted`` is the measure that is 1 on an original and -1 on a row
    taken back. A fact without measures takes no corrections. ``only`` is for what a second event
    cannot tell again: a site's month. In a ``sequence`` each place of an aggregate has one event.
    """

    table: str
    events: tuple[type, ...]
    read: Callable[[bytes], Any]
    tell: Callable[[Sequence[Any]], Told]
    content: Callable[[Sequence[Any], Sequence[datetime], Told], list[int]]
    columns: Callable[[Sequence[Arrival], Told, Dimensions], Mapping[str, Column]]
    source_of: Callable[[Any], str]
    counted: str
    topic: str = ""
    measures: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    only: Only | None = None
    sequence: InSequence | None = None
