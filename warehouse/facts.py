"""The other facts' rows: order routes, forklift energy and take-back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar, cast

import msgspec

from schemas.topics import ORDERS
from schemas.wire import WireEvent, WireOrderRoute, WireReading, WireTakebackOrder, WireTakebackUnit
from warehouse.columns import Column, days, decimals, digest64, flags, integers, texts
from warehouse.dimensions import Dimensions
from warehouse.fact import Arrival, Fact, InSequence, Told
from warehouse.fact_answered import HUB, REFRIGERANT
from warehouse.fact_leg import LEG
from warehouse.fact_told import BATCH, CONSIGNMENT, DEMAND, FINDING, LOT
from warehouse.records import ForkliftInterval

_encode = msgspec.json.Encoder(decimal_format="string").encode
Event = TypeVar("Event")
# Fields that a contract got after events of it were stored: who does not tell them says the same
# as before, so that an event of then, sent again, is still the same event.
_LATER = frozenset(
    {
        "units_withdrawn", "policy_id", "policy_version", "subsidy_cny_fen", "vehicle_energy",
        "vehicle_token", "finding_id", "is_held", "is_disputed", "site_id", "dismantler_id",
        "certificate_id", "refrigerant_g", "price_paid_cny_fen", "corrects_event_id",
    }
)  # fmt: skip
_TAKEBACK = frozenset({WireTakebackOrder, WireTakebackUnit})


def _said(event: msgspec.Struct, at: datetime) -> bytes:
    """Return what an event says, each value in the one spelling it has."""
    told = msgspec.structs.asdict(event) | {"event_id": None, "occurred_at": at}
    if type(event) in _TAKEBACK:
        later = {name: told.pop(name) for name in _LATER & told.keys()}
        told |= {
            f"+{name}": (name, later[name]) for name in sorted(later) if later[name] is not None
        }
    return _encode([_spelt(value) for value in told.values()])


def _spelt(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_spelt(inner) for inner in value]
    return value.normalize() if isinstance(value, Decimal) else value


def _content(es: Sequence[Any], at: Sequence[datetime], _told: Told) -> list[int]:
    return [digest64(_said(e, on)) for e, on in zip(es, at, strict=True)]


def _nothing_shared(_es: Sequence[Any]) -> Told:
    return {}


def _reader(kind: type[WireEvent]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind).decode


def _events(rows: Sequence[Arrival], kind: type[Event]) -> list[Event]:
    return [cast(kind, row.record.event) for row in rows]  # type: ignore[valid-type]


def _route_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Mapping[str, Column]:
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


def _forklift_columns(
    rows: Sequence[Arrival], _told: Told, dims: Dimensions
) -> Mapping[str, Column]:
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
        "extra_inputs": texts([_encode(_interval_inputs(s)).decode() for s in spans]),
    }


def _interval_inputs(span: ForkliftInterval) -> Mapping[str, Any]:
    """Return what explains an interval's number beyond its columns, which are rounded."""
    told = {
        "energy_kwh": span.energy_kwh,
        "fuel_l": span.fuel_l,
        "factor_set_sha256": span.factor_set_sha256,
        "method_version": span.method_version,
    }
    return {name: value for name, value in told.items() if value is not None}


def _takeback_columns(
    rows: Sequence[Arrival], _told: Told, dims: Dimensions
) -> Mapping[str, Column]:
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
ROUTE = Fact(
    table="fact_order_route",
    events=(WireOrderRoute,),
    read=_reader(WireOrderRoute),
    tell=_nothing_shared,
    content=_content,
    columns=_route_columns,
    source_of=_own_id,
    counted="orders",
    topic=ORDERS.name,
    measures=("mass_kg", "volume_m3", "main_line_km", "volume_main_line_m3km", "orders"),
    described=("promised_on", "ordered_on", "delivered_on"),
)
FORKLIFT = Fact(
    table="fact_forklift_energy",
    events=(WireReading,),
    read=_reader(WireReading),
    tell=_nothing_shared,
    content=_content,
    columns=_forklift_columns,
    source_of=_own_id,
    counted="sessions",
)
TAKEBACK = Fact(
    table="takeback_event",
    events=(WireTakebackOrder, WireTakebackUnit),
    read=_reader(WireTakebackOrder),  # no fact of it waits among the dead letters
    tell=_nothing_shared,
    content=_content,
    columns=_takeback_columns,
    source_of=_own_id,
    counted="events",
    sequence=InSequence("aggregate", "aggregate_id", "aggregate_seq", takeback_place),
)
FACTS = (
    LEG, ROUTE, FORKLIFT, HUB, REFRIGERANT, TAKEBACK, DEMAND, CONSIGNMENT, BATCH, LOT, FINDING
)  # fmt: skip
