"""The document of the partner API: valid, committed, and never less than what was released."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from tests.web.partner.operations import document, operations_of
from web.partner.credential import Scope
from web.partner.openapi_changes import breaking_changes
from web.partner.problems import KINDS, ProblemName
from web.problems import PROBLEM_TYPE

ROOT = Path(__file__).parents[3]
DOCUMENT = document()
EVERY = operations_of(DOCUMENT)


def committed(path: str) -> Any:
    return json.loads((ROOT / path).read_text("utf-8"))


def test_the_document_is_openapi_3_1() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()

    assert DOCUMENT["openapi"] == "3.1.0"


def test_a_document_that_is_none_is_seen() -> None:
    broken = json.loads(json.dumps(DOCUMENT))
    broken["paths"]["/v1/me"]["get"]["responses"]["200"].pop("description")

    with pytest.raises(ValueError, match="description"):
        schemathesis.openapi.from_dict(broken).validate()


def test_the_committed_document_is_the_one_that_is_served() -> None:
    assert committed("docs/reference/partner-api.json") == json.loads(json.dumps(DOCUMENT))


def test_nothing_that_was_released_is_taken_away() -> None:
    # A change that has to break: docs/generate.py --release, and a line in the changelog.
    released = committed("docs/released/partner-api.json")

    assert breaking_changes(released, DOCUMENT) == ()


def test_every_problem_that_is_documented_is_one() -> None:
    told = {
        name: int(status)
        for one in EVERY
        for status, response in one.doc["responses"].items()
        if PROBLEM_TYPE in response.get("content", {})
        for name in response["description"].split(", ")
    }

    assert {
        name: status for name, status in told.items() if KINDS[ProblemName(name)].status != status
    } == {}
    assert "transition-not-allowed" in told


def test_every_scope_that_is_documented_is_one() -> None:
    told = {one.doc["x-scope"] for one in EVERY if "x-scope" in one.doc}

    assert told <= set(map(str, Scope))
    assert "pickups:write" in told


def test_every_answer_that_is_no_and_of_ours_is_a_problem_document() -> None:
    bare = [
        (one.id, status)
        for one in EVERY
        for status, response in one.doc["responses"].items()
        if status >= "400" and PROBLEM_TYPE not in response.get("content", {})
        and (one.id, status) not in {("ready", "503"), ("token", "400"), ("token", "401")}
    ]  # fmt: skip

    assert bare == []
