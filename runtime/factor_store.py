"""The folder of factor sets that a company brings: data outside the package, one folder per set.

A set's folder holds ``manifest.toml``, ``factors.csv``, the licence's text where one was given, and
``record.json``: who imported what, what the checks found, who approved it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from emissions.brought import (
    Approval,
    BroughtSet,
    Record,
    State,
    answering,
    once_approved,
    require_approved,
    state_of,
)
from emissions.defect import Defect, FactorFileError
from emissions.factor import FactorBook, FactorSet
from emissions.read import book_of_only, book_with_sets, load_book
from emissions.set_file import MANIFEST_NAME, MAX_SET_BYTES, TABLE_NAME, set_of
from runtime.settings import FactorSettings
from schemas.refusal import Reason, Refused, shown

RECORD_NAME = "record.json"
LICENCE_NAME = "licence.txt"
LOCK_NAME = ".lock"
MAX_SETS = 1_000


class SetFiles(NamedTuple):
    """The files of one set as bytes, and where they came from."""

    manifest: bytes
    table: bytes
    licence: bytes | None
    origin: str


def read_files(manifest: Path, table: Path) -> SetFiles:
    """Return the files of a set; a licence's text may lie beside its manifest.

    Raises
    ------
    OSError
        If one cannot be read.
    FactorFileError
        If one is larger than any table of factors.
    """
    licence = manifest.with_name(LICENCE_NAME)
    return SetFiles(
        _bounded(manifest),
        _bounded(table),
        _bounded(licence) if licence.is_file() else None,
        table.name,
    )


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(MAX_SET_BYTES + 1)
    if len(raw) > MAX_SET_BYTES:
        message = f"is more than {MAX_SET_BYTES:,} bytes"
        raise FactorFileError([Defect(path.name, 0, "bytes", f"{len(raw):,}", message)])
    return raw


class Folder(NamedTuple):
    """What the folder of sets holds: those that can be read, and why others cannot."""

    sets: tuple[BroughtSet, ...]
    broken: dict[str, FactorFileError]


def read_folder(settings: FactorSettings) -> Folder:
    """Return every set in the folder, by its name.

    Raises
    ------
    FactorFileError
        If there are more sets than anybody has, or an approved one cannot be trusted.
    """
    sets, broken = [], {}
    for folder in _folders(settings):
        try:
            sets.append(_brought(folder))
        except FactorFileError as error:
            if _is_approved(folder):
                raise
            broken[folder.name] = error
    return Folder(tuple(sets), broken)


def _folders(settings: FactorSettings) -> list[Path]:
    if not settings.dir.is_dir():
        return []
    folders = sorted(
        path for path in settings.dir.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if len(folders) > MAX_SETS:
        message = f"holds more than {MAX_SETS:,} sets"
        raise FactorFileError([Defect(str(settings.dir), 0, "sets", str(len(folders)), message)])
    return folders


def _brought(folder: Path) -> BroughtSet:
    try:
        files = read_files(folder / MANIFEST_NAME, folder / TABLE_NAME)
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise FactorFileError([Defect(folder.name, 0, name, "", "is missing")]) from None
    return BroughtSet(set_of(folder.name, files.manifest, files.table), _record(folder))


def _is_approved(folder: Path) -> bool:
    """Whether results may rest on a set: a record that cannot be read might say so."""
    try:
        record = _record(folder)
    except FactorFileError:
        return True
    return record is not None and record.approval is not None


def book_for(settings: FactorSettings) -> FactorBook:
    """Return the packaged sets and every approved set of the folder as one book.

    Raises
    ------
    Refused
        If a set was changed after its approval, or the settings name one that is not approved.
    FactorFileError
        If a set cannot be trusted.
    """
    brought = read_folder(settings).sets
    require_approved(settings.sets_in_order, brought)
    book = book_with_sets(
        answering(brought),
        set_order=settings.sets_in_order,
        region_fallback=settings.regions_in_order,
    )
    known = {one.manifest.set_id for one in book.sets}
    unknown = [name for name in settings.sets_in_order if name not in known]
    if unknown:
        raise Refused(
            Reason.SET_NOT_APPROVED,
            f"LOOPLINE_FACTORS__SET_ORDER names {', '.join(unknown)}, which is no set here",
        )
    return book


def known_sets(settings: FactorSettings) -> tuple[FactorSet, ...]:
    """Return every set that a recorded number may stand on: packaged, approved or superseded.

    Raises
    ------
    Refused
        If a set was changed after its approval.
    FactorFileError
        If a set cannot be trusted.
    """
    return (*load_book().sets, *once_approved(read_folder(settings).sets))


def book_of_named(
    settings: FactorSettings, set_ids: Sequence[str], *, is_preview: bool
) -> FactorBook:
    """Return the book in which the sets of ``set_ids`` answer, the first in front, and no others.

    Parameters
    ----------
    is_preview
        Whether nothing will rest on it: then a set that was checked may wait for its approval.

    Raises
    ------
    Refused
        With the first set that nobody has, or that may not answer.
    FactorFileError
        If a set cannot be trusted.
    """
    folder = read_folder(settings).sets
    waiting = [one for one in folder if is_preview and state_of(one, folder) is State.CHECKED]
    sets = (*load_book().sets, *once_approved(folder), *(one.set for one in waiting))
    known = {one.manifest.set_id: one for one in sets}
    for set_id in set_ids:
        if set_id not in known:
            raise Refused(Reason.SET_NOT_APPROVED, _why_not(set_id, folder, known))
    return book_of_only(
        [known[set_id] for set_id in dict.fromkeys(set_ids)],
        set_order=tuple(set_ids),
        region_fallback=settings.regions_in_order,
    )


def _why_not(set_id: str, folder: Sequence[BroughtSet], known: Iterable[str]) -> str:
    for one in folder:
        if one.set_id == set_id:
            return f"set {shown(set_id)} is {state_of(one, folder)}, not approved"
    return f"set {shown(set_id)} is no set here; sets: {', '.join(sorted(known))}"


def store(settings: FactorSettings, files: SetFiles, record: Record) -> Path:
    """Put a checked set into the folder, whole or not at all; return where.

    Raises
    ------
    Refused
        If a set of that name was approved with another content: what is approved stays.
    """
    folder = settings.dir / record.set_id
    with _locked(settings):
        if folder.is_dir():
            _refuse_other_than_draft(folder, record)
        fresh = settings.dir / f".{record.set_id}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        (fresh / MANIFEST_NAME).write_bytes(files.manifest)
        (fresh / TABLE_NAME).write_bytes(files.table)
        if files.licence is not None:
            (fresh / LICENCE_NAME).write_bytes(files.licence)
        _write_record(fresh, record)
        stale = settings.dir / f".{record.set_id}.{os.getpid()}.old"
        if folder.is_dir():
            folder.rename(stale)
        fresh.rename(folder)
        shutil.rmtree(stale, ignore_errors=True)
    return folder


def _refuse_other_than_draft(folder: Path, record: Record) -> None:
    known = _record(folder)
    if known is not None and known.approval is not None:
        what = "already" if known.sha256 == record.sha256 else "with another content"
        raise Refused(
            Reason.KEY_DUPLICATE,
            f"set {record.set_id} is approved {what}; a change is a new set with another set_id, "
            "that names this one in supersedes",
        )


def write_approval(settings: FactorSettings, record: Record) -> None:
    """Keep the approval of a set that lies in the folder."""
    with _locked(settings):
        _write_record(settings.dir / record.set_id, record)


@contextmanager
def _locked(settings: FactorSettings) -> Iterator[None]:
    """Let one command at a time change the folder."""
    settings.dir.mkdir(parents=True, exist_ok=True)
    with (settings.dir / LOCK_NAME).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_record(folder: Path, record: Record) -> None:
    fresh = folder / f".{RECORD_NAME}"
    fresh.write_text(json.dumps(record_as_json(record), ensure_ascii=False, indent=1) + "\n",
                     encoding="utf-8")  # fmt: skip
    fresh.replace(folder / RECORD_NAME)


def record_as_json(record: Record) -> dict[str, Any]:
    """Return a record as a document, instants in ISO 8601."""
    return {
        "schema": "loopline.factor_set_record.v1",
        "set_id": record.set_id,
        "sha256": record.sha256,
        "imported_by": record.imported_by,
        "imported_at": record.imported_at.isoformat(),
        "imported_from": record.imported_from,
        "faulty": list(record.faulty),
        "approvals": [_approval_as_json(approval) for approval in record.approvals],
    }


def _approval_as_json(approval: Approval) -> dict[str, Any]:
    return {
        "approved_by": approval.approved_by,
        "approved_at": approval.approved_at.isoformat(),
        "kept_out": list(approval.kept_out),
        "accepted": list(approval.accepted),
        "reason": approval.reason,
    }


def _record(folder: Path) -> Record | None:
    path = folder / RECORD_NAME
    if not path.is_file():
        return None
    file = f"{folder.name}/{RECORD_NAME}"
    try:
        record = _record_of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise FactorFileError([Defect(file, 0, "record", "", f"is broken: {error!r}")]) from None
    if record.set_id != folder.name:
        message = f"must be the folder's name {folder.name}"
        raise FactorFileError([Defect(file, 0, "set_id", record.set_id, message)])
    return record


def _record_of(read: dict[str, Any]) -> Record:
    return Record(
        set_id=str(read["set_id"]),
        sha256=str(read["sha256"]),
        imported_by=str(read["imported_by"]),
        imported_at=datetime.fromisoformat(read["imported_at"]),
        imported_from=str(read["imported_from"]),
        faulty=tuple(map(str, read["faulty"])),
        approvals=tuple(_approval_of(approval) for approval in read["approvals"]),
    )


def _approval_of(read: dict[str, Any]) -> Approval:
    return Approval(
        approved_by=str(read["approved_by"]),
        approved_at=datetime.fromisoformat(read["approved_at"]),
        kept_out=tuple(map(str, read["kept_out"])),
        accepted=tuple(map(str, read["accepted"])),
        reason=str(read["reason"]),
    )
