"""A routing problem as plain arrays: what every engine of the search is given."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
NEVER = 2_000_000_000  # later than any instant, more than any capacity
# A limit of a vehicle type in the arrays' unit: how people call it, and how many units are one.
DIMENSIONS = {
    "payload_g": ("payload_kg", 1_000),
    "volume_cm3": ("volume_m3", 1_000_000),
    "floor_mm": ("floor_m", 1_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Vehicles of one type; costs in units of the objective."""

    name: str
    capacity: tuple[int, ...]
    count: int
    depot: int = 0
    fixed: float = 0.0
    per_m: float = 1.0
    per_gm: float = 0.0
    per_s: float = 0.0
    shift: tuple[int, int] = (0, NEVER)
    max_duration: int = NEVER
    max_distance: int = NEVER
    energy_per_m: float = 0.0
    energy_per_gm: float = 0.0
    energy_max: float = np.inf
    break_after: int = 0
    break_length: int = 0
    profile: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A vehicle that is on its way: stops that are fact, and where and when it goes on."""

    fleet: int
    stops: tuple[int, ...]
    frozen: int
    release: int = 0
    driven: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Points 0 to ``depots - 1`` are depots, the others stops; all integers."""

    name: str
    distance: NDArray[np.int32]
    durations: tuple[NDArray[np.int32], ...]
    delivery: Ints  # [n, dimensions]
    pickup: Ints
    fleets: tuple[Fleet, ...]
    depots: int = 1
    windows: tuple[tuple[tuple[int, int], ...], ...] | None = None
    service: Ints | None = None
    allowed: NDArray[np.uint8] | None = None
    penalty: NDArray[np.float64] | None = None
    backhaul_last: bool = False
    running: tuple[Running, ...] = ()
    bound: dict[int, int] = field(default_factory=dict)  # stop -> index in ``running``
    scale: float = 1.0  # of the search's cost to the file's own
    dimensions: tuple[str, ...] = ()  # keys of ``DIMENSIONS``; none: one number without a unit

    @property
    def stops(self) -> range:
        """The points that are served."""
        return range(self.depots, len(self.distance))
