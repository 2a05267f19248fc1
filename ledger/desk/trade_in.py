"""The subsidy for a new appliance: computed by the policy that is named, on the order's own day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.known import facts_of
from ledger.desk.move import move_one
from ledger.desk.outcome import accepted, refusal_of, wrong_field
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.promise import Projected, SubsidyUse
from ledger.records import Decision, Ref, Refusal
from recycling.apply import Refusal as Refused
from recycling.apply import apply
from recycling.evidence import (
    DAY,
    FEN,
    TEXT,
    EvidenceError,
    may,
    needs,
    one_of,
    read_evidence,
    whole,
)
from recycling.facts import Known
from recycling.policy import Decision as Granted
from recycling.policy import Outcome, PastGrant, Policy, PolicyItem
from recycling.policy_evaluate import evaluate
from recycling.policy_scope import ApplianceCategory, Check
from recycling.policy_toml import GRADES
from recycling.vocabulary import OrderCommand, Problem

FORWARD_ORDER = "forward_order"
# What the wall may tell beside the body: nobody's body can say who has used which quota.
QUOTA_KEY, NEW_APPLIANCE = "quota_key", "new_appliance"
PAID = frozenset({Outcome.GRANTED, Outcome.CAPPED})
_APPLIANCE = (
    needs("ordered_on", DAY),
    needs("category", one_of(*ApplianceCategory)),
    needs("price_cny_fen", FEN),
    may("grade", whole(GRADES[0], GRADES[-1])),
    may("model", TEXT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bought:
    on: date
    item: PolicyItem


def link_trade_in(ask: Ask, view: View, reference: Reference) -> Decision:
    """Link the new appliance; the subsidy stands in the event, the body and the answer.

    What the policy does not pay is refused with the checks that failed (rule F11): an order is
    never linked to a subsidy of nothing.
    """
    probe = move_one(ask, view, reference)
    if isinstance(probe, Refusal):
        return probe
    policy = _policy(ask, reference)
    if isinstance(policy, Refusal):
        return policy
    bought = _bought(ask, view)
    if isinstance(bought, Refusal):
        return bought
    quota_key = ask.facts.get(QUOTA_KEY)
    granted = _granted(ask, view, reference, policy, bought)
    refused = _refusal(ask, granted, policy, bought, quota_key)
    if refused is not None:
        return refused
    return _linked(ask, view, reference, granted, bought)


def _policy(ask: Ask, reference: Reference) -> Policy | Refusal:
    policy_id, version = ask.evidence["policy_id"], ask.evidence["policy_version"]
    policies = reference.policies.policies
    for policy in policies:
        if (policy.policy_id, policy.version) == (policy_id, str(version)):
            return policy
    versions = [one.version for one in policies if one.policy_id == policy_id]
    if versions:
        return _no(ask, "policy_version", version, f"is none of {', '.join(versions)}")
    ids = ", ".join(sorted({one.policy_id for one in policies}))
    return _no(ask, "policy_id", policy_id, f"is none of {ids}")


def _bought(ask: Ask, view: View) -> _Bought | Refusal:
    """Return the new appliance, as the wall tells it or the kept forward order."""
    number = ask.evidence["forward_order_no"]
    told = ask.facts.get(NEW_APPLIANCE)
    if told is None:
        found = view.find(Ref(FORWARD_ORDER, number))
        if found is None:
            return _no(ask, "forward_order_no", number, "is not known: post the order first", 409)
        told = found.body
    names = {field.name for field in _APPLIANCE}
    try:
        read = read_evidence(_APPLIANCE, {key: told[key] for key in names & told.keys()})
        item = PolicyItem(
            category=ApplianceCategory(read["category"]),
            grade=read.get("grade"),
            price_cny_fen=read["price_cny_fen"],
            model=read.get("model"),
        )
    except EvidenceError as error:
        errors = [
            {"pointer": f"/forward_order{one.pointer}", "value": one.value, "reason": one.reason}
            for one in error.errors
        ]
        detail = f"link_trade_in: forward order {number}: {error}"
        return Refusal(
            code=Problem.EVIDENCE_INCOMPLETE,
            status=422,
            body={"detail": detail, "errors": errors},
        )
    except ValueError as error:
        return _no(ask, "forward_order_no", number, str(error))
    return _Bought(on=read["ordered_on"], item=item)


def _granted(
    ask: Ask, view: View, reference: Reference, policy: Policy, bought: _Bought
) -> Granted:
    """Ask the policies, with what the same phone was granted in the year by other orders."""
    quota_key = ask.facts.get(QUOTA_KEY)
    uses = (
        () if quota_key is None else view.subsidies(quota_key=quota_key, policy_id=policy.policy_id)
    )
    own_id = target(view, ask.kind).id
    history = tuple(
        PastGrant(policy_id=one.policy_id, category=ApplianceCategory(one.category))
        for one in uses
        if one.takeback_order_id != own_id and one.on.year == bought.on.year
    )
    return evaluate(
        reference.policies,
        stack_group=policy.stack_group,
        on=bought.on,
        item=bought.item,
        history=history,
        model_amounts_cny_fen=reference.model_amounts_cny_fen.get(view.caller.tenant),
    )


def _refusal(
    ask: Ask, granted: Granted, policy: Policy, bought: _Bought, quota_key: str | None
) -> Refusal | None:
    if granted.policy is not policy:
        reason = f"is in force {policy.days}, not on ordered_on {bought.on}"
        return _no(ask, "policy_id", policy.policy_id, reason, 409)
    if granted.outcome not in PAID:
        missing = granted.outcome is Outcome.ITEM_INCOMPLETE
        failed = [one for one in granted.checks if not one.passed]
        told = "; ".join(f"{one.name} is {one.value}, wanted {one.limit}" for one in failed)
        why = f"policy {policy.policy_id} pays nothing: {granted.outcome}"
        return Refusal(
            code=Problem.EVIDENCE_INCOMPLETE if missing else Problem.GUARD_FAILED,
            status=422 if missing else 409,
            body={
                "detail": f"link_trade_in: {why}" + (f": {told} (F11)" if told else " (F11)"),
                "errors": [_error(one) for one in failed],
            },
        )
    if granted.rule is not None and granted.rule.quota_units is not None and quota_key is None:
        return _no(
            ask, "policy_id", policy.policy_id,
            "has a quota for each person, and the contact's quota key was not told", 409,
        )  # fmt: skip
    return None


def _linked(
    ask: Ask, view: View, reference: Reference, granted: Granted, bought: _Bought
) -> Decision:
    takeback_order = target(view, ask.kind)
    if granted.rule is None or granted.policy is None:
        raise ValueError(f"outcome {granted.outcome} of {takeback_order.id} names no rule")
    known = Known(
        subsidy={
            "subsidy_cny_fen": granted.amount_cny_fen,
            "subsidy_rule_id": granted.rule.rule_id,
            "subsidy_outcome": str(granted.outcome),
            "subsidy_on": bought.on,
        }
    )
    facts = replace(facts_of(ask, takeback_order, view, reference), known=known)
    applied = apply(takeback_order, OrderCommand.LINK_TRADE_IN, facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    decision = accepted(applied)
    uses = _uses(ask, takeback_order.id, granted.policy, bought)
    return replace(
        decision,
        body={**decision.body, "checks": [_check(one) for one in granted.checks]},
        projected=Projected(subsidies=uses, unused=(takeback_order.id,)),
    )


def _uses(
    ask: Ask, takeback_order_id: str, policy: Policy, bought: _Bought
) -> tuple[SubsidyUse, ...]:
    quota_key = ask.facts.get(QUOTA_KEY)
    if quota_key is None:
        return ()
    use = SubsidyUse(
        takeback_order_id=takeback_order_id,
        quota_key=quota_key,
        policy_id=policy.policy_id,
        category=str(bought.item.category),
        on=bought.on,
    )
    return (use,)


def _no(ask: Ask, name: str, value: object, reason: str, status: int = 422) -> Refusal:
    code = Problem.VALIDATION_FAILED if status == 422 else Problem.GUARD_FAILED
    return wrong_field(ask.command, name, value, reason, code=code, status=status)


def _error(check: Check) -> Mapping[str, Any]:
    reason = f"{check.place}: {check.value} is not {check.limit}"
    return {"pointer": f"/{check.name}", "value": str(check.value), "reason": reason}


def _check(check: Check) -> Mapping[str, Any]:
    return {
        "place": check.place,
        "name": check.name,
        "passed": check.passed,
        "value": check.value,
        "limit": check.limit,
    }
