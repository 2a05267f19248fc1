"""``loopline plan load`` as a stranger runs it: files in, an object or a folder out, exit codes."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from loopline.__main__ import all_commands
from tests.loopline.command import answer, run

pytestmark = pytest.mark.timeout(600)  # the loops are compiled at their first use

BR = "1  1 77  100 100 100  2  1 50 0 50 0 50 1 7  2 60 1 51 1 41 1 3"
FAST = ("--iterations", "20")


def load_file(folder: Path, **changed: Any) -> Path:
    """Four washers for stop 1 and two refrigerators for stop 2, in a van."""
    washer = {
        "goods_type_id": "washer", "length_mm": 670, "width_mm": 640, "height_mm": 890,
        "mass_kg": "68", "stack_max_count": 2,
    }  # fmt: skip
    fridge = washer | {"goods_type_id": "=fridge", "height_mm": 1_900, "stack_max_count": 1}
    told = {
        "schema_version": 1,
        "problem_id": "round-1",
        "keeps_unloading_sequence": True,
        "vehicle": {
            "vehicle_id": "van", "length_mm": 4_000, "width_mm": 2_000, "height_mm": 2_000,
            "payload_kg": 1_800,
        },
        "goods": [washer, fridge],
        "lines": [
            {"line_id": "A", "goods_type_id": "washer", "unit_count": 4, "stop": 1},
            {"line_id": "B", "goods_type_id": "=fridge", "unit_count": 2, "stop": 2},
        ],
    }  # fmt: skip
    file = folder / "load.json"
    file.write_text(json.dumps(told | changed), encoding="utf-8")
    return file


def loaded(*arguments: str) -> Result:
    """Load in this process; where another is not what the test is about."""
    return CliRunner().invoke(all_commands(), ["plan", "load", *arguments, *FAST])


def test_a_load_is_planned_and_told_as_one_object(tmp_path: Path) -> None:
    done = run(tmp_path, "plan", "load", str(load_file(tmp_path)), "--json", *FAST)
    told = answer(done)

    assert done.returncode == 0, done.stderr
    assert told["feasible"] is True
    assert [one["line_id"] for one in told["placements"]] == ["B", "B", "A", "A", "A", "A"]
    assert told["figures"]["mass_kg"] == 408
    assert told["leftovers"] == told["rejected"] == []


def test_the_folder_holds_what_planner_and_loader_need(tmp_path: Path) -> None:
    file, out = load_file(tmp_path), tmp_path / "out"
    first = run(tmp_path, "plan", "load", str(file), "--out", str(out), *FAST)
    names = ("load.json", "load.html", "loading_list.csv")
    before = {name: (out / name).read_bytes() for name in names}
    loaded(str(file), "--out", str(out))

    assert first.returncode == 0, first.stderr
    assert "volume" in first.stdout
    assert before == {name: (out / name).read_bytes() for name in names}
    rows = list(csv.DictReader((out / "loading_list.csv").read_text("utf-8").splitlines()))
    assert [row["step"] for row in rows] == list("123456")
    assert rows[0]["goods_type_id"] == "'=fridge"  # no spreadsheet takes it for a formula


def test_bad_rows_are_named_and_the_rest_is_planned(tmp_path: Path) -> None:
    whale = {"goods_type_id": "whale", "length_mm": 9_000, "width_mm": 500, "height_mm": 500}
    good = json.loads(load_file(tmp_path).read_text())["goods"]
    done = loaded(str(load_file(tmp_path, goods=[*good, whale])), "--json")

    told = json.loads(done.stdout)
    assert done.exit_code == 3
    assert len(told["placements"]) == 6
    assert told["rejected"][0]["value"] == "'whale'"


def test_a_folder_of_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text(
        "goods_type_id,length_mm,width_mm,height_mm,mass_kg,allowed_up\n"
        "box,500,400,300,10,length|height\n",
        encoding="utf-8-sig",
    )
    (tmp_path / "lines.csv").write_text("goods_type_id,unit_count\nbox,5\n", encoding="utf-8")
    (tmp_path / "vehicles.csv").write_text(
        "vehicle_id,length_mm,width_mm,height_mm,payload_kg\nv,1000,1000,1000,45\n", "utf-8"
    )
    done = loaded(str(tmp_path), "--format", "csv", "--json")

    assert done.exit_code == 3
    assert json.loads(done.stdout)["leftovers"][0]["reason"] == "payload"


def test_a_benchmark_is_answered_in_its_own_unit(tmp_path: Path) -> None:
    file = tmp_path / "BR0.txt"
    file.write_text(BR, encoding="ascii")
    done = run(tmp_path, "plan", "load", str(file), "--format", "br", "--json", *FAST)
    told = answer(done)
    volume = sum(one["dx"] * one["dy"] * one["dz"] for one in told["placements"])

    assert done.returncode == 3  # not everything fits
    assert told["utilisation_share"] == pytest.approx(volume / 1e6, abs=1e-6)
    assert {"type", "x", "y", "z", "dx", "dy", "dz"} <= set(told["placements"][0])
    assert told["cpu_s"] >= 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.json",), "cannot be read"),
        (("load.json", "--seconds", "1", "--iterations", "5"), "give one of"),
        (("load.json", "--seconds", "0"), "seconds are not"),
        (("load.json", "--iterations", "0"), "--iterations must be"),
        (("load.json", "--vehicle", "lorry"), "no such vehicle"),
        (("load.json", "--support", "0.1"), "support_share"),
        (("load.json", "--format", "br"), "word 1 is"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    load_file(tmp_path)
    done = CliRunner().invoke(
        all_commands(), ["plan", "load", str(tmp_path / arguments[0]), *arguments[1:]]
    )

    assert done.exit_code == 2
    assert words in done.stderr
