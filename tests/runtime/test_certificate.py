"""A signed certificate is good only if a known key stands for it and its own sums are right."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.canonical import canonical_bytes
from recycling.certificate_check import CertificateRefused
from runtime.certificate import TYP, sign_certificate, verified_certificate
from runtime.signing import NotSigned, SignatureRefused, sign
from runtime.signing_keys import read_keys
from tests.builders import ROOT
from tests.recycling.certificate_builders import certificate
from tests.runtime.signed import STANDARD_KID, encoded, keys, standard_key

EXAMPLES = ROOT / "docs" / "examples" / "certificates"
KEYS = keys(standard_key())
TRUE = sign_certificate(certificate(), key=standard_key())


def test_a_certificate_comes_back_as_it_was_signed() -> None:
    found = verified_certificate(TRUE, keys=KEYS)

    assert found.document == certificate()
    assert found.signed.kid == STANDARD_KID
    assert found.signed.payload == canonical_bytes(certificate())


def test_the_certificate_of_the_documents_is_the_worked_example_for_ever() -> None:
    kept = json.loads((EXAMPLES / "certificate.json").read_text("utf-8"))

    found = verified_certificate(kept, keys=read_keys(EXAMPLES / "keys.json"))

    assert found.document == certificate()
    assert kept == TRUE


@given(st.data())
def test_whatever_character_of_the_signed_text_is_changed_it_is_refused(
    data: st.DataObject,
) -> None:
    raw = canonical_bytes(certificate())
    at = data.draw(st.integers(0, len(raw) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[at]))
    payload = encoded(raw[:at] + bytes([other]) + raw[at + 1 :])

    with pytest.raises(SignatureRefused, match="does not stand"):
        verified_certificate(TRUE | {"payload": payload}, keys=KEYS)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (canonical_bytes(certificate(gap_kg="0.000")), "gap_kg: says 0.000"),
        (canonical_bytes({"document": "receipt"}), "/document: "),
        (canonical_bytes(certificate()) + b"\n", "canonical form"),
        (json.dumps(certificate()).encode(), "canonical form"),
        (b"text", "is no JSON"),
    ],
)
def test_our_own_key_makes_no_sum_right(payload: bytes, why: str) -> None:
    signed = sign(payload, key=standard_key(), typ=TYP)

    with pytest.raises(CertificateRefused, match=why):
        verified_certificate(signed, keys=KEYS)


def test_what_was_signed_as_something_else_is_no_certificate() -> None:
    token = sign(canonical_bytes(certificate()), key=standard_key(), typ="at+jwt")

    with pytest.raises(SignatureRefused, match=r"typ is at\+jwt"):
        verified_certificate(token, keys=KEYS)


@pytest.mark.parametrize("value", [None, {}, certificate()])
def test_an_unsigned_certificate_is_none(value: Any) -> None:
    with pytest.raises(NotSigned):
        verified_certificate(value, keys=KEYS)
