"""What the partner API says when it says no: a closed list, pointers and values."""

import json
import re
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.refusal import Reason, Refused
from tests.web.partner.builders import name_of
from web.partner.problems import (
    KINDS,
    MAX_FAULTS,
    Fault,
    ProblemName,
    of_refusal,
    of_validation,
    pointer_of,
    problem,
    told,
    trace_id_of,
    traced,
)
from web.problems import Problem, respond

LISTED = """
400 malformed-json idempotency-key-missing cursor-invalid parameter-unknown
401 credential-invalid credential-expired
403 scope-missing role-not-allowed
404 not-found
405 method-not-allowed
406 not-acceptable
409 transition-not-allowed guard-failed order-reassigned identity-already-claimed request-in-flight
409 feed-rekeyed pickup-already-posted channel-ref-reused
412 version-stale
413 body-too-large batch-too-large
415 media-type-unsupported
422 validation-failed idempotency-key-reused region-unknown evidence-incomplete time-in-future
422 price-missing epcis-invalid
428 if-match-required
429 rate-limited
503 overloaded
507 storage-full
"""


def test_the_list_is_closed_and_each_name_has_its_status() -> None:
    listed = {
        name: int(status)
        for status, *names in map(str.split, LISTED.strip().splitlines())
        for name in names
    }

    assert {str(name): kind.status for name, kind in KINDS.items()} == listed
    assert set(KINDS) == set(ProblemName)


def test_every_name_has_a_title_of_its_own() -> None:
    titles = [kind.title for kind in KINDS.values()]

    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", ProblemName)
def test_a_problem_is_a_document_of_rfc_9457(name: ProblemName) -> None:
    document = problem(name, "because", faults=[Fault("/a", 1, "is odd")]).document

    assert document["type"] == f"urn:loopline:problem:{name}"
    assert document["status"] == KINDS[name].status
    assert document["title"] == KINDS[name].title
    assert document["errors"] == [{"pointer": "/a", "value": 1, "reason": "is odd"}]


def test_a_problem_of_the_house_keeps_the_title_of_its_status() -> None:
    assert Problem(404, "not_found", "x").document["title"] == "There is nothing here"


def test_a_traced_problem_says_the_same_with_the_id_of_its_trace() -> None:
    plain = problem(ProblemName.RATE_LIMITED, "later", headers={"Retry-After": "4"})

    told = traced(plain, "ab" * 16)

    assert told.document == {**plain.document, "trace_id": "ab" * 16}
    assert respond(told).headers["retry-after"] == "4"


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",  # all zero is no trace
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",  # a forbidden version
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-<script>",
    ],
)
def test_a_trace_that_is_none_gets_a_new_id(traceparent: str | None) -> None:
    assert trace_id_of(traceparent, lambda: "new") == "new"
    assert re.fullmatch("[0-9a-f]{32}", trace_id_of(traceparent))


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Literal["line"] = "line"
    mass_kg: float = Field(gt=0)


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Literal["refusal"]
    reason: str


class Pickup(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    lines: list[Line] = []
    ends: list[Line | Refusal] = []
    lon: float = 0.0


def problem_of(body: object) -> Problem:
    with pytest.raises(ValidationError) as caught:
        Pickup.model_validate(body)
    return of_validation(caught.value, body)


@pytest.mark.parametrize(
    ("body", "pointer", "value"),
    [
        ({"lon": False}, "/lon", False),
        ({"lines": [{"mass_kg": 1.0}, {"mass_kg": -2}]}, "/lines/1/mass_kg", -2),
        ({"lines": [{}]}, "/lines/0/mass_kg", None),
        ({"lines": {"a": 1}}, "/lines", "an object of 1 members"),
        ({"a/b~c": "x"}, "/a~1b~0c", "x"),
        ([], "", "a list of 0"),
        (None, "", None),
        ({"lon": "x" * 1_000}, "/lon", "x" * 200 + "... (1000 characters)"),
        ({"lon": "\ud800"}, "/lon", "\\ud800"),
    ],
)
def test_a_fault_points_at_the_value_that_is_wrong(
    body: object, pointer: str, value: object
) -> None:
    problem = problem_of(body)

    fault = problem.members["errors"][0]
    assert name_of(problem) == ProblemName.VALIDATION_FAILED
    assert (fault["pointer"], fault["value"]) == (pointer, value)
    assert fault["reason"]
    json.loads(bytes(respond(problem).body))


def test_the_members_of_a_union_are_no_part_of_a_pointer() -> None:
    body = {"ends": [{"kind": "refusal"}]}

    pointers = {fault["pointer"] for fault in problem_of(body).members["errors"]}

    assert pointers == {"/ends/0/kind", "/ends/0/mass_kg", "/ends/0/reason"}


def test_a_thousand_faults_are_counted_and_not_all_told() -> None:
    problem = problem_of({"lines": [{}] * 1_000})

    assert len(problem.members["errors"]) == MAX_FAULTS
    assert problem.detail.endswith("and 999 more")


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (Reason.BAD_JSON, ProblemName.MALFORMED_JSON),
        (Reason.NOT_FINITE, ProblemName.MALFORMED_JSON),
        (Reason.TOO_LARGE, ProblemName.BODY_TOO_LARGE),
        (Reason.TIME_FUTURE, ProblemName.TIME_IN_FUTURE),
        (Reason.VOCABULARY, ProblemName.VALIDATION_FAILED),
    ],
)
def test_what_the_wall_refuses_has_a_name_of_the_list(reason: Reason, name: ProblemName) -> None:
    problem = of_refusal(Refused(reason, "the value 7"))

    assert name_of(problem) == name
    assert problem.detail == "the value 7"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=json_values, location=st.lists(st.text() | st.integers(), max_size=5))
def test_whatever_is_wrong_can_be_told_and_pointed_at(
    value: object, location: list[int | str]
) -> None:
    fault = Fault(pointer_of(location, value), told(value), "is wrong")

    body = respond(problem(ProblemName.VALIDATION_FAILED, "x", faults=[fault])).body

    assert len(bytes(body)) < 20_000 + 10 * sum(len(str(part)) for part in location)


def test_an_exact_number_is_told_exactly() -> None:
    assert told(Decimal("0.1000")) == "0.1000"
    assert told(2**53 - 1) == 2**53 - 1
    assert told(2**60) == str(2**60)
