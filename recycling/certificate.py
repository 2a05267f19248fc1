"""The treatment certificate of a certified batch: what went in, what came out, on whose word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate
from recycling.certificate_check import DOCUMENT, SCHEMA_VERSION, read_certificate
from recycling.evidence import plain
from recycling.limits import Limits
from recycling.mass_balance import GRAM, ZERO, Balance, recovered_by_gas
from recycling.unit_mass import UnitInput
from recycling.vocabulary import BatchState

MILLIGRAM = Decimal("0.001")  # of a mass in g
FATES = ("destroyed_g", "reclaimed_g", "vented_g")


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A treatment licence of the site; both days belong to it."""

    licence_id: str
    valid_from_on: date
    valid_to_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What a certificate is made of.

    Parameters
    ----------
    batch
        The batch after ``certify``; its body names dismantler, site, outputs and certificate.
    issuer_id
        The maker in whose name the certificate is signed.
    inputs
        Its units, each with the mass in force.
    unit_codes
        The code of each unit, by its id.
    balance
        What ``certify`` found on these inputs, under ``limits``.
    licences
        Those of the site that were valid while the batch was treated: two, if one was renewed.
    rule_versions
        The version of each rule that decided, by its name.
    dismantler_name, site_name
        As people know them; None where nobody told.
    """

    batch: Aggregate
    issuer_id: str
    inputs: Sequence[UnitInput]
    unit_codes: Mapping[str, str]
    balance: Balance
    limits: Limits
    licences: Sequence[Licence]
    opened_at: datetime
    closed_at: datetime
    balanced_at: datetime
    certified_at: datetime
    rule_versions: Mapping[str, str]
    dismantler_name: str | None = None
    site_name: str | None = None


def certificate_of(treatment: Treatment) -> dict[str, Any]:
    """Return the certificate as a JSON object: decimals, days and instants as texts.

    The same treatment gives the same object, in whatever sequence its parts were looked up.

    Raises
    ------
    ValueError
        If the batch is not certified, or what was looked up is not of this batch.
    CertificateRefused
        If the parts do not add up, a code stands twice, or no licence was valid on a day.
    """
    batch = treatment.batch
    if batch.state is not BatchState.CERTIFIED:
        raise ValueError(f"batch {batch.id} is {batch.state}, a certificate needs it certified")
    if sorted(one.unit_id for one in treatment.inputs) != sorted(batch.body["unit_ids"]):
        raise ValueError(f"the inputs looked up are not those of batch {batch.id}")
    told = _identity(treatment) | _mass(treatment) | _parts(treatment)
    document: dict[str, Any] = plain(
        {name: value for name, value in told.items() if value is not None}
    )
    read_certificate(document)
    return document


def _identity(treatment: Treatment) -> dict[str, Any]:
    body = treatment.batch.body
    return {
        "document": DOCUMENT,
        "schema_version": SCHEMA_VERSION,
        "certificate_id": body["certificate_id"],
        "issuer_id": treatment.issuer_id,
        "batch_id": treatment.batch.id,
        "dismantler_id": body["dismantler_id"],
        "dismantler_name": treatment.dismantler_name,
        "site_id": body["site_id"],
        "site_name": treatment.site_name,
        "opened_at": treatment.opened_at,
        "closed_at": treatment.closed_at,
        "balanced_at": treatment.balanced_at,
        "certified_at": treatment.certified_at,
    }


def _mass(treatment: Treatment) -> dict[str, Any]:
    balance = treatment.balance
    return {
        "input_kg": balance.input_kg,
        "output_kg": balance.output_kg,
        "losses_kg": balance.losses_kg,
        "gap_kg": balance.gap_kg,
        "gap_share": balance.gap_share,
        "gap_limit_share": treatment.limits.gap_share,
        "loss_limit_share": treatment.limits.loss_share,
        "class_average_share": balance.class_average_share,
    }


def _parts(treatment: Treatment) -> dict[str, Any]:
    body = treatment.batch.body
    units = [_unit(one, treatment.unit_codes) for one in treatment.inputs]
    licences = [
        {
            "licence_id": one.licence_id,
            "valid_from_on": one.valid_from_on,
            "valid_to_on": one.valid_to_on,
        }
        for one in sorted(treatment.licences, key=lambda one: (one.valid_from_on, one.licence_id))
    ]
    return {
        "licences": licences,
        "units": sorted(units, key=lambda one: str(one["code"])),
        # In the sequence in which the dismantler declared them.
        "fractions": [
            {**one, "mass_kg": Decimal(one["mass_kg"]).quantize(GRAM)} for one in body["outputs"]
        ],
        "refrigerants": _refrigerants(treatment.inputs, body["gas_fates"]),
        "rules": [
            {"rule": rule, "version": version}
            for rule, version in sorted(treatment.rule_versions.items())
        ],
    }


def _unit(one: UnitInput, unit_codes: Mapping[str, str]) -> dict[str, Any]:
    if one.mass is None:
        raise ValueError(f"unit {one.unit_id} has no mass")
    if one.unit_id not in unit_codes:
        raise ValueError(f"the code of unit {one.unit_id} was not looked up")
    return {
        "code": unit_codes[one.unit_id],
        "category": one.category,
        "mass_kg": one.mass.mass_kg.quantize(GRAM),
        "mass_basis": str(one.mass.basis),
    }


def _refrigerants(
    inputs: Sequence[UnitInput], fates: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    recovered_g = recovered_by_gas(inputs)
    rows = []
    for gas in sorted({*recovered_g, *(fate["gas"] for fate in fates)}):
        told = {
            name: sum((Decimal(fate[name]) for fate in fates if fate["gas"] == gas), ZERO)
            for name in FATES
        }
        masses_g = {"recovered_g": recovered_g.get(gas, ZERO)} | told
        rows.append({"gas": gas} | {name: g.quantize(MILLIGRAM) for name, g in masses_g.items()})
    return rows
