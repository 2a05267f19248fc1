"""TreatmentBatch: what went in, what came out; the balance is a gate, not a report."""

from dataclasses import asdict
from enum import StrEnum
from typing import Any

from recycling import batch_guards as guard
from recycling import flags
from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import (
    HAZARDOUS_CODE,
    ID,
    OPERATION_CODE,
    SLUG,
    grams,
    kilograms,
    may,
    needs,
    plain,
    records,
)
from recycling.facts import Facts, told
from recycling.table import SAME, Choice, Move, Table, roles
from recycling.vocabulary import AggregateKind, Role
from recycling.vocabulary import BatchCommand as Command
from recycling.vocabulary import BatchEvent as Happened
from recycling.vocabulary import BatchState as State

MAX_FRACTIONS = 100
MAX_GASES = 20
HOLDABLE = (
    State.OPEN, State.INPUT_CLOSED, State.OUTPUT_DECLARED, State.BALANCED, State.UNBALANCED,
    State.CERTIFIED,
)  # fmt: skip

FRACTION = (
    needs("material", SLUG),
    needs("mass_kg", kilograms("0.001", "1000000")),
    needs("operation_code", OPERATION_CODE),
    needs("destination_id", ID),
    may("hazardous_code", HAZARDOUS_CODE),
    may("consignee_id", ID),
)
GAS_FATE = (
    needs("gas", SLUG),
    needs("destroyed_g", grams("10000000")),
    needs("reclaimed_g", grams("10000000")),
    needs("vented_g", grams("10000000")),
)
_UNIT = (needs("unit_id", ID),)
_REASON = (needs("reason_code", SLUG),)


def after_check(batch: Aggregate, facts: Facts) -> StrEnum:
    """BALANCED where section 7 holds, else UNBALANCED."""
    return State.BALANCED if guard.batch_balance(batch, facts).is_balanced else State.UNBALANCED


def _told_balance(batch: Aggregate, facts: Facts) -> dict[str, Any]:
    return {"balance": asdict(guard.batch_balance(batch, facts))}


def _told_certificate(batch: Aggregate, facts: Facts) -> dict[str, Any]:
    certificate_id = told(facts.known.certificate_id, "certificate_id")
    return {"certificate_id": certificate_id, **_told_balance(batch, facts)}


def _note_opened(_: Body, event: Event) -> dict[str, Any]:
    return {
        "unit_ids": [],
        "dismantler_id": event.party_id,
        "opened_at": plain(event.occurred_at),
    }


def _note_added(body: Body, event: Event) -> dict[str, Any]:
    return {"unit_ids": [*body["unit_ids"], event.payload["unit_id"]]}


def _note_removed(body: Body, event: Event) -> dict[str, Any]:
    return {"unit_ids": [one for one in body["unit_ids"] if one != event.payload["unit_id"]]}


def _note_closed(_: Body, event: Event) -> dict[str, Any]:
    return {"closed_at": plain(event.occurred_at)}


def _note_declared(_: Body, event: Event) -> dict[str, Any]:
    return {"outputs_declared_at": plain(event.occurred_at)}


def _note_checked(_: Body, event: Event) -> dict[str, Any]:
    is_balanced = event.to_state == State.BALANCED
    return {"balanced_at": plain(event.occurred_at)} if is_balanced else {}


def _note_certified(_: Body, event: Event) -> dict[str, Any]:
    return {"certified_at": plain(event.occurred_at)}


_TREATING = (
    Move(
        from_states=(None,),
        command=Command.OPEN,
        roles=roles(Role.DISMANTLER),
        guards=(guard.site_is_licensed,),
        evidence=(needs("site_id", ID),),
        to=State.OPEN,
        event=Happened.OPENED,
        notes=_note_opened,
    ),
    Move(
        from_states=(State.OPEN,),
        command=Command.ADD_INPUT,
        roles=roles(Role.DISMANTLER),
        guards=(
            guard.own_batch,
            guard.unit_is_here,
            guard.unit_is_ready,
            guard.in_no_other_batch,
            guard.mass_is_known,
            guard.room_is_left,
        ),
        evidence=_UNIT,
        to=State.OPEN,
        event=Happened.INPUT_ADDED,
        keeps=False,
        notes=_note_added,
    ),
    Move(
        from_states=(State.OPEN, State.INPUT_CLOSED, State.UNBALANCED),
        command=Command.REMOVE_INPUT,
        roles=roles(Role.DISMANTLER),
        guards=(guard.own_batch, guard.is_input, guard.one_stays),
        evidence=(*_UNIT, *_REASON),
        to=SAME,
        event=Happened.INPUT_REMOVED,
        keeps=False,
        notes=_note_removed,
    ),
    Move(
        from_states=(State.OPEN,),
        command=Command.CLOSE_INPUTS,
        roles=roles(Role.DISMANTLER),
        guards=(guard.own_batch, guard.has_input),
        to=State.INPUT_CLOSED,
        event=Happened.INPUTS_CLOSED,
        notes=_note_closed,
    ),
    Move(
        from_states=(State.INPUT_CLOSED, State.UNBALANCED),
        command=Command.DECLARE_OUTPUTS,
        roles=roles(Role.DISMANTLER),
        guards=(guard.own_batch, guard.hazardous_is_licensed, guard.again_with_reason),
        evidence=(
            needs("outputs", records(FRACTION, 1, MAX_FRACTIONS)),
            needs("losses_kg", kilograms("0", "1000000")),
            needs("gas_fates", records(GAS_FATE, 0, MAX_GASES)),
            may("reason_code", SLUG),
        ),
        to=State.OUTPUT_DECLARED,
        event=Happened.OUTPUTS_DECLARED,
        notes=_note_declared,
    ),
    Move(
        from_states=(State.OUTPUT_DECLARED,),
        command=Command.CHECK_BALANCE,
        roles=roles(Role.SYSTEM),
        to=Choice(after_check, (State.BALANCED, State.UNBALANCED)),
        event=Happened.BALANCE_CHECKED,
        epcis="BALANCED: TransformationEvent disassembling (shredding: destroying)",
        tells=_told_balance,
        notes=_note_checked,
        finds=guard.find_imbalance,
    ),
)

_CERTIFYING = (
    Move(
        from_states=(State.UNBALANCED,),
        command=Command.WRITE_OFF,
        roles=roles(Role.AUDITOR),
        evidence=_REASON,
        to=State.WRITTEN_OFF,
        event=Happened.WRITTEN_OFF,
    ),
    Move(
        from_states=(State.BALANCED,),
        command=Command.CERTIFY,
        roles=roles(Role.PLATFORM),
        guards=(
            flags.no_hold,
            guard.no_order_on_hold,
            guard.permits_were_valid,
            guard.evidence_is_complete,
            guard.still_balanced,
        ),
        to=State.CERTIFIED,
        event=Happened.CERTIFIED,
        epcis="TransactionEvent type cert",
        tells=_told_certificate,
        notes=_note_certified,
    ),
    Move(
        from_states=(State.CERTIFIED,),
        command=Command.AUDIT,
        roles=roles(Role.AUDITOR),
        evidence=(needs("report_id", ID),),
        to=State.AUDITED,
        event=Happened.AUDITED,
    ),
    Move(
        from_states=(State.BALANCED, State.CERTIFIED, State.AUDITED),
        command=Command.REVOKE,
        roles=roles(Role.AUDITOR),
        guards=(guard.finding_is_upheld,),
        evidence=(needs("finding_id", ID),),
        to=State.REVOKED,
        event=Happened.REVOKED,
        epcis="errorDeclaration",
    ),
)

BATCH_TABLE = Table(
    kind=AggregateKind.BATCH,
    states=State,
    commands=Command,
    events=Happened,
    moves=(*_TREATING, *_CERTIFYING, *flags.hold_moves(Command, Happened, HOLDABLE)),
)
