"""Every check that fails, fails before those after it: one table, every pair."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers

from recycling.vocabulary import Role
from tests.web.partner.builders import (
    KEY,
    NOON,
    credential,
    expect_problem,
    finding,
    name_of,
    stored,
)
from web.partner.authentication import Authority
from web.partner.credential import Scope
from web.partner.idempotency import KeyScope, Recorded, body_sha256
from web.partner.limiter import Limiter
from web.partner.order_of_checks import (
    Found,
    Gate,
    Rule,
    Settled,
    Transaction,
    check_found,
    receive,
    settle,
)
from web.partner.problems import ProblemName, problem
from web.problems import Problem

DONE = Recorded("", 200, b'{"done":true}')


class Accept(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    mass_kg: int


def gate_at(now: datetime, limiter: Limiter | None = None) -> Gate:
    return Gate(
        authority=Authority(find=finding(stored())),
        limiter=Limiter() if limiter is None else limiter,
        now=lambda: now,
        monotonic_s=lambda: 0.0,
    )


@dataclass
class Asked:
    """One command as it is asked when everything is right."""

    headers: dict[str, str] = field(
        default_factory=lambda: {
            "authorization": f"Bearer {KEY.text}",
            "content-type": "application/json",
            "idempotency-key": "k",
            "if-match": '"7"',
        }
    )
    raw: bytes = b'{"mass_kg":40}'
    rule: Rule = field(
        default_factory=lambda: Rule(
            scope=Scope.PICKUPS_WRITE, roles=frozenset({Role.RECYCLER}), max_bytes=1_000
        )
    )
    limiter: Limiter = field(default_factory=lambda: Limiter(quota=1))
    found: Found[str] | None = field(
        default_factory=lambda: Found(thing="U-1", version=7, roles=frozenset({Role.RECYCLER}))
    )
    recorded: Recorded | None = None
    runs: Callable[[str | None], Recorded] = lambda _thing: DONE
    now_after: timedelta = timedelta()

    def answer(self) -> Settled:
        gate = gate_at(NOON + self.now_after, self.limiter)
        path = "/v1/units/U-1:accept"
        admitted = gate.admit(self.rule, method="POST", path=path, headers=Headers(self.headers))
        received = receive(admitted, self.raw, Accept)
        store = Transaction(
            run=self.runs, find=lambda: self.found, recorded=lambda _key: self.recorded
        )
        return settle(received, store)


def no_credential(asked: Asked) -> None:
    del asked.headers["authorization"]


def used_up(asked: Asked) -> None:
    asked.limiter.take(KEY.key_id, 0.0)


def no_scope(asked: Asked) -> None:
    asked.rule = replace(asked.rule, scope=Scope.LOTS_WRITE)


def other_type(asked: Asked) -> None:
    asked.headers["content-type"] = "text/plain"


def long_body(asked: Asked) -> None:
    asked.raw = b" " * 1_001


def no_key(asked: Asked) -> None:
    del asked.headers["idempotency-key"]


def no_json(asked: Asked) -> None:
    asked.raw = b"{"


def wrong_body(asked: Asked) -> None:
    asked.raw = b'{"mass_kg":"40"}'


def other_body(asked: Asked) -> None:
    asked.recorded = Recorded(body_sha256({"mass_kg": 41}), 200, b"{}")


def nothing_there(asked: Asked) -> None:
    asked.found = None


def no_role(asked: Asked) -> None:
    asked.rule = replace(asked.rule, roles=frozenset({Role.DEPOT}))


def stale(asked: Asked) -> None:
    asked.headers["if-match"] = '"6"'


def not_allowed(asked: Asked) -> None:
    def run(_thing: str | None) -> Recorded:
        raise problem(ProblemName.TRANSITION_NOT_ALLOWED, "cannot accept while AT_DEPOT")

    asked.runs = run


Fault = Callable[[Asked], None]
#: Group by group, as the specification orders them; within one, either may be told.
FAULTS: tuple[tuple[int, Fault, ProblemName], ...] = (
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


def test_when_everything_is_right_the_command_runs() -> None:
    assert Asked().answer() == Settled(DONE)


@pytest.mark.parametrize(("_group", "fault", "name"), FAULTS)
def test_each_fault_alone_is_told(_group: int, fault: Fault, name: ProblemName) -> None:
    asked = Asked()
    fault(asked)

    expect_problem(name, asked.answer)


@pytest.mark.parametrize(("first", "second"), [*combinations(FAULTS, 2)])
def test_of_two_faults_the_one_that_stands_first_is_told(
    first: tuple[int, Fault, ProblemName], second: tuple[int, Fault, ProblemName]
) -> None:
    asked = Asked()
    first[1](asked)
    second[1](asked)

    with pytest.raises(Problem) as caught:
        asked.answer()

    group = {first[2], second[2]} if first[0] == second[0] else {first[2]}
    assert name_of(caught.value) in group


def test_a_key_that_expired_is_told_before_anything_else() -> None:
    asked = Asked(now_after=timedelta(days=31))
    used_up(asked)

    expect_problem(ProblemName.CREDENTIAL_EXPIRED, asked.answer)


def test_the_same_request_is_answered_as_before_even_where_everything_has_changed() -> None:
    first = Recorded(body_sha256({"mass_kg": 40}), 409, b'{"code":"guard_failed"}')
    asked = Asked(recorded=first)
    for change in (nothing_there, no_role, stale, not_allowed):
        change(asked)

    settled = asked.answer()

    assert settled == Settled(first, {"Idempotency-Replayed": "true"})


def test_a_credential_that_may_not_replays_nothing() -> None:
    asked = Asked(recorded=Recorded(body_sha256({"mass_kg": 40}), 200, b"{}"))
    no_scope(asked)

    expect_problem(ProblemName.SCOPE_MISSING, asked.answer)


def test_a_role_counts_only_where_credential_and_thing_both_have_it() -> None:
    elsewhere = Asked(found=Found(thing="U-1", version=7, roles=frozenset({Role.CARRIER})))

    expect_problem(ProblemName.ROLE_NOT_ALLOWED, elsewhere.answer)


def test_whose_part_has_ended_learns_so_on_commands_and_nothing_of_the_version() -> None:
    ended = Found(thing="U-1", version=4_711, roles=frozenset({Role.RECYCLER}), ended=True)

    refusal = expect_problem(ProblemName.ORDER_REASSIGNED, Asked(found=ended).answer)

    assert "4711" not in str(refusal.document)


def test_a_command_that_creates_needs_the_role_of_its_credential() -> None:
    gate = gate_at(NOON)
    asked = Asked()

    def create(*roles: Role) -> Settled:
        rule = replace(asked.rule, roles=frozenset(roles))
        admitted = gate.admit(
            rule, method="POST", path="/v1/pickups", headers=Headers(asked.headers)
        )
        store: Transaction[str] = Transaction(run=lambda _thing: DONE)
        return settle(receive(admitted, asked.raw, Accept), store)

    assert create(Role.RECYCLER, Role.DEPOT) == Settled(DONE)
    expect_problem(ProblemName.ROLE_NOT_ALLOWED, lambda: create(Role.INTAKE))


def test_a_patch_needs_a_version() -> None:
    asked = Asked()
    asked.rule = replace(asked.rule, needs_if_match=True)
    del asked.headers["if-match"]

    expect_problem(ProblemName.IF_MATCH_REQUIRED, asked.answer)


@pytest.mark.parametrize(
    ("length", "name"),
    [("1001", ProblemName.BODY_TOO_LARGE), ("9" * 5_000, ProblemName.BODY_TOO_LARGE)],
)
def test_a_body_that_says_it_is_long_is_not_read(length: str, name: ProblemName) -> None:
    asked = Asked()
    asked.headers["content-length"] = length

    expect_problem(name, asked.answer)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'{"mass_kg":NaN}', ProblemName.MALFORMED_JSON),
        (b'{"mass_kg":5e-324}', ProblemName.VALIDATION_FAILED),
        (b'{"mass_kg":1e999999999999999999}', ProblemName.VALIDATION_FAILED),
        (b'{"mass_kg":1e9999999999999999999}', ProblemName.MALFORMED_JSON),
        (b"[" * 900, ProblemName.MALFORMED_JSON),
        (b'{"mass_kg":' + b"[" * 30 + b"]" * 30 + b"}", ProblemName.MALFORMED_JSON),
        (b'{"\\ud800":1}', ProblemName.VALIDATION_FAILED),
        (b"\xff\xfe", ProblemName.MALFORMED_JSON),
        (b'{"mass_kg":1,"more":2}', ProblemName.VALIDATION_FAILED),
        (b"null", ProblemName.VALIDATION_FAILED),
        (b"[]", ProblemName.VALIDATION_FAILED),
        (b"", ProblemName.VALIDATION_FAILED),  # nothing says as much as {}
    ],
)
def test_a_hostile_body_is_a_problem_and_never_a_failure(raw: bytes, name: ProblemName) -> None:
    expect_problem(name, Asked(raw=raw).answer)


def test_a_command_without_evidence_needs_no_body() -> None:
    class Nothing(BaseModel):
        model_config = ConfigDict(extra="forbid")

    asked = Asked()
    headers = {key: asked.headers[key] for key in ("authorization", "idempotency-key")}
    gate = gate_at(NOON)

    admitted = gate.admit(asked.rule, method="POST", path="/v1/x", headers=Headers(headers))
    received = receive(admitted, b"", Nothing)

    assert received.body_sha256 == body_sha256({})
    assert admitted.key == KeyScope("hisense", "P-7", "POST", "/v1/x", "k")
    assert admitted.credential == credential()
    assert admitted.allowance.headers["RateLimit"] == '"default";r=599;t=60'


def test_a_read_needs_neither_key_nor_type_and_does_not_see_what_has_ended() -> None:
    gate = gate_at(NOON)
    rule = Rule(scope=Scope.UNITS_READ)
    headers = Headers({"authorization": f"Bearer {KEY.text}"})
    ended = Found(thing="U-1", version=9, roles=frozenset({Role.RECYCLER}), ended=True)

    admitted = gate.admit(rule, method="GET", path="/v1/units/U-1", headers=headers)

    assert admitted.key is None
    assert check_found(admitted, replace(ended, ended=False)).thing == "U-1"
    expect_problem(ProblemName.NOT_FOUND, lambda: check_found(admitted, ended))
    expect_problem(ProblemName.NOT_FOUND, lambda: check_found(admitted, None))
