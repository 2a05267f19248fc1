"""What a unit remembers of who did what to it, and when: permits are asked for on those days."""

from typing import Any

from recycling.aggregate import Body, Event
from recycling.evidence import plain


def collected(_: Body, event: Event) -> dict[str, Any]:
    """Note who collected it, and when."""
    return {"collected_by": event.party_id, "collected_at": plain(event.occurred_at)}


def accepted(_: Body, event: Event) -> dict[str, Any]:
    """Note which dismantler has it, and since when."""
    return {"accepted_by": event.party_id, "accepted_at": plain(event.occurred_at)}


def depolluted(_: Body, event: Event) -> dict[str, Any]:
    """Note who depolluted it, and when."""
    return {"depolluted_by": event.party_id, "depolluted_at": plain(event.occurred_at)}
