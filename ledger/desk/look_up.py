"""What every look-up begins with: is there anything to judge, and who may do what."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.partner import PARTNER
from ledger.desk.partner_profile import permits_of
from ledger.records import Ref
from recycling.aggregate import Aggregate
from recycling.evidence import EvidenceError, read_evidence
from recycling.permit import Permit
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


def permits_held(view: View, partner_ids: Iterable[str]) -> tuple[Permit, ...]:
    """Return what partners may do, by their profiles; who is none may nothing."""
    found: list[Permit] = []
    for partner_id in dict.fromkeys(partner_ids):
        row = view.find(Ref(PARTNER, partner_id))
        if row is not None:
            found += permits_of(row.body, partner_id)
    return tuple(found)
