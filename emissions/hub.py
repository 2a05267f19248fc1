"""A hub's month: its energy and leaked refrigerant over the tonnes that left it (HOC)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from emissions.activity import KG_PER_T
from emissions.energy_use import EnergyUse, emission_of_use
from emissions.factor import Factor, FactorBook
from emissions.number import CONTEXT, ZERO
from emissions.refrigerant import refrigerant_emission
from emissions.split import Emission, Load, stored_emission, sum_of_loads
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import HubType


@dataclass(frozen=True, slots=True, kw_only=True)
class RefrigerantLoss:
    """What leaked from a hub's cooling in a month, by the mass balance of its maintenance."""

    substance: str
    lost_kg: Decimal
    is_cooling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPeriod:
    """One site's month: what it used, what it lost, what left it.

    Where nobody knows the tonnes that left, the month is shared by m3-days, and by nothing else.
    """

    site_id: str
    hub_type: HubType
    month_on: date
    energy: tuple[EnergyUse, ...]
    outbound_mass_kg: Decimal | None = None
    cooled_outbound_mass_kg: Decimal = ZERO
    storage_m3_days: Decimal | None = None
    refrigerants: tuple[RefrigerantLoss, ...] = ()
    grid_region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOperation:
    """A hub operation category of one month: emissions of handling and of cooling, kept apart."""

    site_id: str
    hub_type: HubType
    month_on: date
    handling: Load
    cooling: Load
    outbound_mass_kg: Decimal | None
    cooled_outbound_mass_kg: Decimal
    storage_m3_days: Decimal | None
    gwp_set: str
    factors: tuple[Factor, ...]
    flags: tuple[str, ...] = field(default=())

    def total(self) -> Emission:
        """Return TTW, WTT and WTW of the whole month, each as it is stored."""
        return stored_emission(sum_of_loads([self.handling, self.cooling]))


def hub_operation(period: HubPeriod, *, gwp_set: str, book: FactorBook) -> HubOperation:
    """Return the operation category of one site's month.

    Raises
    ------
    Refused
        If nothing left the hub, no energy was metered, or a factor or a warming potential is
        missing: a hub without a meter has no number, not a small one.

    Notes
    -----
    ISO 14083:2023, hub operation categories; GLEC Framework v3.0, pages 122-123.
    """
    _refuse_empty(period)
    used = [
        emission_of_use(use, on=period.month_on, grid_region=period.grid_region, book=book)
        for use in period.energy
    ]
    loads: dict[bool, list[Load]] = {True: [], False: []}
    for use, found in zip(period.energy, used, strict=True):
        loads[use.is_cooling].append(found.load)
    for loss in period.refrigerants:
        leaked = refrigerant_emission(
            substance=loss.substance, lost_kg=loss.lost_kg, gwp_set=gwp_set
        )
        loads[loss.is_cooling].append(Load(leaked, ZERO))
    return HubOperation(
        site_id=period.site_id,
        hub_type=period.hub_type,
        month_on=period.month_on,
        handling=sum_of_loads(loads[False]),
        cooling=sum_of_loads(loads[True]),
        outbound_mass_kg=period.outbound_mass_kg,
        cooled_outbound_mass_kg=period.cooled_outbound_mass_kg,
        storage_m3_days=period.storage_m3_days,
        gwp_set=gwp_set,
        factors=tuple(found.factor for found in used),
        flags=tuple(sorted({flag for found in used for flag in found.flags})),
    )


def emission_of_hub(
    operation: HubOperation, *, mass_kg: Decimal, is_cooled: bool = False
) -> Emission:
    """Return TTW, WTT and WTW of one consignment that left the hub, in kg CO2e.

    An ambient consignment carries its share of the handling alone, a cooled one also its share of
    the cooling. No distance is involved.

    Raises
    ------
    Refused
        If it is cooled and nothing cooled left the hub.

    Notes
    -----
    ISO 14083:2023, hub chain elements; GLEC Framework v3.0, page 123.
    """
    if operation.outbound_mass_kg is None:
        raise Refused(
            Reason.MIXED_BASIS, f"{_where(operation)}: shared by m3-days, not by mass_kg {mass_kg}"
        )
    load = _carried(operation.handling, mass_kg, operation.outbound_mass_kg)
    if is_cooled:
        _refuse_uncooled(operation)
        chilled = _carried(operation.cooling, mass_kg, operation.cooled_outbound_mass_kg)
        load = sum_of_loads([load, chilled])
    return stored_emission(load)


def emission_of_storage(operation: HubOperation, *, volume_m3: Decimal, days: Decimal) -> Emission:
    """Return TTW, WTT and WTW of goods kept in a hub whose outbound tonnes nobody knows.

    Raises
    ------
    Refused
        If the month is shared by tonnes: one basis per allocation.

    Notes
    -----
    GHG Protocol scope 3 guidance, examples 4.5 and 4.6.
    """
    if operation.outbound_mass_kg is not None or operation.storage_m3_days is None:
        raise Refused(Reason.MIXED_BASIS, f"{_where(operation)}: shared by tonnes, not by m3-days")
    m3_days = CONTEXT.multiply(volume_m3, days)
    whole = sum_of_loads([operation.handling, operation.cooling])
    return stored_emission(_carried(whole, m3_days, operation.storage_m3_days))


def hoc_intensity(*, emission_kgco2e: Decimal, outbound_t: Decimal) -> Decimal:
    """Return kg CO2e per tonne that left the hub, unrounded: TTW or WTT or their sum.

    Raises
    ------
    Refused
        If nothing left it.

    Notes
    -----
    GLEC Framework v3.0, pages 122-123.

    Examples
    --------
    >>> hoc_intensity(emission_kgco2e=Decimal(1_200), outbound_t=Decimal(4_800))
    Decimal('0.25')
    """
    if outbound_t <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"outbound_t is {outbound_t}")
    return CONTEXT.divide(emission_kgco2e, outbound_t)


def hub_emission(*, mass_kg: Decimal, kgco2e_per_t: Decimal) -> Decimal:
    """Return the emission of ``mass_kg`` at an intensity per outbound tonne, unrounded.

    Notes
    -----
    GLEC Framework v3.0, page 123.

    Examples
    --------
    >>> hub_emission(mass_kg=Decimal(40_000), kgco2e_per_t=Decimal(33))
    Decimal('1320')
    """
    return CONTEXT.multiply(CONTEXT.divide(mass_kg, KG_PER_T), kgco2e_per_t)


def site_share(*, emission_kgco2e: Decimal, own_m3: Decimal, total_m3: Decimal) -> Decimal:
    """Return the company's part of a shared site by the space it takes, unrounded.

    Raises
    ------
    Refused
        If the site has no space.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 4.5.

    Examples
    --------
    >>> site_share(emission_kgco2e=Decimal(900), own_m3=Decimal(50), total_m3=Decimal(150))
    Decimal('300')
    """
    if total_m3 <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"total_m3 is {total_m3}")
    return CONTEXT.divide(CONTEXT.multiply(emission_kgco2e, own_m3), total_m3)


def storage_emission(rows: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Decimal:
    """Return the emission of (volume_m3, days, kgco2e_per_m3_day) rows, unrounded.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 4.6.

    Examples
    --------
    >>> storage_emission([(Decimal(10), Decimal(3), Decimal("0.02"))])
    Decimal('0.60')
    """
    total = ZERO
    for volume_m3, days, kgco2e_per_m3_day in rows:
        m3_days = CONTEXT.multiply(volume_m3, days)
        total = CONTEXT.add(total, CONTEXT.multiply(m3_days, kgco2e_per_m3_day))
    return total


def _where(one: HubPeriod | HubOperation) -> str:
    return f"site_id {shown(one.site_id)} in {one.month_on:%Y-%m}"


def _refuse_empty(period: HubPeriod) -> None:
    where = _where(period)
    name, basis = "outbound_mass_kg", period.outbound_mass_kg
    if basis is None:
        name, basis = "storage_m3_days", period.storage_m3_days
    if basis is None or basis <= 0:
        raise Refused(
            Reason.ALLOCATION_BASIS_EMPTY, f"{where}: {name} is {basis}, nothing to share by"
        )
    most_kg = ZERO if period.outbound_mass_kg is None else period.outbound_mass_kg
    if not 0 <= period.cooled_outbound_mass_kg <= most_kg:
        raise Refused(
            Reason.UNIT_BOUND,
            f"{where}: cooled_outbound_mass_kg must be from 0 to {most_kg}, "
            f"got {period.cooled_outbound_mass_kg}",
        )
    if not period.energy:
        raise Refused(Reason.FACTOR_NOT_FOUND, f"{where}: no energy was metered")


def _carried(load: Load, mass_kg: Decimal, outbound_mass_kg: Decimal) -> Load:
    """The product first, so that a third of a hub is not rounded twice."""
    ttw, wtt = load
    return Load(
        CONTEXT.divide(CONTEXT.multiply(ttw, mass_kg), outbound_mass_kg),
        CONTEXT.divide(CONTEXT.multiply(wtt, mass_kg), outbound_mass_kg),
    )


def _refuse_uncooled(operation: HubOperation) -> None:
    if operation.cooled_outbound_mass_kg <= 0:
        raise Refused(
            Reason.ALLOCATION_BASIS_EMPTY,
            f"{_where(operation)}: cooled_outbound_mass_kg is {operation.cooled_outbound_mass_kg}",
        )
