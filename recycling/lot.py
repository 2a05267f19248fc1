"""Lot: one material of a batch, until it is in a product or disposed of."""

from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import (
    DISPOSAL_CODE,
    HAZARDOUS_CODE,
    ID,
    OPERATION_CODE,
    SLUG,
    kilograms,
    may,
    needs,
    one_of,
    share,
)
from recycling.facts import Facts, told
from recycling.permit import DatedNeed, PermitKind, missing_permit
from recycling.table import Move, Table, roles
from recycling.vocabulary import AggregateKind, BatchState, Role
from recycling.vocabulary import LotCommand as Command
from recycling.vocabulary import LotEvent as Happened
from recycling.vocabulary import LotState as State
from schemas.vocabulary import TransportMode

# Interim operations hand on to another; every other R or D code is final (assumption).
INTERIM_CODES = frozenset({"D8", "D9", "D13", "D14", "D15", "R12", "R13"})
LOT_KG = kilograms("0.001", "1000000")


def batch_is_balanced(_: Aggregate, facts: Facts) -> str | None:
    """From a BALANCED batch; a child lot from a PROCESSED one."""
    if "parent_lot_id" in facts.evidence:
        state = told(facts.known.parent_lot_state, "parent_lot_state")
        if state == State.PROCESSED:
            return None
        return f"parent_lot_id {facts.evidence['parent_lot_id']} is {state}, not processed"
    state = told(facts.known.batch_state, "batch_state")
    if state == BatchState.BALANCED:
        return None
    return f"batch_id {facts.evidence['batch_id']} is {state}, not balanced"


def hazardous_is_accompanied(lot: Aggregate, facts: Facts) -> str | None:
    """Hazardous: manifest, and a consignee licensed for it on that day (F09)."""
    code = lot.body.get("hazardous_code")
    if code is None:
        return None
    if "manifest_id" not in facts.evidence:
        return f"manifest_id is missing: lot {lot.id} is hazardous {code}"
    need = DatedNeed(
        holder_id=facts.evidence["consignee_id"],
        kind=PermitKind.HAZARDOUS_CONSIGNEE,
        covering=code,
        on=facts.occurred_on,
    )
    return missing_permit(told(facts.known.permits, "permits"), need)


def lorry_can_carry(lot: Aggregate, facts: Facts) -> str | None:
    """Road <= 40 t."""
    mass_kg = Decimal(lot.body["mass_kg"])
    if facts.evidence["mode"] != TransportMode.ROAD or mass_kg <= facts.limits.road_kg:
        return None
    return f"mass_kg {mass_kg:f} is above {facts.limits.road_kg:f} for mode road"


def mass_agrees(lot: Aggregate, facts: Facts) -> str | None:
    """Mass within 0.5 %."""
    shipped_kg, received_kg = Decimal(lot.body["mass_kg"]), facts.evidence["mass_kg"]
    if abs(received_kg - shipped_kg) <= facts.limits.buyer_share * shipped_kg:
        return None
    return f"mass_kg {received_kg:f} differs from the {shipped_kg:f} shipped by more than 0.5 %"


def residue_fits(lot: Aggregate, facts: Facts) -> str | None:
    """Yield and residue are at most the lot."""
    mass_kg = Decimal(lot.body.get("received_mass_kg", lot.body["mass_kg"]))
    left_kg = mass_kg - facts.evidence["yield_share"] * mass_kg
    residue_kg = facts.evidence.get("residue_mass_kg", Decimal(0))
    if residue_kg <= left_kg:
        return None
    return f"residue_mass_kg {residue_kg:f} is above the {left_kg:f} that the yield leaves"


def final_code_ends_it(_: Aggregate, facts: Facts) -> str | None:
    """A final operation code forbids a next destination."""
    code, next_id = facts.evidence["operation_code"], facts.evidence.get("next_destination_id")
    if next_id is None or code in INTERIM_CODES:
        return None
    return f"operation_code {code} is final, next_destination_id is {next_id}"


def _note_received(_: Body, event: Event) -> dict[str, Any]:
    return {"holder_id": event.party_id}


_MOVES = (
    Move(
        from_states=(None,),
        command=Command.CREATE,
        roles=roles(Role.SYSTEM),
        guards=(batch_is_balanced,),
        evidence=(
            needs("batch_id", ID),
            needs("material", SLUG),
            needs("mass_kg", LOT_KG),
            needs("holder_id", ID),
            may("hazardous_code", HAZARDOUS_CODE),
            may("parent_lot_id", ID),
        ),
        to=State.CREATED,
        event=Happened.CREATED,
        epcis="output of the batch's TransformationEvent",
    ),
    Move(
        from_states=(State.CREATED,),
        command=Command.SHIP,
        roles=roles(Role.DISMANTLER),
        guards=(hazardous_is_accompanied, lorry_can_carry),
        evidence=(
            needs("consignee_id", ID),
            needs("mode", one_of(*TransportMode)),
            may("manifest_id", ID),
        ),
        to=State.SHIPPED,
        event=Happened.SHIPPED,
        epcis="ObjectEvent OBSERVE shipping",
    ),
    Move(
        from_states=(State.SHIPPED,),
        command=Command.RECEIVE,
        roles=roles(Role.BUYER),
        guards=(mass_agrees,),
        evidence=(needs("mass_kg", LOT_KG, kept_as="received_mass_kg"),),
        to=State.RECEIVED_BY_BUYER,
        event=Happened.RECEIVED,
        epcis="ObjectEvent OBSERVE receiving",
        notes=_note_received,
    ),
    Move(
        from_states=(State.SHIPPED,),
        command=Command.REJECT,
        roles=roles(Role.BUYER),
        evidence=(needs("reason_code", SLUG),),
        to=State.CREATED,
        event=Happened.REJECTED,
    ),
    Move(
        from_states=(State.RECEIVED_BY_BUYER,),
        command=Command.PROCESS,
        roles=roles(Role.BUYER),
        guards=(residue_fits, final_code_ends_it),
        evidence=(
            needs("yield_share", share()),
            needs("operation_code", OPERATION_CODE),
            may("residue_mass_kg", LOT_KG),
            may("next_destination_id", ID),
        ),
        to=State.PROCESSED,
        event=Happened.PROCESSED,
        epcis="TransformationEvent",
    ),
    Move(
        from_states=(State.RECEIVED_BY_BUYER, State.PROCESSED),
        command=Command.USE,
        roles=roles(Role.PLANT),
        evidence=(needs("product_id", ID), needs("plant_batch_id", ID)),
        to=State.USED_IN_PRODUCT,
        event=Happened.USED,
    ),
    Move(
        from_states=(State.CREATED, State.RECEIVED_BY_BUYER),
        command=Command.DISPOSE,
        roles=roles(Role.HOLDER),
        evidence=(needs("operation_code", DISPOSAL_CODE),),
        to=State.DISPOSED,
        event=Happened.DISPOSED,
    ),
)

LOT_TABLE = Table(
    kind=AggregateKind.LOT, states=State, commands=Command, events=Happened, moves=_MOVES
)
