"""Rooms: one list of them, names that are ours alone, and imports that only go down."""

import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.rules import pyproject, rooms
from tests.builders import ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def test_the_three_lists_of_rooms_are_equal() -> None:
    linter = pyproject()["tool"]["importlinter"]
    layers = next(one["layers"] for one in linter["contracts"] if one["type"] == "layers")

    layered = [room.strip() for layer in layers for room in layer.split("|")]

    assert set(rooms()) == set(linter["root_packages"]) == set(layered)
    assert len(layered) == len(rooms()) == len(linter["root_packages"])


def test_every_folder_that_is_a_package_is_a_room() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages - {"tests", "benches", "docs"} == set(rooms())


def test_no_other_distribution_owns_the_name_of_a_room() -> None:
    others = {
        room: set(owners) - {"loopline"}  # an editable install is not listed at all
        for room, owners in packages_distributions().items()
        if room in rooms()
    }

    assert not any(others.values()), others


def test_no_room_has_a_name_of_the_standard_library() -> None:
    assert not set(rooms()) & set(sys.stdlib_module_names)


@pytest.mark.parametrize("room", rooms())
def test_the_first_line_of_a_room_says_what_it_is(room: str) -> None:
    first = (ROOT / room / "__init__.py").read_text(encoding="utf-8").partition("\n")[0]

    assert first.startswith('"""')
    assert len(first) > 20


def copied(folder: Path) -> Path:
    """The rooms' sources and the contracts, to plant a violation in."""
    for room in rooms():
        shutil.copytree(
            ROOT / room, folder / room, ignore=lambda at, names: _no_source(Path(at), names)
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _no_source(at: Path, names: list[str]) -> list[str]:
    return [
        n for n in names if n == "__pycache__" or ((at / n).is_file() and Path(n).suffix != ".py")
    ]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_the_rooms_keep_their_contracts(tmp_path: Path) -> None:
    found = lint(copied(tmp_path))

    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("emissions", "duckdb"),  # a domain room does no I/O
        ("schemas", "logging"),
        ("schemas", "emissions"),  # upwards
        ("streams", "loopline"),
        ("emissions", "warehouse"),
        ("recycling", "duckdb"),
        ("recycling", "warehouse"),
        ("recycling", "emissions"),  # sideways
        ("routing", "emissions"),
        ("routing", "duckdb"),
        ("simulator", "web"),
        ("web", "streams"),
        ("ledger", "warehouse"),
        ("warehouse", "ledger"),
        ("runtime", "ledger"),  # upwards
        ("web", "duckdb"),  # SQL lives in warehouse and ledger
        ("web", "sqlite3"),
    ],
)
def test_a_planted_import_breaks_the_contract(importer: str, imported: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    with (folder / importer / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")

    found = lint(folder)

    assert found.returncode == 1, found.stdout
    assert f"{importer} -> {imported}" in found.stdout


@pytest.mark.parametrize(
    ("checker", "imported"),
    [
        ("routes", "numba"),
        ("routes", "routing.vehicles"),
        ("load", "ortools"),
        ("load", "highspy"),
        ("load", "routing.loading.search"),
        ("load", "routing.loading.kernel"),
    ],
)
def test_a_validator_that_knows_a_search_breaks_the_contract(
    checker: str, imported: str, tmp_path: Path
) -> None:
    folder = copied(tmp_path)
    with (folder / "routing" / "check" / f"{checker}.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")

    found = lint(folder)

    assert found.returncode == 1, found.stdout
    assert f"routing.check.{checker} -> {imported}" in found.stdout
