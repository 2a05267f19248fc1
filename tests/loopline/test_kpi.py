"""``loopline kpi`` on a warehouse that was written by the real sink."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emissions.drivers import Drivers
from tests.loopline.period_house import House, answered, letter_of
from tests.warehouse.builders import corrected
from warehouse import snapshot

PARTS = ("wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e")
RAIL: dict[str, Any] = {"mode": "rail"}
FLIGHT: dict[str, Any] = {"mode": "air", "distance_km": "9000.000"}
LANE = "QDO~RDC-1"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """8 t by road and 2 t by rail in 2025; 7 and 4 in 2026, and one flight in 2027."""
    found = House(tmp_path_factory.mktemp("house"))
    tonne = {"mass_kg": "1000", "distance_km": "1000"}
    found.hold(
        *(answered(n, day="2025-05-03", category="tv", **tonne) for n in range(8)),
        *(answered(n, day="2025-05-03", **tonne | RAIL) for n in range(8, 10)),
        *(answered(n, day="2026-05-03", **tonne) for n in range(20, 27)),
        *(answered(n, day="2026-06-03", **tonne | RAIL) for n in range(27, 31)),
        answered(40, day="2027-05-03", **FLIGHT),
        letters=[letter_of(0), letter_of(1, occurred_at="2024-01-03T04:00:00Z")],
    )
    return found


def stored(house: House, where: str) -> dict[str, Decimal]:
    """Sums that another statement computes from the facts."""
    names = ("transport_tkm", *PARTS)
    columns = ", ".join(f"sum({n if n == 'transport_tkm' else 'emission_' + n})" for n in names)
    with snapshot.opened(snapshot.newest(house.settings)) as copy:
        row = copy.query(f"select {columns} from mart.leg where {where}", ())[0]
    return dict(zip(names, row, strict=True))


def test_the_whole_is_the_sum_of_the_facts_and_of_its_cells(house: House) -> None:
    found = house.json("kpi", "2026")

    for name, value in stored(house, "year(occurred_on) = 2026").items():
        assert Decimal(found["whole"][name]) == value
        assert sum(Decimal(cell[name]) for cell in found["cells"]) == value
    assert found["whole"]["legs"] == 11


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("mode", {"road", "rail"}),
        ("category", {"tv", "fridge"}),
        ("base", {"qingdao"}),
        ("lane", {LANE}),
    ],
)
def test_it_is_split_by_what_was_asked(house: House, by: str, names: set[str]) -> None:
    found = house.json("kpi", "2025", "--by", by)

    assert {cell[by] for cell in found["cells"]} == names
    shares = [Decimal(cell["kgco2e_share"]) for cell in found["cells"]]
    assert abs(sum(shares, Decimal(-1))) <= Decimal("0.000002")
    assert shares == sorted(shares, reverse=True)


def test_the_drivers_telescope_to_the_change_in_every_scope(house: House) -> None:
    found = house.json("kpi", "2026", "--against", "2025")

    names = [name for name in Drivers.__slots__ if name not in {"old_kgco2e", "new_kgco2e"}]
    for scope in ("ttw", "wtt", "wtw"):
        told = found["drivers"][scope]
        steps = sum(Decimal(told[name]) for name in names)
        assert Decimal(told["old_kgco2e"]) + steps == Decimal(told["new_kgco2e"])
        assert told["not_told_apart_kgco2e"] is None
        assert (told["factor_kgco2e"], told["method_kgco2e"]) == ("0.000000", "0.000000")
    assert found["drivers"]["is_same_basis"] is True


def test_activity_mix_and_the_relative_change_are_those_of_the_method(house: House) -> None:
    """Road .09502 and rail .0347 kg/tkm; 8,000 and 2,000 tkm, then 7,000 and 4,000."""
    found = house.json("kpi", "2026", "--against", "2025")

    old, new = Decimal("829.56"), Decimal("803.94")
    assert Decimal(found["drivers"]["wtw"]["activity_kgco2e"]) == Decimal("82.956")
    assert Decimal(found["drivers"]["wtw"]["mix_kgco2e"]) == new - old - Decimal("82.956")
    assert Decimal(found["change"]["absolute_kgco2e"]) == new - old
    assert Decimal(found["change"]["relative_kgco2e"]) == new - Decimal("1.1") * old
    by_mode = {cell["mode"]: cell["change"] for cell in found["cells"]}
    assert Decimal(by_mode["rail"]["absolute_kgco2e"]) == Decimal("69.4")
    assert Decimal(by_mode["rail"]["relative_kgco2e"]) == 0


def test_what_no_longer_moves_is_nothing_and_not_unknown(house: House) -> None:
    found = house.json("kpi", "2026", "--against", "2025", "--by", "category")

    tv = next(cell for cell in found["cells"] if cell["category"] == "tv")
    assert (tv["legs"], tv["wtw_kgco2e"], tv["wtw_kgco2e_per_tkm"]) == (0, "0", None)
    assert Decimal(tv["change"]["absolute_kgco2e"]) == Decimal("-760.16")


def test_another_set_or_method_leaves_three_drivers_together(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hold(
        answered(1, day="2025-05-03"),
        answered(2, day="2026-05-03", factor_set_sha256="b" * 64, method_version="iso14083-2"),
    )

    told = house.json("kpi", "2026", "--against", "2025")["drivers"]

    assert [one["kind"] for one in told["changed_basis"]] == ["factor_set", "method"]
    assert told["changed_basis"][0]["name"] == f"defra_2025@{'b' * 64}"
    wtw = told["wtw"]
    assert {wtw[f"{n}_kgco2e"] for n in ("operations", "factor", "method")} == {None}
    parts = ("activity", "mix", "not_told_apart")
    change = sum(Decimal(wtw[f"{name}_kgco2e"]) for name in parts)
    assert change == Decimal(wtw["new_kgco2e"]) - Decimal(wtw["old_kgco2e"])
    page = house("kpi", "2026", "--against", "2025").stdout
    assert "operations, factor and method are not told apart" in page
    assert "not told apart" in page


def test_two_kinds_of_distance_are_named_and_have_intensities_of_their_own(house: House) -> None:
    found = house.json("kpi", "2026..2027")

    assert found["whole"]["distance_kinds"] == ["gcd", "sfd"]
    kinds = {one["distance_kinds"][0]: one for one in found["by_distance_kind"]}
    flight = stored(house, "mode = 'air'")
    assert Decimal(kinds["gcd"]["wtw_kgco2e_per_tkm"]) == round(
        flight["wtw_kgco2e"] / flight["transport_tkm"], 6
    )
    assert house.json("kpi", "2026")["by_distance_kind"][0]["distance_kinds"] == ["sfd"]


def test_quality_is_weighted_by_kilograms(house: House) -> None:
    found = house.json("kpi", "2026")["whole"]

    road = stored(house, "year(occurred_on) = 2026 and mode = 'road'")["wtw_kgco2e"]
    rail = stored(house, "year(occurred_on) = 2026 and mode = 'rail'")["wtw_kgco2e"]
    assert Decimal(found["data_quality"]["technology"]) == round(
        (3 * road + 5 * rail) / (road + rail), 6
    )
    assert float(found["uncertainty"]["low_kgco2e"]) < float(found["wtw_kgco2e"])
    assert (found["default_kg_share"], found["primary_tkm_share"]) == ("1.000000", "0.000000")


def test_primary_data_are_told_by_kilograms_and_by_activity(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hold(
        answered(1, method="primary_energy", data_class="primary", mass_kg="300"),
        answered(2, mass_kg="100", **RAIL | {"distance_km": "1287.300"}),
    )

    found = house.json("kpi", "2026")["whole"]

    assert found["primary_tkm_share"] == "0.750000"
    assert found["primary_kg_share"] == "0.891481"  # 3 x .09502 / (3 x .09502 + .0347)
    assert found["uncertainty"]["gsd"] < "1.1"


def test_what_has_no_number_is_a_stated_gap_of_its_period(house: House) -> None:
    coverage = house.json("kpi", "2026")["coverage"]

    assert (coverage["covered_shipments"], coverage["shipments"]) == (11, 12)
    assert (coverage["covered_mass_kg"], coverage["mass_kg"]) == ("11000.000", "11250.000")
    assert [(gap["reason"], gap["records"], gap["mass_kg"]) for gap in coverage["gaps"]] == [
        ("factor_not_found", 1, "250.000")
    ]
    assert house.json("kpi", "2025")["coverage"]["gaps"] == []


def test_links_stand_by_kilograms_and_nothing_is_called_avoidable(house: House) -> None:
    found = house.json("kpi", "2026", "--links", "1")

    (link,) = found["links"]
    assert (link["lane"], link["mode"], found["all_links"]) == (LANE, "road", 2)
    assert (link["assessment"], link["avoidable_kgco2e"]) == ("not_assessed", None)


def test_a_feasible_alternative_makes_a_link_avoidable(house: House, tmp_path: Path) -> None:
    file = tmp_path / "alternatives.csv"
    file.write_text(
        "lane,mode,vehicle_class,chain,mass_kg,kgco2e,is_feasible\n"
        f"{LANE},road,artic_over_33t,sea,7000.000,100,no\n"
        f"{LANE},road,artic_over_33t,rail,7000.000,242.9,yes\n",
        encoding="utf-8",
    )

    first, second = house.json("kpi", "2026", "--alternatives", str(file))["links"]

    assert (first["best_chain"], first["assessment"]) == ("rail", "assessed")
    assert Decimal(first["avoidable_kgco2e"]) == Decimal("665.14") - Decimal("242.9")
    assert second["assessment"] == "not_assessed"


@pytest.fixture
def targets(tmp_path: Path) -> Callable[..., str]:
    def written(*, value: str, organisation: str = "demo") -> str:
        months = "".join(f'values."2026-{n:02}" = "{value}"\n' for n in range(1, 13))
        file = tmp_path / "targets.toml"
        file.write_text(
            f'[[target]]\ntarget_id = "t"\nmetric = "emission"\norganisation = "{organisation}"\n'
            f'unit = "kgco2e"\npath = "table"\nsource = "board paper 7"\n{months}',
            encoding="utf-8",
        )
        return str(file)

    return written


@pytest.mark.parametrize(("value", "state"), [("66.995", "met"), ("66.994", "missed")])
def test_a_target_is_met_or_missed_by_the_sum_of_its_months(
    house: House, targets: Callable[..., str], value: str, state: str
) -> None:
    (one,) = house.json("kpi", "2026", "--targets", targets(value=value))["targets"]

    assert (one["state"], one["figure"]) == (state, "803.940000")
    assert Decimal(one["target_value"]) == 12 * Decimal(value)


def test_without_a_row_there_is_no_value(house: House, targets: Callable[..., str]) -> None:
    file = targets(value="1", organisation="somebody else")

    assert house.json("kpi", "2026", "--targets", file)["targets"] == []
    assert "no target row for demo" in house("kpi", "2026", "--targets", file).stdout
    (other,) = house.json("kpi", "2027", "--targets", targets(value="1"))["targets"]
    assert (other["state"], other["target_value"]) == ("no_value", None)
    assert "targets" not in house.json("kpi", "2026")


def test_the_lines_say_what_the_document_says(house: House) -> None:
    page = house("kpi", "2026", "--against", "2025").stdout

    for said in (
        "demo, 2026-01-01 to 2026-12-31", "803.940000 kg CO2e WTW", "11 legs", "tkm on sfd",
        "absolute -25.620000", "relative -108.576000", "factor and method are 0",
        "11 of 12 shipments (91.7 %)", "factor_not_found", "not_assessed",
    ):  # fmt: skip
        assert said in page, said
    assert max(map(len, page.splitlines())) <= 140


def test_no_figure_is_cut_however_narrow_the_terminal_is(house: House) -> None:
    done = house("kpi", "2026", "--against", "2025", columns=60)

    assert "665.140000" in done.stdout
    assert "-95.020000" in done.stdout
    assert not [line for line in done.stdout.splitlines() if "0~" in line or ",~" in line]


def test_every_number_of_the_document_is_a_text_or_a_count(house: House) -> None:
    def floats(value: Any) -> list[Any]:
        if isinstance(value, dict):
            value = list(value.values())
        inner = [one for each in value for one in floats(each)] if isinstance(value, list) else []
        return inner + ([value] if isinstance(value, float) else [])

    done = house("kpi", "2026", "--against", "2025", "--json")

    assert floats(json.loads(done.stdout)) == []
    assert "E-" not in done.stdout


def test_a_correction_moves_the_figures(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hold(answered(1), corrected(7, 1))

    found = house.json("kpi", "2026")["whole"]

    assert (found["legs"], found["mass_kg"], found["wtw_kgco2e"]) == (1, "402.500", "49.233496")


MISTAKES: list[tuple[tuple[str, ...], int, str]] = [
    (("2030",), 1, "no leg has a number in 2030"),
    (("2024",), 1, "no leg has a number in 2024; 1 records have none, see `loopline dlq list`"),
    (("2026", "--against", "2024"), 1, "no leg has a number in 2024"),
    (("26",), 2, "PERIOD: period 26 is no 2026"),
    (("2026", "--against", "2026-13"), 2, "--against: period 2026-13 is no 2026"),
    (("2026", "--by", "colour"), 2, "--by colour is none of mode, category, base, lane"),
    (("2026", "--targets", "no-such.toml"), 2, "no-such.toml cannot be read"),
    (("2026", "--targets", "pyproject.toml"), 2, "pyproject.toml: build-system is unknown"),
    (("2026", "--alternatives", "pyproject.toml"), 2, "header must be lane,mode"),
]


@pytest.mark.parametrize(("words", "code", "said"), MISTAKES)
def test_each_mistake_is_one_clear_sentence(
    house: House, words: tuple[str, ...], code: int, said: str
) -> None:
    done = house("kpi", *words)

    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_an_alternative_of_another_mass_is_refused(house: House, tmp_path: Path) -> None:
    file = tmp_path / "alternatives.csv"
    file.write_text(
        "lane,mode,vehicle_class,chain,mass_kg,kgco2e,is_feasible\n"
        f"{LANE},road,artic_over_33t,rail,1,242.9,yes\n",
        encoding="utf-8",
    )

    done = house("kpi", "2026", "--alternatives", str(file))

    assert done.exit_code == 2
    assert "mass_kg 1 is not the 7000.000 of the link" in done.stderr
