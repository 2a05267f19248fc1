"""What a partner may do, as its papers in the ledger say."""

from collections.abc import Iterable

from ledger.contract import View
from ledger.desk.partner_profile import PARTNER, permits_of
from ledger.records import Ref
from recycling.permit import Permit

MAX_REMEMBERED = 10_000
# By the hash of the partner's last event, which no other content has: reading a profile costs more
# than a pickup may.
_remembered: dict[str, tuple[Permit, ...]] = {}


def permits_held(view: View, partner_ids: Iterable[str | None]) -> tuple[Permit, ...]:
    """Return what partners may do; who is no partner of the tenant may nothing."""
    named = (one for one in dict.fromkeys(partner_ids) if one is not None)
    return tuple(permit for one in named for permit in _permits(view, Ref(PARTNER, one)))


def _permits(view: View, ref: Ref) -> tuple[Permit, ...]:
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
