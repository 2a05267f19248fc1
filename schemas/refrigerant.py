"""A treated appliance's refrigerant: where every gram of it went, and what that emitted."""

from typing import Self

from pydantic import model_validator

from schemas.event import ChargeG, EmissionKgCO2e, Event, EventId, GasKg, Id, Share
from schemas.source import Answered


class RefrigerantDescribed(Event):
    """The refrigerant of one treated unit, before and after its emission is known.

    The four masses add up to the charge, or the record is refused: a gram that nobody accounts
    for is a leak until somebody shows where it is.
    """

    unit_id: Id
    site_id: Id
    partner_id: Id | None = None
    substance: Id
    nameplate_g: ChargeG | None = None
    recovered_destroyed_kg: GasKg
    recovered_reclaimed_kg: GasKg
    vented_kg: GasKg
    left_in_unit_kg: GasKg
    destroyed_share: Share | None = None
    correction_of: EventId | None = None


class RefrigerantHandled(RefrigerantDescribed):
    """What a treatment plant found in one unit and did with it."""

    @model_validator(mode="after")
    def _accounts_for_something(self) -> Self:
        masses = (
            self.recovered_destroyed_kg, self.recovered_reclaimed_kg,
            self.vented_kg, self.left_in_unit_kg,
        )  # fmt: skip
        if not any(masses):
            raise ValueError(f"all masses of {self.substance} are 0: nothing was handled")
        return self


class RefrigerantEmitted(RefrigerantDescribed, Answered):
    """A treated unit's refrigerant as an emission: only what reached the air counts."""

    charge_kg: GasKg
    emitted_kg: GasKg
    emission_ttw_kgco2e: EmissionKgCO2e
    is_charge_assumed: bool
