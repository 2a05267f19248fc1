from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.allocation import Weight, allocate
from emissions.weight import (
    AllocationBasis,
    ContainerCargo,
    RopaxVehicle,
    allocate_mixed_temperature,
    container_weight,
    direct_weight,
    item_weight,
    outbound_weight,
    passengers_weight,
    ropax_passengers_weight,
    ropax_weight,
    storage_weight,
    teu_of,
)
from schemas.refusal import Reason, Refused
from schemas.vocabulary import DistanceKind

masses_kg = st.decimals("0.001", "30000", places=3)
distances_km = st.decimals("0.001", "900", places=3)


def test_the_milk_run_of_the_framework_has_its_published_activity() -> None:
    stops = [("5000", "5"), ("2000", "6"), ("1000", "10"), ("4000", "8"), ("600", "6")]
    weights = [
        direct_weight(f"C-{n}", mass_kg=Decimal(mass_kg), direct_km=Decimal(km))
        for n, (mass_kg, km) in enumerate(stops)
    ]

    assert sum(weight.value for weight in weights) == Decimal("82.6")


@given(mass_kg=masses_kg, direct_km=distances_km)
def test_a_pickup_weighs_as_a_delivery_does(mass_kg: Decimal, direct_km: Decimal) -> None:
    there = direct_weight("C", mass_kg=mass_kg, direct_km=direct_km)
    back = direct_weight("T", mass_kg=mass_kg, direct_km=direct_km)

    assert there.value == back.value == mass_kg * direct_km / 1000


def test_untracked_parcels_share_a_round_by_their_number() -> None:
    weights = [item_weight("one"), item_weight("three", items=3)]

    assert allocate(total_kgco2e=Decimal(8), weights=weights) == {"one": 2, "three": 6}


@pytest.mark.parametrize(
    ("cargo", "teu"),
    [(ContainerCargo.AVERAGE, "8.7"), (ContainerCargo.LIGHT, "14.5"), (ContainerCargo.HEAVY, "6")],
)
def test_teu_that_nobody_counted_follow_from_the_mass(cargo: ContainerCargo, teu: str) -> None:
    assert teu_of(mass_kg=Decimal(87_000), cargo=cargo) == Decimal(teu)


def test_a_container_weighs_its_teu_times_its_distance() -> None:
    weight = container_weight("C", teu=Decimal("1.5"), distance_km=Decimal(2_000))

    assert (weight.value, weight.basis) == (Decimal(3000), "teu_km")


def test_belly_freight_carries_its_share_of_the_mass_aboard() -> None:
    weights = [
        direct_weight(
            "freight",
            mass_kg=Decimal(5_000),
            direct_km=Decimal(1_000),
            distance_kind=DistanceKind.GCD,
        ),
        passengers_weight("passengers", passengers=150, direct_km=Decimal(1_000)),
    ]

    assert allocate(total_kgco2e=Decimal(40), weights=weights)["freight"] == 10


def test_a_ferry_is_shared_by_passenger_equivalents() -> None:
    weights = [
        ropax_weight("artic", vehicle=RopaxVehicle.ARTIC),
        ropax_weight("rigids", vehicle=RopaxVehicle.RIGID, vehicles=2),
        ropax_weight("trailer", vehicle=RopaxVehicle.TRAILER),
        ropax_weight("vans", vehicle=RopaxVehicle.LARGE_VAN, vehicles=2),
        ropax_passengers_weight("aboard", passenger_equivalents=Decimal(41)),
    ]

    parts = allocate(total_kgco2e=Decimal(1000), weights=weights)

    assert sum(weight.value for weight in weights) == 100
    assert parts == {"artic": 180, "rigids": 200, "trailer": 140, "vans": 70, "aboard": 410}


def test_storage_is_shared_by_tonnes_or_else_by_space_and_days_and_never_by_both() -> None:
    by_mass = outbound_weight("C-1", mass_kg=Decimal(1_500))
    by_space = storage_weight("C-2", volume_m3=Decimal(2), days=Decimal(30))

    assert (by_mass.value, by_space.value) == (Decimal("1.5"), Decimal(60))
    with pytest.raises(Refused) as no:
        allocate(total_kgco2e=Decimal(1), weights=[by_mass, by_space])
    assert no.value.reason is Reason.MIXED_BASIS


def test_every_basis_is_given_by_some_weight() -> None:
    gcd = DistanceKind.GCD
    one = Decimal(1)
    given_bases = {
        direct_weight("C", mass_kg=one, direct_km=one).basis,
        direct_weight("C", mass_kg=one, direct_km=one, distance_kind=gcd).basis,
        container_weight("C", teu=one, distance_km=one).basis,
        item_weight("C").basis,
        ropax_weight("C", vehicle=RopaxVehicle.RIGID).basis,
        outbound_weight("C", mass_kg=one).basis,
        storage_weight("C", volume_m3=one, days=one).basis,
    }

    assert given_bases == set(AllocationBasis)


WARM, COLD, COOL = (
    outbound_weight("warm", mass_kg=Decimal(5_000)),
    outbound_weight("cold", mass_kg=Decimal(3_000)),
    outbound_weight("cool", mass_kg=Decimal(2_000)),
)


def test_the_energy_for_cooling_is_carried_by_cooled_goods_alone() -> None:
    parts = allocate_mixed_temperature(
        motion=(Decimal(100), Decimal(20)),
        cooling=(Decimal(10), Decimal(5)),
        weights=[WARM, COLD, COOL],
        cooled=frozenset({"cold", "cool"}),
    )

    assert tuple(parts["warm"]) == tuple(map(Decimal, (50, 10, 60)))
    assert tuple(parts["cold"]) == tuple(map(Decimal, (36, 9, 45)))
    assert tuple(parts["cool"]) == tuple(map(Decimal, (24, 6, 30)))


def test_cooling_that_nobody_needed_is_refused() -> None:
    with pytest.raises(Refused) as no:
        allocate_mixed_temperature(
            motion=(Decimal(1), Decimal(1)),
            cooling=(Decimal(1), Decimal(0)),
            weights=[WARM],
            cooled=frozenset(),
        )

    assert no.value.reason is Reason.ALLOCATION_BASIS_EMPTY


def test_an_operation_without_cooling_is_shared_by_all() -> None:
    parts = allocate_mixed_temperature(
        motion=(Decimal(8), Decimal(0)),
        cooling=(Decimal(0), Decimal(0)),
        weights=[WARM, COLD],
        cooled=frozenset(),
    )

    assert [part.ttw_kgco2e for part in parts.values()] == [Decimal(5), Decimal(3)]


def test_a_cooled_consignment_without_a_weight_is_named() -> None:
    with pytest.raises(Refused, match="consignment_id ghost has no weight"):
        allocate_mixed_temperature(
            motion=(Decimal(1), Decimal(1)),
            cooling=(Decimal(1), Decimal(0)),
            weights=[WARM],
            cooled=frozenset({"ghost"}),
        )


@given(st.lists(st.tuples(masses_kg, st.booleans()), min_size=1, max_size=8), st.data())
def test_motion_and_cooling_together_are_what_the_parts_add_up_to(
    goods: list[tuple[Decimal, bool]], data: st.DataObject
) -> None:
    kg = st.decimals("0", "1e6", places=6)
    motion = (data.draw(kg), data.draw(kg))
    cooled = frozenset(f"C-{n}" for n, (_, is_cooled) in enumerate(goods) if is_cooled)
    cooling = (data.draw(kg), data.draw(kg)) if cooled else (Decimal(0), Decimal(0))
    weights: list[Weight] = [
        outbound_weight(f"C-{n}", mass_kg=mass_kg) for n, (mass_kg, _) in enumerate(goods)
    ]

    parts = allocate_mixed_temperature(
        motion=motion, cooling=cooling, weights=weights, cooled=cooled
    )

    assert sum(part.ttw_kgco2e for part in parts.values()) == motion[0] + cooling[0]
    assert sum(part.wtt_kgco2e for part in parts.values()) == motion[1] + cooling[1]
