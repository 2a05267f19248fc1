"""A treated unit's refrigerant becomes its emission: where a mass balance meets its potential."""

from collections.abc import Mapping
from decimal import Decimal

from emissions.number import ONE, quantise_kg
from emissions.refrigerant import Charge, UnitRefrigerant, charge_of, emission_of_unit
from schemas.refrigerant import RefrigerantDescribed, RefrigerantEmitted, RefrigerantHandled
from schemas.vocabulary import RefrigerantOutcome
from streams.source import GWP_SET, Source, answer_to

METHOD_VERSION = "refrigerant-1"


def charge_told(told: RefrigerantDescribed) -> Charge:
    """Return the charge of the unit: its plate's, or the fall-back of its refrigerant."""
    return charge_of(substance=told.substance, nameplate_g=told.nameplate_g)


def outcomes_told(told: RefrigerantDescribed) -> Mapping[RefrigerantOutcome, Decimal]:
    """Return where the refrigerant went, in kg."""
    return {
        RefrigerantOutcome.RECOVERED_DESTROYED: told.recovered_destroyed_kg,
        RefrigerantOutcome.RECOVERED_RECLAIMED: told.recovered_reclaimed_kg,
        RefrigerantOutcome.VENTED: told.vented_kg,
        RefrigerantOutcome.LEFT_IN_UNIT: told.left_in_unit_kg,
    }


def destroyed_share_told(told: RefrigerantDescribed) -> Decimal:
    """Return how much of what went to destruction was destroyed; all of it where none is told."""
    return ONE if told.destroyed_share is None else told.destroyed_share


def unit_refrigerant(told: RefrigerantDescribed, *, gwp_set: str) -> UnitRefrigerant:
    """Return what of the unit's refrigerant reached the air, and its emission.

    Raises
    ------
    Refused
        If the masses do not add up to the charge, or the substance has no warming potential.
    """
    return emission_of_unit(
        charge_told(told),
        outcomes_told(told),
        gwp_set=gwp_set,
        destroyed_share=destroyed_share_told(told),
    )


def on_refrigerant_handled(told: RefrigerantHandled, source: Source) -> RefrigerantEmitted:
    """Return the emission of one unit's refrigerant; its id is the same at every replay.

    Raises
    ------
    Refused
        If the unit has no defensible number; the message names substance and masses.
    """
    charge, unit = charge_told(told), unit_refrigerant(told, gwp_set=GWP_SET)
    answer = answer_to(told, source, (), method_version=METHOD_VERSION)
    return RefrigerantEmitted(
        **dict(told) | answer,
        charge_kg=quantise_kg(charge.charge_kg),
        emitted_kg=quantise_kg(unit.emitted_kg),  # the emission comes from the exact product
        emission_ttw_kgco2e=unit.ttw_kgco2e,
        is_charge_assumed=charge.is_assumption,
    )
