"""The emission of one transport chain element from its activity and an intensity."""

from decimal import Decimal

from emissions.number import CONTEXT, ONE


def tce_emission(*, activity: Decimal, intensity: Decimal, daf: Decimal) -> Decimal:
    """Return activity x intensity x daf, unrounded, in kg CO2e.

    Parameters
    ----------
    activity
        In the unit the intensity is per: tonne-, TEU- or vehicle-kilometres.
    intensity
        kg CO2e per unit of activity; TTW and WTT are asked for apart.
    daf
        Distance adjustment factor; 1 where activity and intensity mean the same distance.

    Notes
    -----
    ISO 14083:2023, transport chain elements; GLEC Framework v3.0, page 104.

    Examples
    --------
    >>> artic = Decimal("0.07703")
    >>> tce_emission(activity=Decimal("3104.832"), intensity=artic, daf=Decimal(1))
    Decimal('239.16520896')
    """
    unadjusted = CONTEXT.multiply(activity, intensity)
    return unadjusted if daf == ONE else CONTEXT.multiply(unadjusted, daf)
