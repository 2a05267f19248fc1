"""Consignment: units that travel together, until all of them are in or lost."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import ID, TEXT, kilometres, listed, needs, one_of
from recycling.facts import Facts, told
from recycling.finding import Finding
from recycling.integrity import handover_findings
from recycling.table import Choice, Move, Table, roles
from recycling.vocabulary import AggregateKind, Role
from recycling.vocabulary import ConsignmentCommand as Command
from recycling.vocabulary import ConsignmentEvent as Happened
from recycling.vocabulary import ConsignmentState as State
from schemas.consignment import MAX_CONSIGNMENT_UNITS
from schemas.vocabulary import TakebackUnitState, VehicleEnergy

_UNITS = (needs("unit_ids", listed(ID, 1, MAX_CONSIGNMENT_UNITS)),)


def no_unit_twice(_: Aggregate, facts: Facts) -> str | None:
    """Each unit once."""
    unit_ids = facts.evidence["unit_ids"]
    twice = sorted({one for one in unit_ids if unit_ids.count(one) > 1})
    return f"unit_ids names {', '.join(twice)} more than once" if twice else None


def units_are_expected(consignment: Aggregate, facts: Facts) -> str | None:
    """Units of this consignment that have not arrived."""
    open_ids = set(consignment.body["unit_ids"]) - set(consignment.body.get("received_ids", ()))
    others = [one for one in facts.evidence["unit_ids"] if one not in open_ids]
    return f"unit_ids {', '.join(others)} are not awaited" if others else None


def _missing(consignment: Aggregate, facts: Facts) -> list[str]:
    """Units that neither arrived before, nor arrive now, nor are lost."""
    states: Mapping[str, str] = told(facts.known.unit_states, "unit_states")
    arrived = {*consignment.body.get("received_ids", ()), *facts.evidence["unit_ids"]}
    return [
        one
        for one in consignment.body["unit_ids"]
        if one not in arrived and states.get(one) != TakebackUnitState.LOST
    ]


def after_receipt(consignment: Aggregate, facts: Facts) -> StrEnum:
    """RECEIVED where all are in or lost, else PARTIALLY_RECEIVED."""
    return State.PARTIALLY_RECEIVED if _missing(consignment, facts) else State.RECEIVED


def find_missing_units(consignment: Aggregate, facts: Facts) -> tuple[Finding, ...]:
    """Hand-over unconfirmed (F12)."""
    return handover_findings(consignment.id, _missing(consignment, facts))


def _note_received(body: Body, event: Event) -> dict[str, Any]:
    return {"received_ids": [*body.get("received_ids", ()), *event.payload["unit_ids"]]}


_MOVES = (
    Move(
        from_states=(None,),
        command=Command.CREATE,
        roles=roles(Role.RECYCLER, Role.CARRIER, Role.DEPOT),
        guards=(no_unit_twice,),
        evidence=_UNITS,
        to=State.CREATED,
        event=Happened.CREATED,
    ),
    Move(
        from_states=(State.CREATED,),
        command=Command.DEPART,
        roles=roles(Role.RECYCLER, Role.CARRIER, Role.DEPOT),
        evidence=(
            needs("vehicle_plate", TEXT, private=True),
            needs("vehicle_energy", one_of(*VehicleEnergy)),
            needs("odometer_km", kilometres("5000000"), private=True),
        ),
        to=State.DEPARTED,
        event=Happened.DEPARTED,
    ),
    Move(
        from_states=(State.DEPARTED, State.PARTIALLY_RECEIVED),
        command=Command.RECEIVE,
        roles=roles(Role.DEPOT, Role.DISMANTLER),
        guards=(no_unit_twice, units_are_expected),
        evidence=_UNITS,
        to=Choice(after_receipt, (State.PARTIALLY_RECEIVED, State.RECEIVED)),
        event=Happened.RECEIVED,
        keeps=False,
        notes=_note_received,
        finds=find_missing_units,
    ),
)

CONSIGNMENT_TABLE = Table(
    kind=AggregateKind.CONSIGNMENT, states=State, commands=Command, events=Happened, moves=_MOVES
)
