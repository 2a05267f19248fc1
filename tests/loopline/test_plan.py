"""``loopline plan`` as a stranger runs it: files in, files and one JSON object out, exit codes."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from emissions.read import load_book
from emissions.vehicle import vehicle_figures
from loopline.__main__ import all_commands
from routing.vehicles.search import warm_up
from tests.builders import ROOT
from tests.loopline.command import answer, run
from tests.routing.builders import instance

BENCHMARKS = ROOT.parent / "shared" / "data" / "benchmarks"
FEW = ("--iterations", "60")
pytestmark = pytest.mark.timeout(900)  # a fresh checkout compiles the kernels first


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    warm_up(instance(1, stops=3))


def day(**changed: Any) -> dict[str, Any]:
    """Three stops of 100 kg north of Qingdao and two lorries of 1 t."""
    plain: dict[str, Any] = {
        "schema_version": 1,
        "planned_on": "2026-03-02",
        "depots": [{"depot_id": "D", "lat": "36.07", "lon": "120.38"}],
        "vehicles": [{
            "vehicle_type_id": "lorry", "count": 2, "depot_id": "D", "payload_kg": "1000",
            "cost_cny_fen_per_km": "300", "ttw_kgco2e_per_km": "0.55061",
            "ttw_kgco2e_per_kg_km": "0.0000326874", "ttw_kgco2e_source_id": "DEFRA 2025",
            "wtt_kgco2e_per_km": "0.13207", "wtt_kgco2e_source_id": "DEFRA 2025",
        }],
        "stops": [
            {"stop_id": f"S-{k}", "lat": f"36.{k}1", "lon": "120.40", "service_duration_s": 600}
            for k in (1, 2, 3)
        ],
        "lines": [{"stop_id": f"S-{k}", "mass_kg": "100"} for k in (1, 2, 3)],
    }  # fmt: skip
    return plain | changed


def planned(folder: Path, content: Any, *options: str) -> Result:
    file = folder / "day.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return CliRunner().invoke(all_commands(), ["plan", "routes", str(file), *FEW, *options])


def test_a_plan_is_one_object_and_its_files_pass_the_check_and_repeat(tmp_path: Path) -> None:
    (tmp_path / "day.json").write_text(json.dumps(day()))
    source, out = str(tmp_path / "day.json"), str(tmp_path / "out")

    done = run(tmp_path, "plan", "routes", source, *FEW, "--json", "--explain", "--out", out)
    checked = run(tmp_path, "plan", "check", f"{out}/plan.json", "--problem", source)
    again = run(tmp_path, "plan", "replay", f"{out}/plan.json", "--problem", source)

    told = answer(done)
    assert (done.returncode, checked.returncode, again.returncode) == (0, 0, 0), done.stderr
    assert {one["stop_id"] for one in told["routes"][0]["visits"]} == {"S-1", "S-2", "S-3"}
    assert told["violations"] == []
    assert len(told["explanation"]["stops"]) == 3
    assert again.stdout.startswith("the same plan")
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "plan.json", "routes.csv", "stops.csv", "unserved.csv", "rejected.csv", "routes.geojson",
        "plan.html",
    }  # fmt: skip


def test_a_plan_is_explained_and_repeated_by_the_weights_it_was_made_with(tmp_path: Path) -> None:
    by_emission = ("--weights", "1,1,0", "--carbon-price", "7")
    planned(tmp_path, day(), *by_emission, "--out", str(tmp_path))
    of_plan = [str(tmp_path / "plan.json"), "--problem", str(tmp_path / "day.json")]

    told = json.loads((tmp_path / "plan.json").read_text())
    again = CliRunner().invoke(all_commands(), ["plan", "replay", *of_plan])
    one = CliRunner().invoke(all_commands(), ["plan", "explain", *of_plan, "--stop", "S-3"])

    assert told["weights"] == {
        "cost": "1", "emission": "1", "time": "0", "carbon_price_cny_fen_per_kgco2e": "7",
        "time_value_cny_fen_per_h": None,
    }  # fmt: skip
    assert again.stdout.startswith("the same plan"), again.output
    # 300 fen, and 0.68268 kg unladen at 7 fen each: a kilometre less saves more than its fen.
    saved = json.loads(one.stdout)
    assert saved["removal_saves"] > 304.7 * saved["removal_saves_km"]


def by_class(vehicle_class: str, **more: Any) -> dict[str, Any]:
    """A lorry that tells which published class it is, and no rates."""
    (lorry,) = day()["vehicles"]
    plain = {name: one for name, one in lorry.items() if "kgco2e" not in name}
    return plain | {"emission_vehicle_class": vehicle_class} | more


def test_a_plans_kilograms_are_those_that_the_emissions_room_gives_a_class(tmp_path: Path) -> None:
    file = day(vehicles=[by_class("rigid_7_5_17t")])

    told = json.loads(planned(tmp_path, file, "--json").stdout)

    figures = vehicle_figures(vehicle_class="rigid_7_5_17t", on=date(2026, 3, 2), book=load_book())
    ttw = wtt = Decimal(0)
    for route in told["routes"]:
        loads_g = [route["load_g"], *(one["load_g"] for one in route["visits"])]
        legs_m = [one["distance_m"] for one in route["visits"]] + [route["last_distance_m"]]
        for leg_m, load_g in zip(legs_m, loads_g, strict=True):
            at = figures.per_km(figures.load_share(Decimal(load_g) / 1_000_000))
            ttw += at.ttw_kgco2e * leg_m / 1_000
            wtt += at.wtt_kgco2e * leg_m / 1_000
    assert len(told["routes"]) > 0
    assert abs(Decimal(told["totals"]["ttw_kgco2e"]) - ttw) < Decimal("0.00001")
    assert abs(Decimal(told["totals"]["wtt_kgco2e"]) - wtt) < Decimal("0.00001")


@pytest.mark.parametrize(
    ("vehicle", "sentence"),
    [
        (by_class("spaceship", vehicle_type_id="x"), 'emission_vehicle_class spaceship: '),
        (
            by_class("rigid_7_5_17t", vehicle_type_id="x", ttw_kgco2e_per_km="0.5",
                     ttw_kgco2e_source_id="own"),
            "stands beside rates of its own: tell one",
        ),
    ],
    ids=["unknown class", "class and rates"],
)  # fmt: skip
def test_a_class_that_cannot_be_meant_is_named_and_the_rest_is_planned(
    tmp_path: Path, vehicle: dict[str, Any], sentence: str
) -> None:
    done = planned(tmp_path, day(vehicles=[vehicle, *day()["vehicles"]]), "--json")

    assert done.exit_code == 3
    assert sentence in done.stderr
    assert len(json.loads(done.stdout)["routes"][0]["visits"]) == 3


def explained(folder: Path, stop_id: str) -> Result:
    heavy = [{"stop_id": f"S-{k}", "mass_kg": "600"} for k in (1, 2)]
    planned(folder, day(lines=heavy), "--out", str(folder))
    source = ["--problem", str(folder / "day.json")]
    return CliRunner().invoke(
        all_commands(),
        ["plan", "explain", str(folder / "plan.json"), *source, "--stop", stop_id],
    )


def test_a_stop_is_explained_by_what_it_costs_and_where_else_it_could_be(tmp_path: Path) -> None:
    done = explained(tmp_path, "S-1")

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["removal_saves_km"] > 0
    (other,) = told["alternatives"]
    assert other["vehicle_id"] != told["vehicle_id"]
    assert other["broken"] == "payload_kg: over by 200"  # 1,200 kg on a lorry of 1 t


def test_a_stop_that_nobody_knows_is_not_explained(tmp_path: Path) -> None:
    done = explained(tmp_path, "S-9")

    assert done.exit_code == 2
    assert "--stop S-9 is no stop of" in done.stderr


def test_a_longer_search_tells_on_stderr_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "tiny.vrp").write_text(TINY)

    done = CliRunner().invoke(
        all_commands(),
        ["plan", "routes", str(tmp_path / "tiny.vrp"), "--seconds", "1.1", "--json"],
    )

    assert json.loads(done.stdout)["cost"] == 60
    assert "iterations: " in done.stderr
    assert "best 60, 0 left out" in done.stderr


def test_a_changed_plan_is_found_out(tmp_path: Path) -> None:
    planned(tmp_path, day(), "--out", str(tmp_path))
    plan = json.loads((tmp_path / "plan.json").read_text())
    plan["routes"][0]["visits"].pop()
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    done = CliRunner().invoke(
        all_commands(),
        ["plan", "check", str(tmp_path / "plan.json"), "--problem", str(tmp_path / "day.json")],
    )

    assert done.exit_code == 1
    assert "stop_missing: stop S-" in done.stdout


def stops(**changed: Any) -> dict[str, Any]:
    first, *others = day()["stops"]
    return day(stops=[first | changed, *others])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (stops(earliest_at="2026-03-02T09:00Z", latest_at="2026-03-02T08:00Z"),
         "latest_at 2026-03-02T08:00Z: before earliest_at 2026-03-02T09:00Z"),
        (stops(earliest_at="2026-03-02T09:00"), "earliest_at 2026-03-02T09:00: has no time zone"),
        (stops(lat="NaN"), "lat NaN: is no finite number"),
        (stops(lat="120.4", lon="36.1"), "lat 120.4: must be from -90 to 90"),
        (stops(lat="much"), "lat much: is no number"),
        (stops(priority=9), "priority 9: must be from 1 to 5"),
        (stops(colour="red"), "colour red: is no field of this table"),
        (stops(stop_id="S-2"), "stop_id S-2: is there twice"),
        (day(lines=[{"stop_id": "S-1", "mass_kg": "-5"}]), "mass_kg -5: must be from 0"),
        (day(lines=[{"stop_id": "S-1"}]), "mass_kg : is missing"),
        (day(lines=[{"stop_id": "S-9", "mass_kg": "5"}]), "stop_id S-9: is no stop of stops"),
        (day(lines=[{"stop_id": "S-1", "goods_type_id": "G"}]), "goods_type_id G: is no row"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_rejected_by_field_and_value(
    content: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    done = planned(tmp_path, content, "--json", "--out", str(tmp_path / "out"))

    told = json.loads(done.stdout)
    assert done.exit_code == 3
    assert sentence in done.stderr
    assert told["rejected_row_count"] >= 1
    assert len((tmp_path / "out" / "rejected.csv").read_text().splitlines()) >= 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no JSON of UTF-8"),
        ("[]", "holds no JSON object"),
        (day(vehicles=[]), "no row of vehicles can be used"),
        (day(vehicles=[{"vehicle_type_id": "ev", "count": 1, "depot_id": "D", "payload_kg": "9",
                        "vehicle_energy": "electric"}]), "energy_kwh_per_km"),
        (day(depots=[]), "no row of depots can be used"),
        (day(schema_version=9), "schema_version 9 is not 1"),
    ],
)  # fmt: skip
def test_a_file_of_which_nothing_can_be_planned_is_one_sentence(
    content: Any, sentence: str, tmp_path: Path
) -> None:
    done = planned(tmp_path, content)

    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--weights", "1,1,0"), "carbon_price_cny_fen_per_kgco2e is missing"),
        (("--weights", "cheap"), "--weights cheap is none of"),
        (("--weights", "0,0,0"), "not all 0"),
        (("--seconds", "5"), "give one of"),
        (("--engine", "ortools"), "does not model"),
    ],
)
def test_an_option_that_cannot_be_meant_is_one_sentence(
    options: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    content = day(lines=[*day()["lines"], {"stop_id": "S-1", "mass_kg": 5, "direction": "pickup"}])

    done = planned(tmp_path, content, *options)

    assert done.exit_code == 2
    assert sentence in done.stderr


def test_a_stop_that_nobody_can_serve_is_told_with_its_reason(tmp_path: Path) -> None:
    done = planned(tmp_path, stops(skills=["crane"]), "--json")

    assert done.exit_code == 3
    assert json.loads(done.stdout)["unserved"] == [
        {"stop_id": "S-1", "reason": "skill", "detail": "skill crane missing on lorry"}
    ]


def test_a_folder_of_csv_is_the_same_day(tmp_path: Path) -> None:
    for table, rows in day().items():
        if isinstance(rows, list):
            names = list(rows[0])
            text = "\n".join([",".join(names), *(",".join(str(r[n]) for n in names) for r in rows)])
            (tmp_path / f"{table}.csv").write_text("\ufeff" + text, encoding="utf-8")

    done = CliRunner().invoke(all_commands(), ["plan", "routes", str(tmp_path), *FEW, "--json"])

    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["routes"][0]["visits"]) == 3


def test_own_distances_are_used_and_impossible_ones_refused(tmp_path: Path) -> None:
    head = "from_id,to_id,distance_km,duration_s,method,source\n"
    far = planned(tmp_path, day(distances=head + "D,S-1,77,4000,sfd,measured\n"), "--json")
    near = planned(tmp_path, day(distances=head + "D,S-3,1,60,sfd,measured\n"))

    assert "sfd" in json.loads(far.stdout)["distance_method"]
    assert near.exit_code == 2
    assert "distance_km 1 from D to S-3 is below" in near.stderr


TINY = """NAME : tiny
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 0 10
3 0 20
4 10 0
DEMAND_SECTION
1 0
2 4
3 5
4 6
DEPOT_SECTION
1
-1
EOF
"""


def test_a_benchmark_file_answers_in_its_own_numbers(tmp_path: Path) -> None:
    (tmp_path / "tiny.vrp").write_text(TINY)

    done = run(tmp_path, "plan", "routes", str(tmp_path / "tiny.vrp"), *FEW, "--json")

    told = answer(done)
    assert done.returncode == 0, done.stderr
    assert told["cost"] == 60
    assert sorted(sorted(one) for one in told["routes"]) == [[1, 2], [3]]
    assert told["feasible"]
    assert told["vehicles"] == [1, 2]


@pytest.mark.parametrize("engine", ["ortools", "pyvrp"])
def test_another_engine_plans_the_same_file(engine: str, tmp_path: Path) -> None:
    if engine == "pyvrp":
        pytest.importorskip("pyvrp")
    file = tmp_path / "tiny.vrp"
    file.write_text(TINY)
    budget = ("--iterations", "50") if engine == "pyvrp" else ("--cpu-seconds", "0.3")

    done = CliRunner().invoke(
        all_commands(), ["plan", "routes", str(file), *budget, "--engine", engine, "--json"]
    )

    assert json.loads(done.stdout)["cost"] == 60


@pytest.mark.skipif(
    not BENCHMARKS.is_dir(), reason="../shared/data/benchmarks is absent"
)  # fmt: skip
@pytest.mark.parametrize(
    "file", ["cvrp_x/X-n101-k25", "vrptw_solomon/R101", "vrpb/X-n573-50-k22", "hfvrp/X176-FSMFD"]
)
def test_a_shared_benchmark_is_planned_without_a_violation(file: str, tmp_path: Path) -> None:
    source = BENCHMARKS / f"{file}.vrp"

    done = CliRunner().invoke(all_commands(), ["plan", "routes", str(source), *FEW, "--json"])

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["feasible"]
    assert len(set(told["vehicles"])) == len(told["routes"])
