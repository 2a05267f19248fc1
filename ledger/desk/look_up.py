"""What every look-up begins with: is there anything to judge."""

from collections.abc import Mapping
from typing import Any

from ledger.desk.ask import Ask
from recycling.aggregate import Aggregate
from recycling.evidence import EvidenceError, read_evidence
from recycling.tables import table_of


def judged_evidence(ask: Ask, aggregate: Aggregate) -> Mapping[str, Any] | None:
    """Return what was told, as read; ``None`` where no guard will be asked.

    The rules refuse a wrong state, role or evidence by themselves: then nothing has to be looked
    up, and nothing that cannot be read is looked up with.
    """
    move = table_of(ask.kind).move_of(ask.command)
    if aggregate.state not in move.from_states or not move.roles & ask.by.acting:
        return None
    try:
        return read_evidence(move.evidence, ask.evidence)
    except EvidenceError:
        return None
