"""Guards of the treatment batch, and its balance as the table asks for it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate
from recycling.category import rules_of
from recycling.facts import Facts, told
from recycling.finding import Finding
from recycling.integrity import balance_findings
from recycling.mass_balance import Balance, Fraction, GasFate, balance_of, outside_bands
from recycling.permit import DatedNeed, PermitKind, missing_permit
from recycling.unit_mass import UnitInput
from recycling.vocabulary import BatchState
from schemas.treatment import MAX_BATCH_UNITS
from schemas.vocabulary import TakebackUnitState


def site_is_licensed(_: Aggregate, facts: Facts) -> str | None:
    """Site licence valid (F09)."""
    need = DatedNeed(
        holder_id=facts.by.party_id,
        kind=PermitKind.LICENCE,
        covering=facts.evidence["site_id"],
        on=facts.occurred_on,
    )
    return missing_permit(told(facts.known.permits, "permits"), need)


def own_batch(batch: Aggregate, facts: Facts) -> str | None:
    """A dismantler acts on its own batches."""
    dismantler_id = batch.body["dismantler_id"]
    if facts.by.party_id == dismantler_id:
        return None
    return f"dismantler_id is {dismantler_id}, not {facts.by.party_id}"


def _asked(facts: Facts) -> UnitInput:
    unit = told(facts.known.unit, "unit")
    if unit.unit_id != facts.evidence["unit_id"]:
        raise ValueError(f"unit {unit.unit_id} was looked up, not {facts.evidence['unit_id']}")
    return unit


def unit_is_here(batch: Aggregate, facts: Facts) -> str | None:
    """Unit here."""
    unit = _asked(facts)
    if unit.site_id == batch.body["site_id"]:
        return None
    at = "is not at site" if unit.site_id is None else f"is at site {unit.site_id}, not"
    return f"unit_id {unit.unit_id} {at} {batch.body['site_id']}"


def unit_is_ready(_: Aggregate, facts: Facts) -> str | None:
    """DEPOLLUTED, or STORED where no depollution is needed."""
    unit = _asked(facts)
    if unit.state is TakebackUnitState.DEPOLLUTED:
        return None
    if unit.state is not TakebackUnitState.STORED:
        return f"unit_id {unit.unit_id} is {unit.state}"
    if rules_of(unit.category).needs_depollution:
        return f"unit_id {unit.unit_id}: {unit.category} must be depolluted first"
    return None


def in_no_other_batch(_: Aggregate, facts: Facts) -> str | None:
    """In no other batch, and not twice in this one."""
    unit = _asked(facts)
    if unit.batch_id is None:
        return None
    return f"unit_id {unit.unit_id} is an input of batch {unit.batch_id}"


def mass_is_known(_: Aggregate, facts: Facts) -> str | None:
    """Mass known."""
    unit = _asked(facts)
    return None if unit.mass is not None else f"unit_id {unit.unit_id} has no mass"


def room_is_left(batch: Aggregate, _: Facts) -> str | None:
    """At most 5,000 inputs."""
    count = len(batch.body["unit_ids"])
    return None if count < MAX_BATCH_UNITS else f"unit_ids {count} is the limit {MAX_BATCH_UNITS}"


def is_input(batch: Aggregate, facts: Facts) -> str | None:
    """The unit is an input."""
    unit_id = facts.evidence["unit_id"]
    return None if unit_id in batch.body["unit_ids"] else f"unit_id {unit_id} is no input"


def one_stays(batch: Aggregate, facts: Facts) -> str | None:
    """After close at least one stays."""
    if batch.state is BatchState.OPEN or len(batch.body["unit_ids"]) > 1:
        return None
    return f"unit_id {facts.evidence['unit_id']} is the last input"


def has_input(batch: Aggregate, _: Facts) -> str | None:
    """>= 1 input."""
    return None if batch.body["unit_ids"] else "unit_ids is empty"


def hazardous_is_licensed(_: Aggregate, facts: Facts) -> str | None:
    """Hazardous: code, and a consignee licensed for it on that day (F09)."""
    for one in facts.evidence["outputs"]:
        if "hazardous_code" not in one:
            continue
        code = one["hazardous_code"]
        if "consignee_id" not in one:
            return f"outputs: {one['material']} is hazardous {code}, consignee_id is missing"
        need = DatedNeed(
            holder_id=one["consignee_id"],
            kind=PermitKind.HAZARDOUS_CONSIGNEE,
            covering=code,
            on=facts.occurred_on,
        )
        missing = missing_permit(told(facts.known.permits, "permits"), need)
        if missing is not None:
            return f"outputs: {missing}"
    return None


def again_with_reason(batch: Aggregate, facts: Facts) -> str | None:
    """Again only with a reason."""
    if "outputs" not in batch.body or "reason_code" in facts.evidence:
        return None
    return "reason_code is missing: the outputs were declared before"


def batch_balance(batch: Aggregate, facts: Facts) -> Balance:
    """Return the balance of a batch on the masses that are in force now.

    Raises
    ------
    ValueError
        If the inputs looked up are not those of the batch.
    """
    inputs = told(facts.known.inputs, "inputs")
    if sorted(one.unit_id for one in inputs) != sorted(batch.body["unit_ids"]):
        raise ValueError(f"the inputs looked up are not those of batch {batch.id}")
    return balance_of(
        inputs,
        _fractions(batch),
        [_gas_fate(one) for one in batch.body["gas_fates"]],
        losses_kg=Decimal(batch.body["losses_kg"]),
        limits=facts.limits,
    )


def _fractions(batch: Aggregate) -> Sequence[Fraction]:
    return [
        Fraction(
            material=one["material"],
            mass_kg=Decimal(one["mass_kg"]),
            hazardous_code=one.get("hazardous_code"),
        )
        for one in batch.body["outputs"]
    ]


def _gas_fate(row: Mapping[str, Any]) -> GasFate:
    return GasFate(
        gas=row["gas"],
        destroyed_g=Decimal(row["destroyed_g"]),
        reclaimed_g=Decimal(row["reclaimed_g"]),
        vented_g=Decimal(row["vented_g"]),
    )


def find_imbalance(batch: Aggregate, facts: Facts) -> tuple[Finding, ...]:
    """Gap blocks, band holds (F06)."""
    inputs = told(facts.known.inputs, "inputs")
    bands = outside_bands(inputs, _fractions(batch), facts.known.bands)
    return balance_findings(batch.id, batch_balance(batch, facts).failures, bands)


def no_order_on_hold(_: Aggregate, facts: Facts) -> str | None:
    """No HOLD on the orders of its units."""
    held = told(facts.known.held_takeback_order_ids, "held_takeback_order_ids")
    return f"take-back orders {', '.join(held)} are on HOLD" if held else None


def permits_were_valid(_: Aggregate, facts: Facts) -> str | None:
    """Licences valid on every event date (F09)."""
    permits = told(facts.known.permits, "permits")
    for need in told(facts.known.dated_needs, "dated_needs"):
        missing = missing_permit(permits, need)
        if missing is not None:
            return missing
    return None


def evidence_is_complete(_: Aggregate, facts: Facts) -> str | None:
    """Evidence complete."""
    missing = told(facts.known.missing_evidence, "missing_evidence")
    return f"evidence is missing: {', '.join(missing)}" if missing else None


def still_balanced(batch: Aggregate, facts: Facts) -> str | None:
    """Section 7 holds again on the masses in force now."""
    failures = batch_balance(batch, facts).failures
    return "; ".join(failures) if failures else None


def finding_is_upheld(_: Aggregate, facts: Facts) -> str | None:
    """Upheld finding."""
    if told(facts.known.finding_is_upheld, "finding_is_upheld"):
        return None
    return f"finding_id {facts.evidence['finding_id']} was not upheld"
