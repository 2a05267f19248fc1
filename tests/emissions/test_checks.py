"""Consistent figures raise no alarm, and every kind of slip is found."""

import csv
import io
import json
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.checks import CHECKS, check_set, faults_of
from emissions.factor import FactorSet
from emissions.finding import Comparison, Word
from emissions.read import SETS, load_book, read_set
from emissions.subject import GwpTable, Subject
from tests.emissions.factor_files import (
    SET_ID,
    TTW,
    WTT,
    WTW,
    a_set,
    gas_row,
    hub_row,
    plain_row,
    row,
)

SHARED = Path(__file__).parents[3] / "shared" / "data"
PACKAGED = load_book().sets
# GWP100 of AR5 and AR6, in the names that rows have (IPCC, tables 8.A.1 and 7.SM.7).
GWPS = GwpTable(
    {
        ("r32", "ar5"): Decimal(677), ("r32", "ar6"): Decimal(771),
        ("r125", "ar5"): Decimal(3170), ("r125", "ar6"): Decimal(3740),
        ("r134a", "ar5"): Decimal(1300), ("r134a", "ar6"): Decimal(1530),
        ("ch4", "ar6"): Decimal("27.9"), ("n2o", "ar6"): Decimal(273),
    },
    {"r410a": {"r32": Decimal("0.5"), "r125": Decimal("0.5")}},
)  # fmt: skip


def found(one: FactorSet, **beside: Any) -> tuple[Comparison, ...]:
    return check_set(
        Subject(one, others=beside.get("others", PACKAGED), gwps=beside.get("gwps", GWPS))
    )


def findings(one: FactorSet, **beside: Any) -> list[Comparison]:
    return [each for each in found(one, **beside) if not each.holds]


def words(one: FactorSet, **beside: Any) -> set[str]:
    return {each.word.value for each in findings(one, **beside) if each.word}


@pytest.mark.parametrize("one", PACKAGED, ids=lambda one: one.manifest.set_id)
def test_a_packaged_set_raises_no_alarm(one: FactorSet) -> None:
    assert findings(one) == []


def test_all_packaged_sets_are_read_and_checked_well_within_their_time() -> None:
    started_s = time.process_time()

    sets = [read_set(folder) for folder in sorted(SETS.iterdir()) if folder.is_dir()]
    alarms = [each for one in sets for each in findings(one, others=sets)]

    assert alarms == []
    assert time.process_time() - started_s <= 1.5


def test_what_the_checks_compared_in_the_packaged_sets_is_known() -> None:
    compared = Counter(each.check.value for one in PACKAGED for each in found(one))

    assert compared["load_linearity"] == 32  # 16 classes, TTW and WTT
    assert compared["gas_sum"] == 202
    assert compared["implied_payload"] == 124
    assert compared["result_mismatch"] >= 29
    assert compared["gwp_mismatch"] == 2  # CH4 and N2O of the EPA's conversions


def test_the_specification_names_what_can_be_found() -> None:
    assert set(CHECKS) | {
        Word.SCHEMA, Word.GWP_SET_MIXED, Word.TOTAL_INHERITS, Word.DECIMAL_COMMA,
        Word.NEGATIVE, Word.BLANK, Word.UNIT_UNKNOWN,
    } == set(Word)  # fmt: skip


def test_a_consistent_set_of_a_user_raises_no_alarm() -> None:
    rounded = row(ttw_kgco2e="0.08001", wtw_kgco2e="0.10000")  # each printed part rounded alone

    assert findings(a_set()) == []
    assert findings(a_set(rounded)) == []


def loads(half: str) -> tuple[dict[str, str], ...]:
    return tuple(
        plain_row(f"lorry.{load}.km", kind="intensity_km", per_unit="km", load_basis=load,
                  ttw_kgco2e=ttw, wtt_kgco2e=wtt)
        for load, ttw, wtt in (
            ("0", "0.60000", "0.14000"), ("50", half, "0.16000"), ("100", "0.80000", "0.18000"))
    )  # fmt: skip


def per_km(ttw: str, *, unit: str = "km", wtt: str = "0.20000") -> dict[str, str]:
    return plain_row(f"lorry.{unit}", kind="intensity_km", per_unit=unit, ttw_kgco2e=ttw,
                     wtt_kgco2e=wtt)  # fmt: skip


PLANTED: list[tuple[Word, tuple[dict[str, str], ...], dict[str, Any]]] = [
    (Word.GAS_SUM, (row(co2_kg="0.07700"),), {}),
    (Word.WTW_SPLIT, (row(wtw_kgco2e="0.10300"),), {}),
    (Word.LOAD_LINEARITY, loads("0.71000"), {}),
    (Word.UNIT_PAIR, (per_km("0.80000"), per_km("1.30000", unit="mi", wtt="0.32187")), {}),
    (Word.UNIT_PAIR, (row(),), {"conversions": {"km_per_mi": "1.852"}}),
    (Word.UNIT_PAIR, (row(),), {"conversions": {"l_per_gal": "4.54609"}}),
    (Word.UNIT_PAIR, (row(),), {"conversions": {"g_per_kg": "a thousand"}}),
    (Word.UNIT_TEXT, (row(),), {"conversions": {"kg_per_t": "1"}}),
    (Word.IMPLIED_PAYLOAD, (plain_row("a"), per_km("0.00300")), {}),
    (Word.IMPLIED_PAYLOAD, (plain_row("a"), per_km("4.10000")), {}),
    (Word.GWP_MISMATCH, (gas_row("r32", "711"),), {}),
    (Word.GWP_MISMATCH, (row(),), {"conversions": {"gwp100_ch4": "28"}}),
    (Word.BLEND_MISMATCH, (gas_row("r410a", "2225.5"),), {}),
    (Word.GWP_SET_MIXED, (gas_row("r32", "771"), gas_row("r134a", "1300")), {}),
    (Word.RESULT_MISMATCH, (hub_row("road", "1692.62", "1200*0.9+882.72"),), {}),
    (Word.TOTAL_INHERITS, (
        hub_row("rail", "118.44"), hub_row("sea", "1320"),
        hub_row("road", "1692.62", "1200*0.9+882.72"),
        hub_row("all", "3131.06", f"{SET_ID}.rail+{SET_ID}.sea+{SET_ID}.road")), {}),
    (Word.POWER_OF_TEN, (hub_row("hub", "3.6801", "12.267*3"),), {}),
    (Word.POWER_OF_TEN, (row(wtw_kgco2e="1.00000"),), {}),
    (Word.POWER_OF_TEN, (row(vehicle_class="artic_over_33t", energy="diesel", ttw_kgco2e="0.80000",
                             temperature="ambient", co2_kg="", wtw_kgco2e=""),), {}),
    (Word.UNIT_TEXT, (hub_row("hub", "0.0368", "12.267*3"),), {}),
    (Word.UNIT_TEXT, tuple(
        plain_row(f"f.{unit}", kind="fuel", mode="", vehicle_class="", load_basis="",
                  distance_basis="", per_unit=unit, ttw_kgco2e="3.21000") for unit in ("kg", "t")),
     {}),
    (Word.UNIT_TEXT, (plain_row("grams", ttw_kgco2e="80", wtt_kgco2e="20"),), {}),
    (Word.UNIT_TEXT, (plain_row("tonnes", ttw_kgco2e="0.00008"),), {}),
    (Word.POWER_OF_TEN, (plain_row("odd", mode="rail", ttw_kgco2e="0.28"),), {}),
    (Word.STALE_EDITION, (plain_row("t", region="us", per_unit="short_ton_mile",
                                    ttw_kgco2e="0.211"),), {}),
    (Word.STALE_EDITION, (plain_row("t", region="us", ttw_kgco2e="0.11644"),), {}),
    (Word.STALE_EDITION, (plain_row("t", region="us", kind="intensity_km", per_unit="mi",
                                    ttw_kgco2e="1.407"),), {}),
    (Word.DUPLICATE_KEY, (row("a"), row("b")), {}),
    (Word.LABEL_DAMAGE, (row(note="5�9 t"),), {}),
    (Word.LICENCE_MISSING, (row(),), {"licence_spdx": "LicenseRef-Maker"}),
    (Word.CELL_MISSING, (row(cells="ttw=B2;wtt=C2;co2=E2;ch4=F2;n2o=G2"),), {}),
    (Word.CELL_MISSING, (hub_row("hub", "1", f"{SET_ID}.nobody*2"),), {}),
    (Word.CELL_MISSING, (hub_row("a", "1", f"{SET_ID}.b*1"),
                         hub_row("b", "1", f"{SET_ID}.a*1")), {}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "rows", "changed"), PLANTED, ids=lambda one: str(one)[:40])
def test_every_kind_of_slip_is_found(
    word: Word, rows: tuple[dict[str, str], ...], changed: dict[str, Any]
) -> None:
    assert word.value in words(a_set(*rows, **changed))


@pytest.mark.parametrize(
    ("rows", "changed"),
    [
        (loads("0.70000"), {}),
        ((per_km("0.80000"), per_km("1.28748", unit="mi", wtt="0.32187")), {}),
        ((plain_row("a"), per_km("0.80000")), {}),
        ((gas_row("r32", "771"), gas_row("r410a", "2255.5"), gas_row("cyclopentane", "7")), {}),
        ((gas_row("r32", "677"), gas_row("r134a", "1300")), {"gwp_set": "ar5"}),
        ((hub_row("rail", "118.44"), hub_row("all", "236.88", f"{SET_ID}.rail+{SET_ID}.rail")), {}),
        ((row(),), {"conversions": {"short_ton_per_t": "1.102", "anything": "1.852"}}),
        ((hub_row("table", "7", "8/3"), hub_row("page", "7", "p.80/12")), {}),
        ((plain_row("t", region="us", per_unit="short_ton_mile", ttw_kgco2e="0.186"),), {}),
        ((row("a", year="2026"), row("b", region="gb", year="2026")), {}),
    ],
    ids=[
        "loads",
        "miles",
        "payload",
        "gases",
        "ar5",
        "total",
        "constants",
        "places",
        "current",
        "regions",
    ],
)
def test_the_same_tables_without_the_slip_raise_no_alarm(
    rows: tuple[dict[str, str], ...], changed: dict[str, Any]
) -> None:
    assert words(a_set(*rows, **changed)) == set()


def test_a_wrong_part_is_told_from_the_total_that_inherits_it() -> None:
    rows = next(rows for word, rows, _ in PLANTED if word is Word.TOTAL_INHERITS)

    by_row = {each.factor_ids[0]: each for each in findings(a_set(*rows))}

    assert by_row[f"{SET_ID}.road"].word is Word.RESULT_MISMATCH
    assert by_row[f"{SET_ID}.road"].computed == Decimal("1962.72")
    assert by_row[f"{SET_ID}.all"].word is Word.TOTAL_INHERITS
    assert by_row[f"{SET_ID}.all"].computed == Decimal("3401.16")


def test_a_younger_edition_beside_a_set_is_a_notice() -> None:
    old = a_set(set_id="maker_2025", year=2025)
    new = a_set(row(factor_id="new"), set_id=SET_ID, year=2026)

    told = [each for each in findings(old, others=(new,)) if each.word is Word.STALE_EDITION]

    assert [(each.published, each.computed, each.is_error) for each in told] == [
        ("2025", "2026", False)
    ]
    assert Word.STALE_EDITION.value not in words(new, others=(old,))


def test_an_error_keeps_its_rows_out_and_a_notice_does_not() -> None:
    one = a_set(row("good"), row("bad", region="gb", wtw_kgco2e="0.103"), row("odd", region="us",
                note="5�9"))  # fmt: skip

    assert faults_of(one, found(one)) == {f"{SET_ID}.bad"}


def test_a_wrong_conversion_that_no_row_rests_on_is_a_notice() -> None:
    (told,) = findings(a_set(conversions={"km_per_mi": "1.852"}))

    assert (told.word, told.is_error, told.factor_ids) == (Word.UNIT_PAIR, False, ())


def test_a_small_slip_is_no_power_of_ten() -> None:
    assert words(a_set(row(wtw_kgco2e="0.10020"))) == {"wtw_split"}


def test_only_the_provision_of_electricity_may_stand_on_the_cell_of_the_whole() -> None:
    grid = row(ttw_kgco2e="0", wtt_kgco2e="0.1", cells="wtw=D2", ch4_kgco2e="", n2o_kgco2e="")

    told = [each for each in findings(a_set(grid)) if each.word is Word.CELL_MISSING]

    assert [each.column for each in told] == ["co2_kg"]


def test_a_wrong_conversion_keeps_out_the_rows_that_rest_on_it() -> None:
    rows = (hub_row("mile", "1.852", "1*km_per_mi"), hub_row("other", "1"))
    one = a_set(*rows, conversions={"km_per_mi": "1.852"})

    assert faults_of(one, found(one)) == {f"{SET_ID}.mile"}


def test_a_table_of_one_other_assessment_is_mismatched_and_not_mixed() -> None:
    told = words(a_set(gas_row("r32", "677"), gas_row("r134a", "1300")))

    assert told == {"gwp_mismatch"}


def test_without_a_table_of_gwps_a_printed_gwp_is_not_judged() -> None:
    assert words(a_set(gas_row("r32", "711")), gwps=GwpTable()) == set()


def test_the_order_of_the_sets_beside_it_changes_no_finding() -> None:
    one = a_set(*(rows[0] | {"factor_id": f"x.{at}"} for at, (_, rows, _) in enumerate(PLANTED)))

    assert findings(one) == findings(one, others=PACKAGED[::-1])


DEFRA = next(one for one in PACKAGED if one.manifest.set_id == "defra_2025")
SPLIT = [one for one in DEFRA.factors if one.missing_part is None and one.ttw_kgco2e]


@given(
    at=st.integers(0, len(SPLIT) - 1),
    error=st.decimals("0.03", "0.9", places=3),
    up=st.booleans(),
)
def test_three_percent_in_any_wtw_is_found(at: int, error: Decimal, up: bool) -> None:
    source = SPLIT[at]
    ttw, wtt = source.parts()
    wtw = (ttw + wtt) * (1 + error if up else 1 - error)
    one = a_set(
        plain_row("any", ttw_kgco2e=str(ttw), wtt_kgco2e=str(wtt), wtw_kgco2e=str(wtw),
                  cells="ttw=B2;wtt=C2;wtw=D2")
    )  # fmt: skip

    assert findings(one)


def copy_of(tmp_path: Path, set_id: str, column: str, row_id: str, factor: str) -> FactorSet:
    """A packaged set with one figure of one row multiplied."""
    folder = copytree(SETS / set_id, tmp_path / set_id)
    path = folder / "factors.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    for each in rows:
        if each["factor_id"] == row_id:
            each[column] = str(Decimal(each[column]) * Decimal(factor))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")
    return read_set(folder)


@pytest.mark.parametrize(
    ("set_id", "row_id", "column", "factor", "word"),
    [
        ("defra_2025", "defra_2025.road.artic_over_33t.average.tkm", TTW, "1.03", "gas_sum"),
        ("defra_2025", "defra_2025.road.artic_over_33t.50.km", WTT, "1.03", "load_linearity"),
        ("defra_2025", "defra_2025.road.artic_over_33t.50.km", TTW, "1000", "unit_text"),
        ("defra_2025", "defra_2025.road.hgv_all.average.tkm", WTT, "1000", "implied_payload"),
        ("cn_grid", "cn_grid.lifecycle_co2e.cn.2024", WTW, "1.03", "wtw_split"),
        ("epa_2025", "epa_2025.road.truck_all.mi", TTW, "1.03", "result_mismatch"),
        (
            "epa_2025_waste",
            "epa_2025_waste.treatment.pp.recycling",
            WTW,
            "1.03",
            "result_mismatch",
        ),
        ("epa_2025", "epa_2025.fuel.diesel.gal", "co2_kg", "1.03", "result_mismatch"),
        ("cn_ndrc_fuel", "cn_ndrc_fuel.diesel.l", "co2_kg", "0.1", "power_of_ten"),
        ("loopline_composites", "cn_diesel_l", WTT, "1.03", "result_mismatch"),
    ],
)
def test_a_slip_in_a_copy_of_a_packaged_set_is_found(
    tmp_path: Path, set_id: str, row_id: str, column: str, factor: str, word: str
) -> None:
    assert word in words(copy_of(tmp_path, set_id, column, row_id, factor))


def test_a_truck_of_the_epa_per_tonne_kilometre_is_what_the_specification_works_out() -> None:
    truck = load_book().factor("epa_2025.road.truck_all.short_ton_mile")
    per_unit = Decimal(truck.manifest.conversions["tkm_per_short_ton_mile"])
    tonnes = Decimal(truck.manifest.conversions["t_per_short_ton"])

    assert truck.ttw_kgco2e is not None
    assert round(truck.ttw_kgco2e / per_unit, 6) == Decimal("0.128440")
    assert tonnes * Decimal(truck.manifest.conversions["km_per_mi"]) == per_unit


@pytest.mark.parametrize(
    ("factor_id", "co2", "ch4_g", "n2o_g"),
    [
        ("road.truck_all.short_ton_mile", "0.186", "0.0016", "0.0054"),
        ("rail.rail_freight.short_ton_mile", "0.021", "0.0016", "0.0005"),
        ("inland_water.waterborne.short_ton_mile", "0.077", "0.0310", "0.0020"),
        ("air.aircraft.short_ton_mile", "1.086", "0", "0.0334"),
        ("road.truck_all.mi", "1.298", "0.0115", "0.0376"),
    ],
)
def test_the_freight_of_the_epa_is_the_table_of_the_specification(
    factor_id: str, co2: str, ch4_g: str, n2o_g: str
) -> None:
    one = load_book().factor(f"epa_2025.{factor_id}")

    ch4 = Decimal(ch4_g) * Decimal("27.9") / 1000
    n2o = Decimal(n2o_g) * 273 / 1000
    assert (one.co2_kg, one.ch4_kgco2e, one.n2o_kgco2e) == (Decimal(co2), ch4, n2o)
    assert one.ttw_kgco2e == Decimal(co2) + ch4 + n2o
    assert one.missing_part == "WTT"


def test_a_figure_per_short_ton_mile_is_never_taken_for_one_per_tonne_kilometre() -> None:
    assert load_book().candidates(("intensity_tkm", "road", "truck_all")) == ()


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


@needs_shared
def test_the_gases_of_every_published_freight_row_add_up() -> None:
    path = SHARED / "factors" / "defra_2025" / "category_freighting_goods.csv"
    with path.open(encoding="utf-8", newline="") as file:
        figures = {
            each["ID"]: Decimal(each["GHG Conversion Factor 2025"])
            for each in csv.DictReader(file)
            if each["GHG Conversion Factor 2025"]
        }
    totals = [one for one in figures if one.endswith("_1")]
    gases = {one: [figures.get(f"{one[:-1]}{gas}") for gas in "234"] for one in totals}
    split = {one: parts for one, parts in gases.items() if None not in parts}

    assert len(split) == 289
    for one, parts in split.items():
        total = sum((part for part in parts if part is not None), start=Decimal(0))
        assert abs(total - figures[one]) <= Decimal("0.000015"), one


@needs_shared
def test_the_inconsistent_examples_are_found_as_rows_of_a_set() -> None:
    examples = json.loads((SHARED / "factors" / "emission_vectors.json").read_text("utf-8"))
    bad = [one for one in examples["vectors"] if not one["upstream_consistent"]]

    for one in bad:
        cell = f"{one['recomputed']}*1"
        assert words(a_set(hub_row("example", one["expected"], cell))) == {"result_mismatch"}, one[
            "id"
        ]
    assert len(bad) == 2


@needs_shared
def test_the_consistent_examples_raise_no_alarm() -> None:
    examples = json.loads((SHARED / "factors" / "emission_vectors.json").read_text("utf-8"))
    good = [one for one in examples["vectors"] if one["upstream_consistent"]]

    for one in good:
        cell = f"{one['recomputed']}*1"
        assert words(a_set(hub_row("example", one["expected"], cell))) == set(), one["id"]
    assert len(good) == 58
