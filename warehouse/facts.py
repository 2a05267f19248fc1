"""Each event's row: which table, which columns, what makes it the same event twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from schemas.topics import EMISSIONS, ORDERS
from schemas.vocabulary import DistanceMethod, ElectricityBasis
from schemas.wire import (
    WireEmission,
    WireOrderRoute,
    WirePlace,
    WireReading,
    WireTakebackOrder,
    WireTakebackUnit,
)
from warehouse.columns import (
    Column,
    days,
    decimals,
    digest64,
    flags,
    hashes,
    integers,
    texts,
)
from warehouse.dimensions import Dimensions
from warehouse.records import ForkliftInterval, Record

ZERO = Decimal(0)
MAX_LANE_CHARACTERS = 129
_encode = msgspec.json.Encoder(decimal_format="string").encode
Event = TypeVar("Event")


class Arrival(NamedTuple):
    """One record on its way into a fact, where it stands in the log, and who it is."""

    topic: str
    partition: int
    epoch: int
    record: Record
    interval: ForkliftInterval | None
    event_id: bytes
    source_event_id: bytes
    content_hash: int
    occurred_at: datetime
    correction_of: bytes | None = None
    #: The dead letter that kept it until its target came.
    letter_id: str | None = None

    @property
    def event(self) -> Any:
        """The event itself."""
        return self.record.event

    @property
    def place(self) -> tuple[str, int]:
        """The topic and partition that brought it."""
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table: how its rows look and what a repetition of one is.

    ``measures`` are the columns that add up; ``described`` ones follow the newest row;
    ``counted`` is the measure that is 1 on an original and -1 on a row taken back. A fact without
    measures takes no corrections.
    """

    table: str
    events: tuple[type, ...]
    content: Callable[[Any, datetime], bytes]
    columns: Callable[[Sequence[Arrival], Dimensions], Mapping[str, Column]]
    source_of: Callable[[Any], str]
    counted: str
    topic: str = ""
    measures: tuple[str, ...] = ()
    described: tuple[str, ...] = ()


# A distance that the source told; one that was computed here may follow another method tomorrow.
_TOLD = frozenset({DistanceMethod.DECLARED, DistanceMethod.SFD})


def _plain(number: Decimal | None) -> Decimal | None:
    """Return ``number`` in the one spelling it has: 412.500 and 412.5 are the same mass."""
    return None if number is None else number.normalize()


def _leg_content(e: WireEmission, at: datetime) -> bytes:
    """Return what the source said, without where it stood and what was computed from it."""
    start, end = e.origin, e.destination
    return _encode(
        (
            at, e.shipment_id, e.consignment_id, e.leg_seq, e.leg, e.mode, e.energy,
            e.vehicle_class, e.category, e.company, e.production_base,
            start.site_id, None if start.lat is None else start.lat.normalize(),
            None if start.lon is None else start.lon.normalize(),
            end.site_id, None if end.lat is None else end.lat.normalize(),
            None if end.lon is None else end.lon.normalize(),
            e.mass_kg.normalize(), None if e.volume_m3 is None else e.volume_m3.normalize(),
            e.is_direct, e.trip_id, e.carrier_id, e.distance_method,
            e.distance_km.normalize() if e.distance_method in _TOLD else None,
            _plain(e.energy_kwh), _plain(e.fuel_l), e.correction_of and e.correction_of.lower(),
        )
    )  # fmt: skip


def _content(event: msgspec.Struct, at: datetime) -> bytes:
    """Return what an event says, each value in the one spelling it has."""
    told = msgspec.structs.asdict(event) | {"event_id": None, "occurred_at": at}
    return _encode(
        [value.normalize() if isinstance(value, Decimal) else value for value in told.values()]
    )


class _Inputs(msgspec.Struct, omit_defaults=True):
    """What explains a leg's number beyond its columns, in the order it is read."""

    origin: WirePlace
    destination: WirePlace
    distance_method: DistanceMethod
    daf: Decimal
    flags: tuple[str, ...]
    gwp_set: str
    basis: ElectricityBasis | None = None
    factor_set: str | None = None
    factor_set_sha256: str | None = None
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    grid_region: str | None = None
    source_topic: str | None = None
    source_partition: int | None = None
    source_offset: int | None = None


_inputs_of = attrgetter(*_Inputs.__struct_fields__)


def _extra_inputs(e: WireEmission) -> bytes:
    return _encode(_Inputs(*_inputs_of(e)))


def _lane(e: WireEmission) -> str | None:
    if e.origin.site_id is None or e.destination.site_id is None:
        return None
    return f"{e.origin.site_id}~{e.destination.site_id}"[:MAX_LANE_CHARACTERS]


def _events(rows: Sequence[Arrival], kind: type[Event]) -> list[Event]:
    return [cast(kind, row.record.event) for row in rows]  # type: ignore[valid-type]


def _leg_columns(rows: Sequence[Arrival], dims: Dimensions) -> Mapping[str, Column]:
    es = _events(rows, WireEmission)
    first = [e.leg_seq == 1 for e in es]
    return {
        "leg_id": texts([f"{e.consignment_id}/{e.leg_seq}" for e in es]),
        "shipment_id": texts([e.shipment_id for e in es]),
        "consignment_id": texts([e.consignment_id for e in es]),
        "trip_id": texts([e.trip_id for e in es]),
        "shipment_ref": hashes(digest64(e.shipment_id.encode()) for e in es),
        "leg_seq": integers([e.leg_seq for e in es]),
        "leg": texts([e.leg for e in es]),
        "category_key": integers(dims.keys("category", [e.category for e in es])),
        "company_key": integers(dims.keys("company", [e.company for e in es])),
        "base_key": integers(dims.keys("base", [e.production_base for e in es])),
        "mode": texts([e.mode for e in es]),
        "energy": texts([e.energy for e in es]),
        "vehicle_class_key": integers(dims.keys("vehicle_class", [e.vehicle_class for e in es])),
        "carrier_key": integers(dims.keys("carrier", [e.carrier_id for e in es])),
        "lane_key": integers(dims.keys("lane", [_lane(e) for e in es])),
        "is_direct": flags([e.is_direct for e in es]),
        "mass_kg": decimals([e.mass_kg for e in es], 3),
        "volume_m3": decimals([e.volume_m3 for e in es], 6),
        "distance_km": decimals([e.distance_km for e in es], 3),
        "distance_kind": texts([e.distance_kind for e in es]),
        "transport_tkm": decimals([e.transport_tkm for e in es], 6),
        "emission_wtt_kgco2e": decimals([e.emission_wtt_kgco2e for e in es], 6),
        "emission_ttw_kgco2e": decimals([e.emission_ttw_kgco2e for e in es], 6),
        "emission_wtw_kgco2e": decimals([e.emission_wtw_kgco2e for e in es], 6),
        "factor_key": integers(dims.keys("factor", [f"{e.factor_set}/{e.factor_id}" for e in es])),
        "dq": texts([e.data_class for e in es]),
        "method": texts([e.method for e in es]),
        "method_version_key": integers(dims.keys("method_version", [e.method_version for e in es])),
        "extra_inputs": texts(map(_extra_inputs, es)),
        "legs": integers([1 for _ in es]),
        "shipments": integers([int(is_first) for is_first in first]),
        "shipment_mass_kg": decimals(
            (e.mass_kg if is_first else ZERO for e, is_first in zip(es, first, strict=True)), 3
        ),
        "shipment_volume_m3": decimals(
            (
                e.volume_m3 if is_first and e.volume_m3 is not None else ZERO
                for e, is_first in zip(es, first, strict=True)
            ),
            6,
        ),
    }


def _route_columns(rows: Sequence[Arrival], dims: Dimensions) -> Mapping[str, Column]:
    es = _events(rows, WireOrderRoute)
    return {
        "order_line_id": texts([e.order_line_id for e in es]),
        "category_key": integers(dims.keys("category", [e.category for e in es])),
        "base_key": integers(dims.keys("base", [e.production_base for e in es])),
        "region_key": integers(dims.keys("region", [e.region for e in es])),
        "is_direct": flags([e.is_direct for e in es]),
        "mode": texts([e.mode for e in es]),
        "ordered_on": days([e.ordered_on for e in es]),
        "promised_on": days([e.promised_on for e in es]),
        "delivered_on": days([e.delivered_on for e in es]),
        "mass_kg": decimals([e.mass_kg for e in es], 3),
        "volume_m3": decimals([e.volume_m3 for e in es], 6),
        "main_line_km": decimals([e.main_line_km for e in es], 3),
        "volume_main_line_m3km": decimals(
            (
                None
                if e.volume_m3 is None or e.main_line_km is None
                else e.volume_m3 * e.main_line_km
                for e in es
            ),
            6,
        ),
        "orders": integers([1 for _ in es]),
    }


def _forklift_columns(rows: Sequence[Arrival], dims: Dimensions) -> Mapping[str, Column]:
    spans = [cast(ForkliftInterval, row.interval) for row in rows]
    return {
        "session_id": texts([s.event_id for s in spans]),
        "forklift_key": integers(dims.keys("forklift", [s.forklift_id for s in spans])),
        "site_key": integers(dims.keys("site", [s.site_id for s in spans])),
        "energy": texts([s.energy for s in spans]),
        "started_at": texts([s.started_at for s in spans]),
        "energy_kwh": decimals((s.energy_kwh for s in spans), 3),
        "fuel_l": decimals((s.fuel_l for s in spans), 3),
        "running_s": integers([s.running_s for s in spans]),
        "basis": texts([s.basis for s in spans]),
        "emission_wtt_kgco2e": decimals((s.wtt_kgco2e for s in spans), 6),
        "emission_ttw_kgco2e": decimals((s.ttw_kgco2e for s in spans), 6),
        "emission_wtw_kgco2e": decimals((s.wtw_kgco2e for s in spans), 6),
        "factor_key": integers(dims.keys("factor", [s.factor_id for s in spans])),
        "dq": texts([s.data_class for s in spans]),
        "sessions": integers([s.sessions for s in spans]),
    }


def _takeback_columns(rows: Sequence[Arrival], dims: Dimensions) -> Mapping[str, Column]:
    es: list[Any] = [row.event for row in rows]
    units = [isinstance(e, WireTakebackUnit) for e in es]
    pairs = list(zip(es, units, strict=True))
    return {
        "aggregate": texts(["unit" if is_unit else "order" for is_unit in units]),
        "aggregate_id": texts([e.unit_id if u else e.takeback_order_id for e, u in pairs]),
        "aggregate_seq": integers([e.aggregate_seq for e in es]),
        "event_type": texts([e.event_type for e in es]),
        "takeback_order_id": texts([e.takeback_order_id for e in es]),
        "unit_id": texts([e.unit_id if u else None for e, u in pairs]),
        "partner_key": integers(dims.keys("partner", [e.partner_id for e in es])),
        "region_key": integers(dims.keys("region", [e.region for e in es])),
        "channel": texts([e.channel for e in es]),
        "category_key": integers(dims.keys("category", [e.category for e in es])),
        "from_state": texts([e.from_state for e in es]),
        "to_state": texts([e.to_state for e in es]),
        "mass_kg": decimals((e.mass_kg if u else None for e, u in pairs), 3),
        "price_cny_fen": integers([None if u else e.price_cny_fen for e, u in pairs]),
        "reason_code": texts([e.reason_code for e in es]),
        "is_late": flags([e.late for e in es]),
        "payload": texts([_encode(e).decode() for e in es]),
        "events": integers([1 for _ in es]),
    }


def takeback_place(event: Any) -> tuple[str, str, int]:
    """Return the place of a take-back fact: its aggregate, which one, and the how-manieth."""
    if isinstance(event, WireTakebackUnit):
        return "unit", event.unit_id, event.aggregate_seq
    return "order", event.takeback_order_id, event.aggregate_seq


_own_id = attrgetter("event_id")
EMISSION_COLUMNS = ("emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e")
LEG = Fact(
    "fact_leg_emission",
    (WireEmission,),
    _leg_content,
    _leg_columns,
    attrgetter("source_event_id"),
    "legs",
    topic=EMISSIONS.name,
    measures=(
        "mass_kg", "volume_m3", "distance_km", "transport_tkm", *EMISSION_COLUMNS, "legs",
        "shipments", "shipment_mass_kg", "shipment_volume_m3",
    ),
    described=("distance_kind", "factor_key", "method", "method_version_key"),
)  # fmt: skip
ROUTE = Fact(
    "fact_order_route",
    (WireOrderRoute,),
    _content,
    _route_columns,
    _own_id,
    "orders",
    topic=ORDERS.name,
    measures=("mass_kg", "volume_m3", "main_line_km", "volume_main_line_m3km", "orders"),
    described=("promised_on", "ordered_on", "delivered_on"),
)
FORKLIFT = Fact(
    "fact_forklift_energy", (WireReading,), _content, _forklift_columns, _own_id, "sessions"
)
TAKEBACK = Fact(
    "takeback_event",
    (WireTakebackOrder, WireTakebackUnit),
    _content,
    _takeback_columns,
    _own_id,
    "events",
)
FACTS = (LEG, ROUTE, FORKLIFT, TAKEBACK)
