"""Plain sums of metered energy: a quantity and what its unit emits, whoever published it."""

from decimal import Decimal

from emissions.number import CONTEXT, ONE, ZERO

MJ_PER_KWH = Decimal("3.6")
G_PER_KG = Decimal(1_000)
# Molar masses of carbon dioxide and carbon, as the guides print them.
CO2_PER_MOL_G = Decimal(44)
CARBON_PER_MOL_G = Decimal(12)


def fuel_emission(*, quantity: Decimal, kgco2e_per_unit: Decimal) -> Decimal:
    """Return the emission of ``quantity`` of fuel in the unit of its factor, unrounded.

    Notes
    -----
    GLEC Framework v3.0, page 106.

    Examples
    --------
    >>> fuel_emission(quantity=Decimal(100_000), kgco2e_per_unit=Decimal("3.32"))
    Decimal('332000.00')
    """
    return CONTEXT.multiply(quantity, kgco2e_per_unit)


def mass_from_volume(*, volume_l: Decimal, density_kg_per_l: Decimal) -> Decimal:
    """Return the mass of ``volume_l`` of fuel, unrounded, in kg.

    Notes
    -----
    GLEC Framework v3.0, pages 109-110.

    Examples
    --------
    >>> mass_from_volume(volume_l=Decimal("4.8"), density_kg_per_l=Decimal("0.847"))
    Decimal('4.0656')
    """
    return CONTEXT.multiply(volume_l, density_kg_per_l)


def fuel_carbon_factor(
    *,
    density_t_per_kl: Decimal,
    ncv_gj_per_t: Decimal,
    carbon_t_per_gj: Decimal,
    oxidation_share: Decimal,
) -> Decimal:
    """Return kg CO2 per litre of a fuel from its heating value and carbon content, unrounded.

    Notes
    -----
    NDRC accounting guides: TTW, CO2 only. The product comes first: 44 / 12 has no last digit.

    Examples
    --------
    >>> fuel_carbon_factor(
    ...     density_t_per_kl=Decimal("0.84"),
    ...     ncv_gj_per_t=Decimal("43.330"),
    ...     carbon_t_per_gj=Decimal("0.0202"),
    ...     oxidation_share=Decimal("0.98"),
    ... )
    Decimal('2.64190289440')
    """
    gj_per_kl = CONTEXT.multiply(density_t_per_kl, ncv_gj_per_t)
    burnt = CONTEXT.multiply(CONTEXT.multiply(gj_per_kl, carbon_t_per_gj), oxidation_share)
    return CONTEXT.divide(CONTEXT.multiply(burnt, CO2_PER_MOL_G), CARBON_PER_MOL_G)


def kwh_emission(
    *, energy_kwh: Decimal, kgco2e_per_kwh: Decimal, charging_loss_share: Decimal = ZERO
) -> Decimal:
    """Return the emission of electricity, unrounded, with what a charger before the meter lost.

    Examples
    --------
    >>> kwh_emission(
    ...     energy_kwh=Decimal("38.4"),
    ...     kgco2e_per_kwh=Decimal("0.5777"),
    ... )
    Decimal('22.18368')
    """
    drawn_kwh = CONTEXT.multiply(energy_kwh, CONTEXT.add(ONE, charging_loss_share))
    return CONTEXT.multiply(drawn_kwh, kgco2e_per_kwh)


def kgco2e_per_kwh(*, gco2e_per_mj: Decimal) -> Decimal:
    """Return a factor printed in g per MJ as kg per kWh, unrounded.

    Notes
    -----
    GLEC Framework v3.0, page 106.

    Examples
    --------
    >>> kgco2e_per_kwh(gco2e_per_mj=Decimal("97.0"))
    Decimal('0.3492')
    """
    return CONTEXT.divide(CONTEXT.multiply(gco2e_per_mj, MJ_PER_KWH), G_PER_KG)


def grid_loss(*, energy_kwh: Decimal, kgco2e_per_kwh: Decimal, loss_share: Decimal) -> Decimal:
    """Return the emission of what the grid lost on the way to ``energy_kwh``, unrounded.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 3.1.

    Examples
    --------
    >>> grid_loss(
    ...     energy_kwh=Decimal(1_000), kgco2e_per_kwh=Decimal("0.6"), loss_share=Decimal("0.05")
    ... )
    Decimal('30.000')
    """
    return CONTEXT.multiply(CONTEXT.multiply(energy_kwh, kgco2e_per_kwh), loss_share)
