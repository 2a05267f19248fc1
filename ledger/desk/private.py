"""What a command was told that no event carries."""

from collections.abc import Mapping
from typing import Any

from ledger.records import Json, Ref
from recycling.apply import Applied
from recycling.evidence import plain
from recycling.table import Move
from recycling.tables import table_of


def private_facts(applied: Applied, evidence: Mapping[str, Any]) -> dict[Ref, Json]:
    """Return what is kept of the aggregate that the command was addressed to."""
    event = applied.event
    told = told_privately(table_of(event.kind).move_of(event.command), evidence)
    return {Ref(event.kind, event.aggregate_id): told} if told else {}


def told_privately(move: Move, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return the private fields that were told, as JSON has them."""
    return {
        field.name: plain(evidence[field.name])
        for field in move.evidence
        if field.private and evidence.get(field.name) is not None
    }
