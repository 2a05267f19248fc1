"""What the desk is told once, when the process starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from recycling.assignment_policy import AssignmentPolicy, packaged_policy
from recycling.limits import Limits, packaged_limits
from recycling.policy import PolicyBook
from recycling.policy_read import packaged_policies
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
    assignment
        How recyclers are compared.
    policies
        The subsidies.
    model_amounts_cny_fen
        By tenant, what a maker pays itself for a new model of its own.
    """

    token_of: Callable[[str, str], str]
    limits: Limits = field(default_factory=packaged_limits)
    clawback: timedelta = timedelta(days=30)
    price_lists: tuple[PriceList, ...] = ()
    assignment: AssignmentPolicy = field(default_factory=packaged_policy)
    policies: PolicyBook = field(default_factory=packaged_policies)
    model_amounts_cny_fen: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
