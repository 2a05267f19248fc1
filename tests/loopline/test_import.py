"""``loopline import`` through the topics, on a small file of our own and on real history."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.loopline.command import ROOT, answer, processes_of, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCMS = ROOT.parent / "shared" / "data" / "shipments" / "scms_delivery_history.tsv"
MAPPING = """
[source]
id = "small"
format = "csv"
encoding = "utf-8"
line_end = "lf"
key = ["id"]

[target.order_route]
order_line_id = "id"
category = "category"
delivered_on = { column = "day", date = "%Y-%m-%d" }
is_direct = { column = "direct", values = { yes = true, no = false } }

[target.transport_leg]
shipment_id = "id"
consignment_id = "id"
occurred_at = { column = "day", date = "%Y-%m-%d" }
category = "category"
mass_kg = "kg"
mode = { column = "mode", values = { truck = "road", train = "rail" } }
origin = { column = "from", places = "places.csv" }
destination = { column = "to", places = "places.csv" }
"""
PLACES = """kind,name,lat,lon,place,country_code,landlocked,geonames_id,flags,note
site,Qingdao,36.0671,120.3826,"Qingdao, CN",CN,no,1797929,,our plant
site,Jinan,36.6512,117.1201,"Jinan, CN",CN,no,1805753,,our depot
"""
LINES = """id,day,category,direct,kg,mode,from,to
1,2026-01-05,fridge,yes,7536,truck,Qingdao,Jinan
2,2026-01-06,tv,no,-5,truck,Qingdao,Jinan
3,2026-01-07,tv,no,120,zeppelin,Qingdao,Jinan
4,2026-01-08,tv,yes,120,truck,Atlantis,Jinan
"""


def small(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(MAPPING)
    (folder / "places.csv").write_text(PLACES)
    (folder / "lines.csv").write_text(LINES)
    return folder / "lines.csv", folder / "small.toml"


def ask_sql(folder: Path, statement: str) -> list[dict[str, Any]]:
    done = run(folder, "sql", statement, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = answer(done)
    return found


def test_every_line_becomes_a_number_or_is_kept_with_its_reason(tmp_path: Path) -> None:
    file, mapping = small(tmp_path / "given")
    folder = tmp_path / "warehouse"

    first = run(folder, "import", str(file), "--mapping", str(mapping), "--json")
    again = run(folder, "import", str(file), "--mapping", str(mapping), "--json")
    lines = ask_sql(
        folder,
        "select line_no, target, status, reasons from mart.import_line order by line_no, target",
    )
    legs = ask_sql(folder, "select mode, distance_kind, emission_wtw_kgco2e from mart.leg")

    assert first.returncode == 1, first.stderr
    assert "no stack is running" in first.stderr
    assert again.returncode == 0
    assert answer(again)["new"] == 0
    assert [line["reasons"] for line in lines if line["target"] == "transport_leg"] == [
        [], ["mass_not_positive"], ["mode_unknown"], ["place_unknown"],
    ]  # fmt: skip
    assert Counter(line["status"] for line in lines) == {"accepted": 5, "rejected": 3}
    assert len(legs) == 1
    assert legs[0]["mode"] == "road"
    assert processes_of(folder) == []


@pytest.fixture(scope="module")
def scms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    if not SCMS.is_file():
        pytest.skip("../shared/data is absent")
    folder = tmp_path_factory.mktemp("scms") / "warehouse"
    first = run(folder, "import", str(SCMS), "--mapping", "scms", "--json")
    assert first.returncode == 1, first.stderr
    second = run(folder, "import", str(SCMS), "--mapping", "scms", "--json")
    assert second.returncode == 0, second.stderr
    return folder, answer(first), answer(second)


Scms = tuple[Path, dict[str, Any], dict[str, Any]]


def test_real_history_gives_its_published_counts(scms: Scms) -> None:
    _, report, _ = scms

    assert report["lines"] == 10_324
    assert report["usable"]["lines"] == 8_503
    assert report["usable"]["rejected"] == 1_821
    assert report["usable"]["reasons"] == {
        "mass_missing": 1_507, "mass_not_positive": 1, "mode_missing": 313,
    }  # fmt: skip
    assert report["usable"]["mode_missing_all"] == 360
    assert report["tonnes"]["by_mode"] == {
        "air": "11721.192", "road": "7768.994", "sea": "1939.423", "missing": "390.931",
    }  # fmt: skip
    assert report["tonnes"]["total"] == "21820.540"
    assert report["tonnes"]["usable"] == "21429.609"
    assert (report["direct"]["numerator"], report["direct"]["denominator"]) == (4_920, 10_324)
    assert report["direct"]["share"] == "0.4766"


def test_the_direct_share_by_year_comes_out_of_the_warehouse(scms: Scms) -> None:
    folder, _, _ = scms
    rows = ask_sql(
        folder,
        "select year(delivered_on) as y, sum(orders) filter (is_direct)::int as direct, "
        "sum(orders)::int as n from mart.order_route group by 1 order by 1",
    )

    assert [(row["y"], row["direct"], row["n"]) for row in rows] == [
        (2006, 64, 65), (2007, 129, 671), (2008, 486, 1_108), (2009, 544, 1_192),
        (2010, 508, 1_176), (2011, 538, 1_049), (2012, 499, 1_253), (2013, 602, 1_240),
        (2014, 904, 1_573), (2015, 646, 997),
    ]  # fmt: skip


def test_each_usable_line_has_a_number_or_says_why_not(scms: Scms) -> None:
    folder, report, _ = scms
    placed = report["placed"]
    legs = {row["mode"]: row["legs"] for row in report["calculated"]["legs"]}
    refused = sum(row["lines"] for row in report["calculated"]["refused_by_agent"])
    rows = ask_sql(
        folder,
        "select target, status, count(*)::int as n from mart.import_line group by all",
    )
    by_target: Counter[str] = Counter()
    for row in rows:
        by_target[row["target"]] += row["n"]

    assert placed["legs"] + placed["not_placed"] == report["usable"]["legs"] == 6_158
    assert sum(legs.values()) + refused == placed["legs"]
    assert placed["not_placed"] == sum(
        sum(by_mode.values()) for by_mode in placed["not_placed_by_reason"].values()
    )
    assert placed["not_placed_by_reason"]["origin_unknown"] == {
        "air": 1_945, "road": 1_190, "sea": 5,
    }  # fmt: skip
    assert by_target == {"order_route": 10_324, "transport_leg": 10_324}


def test_a_second_import_of_the_same_file_adds_nothing(scms: Scms) -> None:
    folder, first, second = scms
    rows = ask_sql(folder, "select count(*)::int as n, sum(orders)::int as o from mart.order_route")

    assert second["already_imported"] is True
    assert second["new"] == 0
    assert first["new"] > 0
    assert rows == [{"n": 10_324, "o": 10_324}]
