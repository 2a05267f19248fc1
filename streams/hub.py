"""A site's month becomes its emission: the only place where a hub meets its sum."""

from emissions.energy_use import EnergyUse
from emissions.factor import FactorBook
from emissions.hub import HubPeriod, RefrigerantLoss, hub_operation
from emissions.number import CONTEXT, ZERO
from emissions.split import stored_emission
from schemas.event import MAX_FLAGS
from schemas.hub import HubDescribed, HubEmitted, HubPeriodReported
from streams.source import GWP_SET, Source, answer_to

METHOD_VERSION = "hub-1"


def period_of(told: HubDescribed) -> HubPeriod:
    """Return what a month's report asks of the emissions room."""
    return HubPeriod(
        site_id=told.site_id,
        hub_type=told.hub_type,
        month_on=told.period_on,
        energy=tuple(
            EnergyUse(
                energy=one.energy.value,
                energy_kwh=one.energy_kwh,
                fuel_l=one.fuel_l,
                is_cooling=one.is_cooling,
            )
            for one in told.energy
        ),
        outbound_mass_kg=told.outbound_mass_kg,
        cooled_outbound_mass_kg=told.cooled_outbound_mass_kg or ZERO,
        storage_m3_days=told.storage_m3_days,
        refrigerants=tuple(
            RefrigerantLoss(substance=one.substance, lost_kg=one.lost_kg, is_cooling=one.is_cooling)
            for one in told.refrigerants
        ),
        grid_region=told.grid_region,
    )


def on_hub_period(told: HubPeriodReported, source: Source, *, book: FactorBook) -> HubEmitted:
    """Return the emission of a site's month; its id is the same at every replay.

    Raises
    ------
    Refused
        If the month has no defensible number; the message names site and field.
    """
    operation = hub_operation(period_of(told), gwp_set=GWP_SET, book=book)
    handling, total = stored_emission(operation.handling), operation.total()
    answer = answer_to(told, source, operation.factors, method_version=METHOD_VERSION)
    return HubEmitted(
        **dict(told) | answer,
        handling_wtt_kgco2e=handling.wtt_kgco2e,
        handling_ttw_kgco2e=handling.ttw_kgco2e,
        # The rest, so that both parts add up to what is stored of the whole.
        cooling_wtt_kgco2e=CONTEXT.subtract(total.wtt_kgco2e, handling.wtt_kgco2e),
        cooling_ttw_kgco2e=CONTEXT.subtract(total.ttw_kgco2e, handling.ttw_kgco2e),
        emission_wtt_kgco2e=total.wtt_kgco2e,
        emission_ttw_kgco2e=total.ttw_kgco2e,
        emission_wtw_kgco2e=total.wtw_kgco2e,
        flags=operation.flags[:MAX_FLAGS],
    )
