"""Warming potentials: the packaged tables, blends, and what has no value."""

import csv
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.defect import FactorFileError
from emissions.gwp import GWP_SETS, SET_IDS, SETS, blend_gwp, gwp_book, gwp_of, read_gwp_book
from schemas.refusal import Reason, Refused

SHARED = Path(__file__).parents[3] / "shared" / "data" / "factors" / "ipcc_gwp.csv"


@pytest.mark.parametrize(
    ("substance", "ar4", "ar5", "ar6"),
    [
        ("R-22", "1810", "1760", "1960"),
        ("R-32", "675", "677", "771"),
        ("R-125", "3500", "3170", "3740"),
        ("R-134a", "1430", "1300", "1530"),
        ("HCFC-141b", "725", "782", "860"),
        ("CFC-11", "4750", "4660", "6230"),
        ("CFC-12", "10900", "10200", "12500"),
        ("R-410A", "2087.5", "1923.5", "2255.5"),
        ("R-407C", "1773.85", "1624.21", "1907.93"),
    ],
)
def test_the_table_of_the_specification_is_what_is_packaged(
    substance: str, ar4: str, ar5: str, ar6: str
) -> None:
    found = [gwp_of(substance=substance, gwp_set=one).gwp100 for one in ("ar4", "ar5", "ar6")]

    assert found == [Decimal(ar4), Decimal(ar5), Decimal(ar6)]


@pytest.mark.parametrize("name", ["R-410A", "R410A", "r410a", "R 410a"])
def test_a_refrigerant_is_found_however_its_plate_spells_it(name: str) -> None:
    assert gwp_of(substance=name, gwp_set="ar6").gwp100 == Decimal("2255.5")


def test_a_blend_names_the_published_values_it_is_computed_from() -> None:
    found = gwp_of(substance="R-407C", gwp_set="ar6")

    assert [(one.species, one.mass_share, one.gwp100) for one in found.components] == [
        ("HFC32", Decimal("0.23"), Decimal(771)),
        ("HFC125", Decimal("0.25"), Decimal(3740)),
        ("HFC134a", Decimal("0.52"), Decimal(1530)),
    ]
    assert {one.set_id for one in found.components} == {"ipcc_gwp"}
    assert all(len(one.set_sha256) == 64 for one in found.components)


def test_no_blend_is_typed_in_as_a_value() -> None:
    book = gwp_book()

    assert set(book.blends) == {"r410a", "r407c"}
    assert not {name for name, _ in book.values} & book.blends.keys()


def test_hydrocarbons_come_from_the_supplement_and_only_for_the_sixth_report() -> None:
    found = gwp_of(substance="R-600a", gwp_set="ar6")

    assert (found.gwp100, found.components[0].set_id) == (Decimal("0.01"), "loopline_supplement")
    assert gwp_of(substance="R-290", gwp_set="ar6").gwp100 == Decimal("0.02")
    with pytest.raises(Refused) as no:
        gwp_of(substance="R-600a", gwp_set="ar5")
    assert no.value.reason is Reason.GWP_UNKNOWN


@pytest.mark.parametrize(
    ("substance", "gwp_set", "sentence"),
    [
        ("cyclopentane", "ar6", "substance cyclopentane has no GWP100 in ar6"),
        ("Halon1202", "ar4", "substance Halon1202 has no GWP100 in ar4"),
        ("R-9999", "ar6", "substance R-9999 is in no loaded set"),
        ("", "ar6", "substance  is in no loaded set"),
        ("R-32", "ar7", "gwp_set ar7 is none of ar4, ar5, ar6"),
    ],
)
def test_a_gas_without_a_value_is_an_error_and_never_zero(
    substance: str, gwp_set: str, sentence: str
) -> None:
    with pytest.raises(Refused) as no:
        gwp_of(substance=substance, gwp_set=gwp_set)

    assert (no.value.reason, no.value.detail) == (Reason.GWP_UNKNOWN, sentence)


def test_every_part_of_a_blend_and_every_alias_is_a_known_species() -> None:
    book = gwp_book()
    species = {name for name, _ in book.values}

    assert {one for parts in book.blends.values() for one, _ in parts} <= species
    assert set(book.aliases.values()) <= species
    assert not book.aliases.keys() & species


@given(share=st.decimals("0", "1", places=4), low=st.integers(0, 900), more=st.integers(0, 9_000))
def test_a_blend_lies_between_its_parts(share: Decimal, low: int, more: int) -> None:
    found = blend_gwp([(share, Decimal(low)), (1 - share, Decimal(low + more))])

    assert low <= found <= low + more


def test_a_blend_that_is_not_whole_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"mass_share must add up to 1, got 0\.9"):
        blend_gwp([(Decimal("0.9"), Decimal(1))])


def test_a_blend_in_a_file_must_be_whole(tmp_path: Path) -> None:
    folder = _set(tmp_path, blends="blend,species,mass_share\nR-1,HFC32,0.5\nR-1,HFC125,0.49\n")

    with pytest.raises(FactorFileError, match=r"mass_share='0.99' mass_share of r1 must add up"):
        read_gwp_book([folder])


def test_a_defective_table_tells_every_defect_by_its_place(tmp_path: Path) -> None:
    folder = _set(
        tmp_path,
        gwp="species,gwp_set,gwp100\nHFC32,ar9,1\nHFC32,ar6,many\n,ar6,1\nX,ar6,1\nx,ar6,2\n",
    )

    with pytest.raises(FactorFileError) as error:
        read_gwp_book([folder])

    found = [(one.line, one.column) for one in error.value.defects]
    assert found == [(2, "gwp_set"), (3, "gwp100"), (4, "species"), (6, "species")]


def _set(folder: Path, *, gwp: str = "species,gwp_set,gwp100\n", blends: str = "") -> Path:
    (folder / "gwp.csv").write_text(gwp, encoding="utf-8")
    if blends:
        (folder / "blends.csv").write_text(blends, encoding="utf-8")
    return folder


@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is absent")
def test_every_published_value_is_carried_exactly() -> None:
    text = SHARED.read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if line[:1] != "#"))
    published = {
        (row["Species"], gwp_set): row[f"{gwp_set.upper()}GWP100"]
        for row in rows
        for gwp_set in GWP_SETS
    }
    with (SETS / "ipcc_gwp" / "gwp.csv").open(encoding="utf-8", newline="") as file:
        packaged = {(row["species"], row["gwp_set"]): row["gwp100"] for row in csv.DictReader(file)}

    assert len(rows) == 105
    assert packaged == published


def test_the_hash_of_a_set_changes_with_any_of_its_files(tmp_path: Path) -> None:
    folder = _set(tmp_path, gwp="species,gwp_set,gwp100\nHFC32,ar6,771\n")
    before = read_gwp_book([folder]).values["hfc32", "ar6"]
    (folder / "manifest.toml").write_text('title = "another"\n', encoding="utf-8")

    after = read_gwp_book([folder]).values["hfc32", "ar6"]

    assert before is not None
    assert after is not None
    assert before.set_sha256 != after.set_sha256
    assert before.set_sha256 == hashlib.sha256((folder / "gwp.csv").read_bytes()).hexdigest()


def test_the_sets_are_those_that_name_their_publisher() -> None:
    assert all((SETS / set_id / "manifest.toml").is_file() for set_id in SET_IDS)
