"""What a load is made of: goods, lines, vehicle, rules; placements, leftovers and the plan.

Axes: x from the front wall to the rear, y from the driver's left to the right, z upwards; whole
millimetres and grams. Stops are numbered in the sequence of unloading, from 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FULL_BP = 10_000
MAX_BOXES = 2_000
MAX_GOODS_TYPES = 1_000
MAX_SIDE_MM = 30_000
MAX_MASS_G = 100_000_000
MAX_STOPS = 200
MAX_MIX_GROUPS = 32
DEFAULT_OFF_CENTRE_SHARE = 0.05


class Side(StrEnum):
    """A side of a goods type as its maker names it; the one that stands upright."""

    LENGTH = "length"
    WIDTH = "width"
    HEIGHT = "height"


class Door(StrEnum):
    """Where a vehicle is unloaded: at the rear, or at its right side."""

    REAR = "rear"
    SIDE = "side"


class LeftReason(StrEnum):
    """Why goods stayed behind: the first test that failed, never a guess."""

    PAYLOAD = "payload"
    HEIGHT = "height"
    ORIENTATION = "orientation"
    BEARING = "bearing"
    MIX_GROUP = "mix_group"
    LIFO = "lifo"
    AXLE = "axle"
    COG = "cog"
    VOLUME = "volume"
    FLOOR = "floor"
    NO_SPACE_FOUND = "no_space_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsType:
    """A packed unit: sides, mass, how it may stand and what may stand on it.

    ``stack_max_count`` counts the unit itself and the tallest tower on it: 1 means nothing above.
    A mass of ``None`` is unknown (benchmark files): every rule of mass is then off for the load.
    """

    goods_type_id: str
    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int | None = None
    allowed_up: frozenset[Side] = frozenset({Side.HEIGHT})
    stack_max_count: int | None = None
    top_load_max_g: int | None = None
    bearing_kg_per_m2: int | None = None
    is_fragile: bool = False
    mix_group: str | None = None
    category: str | None = None

    @property
    def volume_mm3(self) -> int:
        """The volume of one unit."""
        return self.length_mm * self.width_mm * self.height_mm

    def side_mm(self, side: Side) -> int:
        """Return the length of a side."""
        return int(getattr(self, f"{side}_mm"))

    def lying(self, up: Side) -> tuple[int, int, int]:
        """Return the sides with ``up`` upright: the two of the base, then the height.

        Examples
        --------
        >>> GoodsType(goods_type_id="f", length_mm=7, width_mm=6, height_mm=18).lying(Side.WIDTH)
        (7, 18, 6)
        """
        base = [self.side_mm(side) for side in Side if side is not up]
        return base[0], base[1], self.side_mm(up)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLine:
    """So many units of one type, for one stop."""

    line_id: str
    goods_type_id: str
    unit_count: int
    stop: int = 1
    stop_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axles:
    """Two axles: where they are from the body's front wall, what they carry empty, their limits."""

    front_x_mm: int
    rear_x_mm: int
    front_empty_g: int
    rear_empty_g: int
    front_max_g: int
    rear_max_g: int
    front_min_bp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A body to load: its inner sides, what it may carry, its door, axles and balance."""

    vehicle_id: str
    length_mm: int
    width_mm: int
    height_mm: int
    payload_g: int | None = None
    door: Door = Door.REAR
    axles: Axles | None = None
    off_centre_max_bp: int | None = None
    centre_x_min_mm: int | None = None
    centre_x_max_mm: int | None = None

    @property
    def volume_mm3(self) -> int:
        """The volume of the body."""
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def has_balance_rule(self) -> bool:
        """Whether the position of the centre of gravity is bound by anything."""
        return any(
            rule is not None
            for rule in (
                self.axles,
                self.off_centre_max_bp,
                self.centre_x_min_mm,
                self.centre_x_max_mm,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProblem:
    """Goods for a vehicle and the rules they are loaded by."""

    problem_id: str
    vehicle: Vehicle
    goods: Mapping[str, GoodsType]
    lines: tuple[LoadLine, ...]
    support_bp: int = FULL_BP
    keeps_unloading_sequence: bool = False
    forbidden_pairs: frozenset[frozenset[str]] = frozenset()

    @property
    def unit_count(self) -> int:
        """How many units are given."""
        return sum(line.unit_count for line in self.lines)

    @property
    def knows_mass(self) -> bool:
        """Whether every type tells its mass, so that rules of mass can be asked."""
        return all(self.goods[line.goods_type_id].mass_g is not None for line in self.lines)

    @property
    def stops(self) -> tuple[int, ...]:
        """The stops that goods are for, first unloaded first."""
        return tuple(sorted({line.stop for line in self.lines}))

    def mass_g(self, goods_type_id: str) -> int:
        """Return the mass of a unit, 0 where it is unknown."""
        return self.goods[goods_type_id].mass_g or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where one unit stands; ``step`` is its number in the sequence of loading, from 1."""

    step: int
    line_id: str
    goods_type_id: str
    stop: int
    up: Side
    x_mm: int
    y_mm: int
    z_mm: int
    dx_mm: int
    dy_mm: int
    dz_mm: int

    @property
    def volume_mm3(self) -> int:
        """The volume it takes."""
        return self.dx_mm * self.dy_mm * self.dz_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Units of a line that stay behind, and the first test that they failed."""

    line_id: str
    goods_type_id: str
    unit_count: int
    reason: LeftReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How a plan was found, so that it can be found again: seed and the widths that were run."""

    method: str
    seed: int
    widths: tuple[int, ...] = ()
    nodes: int = 0
    roll_outs: int = 0
    spaces_dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """A load: what stands where, what stays behind, and how it was found."""

    problem_id: str
    placements: tuple[Placement, ...]
    leftovers: tuple[Leftover, ...]
    effort: Effort = field(default_factory=lambda: Effort(method="none", seed=0))

    @property
    def is_complete(self) -> bool:
        """Whether nothing stays behind."""
        return not self.leftovers
