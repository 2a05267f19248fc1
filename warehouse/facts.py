"""Each event's row: which table, which columns, what makes it the same event twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from schemas.wire import (
    WireEmission,
    WireOrderRoute,
    WireReading,
    WireTakebackOrder,
    WireTakebackUnit,
)
from warehouse.columns import (
    Column,
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
_encode = msgspec.json.Encoder(decimal_format="string").encode
Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class Row:
    """One record on its way into a fact, with what every fact starts with."""

    record: Record
    event_id: UUID
    source_event_id: UUID
    content_hash: int
    occurred_at: datetime
    correction_of: UUID | None = None
    subject: Any = None

    @property
    def event(self) -> Any:
        """The event itself."""
        return self.record.event


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table: how its rows look and what a repetition of one is.

    ``measures`` are the columns that add up; ``described`` ones follow the newest row.
    """

    table: str
    events: tuple[type, ...]
    content: Callable[[Any], bytes]
    columns: Callable[[Sequence[Row], Dimensions], Mapping[str, Column]]
    source_of: Callable[[Any], str]
    measures: tuple[str, ...] = ()
    described: tuple[str, ...] = ()


def _leg_content(emission: WireEmission) -> bytes:
    """Return what the source said, without where it stood and what was computed from it."""
    e = emission
    return _encode(
        (
            e.occurred_at, e.shipment_id, e.consignment_id, e.leg_seq, e.leg, e.mode, e.energy,
            e.vehicle_class, e.category, e.company, e.production_base, e.origin, e.destination,
            e.mass_kg, e.volume_m3, e.is_direct, e.trip_id, e.carrier_id, e.distance_method,
            e.energy_kwh, e.fuel_l, e.correction_of,
        )
    )  # fmt: skip


def _extra_inputs(e: WireEmission) -> str:
    kept = {
        "origin": e.origin,
        "destination": e.destination,
        "distance_method": e.distance_method,
        "daf": e.daf,
        "flags": e.flags,
        "gwp_set": e.gwp_set,
        "basis": e.basis,
        "factor_set": e.factor_set,
        "factor_set_sha256": e.factor_set_sha256,
        "energy_kwh": e.energy_kwh,
        "fuel_l": e.fuel_l,
        "grid_region": e.grid_region,
        "source_topic": e.source_topic,
        "source_partition": e.source_partition,
        "source_offset": e.source_offset,
    }
    return _encode({name: value for name, value in kept.items() if value is not None}).decode()


def _lane(e: WireEmission) -> str | None:
    if e.origin.site_id is None or e.destination.site_id is None:
        return None
    return f"{e.origin.site_id}~{e.destination.site_id}"[:129]


def _events(rows: Sequence[Row], kind: type[Event]) -> list[Event]:
    return [cast(kind, row.record.event) for row in rows]  # type: ignore[valid-type]


def _leg_columns(rows: Sequence[Row], dims: Dimensions) -> Mapping[str, Column]:
    es = _events(rows, WireEmission)
    first = [e.leg_seq == 1 for e in es]
    return {
        "leg_id": texts(f"{e.consignment_id}/{e.leg_seq}" for e in es),
        "shipment_id": texts(e.shipment_id for e in es),
        "consignment_id": texts(e.consignment_id for e in es),
        "trip_id": texts(e.trip_id for e in es),
        "shipment_ref": hashes(digest64(e.shipment_id.encode()) for e in es),
        "leg_seq": integers(e.leg_seq for e in es),
        "leg": texts(e.leg for e in es),
        "category_key": integers(dims.keys("category", (e.category for e in es))),
        "company_key": integers(dims.keys("company", (e.company for e in es))),
        "base_key": integers(dims.keys("base", (e.production_base for e in es))),
        "mode": texts(e.mode for e in es),
        "energy": texts(e.energy for e in es),
        "vehicle_class_key": integers(dims.keys("vehicle_class", (e.vehicle_class for e in es))),
        "carrier_key": integers(dims.keys("carrier", (e.carrier_id for e in es))),
        "lane_key": integers(dims.keys("lane", (_lane(e) for e in es))),
        "is_direct": flags(e.is_direct for e in es),
        "mass_kg": decimals((e.mass_kg for e in es), 3),
        "volume_m3": decimals((e.volume_m3 for e in es), 6),
        "distance_km": decimals((e.distance_km for e in es), 3),
        "distance_kind": texts(e.distance_kind for e in es),
        "transport_tkm": decimals((e.transport_tkm for e in es), 6),
        "emission_wtt_kgco2e": decimals((e.emission_wtt_kgco2e for e in es), 6),
        "emission_ttw_kgco2e": decimals((e.emission_ttw_kgco2e for e in es), 6),
        "emission_wtw_kgco2e": decimals((e.emission_wtw_kgco2e for e in es), 6),
        "factor_key": integers(dims.keys("factor", (f"{e.factor_set}/{e.factor_id}" for e in es))),
        "dq": texts(e.data_class for e in es),
        "method": texts(e.method for e in es),
        "method_version_key": integers(dims.keys("method_version", (e.method_version for e in es))),
        "extra_inputs": texts(_extra_inputs(e) for e in es),
        "legs": integers(1 for _ in es),
        "shipments": integers(int(is_first) for is_first in first),
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


def _route_columns(rows: Sequence[Row], dims: Dimensions) -> Mapping[str, Column]:
    es = _events(rows, WireOrderRoute)
    return {
        "order_line_id": texts(e.order_line_id for e in es),
        "category_key": integers(dims.keys("category", (e.category for e in es))),
        "base_key": integers(dims.keys("base", (e.production_base for e in es))),
        "region_key": integers(dims.keys("region", (e.region for e in es))),
        "is_direct": flags(e.is_direct for e in es),
        "mode": texts(e.mode for e in es),
        "ordered_on": texts(e.ordered_on for e in es),
        "promised_on": texts(e.promised_on for e in es),
        "delivered_on": texts(e.delivered_on for e in es),
        "mass_kg": decimals((e.mass_kg for e in es), 3),
        "volume_m3": decimals((e.volume_m3 for e in es), 6),
        "main_line_km": decimals((e.main_line_km for e in es), 3),
        "volume_main_line_m3km": decimals(
            (
                None
                if e.volume_m3 is None or e.main_line_km is None
                else e.volume_m3 * e.main_line_km
                for e in es
            ),
            6,
        ),
        "orders": integers(1 for _ in es),
    }


def _forklift_columns(rows: Sequence[Row], dims: Dimensions) -> Mapping[str, Column]:
    spans = [cast(ForkliftInterval, row.subject) for row in rows]
    return {
        "session_id": texts(s.event_id for s in spans),
        "forklift_key": integers(dims.keys("forklift", (s.forklift_id for s in spans))),
        "site_key": integers(dims.keys("site", (s.site_id for s in spans))),
        "energy": texts(s.energy for s in spans),
        "started_at": texts(s.started_at for s in spans),
        "energy_kwh": decimals((s.energy_kwh for s in spans), 3),
        "fuel_l": decimals((s.fuel_l for s in spans), 3),
        "running_s": integers(s.running_s for s in spans),
        "basis": texts(s.basis for s in spans),
        "emission_wtt_kgco2e": decimals((s.wtt_kgco2e for s in spans), 6),
        "emission_ttw_kgco2e": decimals((s.ttw_kgco2e for s in spans), 6),
        "emission_wtw_kgco2e": decimals((s.wtw_kgco2e for s in spans), 6),
        "factor_key": integers(dims.keys("factor", (s.factor_id for s in spans))),
        "dq": texts(s.data_class for s in spans),
        "sessions": integers(s.sessions for s in spans),
    }


def _takeback_columns(rows: Sequence[Row], dims: Dimensions) -> Mapping[str, Column]:
    es: list[Any] = [row.event for row in rows]
    units = [isinstance(e, WireTakebackUnit) for e in es]
    pairs = list(zip(es, units, strict=True))
    return {
        "aggregate": texts("unit" if is_unit else "order" for is_unit in units),
        "aggregate_id": texts(e.unit_id if u else e.takeback_order_id for e, u in pairs),
        "aggregate_seq": integers(e.aggregate_seq for e in es),
        "event_type": texts(e.event_type for e in es),
        "takeback_order_id": texts(e.takeback_order_id for e in es),
        "unit_id": texts(e.unit_id if u else None for e, u in pairs),
        "partner_key": integers(dims.keys("partner", (e.partner_id for e in es))),
        "region_key": integers(dims.keys("region", (e.region for e in es))),
        "channel": texts(e.channel for e in es),
        "category_key": integers(dims.keys("category", (e.category for e in es))),
        "from_state": texts(e.from_state for e in es),
        "to_state": texts(e.to_state for e in es),
        "mass_kg": decimals((e.mass_kg if u else None for e, u in pairs), 3),
        "price_cny_fen": integers(None if u else e.price_cny_fen for e, u in pairs),
        "reason_code": texts(e.reason_code for e in es),
        "is_late": flags(e.late for e in es),
        "payload": texts(_encode(e).decode() for e in es),
        "events": integers(1 for _ in es),
    }


def _own_id(event: Any) -> str:
    return str(event.event_id)


def _caused_by(event: WireEmission) -> str:
    return event.source_event_id


EMISSION_COLUMNS = ("emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e")
LEG = Fact(
    "fact_leg_emission",
    (WireEmission,),
    _leg_content,
    _leg_columns,
    _caused_by,
    measures=(
        "mass_kg", "volume_m3", "transport_tkm", *EMISSION_COLUMNS, "legs", "shipments",
        "shipment_mass_kg", "shipment_volume_m3",
    ),
    described=("distance_km", "distance_kind", "factor_key", "method", "method_version_key"),
)  # fmt: skip
ROUTE = Fact(
    "fact_order_route",
    (WireOrderRoute,),
    _encode,
    _route_columns,
    _own_id,
    measures=("mass_kg", "volume_m3", "volume_main_line_m3km", "orders"),
    described=("main_line_km", "promised_on", "ordered_on", "delivered_on"),
)
FORKLIFT = Fact("fact_forklift_energy", (WireReading,), _encode, _forklift_columns, _own_id)
TAKEBACK = Fact(
    "takeback_event", (WireTakebackOrder, WireTakebackUnit), _encode, _takeback_columns, _own_id
)
FACTS = (LEG, ROUTE, FORKLIFT, TAKEBACK)
