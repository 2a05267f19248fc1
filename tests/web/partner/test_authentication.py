"""The Authorization header: a key or a token, each behind Bearer."""

import pytest
from joserfc.jwk import OKPKey

from tests.web.partner.builders import KEY, NOON, credential, expect_problem, finding, stored
from web.partner.authentication import Authority
from web.partner.credential import Scope
from web.partner.problems import ProblemName
from web.partner.token import TokenKeys, sign_token

KEYS = TokenKeys(
    issuer="https://api.example",
    audience="https://api.example/v1",
    signing=OKPKey.generate_key("Ed25519", parameters={"kid": "a"}),
)
AUTHORITY = Authority(find=finding(stored()), keys=KEYS)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_key_or_a_token_says_who_asks(scheme: str) -> None:
    scopes = frozenset({Scope.UNITS_READ})
    token, _ = sign_token(stored(), scopes, keys=KEYS, now=NOON, jti="T")

    assert AUTHORITY.credential_of(f"{scheme} {KEY.text}", NOON) == credential()
    assert AUTHORITY.credential_of(f"{scheme} {token}", NOON) == credential(scopes=scopes)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", KEY.text, f"Basic {KEY.text}", f"Bearer{KEY.text}"]
)
def test_another_header_says_nothing(header: str | None) -> None:
    expect_problem(ProblemName.CREDENTIAL_INVALID, lambda: AUTHORITY.credential_of(header, NOON))


def test_without_keys_no_token_is_taken() -> None:
    token, _ = sign_token(stored(), frozenset(), keys=KEYS, now=NOON, jti="T")
    only_keys = Authority(find=finding(stored()))

    expect_problem(
        ProblemName.CREDENTIAL_INVALID, lambda: only_keys.credential_of(f"Bearer {token}", NOON)
    )
