"""Consignment: units that travel together, until all of them are in or lost."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import (
    ID,
    TEXT,
    UNIT_KG,
    YES_OR_NO,
    kilometres,
    listed,
    may,
    needs,
    needs_if,
    one_of,
    records,
)
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

VEHICLE = ("vehicle_plate", "vehicle_energy", "odometer_km")
# Units in these states may set out to a receiver of this kind: out of the door, or back again.
TRAVELLING: Mapping[str, frozenset[TakebackUnitState]] = {
    Role.DEPOT: frozenset({TakebackUnitState.COLLECTED, TakebackUnitState.RETURNING}),
    Role.DISMANTLER: frozenset({TakebackUnitState.GRADED}),
}


def _named(facts: Facts) -> tuple[str, ...]:
    """Return the units that a command names."""
    if "units" in facts.evidence:
        return tuple(one["unit_id"] for one in facts.evidence["units"])
    return tuple(facts.evidence["unit_ids"])


def no_unit_twice(_: Aggregate, facts: Facts) -> str | None:
    """Each unit once."""
    twice = sorted(one for one, times in Counter(_named(facts)).items() if times > 1)
    return f"unit_ids names {', '.join(twice)} more than once" if twice else None


def units_can_travel(_: Aggregate, facts: Facts) -> str | None:
    """Units that are here: collected or returning to a depot, graded to a dismantler."""
    states: Mapping[str, str] = told(facts.known.unit_states, "unit_states")
    to = facts.evidence["to"]
    wrong = [
        f"{one} is {states.get(one, 'not there')}"
        for one in _named(facts)
        if states.get(one) not in TRAVELLING[to]
    ]
    return f"unit_ids cannot travel to a {to}: {', '.join(wrong)}" if wrong else None


def sites_agree(_: Aggregate, facts: Facts) -> str | None:
    """Same site is one site."""
    same_site, sites = facts.evidence.get("same_site", False), _sites(facts)
    if same_site is (sites[0] == sites[1]):
        return None
    return f"same_site is {str(same_site).lower()} from {sites[0]} to {sites[1]}"


def _sites(facts: Facts) -> tuple[str, str]:
    return facts.evidence["from_site_id"], facts.evidence["to_site_id"]


def own_departure(consignment: Aggregate, facts: Facts) -> str | None:
    """Its creator or its carrier departs."""
    may_depart = [consignment.body["from_partner_id"], consignment.body.get("carrier_id")]
    if facts.by.party_id in may_depart:
        return None
    return f"consignment {consignment.id} is not {facts.by.party_id}'s to depart with"


def vehicle_is_told(consignment: Aggregate, facts: Facts) -> str | None:
    """Vehicle, energy and odometer, unless the dismantler is at the same site."""
    missing = [name for name in VEHICLE if name not in facts.evidence]
    stays = consignment.body["same_site"] and consignment.body["to"] == Role.DISMANTLER
    if not missing or stays:
        return None
    return f"{', '.join(missing)} of the vehicle must be told"


def own_receipt(consignment: Aggregate, facts: Facts) -> str | None:
    """Its receiver receives."""
    body = consignment.body
    if facts.by.party_id == body["to_partner_id"] and Role(body["to"]) in facts.by.acting:
        return None
    return f"consignment {consignment.id} is for the {body['to']} {body['to_partner_id']}"


def units_are_expected(consignment: Aggregate, facts: Facts) -> str | None:
    """Units of this consignment that have not arrived."""
    open_ids = set(consignment.body["unit_ids"]) - set(consignment.body.get("received_ids", ()))
    others = [one for one in _named(facts) if one not in open_ids]
    return f"unit_ids {', '.join(others)} are not awaited" if others else None


def weighed_by_depots(consignment: Aggregate, facts: Facts) -> str | None:
    """A depot weighs on receipt, a dismantler when it accepts."""
    if consignment.body["to"] == Role.DEPOT:
        return None
    weighed = [one["unit_id"] for one in facts.evidence["units"] if "mass_kg" in one]
    return f"mass_kg of {', '.join(weighed)} is told when it is accepted" if weighed else None


def _missing(consignment: Aggregate, facts: Facts) -> list[str]:
    """Units that neither arrived before, nor arrive now, nor are lost."""
    states: Mapping[str, str] = told(facts.known.unit_states, "unit_states")
    arrived = {*consignment.body.get("received_ids", ()), *_named(facts)}
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


def told_creation(_: Aggregate, facts: Facts) -> dict[str, Any]:
    """Tell who sends, and whether there is a way at all."""
    here, there = _sites(facts)
    return {"from_partner_id": facts.by.party_id, "same_site": here == there}


def told_departure(_: Aggregate, facts: Facts) -> dict[str, Any]:
    """Tell the vehicle by its token."""
    token = facts.known.vehicle_token
    return {} if token is None else {"vehicle_token": token}


def told_receipt(_: Aggregate, facts: Facts) -> dict[str, Any]:
    """Tell which units arrived."""
    return {"unit_ids": _named(facts)}


def _note_received(body: Body, event: Event) -> dict[str, Any]:
    return {"received_ids": [*body.get("received_ids", ()), *event.payload["unit_ids"]]}


_MOVES = (
    Move(
        from_states=(None,),
        command=Command.CREATE,
        roles=roles(Role.RECYCLER, Role.CARRIER, Role.DEPOT),
        guards=(no_unit_twice, sites_agree, units_can_travel),
        evidence=(
            needs("unit_ids", listed(ID, 1, MAX_CONSIGNMENT_UNITS)),
            needs("to", one_of(Role.DEPOT, Role.DISMANTLER)),
            needs("to_partner_id", ID),
            may("carrier_id", ID),
            needs("from_site_id", ID),
            needs("to_site_id", ID),
            may("same_site", YES_OR_NO),
            needs_if("manifest_id", ID, "to", Role.DISMANTLER),
        ),
        to=State.CREATED,
        event=Happened.CREATED,
        tells=told_creation,
    ),
    Move(
        from_states=(State.CREATED,),
        command=Command.DEPART,
        roles=roles(Role.RECYCLER, Role.CARRIER, Role.DEPOT),
        guards=(own_departure, vehicle_is_told),
        evidence=(
            may("vehicle_plate", TEXT, private=True),
            may("vehicle_energy", one_of(*VehicleEnergy)),
            may("odometer_km", kilometres("5000000"), private=True),
        ),
        to=State.DEPARTED,
        event=Happened.DEPARTED,
        tells=told_departure,
    ),
    Move(
        from_states=(State.DEPARTED, State.PARTIALLY_RECEIVED),
        command=Command.RECEIVE,
        roles=roles(Role.DEPOT, Role.DISMANTLER),
        guards=(own_receipt, no_unit_twice, units_are_expected, weighed_by_depots),
        evidence=(
            needs(
                "units",
                records((needs("unit_id", ID), may("mass_kg", UNIT_KG)), 1, MAX_CONSIGNMENT_UNITS),
            ),
        ),
        to=Choice(after_receipt, (State.PARTIALLY_RECEIVED, State.RECEIVED)),
        event=Happened.RECEIVED,
        keeps=False,
        tells=told_receipt,
        notes=_note_received,
        finds=find_missing_units,
    ),
)

CONSIGNMENT_TABLE = Table(
    kind=AggregateKind.CONSIGNMENT, states=State, commands=Command, events=Happened, moves=_MOVES
)
