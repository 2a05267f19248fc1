"""What a partner may do, as its papers in the ledger say."""

from ledger.contract import View
from ledger.desk.partner_profile import permits_of
from ledger.records import Ref
from recycling.permit import Permit

PARTNER = "partner"
MAX_REMEMBERED = 10_000
# By the hash of the partner's last event, which no other content has: reading a profile costs more
# than a pickup may.
_remembered: dict[str, tuple[Permit, ...]] = {}


def permits_for(view: View, partner_id: str | None) -> tuple[Permit, ...]:
    """Return the permits of a partner; none where the tenant has no such partner."""
    if partner_id is None:
        return ()
    ref = Ref(PARTNER, partner_id)
    head = view.head_of(ref)
    if head is None:
        return ()
    known = _remembered.get(head)
    return _read(view, ref, head) if known is None else known


def _read(view: View, ref: Ref, head: str) -> tuple[Permit, ...]:
    partner = view.find(ref)
    permits = () if partner is None else permits_of(partner.body, partner.id)
    if len(_remembered) >= MAX_REMEMBERED:
        _remembered.clear()
    _remembered[head] = permits
    return permits
