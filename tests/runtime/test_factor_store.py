"""The folder of a company's own factor sets."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from emissions.brought import BroughtSet, Record, approve, checked, record_of
from emissions.defect import FactorFileError
from emissions.read import load_book
from emissions.set_file import MAX_SET_BYTES, set_of
from emissions.subject import GwpTable
from runtime.factor_store import (
    book_for,
    book_of_named,
    known_sets,
    read_files,
    read_folder,
    store,
    write_approval,
)
from runtime.settings import FactorSettings
from schemas.refusal import Reason, Refused
from tests.emissions.factor_files import SET_ID, row, write

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOC = row("toc", vehicle_class="maker_toc")


def bring(
    settings: FactorSettings, source: Path, *rows: dict[str, str], **changed: Any
) -> tuple[BroughtSet, Path]:
    """Import a set as the command does; return it and where it lies."""
    write(source, *(rows or (TOC,)), **changed)
    files = read_files(source / "manifest.toml", source / "factors.csv")
    one = set_of(changed.get("set_id", SET_ID), files.manifest, files.table)
    found = checked(one, book=load_book(), brought=(), gwps=GwpTable())
    record = record_of(
        one, found, imported_by="Li Wei", imported_at=NOON, imported_from=files.origin
    )
    return BroughtSet(one, record), store(settings, files, record)


def approve_it(settings: FactorSettings, one: BroughtSet) -> Record:
    record = approve(one, by="Zhang Min", at=NOON)
    write_approval(settings, record)
    return record


@pytest.fixture
def settings(tmp_path: Path) -> FactorSettings:
    return FactorSettings(dir=tmp_path / "factors")


def test_without_a_folder_the_packaged_sets_answer(settings: FactorSettings) -> None:
    assert book_for(settings) is load_book()
    assert read_folder(settings).sets == ()


def test_a_set_comes_back_as_it_was_stored(settings: FactorSettings, tmp_path: Path) -> None:
    one, folder = bring(settings, tmp_path / "in")

    assert read_folder(settings).sets == (one,)
    assert folder == settings.dir / SET_ID
    assert (folder / "factors.csv").read_bytes() == (tmp_path / "in/factors.csv").read_bytes()


def test_an_approval_comes_back_with_who_and_when(settings: FactorSettings, tmp_path: Path) -> None:
    one, _ = bring(settings, tmp_path / "in")

    record = approve_it(settings, one)

    (kept,) = read_folder(settings).sets
    assert kept.record == record
    assert record.approval is not None
    assert (record.approval.approved_by, record.approval.approved_at) == ("Zhang Min", NOON)


def test_a_set_answers_only_after_its_approval(settings: FactorSettings, tmp_path: Path) -> None:
    one, _ = bring(settings, tmp_path / "in")

    assert f"{SET_ID}.toc" not in book_for(settings).by_id
    approve_it(settings, one)
    assert f"{SET_ID}.toc" in book_for(settings).by_id


def test_a_row_kept_out_stays_out_after_a_restart(settings: FactorSettings, tmp_path: Path) -> None:
    bad = row("bad", region="gb", wtw_kgco2e="0.103")
    one, _ = bring(settings, tmp_path / "in", TOC, bad)
    approve_it(settings, one)

    assert f"{SET_ID}.bad" not in book_for(settings).by_id


def test_a_digit_changed_after_the_approval_stops_the_process(
    settings: FactorSettings, tmp_path: Path
) -> None:
    one, folder = bring(settings, tmp_path / "in")
    approve_it(settings, one)
    text = (folder / "factors.csv").read_text("utf-8")
    (folder / "factors.csv").write_text(text.replace("0.02000", "0.02001"), "utf-8")

    with pytest.raises(Refused, match="import it again") as refused:
        book_for(settings)
    assert refused.value.reason is Reason.SET_NOT_APPROVED


def test_what_is_approved_is_not_imported_over(settings: FactorSettings, tmp_path: Path) -> None:
    one, _ = bring(settings, tmp_path / "in")
    bring(settings, tmp_path / "again", row("toc", note="a draft may be replaced"))
    one, _ = bring(settings, tmp_path / "in")
    approve_it(settings, one)

    with pytest.raises(Refused, match="a change is a new set"):
        bring(settings, tmp_path / "other", row("toc", note="changed"))
    assert read_folder(settings).sets[0].set == one.set


def test_a_set_that_is_half_there_stops_nobody_until_it_was_approved(
    settings: FactorSettings, tmp_path: Path
) -> None:
    write(settings.dir / "by_hand", set_id="wrong_name")
    (settings.dir / "empty").mkdir()

    assert set(read_folder(settings).broken) == {"by_hand", "empty"}
    assert book_for(settings) is load_book()

    one, folder = bring(settings, tmp_path / "in")
    approve_it(settings, one)
    (folder / "factors.csv").unlink()
    with pytest.raises(FactorFileError, match="is missing"):
        book_for(settings)


@pytest.mark.parametrize("text", ["{}", "not json", '{"set_id": 7}', "[]"])
def test_a_record_that_cannot_be_read_stops_the_process(
    settings: FactorSettings, tmp_path: Path, text: str
) -> None:
    _, folder = bring(settings, tmp_path / "in")
    (folder / "record.json").write_text(text, "utf-8")

    with pytest.raises(FactorFileError, match=r"record\.json"):
        book_for(settings)


def test_a_record_of_another_set_is_no_record(settings: FactorSettings, tmp_path: Path) -> None:
    _, folder = bring(settings, tmp_path / "in")
    read = json.loads((folder / "record.json").read_text("utf-8"))
    (folder / "record.json").write_text(json.dumps(read | {"set_id": "../other"}), "utf-8")

    with pytest.raises(FactorFileError, match="must be the folder's name"):
        read_folder(settings)


@pytest.mark.parametrize(
    ("set_order", "said"), [(SET_ID, "is checked, not approved"), ("nobody", "is no set here")]
)
def test_a_setting_cannot_name_what_may_not_answer(
    tmp_path: Path, set_order: str, said: str
) -> None:
    settings = FactorSettings(dir=tmp_path / "factors", set_order=set_order)
    bring(settings, tmp_path / "in")

    with pytest.raises(Refused, match=said):
        book_for(settings)


def test_the_text_of_a_licence_is_kept_with_the_set(
    settings: FactorSettings, tmp_path: Path
) -> None:
    write(tmp_path / "in", TOC)
    (tmp_path / "in" / "licence.txt").write_text("For members only.", "utf-8")

    _, folder = bring(settings, tmp_path / "in")

    assert (folder / "licence.txt").read_text("utf-8") == "For members only."


def test_a_file_larger_than_any_table_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, TOC)
    with (tmp_path / "factors.csv").open("ab") as file:
        file.truncate(MAX_SET_BYTES + 1)

    with pytest.raises(FactorFileError, match="is more than"):
        read_files(tmp_path / "manifest.toml", tmp_path / "factors.csv")


@pytest.mark.parametrize("name", ["set_order", "region_fallback"])
@pytest.mark.parametrize("value", ["A", "a,", "a b", ",", "a;b"])
def test_a_list_of_names_is_names_with_commas(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        FactorSettings.model_validate({name: value})


def test_a_name_given_twice_counts_once() -> None:
    assert FactorSettings(set_order="b,a,b").sets_in_order == ("b", "a")
    assert FactorSettings().regions_in_order == ("cn", "gb")


def named(settings: FactorSettings, *set_ids: str, is_preview: bool = False) -> list[str]:
    book = book_of_named(settings, set_ids, is_preview=is_preview)
    return [one.manifest.set_id for one in book.sets]


def test_a_superseded_set_answers_no_more_and_is_still_known(
    settings: FactorSettings, tmp_path: Path
) -> None:
    old, _ = bring(settings, tmp_path / "old")
    approve_it(settings, old)
    new, _ = bring(settings, tmp_path / "new", TOC | {"factor_id": "maker_2027.toc"},
                   set_id="maker_2027", supersedes=SET_ID)  # fmt: skip
    approve_it(settings, new)

    assert old.set.sha256 not in {one.sha256 for one in book_for(settings).sets}
    assert {old.set.sha256, new.set.sha256} <= {one.sha256 for one in known_sets(settings)}
    assert named(settings, SET_ID) == [SET_ID]


def test_a_set_that_was_never_approved_is_not_known(
    settings: FactorSettings, tmp_path: Path
) -> None:
    bring(settings, tmp_path / "in")

    assert known_sets(settings) == load_book().sets


def test_a_book_of_named_sets_holds_those_and_no_others(
    settings: FactorSettings, tmp_path: Path
) -> None:
    approve_it(settings, bring(settings, tmp_path / "in")[0])

    book = book_of_named(settings, ["defra_2025", SET_ID], is_preview=False)

    assert [one.manifest.set_id for one in book.sets] == ["defra_2025", SET_ID]
    assert book.set_order == ("defra_2025", SET_ID)
    assert book.region_fallback == ("cn", "gb")


def test_a_set_that_waits_for_its_approval_is_named_in_a_preview_only(
    settings: FactorSettings, tmp_path: Path
) -> None:
    bring(settings, tmp_path / "in")

    assert named(settings, SET_ID, is_preview=True) == [SET_ID]
    with pytest.raises(Refused, match=f"set {SET_ID} is checked, not approved") as refused:
        named(settings, SET_ID)
    assert refused.value.reason is Reason.SET_NOT_APPROVED


def test_a_set_nobody_has_is_refused_with_those_there_are(settings: FactorSettings) -> None:
    with pytest.raises(Refused, match="set nobody is no set here; sets: cn_grid, cn_ndrc_fuel"):
        named(settings, "nobody", is_preview=True)
