"""Guards of one old appliance."""

from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate
from recycling.category import CategoryUnknown, rules_of
from recycling.facts import Facts, told
from recycling.finding import Finding
from recycling.integrity import claimed_by_another, drift_finding, missing_part_finding
from recycling.permit import DatedNeed, PermitKind, missing_permit
from recycling.unit_mass import mass_in_force
from recycling.vocabulary import BatchState, MassBasis
from schemas.vocabulary import TakebackOrderState, TakebackUnitState

PHOTO_VIEWS = ("whole", "name_plate", "core_part", "label")
WRITTEN_OFF_REASON = "batch_written_off"


def category_is_known(_: Aggregate, facts: Facts) -> str | None:
    """Category known."""
    try:
        rules_of(facts.evidence["category"])
    except CategoryUnknown as error:
        return str(error)
    return None


def takeback_order_is_appointed(unit: Aggregate, facts: Facts) -> str | None:
    """Its order APPOINTED."""
    state = told(facts.known.takeback_order_state, "takeback_order_state")
    if state == TakebackOrderState.APPOINTED:
        return None
    return f"takeback_order_id {unit.body['takeback_order_id']} is {state}, not appointed"


def code_is_unclaimed(unit: Aggregate, facts: Facts) -> str | None:
    """Code unclaimed (F01)."""
    claims = told(facts.known.claims, "claims")
    return claimed_by_another(claims, facts.evidence["unit_code"], unit.id)


def photos_are_complete(_: Aggregate, facts: Facts) -> str | None:
    """A photo of the whole, the name plate, a core part and the label."""
    return _views_missing(facts, PHOTO_VIEWS)


def whole_is_shown(_: Aggregate, facts: Facts) -> str | None:
    """A photo of the whole."""
    return _views_missing(facts, PHOTO_VIEWS[:1])


def _views_missing(facts: Facts, wanted: tuple[str, ...]) -> str | None:
    views = {one["view"] for one in facts.evidence["photos"]}
    missing = [view for view in wanted if view not in views]
    return f"photos show no {', '.join(missing)}" if missing else None


def takeback_order_is_cancelled(unit: Aggregate, facts: Facts) -> str | None:
    """Order cancelled."""
    state = told(facts.known.takeback_order_state, "takeback_order_state")
    if state == TakebackOrderState.CANCELLED:
        return None
    return f"takeback_order_id {unit.body['takeback_order_id']} is {state}, not cancelled"


def grade_is_reuse(unit: Aggregate, _: Facts) -> str | None:
    """Grade reuse."""
    grade = unit.body["grade"]
    return None if grade == "reuse" else f"grade is {grade}, not reuse"


def refurbisher_is_licensed(unit: Aggregate, facts: Facts) -> str | None:
    """Refurbisher licence valid on that day (F09)."""
    return _permit_missing(unit, facts, facts.evidence["refurbisher_id"], PermitKind.REFURBISHER)


def licence_covers(unit: Aggregate, facts: Facts) -> str | None:
    """Licence covers the category on that day (F09)."""
    return _permit_missing(unit, facts, facts.by.party_id, PermitKind.LICENCE)


def _permit_missing(unit: Aggregate, facts: Facts, holder_id: str, kind: PermitKind) -> str | None:
    need = DatedNeed(
        holder_id=holder_id, kind=kind, covering=unit.body["category"], on=facts.occurred_on
    )
    return missing_permit(told(facts.known.permits, "permits"), need)


def data_is_wiped(_: Aggregate, facts: Facts) -> str | None:
    """Data wiped."""
    return None if facts.evidence["data_wiped"] else "data_wiped is false"


def accepted_mass_is_zero(_: Aggregate, facts: Facts) -> str | None:
    """Accepted mass = 0."""
    mass_kg = facts.evidence["accepted_mass_kg"]
    return None if mass_kg == 0 else f"accepted_mass_kg is {mass_kg:f}, not 0"


def batch_is_balanced(unit: Aggregate, facts: Facts) -> str | None:
    """Its batch became BALANCED."""
    batch_id = facts.evidence["batch_id"]
    if unit.id not in told(facts.known.batch_unit_ids, "batch_unit_ids"):
        return f"batch_id {batch_id} does not hold unit {unit.id}"
    state = told(facts.known.batch_state, "batch_state")
    return None if state == BatchState.BALANCED else f"batch_id {batch_id} is {state}, not balanced"


def depollution_is_done(unit: Aggregate, _: Facts) -> str | None:
    """DEPOLLUTED, or no depollution needed."""
    category = unit.body["category"]
    if unit.state is TakebackUnitState.STORED and rules_of(category).needs_depollution:
        return f"category {category} must be depolluted first"
    return None


def in_no_batch(unit: Aggregate, facts: Facts) -> str | None:
    """Not an input of a batch, unless that was written off."""
    batch_id = told(facts.known.unit, "unit").batch_id
    is_written_off = facts.evidence["reason_code"] == WRITTEN_OFF_REASON
    if not is_written_off:
        return None if batch_id is None else f"unit {unit.id} is an input of batch {batch_id}"
    state = told(facts.known.batch_state, "batch_state") if batch_id else "none"
    if state == BatchState.WRITTEN_OFF:
        return None
    return f"reason_code is {WRITTEN_OFF_REASON}, but the batch of unit {unit.id} is {state}"


def find_drift(unit: Aggregate, facts: Facts) -> tuple[Finding, ...]:
    """Drift door, depot, dismantler (F04)."""
    before = mass_in_force(unit.body)
    now_kg: Decimal = facts.evidence["mass_kg"]
    if before is None or before.basis is MassBasis.CLASS_AVERAGE:
        return ()  # a class average was never this unit's mass
    return drift_finding(
        unit.id, before_kg=before.mass_kg, now_kg=now_kg, limit_share=facts.limits.drift_share
    )


def find_missing_parts(unit: Aggregate, facts: Facts) -> tuple[Finding, ...]:
    """Core part present at the door, missing later (F05)."""
    at_door: Any = unit.body.get("door_parts", ())
    return missing_part_finding(
        unit.id,
        at_door=at_door,
        now=facts.evidence["completeness"],
        core_parts=rules_of(unit.body["category"]).core_parts,
    )
