"""Appliances between two parties: what lies graded at depots, and what is ready at plants."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.appliances import Appliance
from simulator.company import Recycler


@dataclass(slots=True)
class Parcel:
    """One old appliance on its way; the grams of refrigerant are those taken out of it, by gas."""

    unit_id: str
    appliance: Appliance
    mass_kg: float
    recycler: Recycler
    gases_g: dict[str, Decimal] = field(default_factory=dict)


class Yards:
    """Where appliances wait: each is put in by one life, and taken out by another."""

    def __init__(self) -> None:
        """Begin empty."""
        self._graded: defaultdict[str, list[Parcel]] = defaultdict(list)
        self._ready: defaultdict[str, list[Parcel]] = defaultdict(list)

    def graded(self, one: Parcel) -> None:
        """Put what a depot has graded beside the rest that goes to its dismantler."""
        self._graded[one.recycler.partner_id].append(one)

    def ready(self, one: Parcel) -> None:
        """Put what may be dismantled beside the rest."""
        self._ready[one.recycler.dismantler_id].append(one)

    def take_graded(self, partner_id: str) -> list[Parcel]:
        """Take all that a depot has for its dismantler."""
        return self._graded.pop(partner_id, [])

    def take_ready(self, dismantler_id: str) -> list[Parcel]:
        """Take all that a dismantler may put into a batch."""
        return self._ready.pop(dismantler_id, [])
