"""Vehicles by their load: the table of the specification, presets, and what has no figures."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.read import load_book
from emissions.vehicle import LoadPreset, VehicleFigures, load_preset, vehicle_figures
from schemas.refusal import Reason, Refused
from tests.emissions.builders import IN_VALIDITY

THREE = Decimal("0.001")
shares = st.decimals("0", "1", places=4)


def figures(vehicle_class: str = "rigid_7_5_17t", on: date = IN_VALIDITY) -> VehicleFigures:
    return vehicle_figures(vehicle_class=vehicle_class, on=on, book=load_book())


@pytest.mark.parametrize(
    ("vehicle_class", "ttw", "wtt", "capacity_t", "share", "load_t"),
    [
        ("rigid_3_5_7_5t", ".46138/.54068", ".11027/.12944", "2.182", "0.430", "0.939"),
        ("rigid_7_5_17t", ".55061/.70603", ".13207/.16981", "4.755", "0.350", "1.664"),
        ("rigid_over_17t", ".774/1.10905", ".18172/.26149", "8.918", "0.649", "5.783"),
        ("artic_3_5_33t", ".62775/.93552", ".14831/.22246", "12.191", "0.510", "6.212"),
        ("artic_over_33t", ".64734/1.06921", ".15178/.25296", "17.856", "0.680", "12.128"),
        ("hgv_all", ".65975/1.01203", ".15527/.23942", "13.619", "0.657", "8.769"),
    ],
)
def test_the_table_of_the_specification_follows_from_the_published_rows(
    vehicle_class: str, ttw: str, wtt: str, capacity_t: str, share: str, load_t: str
) -> None:
    found = figures(vehicle_class)

    pairs = (
        (found.empty.ttw_kgco2e, found.full.ttw_kgco2e),
        (found.empty.wtt_kgco2e, found.full.wtt_kgco2e),
    )
    for pair, printed in zip(pairs, (ttw, wtt), strict=True):
        assert pair == tuple(Decimal(one) for one in printed.split("/"))
    assert found.capacity_t.quantize(THREE) == Decimal(capacity_t)
    average = found.average_load_share()
    assert average is not None
    assert average.quantize(THREE) == Decimal(share)
    carried_t = found.average_load_t()
    assert carried_t is not None
    assert carried_t.quantize(THREE) == Decimal(load_t)


def test_a_vehicle_stands_on_three_published_rows() -> None:
    assert [one.factor_id for one in figures().factors] == [
        "defra_2025.road.rigid_7_5_17t.0.km",
        "defra_2025.road.rigid_7_5_17t.100.km",
        "defra_2025.road.rigid_7_5_17t.100.tkm",
    ]
    assert figures().flags == ("proxy_region",)


def test_a_chinese_body_is_a_british_class_and_says_that_this_is_assumed() -> None:
    body, weight_class = figures("truck_6_8m", on=date(2026, 3, 1)), figures("rigid_7_5_17t")

    assert (body.empty, body.full) == (weight_class.empty, weight_class.full)
    assert body.flags == ("class_assumed", "proxy_region", "outside_validity")


@pytest.mark.parametrize(
    ("name", "load_share", "empty_distance_share"),
    [
        ("mixed", ".60", ".17"),
        ("light", ".30", ".09"),
        ("heavy", "1.00", ".38"),
        ("container", ".72", ".30"),
    ],
)
def test_presets_are_those_of_the_framework(
    name: str, load_share: str, empty_distance_share: str
) -> None:
    assert load_preset(name) == LoadPreset(name, Decimal(load_share), Decimal(empty_distance_share))


def test_what_nobody_publishes_is_refused() -> None:
    with pytest.raises(Refused, match="load preset feathers is unknown"):
        load_preset("feathers")
    with pytest.raises(Refused, match="vehicle_class donkey is unknown"):
        figures("donkey")
    with pytest.raises(
        Refused, match="vehicle_class van_3_5t has no published figure at 0 % load"
    ) as no:
        figures("van_3_5t")
    assert no.value.reason is Reason.FACTOR_NOT_FOUND


@pytest.mark.parametrize("load_t", ["-0.1", "4.76"])
def test_a_load_beyond_the_class_is_refused(load_t: str) -> None:
    with pytest.raises(Refused) as no:
        figures().load_share(Decimal(load_t))

    assert no.value.reason is Reason.UNIT_BOUND
    assert f"from 0 to 4.755 of rigid_7_5_17t, got {load_t}" in no.value.detail


@given(share=shares, more=shares)
def test_more_load_never_emits_less_per_km_and_never_more_per_tonne(
    share: Decimal, more: Decimal
) -> None:
    low, high = sorted((share, more))
    light, heavy = figures().per_km(low), figures().per_km(high)

    assert heavy.ttw_kgco2e >= light.ttw_kgco2e
    assert heavy.wtt_kgco2e >= light.wtt_kgco2e
    if low > 0:
        zero = Decimal(0)
        thin = figures().per_tkm(load_share=low, empty_distance_share=zero)
        thick = figures().per_tkm(load_share=high, empty_distance_share=zero)
        assert thick.ttw_kgco2e <= thin.ttw_kgco2e


@given(share=shares.filter(bool))
def test_without_empty_running_an_intensity_is_that_of_the_laden_km(share: Decimal) -> None:
    found = figures().per_tkm(load_share=share, empty_distance_share=Decimal(0))

    laden = figures().per_km(share).ttw_kgco2e / (share * figures().capacity_t)
    assert abs(found.ttw_kgco2e - laden) < Decimal("1e-20")


@pytest.mark.parametrize("name", ["mixed", "light", "heavy", "container"])
def test_an_intensity_is_that_of_a_trip_with_the_same_load_and_empty_kilometres(name: str) -> None:
    preset, found = load_preset(name), figures()
    load_t = preset.load_share * found.capacity_t
    empty_km = 100 * preset.empty_distance_share
    loaded_km = 100 - empty_km

    intensity = found.per_tkm(
        load_share=preset.load_share, empty_distance_share=preset.empty_distance_share
    )

    laden = found.per_km(preset.load_share)
    for per_tkm, per_km, empty in zip(intensity, laden, found.empty, strict=True):
        driven = loaded_km * per_km + empty_km * empty
        assert abs(per_tkm - driven / (loaded_km * load_t)) < Decimal("1e-20")


@pytest.mark.parametrize(
    ("load_share", "empty_distance_share"), [("0", "0"), ("0.5", "1"), ("0.5", "-0.1")]
)
def test_an_intensity_needs_a_load_and_a_loaded_km(
    load_share: str, empty_distance_share: str
) -> None:
    with pytest.raises(ValueError, match="load_share must be above 0, at most 1, and empty"):
        figures().per_tkm(
            load_share=Decimal(load_share), empty_distance_share=Decimal(empty_distance_share)
        )
