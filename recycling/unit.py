"""The table of units: its moves, and the correction that may follow any of them."""

from collections.abc import Mapping
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.category import categories
from recycling.evidence import ID, OBJECT, SLUG, EvidenceError, Field, may, needs, read_evidence
from recycling.facts import Facts, told
from recycling.finding import Finding
from recycling.integrity import balance_findings, claimed_by_another
from recycling.table import SAME, Move, Table, roles
from recycling.unit_mass import UnitInput, mass_in_force, recovered_g
from recycling.unit_moves import MOVES
from recycling.vocabulary import AggregateKind, BatchState, Role
from recycling.vocabulary import UnitCommand as Command
from schemas.vocabulary import TakebackUnitEvent as Happened
from schemas.vocabulary import TakebackUnitState as State

FROM_ITS_ORDER = ("takeback_order_id", "channel", "region")


def _fields_of(event_type: str) -> Mapping[str, Field]:
    """Return what a correction of such an event may change: all that the event carries."""
    for move in MOVES:
        if move.event == event_type:
            return {field.name: field for field in move.evidence if not field.private}
    return {}


def corrects_its_fields(unit: Aggregate, facts: Facts) -> str | None:
    """The new values are fields of the wrong event, each of its kind."""
    original = told(facts.known.original, "original")
    if original.event_id != facts.evidence["event_id"]:
        return f"event_id {facts.evidence['event_id']} is no event of unit {unit.id}"
    fields = _fields_of(original.event_type)
    values = facts.evidence["values"]
    try:
        read_evidence(tuple(fields[name] for name in values if name in fields), values)
    except EvidenceError as error:
        return f"values of a {original.event_type} event: {error}"
    for name in FROM_ITS_ORDER:
        if name in values:
            return f"{name} {values[name]}: a unit stays with its order"
    if "category" in values and values["category"] not in categories():
        return f"category {values['category']} is none of {', '.join(categories())}"
    return None


def cites_the_request(_: Aggregate, facts: Facts) -> str | None:
    """After the counterpart confirmed, it cites the author's request."""
    original = told(facts.known.original, "original")
    if original.is_confirmed and "author_request_id" not in facts.evidence:
        return f"author_request_id is missing: {original.counterpart_id} confirmed the event"
    return None


def code_is_on_no_certificate(unit: Aggregate, facts: Facts) -> str | None:
    """A code that a certificate names stays."""
    if "unit_code" not in facts.evidence["values"]:
        return None
    if told(facts.known.is_certified, "is_certified"):
        return f"unit_code {unit.body.get('unit_code')} stands on a certificate"
    return None


def corrected_code_is_unclaimed(unit: Aggregate, facts: Facts) -> str | None:
    """A corrected code is unclaimed (F01)."""
    code = facts.evidence["values"].get("unit_code")
    if code is None:
        return None
    return claimed_by_another(told(facts.known.claims, "claims"), str(code), unit.id)


def _told_correction(_: Aggregate, facts: Facts) -> dict[str, Any]:
    original = told(facts.known.original, "original")
    fields = _fields_of(original.event_type)
    values = facts.evidence["values"]
    return {
        "values": read_evidence(tuple(fields[name] for name in values), values),
        "corrected_event_type": original.event_type,
    }


def _note_correction(_: Body, event: Event) -> dict[str, Any]:
    fields = _fields_of(event.payload["corrected_event_type"])
    return {fields[name].kept_as or name: value for name, value in event.payload["values"].items()}


def find_certified_mass(unit: Aggregate, facts: Facts) -> tuple[Finding, ...]:
    """A mass corrected after its batch was certified is for the auditor (F06)."""
    mass = facts.evidence["values"].get("mass_kg")
    if mass is None or unit.state is not State.DISMANTLED:
        return ()
    state = told(facts.known.batch_state, "batch_state")
    if state not in {BatchState.CERTIFIED, BatchState.AUDITED}:
        return ()
    sentence = f"mass_kg of unit {unit.id} was corrected to {mass} in a {state} batch"
    return balance_findings(unit.body["batch_id"], (), (sentence,))


CORRECT = Move(
    from_states=tuple(State),
    command=Command.CORRECT,
    roles=roles(Role.AUTHOR),
    guards=(
        corrects_its_fields,
        cites_the_request,
        code_is_on_no_certificate,
        corrected_code_is_unclaimed,
    ),
    evidence=(
        needs("event_id", ID),
        needs("values", OBJECT),
        needs("reason_code", SLUG),
        may("author_request_id", ID),
    ),
    to=SAME,
    event=Happened.CORRECTED,
    epcis="errorDeclaration and correctiveEventIDs",
    keeps=False,
    tells=_told_correction,
    notes=_note_correction,
    finds=find_certified_mass,
)

UNIT_TABLE = Table(
    kind=AggregateKind.UNIT,
    states=State,
    commands=Command,
    events=Happened,
    moves=(*MOVES, CORRECT),
)


def input_of(unit: Aggregate, *, batch_id: str | None) -> UnitInput:
    """Return a unit as a batch sees it, with the mass that is in force now.

    Raises
    ------
    ValueError
        If there is no such unit.
    """
    if unit.state is None:
        raise ValueError(f"unit {unit.id} does not exist")
    return UnitInput(
        unit_id=unit.id,
        category=unit.body["category"],
        state=State(unit.state),
        site_id=unit.body.get("site_id"),
        batch_id=batch_id,
        mass=mass_in_force(unit.body),
        refrigerants_g=recovered_g(unit.body),
    )
