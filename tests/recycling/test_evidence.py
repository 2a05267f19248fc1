"""Evidence is read strictly: no value is bent into shape."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling import evidence
from recycling.aggregate import nothing
from recycling.apply import Refusal, apply
from recycling.evidence import EvidenceError, Kind, may, needs, plain, read_evidence
from recycling.vocabulary import Problem
from tests.recycling.builders import EVERY_TABLE, case

BAD: list[tuple[Kind, Any]] = [
    (evidence.degrees(180), False),  # lax readers take it as 0.0
    (evidence.degrees(90), "90.1"),
    (evidence.UNIT_KG, 41.2),  # a float's digits are nobody's
    (evidence.UNIT_KG, "NaN"),
    (evidence.UNIT_KG, "5e-324"),
    (evidence.UNIT_KG, "0.049"),
    (evidence.UNIT_KG, "500.001"),
    (evidence.UNIT_KG, "41.2345"),  # finer than a gram
    (evidence.whole(0, 9), True),
    (evidence.whole(0, 9), "3"),
    (evidence.whole(0, 9), 10),
    (evidence.YES_OR_NO, 1),
    (evidence.YES_OR_NO, "true"),
    (evidence.TIME, "2026-06-01T12:00:00"),  # no offset
    (evidence.TIME, datetime(2026, 6, 1)),  # noqa: DTZ001 - that is the point
    (evidence.TIME, 1_780_000_000),
    (evidence.TIME, "2026-02-30T12:00:00Z"),
    (evidence.DAY, "2026-6-1"),
    (evidence.DAY, datetime(2026, 6, 1, tzinfo=UTC)),
    (evidence.ID, ""),
    (evidence.ID, " A"),
    (evidence.ID, "A" * 65),
    (evidence.ID, "A\n"),
    (evidence.ID, "A\ud800"),  # a lone surrogate
    (evidence.SLUG, "Two Words"),
    (evidence.CODE, "https://example.org/01/06901234567892/21/A1"),
    (evidence.CODE, "https://id.gs1.org/01/690123456789/21/A1"),
    (evidence.CODE, "A B"),
    (evidence.HAZARDOUS_CODE, "900-45-49"),
    (evidence.OPERATION_CODE, "R14"),
    (evidence.DISPOSAL_CODE, "R1"),
    (evidence.SHA256, "0" * 63),
    (evidence.OBJECT, {}),
    (evidence.OBJECT, "x"),
    (evidence.listed(evidence.ID, 1, 2), []),
    (evidence.listed(evidence.ID, 1, 2), "AB"),
    (evidence.records((needs("a", evidence.ID),), 1, 2), "AB"),
    (evidence.records((needs("a", evidence.ID),), 1, 2), ["AB"]),
    (evidence.one_of("scale"), "SCALE"),
]


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_value_that_is_not_of_its_kind_is_refused(kind: Kind, value: Any) -> None:
    with pytest.raises(EvidenceError) as raised:
        read_evidence((needs("field", kind),), {"field": value})

    assert raised.value.errors[0].pointer.startswith("/field")
    assert not raised.value.errors[0].is_missing


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (evidence.UNIT_KG, "41.200", Decimal("41.2")),
        (evidence.UNIT_KG, 41, Decimal(41)),
        (evidence.TIME, "2026-06-01T12:00:00+08:00", datetime(2026, 6, 1, 4, tzinfo=UTC)),
        (evidence.DAY, "2026-06-01", date(2026, 6, 1)),
        (evidence.DAY, date(2026, 6, 1), date(2026, 6, 1)),
        (evidence.CODE, "https://id.gs1.org/01/06901234567892/21/A1",
         "https://id.gs1.org/01/06901234567892/21/A1"),
        (evidence.TEXT, "a\u3000b", "a\u3000b"),  # an ideographic space
    ],
)  # fmt: skip
def test_a_value_of_its_kind_is_read_exactly(kind: Kind, value: Any, read: Any) -> None:
    assert read_evidence((needs("field", kind),), {"field": value}) == {"field": read}


def test_every_field_that_is_wrong_is_named() -> None:
    fields = (needs("a", evidence.ID), needs("b", evidence.ID), may("c", evidence.ID))

    with pytest.raises(EvidenceError) as raised:
        read_evidence(fields, {"b": 7, "d": 1})

    assert [(one.pointer, one.is_missing) for one in raised.value.errors] == [
        ("/d", False), ("/a", True), ("/b", False)
    ]  # fmt: skip


def test_what_was_read_is_read_again_from_its_plain_form() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    fields = (needs("at", evidence.TIME), needs("kg", evidence.UNIT_KG), needs("on", evidence.DAY))

    read = read_evidence(fields, {"at": at, "kg": "41.20", "on": "2026-06-01"})

    assert read_evidence(fields, plain(read)) == read


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
fields_of_all = sorted(
    {(table.kind, move.command, field.name)
     for table in EVERY_TABLE for move in table.moves for field in move.evidence}
)  # fmt: skip


@given(st.sampled_from(fields_of_all), anything)
def test_whatever_is_sent_as_evidence_is_answered(where: Any, value: Any) -> None:
    kind, command, name = where
    table = next(one for one in EVERY_TABLE if one.kind == kind)
    move = table.move_of(command)

    answer = apply(
        nothing(kind, "A-1"), move.command, case(table, move.command, evidence={name: value})
    )

    if isinstance(answer, Refusal) and answer.errors:
        assert answer.problem in (Problem.EVIDENCE_INCOMPLETE, Problem.VALIDATION_FAILED)


@pytest.mark.parametrize("given_as", [None, "x", [1]])
def test_evidence_that_is_no_object_is_refused(given_as: Any) -> None:
    with pytest.raises(EvidenceError, match="is no object"):
        read_evidence((), given_as)
