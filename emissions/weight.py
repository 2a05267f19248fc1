"""What a consignment weighs in an allocation: one function per way of moving or keeping goods."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from emissions.activity import KG_PER_T, teu_km, transport_tkm
from emissions.allocation import Weight, allocate_both
from emissions.number import CONTEXT, ZERO
from emissions.parameter import parameter
from emissions.split import Emission
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import DistanceKind


class AllocationBasis(StrEnum):
    """What the weights of one allocation are counted in; two of them never meet in one total."""

    TKM_SFD = "tkm_sfd"
    TKM_GCD = "tkm_gcd"
    TEU_KM = "teu_km"
    ITEM = "item"
    PASSENGER_EQUIVALENT = "passenger_equivalent"
    OUTBOUND_T = "outbound_t"
    M3_DAY = "m3_day"


class ContainerCargo(StrEnum):
    """How heavy the goods in a container are, where nobody counted the TEU."""

    AVERAGE = "average"
    LIGHT = "light"
    HEAVY = "heavy"


class RopaxVehicle(StrEnum):
    """What rolls onto a ferry beside its passengers."""

    ARTIC = "artic"
    RIGID = "rigid"
    TRAILER = "trailer"
    LARGE_VAN = "large_van"


BASIS_OF_KIND: Mapping[DistanceKind, AllocationBasis] = MappingProxyType(
    {DistanceKind.SFD: AllocationBasis.TKM_SFD, DistanceKind.GCD: AllocationBasis.TKM_GCD}
)


def direct_weight(
    consignment_id: str,
    *,
    mass_kg: Decimal,
    direct_km: Decimal,
    distance_kind: DistanceKind = DistanceKind.SFD,
) -> Weight:
    """Return the weight on a round by road, rail or inland waterway: mass x direct distance.

    A pickup and a delivery of one round weigh in the same way. The distance is the one between
    the depot and the stop: by driven kilometres the last stop would pay for all before it.

    Raises
    ------
    ValueError
        If the mass is not positive or the distance is negative.

    Notes
    -----
    GLEC Framework v3.0, page 107.

    Examples
    --------
    >>> direct_weight("C-01", mass_kg=Decimal(1_200), direct_km=Decimal(18)).value
    Decimal('21.6')
    """
    activity_tkm = transport_tkm(mass_kg=mass_kg, distance_km=direct_km)
    return Weight(consignment_id, activity_tkm, BASIS_OF_KIND[distance_kind].value)


def item_weight(consignment_id: str, *, items: int = 1) -> Weight:
    """Return the weight of parcels that are not tracked: 1 per item.

    Notes
    -----
    GLEC Framework v3.0, pages 109-110; a tracked parcel weighs as on any round.

    Examples
    --------
    >>> item_weight("P-7", items=3).value
    Decimal('3')
    """
    return Weight(consignment_id, Decimal(items), AllocationBasis.ITEM.value)


def teu_of(*, mass_kg: Decimal, cargo: ContainerCargo = ContainerCargo.AVERAGE) -> Decimal:
    """Return the TEU that ``mass_kg`` of goods fills where nobody counted them, unrounded.

    Raises
    ------
    ValueError
        If the mass is not positive.

    Notes
    -----
    GLEC Framework v3.0, page 118.

    Examples
    --------
    >>> teu_of(mass_kg=Decimal(29_000), cargo=ContainerCargo.HEAVY)
    Decimal('2')
    """
    if mass_kg <= 0:
        raise ValueError(f"mass_kg must be positive, got {mass_kg}")
    t_per_teu = parameter(f"teu.{cargo.value}.t").value
    return CONTEXT.divide(CONTEXT.divide(mass_kg, KG_PER_T), t_per_teu)


def container_weight(consignment_id: str, *, teu: Decimal, distance_km: Decimal) -> Weight:
    """Return the weight of containers on a ship, a train or a lorry: TEU-km.

    Raises
    ------
    ValueError
        If the count is not positive or the distance is negative.

    Notes
    -----
    GLEC Framework v3.0, page 118.

    Examples
    --------
    >>> container_weight("C-1", teu=Decimal(2), distance_km=Decimal(19_500)).value
    Decimal('39000')
    """
    return Weight(
        consignment_id, teu_km(teu=teu, distance_km=distance_km), AllocationBasis.TEU_KM.value
    )


def passengers_weight(name: str, *, passengers: int, direct_km: Decimal) -> Weight:
    """Return what the passengers of a flight weigh beside its belly freight: 100 kg each.

    Their part is nobody's freight, but it must be allocated for the freight's to be right.

    Raises
    ------
    ValueError
        If there are none, or the distance is negative.

    Notes
    -----
    GLEC Framework v3.0, page 116.

    Examples
    --------
    >>> passengers_weight("passengers", passengers=150, direct_km=Decimal(1_000)).value
    Decimal('15000')
    """
    mass_kg = CONTEXT.multiply(passengers, parameter("air.passenger.kg").value)
    return direct_weight(name, mass_kg=mass_kg, direct_km=direct_km, distance_kind=DistanceKind.GCD)


def ropax_weight(consignment_id: str, *, vehicle: RopaxVehicle, vehicles: int = 1) -> Weight:
    """Return the weight of lorries on a ferry, in passenger equivalents.

    Notes
    -----
    GLEC Framework v3.0; passengers and cars come from the operator
    (``ropax_passengers_weight``).

    Examples
    --------
    >>> ropax_weight("C-1", vehicle=RopaxVehicle.TRAILER, vehicles=2).value
    Decimal('28')
    """
    equivalents = CONTEXT.multiply(vehicles, parameter(f"ropax.{vehicle.value}").value)
    return Weight(consignment_id, equivalents, AllocationBasis.PASSENGER_EQUIVALENT.value)


def ropax_passengers_weight(name: str, *, passenger_equivalents: Decimal) -> Weight:
    """Return what the operator counted of passengers and cars, in passenger equivalents.

    Examples
    --------
    >>> ropax_passengers_weight("aboard", passenger_equivalents=Decimal(900)).basis
    'passenger_equivalent'
    """
    return Weight(name, passenger_equivalents, AllocationBasis.PASSENGER_EQUIVALENT.value)


def outbound_weight(consignment_id: str, *, mass_kg: Decimal) -> Weight:
    """Return the weight at a hub: the tonnes that left it.

    Notes
    -----
    GLEC Framework v3.0, pages 122-123.

    Examples
    --------
    >>> outbound_weight("C-1", mass_kg=Decimal(14_200)).value
    Decimal('14.2')
    """
    outbound_t = CONTEXT.divide(mass_kg, KG_PER_T)
    return Weight(consignment_id, outbound_t, AllocationBasis.OUTBOUND_T.value)


def storage_weight(consignment_id: str, *, volume_m3: Decimal, days: Decimal) -> Weight:
    """Return the weight of goods in store where their tonnes are unknown: m3-days.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 4.6.

    Examples
    --------
    >>> storage_weight("C-1", volume_m3=Decimal("1.5"), days=Decimal(20)).value
    Decimal('30.0')
    """
    return Weight(consignment_id, CONTEXT.multiply(volume_m3, days), AllocationBasis.M3_DAY.value)


def allocate_mixed_temperature(
    *,
    motion: tuple[Decimal, Decimal],
    cooling: tuple[Decimal, Decimal],
    weights: Sequence[Weight],
    cooled: frozenset[str],
) -> dict[str, Emission]:
    """Return each consignment's part of one operation that carries cooled and ambient goods.

    The energy for motion is shared by all, the energy for cooling by the cooled alone; a hub does
    the same with tonnes.

    Parameters
    ----------
    motion, cooling
        (TTW, WTT) in kg CO2e each.
    cooled
        The consignment_ids that need cooling; each has a weight.

    Raises
    ------
    Refused
        If a cooled consignment has no weight, or there is cooling and nothing was cooled.

    Notes
    -----
    ISO 14083:2023, temperature control.

    Examples
    --------
    >>> weights = [Weight("warm", Decimal(3), "t"), Weight("cold", Decimal(1), "t")]
    >>> parts = allocate_mixed_temperature(
    ...     motion=(Decimal(8), Decimal(0)),
    ...     cooling=(Decimal(2), Decimal(0)),
    ...     weights=weights,
    ...     cooled=frozenset({"cold"}),
    ... )
    >>> parts["warm"].ttw_kgco2e, parts["cold"].ttw_kgco2e
    (Decimal('6.000000'), Decimal('4.000000'))
    """
    unknown = sorted(cooled - {weight.consignment_id for weight in weights})
    if unknown:
        raise Refused(
            Reason.ALLOCATION_BASIS_EMPTY, f"consignment_id {shown(unknown[0])} has no weight"
        )
    moved = allocate_both(ttw_kgco2e=motion[0], wtt_kgco2e=motion[1], weights=weights)
    if cooling == (ZERO, ZERO) and not cooled:
        return moved
    chilled = allocate_both(
        ttw_kgco2e=cooling[0],
        wtt_kgco2e=cooling[1],
        weights=[weight for weight in weights if weight.consignment_id in cooled],
    )
    return moved | {name: _both(moved[name], part) for name, part in chilled.items()}


def _both(one: Emission, other: Emission) -> Emission:
    return Emission(*(CONTEXT.add(a, b) for a, b in zip(one, other, strict=True)))
