"""What is published as the method is what the engine does."""

import ast
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import emissions
from emissions import daf, distance, energy, great_circle, leg
from emissions.allocation import Weight, allocate
from emissions.avoided import AvoidedLedger, saved_by_action
from emissions.drivers import Drivers
from emissions.factor import FactorSet
from emissions.gwp import gwp_book
from emissions.hub import emission_of_hub, hoc_intensity
from emissions.number import ONE, PRECISION_DIGITS, quantise_kg
from emissions.parameter import parameter
from emissions.quality import LEAST_COVERED_TKM_SHARE, MAX_AGE_YEARS
from emissions.question import METHOD_VERSION
from emissions.read import load_book
from emissions.refrigerant import charge_of, emission_of_unit
from emissions.report_iso14083 import SCHEMA, Deviation
from emissions.restatement import BASE_YEAR_THRESHOLD_SHARE, DeltaReason
from emissions.uncertainty import DEFAULT_GSD
from emissions.weight import AllocationBasis
from schemas.vocabulary import RefrigerantOutcome
from tests.builders import ROOT
from tests.emissions import method_rows
from tests.emissions.builders import forklift
from tests.emissions.test_avoided import lot
from tests.emissions.test_explain_allocation import ROUND_KG, WORKED, explained
from tests.emissions.test_hub import DIESEL, GRID, LEAK, hub
from tests.emissions.test_treatment import treated
from tests.emissions.test_trip import modelled

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


FLAT_PAGE = " ".join(PAGE.split())


def in_page(sentence: str) -> bool:
    return sentence in FLAT_PAGE


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("consignment | tkm | integer", method_rows.worked_rows),
        ("class | TTW per km", method_rows.vehicle_rows),
        ("gas | AR4", method_rows.gwp_rows),
        ("equipment | installed, lost", method_rows.screening_rows),
        ("material | route", method_rows.treatment_rows),
        ("material | avoided", method_rows.avoided_rows),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_table_of_the_page_is_the_one_the_engine_gives(
    heading: str, rows: Callable[[], Iterator[str]]
) -> None:
    table = PAGE.partition(f"\n| {heading}")[2].partition("\n\n")[0]

    assert table.splitlines()[2:] == [*rows()]


@pytest.mark.parametrize("word", [*AllocationBasis, *RefrigerantOutcome])
def test_every_basis_and_every_outcome_has_its_row(word: str) -> None:
    assert f"\n| `{word}` | " in PAGE


@pytest.mark.parametrize(
    ("sentence", "parameter_ids"),
    [
        ("a passenger counts {} kg", ["air.passenger.kg"]),
        (
            "TEU unknown: {} t each, light goods {}, heavy goods {}",
            ["teu.average.t", "teu.light.t", "teu.heavy.t"],
        ),
        (
            "articulated lorry {}, rigid lorry {}, trailer {}, large van {}",
            ["ropax.artic", "ropax.rigid", "ropax.trailer", "ropax.large_van"],
        ),
    ],
)
def test_a_figure_of_the_method_is_the_one_in_its_table(
    sentence: str, parameter_ids: list[str]
) -> None:
    assert in_page(sentence.format(*(parameter(one).value for one in parameter_ids)))


def test_leaks_by_default_charges_by_default_and_blends_are_the_engines() -> None:
    shares = {
        name: dict(gwp_book().blends[name.casefold().replace("-", "")])
        for name in ("R-410A", "R-407C")
    }
    percent = [
        (parameter(f"leakage.{one}.loss_share").value * 100).normalize()
        for one in ("cab_ac", "truck_cooling")
    ]
    kg = [parameter(f"leakage.{one}.charge_kg").value for one in ("cab_ac", "truck_cooling")]

    assert in_page(
        f"cab loses {percent[0]} % of {kg[0]} kg a year, its cooling {percent[1]} % of {kg[1]} kg"
    )
    assert in_page(f"nobody has verified: {method_rows.charge_words()}.")
    assert in_page("R-410A is {hfc32} R-32 and {hfc125} R-125;".format(**shares["R-410A"]))
    assert in_page(
        "R-407C is {hfc32} R-32, {hfc125} R-125 and {hfc134a} R-134a.".format(**shares["R-407C"])
    )


def test_the_worked_allocations_are_the_engines() -> None:
    thirds = allocate(
        total_kgco2e=Decimal(10), weights=[Weight(name, Decimal(1), "item") for name in "ABC"]
    )
    told = explained(WORKED)

    assert in_page("10 kg over three equal consignments are {A}, {B} and {C} kg".format(**thirds))
    assert in_page(f"A round of {ROUND_KG} kg")
    units = told.step("weight_whole", "C-01").value / told.step("weight", "C-01").value
    assert in_page(f"tkm x {units:f} and sum to {told.step('weight_sum').value}")


def test_the_worked_trip_is_the_engines() -> None:
    trip = modelled((120, "1.9"), empty_km=80)

    assert in_page(
        f"with 1.9 t over 120 km and 80 km back empty: load share {trip.load_share:.6f}, TTW "
        f"{trip.ttw_kgco2e}, WTT {trip.wtt_kgco2e}, WTW {trip.wtw_kgco2e} kg"
    )


def test_the_worked_hub_is_the_engines() -> None:
    operation, total = hub(), hub().total()
    part = emission_of_hub(operation, mass_kg=Decimal(14_200))
    per_t = hoc_intensity(emission_kgco2e=total.wtw_kgco2e, outbound_t=Decimal(61_800))

    assert in_page(
        f"{GRID.energy_kwh} kWh, {DIESEL.fuel_l} l of diesel, {LEAK.lost_kg} kg of R-410A leaked"
    )
    assert in_page(
        f"TTW {total.ttw_kgco2e}, WTT {total.wtt_kgco2e}, WTW {total.wtw_kgco2e} kg, which is "
        f"{quantise_kg(per_t)} kg per outbound tonne"
    )
    assert in_page(f"14.2 t carries TTW {part.ttw_kgco2e} and WTT {part.wtt_kgco2e} kg")


def test_the_worked_forklifts_are_the_engines() -> None:
    electric = forklift()
    diesel = forklift(energy="diesel", energy_kwh=None, fuel_l=Decimal("12.4"))

    assert in_page(f"19.50 kWh in May 2024 are WTT {electric.wtt_kgco2e} kg")
    assert in_page(f"12.4 l of diesel are TTW {diesel.ttw_kgco2e} and WTT {diesel.wtt_kgco2e} kg")
    assert in_page(f"multiplied with {ONE + energy.CHARGING_LOSS_SHARE} (assumption")


def test_the_worked_unit_and_the_worked_treatment_are_the_engines() -> None:
    half = Decimal("0.06")
    unit = emission_of_unit(
        charge_of(substance="R-134a", nameplate_g=Decimal(120)),
        {RefrigerantOutcome.VENTED: half, RefrigerantOutcome.RECOVERED_DESTROYED: half},
        gwp_set="ar6",
    )
    landfill = treated(mass_kg=Decimal(78_500))
    constant = load_book().factor("epa_2025_waste.treatment.copper_wire.recycling").manifest

    assert in_page(f"{half} kg x {unit.gwp.gwp100} = {unit.ttw_kgco2e} kg")
    assert in_page(
        f"78,500 kg of large appliances to landfill are {landfill.wtw_kgco2e} kg by a British"
    )
    assert in_page(f"a tonne is {constant.conversions['short_ton_per_t']} short tons")


def test_the_avoided_ledgers_and_their_worked_lots_are_the_engines() -> None:
    steel, pp = lot("steel", "31.4"), lot("pp", "4.2")
    worse = saved_by_action(subject_id="S", counterfactual_kgco2e=ONE, run_kgco2e=ONE + ONE)

    assert all(f"`{ledger}`" in PAGE for ledger in AvoidedLedger)
    assert in_page(
        f"31.4 kg of steel and 4.2 kg of PP avoid {steel.avoided_kgco2e} and {pp.avoided_kgco2e} kg"
    )
    assert worse.avoided_kgco2e < 0
    assert in_page("a plan that emitted more has a saving below zero")
