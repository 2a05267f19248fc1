from datetime import UTC, datetime
from typing import Any

import pytest

from emissions.brought import (
    BroughtSet,
    State,
    answering,
    approve,
    checked,
    record_of,
    require_approved,
    state_of,
)
from emissions.defect import FactorFileError
from emissions.factor import FactorSet
from emissions.finding import Word
from emissions.read import load_book
from emissions.subject import GwpTable
from schemas.refusal import Reason, Refused
from tests.emissions.factor_files import SET_ID, a_set, plain_row, row

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = row("good")
BAD = row("bad", region="gb", wtw_kgco2e="0.103")


def checks(one: FactorSet, *others: FactorSet) -> tuple[Any, ...]:
    return checked(one, book=load_book(), brought=others, gwps=GwpTable())


def brought(*rows: dict[str, str], by: str = "Li Wei", **changed: Any) -> BroughtSet:
    one = a_set(*(rows or (GOOD,)), **changed)
    record = record_of(
        one, checks(one), imported_by=by, imported_at=NOON, imported_from="factors.csv"
    )
    return BroughtSet(one, record)


def approved(one: BroughtSet, *, by: str = "Zhang Min", **how: Any) -> BroughtSet:
    return BroughtSet(one.set, approve(one, by=by, at=NOON, **how))


def refusal(expected: Reason, one: BroughtSet, /, **how: Any) -> str:
    with pytest.raises(Refused) as refused:
        approve(one, by=how.pop("by", "Zhang Min"), at=NOON, **how)
    assert refused.value.reason is expected
    return refused.value.detail


def test_a_set_goes_from_draft_over_checked_to_approved() -> None:
    one = brought()

    states = [state_of(each, ()) for each in (BroughtSet(one.set, None), one, approved(one))]

    assert states == [State.DRAFT, State.CHECKED, State.APPROVED]


def test_only_an_approved_set_answers() -> None:
    one = brought()

    assert answering([BroughtSet(one.set, None), one]) == ()
    assert answering([approved(one)]) == (one.set,)


@pytest.mark.parametrize(
    "name", ["Li Wei", "li wei", " LI  WEI ", "\uff2c\uff49 \uff37\uff45\uff49"]
)
def test_whoever_imported_cannot_approve(name: str) -> None:
    assert "another person" in refusal(Reason.SAME_APPROVER, brought(), by=name)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_an_approver_has_a_name(name: str) -> None:
    assert "is no name" in refusal(Reason.SCHEMA, brought(), by=name)


def test_a_draft_is_not_approved() -> None:
    one = BroughtSet(brought().set, None)

    assert "never checked" in refusal(Reason.SET_NOT_APPROVED, one)


def test_one_digit_changed_after_the_import_is_not_approved() -> None:
    changed = a_set(row("good", wtt_kgco2e="0.02001"))
    one = BroughtSet(changed, brought().record)

    assert "import it again" in refusal(Reason.SET_NOT_APPROVED, one)
    assert state_of(one, ()) is State.DRAFT


def test_one_digit_changed_after_the_approval_stops_everything() -> None:
    changed = a_set(row("good", wtt_kgco2e="0.02001"))

    with pytest.raises(Refused) as refused:
        answering([BroughtSet(changed, approved(brought()).record)])

    assert refused.value.reason is Reason.SET_NOT_APPROVED


def test_a_row_with_an_error_stays_out() -> None:
    one = approved(brought(GOOD, BAD))

    (answers,) = answering([one])

    assert [each.factor_id for each in answers.factors] == [f"{SET_ID}.good"]
    assert answers.sha256 == one.set.sha256


def test_a_row_with_an_error_is_let_in_with_a_reason() -> None:
    one = approved(brought(GOOD, BAD), accept=[f"{SET_ID}.bad"], reason="asked the publisher")

    assert one.record is not None
    assert one.record.approval is not None
    assert one.record.approval.reason == "asked the publisher"
    assert len(answering([one])[0].factors) == 2


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_row_with_an_error_is_not_let_in_without_a_reason(reason: str) -> None:
    one = brought(GOOD, BAD)

    assert "reason must not be blank" in refusal(
        Reason.SCHEMA, one, accept=[f"{SET_ID}.bad"], reason=reason
    )


def test_a_reason_has_a_limit() -> None:
    assert "1001 characters" in refusal(Reason.TOO_LARGE, brought(), reason="x" * 1001)


def test_a_row_without_an_error_cannot_be_accepted() -> None:
    assert "has no error" in refusal(
        Reason.VOCABULARY, brought(GOOD, BAD), accept=[f"{SET_ID}.good"], reason="why not"
    )


def test_an_approved_successor_supersedes() -> None:
    old = approved(brought())
    new = brought(row("new", factor_id="new"), set_id="maker_2027", supersedes=SET_ID)

    assert state_of(old, [old, new]) is State.APPROVED
    assert state_of(old, [old, approved(new)]) is State.SUPERSEDED
    assert [one.manifest.set_id for one in answering([old, approved(new)])] == ["maker_2027"]


def test_a_set_does_not_supersede_itself() -> None:
    one = approved(brought(supersedes=SET_ID))

    assert state_of(one, [one]) is State.APPROVED


def test_what_is_named_must_be_approved() -> None:
    one = brought()

    require_approved([SET_ID], [approved(one)])
    with pytest.raises(Refused, match=f"set {SET_ID} is checked, not approved") as refused:
        require_approved([SET_ID], [one])
    assert refused.value.reason is Reason.SET_NOT_APPROVED


@pytest.mark.parametrize(
    ("rows", "changed", "column"),
    [
        ((GOOD,), {"set_id": "defra_2025"}, "set_id"),
        ((GOOD,), {"supersedes": "defra_2025"}, "supersedes"),
        ((row(factor_id="cn_diesel_l"),), {}, "factor_id"),
        ((row(vehicle_class="artic_over_33t"),), {"verification": "user"}, "vehicle_class"),
        ((row(vehicle_class="truck_9_6m"),), {}, "vehicle_class"),
    ],
)
def test_a_brought_set_takes_nothing_that_is_packaged(
    rows: tuple[dict[str, str], ...], changed: dict[str, str], column: str
) -> None:
    with pytest.raises(FactorFileError) as found:
        checks(a_set(*rows, **changed))

    assert [defect.column for defect in found.value.defects] == [column]


def test_a_row_of_another_brought_set_is_refused_and_an_older_copy_is_not_another() -> None:
    one = a_set()

    assert checks(one, a_set(row(note="older")))
    with pytest.raises(FactorFileError, match="is also in other"):
        checks(one, a_set(set_id="other"))


def test_published_defaults_may_have_the_classes_of_the_house() -> None:
    assert checks(a_set(row(vehicle_class="artic_over_33t")))


def test_a_record_says_who_brought_what_and_when() -> None:
    record = brought(GOOD, BAD, by="  Li   Wei ").record

    assert record is not None
    assert (record.imported_by, record.imported_at) == ("Li Wei", NOON)
    assert record.faulty == (f"{SET_ID}.bad",)
    assert record.approval is None


def test_every_approval_is_kept_and_the_last_one_counts() -> None:
    first = approved(brought(GOOD, BAD))
    second = approved(first, by="Wang Fang", accept=[f"{SET_ID}.bad"], reason="asked them")

    assert second.record is not None
    assert [one.approved_by for one in second.record.approvals] == ["Zhang Min", "Wang Fang"]
    assert len(answering([first])[0].factors) == 1
    assert len(answering([second])[0].factors) == 2


def test_a_slip_in_one_draft_hides_none_in_another() -> None:
    grams = plain_row("grams", ttw_kgco2e="80", wtt_kgco2e="20")
    draft = a_set(grams | {"factor_id": "draft.grams"}, set_id="draft")

    found = {each.word for each in checks(a_set(grams), draft) if each.is_fault}

    assert found == {Word.UNIT_TEXT}


def test_a_slip_in_one_draft_is_no_measure_of_another() -> None:
    tenfold = plain_row(factor_id="a.x", name="", vehicle_class="artic_over_33t",
                        ttw_kgco2e="0.8")  # fmt: skip
    draft = a_set(tenfold, set_id="a_draft")

    found = {each.word for each in checks(a_set(tenfold | {"factor_id": "x.x"}), draft)}

    assert Word.POWER_OF_TEN in found
