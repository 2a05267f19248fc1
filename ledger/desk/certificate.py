"""The record of a certificate: what was certified, on the masses in force at that moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.desk.keep import not_kept
from ledger.desk.parties import CERTIFICATE
from ledger.desk.partner_profile import PARTNER, recycler_of
from ledger.records import Change, Decision, Ref
from recycling.aggregate import Aggregate
from recycling.evidence import plain
from recycling.facts import CHINA, Facts, told
from recycling.unit_mass import UnitInput
from recycling.vocabulary import Problem
from schemas.event import instant

RULE_VERSIONS = {"F01": "1", "F06": "1", "F09": "1"}
_OF_BATCH = (
    "certificate_id", "dismantler_id", "site_id", "outputs", "losses_kg", "gas_fates", "balance",
    "opened_at", "closed_at", "outputs_declared_at", "balanced_at", "certified_at",
)  # fmt: skip


class CertificateState(StrEnum):
    """Whether a certificate may be relied on."""

    ISSUED = "issued"
    REVOKED = "revoked"


def issued(batch: Aggregate, units: Sequence[Aggregate], facts: Facts, view: View) -> Change:
    """Return the record of a batch that was just certified, on the masses in force then."""
    certificate_id = batch.body["certificate_id"]
    by_id = {one.unit_id: one for one in told(facts.known.inputs, "inputs")}
    body = {
        **{name: batch.body[name] for name in _OF_BATCH},
        "batch_id": batch.id,
        **_columns([by_id[unit.id] for unit in units]),
        "unit_codes": [unit.body["unit_code"] for unit in units],
        "limits": plain(asdict(facts.limits)),
        "rule_versions": RULE_VERSIONS,
        **_dismantler(batch, view),
    }
    return _change(certificate_id, CertificateState.ISSUED, body, facts.occurred_at)


def _columns(inputs: Sequence[UnitInput]) -> dict[str, Any]:
    """Return the inputs by column, so that 5,000 of them fit into one body."""
    masses = [told(one.mass, f"mass of unit {one.unit_id}") for one in inputs]
    columns: dict[str, Any] = plain(
        {
            "unit_ids": [one.unit_id for one in inputs],
            "categories": [one.category for one in inputs],
            "masses_kg": [one.mass_kg for one in masses],
            "mass_bases": [str(one.basis) for one in masses],
            "refrigerants_g": [one.refrigerants_g for one in inputs],
        }
    )
    return columns


def _dismantler(batch: Aggregate, view: View) -> dict[str, Any]:
    """Return the dismantler's name, and its licences that were valid while it treated."""
    dismantler_id = batch.body["dismantler_id"]
    row = view.find(Ref(PARTNER, dismantler_id))
    if row is None:
        return {"licences": []}
    first_on, last_on = _day(batch.body["opened_at"]), _day(batch.body["balanced_at"])
    licences = [
        {
            "licence_id": one.paper_id,
            "valid_from_on": one.valid_from_on,
            "valid_to_on": one.valid_to_on,
        }
        for one in recycler_of(row.body, dismantler_id, suspended=False).licences
        if one.valid_from_on <= last_on and first_on <= one.valid_to_on
    ]
    return {"dismantler_name": row.body["name"], "licences": plain(licences)}


def _day(at: str) -> date:
    return instant(at).astimezone(CHINA).date()


def revoked(batch: Aggregate, occurred_at: datetime, view: View) -> tuple[Change, ...]:
    """Return the certificate's end with its batch; nothing where it had none."""
    certificate_id = batch.body.get("certificate_id")
    row = None if certificate_id is None else view.find(Ref(CERTIFICATE, certificate_id))
    if row is None:
        return ()
    return (_change(row.id, CertificateState.REVOKED, row.body, occurred_at),)


def _change(
    certificate_id: str, state: CertificateState, body: Mapping[str, Any], occurred_at: datetime
) -> Change:
    return Change(
        kind=CERTIFICATE,
        id=certificate_id,
        state=state,
        body=body,
        type=state,
        occurred_at=occurred_at,
        payload={"batch_id": body["batch_id"], "dismantler_id": body["dismantler_id"]},
        topic=None,
        key=certificate_id,
    )


def keep_certificate(asked: Keep, _: View) -> Decision:
    """Refuse: a certificate follows from its batch."""
    detail = f"certificate {asked.id} follows from its batch: certify or revoke that"
    return not_kept(Problem.TRANSITION_NOT_ALLOWED, detail)


CERTIFICATE_KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {
    CERTIFICATE: keep_certificate
}
