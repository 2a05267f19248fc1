"""Certificates are signed when first asked for, and the same for ever; people get a PDF."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient

from ledger.desk.finding_record import FindingState
from recycling.vocabulary import Role
from runtime.certificate import verified_certificate
from runtime.signing_keys import keys_in, kid_of
from tests.ledger.desk.treatment.builders import AUDITOR, BATCH, House, certified, plant, told_by
from tests.web.partner.room import Room
from web.partner.app import create_partner_app
from web.partner.certificate_store import CertificateLost


class Office:
    """The API over a plant that has a certified batch."""

    def __init__(self, room: Room, house: House) -> None:
        self.room, self.house = room, house
        self.batch_id = certified(house)
        self.id = str(house.get(BATCH, self.batch_id).body["certificate_id"])
        self.with_key(room.certificates.key)
        self.maker = room.key(Role.PLATFORM, tenant="maker")

    def with_key(self, key: OKPKey) -> None:
        """Serve as a process does that signs with ``key`` from now on."""
        keys = {**self.room.certificates.keys, kid_of(key): key}
        self.store = replace(self.room.certificates, ledger=self.house.ledger, key=key, keys=keys)
        services = replace(
            self.room.services,
            ledger=self.house.ledger,
            certificates=self.store,
            registry=CollectorRegistry(),
        )
        self.client = TestClient(create_partner_app(services), raise_server_exceptions=False)

    def read(self, headers: dict[str, str] | None = None, **more: str) -> Any:
        told = {**(headers or self.maker), **more}
        return self.client.get(f"/v1/certificates/{self.id}", headers=told)


def revoked(house: House, batch_id: str) -> None:
    """An auditor finds that a unit weighed something else."""
    told_by(house.correct("U-1", mass_kg="80"))
    (finding,) = house.all_of("finding")
    told_by(house.judge(finding.id, FindingState.UPHELD))
    house.done(BATCH, "revoke", batch_id, {"finding_id": finding.id}, by=AUDITOR)


@pytest.fixture
def office(room: Room, tmp_path: Path) -> Iterator[Office]:
    with plant(tmp_path / "plant") as house:
        yield Office(room, house)


def test_a_certificate_is_checked_by_the_keys_that_are_told(office: Office) -> None:
    keys = keys_in(office.client.get("/.well-known/jwks.json").content)

    told = verified_certificate(office.read().json(), keys=keys)

    assert told.document["certificate_id"] == office.id
    assert told.document["issuer_id"] == "maker"
    assert told.document["input_kg"] == "123.000"
    assert len(told.document["units"]) == 2


def test_it_stays_as_it_was_signed_first_whatever_key_signs_now(office: Office) -> None:
    first = office.read().content

    office.with_key(OKPKey.generate_key("Ed25519"))

    assert office.read().content == first


def test_people_get_a_pdf_of_the_same(office: Office) -> None:
    answer = office.read(Accept="application/pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_another_form_is_not_offered(office: Office) -> None:
    assert office.read(Accept="text/html").status_code == 406


def test_its_dismantler_sees_it_and_no_other_partner(office: Office) -> None:
    own, other = (
        office.room.key(Role.DISMANTLER, tenant="maker", partner_id=one)
        for one in ("P-dismantler", "P-other")
    )

    assert office.read(own).status_code == 200
    assert office.read(other).status_code == 404


def test_a_revoked_certificate_is_given_to_nobody(office: Office) -> None:
    office.read()
    revoked(office.house, office.batch_id)

    answer = office.read()

    assert (answer.status_code, answer.json()["code"]) == (409, "guard_failed")


def test_a_file_that_was_changed_is_not_given_out(office: Office) -> None:
    office.read()
    (file,) = (office.room.services.uploads / "certificates").rglob("*.json")
    file.write_text(json.dumps({"payload": ""}))
    record = office.house.get("certificate", office.id)

    assert office.read().status_code == 500
    with pytest.raises(CertificateLost, match="restore it"):
        office.store.signed(record)
