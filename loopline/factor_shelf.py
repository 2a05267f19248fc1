"""Every factor set there is, packaged and brought, and how a word of a person finds one."""

import difflib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from emissions.brought import BroughtSet, checked, state_of
from emissions.checks import check_set
from emissions.defect import Defect, FactorFileError
from emissions.factor import Factor, FactorSet
from emissions.finding import Comparison, Word
from emissions.gwp import GWP_SETS, gwp_book
from emissions.manifest import set_id_in
from emissions.read import load_book
from emissions.set_file import MANIFEST_NAME, TABLE_NAME, set_of
from emissions.subject import GwpTable, Subject
from loopline import say
from runtime.factor_store import LICENCE_NAME, Folder, SetFiles, read_files, read_folder
from runtime.settings import FactorSettings

PACKAGED = "packaged"


class Shelf(NamedTuple):
    """Every set there is: packaged, and in the company's folder."""

    packaged: tuple[FactorSet, ...]
    folder: Folder

    @property
    def sets(self) -> tuple[FactorSet, ...]:
        """All sets that can be read."""
        return (*self.packaged, *(one.set for one in self.folder.sets))

    def brought(self, set_id: str) -> BroughtSet | None:
        """Return the brought set of that name."""
        return next((one for one in self.folder.sets if one.set_id == set_id), None)

    def state(self, set_id: str) -> str:
        """Return where a set stands."""
        one = self.brought(set_id)
        return PACKAGED if one is None else state_of(one, self.folder.sets).value

    def is_kept_out(self, factor: Factor) -> bool:
        """Return whether an approval keeps a row out of every result."""
        one = self.brought(factor.set_id)
        approval = None if one is None or one.record is None else one.record.approval
        return approval is not None and factor.factor_id in approval.kept_out

    def compare(self, one: FactorSet) -> tuple[Comparison, ...]:
        """Return every comparison of one of the sets."""
        return check_set(
            Subject(one, others=self.sets, references=self.packaged, gwps=packaged_gwps())
        )

    def find(self, set_id: str) -> FactorSet | None:
        """Return the set of that name."""
        return next((one for one in self.sets if one.manifest.set_id == set_id), None)

    def judge(self, one: FactorSet) -> tuple[Comparison, ...]:
        """Return every comparison of a set, of one that is to be brought as of any other."""
        return self.compare(one) if one in self.packaged else self.judge_new(one)

    def judge_new(self, one: FactorSet) -> tuple[Comparison, ...]:
        """Return every comparison of a set that is to be brought.

        Raises
        ------
        FactorFileError
            If it takes what another set has.
        """
        brought = [each.set for each in self.folder.sets]
        return checked(one, book=load_book(), brought=brought, gwps=packaged_gwps())


@cache
def packaged_gwps() -> GwpTable:
    """Return the packaged potentials and blends, also by what a refrigerant is called."""
    book = gwp_book()
    known = {key: one.gwp100 for key, one in book.values.items() if one is not None}
    called = {
        (alias, gwp_set): known[species, gwp_set]
        for alias, species in book.aliases.items()
        for gwp_set in GWP_SETS
        if (species, gwp_set) in known
    }
    return GwpTable(known | called, {name: dict(parts) for name, parts in book.blends.items()})


def shelf_of(settings: FactorSettings) -> Shelf:
    """Return the packaged sets and those in the company's folder."""
    return Shelf(load_book().sets, read_folder(settings))


def factor_or_refuse(shelf: Shelf, name: str) -> Factor:
    """Return the factor called ``name``, or end with what is near."""
    set_id, _, factor_id = name.rpartition("/")
    known = {
        factor.factor_id: factor
        for one in shelf.sets
        for factor in one.factors
        if set_id in ("", one.manifest.set_id)
    }
    found = known.get(factor_id)
    if found is None:
        say.refuse(_no_factor(name, factor_id, known), say.EXIT_BAD_INPUT)
    return found


def _no_factor(name: str, factor_id: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(factor_id, known, n=3, cutoff=0.5)
    hint = f"; near: {', '.join(near)}" if near else "; `loopline factors list` names the sets"
    return f"no set holds a factor {name}{hint}"


def not_imported(shelf: Shelf, set_id: str) -> str:
    """Return why nobody can approve a set of that name."""
    if shelf.find(set_id) is not None:
        return f"set {set_id} is packaged and needs no approval"
    if set_id in shelf.folder.broken:
        return f"set {set_id} cannot be read: {shelf.folder.broken[set_id]}"
    names = ", ".join(one.set_id for one in shelf.folder.sets) or "none is imported"
    return f"no set {set_id} is imported; there are: {names}"


def set_or_file(shelf: Shelf, what: str, manifest: Path | None) -> FactorSet:
    """Return the set called ``what``, or the one that lies there as a folder or CSV."""
    one = None if manifest is not None else shelf.find(what)
    if one is not None:
        return one
    if what in shelf.folder.broken:
        raise shelf.folder.broken[what]
    if not Path(what).exists():
        names = ", ".join(each.manifest.set_id for each in shelf.sets)
        say.refuse(f"{what} is no set and no file; sets: {names}", say.EXIT_BAD_INPUT)
    return read_set_files(Path(what), manifest)[1]


def read_set_files(file: Path, manifest: Path | None) -> tuple[SetFiles, FactorSet]:
    """Return the files of a set from a CSV with its manifest, or from a folder with both."""
    table = file / TABLE_NAME if file.is_dir() else file
    stated = manifest or table.with_name(MANIFEST_NAME)
    for path, remedy in ((table, ""), (stated, "; name it with --manifest")):
        _refuse_unreadable(path, remedy)
    files = read_files(stated, table)
    one = set_of(set_id_in(files.manifest), files.manifest, files.table)
    if one.manifest.licence_url == LICENCE_NAME and files.licence is None:
        message = f"names {LICENCE_NAME}, which is not beside the manifest"
        place = f"{one.manifest.set_id}/{MANIFEST_NAME}"
        word = Word.LICENCE_MISSING.value
        raise FactorFileError([Defect(place, 0, "licence_url", LICENCE_NAME, message, word)])
    return files, one


def _refuse_unreadable(path: Path, remedy: str) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        say.refuse(f"{path} cannot be read: {error.strerror}{remedy}", say.EXIT_BAD_INPUT)
