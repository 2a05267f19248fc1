"""Intensities: of a year of like operations, of a vehicle by its load, of a ferry by its lanes."""

from decimal import Decimal

from emissions.number import CONTEXT
from emissions.parameter import parameter
from emissions.weight import ContainerCargo
from schemas.refusal import Reason, Refused

PERCENT = Decimal(100)


def toc_intensity(*, emission: Decimal, activity: Decimal) -> Decimal:
    """Return the emission per unit of activity of a transport operation category, unrounded.

    Parameters
    ----------
    emission
        Of all its round trips with empty running, cooling and leakage: TTW or WTT.
    activity
        Of the same trips, in tkm, TEU-km or the unit wanted.

    Raises
    ------
    Refused
        If nothing was moved.

    Notes
    -----
    ISO 14083:2023, transport operation categories; GLEC Framework v3.0, page 106.

    Examples
    --------
    >>> toc_intensity(emission=Decimal(570), activity=Decimal(6_000))
    Decimal('0.095')
    """
    if activity <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"activity is {activity}")
    return CONTEXT.divide(emission, activity)


def kgco2e_per_km_at(*, empty: Decimal, full: Decimal, load_share: Decimal) -> Decimal:
    """Return kg CO2e per km of a vehicle between its empty and its full figure, unrounded.

    Raises
    ------
    ValueError
        If the load share is not from 0 to 1.

    Notes
    -----
    GLEC Framework v3.0, page 92; the publisher's own 50 % rows are the mean of 0 and 100 %.

    Examples
    --------
    >>> kgco2e_per_km_at(empty=Decimal("0.4"), full=Decimal("0.6"), load_share=Decimal("0.25"))
    Decimal('0.450')
    """
    if not 0 <= load_share <= 1:
        raise ValueError(f"load_share must be from 0 to 1, got {load_share}")
    return CONTEXT.add(empty, CONTEXT.multiply(CONTEXT.subtract(full, empty), load_share))


def uplifted(*, intensity: Decimal, uplift: Decimal) -> Decimal:
    """Return an intensity times an uplift, as for cooling where no cooled row is published.

    Examples
    --------
    >>> uplifted(intensity=Decimal("0.10"), uplift=Decimal("1.12"))
    Decimal('0.1120')
    """
    return CONTEXT.multiply(intensity, uplift)


def lane_intensity(
    *, emission_kgco2e: Decimal, trips: Decimal, distance_km: Decimal, load_t: Decimal
) -> Decimal:
    """Return kg CO2e per tkm of trips that all carry the same load, as on a ferry lane, unrounded.

    Raises
    ------
    Refused
        If nothing was moved.

    Examples
    --------
    >>> lane_intensity(
    ...     emission_kgco2e=Decimal(1_200),
    ...     trips=Decimal(4),
    ...     distance_km=Decimal(100),
    ...     load_t=Decimal(20),
    ... )
    Decimal('0.15')
    """
    activity_tkm = CONTEXT.multiply(CONTEXT.multiply(trips, distance_km), load_t)
    return toc_intensity(emission=emission_kgco2e, activity=activity_tkm)


def reduction_percent(*, before: Decimal, after: Decimal) -> Decimal:
    """Return by how many percent of ``before`` a value fell, unrounded: for a page.

    Raises
    ------
    Refused
        If there was nothing to fall from.

    Examples
    --------
    >>> reduction_percent(before=Decimal(80), after=Decimal(60))
    Decimal('25.00')
    """
    if before == 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"before is {before}: no change to relate")
    share = CONTEXT.divide(CONTEXT.subtract(before, after), before)
    return CONTEXT.multiply(share, PERCENT)


def kgco2e_per_teu_km(
    *, kgco2e_per_tkm: Decimal, cargo: ContainerCargo = ContainerCargo.AVERAGE
) -> Decimal:
    """Return an intensity per tkm as one per TEU-km by the mass of the cargo in a TEU, unrounded.

    Notes
    -----
    GLEC Framework v3.0, page 118.

    Examples
    --------
    >>> kgco2e_per_teu_km(kgco2e_per_tkm=Decimal("0.0161"), cargo=ContainerCargo.LIGHT)
    Decimal('0.0966')
    """
    t_per_teu = parameter(f"teu.{cargo.value}.t").value
    return CONTEXT.multiply(kgco2e_per_tkm, t_per_teu)
