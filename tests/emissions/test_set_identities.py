"""What the specification says of the published tables, counted and computed (section 1 and 2)."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from emissions.factor import Factor
from emissions.read import load_book

SHARED = Path(__file__).parents[3] / "shared" / "data"
DEFRA = SHARED / "factors" / "defra_2025"
FIGURE = "GHG Conversion Factor 2025"
BOOK = load_book()
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


def road(vehicle_class: str, load: str, unit: str) -> Factor:
    return BOOK.factor(f"defra_2025.road.{vehicle_class}.{load}.{unit}")


def operation(factor: Factor) -> Decimal:
    return factor.parts()[0]


def published(name: str) -> list[dict[str, str]]:
    with (DEFRA / f"category_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("vehicle_class", "capacity_t", "load_share", "load_t"),
    [
        ("rigid_3_5_7_5t", "2.182", "0.430", "0.939"),
        ("rigid_7_5_17t", "4.755", "0.350", "1.664"),
        ("rigid_over_17t", "8.918", "0.649", "5.783"),
        ("artic_3_5_33t", "12.191", "0.510", "6.212"),
        ("artic_over_33t", "17.856", "0.680", "12.128"),
        ("hgv_all", "13.619", "0.657", "8.769"),
    ],
)
def test_the_load_behind_an_average_lorry_follows_from_its_rows(
    vehicle_class: str, capacity_t: str, load_share: str, load_t: str
) -> None:
    empty, full, average = (
        operation(road(vehicle_class, load, "km")) for load in ("0", "100", "average")
    )
    capacity = full / operation(road(vehicle_class, "100", "tkm"))
    aboard = average / operation(road(vehicle_class, "average", "tkm"))
    share = (average - empty) / (full - empty)

    assert round(capacity, 3) == Decimal(capacity_t)
    assert round(aboard, 3) == Decimal(load_t)
    assert abs(share - Decimal(load_share)) <= Decimal("0.001")


@pytest.mark.parametrize("load", ["0", "50", "100", "average"])
@pytest.mark.parametrize(
    ("name", "uplift"),
    [
        ("rigid_3_5_7_5t", "1.191"),
        ("rigid_7_5_17t", "1.191"),
        ("rigid_over_17t", "1.191"),
        ("artic_3_5_33t", "1.157"),
        ("artic_over_33t", "1.157"),
    ],
)
def test_a_refrigerated_lorry_takes_its_uplift_per_kilometre(
    name: str, uplift: str, load: str
) -> None:
    plain, cooled = road(name, load, "km"), road(f"{name}_reefer", load, "km")

    assert abs(operation(cooled) / operation(plain) - Decimal(uplift)) <= Decimal("0.002")


def test_the_provision_of_a_refrigerated_lorry_would_be_a_sixth_too_much() -> None:
    plain = road("artic_over_33t", "average", "tkm").parts()[1]
    cooled = road("artic_over_33t_reefer", "average", "tkm").parts()[1]

    assert round(cooled / plain, 2) == Decimal("1.16")


@needs_shared
def test_operation_and_provision_join_by_group_338_times_and_289_have_values() -> None:
    groups = {"303": "906", "304": "907", "306": "908", "315": "911", "317": "913", "319": "915",
              "320": "916"}  # fmt: skip
    provision = {row["ID"]: row[FIGURE] for row in published("wtt_delivery_vehs_&_freight")}
    totals = {
        row["ID"]: row[FIGURE] for row in published("freighting_goods") if row["ID"].endswith("_1")
    }

    joined = {}
    for one in totals:
        _, group, rest = one.split("_", 2)
        other = f"28_{groups.get(group, '')}_{rest}"
        if other in provision:
            joined[one] = other

    both = [one for one, other in joined.items() if totals[one] and provision[other]]
    assert (len(joined), len(both)) == (338, 289)


@needs_shared
def test_the_british_grid_is_not_among_the_files_but_its_losses_are() -> None:
    figures = {
        row["ID"]: row[FIGURE]
        for name in ("transmission_and_distribution", "wtt_uk_electricity")
        for row in published(name)
    }

    assert figures["13_402_4000_5_1"] == "0.01853"
    assert (figures["15_917_4000_5_1"], figures["15_918_4000_5_1"]) == ("0.0459", "0.00397")
    assert not any(figure.startswith("0.177") for figure in figures.values())


@needs_shared
def test_every_lorry_without_a_load_is_blank_per_tonne_and_not_zero() -> None:
    empty = [
        row[FIGURE]
        for row in published("freighting_goods")
        if row["Column Text"].strip() == "0% Laden" and row["UOM"] == "tonne.km"
    ]

    assert empty
    assert set(empty) == {""}


def test_the_grid_of_china_has_thirty_provinces_and_seven_regions_in_two_years() -> None:
    grid = [one for one in BOOK.by_id.values() if one.set_id == "cn_grid"]
    generation = [one for one in grid if one.basis == "generation_co2"]
    life_cycle = {one.year: one.wtw_kgco2e for one in grid if one.basis == "lifecycle_co2e"}
    places = {
        (level, year): sum(1 for one in generation if (one.region_level, one.year) == (level, year))
        for level in ("province", "grid_region")
        for year in (2021, 2022)
    }

    assert len(grid) == 76
    assert places == {
        ("province", 2021): 30, ("province", 2022): 30,
        ("grid_region", 2021): 7, ("grid_region", 2022): 7,
    }  # fmt: skip
    assert life_cycle == {2023: Decimal("0.6205"), 2024: Decimal("0.5777")}
