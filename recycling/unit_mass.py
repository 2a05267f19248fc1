"""The mass of a unit that is in force: the best weighing there is, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from recycling.vocabulary import MassBasis
from schemas.vocabulary import TakebackUnitState, WeightMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMass:
    """A mass in kg and the weighing it stands on."""

    mass_kg: Decimal
    basis: MassBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitInput:
    """A unit as a batch sees it; ``refrigerants_g`` is what depollution recovered, by gas."""

    unit_id: str
    category: str
    state: TakebackUnitState
    site_id: str | None
    batch_id: str | None
    mass: UnitMass | None
    refrigerants_g: Mapping[str, Decimal] = field(default_factory=dict)


def mass_in_force(body: Mapping[str, Any]) -> UnitMass | None:
    """Return the mass of a unit: the dismantler's, else the depot's, the door's, the class's.

    Examples
    --------
    >>> mass_in_force({"depot_mass_kg": "41.200", "door_mass_kg": "40", "door_weighed": "scale"})
    UnitMass(mass_kg=Decimal('41.200'), basis=<MassBasis.DEPOT: 'depot'>)
    >>> mass_in_force({"door_mass_kg": "40.79", "door_weighed": "class_average"}).basis
    <MassBasis.CLASS_AVERAGE: 'class_average'>
    """
    for key, basis in (
        ("accepted_mass_kg", MassBasis.ACCEPTED),
        ("depot_mass_kg", MassBasis.DEPOT),
    ):
        if key in body:
            return UnitMass(mass_kg=Decimal(body[key]), basis=basis)
    if "door_mass_kg" not in body:
        return None
    is_weighed = body.get("door_weighed") == WeightMethod.SCALE
    basis = MassBasis.DOOR if is_weighed else MassBasis.CLASS_AVERAGE
    return UnitMass(mass_kg=Decimal(body["door_mass_kg"]), basis=basis)


def recovered_g(body: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return the refrigerant in g that depollution took out of a unit, by gas.

    Examples
    --------
    >>> recovered_g({"refrigerants": [{"gas": "r134a", "mass_g": "62"}]})
    {'r134a': Decimal('62')}
    """
    found: dict[str, Decimal] = {}
    for one in body.get("refrigerants", ()):
        found[one["gas"]] = found.get(one["gas"], Decimal(0)) + Decimal(one["mass_g"])
    return found
