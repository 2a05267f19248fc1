"""Whatever stands in whichever field of a write: a problem document, never 500."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.recycling.builders import NOON
from tests.web.partner.bodies import body_of
from tests.web.partner.operations import Operation, document, operations_of
from tests.web.partner.owned import Owned, owned_in
from tests.web.partner.room import opened
from web.problems import PROBLEM_TYPE

MARK = "\u2603spoilt\u2603"
JSON = "application/json"
# As they come on the wire: what no library would write, too.
JUNK = (
    "NaN", "-Infinity", "5e-324", "1e400", "9" * 400, "-0.0", "1.5e-7", '"\\ud800"', '"\\u0000"',
    "[" * 19 + "]" * 19, "[" * 5_000 + "]" * 5_000, '{"a":' * 19 + "1" + "}" * 19, "true", "null",
    "[]", "{}", "[null]", "[{}]", '[{"unit_id": {}}]', '""', '" "', '"2026-02-30T00:00:00Z"',
    '"' + "x" * 70_000 + '"', '{"a": 1, "a": 2}', '{"\\udfff": []}', "tru", "",
)  # fmt: skip
WRITES = [
    one
    for one in operations_of(document())
    if JSON in one.doc.get("requestBody", {"content": {}})["content"]
]
_TURNS = count()


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    with opened(tmp_path_factory.mktemp("junk"), now=NOON) as room:
        yield owned_in(room)


def schema_of(operation: Operation) -> Any:
    return operation.doc["requestBody"]["content"][JSON]["schema"]


def spoilt(body: Any, place: tuple[Any, ...], junk: str) -> bytes:
    """Return the body as bytes with ``junk`` at a place."""
    if not place:
        return junk.encode()
    copy = json.loads(json.dumps(body))
    at = copy
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = MARK
    return json.dumps(copy, ensure_ascii=False).replace(f'"{MARK}"', junk).encode()


def places(body: Any, schema: Any) -> Iterator[tuple[Any, ...]]:
    """Yield every place of a body that may be told: those of the schema, and those within."""
    yield ()
    if not isinstance(body, dict):
        return
    for name in schema.get("properties", {}):
        yield (name,)
    yield ("favour",)
    for name, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ((name, 0, inner) for inner in value[0])


def answers_well(owned: Owned, operation: Operation, raw: bytes) -> None:
    answer = operation.ask(
        owned.room, owned.story.office, owned.ids.get(operation.noun, "X"), body=raw
    )
    at = (operation.id, raw[:200], answer.text[:300])
    assert answer.status_code in operation.statuses, at
    assert answer.status_code < 500, at
    if answer.status_code >= 400:
        assert answer.headers["content-type"].startswith(PROBLEM_TYPE), at
        assert {"type", "title", "status", "detail", "trace_id"} <= answer.json().keys(), at


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.id)
def test_junk_in_every_field_is_answered_by_a_problem(owned: Owned, operation: Operation) -> None:
    body = body_of(operation.id)
    for place in places(body, schema_of(operation)):
        # Each field gets another two: over all fields and routes every kind comes many times.
        for _ in range(2):
            answers_well(owned, operation, spoilt(body, place, JUNK[next(_TURNS) % len(JUNK)]))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.id)
def test_all_junk_in_every_field_is_answered_by_a_problem(
    owned: Owned, operation: Operation
) -> None:
    body = body_of(operation.id)
    for place in places(body, schema_of(operation)):
        for junk in JUNK:
            answers_well(owned, operation, spoilt(body, place, junk))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(operation=st.sampled_from(WRITES), data=st.data(), value=values)
def test_any_value_at_any_place_is_answered_by_a_problem(
    owned: Owned, operation: Operation, data: st.DataObject, value: Any
) -> None:
    body = body_of(operation.id)
    place = data.draw(st.sampled_from([*places(body, schema_of(operation))]))
    answers_well(owned, operation, spoilt(body, place, json.dumps(value)))
