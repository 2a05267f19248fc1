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
    is_cut: bool = False


_ROOT = "coalesce(correction_of, source_event_id)"
_LEG = f"""
    select leg_id, shipment_id, consignment_id, leg_seq, leg, mode, energy, vehicle_class, carrier,
        category, production_base, is_direct, occurred_at, mass_kg, volume_m3, distance_km,
        distance_kind, transport_tkm, emission_wtt_kgco2e, emission_ttw_kgco2e,
        emission_wtw_kgco2e, factor, dq, method, method_version, extra_inputs, revision, reason,
        event_id, source_event_id, recorded_at, topic, log_partition, log_offset, legs,
        {_ROOT} as root
    from mart.leg where {_ROOT} in (select {_ROOT} from mart.leg where {{where}})
    order by min(leg_seq) over (partition by root), root, revision, legs, recorded_at limit ?
"""
_LEG_FIELDS = (
    "leg_id", "shipment_id", "consignment_id", "leg_seq", "leg", "mode", "energy", "vehicle_class",
    "carrier", "category", "production_base", "is_direct", "occurred_at", "mass_kg", "volume_m3",
    "distance_km", "distance_kind", "transport_tkm", "emission_wtt_kgco2e", "emission_ttw_kgco2e",
    "emission_wtw_kgco2e", "factor", "dq", "method", "method_version", "extra_inputs", "revision",
    "reason", "event_id", "source_event_id", "recorded_at", "topic", "log_partition", "log_offset",
    "legs", "root",
)  # fmt: skip
_SUMS = """
    select sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e),
        sum(transport_tkm) from mart.leg where shipment_id = ?
"""
Row = Mapping[str, Any]
_Chain = list[dict[str, Any]]


def shipment(shipment_id: str, query: Query, *, max_rows: int = MAX_REVISIONS) -> Shipment | None:
    """Return a shipment with the stored inputs of every leg, ``None`` where nobody knows it.

    Its sums are those of all its rows. A leg that a correction moved to another shipment is here
    as what is left of it: nothing. A shipment of more than ``max_rows`` rows has the first legs
    only, and says so.
    """
    chains, is_cut = _chains("shipment_id = ?", shipment_id, query, max_rows)
    if not chains:
        return None
    legs = tuple(
        _leg([row for row in chain if _is_of(row, chain, shipment_id)]) for chain in chains
    )
    *parts, activity = query(_SUMS, (shipment_id,))[0]
    return Shipment(shipment_id, legs, Split(*parts), activity, is_cut)


def leg_of(identifier: str, query: Query) -> Leg | None:
    """Return the leg that is called so now, or one of whose events has the id."""
    chains, _ = _chains("leg_id = ?", identifier, query, MAX_REVISIONS)
    named = [chain for chain in chains if chain[-1]["leg_id"] == identifier]
    event_id = uuid_of(identifier)
    if not named and event_id is not None:
        of_event = "?::uuid in (event_id, source_event_id)"
        named, _ = _chains(of_event, event_id, query, MAX_REVISIONS)
    return _leg(named[0]) if named else None


def consignment(consignment_id: str, query: Query) -> tuple[Leg, ...]:
    """Return the legs that a consignment has now, in their sequence."""
    chains, _ = _chains("consignment_id = ?", consignment_id, query, MAX_REVISIONS)
    return tuple(_leg(one) for one in chains if one[-1]["consignment_id"] == consignment_id)


def uuid_of(identifier: str) -> str | None:
    """Return the one spelling of a UUID, however it is written; None where it is none."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return None


def _chains(where: str, identifier: str, query: Query, max_rows: int) -> tuple[list[_Chain], bool]:
    """Return whole chains of rows, and whether some were left out."""
    rows = query(_LEG.format(where=where), (identifier, max_rows + 1))
    is_cut = len(rows) > max_rows
    chains: dict[UUID, _Chain] = {}
    for row in rows[:max_rows]:
        told = dict(zip(_LEG_FIELDS, row, strict=True))
        chains.setdefault(told["root"], []).append(told)
    found = list(chains.values())
    return found[:-1] if is_cut and len(found) > 1 else found, is_cut


def _is_of(row: Row, chain: _Chain, shipment_id: str) -> bool:
    """A chain that stands here belongs here whole; of one that left, its rows of here."""
    return shipment_id in (chain[-1]["shipment_id"], row["shipment_id"])


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
