"""A day's rounds to plan: points, stops, vehicles and what counts; grams, metres, seconds."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

MAX_STOPS = 5_000
MAX_VEHICLE_TYPES = 200
MAX_MATRIX_POINTS = 5_200


class Direction(StrEnum):
    """Whether goods are brought or collected."""

    DELIVERY = "delivery"
    PICKUP = "pickup"


class CollectionMode(StrEnum):
    """Where on a round goods may be collected."""

    MIXED = "mixed"
    BACKHAUL_LAST = "backhaul_last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A point on the map, WGS84 degrees."""

    location_id: str
    lat: Decimal
    lon: Decimal
    coordinate_system: str = "wgs84"
    region: str | None = None
    access_vehicle_classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentLine:
    """Goods of one stop that are brought or collected; whole grams, cm3 and mm of floor."""

    consignment_id: str
    direction: Direction
    mass_g: int
    volume_cm3: int = 0
    floor_mm: int = 0
    unit_count: int = 1
    goods_type_id: str | None = None
    depot_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when to when service may begin, in seconds after the day's midnight UTC."""

    earliest_s: int
    latest_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A visit to make."""

    stop_id: str
    location_id: str
    lines: tuple[ConsignmentLine, ...] = ()
    windows: tuple[Window, ...] = ()
    service_duration_s: int = 0
    required_skills: frozenset[str] = frozenset()
    forbidden_vehicle_classes: frozenset[str] = frozenset()
    priority: int = 3
    mandatory: bool = False
    unserved_penalty_cny_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearRate:
    """So much per km, and so much more per kg carried over a km; who says so."""

    per_km: Decimal
    per_kg_km: Decimal
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverRule:
    """A break after so much driving; waiting of that length counts."""

    driver_rule_id: str
    driving_max_s: int
    break_duration_s: int
    source: str
    is_verified: bool


DRIVER_RULES = {
    "eu_561": DriverRule(
        driver_rule_id="eu_561", driving_max_s=16_200, break_duration_s=2_700,
        source="Regulation (EC) No 561/2006, article 7", is_verified=True,
    ),
    "cn": DriverRule(
        driver_rule_id="cn", driving_max_s=14_400, break_duration_s=1_200,
        source="assumption: 20 min after 4 h", is_verified=False,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleType:
    """Equal vehicles of one depot; 0 of a capacity means that it does not bind."""

    vehicle_type_id: str
    count: int
    depot_id: str
    payload_g: int
    volume_cm3: int = 0
    floor_mm: int = 0
    skills: frozenset[str] = frozenset()
    vehicle_class: str = ""
    shift: Window = Window(earliest_s=0, latest_s=86_400)
    max_duration_s: int | None = None
    max_distance_m: int | None = None
    driver_rule_id: str | None = None
    fixed_cost_cny_fen: int = 0
    cost_cny_fen_per_km: Decimal = Decimal(0)
    cost_cny_fen_per_h: Decimal = Decimal(0)
    energy_cost_cny_fen: LinearRate | None = None
    ttw_kgco2e: LinearRate | None = None
    wtt_kgco2e: LinearRate | None = None
    energy_kwh: LinearRate | None = None
    battery_kwh: Decimal | None = None
    reserve_share: Decimal = Decimal("0.15")
    speed_factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where vehicles start and end."""

    depot_id: str
    location_id: str
    window: Window | None = None
    loading_duration_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveWeights:
    """What counts how much; a carbon price turns kilograms into fen."""

    cost: Decimal = Decimal(1)
    emission: Decimal = Decimal(0)
    time: Decimal = Decimal(0)
    carbon_price_cny_fen_per_kgco2e: Decimal | None = None
    time_value_cny_fen_per_h: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenRoute:
    """A vehicle on its way: its first stops are done, its goods cannot change vehicle."""

    vehicle_type_id: str
    stop_ids: tuple[str, ...]
    frozen_stop_count: int
    free_at_s: int = 0
    driven_since_break_s: int = 0
    loaded_stop_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProblem:
    """Everything that a plan of one day stands on."""

    problem_id: str
    planned_on: date
    locations: tuple[Location, ...]
    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    vehicle_types: tuple[VehicleType, ...]
    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)
    collection: CollectionMode = CollectionMode.MIXED
    circuity: Decimal = Decimal("1.3")
    speed_km_per_h: Decimal = Decimal(45)
    frozen: tuple[FrozenRoute, ...] = ()
    digest: str = ""
