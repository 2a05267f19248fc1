from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from emissions.defect import MAX_SHOWN_DEFECTS, Defect, FactorFileError
from emissions.read import SETS, load_book, read_set


def set_with(tmp_path: Path, file: str, change: Callable[[str], str]) -> Path:
    folder = copytree(SETS / "loopline_composites", tmp_path / "loopline_composites")
    text = (folder / file).read_text("utf-8")
    changed = change(text)
    assert changed != text
    (folder / file).write_text(changed, "utf-8")
    return folder


def defects_of(folder: Path) -> tuple[Defect, ...]:
    with pytest.raises(FactorFileError) as found:
        read_set(folder)
    return found.value.defects


def test_the_book_is_read_once() -> None:
    assert load_book() is load_book()


def test_the_same_files_have_the_same_hash_and_one_digit_another(tmp_path: Path) -> None:
    packaged = read_set(SETS / "loopline_composites")
    changed = read_set(set_with(tmp_path, "factors.csv", lambda t: t.replace("0.62409", "0.62410")))

    assert packaged == read_set(SETS / "loopline_composites")
    assert changed.sha256 != packaged.sha256


@pytest.mark.parametrize(
    ("before", "after", "column", "message"),
    [
        ("0.62409", "0,62409", "line", "has 25 cells"),
        ("0.62409", "abc", "wtt_kgco2e", "is no decimal number"),
        ("0.62409", "-1", "wtt_kgco2e", "must not be negative"),
        ("0.62409", "NaN", "wtt_kgco2e", "is no decimal number"),
        ("0.62409", "1_000", "wtt_kgco2e", "is no decimal number"),
        ("0.62409", '"0,62409"', "wtt_kgco2e", "decimal_comma"),
        ("cn_diesel_l,fuel", "cn_diesel_l,magic", "kind", "is none of"),
        ("diesel,cn,country", "diesel,,country", "region", "must not be blank"),
        ("country,,,,,,l", "country,,,,,,barrel", "per_unit", "is none of"),
        ("country,,,,,,l", "country,20x5,,,,,l", "year", "is no whole number"),
        ("country,,,,,,l", "country,1999,,,,,l", "year", "outside the validity"),
        ("2.6419028944,0.62409", ",", "ttw_kgco2e", "without any figure"),
        ("ttw=cn_ndrc_fuel.diesel.l", "by word of mouth", "cells", "must name its source"),
        ("factor_id,kind", "id,kind", "line", "header must be factor_id,kind"),
    ],
)
def test_a_bad_cell_stops_the_set_by_line_column_and_value(
    tmp_path: Path, before: str, after: str, column: str, message: str
) -> None:
    folder = set_with(tmp_path, "factors.csv", lambda text: text.replace(before, after, 1))

    first = defects_of(folder)[0]

    assert (first.file, first.column) == ("loopline_composites/factors.csv", column)
    assert message in str(first)


def test_all_defects_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    folder = set_with(tmp_path, "factors.csv", lambda text: text.replace(",fuel,", ",magic,"))

    assert [defect.line for defect in defects_of(folder)] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("before", "after", "key", "message"),
    [
        ("publisher = ", "printer = ", "printer", "is unknown"),
        ('licence_spdx = "OGL-UK-3.0"', 'licence_spdx = ""', "licence_spdx", "must not be blank"),
        ('set_id = "loopline', 'set_id = "other', "set_id", "must be the folder's name"),
        ('verification = "secondary"', 'verification = "hope"', "verification", "is unknown"),
        ("valid_from = 2025-01-01", 'valid_from = "2025"', "valid_from", "must be a day"),
        ("source_sha256 = []", 'source_sha256 = ["00"]', "source_sha256", "as many hashes"),
    ],
)
def test_a_bad_manifest_stops_the_set_by_key_and_value(
    tmp_path: Path, before: str, after: str, key: str, message: str
) -> None:
    folder = set_with(tmp_path, "manifest.toml", lambda text: text.replace(before, after, 1))

    found = {defect.column: str(defect) for defect in defects_of(folder)}

    assert message in found[key]


def test_a_very_bad_file_is_told_in_a_message_of_bounded_length() -> None:
    many = [Defect("f.csv", line, "kind", "x", "is wrong") for line in range(1000)]

    error = FactorFileError(many)

    assert len(error.defects) == 1000
    assert str(error).endswith(f"and {1000 - MAX_SHOWN_DEFECTS} more")
