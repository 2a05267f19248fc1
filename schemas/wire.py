"""The hot path's shapes of the events: msgspec structs that accept what the contract accepts.

A consumer is open where a writer is closed: it ignores a field that a later minor version added.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_type_hints

from msgspec import Meta, Struct

from schemas.event import (
    ADCODE_PATTERN,
    DAY_PATTERN,
    HASH_PATTERN,
    ID_PATTERN,
    MAX_FLAGS,
    MAX_ID_LENGTH,
    MAX_OFFSET,
    MAX_PARTITION,
    SLUG_PATTERN,
    TIME_PATTERN,
    UUID_PATTERN,
)
from schemas.quantity import BOUNDS, Bound
from schemas.vocabulary import (
    CalculationMethod,
    Channel,
    DataClass,
    DistanceKind,
    DistanceMethod,
    ElectricityBasis,
    ForkliftEnergy,
    LegKind,
    ServiceMode,
    TakebackOrderEvent,
    TakebackOrderState,
    TakebackUnitEvent,
    TakebackUnitState,
    TransportMode,
    VehicleEnergy,
    WeightMethod,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text must look like as a whole; ``codecs.check`` asks, for msgspec asks slowly."""

    pattern: str

    def refuses(self, text: str) -> bool:
        """Return whether ``text`` looks otherwise."""
        return _compiled(self.pattern)(text) is None


@cache
def _compiled(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern.removesuffix("$")).fullmatch


ID, SLUG, TIME, DAY = map(Shape, (ID_PATTERN, SLUG_PATTERN, TIME_PATTERN, DAY_PATTERN))
UUID, HASH, ADCODE = map(Shape, (UUID_PATTERN, HASH_PATTERN, ADCODE_PATTERN))
WireId = Annotated[str, Meta(min_length=1, max_length=MAX_ID_LENGTH), ID]
WireSlug = Annotated[str, Meta(min_length=1, max_length=MAX_ID_LENGTH), SLUG]
WireFlags = Annotated[tuple[WireSlug, ...], Meta(max_length=MAX_FLAGS)]
# Times, days and ids stay text: nothing is lost on the way, and whoever needs the value reads it.
WireTime = Annotated[str, Meta(max_length=32), TIME]
WireDay = Annotated[str, Meta(max_length=10), DAY]
WireUuid = Annotated[str, Meta(max_length=36), UUID]
WireHash = Annotated[str, Meta(max_length=64), HASH]
# What Kafka counts in: 32 bits for partitions, 64 for offsets.
WirePartition = Annotated[int, Meta(ge=0, le=MAX_PARTITION)]
WireOffset = Annotated[int, Meta(ge=0, le=MAX_OFFSET)]
WireCount = Annotated[int, Meta(ge=0, le=1_000_000_000)]
WireUnits = Annotated[int, Meta(ge=0, le=50)]
WireSeq = Annotated[int, Meta(ge=1, le=1_000_000)]
WireAdcode = Annotated[str, Meta(max_length=6), ADCODE]
WireFen = Annotated[int, Meta(ge=-100_000_000_000, le=100_000_000_000)]


def _bounded(*same: str, **named: str) -> tuple[tuple[str, Bound], ...]:
    fields = {name: name for name in same} | named
    return tuple((field, BOUNDS[quantity]) for field, quantity in fields.items())


class WirePlace(Struct, frozen=True, omit_defaults=True, gc=False):
    """An end of a leg."""

    site_id: WireId | None = None
    lat: Decimal | None = None
    lon: Decimal | None = None


class WireEvent(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What every event carries."""

    event_id: WireUuid
    occurred_at: WireTime


class WireLegDescribed(WireEvent, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What a leg is, before and after its emission is known."""

    shipment_id: WireId
    consignment_id: WireId
    leg_seq: Annotated[int, Meta(ge=1, le=99)]
    leg: LegKind
    mode: TransportMode
    energy: VehicleEnergy | None = None
    vehicle_class: WireSlug | None = None
    category: WireSlug
    company: WireSlug | None = None
    production_base: WireSlug | None = None
    origin: WirePlace
    destination: WirePlace
    mass_kg: Decimal
    volume_m3: Decimal | None = None
    is_direct: bool | None = None
    trip_id: WireId | None = None
    carrier_id: WireId | None = None
    correction_of: WireUuid | None = None
    flags: WireFlags = ()


class WireLeg(WireLegDescribed, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``LegCompleted`` on the hot path."""

    distance_km: Decimal | None = None
    distance_method: DistanceMethod | None = None
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    grid_region: WireSlug | None = None
    load_share: Decimal | None = None
    empty_distance_share: Decimal | None = None


class WireEmission(WireLegDescribed, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``LegEmitted`` on the hot path."""

    source_event_id: WireUuid
    distance_km: Decimal
    distance_kind: DistanceKind
    distance_method: DistanceMethod
    transport_tkm: Decimal
    daf: Decimal
    emission_wtt_kgco2e: Decimal
    emission_ttw_kgco2e: Decimal
    emission_wtw_kgco2e: Decimal
    factor_id: WireId
    factor_set: WireSlug
    factor_set_sha256: WireHash
    method: CalculationMethod
    data_class: DataClass
    basis: ElectricityBasis | None = None
    gwp_set: WireSlug
    method_version: WireSlug
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    grid_region: WireSlug | None = None
    driven_km: Decimal | None = None
    load_share: Decimal | None = None
    empty_distance_share: Decimal | None = None
    source_topic: WireId
    source_partition: WirePartition
    source_offset: WireOffset


class WireOrderRoute(WireEvent, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``ForwardOrderRouted`` on the hot path."""

    order_line_id: WireId
    category: WireSlug
    production_base: WireSlug | None = None
    region: WireSlug | None = None
    is_direct: bool | None = None
    mode: TransportMode | None = None
    ordered_on: WireDay | None = None
    promised_on: WireDay | None = None
    delivered_on: WireDay | None = None
    mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    main_line_km: Decimal | None = None
    correction_of: WireUuid | None = None


class WireReading(WireEvent, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``ForkliftRead`` on the hot path."""

    forklift_id: WireId
    site_id: WireId
    energy: ForkliftEnergy
    operating_total_h: Decimal | None = None
    energy_total_kwh: Decimal | None = None
    fuel_total_l: Decimal | None = None
    distance_total_km: Decimal | None = None
    lift_total_count: WireCount | None = None
    state_of_charge_share: Decimal | None = None
    charging: bool | None = None
    loaded: bool | None = None


class WireTakebackFact(WireEvent, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What order and unit facts share."""

    aggregate_seq: WireSeq
    takeback_order_id: WireId
    category: WireSlug | None = None
    partner_id: WireId | None = None
    reason_code: WireSlug | None = None
    late: bool = False


class WireTakebackOrder(WireTakebackFact, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``TakebackOrderChanged`` on the hot path."""

    event_type: TakebackOrderEvent
    from_state: TakebackOrderState | None = None
    to_state: TakebackOrderState
    channel: Channel
    region: WireAdcode
    service_mode: ServiceMode | None = None
    forward_order_id: WireId | None = None
    units_declared: WireUnits | None = None
    units_collected: WireUnits | None = None
    units_refused: WireUnits | None = None
    price_cny_fen: WireFen | None = None
    units_withdrawn: WireUnits | None = None
    policy_id: WireId | None = None
    policy_version: WireSeq | None = None
    subsidy_cny_fen: WireFen | None = None
    vehicle_energy: VehicleEnergy | None = None
    vehicle_token: WireId | None = None
    finding_id: WireId | None = None
    is_held: bool | None = None
    is_disputed: bool | None = None


class WireTakebackUnit(WireTakebackFact, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """``TakebackUnitChanged`` on the hot path."""

    unit_id: WireId
    event_type: TakebackUnitEvent
    from_state: TakebackUnitState | None = None
    to_state: TakebackUnitState
    channel: Channel
    region: WireAdcode
    brand: WireSlug | None = None
    is_own_brand: bool | None = None
    mass_kg: Decimal | None = None
    weight_method: WeightMethod | None = None
    grade: WireSlug | None = None
    consignment_id: WireId | None = None
    batch_id: WireId | None = None
    vehicle_energy: VehicleEnergy | None = None
    site_id: WireId | None = None
    dismantler_id: WireId | None = None
    certificate_id: WireId | None = None
    refrigerant_g: Decimal | None = None
    price_paid_cny_fen: WireFen | None = None
    corrects_event_id: WireId | None = None


# The decimals of each shape and what they may be; lat and lon of the two places come on top.
QUANTITIES: Mapping[type[WireEvent], tuple[tuple[str, Bound], ...]] = MappingProxyType(
    {
        WireLeg: _bounded(
            "mass_kg", "volume_m3", "distance_km", "energy_kwh", "fuel_l", "load_share",
            "empty_distance_share",
        ),
        WireEmission: _bounded(
            "mass_kg", "volume_m3", "distance_km", "transport_tkm", "daf", "energy_kwh", "fuel_l",
            "load_share", "empty_distance_share",
            driven_km="distance_km",
            emission_wtt_kgco2e="emission_kgco2e",
            emission_ttw_kgco2e="emission_kgco2e",
            emission_wtw_kgco2e="emission_kgco2e",
        ),
        WireOrderRoute: _bounded("mass_kg", "volume_m3", "main_line_km"),
        WireReading: _bounded(
            operating_total_h="total_h",
            energy_total_kwh="total_kwh",
            fuel_total_l="total_l",
            distance_total_km="total_km",
            state_of_charge_share="share",
        ),
        WireTakebackOrder: (),
        WireTakebackUnit: _bounded("refrigerant_g", mass_kg="unit_mass_kg"),
    }
)  # fmt: skip

# What a leg tells together or not at all.
PAIRS = (("distance_km", "distance_method"), ("load_share", "empty_distance_share"))


def shapes_of(kind: type[Struct]) -> Mapping[str, Shape]:
    """Return the shape of each text field of ``kind``."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: shape for name, hint in hints.items() for shape in _shapes_in(hint)}


def _shapes_in(hint: Any) -> Iterator[Shape]:
    for part in get_args(hint):
        if isinstance(part, Shape):
            yield part
        elif part is not Ellipsis:
            yield from _shapes_in(part)
    yield from (part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Shape))
