"""What the partner API says when it says no: a closed list, pointers and values."""

import json
import re

import pytest

from schemas.refusal import Reason, Refused
from tests.web.partner.builders import name_of
from web.partner.problems import (
    KINDS,
    MAX_FAULTS,
    Fault,
    ProblemName,
    of_refusal,
    problem,
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


def test_a_thousand_faults_are_not_all_told() -> None:
    faults = [Fault(f"/lines/{nth}", "\\ud800", "is wrong") for nth in range(1_000)]

    refusal = problem(ProblemName.VALIDATION_FAILED, "/lines/0 is wrong", faults=faults)

    told = json.loads(bytes(respond(refusal).body))["errors"]
    assert len(told) == MAX_FAULTS
    assert told[1] == {"pointer": "/lines/1", "value": "\\ud800", "reason": "is wrong"}


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
