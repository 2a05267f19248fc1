"""Asking the policies: how much for this appliance on this day, and by which rule."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from recycling.policy import (
    KNOWN,
    UNDECIDED,
    Decision,
    Outcome,
    PastGrant,
    Policy,
    PolicyBook,
    PolicyItem,
    PolicyRule,
    StackGroup,
    Together,
    share_of_fen,
    units_granted,
)
from recycling.policy_scope import Check


class _Judged(NamedTuple):
    outcome: Outcome
    amount_cny_fen: int | None
    checks: list[Check]


def evaluate(
    book: PolicyBook,
    *,
    stack_group: StackGroup,
    on: date,
    item: PolicyItem,
    history: Iterable[PastGrant] = (),
    model_amounts_cny_fen: Mapping[str, int] | None = None,
) -> Decision:
    """Return what the policy of ``stack_group`` that is in force pays, in fen, and why.

    Parameters
    ----------
    on
        The day in Asia/Shanghai: of purchase for a trade-in, of treatment for the fund. Of an
        instant, ``day_in_shanghai`` tells it.
    item
        The appliance: a new one that was bought, or an old one that was treated.
    history
        What the same person was granted before.
    model_amounts_cny_fen
        A maker's own amounts by model, for rules that pay by model.

    Raises
    ------
    ValueError
        If ``on`` is an instant.

    Examples
    --------
    >>> from recycling.policy_read import packaged_policies
    >>> from recycling.policy_scope import ApplianceCategory
    >>> fridge = PolicyItem(
    ...     category=ApplianceCategory.REFRIGERATOR, grade=1, price_cny_fen=999_900
    ... )
    >>> book, state = packaged_policies(), StackGroup.STATE_TRADE_IN
    >>> evaluate(book, stack_group=state, on=date(2025, 12, 31), item=fridge).amount_cny_fen
    199980
    >>> evaluate(book, stack_group=state, on=date(2026, 1, 1), item=fridge).amount_cny_fen
    149985
    """
    if isinstance(on, datetime):
        raise ValueError(f"on must be a day, got the instant {on.isoformat()}")
    policy = book.find_policy(stack_group, on)
    days = [_day_check(one, on) for one in book.of_group(stack_group)]
    if policy is None:
        judged, rule = _Judged(Outcome.NOT_COVERED, None, days), None
    else:
        rule, tried, outcome = _rule_for(policy, item)
        tried = [*(one for one in days if one.passed), *tried]
        used = units_granted(history, policy_id=policy.policy_id, category=item.category)
        found = (
            _Judged(outcome, 0 if outcome in KNOWN else None, [])
            if rule is None
            else _judge(rule, place_of(policy, rule), item, used, model_amounts_cny_fen)
        )
        judged = found._replace(checks=[*tried, *found.checks])
    return Decision(
        stack_group=stack_group,
        outcome=judged.outcome,
        amount_cny_fen=judged.amount_cny_fen,
        price_cny_fen=item.price_cny_fen,
        checks=tuple(judged.checks),
        policy=policy,
        rule=rule,
    )


def evaluate_together(
    book: PolicyBook,
    *,
    stack_groups: Collection[StackGroup],
    on: date,
    item: PolicyItem,
    history: Sequence[PastGrant] = (),
    model_amounts_cny_fen: Mapping[str, int] | None = None,
) -> Together:
    """Return what several groups pay for one appliance, each on the rest of the price before it.

    The lower ``stack_rank`` comes first: the maker's, then the state's on the rest, which is an
    assumption of the packaged rules. Where a decision leaves open what it pays, the rest is not
    known, and neither is a share of it.

    Raises
    ------
    ValueError
        If ``on`` is an instant.
    """
    decisions: list[Decision] = []
    rest_cny_fen = item.price_cny_fen
    for group in sorted(set(stack_groups), key=lambda one: (_rank(book, one), one)):
        decision = evaluate(
            book,
            stack_group=group,
            on=on,
            item=replace(item, price_cny_fen=rest_cny_fen),
            history=history,
            model_amounts_cny_fen=model_amounts_cny_fen,
        )
        decisions.append(decision)
        if decision.outcome in UNDECIDED:
            rest_cny_fen = None
        elif rest_cny_fen is not None:
            rest_cny_fen -= decision.amount_cny_fen or 0
    return Together(tuple(decisions))


def place_of(policy: Policy, rule: PolicyRule) -> str:
    """Return the name under which checks tell a rule."""
    return f"{policy.policy_id}/{rule.rule_id}"


def _rank(book: PolicyBook, group: StackGroup) -> int:
    return min((one.stack_rank for one in book.of_group(group)), default=0)


def _day_check(policy: Policy, on: date) -> Check:
    return Check(policy.policy_id, "on", policy.is_in_force(on), str(on), policy.days)


def _rule_for(policy: Policy, item: PolicyItem) -> tuple[PolicyRule | None, list[Check], Outcome]:
    """The one rule whose scope holds the item, or why there is none; all that was asked."""
    tried: list[Check] = []
    failures: list[list[Check]] = []
    found = None
    for rule in policy.rules:
        if item.category not in rule.scope.categories:
            continue
        checks = rule.scope.checks(
            place_of(policy, rule), form=item.form, grade=item.grade, measures=item.measures
        )
        tried.extend(checks)
        failed = [one for one in checks if not one.passed]
        failures.append(failed)
        if not failed:
            found = rule
    covered = " or ".join(sorted({c for rule in policy.rules for c in rule.scope.categories}))
    category = Check(policy.policy_id, "category", bool(failures), item.category, covered)
    return found, [category, *tried], _why_none(failures)


def _why_none(failures: list[list[Check]]) -> Outcome:
    if any(all(one.is_missing for one in failed) for failed in failures):
        return Outcome.ITEM_INCOMPLETE
    if any(all(one.name == "grade" for one in failed) for failed in failures):
        return Outcome.GRADE_NOT_ELIGIBLE
    return Outcome.NOT_COVERED


def _judge(
    rule: PolicyRule,
    place: str,
    item: PolicyItem,
    used_units: int,
    model_amounts_cny_fen: Mapping[str, int] | None,
) -> _Judged:
    if rule.is_rate_unknown:
        return _Judged(Outcome.RATE_UNKNOWN, None, [])
    if rule.is_estimate_only:
        return _Judged(Outcome.ESTIMATE_ONLY, None, [])
    checks = []
    if rule.quota_units is not None:
        is_free = used_units < rule.quota_units
        limit = f"< {rule.quota_units} before"
        checks.append(Check(place, "quota_units", is_free, str(used_units), limit))
        if not is_free:
            return _Judged(Outcome.QUOTA_USED, 0, checks)
    if rule.amount_cny_fen is not None:
        outcome = Outcome.GRANTED if rule.amount_cny_fen else Outcome.RATED_ZERO
        return _Judged(outcome, rule.amount_cny_fen, checks)
    priced = _priced(rule, place, item, model_amounts_cny_fen)
    return priced._replace(checks=[*checks, *priced.checks])


def _priced(
    rule: PolicyRule,
    place: str,
    item: PolicyItem,
    model_amounts_cny_fen: Mapping[str, int] | None,
) -> _Judged:
    if item.price_cny_fen is None:
        return _incomplete(place, "price_cny_fen")
    if rule.rate_share is not None:
        return _limited(
            rule, place, item.price_cny_fen, share_of_fen(item.price_cny_fen, rule.rate_share)
        )
    if item.model is None:
        return _incomplete(place, "model")
    if model_amounts_cny_fen is None:
        missing = Check(place, "model_amounts", False, None, "the maker's list")
        return _Judged(Outcome.RATE_UNKNOWN, None, [missing])
    listed = Check(place, "model", item.model in model_amounts_cny_fen, item.model, "in the list")
    if not listed.passed:
        return _Judged(Outcome.MODEL_NOT_LISTED, 0, [listed])
    found = _limited(rule, place, item.price_cny_fen, model_amounts_cny_fen[item.model])
    return found._replace(checks=[listed, *found.checks])


def _incomplete(place: str, name: str) -> _Judged:
    return _Judged(Outcome.ITEM_INCOMPLETE, None, [Check(place, name, False, None, "told")])


def _limited(rule: PolicyRule, place: str, price_cny_fen: int, wanted_cny_fen: int) -> _Judged:
    """The amount within the cap and the price, with both as checks."""
    limits = {"cap_cny_fen": rule.cap_cny_fen, "price_cny_fen": price_cny_fen}
    told = {name: limit for name, limit in limits.items() if limit is not None}
    checks = [
        Check(place, name, wanted_cny_fen <= limit, str(wanted_cny_fen), f"<= {limit}")
        for name, limit in told.items()
    ]
    amount_cny_fen = min(wanted_cny_fen, *told.values())
    if not amount_cny_fen:
        return _Judged(Outcome.BELOW_ONE_FEN, 0, checks)
    is_capped = amount_cny_fen < wanted_cny_fen
    return _Judged(Outcome.CAPPED if is_capped else Outcome.GRANTED, amount_cny_fen, checks)
