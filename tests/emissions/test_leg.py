from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from emissions.leg import LegAnswer, LegQuestion, emission_of_leg
from emissions.read import load_book
from schemas.refusal import Reason, Refused
from tests.emissions.builders import book_with, factor, leg, without_distance, without_ends

MILLIGRAM_KG = Decimal("0.000001")
masses_kg = st.decimals("0.001", "1e6", places=3)
distances_km = st.decimals("0.001", "40000", places=3)
modes = st.sampled_from(["road", "rail", "sea", "air", "ropax", "parcel"])
plain_legs = st.builds(without_ends, mode=modes, mass_kg=masses_kg, distance_km=distances_km)


def answer(**changed: Any) -> LegAnswer:
    return emission_of_leg(leg(**changed), load_book())


def refusal(question: LegQuestion) -> Refused:
    with pytest.raises(Refused) as refused:
        emission_of_leg(question, load_book())
    return refused.value


def parts(found: LegAnswer) -> tuple[str, str, str]:
    return str(found.ttw_kgco2e), str(found.wtt_kgco2e), str(found.wtw_kgco2e)


def test_refrigerators_in_a_heavy_artic_are_the_worked_example() -> None:
    found = answer(vehicle_class="artic_over_33t")

    assert str(found.transport_tkm) == "3104.832000"
    assert parts(found) == ("239.165209", "55.855928", "295.021137")
    assert found.factor.factor_id == "defra_2025.road.artic_over_33t.average.tkm"
    assert (found.method, found.data_class) == ("class_default", "default")


def test_a_lorry_nobody_named_is_the_average_of_all() -> None:
    found = answer()

    assert parts(found) == ("315.544076", "73.242987", "388.787063")
    assert found.method == "mode_default"
    assert found.flags == ("distance_declared", "proxy_region", "energy_assumed")


@pytest.mark.parametrize(
    ("changed", "ttw", "wtt", "daf"),
    [
        ({"mode": "rail"}, "86.283281", "21.454389", "1"),
        ({"mode": "sea"}, "57.557376", "13.032532", "1.15"),
        ({"mode": "sea", "vehicle_class": "container_ship_8000_plus_teu"},
         "45.203249", "10.247498", "1.15"),
        ({"mode": "air", "distance_method": "gcd"}, "2345.359044", "636.956285", "1"),
        ({"mode": "air", "distance_km": Decimal(3700)}, "14814.344160", "3768.693312", "1"),
        ({"mode": "air", "distance_km": Decimal("3699.999")}, "21062.684755", "5720.236934", "1"),
        ({"vehicle_class": "rigid_7_5_17t"}, "1128.979012", "287.072767", "1"),
        ({"vehicle_class": "truck_9_6m"}, "532.354495", "115.996524", "1"),
        ({"vehicle_class": "van_3_5t", "energy": "diesel"}, "1960.080442", "468.674390", "1"),
    ],
)  # fmt: skip
def test_other_vehicles_take_their_published_intensity(
    changed: dict[str, Any], ttw: str, wtt: str, daf: str
) -> None:
    found = answer(**changed)

    assert parts(found)[:2] == (ttw, wtt)
    assert str(found.daf) == daf


def test_a_computed_road_distance_is_adjusted_and_says_so() -> None:
    found = emission_of_leg(without_distance(), load_book())

    assert (found.distance_kind, str(found.daf)) == ("gcd", "1.3")
    assert parts(found) == ("297.962833", "69.162090", "367.124923")
    assert "daf_assumed" in found.flags


def test_a_charged_truck_emits_only_where_its_electricity_is_made() -> None:
    found = answer(energy="electric", energy_kwh=Decimal("38.4"), on=date(2024, 7, 1))

    assert parts(found) == ("0.000000", "24.402048", "24.402048")
    assert (found.method, found.data_class) == ("primary_energy", "primary")
    assert found.basis == "lifecycle_co2e"
    assert found.flags == ("distance_declared", "charging_loss_assumed")


def test_a_train_under_the_wire_has_no_charger() -> None:
    found = answer(mode="rail", energy="electric", energy_kwh=Decimal("38.4"), on=date(2024, 7, 1))

    assert str(found.wtw_kgco2e) == "22.183680"


def test_metered_diesel_is_multiplied_as_it_is() -> None:
    found = answer(energy="diesel", fuel_l=Decimal("12.4"))

    assert parts(found) == ("32.759596", "7.738716", "40.498312")
    assert found.factor.factor_id == "cn_diesel_l"


@pytest.mark.parametrize(
    ("on", "year", "is_outside"),
    [
        (date(2022, 12, 31), 2023, True),
        (date(2023, 1, 1), 2023, False),
        (date(2024, 12, 31), 2024, False),
        (date(2026, 3, 2), 2024, True),
    ],
)
def test_electricity_takes_the_nearest_year_and_flags_the_gap(
    on: date, year: int, is_outside: bool
) -> None:
    found = answer(energy="electric", energy_kwh=Decimal(1), on=on)

    assert found.factor.year == year
    assert ("outside_validity" in found.flags) is is_outside


def test_metered_energy_nobody_can_place_is_not_used_and_flagged() -> None:
    found = answer(energy_kwh=Decimal(100))

    assert found.method == "mode_default"
    assert "metered_energy_unused" in found.flags


def test_an_unknown_vehicle_is_answered_by_its_mode_and_flagged() -> None:
    assert "class_unknown" in answer(vehicle_class="hovercraft").flags
    assert "class_unknown" in answer(vehicle_class="container_ship_average").flags


def test_rounded_inputs_are_said_once() -> None:
    found = answer(mass_kg=Decimal("7536.0004"), distance_km=Decimal("412.0004"))

    assert found.flags.count("input_rounded") == 1
    assert str(found.transport_tkm) == "3104.832000"


def test_more_than_sixty_tonnes_on_one_lorry_is_flagged() -> None:
    assert "mass_over_60_t" in answer(mass_kg=Decimal("60000.001")).flags
    assert "mass_over_60_t" not in answer(mass_kg=Decimal(60_000)).flags


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        ({"mass_kg": None}, Reason.MASS_MISSING, "mass_kg is None"),
        ({"mass_kg": Decimal(0)}, Reason.MASS_NOT_POSITIVE, "mass_kg must be above 0, got 0"),
        ({"mass_kg": Decimal("-7.5")}, Reason.MASS_NOT_POSITIVE, "got -7.5"),
        ({"mass_kg": Decimal("0.0004")}, Reason.MASS_NOT_POSITIVE, "got 0.0004"),
        ({"mass_kg": Decimal("1.1e9")}, Reason.UNIT_BOUND, "mass_kg 1.1E+9 is above 1000000000"),
        ({"mass_kg": Decimal("Infinity")}, Reason.NOT_FINITE, "mass_kg is not finite: Infinity"),
        ({"mode": ""}, Reason.MODE_MISSING, "mode is ''"),
        ({"mode": "N/A"}, Reason.MODE_MISSING, "mode is 'N/A'"),
        ({"mode": "camel"}, Reason.MODE_UNKNOWN, "mode camel is unknown"),
        ({"energy": "steam"}, Reason.VOCABULARY, "energy steam is unknown"),
        ({"mode": "sea", "distance_method": "gcd"}, Reason.DAF_UNKNOWN, "mode sea"),
        ({"energy": "diesel", "fuel_l": Decimal(-1)}, Reason.UNIT_BOUND, "fuel_l must be"),
        ({"energy": "electric", "energy_kwh": Decimal("NaN")}, Reason.NOT_FINITE, "energy_kwh"),
        (
            {"energy": "electric"},
            Reason.FACTOR_NOT_FOUND,
            "energy=electric vehicle_class=None region=cn on 2025-06-01 without a metered",
        ),
        ({"energy": "electric", "energy_kwh": Decimal(0)}, Reason.FACTOR_NOT_FOUND, "above 0"),
        (
            {"mode": "rail", "energy": "hydrogen", "on": date(2026, 3, 2)},
            Reason.FACTOR_NOT_FOUND,
            "mode=rail energy=hydrogen vehicle_class=None region=cn on 2026-03-02; "
            "nearest: defra_2025.rail.rail_freight.tkm",
        ),
        (
            {"mode": "inland_water"},
            Reason.FACTOR_NOT_FOUND,
            "nearest: none of mode inland_water",
        ),
        (
            {"energy": "hybrid", "vehicle_class": "van_3_5t"},
            Reason.FACTOR_INCOMPLETE,
            "defra_2025.road.van_3_5t.hybrid.tkm has no TTW and WTT",
        ),
        (
            {"energy": "electric", "vehicle_class": "van_3_5t"},
            Reason.FACTOR_NOT_FOUND,
            "vehicle_class=van_3_5t",
        ),
    ],
)
def test_a_leg_without_an_answer_is_refused_by_field_and_value(
    changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    refused = refusal(leg(**changed))

    assert refused.reason is reason
    assert sentence in refused.detail


@pytest.mark.parametrize("field", ["mass_kg", "distance_km", "energy_kwh", "fuel_l"])
def test_a_float_is_a_mistake_of_the_caller(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        answer(**{field: 412.0})


def test_a_result_beyond_every_store_is_refused() -> None:
    monstrous = factor("defra_2025.road.hgv_all.average.tkm", ttw_kgco2e=Decimal("1e9"))

    with pytest.raises(Refused, match="ttw_kgco2e 3104832000000") as refused:
        emission_of_leg(leg(), book_with(monstrous))

    assert refused.value.reason is Reason.RESULT_TOO_LARGE


@given(question=plain_legs)
def test_wtt_and_ttw_add_up_to_wtw_to_the_last_digit(question: LegQuestion) -> None:
    found = emission_of_leg(question, load_book())

    assert found.wtt_kgco2e + found.ttw_kgco2e == found.wtw_kgco2e
    assert found.wtw_kgco2e.as_tuple().exponent == -6


@given(question=plain_legs, more=st.decimals("0", "1000", places=3))
def test_more_mass_or_distance_never_emits_less(question: LegQuestion, more: Decimal) -> None:
    by_road = replace(question, mode="road")
    assert by_road.distance_km is not None
    heavier = replace(by_road, mass_kg=by_road.mass_kg + more)
    farther = replace(by_road, distance_km=by_road.distance_km + more)

    least = emission_of_leg(by_road, load_book()).wtw_kgco2e

    assert emission_of_leg(heavier, load_book()).wtw_kgco2e >= least
    assert emission_of_leg(farther, load_book()).wtw_kgco2e >= least


@given(
    question=plain_legs,
    near_km=st.decimals("0.001", "20000", places=3),
    far_km=st.decimals("0.001", "20000", places=3),
)
def test_a_leg_in_two_parts_keeps_its_activity_and_its_milligrams(
    question: LegQuestion, near_km: Decimal, far_km: Decimal
) -> None:
    lengths_km = (near_km, far_km, near_km + far_km)
    legs = [replace(question, mode="road", distance_km=length) for length in lengths_km]

    near, far, whole = (emission_of_leg(one, load_book()) for one in legs)

    assert abs(near.transport_tkm + far.transport_tkm - whole.transport_tkm) <= 2 * MILLIGRAM_KG
    assert abs(near.wtw_kgco2e + far.wtw_kgco2e - whole.wtw_kgco2e) <= 3 * MILLIGRAM_KG


@given(
    mode=st.sampled_from(["road", "rail", "sea"]),
    mass_kg=masses_kg,
    fiftieths=st.integers(1, 1_500_000),
)
def test_an_actual_distance_with_its_daf_is_the_sfd_result(
    mode: str, mass_kg: Decimal, fiftieths: int
) -> None:
    sfd_km = fiftieths * Decimal("0.02")  # so that 1.15 of it is still whole metres
    driven_km = sfd_km * (Decimal("1.15") if mode == "sea" else 1)
    plain = without_ends(mode=mode, mass_kg=mass_kg, distance_km=sfd_km, distance_method="sfd")
    driven = replace(plain, distance_km=driven_km, distance_method="actual")

    expected, found = (emission_of_leg(one, load_book()) for one in (plain, driven))

    assert abs(found.wtw_kgco2e - expected.wtw_kgco2e) <= MILLIGRAM_KG


@given(data=st.data(), questions=st.lists(plain_legs, min_size=1, max_size=8))
def test_a_replay_in_any_order_sums_to_the_same_digits(
    data: st.DataObject, questions: list[LegQuestion]
) -> None:
    total = sum(emission_of_leg(one, load_book()).wtw_kgco2e for one in questions)
    shuffled = data.draw(st.permutations(questions))

    again = sum(emission_of_leg(one, load_book()).wtw_kgco2e for one in shuffled)

    assert str(again) == str(total)
