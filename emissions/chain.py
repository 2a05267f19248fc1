"""A transport chain: its elements in any order, how they follow each other, what is counted twice.

From the consignor's hand-over to the consignee; a new element at every change of vehicle and at
every hub.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

from emissions.number import CONTEXT, ZERO
from schemas.vocabulary import DistanceMethod

DOUBLE_COUNT = "double_count"


class TceKind(StrEnum):
    """What an element of a chain is: goods in motion, or goods at a hub."""

    TRANSPORT = "transport"
    HUB = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tce:
    """A transport chain element: one vehicle's or one hub's part of the way of some goods."""

    tce_id: str
    kind: TceKind
    consignment_ids: frozenset[str]
    mass_kg: Decimal
    origin: str
    destination: str
    departed_at: datetime
    arrived_at: datetime
    previous_tce_ids: frozenset[str] = frozenset()
    toc_id: str | None = None
    hoc_id: str | None = None
    distance_km: Decimal | None = None
    distance_method: DistanceMethod | None = None
    transport_tkm: Decimal | None = None
    daf: Decimal | None = None
    operator: str | None = None
    payer: str | None = None
    flow: str | None = None

    def __post_init__(self) -> None:
        """Refuse an element that is neither or both, or a hub that drives.

        Raises
        ------
        ValueError
            Naming the field and its value.
        """
        if (self.toc_id is None) == (self.hoc_id is None):
            raise ValueError(
                f"tce {self.tce_id} needs toc_id or hoc_id, got {self.toc_id} and {self.hoc_id}"
            )
        if (self.kind is TceKind.HUB) != (self.hoc_id is not None):
            raise ValueError(f"tce {self.tce_id} of kind {self.kind} has hoc_id {self.hoc_id}")
        if self.kind is TceKind.HUB and self.distance_km is not None:
            raise ValueError(f"tce {self.tce_id} is a hub with distance_km {self.distance_km}")
        if self.arrived_at < self.departed_at:
            raise ValueError(
                f"tce {self.tce_id} arrived_at {self.arrived_at} before {self.departed_at}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportChain:
    """The elements of one shipment, in whatever sequence they became known."""

    shipment_id: str
    tces: tuple[Tce, ...]

    @property
    def consignment_ids(self) -> frozenset[str]:
        """Every consignment that some element carries."""
        return frozenset(one for tce in self.tces for one in tce.consignment_ids)

    def in_sequence(self) -> tuple[Tce, ...]:
        """Return the elements as the goods met them, by ``previous_tce_ids``; ties by tce_id.

        Raises
        ------
        ValueError
            If an element follows itself, one that is not there, or an id is there twice.
        """
        by_id = {tce.tce_id: tce for tce in self.tces}
        if len(by_id) != len(self.tces):
            raise ValueError(f"shipment {self.shipment_id} has a tce_id twice")
        missing = sorted({one for tce in self.tces for one in tce.previous_tce_ids} - by_id.keys())
        if missing:
            raise ValueError(f"shipment {self.shipment_id} has no tce {missing[0]}")
        return tuple(by_id[tce_id] for tce_id in self._sorted_ids())

    def _sorted_ids(self) -> list[str]:
        """A topological order that depends on ids alone, not on the sequence of arrival."""
        sorter = TopologicalSorter({tce.tce_id: tce.previous_tce_ids for tce in self.tces})
        try:
            sorter.prepare()
        except CycleError as error:
            raise ValueError(
                f"shipment {self.shipment_id} goes in a circle: {' -> '.join(error.args[1])}"
            ) from None
        ids: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            ids += ready
            sorter.done(*ready)
        return ids


@dataclass(frozen=True, slots=True)
class DoubleCount:
    """Two elements that claim the same goods at the same time: one tkm has one owner."""

    consignment_id: str
    origin: str
    tce_ids: tuple[str, str]
    finding: str = DOUBLE_COUNT


def exact_sum(parts: Iterable[Decimal]) -> Decimal:
    """Return the sum of ``parts``, to the last digit and the same in any order.

    Notes
    -----
    ISO 14083:2023, transport chains; WTT + TTW = WTW is the same sum.

    Examples
    --------
    >>> exact_sum([Decimal("118.44"), Decimal(1_320), Decimal("1962.72")])
    Decimal('3401.16')
    """
    total = ZERO
    for part in parts:
        total = CONTEXT.add(total, part)
    return total


def double_counts(tces: Sequence[Tce]) -> list[DoubleCount]:
    """Return the elements of one kind that hold the same consignment at the same origin at once.

    An element that begins when another ends does not overlap it. The sequence of ``tces`` changes
    nothing.
    """
    held: dict[tuple[str, str, str], list[Tce]] = {}
    for tce in tces:
        for consignment_id in tce.consignment_ids:
            held.setdefault((consignment_id, tce.origin, tce.kind.value), []).append(tce)
    return [
        DoubleCount(consignment_id, origin, pair)
        for (consignment_id, origin, _), group in sorted(held.items())
        for pair in _overlapping(group)
    ]


def _overlapping(group: list[Tce]) -> list[tuple[str, str]]:
    """Each element against the one that reaches furthest of those before it."""
    by_start = sorted(group, key=lambda tce: (tce.departed_at, tce.arrived_at, tce.tce_id))
    pairs: list[tuple[str, str]] = []
    furthest = by_start[0]
    for tce in by_start[1:]:
        if tce.departed_at < furthest.arrived_at or _is_same_moment(tce, furthest):
            pairs.append((furthest.tce_id, tce.tce_id))
        if tce.arrived_at > furthest.arrived_at:
            furthest = tce
    return pairs


def _is_same_moment(one: Tce, other: Tce) -> bool:
    return one.departed_at == other.departed_at and one.arrived_at == other.arrived_at
