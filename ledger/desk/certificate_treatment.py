"""From the record of a certificate to what its document is made of: nothing is looked up anew."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.records import Aggregate as Row
from recycling.aggregate import Aggregate
from recycling.certificate import Licence, Treatment
from recycling.limits import Limits
from recycling.mass_balance import Balance
from recycling.unit_mass import UnitInput, UnitMass
from recycling.vocabulary import AggregateKind, BatchState, MassBasis
from schemas.event import instant
from schemas.vocabulary import TakebackUnitState

Body = Mapping[str, Any]
_SHARES_AND_MASSES = (
    "input_kg", "output_kg", "losses_kg", "gap_kg", "gap_share", "class_average_share",
)  # fmt: skip


def treatment_of(record: Row, *, issuer_id: str) -> Treatment:
    """Return the treatment that a record of the desk tells of; the same record gives the same."""
    body = record.body
    return Treatment(
        batch=_batch(body),
        issuer_id=issuer_id,
        inputs=_inputs(body),
        unit_codes=dict(zip(body["unit_ids"], body["unit_codes"], strict=True)),
        balance=_balance(body["balance"]),
        limits=Limits(**{one.name: Decimal(body["limits"][one.name]) for one in fields(Limits)}),
        licences=[_licence(one) for one in body["licences"]],
        opened_at=instant(body["opened_at"]),
        closed_at=instant(body["closed_at"]),
        balanced_at=instant(body["balanced_at"]),
        certified_at=instant(body["certified_at"]),
        # The desk names a rule as the specification does; a document has words in lower case.
        rule_versions={rule.lower(): one for rule, one in body["rule_versions"].items()},
        dismantler_name=body.get("dismantler_name"),
    )


def _batch(body: Body) -> Aggregate:
    names = ("certificate_id", "dismantler_id", "site_id", "outputs", "gas_fates", "unit_ids")
    return Aggregate(
        kind=AggregateKind.BATCH,
        id=body["batch_id"],
        state=BatchState.CERTIFIED,
        body={name: body[name] for name in names},
    )


def _inputs(body: Body) -> list[UnitInput]:
    columns = ("unit_ids", "categories", "masses_kg", "mass_bases", "refrigerants_g")
    rows = zip(*(body[name] for name in columns), strict=True)
    return [
        UnitInput(
            unit_id=unit_id,
            category=category,
            state=TakebackUnitState.DISMANTLED,
            site_id=body["site_id"],
            batch_id=body["batch_id"],
            mass=UnitMass(mass_kg=Decimal(mass_kg), basis=MassBasis(basis)),
            refrigerants_g={gas: Decimal(mass_g) for gas, mass_g in gases.items()},
        )
        for unit_id, category, mass_kg, basis, gases in rows
    ]


def _balance(told: Body) -> Balance:
    return Balance(
        **{name: Decimal(told[name]) for name in _SHARES_AND_MASSES},
        basis_kg={MassBasis(name): Decimal(one) for name, one in told["basis_kg"].items()},
        failures=tuple(told["failures"]),
    )


def _licence(told: Body) -> Licence:
    return Licence(
        licence_id=told["licence_id"],
        valid_from_on=date.fromisoformat(told["valid_from_on"]),
        valid_to_on=date.fromisoformat(told["valid_to_on"]),
    )
