"""What is published as the method is what the engine does."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import emissions
from emissions import daf, distance, energy, great_circle, leg
from emissions.drivers import Drivers
from emissions.factor import FactorSet
from emissions.number import PRECISION_DIGITS
from emissions.quality import LEAST_COVERED_TKM_SHARE, MAX_AGE_YEARS
from emissions.question import METHOD_VERSION
from emissions.read import load_book
from emissions.report_iso14083 import SCHEMA, Deviation
from emissions.restatement import BASE_YEAR_THRESHOLD_SHARE, DeltaReason
from emissions.uncertainty import DEFAULT_GSD
from tests.builders import ROOT

PAGE = (ROOT / "docs" / "method.md").read_text("utf-8")
# These tell of answers that are already there; what looks like a flag in them is a title or column.
RAISE_NOTHING = {
    "example_input", "examples", "explain", "formulas", "refrigerant", "report_iso14083",
    "report_page", "report_rows", "subject", "tce_row",
}  # fmt: skip
KNOWN_FLAGS = {
    "charging_loss_assumed", "class_assumed", "class_unknown", "daf_assumed", "distance_actual",
    "distance_computed", "distance_declared", "distance_unchecked", "energy_assumed",
    "energy_mixed", "gsd_assumed", "input_rounded", "mass_over_60_t", "metered_energy_unused",
    "outside_validity", "proxy_region", "region_widened",
}  # fmt: skip


def texts_of(nodes: list[ast.expr]) -> list[str]:
    return [
        one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def assigned(name: str, value: ast.expr) -> list[str]:
    if name == "checks" and isinstance(value, ast.Tuple):
        rows = [one.elts for one in value.elts if isinstance(one, ast.Tuple)]
        return [flag for row in rows if len(row) == 2 for flag in texts_of(row[:1])]
    return texts_of([value]) if name.endswith("_ASSUMED") else []


def flags_in(node: ast.AST) -> list[str]:
    """Flags are written as ``("a_flag",)``, ``(*flags, "a_flag")`` or in ``checks``."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return assigned(node.targets[0].id, node.value)
    if not isinstance(node, ast.Tuple):
        return []
    is_whole = len(node.elts) == 1 or any(isinstance(one, ast.Starred) for one in node.elts)
    return texts_of(node.elts) if is_whole else []


def flags_of_the_engine() -> Iterator[str]:
    for path in sorted(Path(emissions.__file__).parent.glob("*.py")):
        if path.stem not in RAISE_NOTHING:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield from (flag for flag in flags_in(node) if "_" in flag)


FLAGS = sorted({*flags_of_the_engine(), *KNOWN_FLAGS})


def test_the_search_for_flags_sees_those_that_are_known() -> None:
    assert set(flags_of_the_engine()) >= KNOWN_FLAGS


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_the_engine_can_raise_has_its_row(flag: str) -> None:
    assert f"\n| `{flag}` | " in PAGE


@pytest.mark.parametrize("one", load_book().sets, ids=lambda one: one.manifest.set_id)
def test_every_set_stands_with_its_edition_and_its_verification(one: FactorSet) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{one.manifest.set_id}`")]

    assert one.manifest.version in row
    assert f"| {one.manifest.verification}" in row


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("road, rail | {} | assumption", daf.CIRCUITY),
        ("sea | {} | method default", daf.SEA_DETOUR),
        ("(gcd + {} km) / gcd", daf.AIR_DETOUR_KM),
        ("energy x (1 + {})", energy.CHARGING_LOSS_SHARE),
        ("distance below {} of the great circle", distance.LEAST_GREAT_CIRCLE_SHARE),
        ("above {} great circles", distance.MAX_GREAT_CIRCLES),
        ("within {} km of each other", distance.NEIGHBOURS_KM),
        ("earth radius {} km", great_circle.EARTH_RADIUS_KM),
        ("more than {} t on one road vehicle", leg.MAX_ROAD_MASS_KG / 1_000),
        ("more than {} %, base years", BASE_YEAR_THRESHOLD_SHARE * 100),
        ("The precision is {} digits", Decimal(PRECISION_DIGITS)),
    ],
)
def test_a_figure_of_the_page_is_the_one_of_the_engine(sentence: str, value: Decimal) -> None:
    digits = f"{value:f}"
    plain = digits.rstrip("0").rstrip(".") if "." in digits and value % 1 == 0 else digits

    assert sentence.format(plain) in " ".join(PAGE.split())


@pytest.mark.parametrize(("method", "gsd"), DEFAULT_GSD.items())
def test_every_assumed_spread_has_its_row(method: str, gsd: Decimal) -> None:
    assert f"\n| `{method}` | {gsd} " in PAGE


@pytest.mark.parametrize("limit", [*MAX_AGE_YEARS, *LEAST_COVERED_TKM_SHARE])
def test_every_limit_of_a_score_stands_in_its_table(limit: int | Decimal) -> None:
    assert f"| {limit} or {'less' if isinstance(limit, int) else 'more'} |" in PAGE


@pytest.mark.parametrize("deviation", [*Deviation])
def test_every_deviation_of_a_report_has_its_row(deviation: str) -> None:
    assert f"\n| `{deviation}` | " in PAGE


def test_version_drivers_and_reasons_are_the_engines() -> None:
    drivers = {name.removesuffix("_kgco2e") for name in Drivers.__slots__} - {"old", "new"}

    assert f"`{METHOD_VERSION}`" in PAGE
    assert f"`{SCHEMA}`" in PAGE
    assert all(f"\n| {driver} | " in PAGE for driver in drivers)
    assert all(f"`{reason}`" in PAGE for reason in DeltaReason)
