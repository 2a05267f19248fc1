from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from emissions import selection
from emissions.energy import electricity_emission, energy_emission
from emissions.energy_factor import electricity_factor, fuel_factor
from emissions.factor import book_of
from emissions.read import load_book
from emissions.selection import Asked, refused_ranks, select
from schemas.refusal import Reason, Refused
from schemas.vocabulary import CalculationMethod
from tests.emissions.builders import IN_VALIDITY, book_with, factor

HGV_ALL = "defra_2025.road.hgv_all.average.tkm"
FREIGHT_TRAIN = "defra_2025.rail.rail_freight.tkm"
ARTIC = "defra_2025.road.artic_over_33t.average.tkm"
LORRY = Asked("road", None, None, IN_VALIDITY, None, False, False, 0)


def test_every_rank_of_the_vocabulary_is_asked_in_its_order() -> None:
    assert [method for method, _ in selection.RANKS] == [
        method.value for method in CalculationMethod
    ]
    assert set(selection.DATA_CLASS) == {method.value for method in CalculationMethod}


def test_the_ranks_that_gave_nothing_say_why() -> None:
    refused = refused_ranks(LORRY._replace(vehicle_class="hovercraft"), load_book())

    assert [one.method for one in refused] == [
        "primary_energy",
        "carrier_toc",
        "modelled",
        "class_default",
    ]
    assert refused[-1].why == "vehicle_class hovercraft is unknown"


def test_the_home_country_comes_before_the_fallback() -> None:
    chinese = factor(ARTIC, factor_id="cn.artic", region="cn")
    asked = LORRY._replace(vehicle_class="artic_over_33t")

    found = select(asked, book_with(chinese))

    assert found.factor.factor_id == "cn.artic"
    assert "proxy_region" not in found.flags


def test_a_country_outside_the_fallback_is_never_chosen() -> None:
    abroad = factor(ARTIC, factor_id="a.us.artic", region="us")
    asked = LORRY._replace(vehicle_class="artic_over_33t")

    assert select(asked, book_with(abroad)).factor.factor_id == ARTIC


def test_the_edition_valid_on_the_day_wins_and_the_nearest_is_flagged() -> None:
    newer = factor(
        HGV_ALL, factor_id="z.2026", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    book = book_with(newer)

    valid, nearest = (select(LORRY._replace(on=on), book) for on in
                      (date(2026, 5, 1), date(2027, 5, 1)))  # fmt: skip

    assert valid.factor is nearest.factor is newer
    assert "outside_validity" not in valid.flags
    assert "outside_validity" in nearest.flags


def test_two_editions_equally_near_are_decided_for_the_earlier() -> None:
    first, third = date(2025, 1, 1), date(2025, 1, 3)
    earlier = factor(FREIGHT_TRAIN, valid_from=first, valid_to=first)
    later = factor(FREIGHT_TRAIN, factor_id="a.later", valid_from=third, valid_to=third)
    train = LORRY._replace(mode="rail", on=date(2025, 1, 2))

    assert select(train, book_with(earlier, later)).factor is earlier


def test_the_order_in_which_sets_were_loaded_decides_nothing() -> None:
    book = load_book()
    rows = [row for rows in book.mode_defaults.values() for row in rows]
    backwards = book_of(
        book.sets[::-1],
        vehicle_classes=tuple(book.vehicle_classes.values()),
        mode_defaults=tuple(rows),
    )
    questions = [
        Asked(mode, name, None, IN_VALIDITY, None, False, False, 0)
        for mode in ("road", "rail", "sea", "air")
        for name in book.vehicle_classes
    ]

    assert [select(one, book) for one in questions] == [select(one, backwards) for one in questions]


def test_average_laden_comes_before_any_stated_load() -> None:
    assert select(LORRY, load_book()).factor.load_basis == "average"


def test_radiative_forcing_is_not_chosen_even_where_nothing_else_is_left() -> None:
    flight = Asked("air", "air_long_haul", None, IN_VALIDITY, None, False, False, 1)
    elsewhere = factor("defra_2025.air.air_long_haul.tkm", region="us")

    assert select(flight, load_book()).factor.basis == ""
    with pytest.raises(Refused, match="vehicle_class=air_long_haul"):
        select(flight, book_with(elsewhere))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MAX_REMEMBERED_SELECTIONS", 3)
    book = book_with()

    for day in range(1, 11):
        select(LORRY._replace(on=date(2025, 1, day)), book)

    assert len(book.memo) <= 3


def test_a_remembered_answer_is_the_answer() -> None:
    book = book_with()

    first, second = select(LORRY, book), select(LORRY, book)

    assert first is second
    assert first == select(LORRY, book_with())


@pytest.mark.parametrize(
    ("grid_region", "region", "figure", "flags"),
    [
        ("beijing", "beijing", "0.5580", ()),
        ("shandong", "shandong", None, ()),
        ("tibet", "southwest", "0.2268", ("region_widened",)),
    ],
)
def test_scope_two_takes_the_province(
    grid_region: str, region: str, figure: str | None, flags: tuple[str, ...]
) -> None:
    found, raised = electricity_factor(
        basis="generation_co2", grid_region=grid_region, on=date(2022, 6, 1), book=load_book()
    )

    assert (found.region, found.year, raised) == (region, 2022, flags)
    assert figure is None or str(found.co2_kg) == figure


def test_the_generation_of_a_whole_nation_is_not_published() -> None:
    with pytest.raises(Refused, match="basis=generation_co2") as refused:
        electricity_factor(
            basis="generation_co2", grid_region=None, on=IN_VALIDITY, book=load_book()
        )

    assert refused.value.reason is Reason.FACTOR_NOT_FOUND


def test_the_two_families_of_electricity_are_never_mixed() -> None:
    generation = load_book().factor("cn_grid.generation_co2.beijing.2022")

    with pytest.raises(Refused, match="basis generation_co2, the result needs") as refused:
        electricity_emission(
            energy_kwh=Decimal(1),
            factor=generation,
            basis="lifecycle_co2e",
            charging_loss_share=Decimal(0),
        )

    assert refused.value.reason is Reason.BASIS_MISMATCH


@pytest.mark.parametrize(
    ("factor_id", "missing"),
    [
        ("epa_2025.fuel.diesel.gal", "WTT"),
        ("cn_ndrc_fuel.diesel.l", "WTT"),
        ("defra_2025.fuel.diesel_mineral.l", "TTW"),
        ("cn_grid.generation_co2.beijing.2022", "TTW and WTT"),
    ],
)
def test_half_a_factor_is_no_factor(factor_id: str, missing: str) -> None:
    half = load_book().factor(factor_id)

    with pytest.raises(Refused, match=f"{factor_id} has no {missing}") as refused:
        energy_emission(quantity=Decimal(1), factor=half)

    assert refused.value.reason is Reason.FACTOR_INCOMPLETE


def test_a_fuel_with_only_half_a_factor_is_refused_by_its_name() -> None:
    whole = load_book().factor("cn_diesel_l")
    book = book_with(replace(whole, wtt_kgco2e=None))

    with pytest.raises(Refused, match="cn_diesel_l has no WTT") as refused:
        fuel_factor(energy="diesel", on=IN_VALIDITY, book=book)

    assert refused.value.reason is Reason.FACTOR_INCOMPLETE


def test_an_unknown_factor_is_refused_by_its_name() -> None:
    with pytest.raises(Refused, match=r"factor_id glec\.road is in no loaded set"):
        load_book().factor("glec.road")
