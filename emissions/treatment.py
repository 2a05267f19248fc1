"""Treating old appliances and their materials: mass times a published figure, without credit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from emissions.activity import KG_PER_T
from emissions.eligible import Gap, best, gap_days, raised
from emissions.factor import Factor, FactorBook
from emissions.number import CONTEXT, ZERO, decimal_of, stored_kg
from schemas.refusal import Reason, Refused, shown

KG_PER_TCO2E = Decimal(1_000)
LB_PER_SHORT_TON = Decimal(2_000)
# What the fallback of the house lacks is looked for here, and flagged as a proxy.
LAST_REGION = "us"
SHORT_TON = "short_ton"


class TreatmentRoute(StrEnum):
    """Where a material or an old appliance goes; the ids of treatment factors end in it."""

    OPEN_LOOP = "open_loop"
    CLOSED_LOOP = "closed_loop"
    RECYCLING = "recycling"
    REUSE = "reuse"
    INCINERATION = "incineration"
    LANDFILL = "landfill"
    COMPOSTING = "composting"
    DIGESTION = "digestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentAnswer:
    """The emission of treating a mass; publishers do not split it into TTW and WTT."""

    material: str
    route: TreatmentRoute
    mass_kg: Decimal
    wtw_kgco2e: Decimal
    factor: Factor
    gwp_set: str
    flags: tuple[str, ...]


def emission_of_treatment(
    *, material: str, route: TreatmentRoute, mass_kg: Decimal, on: date, book: FactorBook
) -> TreatmentAnswer:
    """Return the emission of treating ``mass_kg`` of a material or of old appliances.

    What recycling avoids is not in it: that is another ledger.

    Raises
    ------
    Refused
        If the mass is not positive, or nobody publishes a figure for that material on that route.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> emission_of_treatment(
    ...     material="weee_large",
    ...     route=TreatmentRoute.LANDFILL,
    ...     mass_kg=Decimal(78_500),
    ...     on=date(2025, 6, 1),
    ...     book=load_book(),
    ... ).wtw_kgco2e
    Decimal('705.174135')
    """
    if not mass_kg.is_finite() or mass_kg <= 0:
        raise Refused(Reason.MASS_NOT_POSITIVE, f"mass_kg must be above 0, got {mass_kg}")
    factor, flags = _treatment_factor(material, route, on, book)
    quantity = _quantity(factor, CONTEXT.divide(mass_kg, KG_PER_T))
    if factor.wtw_kgco2e is None:
        raise Refused(Reason.FACTOR_INCOMPLETE, f"factor_id {factor.factor_id} has no WTW")
    exact = treatment_emission([(quantity, factor.wtw_kgco2e)])
    return TreatmentAnswer(
        material=material,
        route=route,
        mass_kg=mass_kg,
        wtw_kgco2e=stored_kg("wtw_kgco2e", exact),
        factor=factor,
        gwp_set=factor.gwp_set,
        flags=flags,
    )


def treatment_emission(rows: Iterable[tuple[Decimal, ...]]) -> Decimal:
    """Return the emission of (quantity, share..., factor) rows, unrounded, in the factor's unit.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 5.1; a share says how much of it goes that way.

    Examples
    --------
    >>> halved = (Decimal(100), Decimal("0.5"), Decimal(2))
    >>> treatment_emission([(Decimal(2_000), Decimal(40)), halved])
    Decimal('80100.0')
    """
    total = ZERO
    for quantity, *factors in rows:
        product = quantity
        for one in factors:
            product = CONTEXT.multiply(product, one)
        total = CONTEXT.add(total, product)
    return total


def short_ton_emission(
    *, mass_t: Decimal, short_ton_per_t: Decimal, tco2e_per_short_ton: Decimal
) -> Decimal:
    """Return the emission of a mass under a figure per short ton, unrounded, in kg CO2e.

    Parameters
    ----------
    short_ton_per_t
        The constant the publisher rounds to: it belongs to the set, not to this house.

    Examples
    --------
    >>> short_ton_emission(
    ...     mass_t=Decimal(10_000),
    ...     short_ton_per_t=Decimal("1.102"),
    ...     tco2e_per_short_ton=Decimal("0.32"),
    ... )
    Decimal('3526400.00000')
    """
    short_tons = CONTEXT.multiply(mass_t, short_ton_per_t)
    return CONTEXT.multiply(CONTEXT.multiply(short_tons, tco2e_per_short_ton), KG_PER_TCO2E)


def pound_emission(*, mass_lb: Decimal, tco2e_per_short_ton: Decimal) -> Decimal:
    """Return the emission of pounds under a figure per short ton, unrounded, in kg CO2e.

    Examples
    --------
    >>> pound_emission(mass_lb=Decimal(500), tco2e_per_short_ton=Decimal("0.02"))
    Decimal('5.0000')
    """
    short_tons = CONTEXT.divide(mass_lb, LB_PER_SHORT_TON)
    return CONTEXT.multiply(CONTEXT.multiply(short_tons, tco2e_per_short_ton), KG_PER_TCO2E)


def _treatment_factor(
    material: str, route: TreatmentRoute, on: date, book: FactorBook
) -> tuple[Factor, tuple[str, ...]]:
    rows = [
        one
        for one in book.candidates(("treatment", "", material))
        if one.factor_id.endswith(f".{route.value}")
    ]
    regions = (*book.region_fallback, LAST_REGION)
    found = best(rows, on=on, regions=regions, needs_parts=False)
    if isinstance(found, Gap):
        raise Refused(
            Reason.FACTOR_NOT_FOUND,
            f"no treatment factor for material={shown(material)} route={route.value} on {on}",
        )
    checks = (
        ("proxy_region", found.region != book.region_fallback[0]),
        ("outside_validity", gap_days(found, on) > 0),
        ("not_split", True),
    )
    return found, raised(checks)


def _quantity(factor: Factor, mass_t: Decimal) -> Decimal:
    """The mass in the unit of the factor; a short ton is what its publisher rounds it to."""
    if factor.per_unit != SHORT_TON:
        return mass_t
    short_ton_per_t = decimal_of(factor.manifest.conversions["short_ton_per_t"])
    return CONTEXT.multiply(mass_t, short_ton_per_t)
