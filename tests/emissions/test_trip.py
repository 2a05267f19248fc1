"""Trips: the worked lorry, empty running, metered rounds, and a year of them as a category."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.energy_use import EnergyUse, emission_of_use, kwh_driven, scope_2_of_use
from emissions.read import load_book
from emissions.split import Load
from emissions.transport import tce_emission
from emissions.trip import (
    ModelledTrip,
    RoundRecord,
    Section,
    Trip,
    emission_by_preset,
    emission_of_sections,
    emission_of_trip,
    toc_of,
)
from emissions.vehicle import VehicleFigures, load_preset, vehicle_figures
from emissions.weight import direct_weight, item_weight
from schemas.refusal import Reason, Refused
from tests.emissions.builders import IN_VALIDITY

distances_km = st.decimals("0", "900", places=3)
loads_t = st.decimals("0", "4.754", places=3)
ZERO = Decimal(0)


def figures() -> VehicleFigures:
    return vehicle_figures(vehicle_class="rigid_7_5_17t", on=IN_VALIDITY, book=load_book())


def modelled(*sections: tuple[Any, Any], empty_km: Any = 0) -> ModelledTrip:
    found = [Section(Decimal(km), Decimal(load_t)) for km, load_t in sections]
    return emission_of_sections(figures(), found, empty_km=Decimal(empty_km))


def test_the_worked_lorry_goes_out_with_less_than_two_tonnes_and_comes_back_empty() -> None:
    trip = modelled((120, "1.9"), empty_km=80)

    assert (str(trip.ttw_kgco2e), str(trip.wtt_kgco2e)) == ("117.574737", "28.223718")
    assert str(trip.wtw_kgco2e) == "145.798455"
    assert trip.load_share.quantize(Decimal("0.000001")) == Decimal("0.399602")
    assert trip.transport_tkm == 228
    assert trip.empty_distance_share == Decimal("0.4")
    default = load_book().factor("defra_2025.road.rigid_7_5_17t.average.tkm").parts()[0]
    by_default = tce_emission(activity=Decimal(228), intensity=default, daf=Decimal(1))
    assert by_default == Decimal("82.905360")


def test_a_milk_run_is_lighter_at_every_stop() -> None:
    trip = modelled((20, 4), (30, 2), (10, 0), empty_km=0)

    assert trip.transport_tkm == 140
    whole = 20 * figures().load_share(Decimal(4)) + 30 * figures().load_share(Decimal(2))
    assert abs(trip.load_share - whole / 60) < Decimal("1e-20")


@given(km=distances_km, load_t=loads_t, cut=st.decimals("0", "1", places=2))
def test_a_section_driven_in_two_parts_emits_what_the_whole_does(
    km: Decimal, load_t: Decimal, cut: Decimal
) -> None:
    first = km * cut

    whole, parts = modelled((km, load_t)), modelled((first, load_t), (km - first, load_t))

    assert (parts.ttw_kgco2e, parts.wtt_kgco2e) == (whole.ttw_kgco2e, whole.wtt_kgco2e)


@given(km=distances_km, load_t=loads_t)
def test_an_empty_share_of_nothing_changes_nothing(km: Decimal, load_t: Decimal) -> None:
    trip = modelled((km, load_t), empty_km=0)

    share = figures().load_share(load_t)
    assert trip.empty_distance_share == 0
    assert abs(trip.ttw_kgco2e - figures().per_km(share).ttw_kgco2e * km) <= Decimal("0.0000005")


@given(km=distances_km, load_t=loads_t, empty_km=distances_km, more_km=distances_km)
def test_more_of_anything_never_emits_less(
    km: Decimal, load_t: Decimal, empty_km: Decimal, more_km: Decimal
) -> None:
    trip = modelled((km, load_t), empty_km=empty_km)

    for longer in (
        modelled((km + more_km, load_t), empty_km=empty_km),
        modelled((km, load_t), empty_km=empty_km + more_km),
        modelled((km, Decimal("4.754")), empty_km=empty_km),
    ):
        assert longer.ttw_kgco2e >= trip.ttw_kgco2e
        assert longer.wtw_kgco2e == longer.ttw_kgco2e + longer.wtt_kgco2e


@given(st.permutations([("20", "4"), ("30", "2.5"), ("7.5", "0.25")]))
def test_the_order_of_the_sections_changes_no_figure(sections: list[tuple[str, str]]) -> None:
    assert modelled(*sections) == modelled(("20", "4"), ("30", "2.5"), ("7.5", "0.25"))


@pytest.mark.parametrize("km", ["-1", "NaN", "Infinity"])
def test_a_distance_that_is_none_is_refused(km: str) -> None:
    with pytest.raises(Refused, match="distance_km must be finite and not negative"):
        modelled((km, 1))
    with pytest.raises(Refused, match="empty_km must be finite and not negative"):
        modelled((1, 1), empty_km=km)


def test_a_load_that_nobody_knows_is_a_preset_and_says_so() -> None:
    preset = load_preset("mixed")
    load_t = preset.load_share * figures().capacity_t
    empty_km = Decimal(100) * preset.empty_distance_share
    driven = modelled((100 - empty_km, load_t), empty_km=empty_km)

    found = emission_by_preset(figures(), preset, transport_tkm=driven.transport_tkm)

    assert abs(found.ttw_kgco2e - driven.ttw_kgco2e) <= Decimal("0.000001")
    assert abs(found.wtt_kgco2e - driven.wtt_kgco2e) <= Decimal("0.000001")
    assert found.flags == (*driven.flags, "load_assumed")
    with pytest.raises(Refused, match="transport_tkm must be above 0, got 0"):
        emission_by_preset(figures(), preset, transport_tkm=ZERO)


DIESEL = EnergyUse(energy="diesel", fuel_l=Decimal(40))


def metered(**changed: Any) -> Trip:
    """A round of 40 l of diesel with three drops."""
    stops = (("C-01", 1_200, 18), ("C-02", 450, 31), ("C-03", 800, 26))
    plain: dict[str, Any] = {
        "trip_id": "R-7",
        "on": IN_VALIDITY,
        "energy": (DIESEL,),
        "weights": tuple(
            direct_weight(name, mass_kg=Decimal(kg), direct_km=Decimal(km))
            for name, kg, km in stops
        ),
    }
    return Trip(**plain | changed)


def test_a_metered_round_is_shared_out_to_the_milligram() -> None:
    found = emission_of_trip(metered(), book=load_book())

    assert [str(part) for part in found.total] == ["105.676116", "24.963600", "130.639716"]
    assert sum(part.ttw_kgco2e for part in found.parts.values()) == found.total.ttw_kgco2e
    assert sum(part.wtt_kgco2e for part in found.parts.values()) == found.total.wtt_kgco2e
    assert found.parts.keys() == {"C-01", "C-02", "C-03"}
    assert found.used[0].factor.factor_id == "cn_diesel_l"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"energy": ()}, Reason.FACTOR_NOT_FOUND),
        ({"energy": (EnergyUse(energy="diesel"),)}, Reason.FACTOR_NOT_FOUND),
        ({"weights": ()}, Reason.ALLOCATION_BASIS_EMPTY),
        (
            {
                "weights": (
                    item_weight("A"),
                    direct_weight("B", mass_kg=Decimal(1), direct_km=Decimal(1)),
                )
            },
            Reason.MIXED_BASIS,
        ),
    ],
)
def test_a_round_that_cannot_be_answered_is_refused(
    changed: dict[str, Any], reason: Reason
) -> None:
    with pytest.raises(Refused) as no:
        emission_of_trip(metered(**changed), book=load_book())

    assert no.value.reason is reason


def test_an_electric_truck_has_two_ledgers_that_are_never_mixed() -> None:
    driven = EnergyUse(
        energy="electric",
        energy_kwh=kwh_driven(distance_km=Decimal(48), kwh_per_km=Decimal("0.8")),
    )

    iso = emission_of_use(driven, on=date(2024, 6, 1), grid_region="beijing", book=load_book())
    scope_2 = scope_2_of_use(driven, on=date(2022, 6, 1), grid_region="beijing", book=load_book())

    assert iso.load == Load(ZERO, Decimal("22.183680"))
    assert iso.factor.basis == "lifecycle_co2e"
    assert scope_2.generation_kgco2 == Decimal("21.427200")
    assert scope_2.factor.basis == "generation_co2"


def test_fuel_has_no_part_in_scope_two() -> None:
    with pytest.raises(Refused) as no:
        scope_2_of_use(DIESEL, on=IN_VALIDITY, grid_region=None, book=load_book())

    assert no.value.reason is Reason.BASIS_MISMATCH


def test_a_meter_in_the_vehicle_misses_what_the_charger_lost() -> None:
    at_charger = EnergyUse(energy="electric", energy_kwh=Decimal(100))
    in_vehicle = EnergyUse(energy="electric", energy_kwh=Decimal(100), is_metered_in_vehicle=True)

    drawn, seen = (
        emission_of_use(use, on=date(2024, 6, 1), grid_region=None, book=load_book())
        for use in (at_charger, in_vehicle)
    )

    assert seen.load.wtt_kgco2e == drawn.load.wtt_kgco2e * Decimal("1.1")
    assert seen.flags == (*drawn.flags, "charging_loss_assumed")


def round_record(**changed: Any) -> RoundRecord:
    plain: dict[str, Any] = {
        "on": date(2025, 1, 1),
        "load": Load(Decimal(90), Decimal(20)),
        "transport_tkm": Decimal(1_000),
        "has_energy_records": True,
    }
    return RoundRecord(**plain | changed)


def toc(rounds: list[RoundRecord]) -> Any:
    return toc_of(
        rounds, toc_id="TOC-1", mode="road", vehicle_class="artic_over_33t", energy="diesel"
    )


def test_a_category_is_the_sum_of_emissions_over_the_sum_of_activity() -> None:
    rounds = [
        round_record(),
        round_record(
            on=date(2025, 12, 31), load=Load(Decimal(30), Decimal(4)), transport_tkm=Decimal(200)
        ),
    ]

    found = toc(rounds)

    assert (found.ttw_kgco2e_per_tkm, found.wtt_kgco2e_per_tkm) == (
        Decimal("0.1"), Decimal("0.02"),
    )  # fmt: skip
    assert (found.rounds, found.transport_tkm, found.flags) == (2, 1_200, ())


def test_a_category_says_how_much_of_it_was_metered_and_how_long_it_was_seen() -> None:
    rounds = [
        round_record(transport_tkm=Decimal(300)),
        round_record(transport_tkm=Decimal(100), has_energy_records=False),
    ]

    found = toc(rounds)

    assert (found.primary_share, found.flags) == (Decimal("0.75"), ("under_12_months",))


def test_a_category_that_moved_nothing_or_spans_years_has_no_intensity() -> None:
    with pytest.raises(Refused, match="activity is 0"):
        toc([])
    late = round_record(on=date(2025, 1, 1) + timedelta(days=366))
    with pytest.raises(ValueError, match="rounds of toc TOC-1 span 366 days, more than 365"):
        toc([round_record(), late])
