"""One consignment's part of a hub's month explained: by tonnes, cooled or not, and by m3-days."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emissions.explain_hub_share import explain_hub_share, explain_storage
from emissions.hub import emission_of_hub, emission_of_storage
from tests.emissions.test_hub import COOLED, DIESEL, GRID, hub

masses_kg = st.decimals("0.001", "1e6", places=3)


def test_the_worked_consignment_reads_as_it_is_done_by_hand() -> None:
    operation, mass_kg = hub(), Decimal(14_200)

    told = explain_hub_share(
        operation, emission_of_hub(operation, mass_kg=mass_kg), mass_kg=mass_kg
    )

    assert told.step("carried_handling_ttw").substituted.startswith(
        "20955.49505088 x 14200 / 61800000 = 4.8150166"
    )
    assert [str(told.step(part).value) for part in ("ttw", "wtt", "wtw")] == [
        "4.815017", "55.434610", "60.249627",
    ]  # fmt: skip
    assert {step.factor_id for step in told.steps if step.cell} == {
        "cn_grid.lifecycle_co2e.cn.2024", "cn_diesel_l",
    }  # fmt: skip


@given(mass_kg=masses_kg)
def test_a_cooled_consignment_is_told_both_parts_that_it_carries(mass_kg: Decimal) -> None:
    operation = hub(energy=(GRID, DIESEL, COOLED), cooled_outbound_mass_kg=Decimal(2_000_000))

    emission = emission_of_hub(operation, mass_kg=mass_kg, is_cooled=True)
    told = explain_hub_share(operation, emission, mass_kg=mass_kg, is_cooled=True)

    assert told.step("wtt").formula == "carried_handling_wtt + carried_cooling_wtt"
    assert told.step("wtw").value == emission.wtw_kgco2e


def test_goods_kept_carry_their_m3_days_of_the_whole_month() -> None:
    operation = hub(outbound_mass_kg=None, storage_m3_days=Decimal(50_000))
    kept = {"volume_m3": Decimal(10), "days": Decimal(5)}

    told = explain_storage(operation, emission_of_storage(operation, **kept), **kept)

    assert told.step("m3_days").substituted == "10 m3 x 5 d = 50"
    assert told.step("carried_whole_wtt").substituted == "241257.668 x 50 / 50000 = 241.257668"
