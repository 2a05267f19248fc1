"""The packaged sets, and where ``../shared/data`` is present, every row they came from."""

import csv
import hashlib
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emissions.factor import Factor
from emissions.number import CONTEXT
from emissions.read import load_book
from schemas.vocabulary import TransportMode, VehicleEnergy

SHARED = Path(__file__).parents[3] / "shared" / "data"
FACTORS = SHARED / "factors"
FIGURE = "GHG Conversion Factor 2025"
EVERY_FACTOR = tuple(load_book().by_id.values())
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


EXPECTED_FATES = {
    "carried": 1322,
    "blank": 507,
    "per mile": 405,
    "not a set yet": 10,
    "gas of an electric van": 36,
}
NOT_YET_A_SET = {
    "Transmission and distribution",
    "WTT- UK electricity",
}


def rows_of(name: str) -> list[dict[str, str]]:
    with (FACTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells_of(factor: Factor) -> dict[str, list[str]]:
    named = (cell.split("=", 1) for cell in factor.cells.split(";"))
    return {part: cell.split("+") for part, cell in named}


def fate_of(row: dict[str, str], named: set[str]) -> str:
    if not row[FIGURE]:
        return "blank"
    if row["ID"] in named:
        return "carried"
    if row["UOM"] == "miles":
        return "per mile"
    if row["Level 1"] in NOT_YET_A_SET:
        return "not a set yet"
    if row["Column Text"] in {"Battery Electric Vehicle", "Plug-in Hybrid Electric Vehicle"}:
        return "gas of an electric van"
    return "lost"


def carried(set_id: str) -> list[Factor]:
    return [one for one in EVERY_FACTOR if one.set_id == set_id]


@pytest.mark.parametrize("factor", EVERY_FACTOR, ids=lambda one: one.factor_id)
def test_every_factor_says_who_published_it_under_which_licence_and_for_when(
    factor: Factor,
) -> None:
    assert factor.manifest.publisher
    assert factor.source
    assert factor.licence
    assert factor.manifest.attribution
    assert factor.cells
    assert factor.valid_to is None or factor.valid_from <= factor.valid_to
    assert len(factor.set_sha256) == 64
    assert factor.manifest.redistributable


def test_every_name_fits_the_events_that_carry_it() -> None:
    assert all(len(one.factor_id) <= 64 for one in EVERY_FACTOR)
    assert all(one.mode in {*TransportMode, ""} for one in EVERY_FACTOR)
    intensities = [one for one in EVERY_FACTOR if one.kind.startswith("intensity")]
    assert all(one.energy in {*VehicleEnergy, ""} for one in intensities)


def test_every_vehicle_class_has_a_factor() -> None:
    book = load_book()

    for one in book.vehicle_classes.values():
        assert book.candidates(("intensity_tkm", one.mode, one.factor_class)), one


def test_every_mode_default_is_a_known_class() -> None:
    book = load_book()
    defaults = [row for rows in book.mode_defaults.values() for row in rows]

    assert all(row.vehicle_class in book.vehicle_classes for row in defaults)


@pytest.mark.parametrize(
    ("length", "factor_class"),
    [
        ("4_2", "rigid_3_5_7_5t"),
        ("5_2", "rigid_7_5_17t"),
        ("6_8", "rigid_7_5_17t"),
        ("7_6", "rigid_over_17t"),
        ("9_6", "rigid_over_17t"),
        ("13", "artic_over_33t"),
        ("17_5", "artic_over_33t"),
    ],
)
def test_a_chinese_body_length_is_mapped_as_an_assumption(length: str, factor_class: str) -> None:
    known = load_book().vehicle_classes[f"truck_{length}m"]

    assert known.factor_class == factor_class
    assert known.is_assumption


@pytest.mark.parametrize(
    ("factor_id", "ttw", "wtt"),
    [
        ("defra_2025.road.van_3_5t.diesel.tkm", "0.6313", "0.15095"),
        ("defra_2025.road.rigid_3_5_7_5t.average.tkm", "0.52761", "0.12296"),
        ("defra_2025.road.rigid_7_5_17t.average.tkm", "0.36362", "0.09246"),
        ("defra_2025.road.rigid_over_17t.average.tkm", "0.17146", "0.03736"),
        ("defra_2025.road.artic_3_5_33t.average.tkm", "0.12633", "0.02731"),
        ("defra_2025.road.artic_over_33t.average.tkm", "0.07703", "0.01799"),
        ("defra_2025.road.hgv_all.average.tkm", "0.10163", "0.02359"),
        ("defra_2025.rail.rail_freight.tkm", "0.02779", "0.00691"),
        ("defra_2025.sea.container_ship_average.tkm", "0.01612", "0.00365"),
        ("defra_2025.sea.container_ship_8000_plus_teu.tkm", "0.01266", "0.00287"),
        ("defra_2025.sea.general_cargo_average.tkm", "0.01321", "0.003"),
        ("defra_2025.air.air_long_haul.tkm", "0.5313", "0.13516"),
        ("defra_2025.air.air_short_haul.tkm", "0.75539", "0.20515"),
        ("defra_2025.air.air_domestic_gb.tkm", "2.71931", "0.57429"),
    ],
)
def test_the_table_of_the_specification_is_what_is_packaged(
    factor_id: str, ttw: str, wtt: str
) -> None:
    assert load_book().factor(factor_id).parts() == (Decimal(ttw), Decimal(wtt))


def test_a_plain_artic_does_not_get_the_refrigerated_provision() -> None:
    book = load_book()
    plain = book.factor("defra_2025.road.artic_over_33t.average.tkm")
    reefer = book.factor("defra_2025.road.artic_over_33t_reefer.average.tkm")

    assert plain.cell_of("wtt") == "28_907_3132_14_1"
    assert plain.wtt_kgco2e != reefer.wtt_kgco2e


def test_an_empty_lorry_has_no_intensity_per_tonne() -> None:
    empty = [one for one in carried("defra_2025") if one.load_basis == "0"]

    assert empty
    assert {one.per_unit for one in empty} == {"km"}


def test_a_battery_van_emits_nothing_on_the_road_and_a_plug_in_cannot_be_split() -> None:
    vans = [one for one in carried("defra_2025") if one.vehicle_class.startswith("van_")]
    battery = [one for one in vans if one.energy == "electric"]
    plug_in = [one for one in vans if one.energy == "hybrid"]

    assert len(battery) == 8
    assert all(one.ttw_kgco2e == 0 for one in battery)
    assert len(plug_in) == 4
    assert all(one.missing_part == "TTW and WTT" and one.wtw_kgco2e for one in plug_in)


def test_the_gases_of_a_row_add_up_to_its_operation() -> None:
    split = [one for one in carried("defra_2025") if one.co2_kg is not None]

    for one in split:
        gases = [one.co2_kg, one.ch4_kgco2e, one.n2o_kgco2e]
        total = sum((gas for gas in gases if gas is not None), start=Decimal(0))
        assert one.ttw_kgco2e is not None
        assert abs(total - one.ttw_kgco2e) <= Decimal("0.000015"), one.factor_id


def test_a_half_laden_lorry_is_the_mean_of_empty_and_full() -> None:
    book = load_book()
    classes = {one.vehicle_class for one in carried("defra_2025") if one.load_basis == "50"}

    assert len(classes) == 16
    for name in classes:
        empty, half, full = (
            book.factor(f"defra_2025.road.{name}.{load}.km").parts() for load in ("0", "50", "100")
        )
        for low, middle, high in zip(empty, half, full, strict=True):
            assert abs((low + high) / 2 - middle) <= Decimal("0.00001"), name


def test_a_composite_holds_the_figures_of_the_rows_it_names() -> None:
    book = load_book()

    for one in carried("loopline_composites"):
        for part in ("ttw", "wtt"):
            factor_id, _, divisor = one.cell_of(part).partition("/")
            named = book.factor(factor_id)
            figure: Any = getattr(named, f"{part}_kgco2e")
            if divisor:
                per_gal = Decimal(named.manifest.conversions[divisor])
                figure = CONTEXT.divide(figure, per_gal).quantize(Decimal("1e-10"), context=CONTEXT)
            assert getattr(one, f"{part}_kgco2e") == figure, one.factor_id


def test_chinese_diesel_is_the_product_of_its_published_parameters() -> None:
    parts = ("0.84", "43.330", "0.0202", "0.98", "44")
    product = Decimal(1)
    for part in parts:
        product *= Decimal(part)

    assert load_book().factor("cn_ndrc_fuel.diesel.l").ttw_kgco2e == product / 12


@needs_shared
def test_every_source_file_is_the_one_the_manifest_names() -> None:
    for one in load_book().sets:
        pairs = zip(one.manifest.source_file, one.manifest.source_sha256, strict=True)
        for name, sha256 in pairs:
            assert hashlib.sha256((FACTORS / name).read_bytes()).hexdigest() == sha256, name


@needs_shared
def test_every_figure_is_exactly_the_publishers() -> None:
    published = {
        row["ID"]: row[FIGURE]
        for name in (FACTORS / "defra_2025").glob("*.csv")
        for row in rows_of(f"defra_2025/{name.name}")
    }
    columns = {
        "ttw": "ttw_kgco2e", "wtt": "wtt_kgco2e", "wtw": "wtw_kgco2e",
        "co2": "co2_kg", "ch4": "ch4_kgco2e", "n2o": "n2o_kgco2e",
    }  # fmt: skip

    for factor in carried("defra_2025"):
        for part, ids in cells_of(factor).items():
            figure = sum((Decimal(published[one]) for one in ids), start=Decimal(0))
            assert getattr(factor, columns[part]) == figure, (factor.factor_id, part)


@needs_shared
def test_operation_and_provision_of_a_row_have_the_same_labels() -> None:
    labels = {}
    for name in ("category_freighting_goods", "category_wtt_delivery_vehs_&_freight"):
        for row in rows_of(f"defra_2025/{name}.csv"):
            level = row["Level 2"].removeprefix("WTT- ")
            rest = (row["Level 3"], row["Level 4"], row["Column Text"], row["UOM"])
            labels[row["ID"]] = tuple(text.strip().casefold() for text in (level, *rest))

    for factor in carried("defra_2025"):
        if factor.kind.startswith("intensity"):
            ids = [one for found in cells_of(factor).values() for one in found]
            assert len({labels[one] for one in ids}) == 1, factor.factor_id


@needs_shared
def test_every_row_of_the_publisher_is_accounted_for() -> None:
    factors = [*carried("defra_2025"), *carried("defra_2025_waste")]
    named = {one for factor in factors for ids in cells_of(factor).values() for one in ids}
    fates: Counter[str] = Counter()

    for path in sorted((FACTORS / "defra_2025").glob("*.csv")):
        for row in rows_of(f"defra_2025/{path.name}"):
            fates[fate_of(row, named)] += 1

    assert fates.total() == 2280
    assert fates == EXPECTED_FATES


@needs_shared
def test_the_rows_per_mile_say_nothing_that_those_per_km_do_not() -> None:
    rows = rows_of("defra_2025/category_freighting_goods.csv")
    figures = {row["ID"]: Decimal(row[FIGURE]) for row in rows if row[FIGURE]}
    miles = [row["ID"] for row in rows if row["UOM"] == "miles" and row["ID"] in figures]

    assert miles
    for one in miles:
        group, labels, unit_and_gas = one[:6], one[6:11], one[12:]
        per_km = figures[f"{group}{labels}_4{unit_and_gas[1:]}"]
        assert abs(per_km * Decimal("1.609344") - figures[one]) <= Decimal("0.00003"), one


@needs_shared
def test_the_grid_of_china_is_carried_row_by_row() -> None:
    rows = rows_of("china_grid.csv")
    published = Counter((row["basis"], row["year"], row["kgco2_per_kwh"]) for row in rows)

    packaged = Counter(
        (one.basis, str(one.year), str(one.wtw_kgco2e if one.co2_kg is None else one.co2_kg))
        for one in carried("cn_grid")
    )

    assert len(rows) == 76
    assert packaged == published
