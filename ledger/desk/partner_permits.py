"""What a partner may do, as its papers in the ledger say."""

from ledger.contract import View
from ledger.desk.partner_profile import permits_of
from ledger.records import Ref
from recycling.permit import Permit

PARTNER = "partner"


def permits_for(view: View, partner_id: str | None) -> tuple[Permit, ...]:
    """Return the permits of a partner; none where the tenant has no such partner."""
    found = None if partner_id is None else view.find(Ref(PARTNER, partner_id))
    return () if found is None else permits_of(found.body, found.id)
