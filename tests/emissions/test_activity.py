from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.activity import teu_km, total_tkm, transport_tkm

masses_kg = st.decimals("0.001", "1e9", places=3)
distances_km = st.decimals("0.001", "45000", places=3)


@given(mass_kg=masses_kg, near_km=distances_km, far_km=distances_km)
def test_a_leg_driven_in_two_parts_has_the_activity_of_the_whole(
    mass_kg: Decimal, near_km: Decimal, far_km: Decimal
) -> None:
    parts = [transport_tkm(mass_kg=mass_kg, distance_km=one) for one in (near_km, far_km)]

    whole = transport_tkm(mass_kg=mass_kg, distance_km=near_km + far_km)

    assert sum(parts) == whole


@given(data=st.data(), rows=st.lists(st.tuples(masses_kg, distances_km), max_size=20))
def test_a_total_is_the_same_in_any_order(
    data: st.DataObject, rows: list[tuple[Decimal, Decimal]]
) -> None:
    shuffled = data.draw(st.permutations(rows))

    assert total_tkm(shuffled) == total_tkm(rows)


def test_a_total_is_no_product_of_totals() -> None:
    rows = [(Decimal(10_000), Decimal(5)), (Decimal(2_000), Decimal(100))]

    assert total_tkm(rows) == 250
    assert total_tkm(rows) != transport_tkm(mass_kg=Decimal(12_000), distance_km=Decimal(105))


@pytest.mark.parametrize(
    ("mass_kg", "distance_km"),
    [
        (Decimal(-1), Decimal(1)),  # a correction is an event of its own, never a negative mass
        (Decimal(0), Decimal(1)),  # nothing was moved
        (Decimal(1), Decimal(-1)),  # a way back is a leg of its own
    ],
)
def test_an_impossible_activity_is_the_callers_mistake(
    mass_kg: Decimal, distance_km: Decimal
) -> None:
    with pytest.raises(ValueError, match="must"):
        transport_tkm(mass_kg=mass_kg, distance_km=distance_km)


def test_a_float_is_no_mass() -> None:
    with pytest.raises(TypeError):
        transport_tkm(mass_kg=7536.0, distance_km=Decimal(412))  # type: ignore[arg-type]  # is the test


@pytest.mark.parametrize(("teu", "distance_km"), [("0", "1"), ("-1", "1"), ("1", "-1")])
def test_containers_are_counted_above_nothing(teu: str, distance_km: str) -> None:
    with pytest.raises(ValueError, match="must"):
        teu_km(teu=Decimal(teu), distance_km=Decimal(distance_km))
