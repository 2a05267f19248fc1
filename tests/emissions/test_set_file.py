"""A file of factors is taken whole or not at all, and all that is wrong with it is told at once."""

from typing import Any

import pytest

from emissions.defect import Defect, FactorFileError
from emissions.set_file import MAX_SET_BYTES, double_ids, set_of
from tests.emissions.factor_files import SET_ID, a_set, gas_row, hub_row, manifest, row, table


def defects_of(manifest_bytes: bytes, table_bytes: bytes) -> tuple[Defect, ...]:
    with pytest.raises(FactorFileError) as found:
        set_of(SET_ID, manifest_bytes, table_bytes)
    return found.value.defects


def of_row(**changed: str) -> tuple[Defect, ...]:
    return defects_of(manifest(), table(row(**changed)))


def test_the_files_of_the_tests_are_good() -> None:
    assert a_set(row(), gas_row("r32", "771")).manifest.set_id == SET_ID


def test_every_defect_of_both_files_is_told_at_once() -> None:
    bad = [row("a", ttw_kgco2e="x", region=""), row("b", per_unit="barrel", dq="9")]

    found = defects_of(manifest(publisher="", year="soon", licence_spdx=None), table(*bad))

    assert {(each.file.partition("/")[2], each.line, each.column) for each in found} == {
        ("manifest.toml", 0, "publisher"),
        ("manifest.toml", 0, "year"),
        ("manifest.toml", 0, "licence_spdx"),
        ("factors.csv", 2, "ttw_kgco2e"),
        ("factors.csv", 2, "region"),
        ("factors.csv", 3, "per_unit"),
        ("factors.csv", 3, "dq"),
    }


@pytest.mark.parametrize(
    ("changed", "column", "word"),
    [
        ({"ttw_kgco2e": "8,42769"}, "ttw_kgco2e", "decimal_comma"),
        ({"ttw_kgco2e": "-0.1"}, "ttw_kgco2e", "negative"),
        ({"ttw_kgco2e": "NaN"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "Infinity"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": " 0.1"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "1_000"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "\uff11"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "0.1 kg"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "9" * 40}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "1e12"}, "ttw_kgco2e", "schema"),
        ({"ttw_kgco2e": "1e-19"}, "ttw_kgco2e", "schema"),
        ({"per_unit": "barrel"}, "per_unit", "unit_unknown"),
        ({"per_unit": "l"}, "per_unit", "unit_unknown"),
        ({"per_unit": ""}, "per_unit", "unit_unknown"),
        ({"factor_id": ""}, "factor_id", "blank"),
        ({"factor_id": "Lorry 1"}, "factor_id", "schema"),
        ({"factor_id": "x" * 65}, "factor_id", "schema"),
        ({"vehicle_class": ""}, "vehicle_class", "blank"),
        ({"vehicle_class": "5\ufffd9t"}, "vehicle_class", "label_damage"),
        ({"energy": "gasoline"}, "energy", "schema"),
        ({"distance_basis": ""}, "distance_basis", "blank"),
        ({"mode": ""}, "mode", "blank"),
        ({"cells": ""}, "cells", "blank"),
        ({"cells": "page 3"}, "cells", "cell_missing"),
        ({"mode": "rocket"}, "mode", "schema"),
        ({"year": "2031"}, "year", "schema"),
        ({"year": "\u0662\u0660\u0662\u0666"}, "year", "schema"),
        ({"gsd": "0.9"}, "gsd", "schema"),
        ({"note": "x" * 401}, "note", "schema"),
        ({"kind": "electricity", "per_unit": "kwh", "basis": ""}, "basis", "schema"),
    ],
)
def test_a_bad_cell_is_told_by_column_and_word(
    changed: dict[str, str], column: str, word: str
) -> None:
    found = of_row(**changed)

    assert [(each.line, each.column, each.word) for each in found] == [(2, column, word)]
    assert changed[column][:200] == found[0].value


def test_a_row_without_any_figure_is_told() -> None:
    figures = ("ttw_kgco2e", "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "ch4_kgco2e", "n2o_kgco2e")

    (one,) = of_row(**dict.fromkeys(figures, ""))

    assert (one.column, one.word) == ("ttw_kgco2e", "blank")


def test_an_id_that_stands_twice_is_told_with_both_lines() -> None:
    (one,) = defects_of(manifest(), table(row(), row(region="gb")))

    assert (one.line, one.word) == (3, "duplicate_key")
    assert "line 2" in one.message


def test_an_id_of_another_set_is_told() -> None:
    (one,) = double_ids([a_set(), a_set(set_id="other")])

    assert one.file == "other/factors.csv"
    assert f"is also in {SET_ID}" in str(one)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xef\xbb\xbf" + table(row()), "byte-order mark"),
        (table(row()).replace(b"Maker", b"M\xe4ker") + b"\xff,", "is not UTF-8"),
        (b"", "header must be"),
        (table(row()).partition(b"\n")[0] + b"\n", "has no row"),
        (table(row()).replace(b",", b";"), "header must be"),
        (table(row()) + b"a,b\n", "has 2 cells, not 24"),
        (table(row()) + b'"' + b"x" * 140_000 + b'"\n', "cannot be read as CSV"),
        (b"x" * (MAX_SET_BYTES + 1), "is more than 16,777,216"),
    ],
    ids=["bom", "latin", "empty", "header", "semicolons", "short", "huge cell", "huge file"],
)
def test_a_file_that_is_no_such_table_is_told(raw: bytes, said: str) -> None:
    found = defects_of(manifest(), raw)

    assert said in str(found[0])
    assert len(str(found[0])) < 1_500


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"set_id": "other"}, "set_id"),
        ({"set_id": "../../etc"}, "set_id"),
        ({"publisher": None}, "publisher"),
        ({"publisher": " "}, "publisher"),
        ({"publisher": 7}, "publisher"),
        ({"printer": "x"}, "printer"),
        ({"year": "2026"}, "year"),
        ({"year": True}, "year"),
        ({"year": 1066}, "year"),
        ({"licence_spdx": ""}, "licence_spdx"),
        ({"gwp_set": "ar7"}, "gwp_set"),
        ({"gwp_set": ["ar6"]}, "gwp_set"),
        ({"verification": "hope"}, "verification"),
        ({"redistributable": "no"}, "redistributable"),
        ({"source_file": "a.pdf"}, "source_file"),
        ({"source_sha256": ["00"], "source_file": ["a"]}, "source_sha256"),
        ({"valid_from": '"2026"'}, "valid_from"),
        ({"valid_from": "2026-01-01T00:00:00Z"}, "valid_from"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"conversions": {"gwp100_ch4": "many"}}, "conversions"),
        ({"retrieved_on": None}, "retrieved_on"),
    ],
)
def test_a_bad_manifest_is_told_by_its_key(changed: dict[str, Any], key: str) -> None:
    found = defects_of(manifest(**changed), table(row()))

    assert key in {each.column for each in found}
    assert all(each.file == f"{SET_ID}/manifest.toml" for each in found)


@pytest.mark.parametrize("raw", [b"not toml", b"\xff\xfe", b'a = "1"\na = "2"'])
def test_a_manifest_that_is_no_toml_is_told(raw: bytes) -> None:
    (one,) = defects_of(raw, table(row()))

    assert "is no TOML" in str(one)


def test_a_missing_licence_has_its_own_word() -> None:
    words = {
        each.column: each.word for each in defects_of(manifest(licence_spdx=None), table(row()))
    }

    assert words == {"licence_spdx": "licence_missing"}


def test_the_hash_is_over_both_files() -> None:
    hashes = {a_set().sha256, a_set(version="2").sha256, a_set(row(note="x")).sha256}

    assert len(hashes) == 3
    assert a_set().sha256 == a_set().sha256


def test_a_hub_needs_no_vehicle() -> None:
    assert a_set(hub_row("hub", "4.2")).factors[0].per_unit == "t"
