"""What events of consignments, treatment batches and lots tell others."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ledger.desk.publish_unit import PARTNERS
from recycling.aggregate import Aggregate, Event
from recycling.vocabulary import BatchEvent, BatchState, Flag, LotEvent
from schemas.consignment import MAX_NAMED_UNITS

_ZERO = Decimal(0)
_DESCRIBING = (
    "category", "mass_kg", "great_circle_km", "vehicle_energy", "vehicle_token", "from_site_id",
    "from_region", "to_site_id", "to_region",
)  # fmt: skip
# From BALANCED on neither inputs nor outputs can change: what was checked stays as it is.
_BALANCED = frozenset(
    {BatchState.BALANCED, BatchState.CERTIFIED, BatchState.AUDITED, BatchState.REVOKED}
)
_WITH_OUTPUTS = _BALANCED | {
    BatchState.OUTPUT_DECLARED, BatchState.UNBALANCED, BatchState.WRITTEN_OFF
}  # fmt: skip
_BALANCE = {
    "mass_in_kg": "input_kg", "mass_out_kg": "output_kg", "losses_kg": "losses_kg",
    "gap_kg": "gap_kg", "gap_share": "gap_share", "class_average_share": "class_average_share",
}  # fmt: skip
_FATES = {
    "refrigerant_destroyed_g": "destroyed_g", "refrigerant_reclaimed_g": "reclaimed_g",
    "refrigerant_vented_g": "vented_g",
}  # fmt: skip
_OF_LOT = ("batch_id", "material", "mass_kg", "holder_id", "hazardous_code", "parent_lot_id")
_OF_LOT_EVENT = (
    "operation_code", "consignee_id", "mode", "manifest_id", "yield_share", "residue_mass_kg",
    "product_id",
)  # fmt: skip


def _partner(event: Event) -> dict[str, str]:
    return {"partner_id": event.party_id} if event.role in PARTNERS else {}


def consignment_facts(event: Event, after: Aggregate) -> dict[str, Any]:
    """Return what a consignment's event tells beside what every event does."""
    body = after.body
    unit_ids = body["unit_ids"]
    return {
        **{name: body.get(name) for name in _DESCRIBING},
        **_partner(event),
        "unit_count": len(unit_ids),
        "received_count": len(body.get("received_ids", ())),
        "unit_ids": list(unit_ids) if len(unit_ids) <= MAX_NAMED_UNITS else None,
    }


def batch_facts(event: Event, after: Aggregate) -> dict[str, Any]:
    """Return what a batch's event tells beside what every event does: masses while they hold."""
    body, told = after.body, event.payload
    facts: dict[str, Any] = {
        **_partner(event),
        "site_id": body["site_id"],
        "dismantler_id": body["dismantler_id"],
        "unit_count": len(body["unit_ids"]),
        "unit_id": told.get("unit_id"),
        "finding_id": told.get("finding_id"),
        "certificate_id": body.get("certificate_id"),
        "is_held": Flag.HOLD in after.flags,
    }
    if event.to_state in _WITH_OUTPUTS:
        facts |= _outputs(body)
    if event.event_type == BatchEvent.BALANCE_CHECKED or event.to_state in _BALANCED:
        balance = told.get("balance") or body.get("balance") or {}
        facts |= {name: balance.get(key) for name, key in _BALANCE.items()}
    return facts


def _outputs(body: Mapping[str, Any]) -> dict[str, str]:
    fractions = body.get("outputs", ())
    fates = body.get("gas_fates", ())
    return {
        "mass_out_kg": _sum(one["mass_kg"] for one in fractions),
        "losses_kg": body["losses_kg"],
        "hazardous_kg": _sum(one["mass_kg"] for one in fractions if "hazardous_code" in one),
        **{name: _sum(one[key] for one in fates) for name, key in _FATES.items()},
    }


def _sum(numbers: Iterable[str]) -> str:
    return f"{sum(map(Decimal, numbers), _ZERO):f}"


def lot_facts(event: Event, after: Aggregate) -> dict[str, Any]:
    """Return what a lot's event tells beside what every event does."""
    body, told = after.body, event.payload
    is_receipt = event.event_type == LotEvent.RECEIVED
    return {
        **_partner(event),
        **{name: body.get(name) for name in _OF_LOT},
        **{name: told.get(name) for name in _OF_LOT_EVENT},
        "received_mass_kg": told["mass_kg"] if is_receipt else None,
    }
