"""The forward order that a trade-in belongs to, kept by its number."""

from enum import StrEnum

from ledger.contract import View
from ledger.records import Aggregate, Ref
from recycling.evidence import DAY, FEN, TEXT, may, needs, one_of, whole
from recycling.policy_scope import ApplianceCategory
from recycling.policy_toml import GRADES
from schemas.event import caused_id_text

KIND = "forward_order"
# What was bought, as the maker's order system tells it; subsidies are judged on it.
APPLIANCE = (
    needs("ordered_on", DAY),
    needs("category", one_of(*ApplianceCategory)),
    needs("price_cny_fen", FEN),
    may("grade", whole(GRADES[0], GRADES[-1])),
    may("model", TEXT),
)


class ForwardState(StrEnum):
    """What became of a forward order, as far as the take-back must know."""

    CREATED = "created"
    DELIVERED = "delivered"
    RETURNED = "returned"


def ref_of(tenant: str, forward_order_no: str) -> Ref:
    """Return where a number is kept: two makers may have the same one."""
    return Ref(KIND, caused_id_text(KIND, tenant, forward_order_no))


def forward_order(view: View, forward_order_no: str) -> Aggregate | None:
    """Return what is kept of a number of the tenant, or ``None``."""
    return view.find(ref_of(view.caller.tenant, forward_order_no))


def is_repriced(view: View, forward_order_no: str) -> bool:
    """Return whether it no longer counts on a trade-in: returned, or sold at another price."""
    kept = forward_order(view, forward_order_no)
    if kept is None:
        return False
    return kept.state == ForwardState.RETURNED or "repriced_at" in kept.body
