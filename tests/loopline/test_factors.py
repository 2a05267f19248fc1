"""``loopline factors``: what a carbon officer sees, and what each mistake is answered."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from emissions.read import SETS, load_book
from loopline.factor_shelf import packaged_gwps
from loopline.factors import app
from loopline.tables import table
from tests.emissions.factor_files import SET_ID, row, write

ARTIC = "defra_2025.road.artic_over_33t.average.tkm"
TOC = row("toc", vehicle_class="maker_toc")
BAD = row("bad", vehicle_class="maker_toc", region="gb", wtw_kgco2e="0.103")


class Officer:
    """Types commands, in a house of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"LOOPLINE_FACTORS__DIR": str(folder / "factors"), "COLUMNS": "100"}

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.env)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)

    def bring(self, *rows: dict[str, str], **changed: Any) -> Path:
        return write(self.folder / "in", *(rows or (TOC,)), **changed)

    def import_(self, *rows: dict[str, str], **changed: Any) -> Result:
        return self("import", str(self.bring(*rows, **changed)), "--by", "Li Wei")


@pytest.fixture
def officer(tmp_path: Path) -> Officer:
    return Officer(tmp_path)


def test_the_list_names_every_set_and_fits_the_terminal(officer: Officer) -> None:
    done = officer("list")

    assert done.exit_code == 0
    for one in load_book().sets:
        assert one.manifest.set_id in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100


def test_the_list_as_json_has_publisher_licence_and_hash(officer: Officer) -> None:
    sets = {one["set_id"]: one for one in officer.json("list")["sets"]}

    assert sets["defra_2025"]["licence_spdx"] == "OGL-UK-3.0"
    assert len(sets["defra_2025"]["sha256"]) == 64
    assert sets["epa_2025"]["conversions"]["km_per_mi"] == "1.609344"


@pytest.mark.parametrize("name", [ARTIC, f"defra_2025/{ARTIC}"])
def test_a_factor_is_shown_down_to_its_cell(officer: Officer, name: str) -> None:
    done = officer("show", name)

    assert done.exit_code == 0
    for said in (
        "0.07703 kg CO2e per tkm", "0.01799", "28_907_3132_14_1", "DESNZ", "2025", "OGL-UK-3.0",
        "2025-01-01 to 2025-12-31", "ar5", "4 (1 best, 5 worst)", "gas_sum", "agrees",
        "implied_payload", "12.261 t",
    ):  # fmt: skip
        assert said in done.stdout, said


def test_a_factor_as_json_keeps_the_digits_of_its_publisher(officer: Officer) -> None:
    shown = officer.json("show", ARTIC)

    assert (shown["ttw_kgco2e"], shown["per_unit"]) == ("0.07703", "tkm")
    assert {one["check"] for one in shown["recomputed"]} == {"gas_sum", "implied_payload"}
    assert all(one["finding"] is None for one in shown["recomputed"])


def test_a_factor_nobody_has_is_answered_with_what_is_near(officer: Officer) -> None:
    done = officer("show", "defra_2025.road.artic_over_33.average.tkm")

    assert done.exit_code == 2
    assert ARTIC in done.stderr


def test_the_packaged_sets_pass_their_checks(officer: Officer) -> None:
    done = officer("check")

    assert done.exit_code == 0
    assert "defra_2025: 322 rows" in done.stdout
    assert {one["errors"] for one in officer.json("check")["sets"]} == {0}


def test_printed_potentials_are_compared_with_the_packaged_ones_by_any_name() -> None:
    known = packaged_gwps()

    assert known.gwp100["r32", "ar6"] == known.gwp100["hfc32", "ar6"] == 771
    assert known.of_blend("r410a", "ar6") == Decimal("2255.5")


def test_a_slip_in_a_file_is_exit_one_and_told_with_both_figures(officer: Officer) -> None:
    folder = officer.bring(TOC, BAD)

    done = officer("check", str(folder))

    assert done.exit_code == 1
    for said in ("wtw_split", f"{SET_ID}.bad", "0.103", "0.10000", "1 errors"):
        assert said in done.stdout, said
    assert max(len(line) for line in done.stdout.splitlines()) <= 100


def test_a_slip_in_an_imported_set_is_found_by_its_name(officer: Officer) -> None:
    officer.import_(TOC, BAD)

    assert officer("check", SET_ID).exit_code == 1
    assert officer("check", "epa_2025").exit_code == 0


def test_every_defect_of_a_file_is_told_with_file_line_column_and_value(officer: Officer) -> None:
    done = officer.import_(row("a", ttw_kgco2e="8,42769"), row("b", per_unit="barrel"))

    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    assert f"{SET_ID}/factors.csv:2 ttw_kgco2e='8,42769'" in lines[0]
    assert "decimal_comma" in lines[0]
    assert f"{SET_ID}/factors.csv:3 per_unit='barrel'" in lines[1]
    assert lines[2] == "loopline: 2 defects, nothing was taken"
    assert "Traceback" not in done.output
    assert not (officer.folder / "factors").exists()


def test_defects_as_json_are_all_there(officer: Officer) -> None:
    folder = officer.bring(*(row(f"r{at}", ttw_kgco2e="x") for at in range(80)))

    assert len(officer.json("check", str(folder))["defects"]) == 80
    told = officer("check", str(folder)).stderr.splitlines()
    assert told[-1] == "loopline: 80 defects, nothing was taken; --json lists them all"


def test_a_set_is_brought_by_one_and_approved_by_another(officer: Officer) -> None:
    brought = officer.import_()
    state = officer.json("list")["sets"][-1]["state"]
    approved = officer("approve", SET_ID, "--by", "Zhang Min")

    assert (brought.exit_code, approved.exit_code, state) == (0, 0, "checked")
    assert f"loopline factors approve {SET_ID}" in brought.stdout
    last = officer.json("list")["sets"][-1]
    assert (last["set_id"], last["state"]) == (SET_ID, "approved")
    assert (last["imported_by"], last["approved_by"]) == ("Li Wei", "Zhang Min")


def test_nobody_approves_alone(officer: Officer) -> None:
    officer.import_()

    done = officer("approve", SET_ID, "--by", "li wei")

    assert done.exit_code == 2
    assert "another person approves it" in done.stderr


def test_without_a_name_it_is_the_account_that_counts(officer: Officer) -> None:
    folder = officer.bring()

    assert officer("import", str(folder)).exit_code == 0
    assert officer("approve", SET_ID).exit_code == 2


def test_rows_with_errors_stay_out_unless_accepted_with_a_reason(officer: Officer) -> None:
    officer.import_(TOC, BAD)

    bare = officer("approve", SET_ID, "--by", "Z", "--accept", "all")
    first = officer("approve", SET_ID, "--by", "Z")
    second = officer("approve", SET_ID, "--by", "Z", "--accept", "all", "--reason", "asked them")

    assert bare.exit_code == 2
    assert "1 rows answer, 1 are kept out" in first.stdout
    assert "2 rows answer, 0 are kept out" in second.stdout
    assert officer.json("list")["sets"][-1]["accepted"] == [f"{SET_ID}.bad"]


def test_a_row_that_is_kept_out_says_so(officer: Officer) -> None:
    officer.import_(TOC, BAD)
    before = officer.json("show", f"{SET_ID}.bad")["is_kept_out"]
    officer("approve", SET_ID, "--by", "Z")

    assert before is False
    assert officer.json("show", f"{SET_ID}.bad")["is_kept_out"] is True
    assert "nobody accepted" in officer("show", f"{SET_ID}.bad").stdout
    assert "nobody accepted" not in officer("show", f"{SET_ID}.toc").stdout


def test_a_licence_of_ones_own_has_its_text_or_is_refused(officer: Officer) -> None:
    own = {"licence_spdx": "LicenseRef-Maker", "licence_url": "licence.txt"}

    without = officer.import_(TOC, **own)
    (officer.folder / "in" / "licence.txt").write_text("For members only.", "utf-8")
    given = officer.json("import", str(officer.folder / "in"), "--by", "Li Wei")

    assert without.exit_code == 2
    assert "licence_missing" in without.stderr
    assert given["check"]["notices"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("approve", "defra_2025", "--by", "Z"), "is packaged and needs no approval"),
        (("approve", "nobody", "--by", "Z"), "no set nobody is imported"),
        (("check", "nobody"), "nobody is no set and no file"),
        (("import", "no-such.csv"), "no-such.csv cannot be read"),
        (("import", str(SETS / "defra_2025")), "is a packaged set"),
        (("diff", "defra_2025", "nobody"), "nobody is no set"),
    ],
)
def test_each_mistake_is_a_sentence(officer: Officer, words: tuple[str, ...], said: str) -> None:
    done = officer(*words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output


def test_a_table_without_its_manifest_is_told_what_to_do(officer: Officer) -> None:
    folder = officer.bring()
    (folder / "manifest.toml").rename(folder / "other.toml")

    missing = officer("import", str(folder / "factors.csv"))
    given = officer("import", str(folder / "factors.csv"), "--manifest", str(folder / "other.toml"))

    assert missing.exit_code == 2
    assert "name it with --manifest" in missing.stderr
    assert given.exit_code == 0


def test_a_broken_folder_is_listed_and_stops_nothing(officer: Officer) -> None:
    write(officer.folder / "factors" / "by_hand", set_id="other")

    done = officer("list")

    assert done.exit_code == 0
    assert "by_hand: cannot be read, 1 defects" in done.stdout
    assert "cannot be read" in officer("approve", "by_hand", "--by", "Z").stderr


def test_a_broken_folder_fails_the_check_with_its_defects(officer: Officer) -> None:
    write(officer.folder / "factors" / "by_hand", set_id="other")

    every, named = officer("check"), officer("check", "by_hand")

    assert (every.exit_code, named.exit_code) == (1, 2)
    assert "must be the folder's name by_hand" in every.stdout
    assert "must be the folder's name by_hand" in named.stderr
    assert officer.json("check")["broken"]["by_hand"][0]["column"] == "set_id"


def test_what_a_new_edition_changes_is_shown_largest_first(officer: Officer) -> None:
    old = write(officer.folder / "old", TOC, row("small", region="gb"), row("gone", region="us"))
    new = write(
        officer.folder / "new",
        row("toc", vehicle_class="maker_toc", wtt_kgco2e="0.02200"),
        row("small", region="gb", ttw_kgco2e="0.08080"),
    )

    lines = officer("diff", str(old), str(new)).stdout.splitlines()
    found = officer.json("diff", str(old), str(new))

    assert lines[2].endswith("+10.00 %")
    assert lines[3].endswith("+1.00 %")
    assert lines[-1] == "2 figures changed, 0 rows added, 1 removed, 0 unchanged"
    assert [one["change_share"] for one in found["changed"]] == ["0.01", "0.1"]


def test_an_import_as_json_says_what_was_found(officer: Officer) -> None:
    told = officer.json("import", str(officer.bring(TOC, BAD)), "--by", "Li Wei")

    assert told["record"]["faulty"] == [f"{SET_ID}.bad"]
    assert told["record"]["approvals"] == []
    assert told["check"]["findings"][0]["finding"] == "wtw_split"


def test_a_folder_that_cannot_be_written_is_the_surroundings(officer: Officer) -> None:
    (officer.folder / "factors").write_text("a file", "utf-8")

    done = officer.import_()

    assert done.exit_code == 3
    assert "cannot be used" in done.stderr


def test_a_table_gives_way_where_it_is_widest() -> None:
    lines = table(["id", "text"], [["a_long_id_that_stays", "x" * 90]], width=60, whole=1)

    assert lines[2].startswith("a_long_id_that_stays  xxx")
    assert {len(line) for line in lines[1:]} == {60}
    assert lines[2].endswith("~")
