"""Treatment certificates as signed files: written by the partner API, read by anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import OKPKey

from recycling.canonical import NotCanonical, canonical_bytes, read_canonical
from recycling.certificate_check import CertificateRefused, read_certificate
from runtime.signing import Signed, sign, verified
from runtime.signing_keys import Keys

# What else is signed with Ed25519, a token for one, can never pass for a certificate.
TYP = "loopline-certificate+jws"


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """A certificate that a known key stands for and whose sums were done again.

    ``document`` is the JSON object that was signed, ``read`` the same with decimals and instants.
    """

    signed: Signed
    document: Mapping[str, Any]
    read: Mapping[str, Any]


def sign_certificate(document: Mapping[str, Any], *, key: OKPKey) -> dict[str, str]:
    """Return the certificate ``document`` signed, in its canonical form (RFC 8785).

    Raises
    ------
    NotCanonical
        If it holds what has no canonical form, such as a fraction.
    """
    return sign(canonical_bytes(dict(document)), key=key, typ=TYP)


def verified_certificate(value: Any, *, keys: Keys) -> VerifiedCertificate:
    """Return the certificate in the signed file ``value``.

    Raises
    ------
    NotSigned
        If ``value`` has not the form of a signed document.
    SignatureRefused
        If none of ``keys`` stands for it as it is.
    CertificateRefused
        If what was signed is no certificate, or contradicts itself.
    """
    signed = verified(value, keys=keys, typ=TYP)
    try:
        document = read_canonical(signed.payload)
    except NotCanonical as error:
        raise CertificateRefused((str(error),)) from None
    return VerifiedCertificate(signed, document, read_certificate(document))
