"""HOLD and DISPUTED: their evidence, guards and notes are the same in every table."""

from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import ID, OBJECT, TEXT, may, needs
from recycling.facts import Facts
from recycling.table import SAME, Move, roles
from recycling.vocabulary import Flag, Role

HOLD_EVIDENCE = (needs("finding_id", ID),)
RELEASE_EVIDENCE = (needs("finding_id", ID), needs("decision", TEXT))
DISPUTE_EVIDENCE = (needs("claim", TEXT), may("claimed", OBJECT))
RESOLVE_EVIDENCE = (needs("outcome", TEXT),)


def no_hold(aggregate: Aggregate, _: Facts) -> str | None:
    """No HOLD."""
    if Flag.HOLD not in aggregate.flags:
        return None
    return f"{aggregate.kind} {aggregate.id} is on HOLD by {', '.join(aggregate.body['held_by'])}"


def hold_is_set(aggregate: Aggregate, facts: Facts) -> str | None:
    """HOLD set by this finding."""
    finding_id = facts.evidence["finding_id"]
    if finding_id in aggregate.body.get("held_by", ()):
        return None
    return f"finding_id {finding_id} does not hold {aggregate.kind} {aggregate.id}"


def not_held_by_it(aggregate: Aggregate, facts: Facts) -> str | None:
    """Not held by this finding already."""
    finding_id = facts.evidence["finding_id"]
    if finding_id not in aggregate.body.get("held_by", ()):
        return None
    return f"finding_id {finding_id} holds {aggregate.kind} {aggregate.id} already"


def not_disputed(aggregate: Aggregate, _: Facts) -> str | None:
    """Not DISPUTED."""
    if Flag.DISPUTED not in aggregate.flags:
        return None
    return f"{aggregate.kind} {aggregate.id} is DISPUTED: {aggregate.body['disputes'][0]}"


def is_disputed(aggregate: Aggregate, _: Facts) -> str | None:
    """DISPUTED."""
    if Flag.DISPUTED in aggregate.flags:
        return None
    return f"{aggregate.kind} {aggregate.id} is not DISPUTED"


def note_hold(body: Body, event: Event) -> dict[str, Any]:
    """Add the finding to those that hold."""
    return {"held_by": [*body.get("held_by", ()), event.payload["finding_id"]]}


def note_release(body: Body, event: Event) -> dict[str, Any]:
    """Take the finding from those that hold; HOLD goes with the last of them."""
    return {"held_by": [one for one in body["held_by"] if one != event.payload["finding_id"]]}


def note_dispute(_: Body, event: Event) -> dict[str, Any]:
    """Keep the claim beside what is disputed."""
    return {"disputes": [event.payload["claim"]]}


def note_resolved(_: Body, __: Event) -> dict[str, Any]:
    """End the dispute."""
    return {"disputes": []}


def hold_moves(
    commands: type[StrEnum], events: type[StrEnum], from_states: tuple[StrEnum, ...]
) -> tuple[Move, Move]:
    """Return the rows that place and release HOLD in ``from_states`` of a table."""
    return (
        Move(
            from_states=from_states,
            command=commands("hold"),
            roles=roles(Role.PLATFORM, Role.SYSTEM),
            guards=(not_held_by_it,),
            evidence=HOLD_EVIDENCE,
            to=SAME,
            event=events("hold_placed"),
            keeps=False,
            adds=Flag.HOLD,
            notes=note_hold,
        ),
        Move(
            from_states=from_states,
            command=commands("release"),
            roles=roles(Role.PLATFORM),
            guards=(hold_is_set,),
            evidence=RELEASE_EVIDENCE,
            to=SAME,
            event=events("hold_released"),
            keeps=False,
            drops=Flag.HOLD,
            notes=note_release,
        ),
    )
