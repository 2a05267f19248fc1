"""Sets that a user brings: what is checked, who approves, and which rows may answer.

Four eyes: whoever approves is not who imported. An approval is of content, by its hash; a set whose
files changed afterwards is not approved any more. Rows with an error stay out until somebody
accepts them with a reason.
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from emissions.checks import check_set, faults_of
from emissions.defect import Defect, FactorFileError
from emissions.factor import CARRIER_KEY, Factor, FactorBook, FactorSet, index_key
from emissions.finding import Comparison, Word
from emissions.set_file import MANIFEST_NAME, TABLE_NAME, double_ids
from emissions.subject import GwpTable, Subject
from schemas.refusal import Reason, Refused, shown

MAX_NAME_CHARACTERS = 100
MAX_REASON_CHARACTERS = 1_000


class State(StrEnum):
    """Where a brought set stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who let a set answer, when, and which rows in spite of an error, and why."""

    approved_by: str
    approved_at: datetime
    kept_out: tuple[str, ...]
    accepted: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a brought set beside its files; of its approvals the last one counts."""

    set_id: str
    sha256: str
    imported_by: str
    imported_at: datetime
    imported_from: str
    faulty: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()

    @property
    def approval(self) -> Approval | None:
        """The approval that counts, if there is one."""
        return self.approvals[-1] if self.approvals else None


@dataclass(frozen=True, slots=True)
class BroughtSet:
    """A set as it lies in the user's folder; one without a record was never checked."""

    set: FactorSet
    record: Record | None

    @property
    def set_id(self) -> str:
        """Name of the set."""
        return self.set.manifest.set_id


def checked(
    one: FactorSet, *, book: FactorBook, brought: Sequence[FactorSet], gwps: GwpTable
) -> tuple[Comparison, ...]:
    """Return every comparison of a set that is to be brought.

    Raises
    ------
    FactorFileError
        If it takes the name of a packaged set, a row that another set has, or a packaged class.
    """
    others = [other for other in brought if other.manifest.set_id != one.manifest.set_id]
    defects = [*_name_defects(one, book), *_class_defects(one, book)]
    defects += [
        defect
        for defect in double_ids((*book.sets, *others, one))
        if defect.file.startswith(f"{one.manifest.set_id}/")
    ]
    if defects:
        raise FactorFileError(defects)
    subject = Subject(one, others=(*book.sets, *others), references=book.sets, gwps=gwps)
    return check_set(subject)


def _name_defects(one: FactorSet, book: FactorBook) -> list[Defect]:
    file = f"{one.manifest.set_id}/{MANIFEST_NAME}"
    packaged = {other.manifest.set_id for other in book.sets}
    return [
        Defect(file, 0, key, value, message)
        for key, value, message in (
            ("set_id", one.manifest.set_id, "is a packaged set; take another name"),
            ("supersedes", one.manifest.supersedes, "is a packaged set, which stays"),
        )
        if value in packaged
    ]


def _class_defects(one: FactorSet, book: FactorBook) -> list[Defect]:
    return [
        Defect(
            f"{one.manifest.set_id}/{TABLE_NAME}",
            line,
            "vehicle_class",
            factor.vehicle_class,
            why,
            Word.DUPLICATE_KEY.value,
        )
        for line, factor in enumerate(one.factors, start=2)
        if (why := _class_taken(factor, book))
    ]


def _class_taken(factor: Factor, book: FactorBook) -> str:
    """Why a row may not have the class it has; blank where it may."""
    known = book.vehicle_classes.get(factor.vehicle_class)
    if known is None:
        return ""
    if index_key(factor)[0] == CARRIER_KEY:
        return "is a class of published tables; a carrier's row names the carrier's own category"
    if factor.kind.startswith("intensity") and known.factor_class != factor.vehicle_class:
        return f"is a name legs give to {known.factor_class}; no leg would find the row"
    return ""


def record_of(
    one: FactorSet,
    comparisons: tuple[Comparison, ...],
    *,
    imported_by: str,
    imported_at: datetime,
    imported_from: str,
) -> Record:
    """Return the record of a set that was checked and waits for its approval."""
    return Record(
        set_id=one.manifest.set_id,
        sha256=one.sha256,
        imported_by=_person("imported_by", imported_by),
        imported_at=imported_at,
        imported_from=imported_from,
        faulty=tuple(sorted(faults_of(one, comparisons))),
    )


def approve(
    brought: BroughtSet,
    *,
    by: str,
    at: datetime,
    accept: Collection[str] = (),
    reason: str = "",
) -> Record:
    """Return the record of ``brought`` with its approval; ``accept`` names faulty rows to let in.

    Raises
    ------
    Refused
        If importer and approver are one person, the set was never checked or changed since, or
        rows are accepted that have no error or without a reason.
    """
    record = _record_of_content(brought)
    approver = _person("by", by)
    if _same_person(approver, record.imported_by):
        raise Refused(
            Reason.SAME_APPROVER,
            f"set {record.set_id} was imported by {shown(record.imported_by)}; another person "
            "approves it",
        )
    strangers = sorted(set(accept) - set(record.faulty))
    if strangers:
        raise Refused(
            Reason.VOCABULARY, f"accept {', '.join(map(shown, strangers))} has no error to accept"
        )
    if accept and not reason.strip():
        raise Refused(Reason.SCHEMA, "reason must not be blank where rows are accepted")
    if len(reason) > MAX_REASON_CHARACTERS:
        raise Refused(
            Reason.TOO_LARGE,
            f"reason has {len(reason)} characters, more than {MAX_REASON_CHARACTERS}",
        )
    approval = Approval(
        approved_by=approver,
        approved_at=at,
        kept_out=tuple(one for one in record.faulty if one not in accept),
        accepted=tuple(one for one in record.faulty if one in accept),
        reason=reason.strip(),
    )
    return replace(record, approvals=(*record.approvals, approval))


def state_of(brought: BroughtSet, others: Iterable[BroughtSet]) -> State:
    """Return where ``brought`` stands; an approved set that names it supersedes it."""
    if brought.record is None or brought.record.sha256 != brought.set.sha256:
        return State.DRAFT
    if brought.record.approval is None:
        return State.CHECKED
    for other in others:
        is_approved = other.record is not None and other.record.approval is not None
        is_itself = other.set_id == brought.set_id
        if is_approved and not is_itself and other.set.manifest.supersedes == brought.set_id:
            return State.SUPERSEDED
    return State.APPROVED


def answering(brought: Sequence[BroughtSet]) -> tuple[FactorSet, ...]:
    """Return the sets that may answer: approved, not superseded, without the rows kept out.

    Raises
    ------
    Refused
        If the files of an approved set are not those that were approved.
    """
    standing = [one for one in brought if state_of(one, brought) is not State.SUPERSEDED]
    return once_approved(standing)


def once_approved(brought: Iterable[BroughtSet]) -> tuple[FactorSet, ...]:
    """Return the sets that results may stand on, superseded ones too, without the rows kept out.

    Raises
    ------
    Refused
        If the files of an approved set are not those that were approved.
    """
    sets = []
    for one in brought:
        if one.record is None or one.record.approval is None:
            continue
        approval = _record_of_content(one).approval
        kept_out = set() if approval is None else set(approval.kept_out)
        rows = tuple(row for row in one.set.factors if row.factor_id not in kept_out)
        sets.append(replace(one.set, factors=rows))
    return tuple(sets)


def require_approved(set_ids: Iterable[str], brought: Sequence[BroughtSet]) -> None:
    """Make sure that every brought set among ``set_ids`` may answer.

    Raises
    ------
    Refused
        With the first that may not.
    """
    known = {one.set_id: one for one in brought}
    for set_id in set_ids:
        one = known.get(set_id)
        state = None if one is None else state_of(one, brought)
        if state not in (None, State.APPROVED):
            raise Refused(Reason.SET_NOT_APPROVED, f"set {shown(set_id)} is {state}, not approved")


def _record_of_content(brought: BroughtSet) -> Record:
    """The record, if it is of what the files hold now."""
    record = brought.record
    if record is None:
        raise Refused(
            Reason.SET_NOT_APPROVED,
            f"set {brought.set_id} is a draft that was never checked; import it",
        )
    if record.sha256 != brought.set.sha256:
        raise Refused(
            Reason.SET_NOT_APPROVED,
            f"set {brought.set_id} was imported with sha256 {record.sha256[:12]} and holds "
            f"{brought.set.sha256[:12]} now; import it again",
        )
    return record


def _person(field: str, name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > MAX_NAME_CHARACTERS or not tidy.isprintable():
        raise Refused(
            Reason.SCHEMA,
            f"{field} {shown(name)!r} is no name of 1 to {MAX_NAME_CHARACTERS} characters",
        )
    return tidy


def _same_person(one: str, other: str) -> bool:
    """Li Wei is LI WEI, and the same in full-width letters."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
