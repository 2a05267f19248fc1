"""A signature stands for every character, by one algorithm, and by keys that were known before."""

import hmac
import json
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from runtime.signing import (
    ALGORITHM,
    MAX_PAYLOAD_BYTES,
    NotSigned,
    SignatureRefused,
    sign,
    verified,
)
from runtime.signing_keys import kid_of
from tests.runtime.signed import (
    STANDARD_KEY,
    STANDARD_KID,
    TYP,
    decoded,
    encoded,
    forged,
    keys,
    standard_key,
)

PAYLOAD = b'{"gap_kg":"22.560"}'
OTHER = OKPKey.derive_key("another")
BASE64URL = string.ascii_letters + string.digits + "-_"
HEADER: dict[str, Any] = {"alg": ALGORITHM, "kid": STANDARD_KID, "typ": TYP}


def signed(payload: bytes = PAYLOAD) -> dict[str, str]:
    return sign(payload, key=standard_key(), typ=TYP)


def refusal(value: Any, *some: OKPKey) -> str:
    with pytest.raises(SignatureRefused) as caught:
        verified(value, keys=keys(*(some or (standard_key(),))), typ=TYP)
    return str(caught.value)


@given(st.binary(max_size=200))
def test_what_was_signed_comes_back(payload: bytes) -> None:
    found = verified(signed(payload), keys=keys(standard_key()), typ=TYP)

    assert (found.payload, found.kid) == (payload, STANDARD_KID)


def test_the_same_payload_and_key_give_the_same_document() -> None:
    assert signed() == signed()
    assert json.loads(decoded(signed()["protected"])) == HEADER
    assert decoded(signed()["payload"]) == PAYLOAD


def test_the_digest_is_that_of_the_payload() -> None:
    found = verified(signed(b"abc"), keys=keys(standard_key()), typ=TYP)

    assert found.payload_sha256 == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@given(st.data())
def test_no_character_can_be_changed(data: st.DataObject) -> None:
    true = signed()
    name = data.draw(st.sampled_from(sorted(true)))
    at = data.draw(st.integers(0, len(true[name]) - 1))
    other = data.draw(
        st.sampled_from(BASE64URL + "=+/. \u00e9").filter(lambda c: c != true[name][at])
    )

    changed = true | {name: true[name][:at] + other + true[name][at + 1 :]}

    assert refusal(changed)


@given(st.sampled_from(["payload", "protected", "signature"]), st.data())
def test_no_character_can_be_taken_out_or_put_in(name: str, data: st.DataObject) -> None:
    text = signed()[name]
    at = data.draw(st.integers(0, len(text) - 1))
    more = data.draw(st.sampled_from(BASE64URL + "=\n"))

    assert refusal(signed() | {name: text[:at] + text[at + 1 :]})
    assert refusal(signed() | {name: text[:at] + more + text[at:]})


@given(st.binary(max_size=40))
@example(b'{"gap_kg":"22.561"}')
def test_no_other_payload_stands_under_the_signature(payload: bytes) -> None:
    if payload != PAYLOAD:
        assert "does not stand" in refusal(signed() | {"payload": encoded(payload)})


def test_another_key_does_not_stand_for_it() -> None:
    said = refusal(signed(), OTHER)

    assert said == f"no key of the list is {STANDARD_KID}; ask its issuer for the key list"


def test_a_retired_key_still_stands_beside_the_new_one() -> None:
    assert verified(signed(), keys=keys(OTHER, standard_key()), typ=TYP).kid == STANDARD_KID


def test_a_key_inside_the_document_is_never_used() -> None:
    header = HEADER | {"jwk": OTHER.as_dict(private=False)}

    assert "does not stand" in refusal(forged(PAYLOAD, OTHER, header))
    assert "no key of the list" in refusal(forged(PAYLOAD, OTHER, header | {"kid": kid_of(OTHER)}))
    assert verified(
        forged(PAYLOAD, standard_key(), header), keys=keys(standard_key()), typ=TYP
    ).kid == (STANDARD_KID)


def test_a_part_beside_the_signature_is_refused() -> None:
    assert refusal(signed() | {"header": {"jwk": OTHER.as_dict(private=False)}}).startswith(
        "header is not covered by the signature"
    )
    assert refusal(signed() | {"certificate": "all good"}).startswith("certificate is not")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"alg": "none"}, "alg is none, not EdDSA"),
        ({"alg": "HS256"}, "alg is HS256, not EdDSA"),
        ({"alg": "Ed25519"}, "alg is Ed25519, not EdDSA"),
        ({"alg": None}, "alg is None, not EdDSA"),
        ({"typ": "at+jwt"}, "typ is at+jwt, not test+jws"),
        ({"typ": None}, "typ is None"),
        ({"kid": 7}, "kid is 7, no text"),
        ({"kid": None}, "kid is None, no text"),
        ({"crit": ["exp"], "exp": 1}, "crit asks for ['exp'], which is not understood"),
        ({"crit": ["b64"], "b64": False}, "crit asks for ['b64']"),
        ({"crit": []}, "crit asks for []"),
        ({"remark": 1}, "does not stand for it"),
    ],
)
def test_a_header_asks_for_nothing_but_what_is_offered(changed: dict[str, Any], said: str) -> None:
    assert said in refusal(forged(PAYLOAD, standard_key(), HEADER | changed))


@pytest.mark.parametrize("header", [b"[]", b"5", b"{", b"\xff", b"", b"[" * 20_000])
def test_a_header_that_is_no_object_is_refused(header: bytes) -> None:
    assert "protected is no JSON object" in refusal(forged(PAYLOAD, standard_key(), header))


def test_no_signature_at_all_is_refused() -> None:
    none = encoded(json.dumps(HEADER | {"alg": "none"}).encode())

    assert refusal(signed() | {"protected": none, "signature": ""})
    assert refusal(signed() | {"signature": ""})


def test_the_public_key_is_no_secret_of_an_hmac() -> None:
    header = encoded(json.dumps(HEADER | {"alg": "HS256"}).encode())
    told = encoded(PAYLOAD)
    for secret in (standard_key().as_pem(private=False), decoded(STANDARD_KEY["x"])):
        mac = hmac.digest(secret, f"{header}.{told}".encode(), "sha256")

        made = {"payload": told, "protected": header, "signature": encoded(mac)}

        assert refusal(made) == "alg is HS256, not EdDSA"


@pytest.mark.parametrize(
    "value",
    [None, [], "text", {}, {"payload": "a", "protected": "b"}, signed() | {"payload": 1},
     {"payload": "a", "signatures": []}],
)  # fmt: skip
def test_what_has_another_form_is_no_signed_document(value: Any) -> None:
    with pytest.raises(NotSigned, match="payload, protected, signature"):
        verified(value, keys=keys(standard_key()), typ=TYP)


def test_a_lone_surrogate_is_refused_like_any_character() -> None:
    assert refusal(signed() | {"payload": "\ud800"}) == "payload is no base64url (RFC 7515, 2)"


def test_the_longest_payload_is_signed_and_read_and_a_longer_one_is_not() -> None:
    longest = b"x" * MAX_PAYLOAD_BYTES

    assert verified(signed(longest), keys=keys(standard_key()), typ=TYP).payload == longest
    with pytest.raises(ValueError, match="at most"):
        signed(longest + b"x")
