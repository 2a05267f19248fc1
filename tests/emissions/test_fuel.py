from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emissions.fuel import fuel_carbon_factor, grid_loss, kgco2e_per_kwh, kwh_emission
from emissions.read import load_book

amounts = st.decimals("0", "1e6", places=3)


def test_chinese_diesel_by_its_parameters_is_the_packaged_factor() -> None:
    found = fuel_carbon_factor(
        density_t_per_kl=Decimal("0.84"),
        ncv_gj_per_t=Decimal("43.330"),
        carbon_t_per_gj=Decimal("0.0202"),
        oxidation_share=Decimal("0.98"),
    )

    assert found == load_book().factor("cn_ndrc_fuel.diesel.l").ttw_kgco2e


def test_a_factor_per_megajoule_is_one_per_kilowatt_hour() -> None:
    assert kgco2e_per_kwh(gco2e_per_mj=Decimal(1_000)) == Decimal("3.6")


@given(energy_kwh=amounts, factor=st.decimals("0", "2", places=4))
def test_a_charger_and_a_grid_lose_their_share(energy_kwh: Decimal, factor: Decimal) -> None:
    tenth = Decimal("0.1")

    metered = kwh_emission(energy_kwh=energy_kwh, kgco2e_per_kwh=factor)
    drawn = kwh_emission(energy_kwh=energy_kwh, kgco2e_per_kwh=factor, charging_loss_share=tenth)

    lost = grid_loss(energy_kwh=energy_kwh, kgco2e_per_kwh=factor, loss_share=tenth)
    assert drawn == metered + lost
