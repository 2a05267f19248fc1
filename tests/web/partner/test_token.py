"""Tokens for client credentials: RFC 6749's answers, short lives, and no forged one."""

from base64 import b64encode
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.web.partner.builders import (
    KEY,
    NOON,
    OTHER_KEY,
    credential,
    expect_problem,
    finding,
    name_of,
    stored,
)
from web.partner.credential import Scope
from web.partner.problems import ProblemName
from web.partner.token import (
    ALGORITHM,
    LIFE,
    MAX_FORM_BYTES,
    TYPE,
    TokenAnswer,
    TokenKeys,
    answer_form,
    check_token,
    sign_token,
)
from web.problems import Problem

SIGNING = OKPKey.generate_key("Ed25519", parameters={"kid": "a"})
KEYS = TokenKeys(issuer="https://api.example", audience="https://api.example/v1", signing=SIGNING)
FIND = finding(stored())
GRANT = {"grant_type": "client_credentials"}
CLIENT = {"client_id": KEY.key_id, "client_secret": KEY.secret}
READ = frozenset({Scope.UNITS_READ})


def basic(client_id: str = KEY.key_id, secret: str = KEY.secret) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def ask(
    form: bytes | dict[str, str], authorization: str | None = None, **changed: Any
) -> TokenAnswer:
    raw = form if isinstance(form, bytes) else urlencode(form).encode()
    given: dict[str, Any] = {"find": FIND, "keys": KEYS, "now": NOON, "jti": "T-1"} | changed
    return answer_form(raw, authorization=authorization, **given)


def token(**claims: Any) -> str:
    """A token as ours are, signed by us, with other claims."""
    text, _ = sign_token(stored(), READ, keys=KEYS, now=NOON, jti="T-1")
    plain = jwt.decode(text, SIGNING, algorithms=[ALGORITHM]).claims
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": "a"}
    return jwt.encode(header, plain | claims, SIGNING, algorithms=[ALGORITHM])


def check(text: str, **changed: Any) -> Any:
    given: dict[str, Any] = {"find": FIND, "keys": KEYS, "now": NOON}
    return check_token(text, **given | changed)


@pytest.mark.parametrize("authorization", [None, basic()])
def test_a_client_that_proves_itself_gets_a_token_for_its_scopes(
    authorization: str | None,
) -> None:
    answer = ask(GRANT | (CLIENT if authorization is None else {}), authorization)

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert {**answer.body, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "pickups:write units:read",
    }
    assert check(str(answer.body["access_token"])) == credential()


def test_a_token_opens_no_more_than_was_asked_for() -> None:
    answer = ask(GRANT | CLIENT | {"scope": "units:read"})

    assert check(str(answer.body["access_token"])) == credential(scopes=READ)


def test_a_token_never_outlives_its_key() -> None:
    ending = stored(expires_at=NOON + timedelta(seconds=30))

    answer = ask(GRANT | CLIENT, find=finding(ending))

    assert answer.body["expires_in"] == 30


@pytest.mark.parametrize(
    ("form", "authorization", "status", "error"),
    [
        (b"", None, 401, "invalid_client"),
        (CLIENT, None, 400, "invalid_request"),  # no grant type
        (CLIENT | {"grant_type": ""}, None, 400, "invalid_request"),  # empty is left out
        (CLIENT | {"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        (GRANT | CLIENT | {"scope": "lots:read"}, None, 400, "invalid_scope"),
        (GRANT | CLIENT | {"scope": "everything"}, None, 400, "invalid_scope"),
        (GRANT | CLIENT | {"client_secret": OTHER_KEY.secret}, None, 401, "invalid_client"),
        (GRANT | CLIENT | {"client_id": OTHER_KEY.key_id}, None, 401, "invalid_client"),
        (GRANT | CLIENT, basic(), 400, "invalid_request"),  # two ways at once
        (GRANT | {"client_id": OTHER_KEY.key_id}, basic(), 400, "invalid_request"),
        (GRANT, basic(KEY.key_id, "wrong"), 401, "invalid_client"),
        (GRANT, "Basic !", 401, "invalid_client"),
        (GRANT, "Basic " + b64encode(b"no colon").decode(), 401, "invalid_client"),
        (GRANT, "Basic " + b64encode(b"\xff:x").decode(), 401, "invalid_client"),
        (GRANT, "Bearer " + KEY.text, 401, "invalid_client"),
        (GRANT, "", 401, "invalid_client"),
        (
            b"grant_type=client_credentials&grant_type=client_credentials",
            None,
            400,
            "invalid_request",
        ),
        (b"\xff\xfe", None, 400, "invalid_request"),
        (b"grant_type=%ff", None, 400, "invalid_request"),
        (b"a=1&" * 30, None, 400, "invalid_request"),
        (b"a" * (MAX_FORM_BYTES + 1), None, 400, "invalid_request"),
    ],
)
def test_what_is_no_grant_is_told_as_rfc_6749_has_it(
    form: bytes | dict[str, str], authorization: str | None, status: int, error: str
) -> None:
    answer = ask(form, authorization)

    assert (answer.status, answer.body["error"]) == (status, error)
    assert answer.body["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401 and authorization is not None)


@given(form=st.binary(max_size=200), authorization=st.none() | st.text(max_size=60))
def test_whatever_comes_is_answered_without_a_token(form: bytes, authorization: str | None) -> None:
    answer = ask(form, authorization)

    assert answer.status in (400, 401)
    assert "access_token" not in answer.body


def test_a_token_ends_after_ten_minutes() -> None:
    text = token()

    assert check(text, now=NOON + LIFE - timedelta(seconds=1)) == credential(scopes=READ)
    expect_problem(ProblemName.CREDENTIAL_EXPIRED, lambda: check(text, now=NOON + LIFE))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "https://other.example"},
        {"sub": OTHER_KEY.key_id},
        {"sub": None},
        {"exp": "tomorrow"},
        {"exp": None},
        {"iat": int(NOON.timestamp()) + 3_600},
        {"scope": "everything"},
        {"scope": None},
    ],
)
def test_a_token_that_says_something_else_is_invalid(claims: dict[str, object]) -> None:
    expect_problem(ProblemName.CREDENTIAL_INVALID, lambda: check(token(**claims)))


def forged(alg: str, key: Any, **header: str) -> str:
    claims = jwt.decode(token(), SIGNING, algorithms=[ALGORITHM]).claims
    return jwt.encode({"alg": alg, "typ": TYPE, "kid": "a"} | header, claims, key, algorithms=[alg])


def test_a_token_of_another_key_algorithm_or_type_is_invalid() -> None:
    public = OctKey.import_key(str(SIGNING.as_dict(private=False)["x"]))
    stranger = OKPKey.generate_key("Ed25519", parameters={"kid": "a"})
    texts = [
        forged("HS256", public),  # our public key taken for a shared secret
        forged("Ed25519", stranger),
        forged("Ed25519", SIGNING, kid="b"),
        forged("Ed25519", SIGNING, typ="JWT"),
        "eyJhbGciOiJub25lIn0." + token().split(".")[1] + ".",
        "a.b.c.d.e",
        "\u00e9.b.c",
        "a" * 5_000,
    ]

    for text in texts:
        expect_problem(ProblemName.CREDENTIAL_INVALID, partial(check, text))


@given(at=st.integers(0, 10_000), flip=st.integers(1, 127))
def test_no_character_of_a_token_can_be_changed(at: int, flip: int) -> None:
    text = token()
    at %= len(text)
    changed = text[:at] + chr(ord(text[at]) ^ flip) + text[at + 1 :]

    try:
        got = check(changed)
    except Problem as error:
        got = name_of(error)

    # the last character of a signature has bits that say nothing
    assert got in (ProblemName.CREDENTIAL_INVALID, credential(scopes=READ))


def test_keys_that_a_token_could_not_name_are_refused() -> None:
    nameless = OKPKey.generate_key("Ed25519", auto_kid=False)

    for retired in (nameless, SIGNING):
        with pytest.raises(ValueError, match="kid of its own"):
            TokenKeys(issuer="i", audience="a", signing=SIGNING, retired=(retired,))


def test_a_retired_key_still_verifies() -> None:
    new = OKPKey.generate_key("Ed25519", parameters={"kid": "b"})
    changed = TokenKeys(issuer=KEYS.issuer, audience=KEYS.audience, signing=new, retired=(SIGNING,))

    assert check(token(), keys=changed) == credential(scopes=READ)


def test_revoking_a_key_ends_its_tokens_and_so_does_taking_a_scope() -> None:
    text = token()
    poorer = stored(credential=credential(scopes=frozenset()))

    expect_problem(
        ProblemName.CREDENTIAL_INVALID, lambda: check(text, find=finding(stored(revoked_at=NOON)))
    )
    assert check(text, find=finding(poorer)).scopes == frozenset()
