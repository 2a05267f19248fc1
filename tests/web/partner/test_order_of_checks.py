"""Every check that fails, fails before those after it: one table, every pair, over HTTP."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from starlette.datastructures import Headers

from recycling.vocabulary import Role
from tests.web.partner.builders import (
    KEY,
    NOON,
    credential,
    expect_problem,
    finding,
    stored,
)
from tests.web.partner.room import Room, opened
from tests.web.partner.visits import Visit
from web.intake import MAX_BODY_BYTES
from web.partner.authentication import Authority
from web.partner.credential import Scope
from web.partner.idempotency import KeyScope
from web.partner.limiter import Limiter
from web.partner.order_of_checks import Gate, Rule
from web.partner.problems import ProblemName

QUOTA = 60
ONE_WINDOW_S = 60.0


@dataclass
class World:
    """One order that may be appointed, one that was, and keys by scope and role."""

    room: Room
    visit: Visit
    accepted: dict[str, Any]
    appointed: dict[str, Any]
    keys: Mapping[tuple[Scope, Role], dict[str, str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("room"), quota=QUOTA) as room:
        visit = Visit(room)
        yield World(
            room=room,
            visit=visit,
            accepted=visit.accepted(),
            appointed=visit.appointed(),
            keys={
                (scope, role): room.key(role, partner_id="north", scopes=frozenset({scope}))
                for scope in (Scope.ORDERS_WRITE, Scope.UNITS_READ)
                for role in (Role.RECYCLER, Role.DEPOT)
            },
        )


@dataclass
class Asked:
    """An appointment as it is asked for when everything is right."""

    world: World
    order: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    scope: Scope = Scope.ORDERS_WRITE
    role: Role = Role.RECYCLER
    is_known: bool = True
    is_used_up: bool = False

    def __post_init__(self) -> None:
        self.headers = self.headers or {
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
            "If-Match": f'"{self.order["version"]}"',
        }

    def answer(self) -> Any:
        """Ask in a window of its own; the key's quota is spent before where it is to be."""
        room = self.world.room
        room.monotonic_s += ONE_WINDOW_S
        key = self.world.keys[self.scope, self.role]
        if self.is_used_up:
            for _ in range(QUOTA):
                room.get("/v1/me", key)
        raw = json.dumps(self.world.visit.window()).encode() if self.raw is None else self.raw
        path = f"/v1/takeback-orders/{self.order['id']}:appoint"
        headers = {**self.headers, **(key if self.is_known else {})}
        return room.client.post(path, content=raw, headers=headers)


def no_credential(asked: Asked) -> None:
    asked.is_known = False


def used_up(asked: Asked) -> None:
    asked.is_used_up = True


def no_scope(asked: Asked) -> None:
    asked.scope = Scope.UNITS_READ


def other_type(asked: Asked) -> None:
    asked.headers["Content-Type"] = "text/plain"


def long_body(asked: Asked) -> None:
    asked.raw = b" " * (MAX_BODY_BYTES + 1)


def no_key(asked: Asked) -> None:
    asked.headers.pop("Idempotency-Key")


def no_json(asked: Asked) -> None:
    asked.raw = b"{"


def wrong_body(asked: Asked) -> None:
    asked.raw = b'{"window_from":"soon"}'


def other_body(asked: Asked) -> None:
    """Let the key have been given with a window that no order allows, which changed nothing."""
    window = asked.world.visit.window()
    none = json.dumps(window | {"window_from": window["window_to"]}).encode()
    assert replace(asked, raw=none).answer().status_code == 409


def nothing_there(asked: Asked) -> None:
    asked.order = asked.order | {"id": "none"}


def no_role(asked: Asked) -> None:
    asked.role = Role.DEPOT


def stale(asked: Asked) -> None:
    asked.headers["If-Match"] = '"1"'


def not_allowed(asked: Asked) -> None:
    """Ask of an order that has its appointment; a version that was read stays the right one."""
    is_right = asked.headers["If-Match"] == f'"{asked.order["version"]}"'
    asked.order = asked.order | {"id": asked.world.appointed["id"]}
    if is_right:
        asked.headers["If-Match"] = f'"{asked.world.appointed["version"]}"'


Fault = Callable[[Asked], None]
Row = tuple[int, Fault, ProblemName]
#: Group by group, as the specification orders them; within one, either may be told.
FAULTS: tuple[Row, ...] = (
    (1, no_credential, ProblemName.CREDENTIAL_INVALID),
    (2, used_up, ProblemName.RATE_LIMITED),
    (3, no_scope, ProblemName.SCOPE_MISSING),
    (4, other_type, ProblemName.MEDIA_TYPE_UNSUPPORTED),
    (4, no_key, ProblemName.IDEMPOTENCY_KEY_MISSING),
    (4, long_body, ProblemName.BODY_TOO_LARGE),
    (4, no_json, ProblemName.MALFORMED_JSON),
    (4, wrong_body, ProblemName.VALIDATION_FAILED),
    (5, other_body, ProblemName.IDEMPOTENCY_KEY_REUSED),
    (6, nothing_there, ProblemName.NOT_FOUND),
    (7, no_role, ProblemName.ROLE_NOT_ALLOWED),
    (8, stale, ProblemName.VERSION_STALE),
    (9, not_allowed, ProblemName.TRANSITION_NOT_ALLOWED),
)
#: Nothing has no state, and what it, or another order, was asked before is another request.
NO_PAIRS = (
    {other_body, nothing_there},
    {other_body, not_allowed},
    {nothing_there, not_allowed},
)
PAIRS = [
    (first, second)
    for first, second in combinations(FAULTS, 2)
    if {first[1], second[1]} not in NO_PAIRS
]


def name_of(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:loopline:problem:")


@pytest.mark.parametrize(("_group", "fault", "name"), FAULTS)
def test_each_fault_alone_is_told(
    world: World, _group: int, fault: Fault, name: ProblemName
) -> None:
    asked = Asked(world, world.accepted)
    fault(asked)

    assert name_of(asked.answer()) == name


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_faults_the_one_that_stands_first_is_told(
    world: World, first: Row, second: Row
) -> None:
    asked = Asked(world, world.accepted)
    # What prepares an answer does so before anything else is wrong.
    for _, fault, _ in sorted((first, second), key=lambda row: row[1] is not other_body):
        fault(asked)

    group = {first[2], second[2]} if first[0] == second[0] else {first[2]}
    assert name_of(asked.answer()) in group


def test_when_everything_is_right_the_command_runs_and_is_answered_so_whatever_changes(
    world: World,
) -> None:
    asked = Asked(world, world.visit.accepted())
    first = asked.answer()
    assert (first.status_code, first.json()["state"]) == (200, "appointed")
    stale(asked)

    again = asked.answer()

    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    asked.headers["Idempotency-Key"] = uuid.uuid4().hex
    assert name_of(asked.answer()) == ProblemName.VERSION_STALE


def test_a_credential_that_may_not_replays_nothing(world: World) -> None:
    asked = Asked(world, world.visit.accepted())
    assert asked.answer().status_code == 200
    no_scope(asked)

    assert name_of(asked.answer()) == ProblemName.SCOPE_MISSING


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "9" * 5_000])
def test_a_body_that_says_it_is_long_is_not_read(length: str) -> None:
    headers = {"content-type": "application/json", "content-length": length}

    expect_problem(ProblemName.BODY_TOO_LARGE, lambda: admitted("POST", "/v1/x", headers))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'{"window_from":NaN}', ProblemName.MALFORMED_JSON),
        (b'{"window_from":5e-324}', ProblemName.VALIDATION_FAILED),
        (b'{"window_from":1e999999999999999999}', ProblemName.VALIDATION_FAILED),
        (b'{"window_from":1e9999999999999999999}', ProblemName.MALFORMED_JSON),
        (b"[" * 900, ProblemName.MALFORMED_JSON),
        (b'{"window_from":' + b"[" * 30 + b"]" * 30 + b"}", ProblemName.MALFORMED_JSON),
        (b'{"\\ud800":1}', ProblemName.VALIDATION_FAILED),
        (b"\xff\xfe", ProblemName.MALFORMED_JSON),
        (b'{"window_from":1,"more":2}', ProblemName.VALIDATION_FAILED),
        (b"null", ProblemName.VALIDATION_FAILED),
        (b"[]", ProblemName.VALIDATION_FAILED),
        (b"", ProblemName.EVIDENCE_INCOMPLETE),  # nothing says as much as {}
        (b"{}", ProblemName.EVIDENCE_INCOMPLETE),
    ],
)
def test_a_hostile_body_is_a_problem_and_never_a_failure(
    world: World, raw: bytes, name: ProblemName
) -> None:
    assert name_of(Asked(world, world.accepted, raw=raw).answer()) == name


# -- what the head alone tells ---------------------------------------------------------------------

COMMAND_HEADERS = {"idempotency-key": "k"}


def admitted(
    method: str,
    path: str,
    headers: dict[str, str],
    *,
    limiter: Limiter | None = None,
    after: timedelta = timedelta(),
) -> Any:
    """What the gate lets in of a request with a key that is right."""
    gate = Gate(
        authority=Authority(find=finding(stored())),
        limiter=limiter or Limiter(),
        now=lambda: NOON + after,
        monotonic_s=lambda: 0.0,
    )
    told = Headers({"authorization": f"Bearer {KEY.text}", **headers})
    scope = Scope.UNITS_READ if method == "GET" else Scope.PICKUPS_WRITE
    return gate.admit(Rule(scope=scope), method=method, path=path, headers=told)


def test_a_key_that_expired_is_told_before_anything_else() -> None:
    limiter = Limiter(quota=1)
    limiter.take(KEY.key_id, 0.0)

    expect_problem(
        ProblemName.CREDENTIAL_EXPIRED,
        lambda: admitted("POST", "/v1/x", {}, limiter=limiter, after=timedelta(days=31)),
    )


def test_a_command_without_evidence_needs_no_body_and_no_type() -> None:
    found = admitted("POST", "/v1/x", COMMAND_HEADERS)

    assert found.key == KeyScope("hisense", "P-7", "POST", "/v1/x", "k")
    assert found.credential == credential()
    assert found.allowance.headers["RateLimit"] == '"default";r=599;t=60'


def test_a_read_needs_neither_key_nor_type() -> None:
    found = admitted("GET", "/v1/units/U-1", {})

    assert found.key is None
    assert found.is_read
