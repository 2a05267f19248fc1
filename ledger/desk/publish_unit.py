"""What an event of one old appliance tells others."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate, Event
from recycling.unit_mass import mass_in_force, recovered_g
from recycling.vocabulary import MassBasis, Role
from schemas.vocabulary import TakebackUnitEvent as Happened
from schemas.vocabulary import WeightMethod

PARTNERS = frozenset(
    {Role.RECYCLER, Role.CARRIER, Role.DEPOT, Role.DISMANTLER, Role.BUYER, Role.PLANT}
)
_WEIGHED = frozenset({Happened.COLLECTED, Happened.RECEIVED, Happened.ACCEPTED})
# What an event of it tells under the name that its evidence has.
_AS_TOLD = (
    "consignment_id", "vehicle_energy", "site_id", "dismantler_id", "batch_id",
    "price_paid_cny_fen",
)  # fmt: skip


def unit_facts(event: Event, after: Aggregate) -> dict[str, Any]:
    """Return what a unit's event tells beside what every event does.

    A correction tells what it corrects, and the mass that is in force after it.
    """
    body, told, of = after.body, event.payload, event.event_type
    corrects_event_id = None
    if of == Happened.CORRECTED:
        corrects_event_id = told["event_id"]
        told, of = told["values"], told["corrected_event_type"]
    facts = {name: told.get(name) for name in _AS_TOLD}
    facts |= {
        "takeback_order_id": body["takeback_order_id"],
        "channel": body["channel"],
        "region": body["region"],
        "category": body["category"],
        "brand": body.get("brand"),
        "is_own_brand": body.get("is_own_brand"),
        "partner_id": _partner(event, body),
        "certificate_id": body.get("certificate_id"),
        "corrects_event_id": corrects_event_id,
        # At the door a grade says how complete it is: another list of words.
        "grade": told.get("grade") if of == Happened.INSPECTED else None,
    }
    if "mass_kg" in told and of in _WEIGHED:
        facts |= _weighed(event, body)
    if "refrigerants" in told:
        facts["refrigerant_g"] = f"{sum(recovered_g(told).values(), Decimal(0)):f}"
    return facts


def _partner(event: Event, body: Mapping[str, Any]) -> str | None:
    """Return which partner did it, or whose the unit is where the platform or a timer did."""
    if event.role in PARTNERS:
        return event.party_id
    owner: str | None = body.get("dismantler_id") or body.get("recycler_id")
    return owner


def _weighed(event: Event, body: Mapping[str, Any]) -> dict[str, str]:
    """Return a mass, and whether a scale told it: depots and dismantlers always weigh."""
    told = event.payload
    if event.event_type != Happened.CORRECTED:
        return {
            "mass_kg": told["mass_kg"],
            "weight_method": told.get("weight_method", WeightMethod.SCALE.value),
        }
    mass = mass_in_force(body)
    if mass is None:
        return {}
    is_weighed = mass.basis is not MassBasis.CLASS_AVERAGE
    method = WeightMethod.SCALE if is_weighed else WeightMethod.CLASS_AVERAGE
    return {"mass_kg": f"{mass.mass_kg:f}", "weight_method": method.value}
