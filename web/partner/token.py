"""OAuth 2 client credentials (RFC 6749, 4.4): a key's id and secret for a short signed token.

The token says which key it stands for and which scopes it opens; whose key that is, is asked of the
store at each use, so that a revoked key ends its tokens at once.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote_plus

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OKPKey

from web.partner.api_key import (
    ApiKey,
    FindKey,
    StoredKey,
    check_secret,
    expired,
    invalid,
    refuse_ended,
)
from web.partner.credential import Credential, Scope, ScopeUnknown, scope_text, scopes_of
from web.problems import Problem

LIFE = timedelta(minutes=10)
ALGORITHM = "Ed25519"  # RFC 9864; the older name EdDSA leaves the curve open
TYPE = "at+jwt"
MAX_TOKEN_CHARACTERS = 4_096
MAX_FORM_BYTES = 8 * 1024
MAX_FORM_FIELDS = 20
FORM = "application/x-www-form-urlencoded"
NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeys:
    """With what tokens are signed now, and what else still verifies while keys change."""

    issuer: str
    audience: str
    signing: OKPKey
    retired: tuple[OKPKey, ...] = ()

    def __post_init__(self) -> None:
        """Refuse keys that a token could not name."""
        names = [key.kid for key in (self.signing, *self.retired)]
        if None in names or len(set(names)) != len(names):
            raise ValueError(f"each key needs a kid of its own, got {names}")

    @property
    def all(self) -> KeySet:
        """Every key that verifies, told apart by ``kid``."""
        return KeySet([self.signing, *self.retired])


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint answers, as JSON with these headers."""

    status: int
    body: Mapping[str, str | int]
    headers: Mapping[str, str]


class GrantRefused(Exception):
    """The token is not given; ``error`` is the code of RFC 6749, 5.2."""

    def __init__(self, error: str, detail: str) -> None:
        """Keep the code for machines and the sentence for people."""
        super().__init__(detail)
        self.error = error


def sign_token(
    stored: StoredKey, scopes: frozenset[Scope], *, keys: TokenKeys, now: datetime, jti: str
) -> tuple[str, int]:
    """Return a token for the key ``stored``, and how many seconds it opens ``scopes``.

    It never outlives its key.
    """
    ends_at = min(now + LIFE, stored.expires_at)
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": keys.signing.kid}
    claims = {
        "iss": keys.issuer,
        "aud": keys.audience,
        "sub": stored.credential.key_id,
        "client_id": stored.credential.key_id,
        "iat": int(now.timestamp()),
        "exp": int(ends_at.timestamp()),
        "jti": jti,
        "scope": scope_text(scopes),
    }
    text = jwt.encode(header, claims, keys.signing, algorithms=[ALGORITHM])
    return text, int(ends_at.timestamp()) - int(now.timestamp())


def check_token(text: str, *, find: FindKey, keys: TokenKeys, now: datetime) -> Credential:
    """Return for whom the token ``text`` stands, with the scopes that token and key both open.

    Raises
    ------
    Problem
        401 ``credential-invalid`` or ``credential-expired``.
    """
    claims = _claims_of(text, keys, now)
    stored = find(str(claims["sub"]))
    if stored is None:
        raise invalid()
    refuse_ended(stored, now)
    try:
        scopes = scopes_of(str(claims["scope"]))
    except ScopeUnknown:
        raise invalid() from None
    return replace(stored.credential, scopes=scopes & stored.credential.scopes)


def _claims_of(text: str, keys: TokenKeys, now: datetime) -> Mapping[str, object]:
    if len(text) > MAX_TOKEN_CHARACTERS:
        raise invalid()
    wanted = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        iss={"essential": True, "value": keys.issuer},
        aud={"essential": True, "value": keys.audience},
        sub={"essential": True},
        exp={"essential": True},
        scope={"essential": True, "allow_blank": True},
    )
    try:
        token = jwt.decode(text, keys.all, algorithms=[ALGORITHM])
        wanted.validate(token.claims)
    except ExpiredTokenError:
        raise expired("the token has expired; ask for a new one") from None
    except (JoseError, ValueError):
        raise invalid() from None
    if token.header.get("typ") != TYPE:
        raise invalid()
    return token.claims


def answer_form(
    form: bytes,
    *,
    authorization: str | None,
    find: FindKey,
    keys: TokenKeys,
    now: datetime,
    jti: str,
) -> TokenAnswer:
    """Return what ``POST /oauth2/token`` answers to ``form``: a token, or an error of RFC 6749."""
    try:
        fields = _fields_of(form)
        stored = _client(fields, authorization, find, now)
        if fields.get("grant_type") != "client_credentials":
            raise _wrong_grant(fields)
        scopes = _scopes(fields, stored)
    except GrantRefused as no:
        return _refusal(no, challenge=authorization is not None)
    text, life_s = sign_token(stored, scopes, keys=keys, now=now, jti=jti)
    body: dict[str, str | int] = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": life_s,
        "scope": scope_text(scopes),
    }
    return TokenAnswer(200, body, NO_STORE)


def _refusal(no: GrantRefused, *, challenge: bool) -> TokenAnswer:
    status = 401 if no.error == "invalid_client" else 400
    headers = dict(NO_STORE)
    if status == 401 and challenge:
        headers["WWW-Authenticate"] = 'Basic realm="loopline", charset="UTF-8"'
    return TokenAnswer(status, {"error": no.error, "error_description": str(no)}, headers)


def _fields_of(form: bytes) -> Mapping[str, str]:
    """Return the fields that have a value; RFC 6749 takes one without as left out."""
    if len(form) > MAX_FORM_BYTES:
        raise GrantRefused("invalid_request", f"the form has more than {MAX_FORM_BYTES} bytes")
    try:
        pairs = parse_qsl(form.decode("ascii"), errors="strict", max_num_fields=MAX_FORM_FIELDS)
    except ValueError:  # also UnicodeDecodeError
        raise GrantRefused("invalid_request", "the body is no form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise GrantRefused("invalid_request", "a field appears more than once")
    return fields


def _wrong_grant(fields: Mapping[str, str]) -> GrantRefused:
    if "grant_type" not in fields:
        return GrantRefused("invalid_request", "grant_type is missing")
    return GrantRefused("unsupported_grant_type", "only client_credentials is offered")


def _client(
    fields: Mapping[str, str], authorization: str | None, find: FindKey, now: datetime
) -> StoredKey:
    key = _by_basic(authorization) if authorization is not None else _by_fields(fields)
    if authorization is not None and "client_secret" in fields:
        raise GrantRefused("invalid_request", "the client proves itself in one way, not in two")
    if fields.get("client_id", key.key_id) != key.key_id:
        raise GrantRefused("invalid_request", "client_id is not the one of the header")
    try:
        return check_secret(key, find=find, now=now)
    except Problem:
        raise _unknown_client() from None


def _by_fields(fields: Mapping[str, str]) -> ApiKey:
    if "client_id" not in fields or "client_secret" not in fields:
        raise GrantRefused("invalid_client", "client_id and client_secret are needed")
    return ApiKey(fields["client_id"], fields["client_secret"])


def _by_basic(authorization: str) -> ApiKey:
    scheme, _, told = authorization.partition(" ")
    try:
        text = b64decode(told.strip(), validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        raise _unknown_client() from None
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _unknown_client()
    return ApiKey(unquote_plus(client_id), unquote_plus(secret))


def _unknown_client() -> GrantRefused:
    return GrantRefused("invalid_client", "the client is unknown, or its secret is not right")


def _scopes(fields: Mapping[str, str], stored: StoredKey) -> frozenset[Scope]:
    has = stored.credential.scopes
    if "scope" not in fields:
        return has
    try:
        wanted = scopes_of(fields["scope"])
    except ScopeUnknown as error:
        raise GrantRefused("invalid_scope", str(error)) from None
    if not wanted <= has:
        lacking = scope_text(wanted - has)
        raise GrantRefused("invalid_scope", f"the client has not {lacking}")
    return wanted
