"""Builders of the partner API's parts: names only what a test is about."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recycling.vocabulary import Role
from web.partner.api_key import ApiKey, StoredKey, digest_of, issue
from web.partner.credential import Credential, Scope
from web.partner.problems import ProblemName
from web.problems import URN, Problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = issue(lambda count: bytes(range(count)))
OTHER_KEY = issue(lambda count: bytes(range(100, 100 + count)))


def credential(**changed: Any) -> Credential:
    """A recycler of the maker Hisense that reads units and posts pickups."""
    plain: dict[str, Any] = {
        "tenant": "hisense",
        "partner_id": "P-7",
        "roles": frozenset({Role.RECYCLER}),
        "scopes": frozenset({Scope.UNITS_READ, Scope.PICKUPS_WRITE}),
        "key_id": KEY.key_id,
    }
    return Credential(**plain | changed)


def stored(key: ApiKey = KEY, **changed: Any) -> StoredKey:
    plain: dict[str, Any] = {
        "credential": credential(key_id=key.key_id),
        "secret_sha256": digest_of(key.secret),
        "issued_at": NOON - timedelta(days=30),
        "expires_at": NOON + timedelta(days=30),
    }
    return StoredKey(**plain | changed)


def finding(*keys: StoredKey) -> Callable[[str], StoredKey | None]:
    return {key.credential.key_id: key for key in keys}.get


def name_of(problem: Problem) -> str:
    return str(problem.document["type"]).removeprefix(URN)


def expect_problem(named: ProblemName, ask: Callable[[], object]) -> Problem:
    """Return the problem that ``ask`` raises, which must be ``named``."""
    with pytest.raises(Problem) as caught:
        ask()
    assert name_of(caught.value) == named
    return caught.value
