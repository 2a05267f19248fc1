"""What the desk is told once, when the process starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from recycling.limits import Limits, packaged_limits
from recycling.price_list import PriceList


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Limits and lists in force, and what personal data are made unreadable with.

    Parameters
    ----------
    token_of
        A vehicle's token from tenant and plate: the same plate has one token in a tenant.
    clawback
        How long after the settlement a line may be taken back.
    """

    token_of: Callable[[str, str], str]
    limits: Limits = field(default_factory=packaged_limits)
    clawback: timedelta = timedelta(days=30)
    price_lists: tuple[PriceList, ...] = ()
