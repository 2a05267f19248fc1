"""The subsidy for a new appliance: by the policy that is named, on the forward order's own day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.contract import View
from ledger.desk.ask import NEW_APPLIANCE, QUOTA_KEY, Ask
from ledger.desk.forward_number import APPLIANCE, forward_order
from ledger.desk.look_up import judged_evidence
from ledger.desk.part import LookUps
from ledger.desk.reference import Reference
from recycling.aggregate import Aggregate
from recycling.evidence import plain, read_evidence
from recycling.facts import Known, Subsidy
from recycling.policy import Decision as Granted
from recycling.policy import Outcome, PastGrant, Policy, PolicyItem
from recycling.policy_evaluate import evaluate
from recycling.policy_scope import ApplianceCategory, Check
from recycling.vocabulary import AggregateKind, OrderCommand

# State, role or evidence refuse the command before its subsidy is asked.
NOBODY_ASKS = Known(subsidy=Subsidy(refused="nobody asks"))
PAID = frozenset({Outcome.GRANTED, Outcome.CAPPED})


class _NothingPaid(Exception):
    """Why there is no subsidy: the sentence names field and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bought:
    on: date
    item: PolicyItem


def known_to_link(ask: Ask, takeback_order: Aggregate, view: View, reference: Reference) -> Known:
    """Look up what the policy pays, or why it pays nothing: a link to nothing is refused (F11)."""
    read = judged_evidence(ask, takeback_order)
    if read is None:
        return NOBODY_ASKS
    try:
        policy = _policy(read, reference)
        bought = _bought(read["forward_order_no"], ask, view)
        granted = _granted(ask, takeback_order.id, view, reference, policy, bought)
        return Known(subsidy=Subsidy(told=_told(granted, bought)))
    except _NothingPaid as why:
        return Known(subsidy=Subsidy(refused=str(why)))


def _policy(told: Mapping[str, Any], reference: Reference) -> Policy:
    policy_id, version = told["policy_id"], told["policy_version"]
    policies = reference.policies.policies
    for policy in policies:
        if (policy.policy_id, policy.version) == (policy_id, str(version)):
            return policy
    versions = [one.version for one in policies if one.policy_id == policy_id]
    if versions:
        raise _NothingPaid(f"policy_version {version} is none of {', '.join(versions)}")
    ids = ", ".join(sorted({one.policy_id for one in policies}))
    raise _NothingPaid(f"policy_id {policy_id} is none of {ids}")


def _bought(number: str, ask: Ask, view: View) -> _Bought:
    """Return the new appliance, as the wall tells it or the kept forward order does."""
    told = ask.facts.get(NEW_APPLIANCE)
    if told is None:
        found = forward_order(view, number)
        if found is None:
            raise _NothingPaid(f"forward_order_no {number} is not known: what was bought and when?")
        told = found.body
    names = {field.name for field in APPLIANCE}
    try:
        read = read_evidence(APPLIANCE, {key: told[key] for key in names & told.keys()})
        item = PolicyItem(
            category=ApplianceCategory(read["category"]),
            grade=read.get("grade"),
            price_cny_fen=read["price_cny_fen"],
            model=read.get("model"),
        )
    except ValueError as error:  # an EvidenceError is one: it names the field
        raise _NothingPaid(f"forward_order_no {number}: {error}") from None
    return _Bought(on=read["ordered_on"], item=item)


def _granted(
    ask: Ask,
    takeback_order_id: str,
    view: View,
    reference: Reference,
    policy: Policy,
    bought: _Bought,
) -> Granted:
    """Ask the policies, with what the same phone was granted in the year by other orders."""
    quota_key = ask.facts.get(QUOTA_KEY)
    uses = (
        () if quota_key is None else view.subsidies(quota_key=quota_key, policy_id=policy.policy_id)
    )
    history = tuple(
        PastGrant(policy_id=one.policy_id, category=ApplianceCategory(one.category))
        for one in uses
        if one.takeback_order_id != takeback_order_id and one.on.year == bought.on.year
    )
    granted = evaluate(
        reference.policies,
        stack_group=policy.stack_group,
        on=bought.on,
        item=bought.item,
        history=history,
        model_amounts_cny_fen=reference.model_amounts_cny_fen.get(view.caller.tenant),
    )
    if granted.policy is not policy:
        reason = f"is in force {policy.days}, not on ordered_on {bought.on}"
        raise _NothingPaid(f"policy_id {policy.policy_id} {reason}")
    _refuse_unpaid(granted, policy)
    if granted.rule is not None and granted.rule.quota_units is not None and quota_key is None:
        raise _NothingPaid(
            f"policy_id {policy.policy_id} has a quota for each person, and the order's contact "
            "has no phone any more that it could be counted by"
        )
    return granted


def _refuse_unpaid(granted: Granted, policy: Policy) -> None:
    if granted.outcome in PAID:
        return
    failed = "; ".join(
        f"{one.name} is {one.value}, wanted {one.limit}" for one in granted.checks if not one.passed
    )
    why = f"policy_id {policy.policy_id} pays nothing: {granted.outcome}"
    raise _NothingPaid(f"{why}: {failed} (F11)" if failed else f"{why} (F11)")


def _told(granted: Granted, bought: _Bought) -> dict[str, Any]:
    """Return what the event tells; of who was granted it before, nothing but the count."""
    if granted.rule is None:
        raise ValueError(f"outcome {granted.outcome} names no rule")
    told: dict[str, Any] = plain(
        {
            "subsidy_cny_fen": granted.amount_cny_fen,
            "subsidy_rule_id": granted.rule.rule_id,
            "subsidy_outcome": str(granted.outcome),
            "subsidy_category": str(bought.item.category),
            "subsidy_on": bought.on,
            "subsidy_checks": [_check(one) for one in granted.checks],
        }
    )
    return told


def _check(check: Check) -> Mapping[str, Any]:
    return {
        "place": check.place,
        "name": str(check.name),
        "passed": check.passed,
        "value": None if check.value is None else str(check.value),
        "limit": check.limit,
    }


TRADE_IN_LOOK_UPS: LookUps = {
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.LINK_TRADE_IN): known_to_link
}
