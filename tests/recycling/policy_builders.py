"""What the tests of policies ask, with only what each is about."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from recycling.policy import Decision, PastGrant, PolicyItem, StackGroup
from recycling.policy_evaluate import evaluate
from recycling.policy_read import packaged_policies
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Measure

STATE, MAKER, FUND = (
    StackGroup.STATE_TRADE_IN,
    StackGroup.MAKER_TRADE_IN,
    StackGroup.TREATMENT_FUND,
)


def item(category: str = "refrigerator", **told: Any) -> PolicyItem:
    """A refrigerator; sizes are told as texts, such as ``size_inch="14"``."""
    measures = {Measure(name): Decimal(told.pop(name)) for name in [*Measure] if name in told}
    form = told.pop("form", None)
    return PolicyItem(
        category=ApplianceCategory(category),
        form=None if form is None else ApplianceForm(form),
        measures=measures,
        **told,
    )


def decided(
    on: str,
    asked: PolicyItem,
    *,
    group: StackGroup = STATE,
    history: tuple[PastGrant, ...] = (),
    models: Mapping[str, int] | None = None,
) -> Decision:
    """What the packaged policies decide on a day."""
    return evaluate(
        packaged_policies(),
        stack_group=group,
        on=date.fromisoformat(on),
        item=asked,
        history=history,
        model_amounts_cny_fen=models,
    )


def answer(decision: Decision) -> tuple[int | None, str]:
    """Amount and outcome."""
    return decision.amount_cny_fen, str(decision.outcome)


RULE: dict[str, Any] = {
    "rule_id": "fridge",
    "categories": ["refrigerator"],
    "rate_share": "0.15",
    "clause": "1",
    "provenance": "assumption",
}
POLICY: dict[str, Any] = {
    "policy_id": "some",
    "version": "1",
    "title": "some policy",
    "stack_group": "state_trade_in",
    "stack_rank": 2,
    "valid_from_on": date(2025, 1, 1),
    "valid_to_on": date(2025, 12, 31),
    "days_provenance": "assumption",
    "source": "invented",
}


def written(*rules: Mapping[str, Any], **changed: Any) -> bytes:
    """A policy file; ``None`` leaves a key out."""
    lines = _lines(POLICY | changed)
    for rule in rules or (RULE,):
        lines += ["[[rule]]", *_lines(rule)]
    return "\n".join(lines).encode()


def rule(**changed: Any) -> Mapping[str, Any]:
    """A rule of 15 % for refrigerators; ``None`` leaves a key out."""
    return RULE | changed


def _lines(cells: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in cells.items() if value is not None]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(_lines(value)) + "}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else str(value)
