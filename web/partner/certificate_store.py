"""Signed certificates: signed when first asked for, then the same bytes for ever."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from joserfc.jwk import OKPKey

from ledger.contract import Ledger
from ledger.desk.ask import Asked, Keep
from ledger.desk.certificate_treatment import treatment_of
from ledger.records import Aggregate, Caller, Ref, Request
from ledger.refusals import NotFound
from recycling.certificate import certificate_of
from recycling.facts import SYSTEM
from runtime.certificate import sign_certificate, verified_certificate
from runtime.signing import Signed
from runtime.signing_keys import Keys, kid_of
from web.partner.upload_store import keep

KIND = "signed_certificate"
SIGNED = "signed"
ANSWER_WITHIN_S = 30.0


class CertificateLost(Exception):
    """The file of a signed certificate is not what was signed; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStore:
    """Signs certificates and keeps them, as files of their content. Blocking.

    Parameters
    ----------
    keys
        Every public key that verifies, those retired before too.
    """

    ledger: Ledger[Asked]
    folder: Path
    key: OKPKey
    keys: Keys

    def signed(self, record: Aggregate) -> bytes:
        """Return the signed document of a record, as it was signed first.

        Raises
        ------
        CertificateLost
            If its file was changed.
        CertificateRefused
            If the record contradicts itself, so that nobody may sign it.
        """
        caller, ref = Caller(record.tenant), Ref(KIND, record.id)
        try:
            kept = self.ledger.get(caller, ref)
        except NotFound:
            self._sign(record, caller)
            kept = self.ledger.get(caller, ref)
        return self._read(kept.body["sha256"])

    def verified(self, raw: bytes) -> Signed:
        """Return what was signed, its signature checked by the keys of the house."""
        return verified_certificate(json.loads(raw), keys=self.keys).signed

    def _sign(self, record: Aggregate, caller: Caller) -> None:
        """Sign and keep; where two do so at once the ledger keeps the first one's."""
        document = certificate_of(treatment_of(record, issuer_id=record.tenant))
        told = sign_certificate(document, key=self.key)
        raw = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
        sha256 = hashlib.sha256(raw).hexdigest()
        keep(self.folder, _path_of(sha256), raw)
        body: Mapping[str, Any] = {"sha256": sha256, "kid": kid_of(self.key)}
        command = Keep(
            kind=KIND, id=record.id, state=SIGNED, type=SIGNED, body=body, by=SYSTEM,
            must_exist=False,
        )  # fmt: skip
        request: Request[Asked] = Request(
            caller=caller, method="SYSTEM", path=f"/{KIND}/{record.id}", digest=sha256,
            command=command,
        )  # fmt: skip
        self.ledger.submit(request).result(ANSWER_WITHIN_S)

    def _read(self, sha256: str) -> bytes:
        path = self.folder / _path_of(sha256)
        raw = path.read_bytes()
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise CertificateLost(f"{path} is not what was signed; restore it from a backup")
        return raw


def _path_of(sha256: str) -> PurePosixPath:
    return PurePosixPath("certificates", sha256[:2], f"{sha256}.jws.json")
