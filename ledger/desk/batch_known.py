"""What the commands of a treatment batch must know, looked up in their transaction."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.band_list import bands_of
from ledger.desk.finding_holds import as_held, is_upheld
from ledger.desk.look_up import judged_evidence
from ledger.desk.part import LookUps
from ledger.desk.partner_permits import permits_held
from ledger.desk.reference import Reference
from ledger.desk.stored import find, get, get_all
from recycling.aggregate import Aggregate
from recycling.category import rules_of
from recycling.facts import CHINA, Known
from recycling.permit import DatedNeed, PermitKind
from recycling.unit import input_of
from recycling.unit_guards import PHOTO_VIEWS
from recycling.unit_mass import UnitInput, mass_in_force
from recycling.vocabulary import AggregateKind, BatchCommand, Flag
from schemas.event import instant
from schemas.vocabulary import TakebackUnitState

MAX_TOLD = 20  # pieces of evidence that a refusal names one by one
# Who collected, accepted and depolluted a unit needed this on the day; the first two always happen.
_DATED = (
    ("collected", PermitKind.AGREEMENT),
    ("accepted", PermitKind.LICENCE),
    ("depolluted", PermitKind.LICENCE),
)
_ALWAYS = ("unit_code", "collected_at", "accepted_at")


def to_open(ask: Ask, batch: Aggregate, view: View, _: Reference) -> Known:
    """Look up what the dismantler may do."""
    if judged_evidence(ask, batch) is None:
        return Known()
    return Known(permits=permits_held(view, [ask.by.party_id]))


def to_add(ask: Ask, batch: Aggregate, view: View, _: Reference) -> Known:
    """Look up the unit, and which batch holds it now."""
    told = judged_evidence(ask, batch)
    if told is None:
        return Known()
    return Known(unit=_unit_for(view, told["unit_id"], ask.by.party_id))


def _unit_for(view: View, unit_id: str, dismantler_id: str) -> UnitInput:
    """Return a unit that a dismantler accepted; any other is nowhere, known or not."""
    unit = find(view, AggregateKind.UNIT, unit_id)
    if unit is not None and unit.body.get("accepted_by") == dismantler_id:
        return input_of(unit, batch_id=view.batch_of(unit_id))
    return UnitInput(
        unit_id=unit_id,
        category="",
        state=TakebackUnitState.LOST,
        site_id=None,
        batch_id=None,
        mass=None,
    )


def to_declare(ask: Ask, batch: Aggregate, view: View, _: Reference) -> Known:
    """Look up what the consignees of hazardous fractions may take."""
    told = judged_evidence(ask, batch)
    if told is None:
        return Known()
    ids = [one["consignee_id"] for one in told["outputs"] if "consignee_id" in one]
    return Known(permits=permits_held(view, ids))


def to_revoke(ask: Ask, batch: Aggregate, view: View, _: Reference) -> Known:
    """Look up whether the finding was upheld, and is about this batch."""
    told = judged_evidence(ask, batch)
    if told is None:
        return Known()
    return Known(finding_is_upheld=is_upheld(view, told["finding_id"], batch))


def units_of(view: View, batch: Aggregate) -> tuple[Aggregate, ...]:
    """Return the inputs of a batch as they are now, in the order they were added."""
    return tuple(get(view, AggregateKind.UNIT, one) for one in batch.body["unit_ids"])


def to_weigh(batch: Aggregate, units: Sequence[Aggregate], view: View) -> Known:
    """Return what a balance stands on: the masses in force now, and the bands."""
    return Known(
        inputs=tuple(input_of(unit, batch_id=batch.id) for unit in units),
        bands=bands_of(view),
    )


def to_certify(batch: Aggregate, units: Sequence[Aggregate], view: View) -> Known:
    """Return what ``certify`` asks: masses, permits on every date, evidence, and no HOLD."""
    dated_needs = tuple(dict.fromkeys(needs_of(batch, units)))
    return Known(
        inputs=tuple(input_of(unit, batch_id=batch.id) for unit in units),
        permits=permits_held(view, (need.holder_id for need in dated_needs)),
        dated_needs=dated_needs,
        certificate_id=view.new_id(),
        held_takeback_order_ids=held_takeback_orders(units, view),
        missing_evidence=_shortened([*missing_evidence(units)]),
    )


def needs_of(batch: Aggregate, units: Iterable[Aggregate]) -> Iterator[DatedNeed]:
    """Yield what must have been valid, and when: for each unit, the site and hazardous outputs."""
    body = batch.body
    dismantler_id, treated_on = body["dismantler_id"], _day(body["outputs_declared_at"])
    for on in (_day(body["opened_at"]), treated_on):
        yield _need(dismantler_id, PermitKind.LICENCE, body["site_id"], on)
    for unit in units:
        category = unit.body["category"]
        yield _need(dismantler_id, PermitKind.LICENCE, category, treated_on)
        for happened, kind in _DATED:
            if f"{happened}_at" in unit.body:
                on = _day(unit.body[f"{happened}_at"])
                yield _need(unit.body[f"{happened}_by"], kind, category, on)
    for one in body["outputs"]:
        if "hazardous_code" in one:
            kind, code = PermitKind.HAZARDOUS_CONSIGNEE, one["hazardous_code"]
            yield _need(one["consignee_id"], kind, code, treated_on)


def _need(holder_id: str, kind: PermitKind, covering: str, on: date) -> DatedNeed:
    return DatedNeed(holder_id=holder_id, kind=kind, covering=covering, on=on)


def _day(at: str) -> date:
    """Return the day in China of an instant that a body holds."""
    return instant(at).astimezone(CHINA).date()


def missing_evidence(units: Iterable[Aggregate]) -> Iterator[str]:
    """Yield what is not there of each unit: photos, code, mass, depollution, who did what when."""
    for unit in units:
        body = unit.body
        shown = {one["view"] for one in body.get("photos", ())}
        yield from (f"photo {one} of unit {unit.id}" for one in PHOTO_VIEWS if one not in shown)
        yield from (f"{one} of unit {unit.id}" for one in _ALWAYS if one not in body)
        if mass_in_force(body) is None:
            yield f"mass_kg of unit {unit.id}"
        if rules_of(body["category"]).needs_depollution and "depolluted_at" not in body:
            yield f"depollution of unit {unit.id}"


def _shortened(told: list[str]) -> tuple[str, ...]:
    if len(told) <= MAX_TOLD:
        return tuple(told)
    return (*told[:MAX_TOLD], f"and {len(told) - MAX_TOLD} more")


def held_takeback_orders(units: Sequence[Aggregate], view: View) -> tuple[str, ...]:
    """Return the orders of units that are on HOLD, or that an open finding puts there."""
    order_ids = list(dict.fromkeys(unit.body["takeback_order_id"] for unit in units))
    found = get_all(view, AggregateKind.TAKEBACK_ORDER, order_ids)
    return tuple(one.id for one in found if Flag.HOLD in as_held(one, view).flags)


def state_of_batch(view: View, unit: Aggregate) -> str | None:
    """Return the state of the batch that a unit is an input of, ``None`` where it is in none."""
    batch_id = view.batch_of(unit.id)
    return None if batch_id is None else str(get(view, AggregateKind.BATCH, batch_id).state)


def is_on_certificate(view: View, unit: Aggregate) -> bool:
    """Return whether a certificate names the unit, be it revoked since."""
    batch_id = view.batch_of(unit.id)
    return batch_id is not None and (
        "certificate_id" in get(view, AggregateKind.BATCH, batch_id).body
    )


BATCH_LOOK_UPS: LookUps = {
    (AggregateKind.BATCH, BatchCommand.OPEN): to_open,
    (AggregateKind.BATCH, BatchCommand.ADD_INPUT): to_add,
    (AggregateKind.BATCH, BatchCommand.DECLARE_OUTPUTS): to_declare,
    (AggregateKind.BATCH, BatchCommand.REVOKE): to_revoke,
}
