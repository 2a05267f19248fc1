"""One shipment's trace: its legs as they stand, every revision, and the inputs stored with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from warehouse.sums import Query

MAX_REVISIONS = 500


@dataclass(frozen=True, slots=True)
class Split:
    """Emission in kg CO2e by part: energy provision, operation, both."""

    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One stored row of a leg: the original, or the difference a correction made."""

    revision: int
    reason: str | None
    event_id: UUID
    source_event_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    topic: str
    partition: int
    offset: int
    mode: str
    mass_kg: Decimal
    distance_km: Decimal
    transport_tkm: Decimal
    emission_wtt_kgco2e: Decimal
    emission_ttw_kgco2e: Decimal
    emission_wtw_kgco2e: Decimal
    legs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg as it stands now: sums over its revisions, and what they were computed from."""

    leg_id: str
    consignment_id: str
    leg_seq: int
    kind: str
    mode: str
    energy: str | None
    vehicle_class: str | None
    carrier: str | None
    category: str
    production_base: str | None
    is_direct: bool | None
    occurred_at: datetime
    mass_kg: Decimal
    volume_m3: Decimal | None
    distance_km: Decimal
    distance_kind: str
    transport_tkm: Decimal
    emission: Split
    factor_id: str
    data_class: str
    method: str
    method_version: str
    inputs: Mapping[str, Any]
    revisions: tuple[Revision, ...]

    @property
    def is_void(self) -> bool:
        """Whether a void took the leg back."""
        return sum(revision.legs for revision in self.revisions) == 0


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment's legs; their sums are its figures exactly."""

    shipment_id: str
    legs: tuple[Leg, ...]
    emission: Split
    transport_tkm: Decimal


_LEG = """
    select leg_id, consignment_id, leg_seq, leg, mode, energy, vehicle_class, carrier, category,
        production_base, is_direct, occurred_at, mass_kg, volume_m3, distance_km, distance_kind,
        transport_tkm, emission_wtt_kgco2e, emission_ttw_kgco2e, emission_wtw_kgco2e, factor,
        dq, method, method_version, extra_inputs, revision, reason, event_id, source_event_id,
        recorded_at, topic, log_partition, log_offset, legs
    from mart.leg where {where}
    order by leg_seq, leg_id, revision, legs, recorded_at limit ?
"""
_OF_EVENT = (
    "leg_id in (select leg_id from mart.leg "
    "where ? in (event_id::varchar, source_event_id::varchar))"
)
_LEG_FIELDS = tuple(name.strip() for name in _LEG.split("from")[0].split("select")[1].split(","))


def shipment(shipment_id: str, query: Query) -> Shipment | None:
    """Return a shipment with the stored inputs of every leg, ``None`` where nobody knows it."""
    legs = _legs("shipment_id = ?", shipment_id, query)
    if not legs:
        return None
    activity = sum((leg.transport_tkm for leg in legs), Decimal(0))
    parts = [leg.emission for leg in legs]
    emission = Split(*(sum(part, Decimal(0)) for part in zip(*map(_in_turn, parts), strict=True)))
    return Shipment(shipment_id, legs, emission, activity)


def leg_of(identifier: str, query: Query) -> Leg | None:
    """Return the leg that has the id, or one of whose events has it."""
    legs = _legs("leg_id = ?", identifier, query)
    if not legs and _is_uuid(identifier):
        legs = _legs(_OF_EVENT, identifier.lower(), query)
    return legs[0] if legs else None


def consignment(consignment_id: str, query: Query) -> tuple[Leg, ...]:
    """Return the legs of a consignment in their sequence."""
    return _legs("consignment_id = ?", consignment_id, query)


def _legs(where: str, identifier: str, query: Query) -> tuple[Leg, ...]:
    rows = [
        dict(zip(_LEG_FIELDS, row, strict=True))
        for row in query(_LEG.format(where=where), (identifier, MAX_REVISIONS))
    ]
    by_leg: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_leg.setdefault(row["leg_id"], []).append(row)
    return tuple(_leg(chain) for chain in by_leg.values())


def _is_uuid(identifier: str) -> bool:
    try:
        UUID(identifier)
    except ValueError:
        return False
    return True


def _in_turn(split: Split) -> tuple[Decimal, Decimal, Decimal]:
    return split.wtt_kgco2e, split.ttw_kgco2e, split.wtw_kgco2e


def _total(rows: Sequence[Mapping[str, Any]], field: str) -> Decimal:
    return sum((row[field] for row in rows if row[field] is not None), Decimal(0))


def _split(rows: Sequence[Mapping[str, Any]]) -> Split:
    return Split(*(_total(rows, f"emission_{scope}_kgco2e") for scope in ("wtt", "ttw", "wtw")))


def _leg(chain: Sequence[Mapping[str, Any]]) -> Leg:
    """Return a leg from its rows: measures are summed, words are those of the newest full row."""
    now = chain[-1]  # the order of the query puts a taken-back row before the one that replaces it
    known_volume = any(row["volume_m3"] is not None for row in chain)
    return Leg(
        **{field: now[field] for field in ("leg_id", "consignment_id", "leg_seq", "mode", "energy",
           "vehicle_class", "carrier", "category", "production_base", "is_direct", "occurred_at",
           "distance_kind", "method", "method_version")},
        kind=now["leg"],
        data_class=now["dq"],
        factor_id=now["factor"],
        mass_kg=_total(chain, "mass_kg"),
        volume_m3=_total(chain, "volume_m3") if known_volume else None,
        distance_km=_total(chain, "distance_km"),
        transport_tkm=_total(chain, "transport_tkm"),
        emission=_split(chain),
        inputs=json.loads(now["extra_inputs"] or "{}", parse_float=Decimal),
        revisions=tuple(_revision(row) for row in chain),
    )  # fmt: skip


_SAME = ("revision", "reason", "event_id", "source_event_id", "occurred_at", "recorded_at",
         "topic", "mode", "mass_kg", "distance_km", "transport_tkm", "emission_wtt_kgco2e",
         "emission_ttw_kgco2e", "emission_wtw_kgco2e", "legs")  # fmt: skip


def _revision(row: Mapping[str, Any]) -> Revision:
    return Revision(
        **{field: row[field] for field in _SAME},
        partition=row["log_partition"],
        offset=row["log_offset"],
    )
