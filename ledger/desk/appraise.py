"""What an old appliance is bought for: a quote is of the price list in force, or none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.outcome import wrong_field
from ledger.desk.promises import categories_of, day_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision, Refusal
from recycling.price_list import PriceList, PriceRow
from recycling.vocabulary import Problem


def priced(decision: Decision, ask: Ask, view: View, reference: Reference) -> Decision:
    """Return the answer to an appraisal that names its list and row, or refuse its price."""
    if isinstance(decision, Refusal):
        return decision
    on = day_of(ask.occurred_at or view.now)
    told = ask.evidence
    lists = [one for one in reference.price_lists if one.version == told["price_list_version"]]
    if not lists:
        known = ", ".join(sorted({one.version for one in reference.price_lists})) or "none"
        return _wrong(ask, "price_list_version", f"is no version of a price list; known: {known}")
    in_force = [one for one in lists if one.is_in_force(on)]
    if not in_force:
        spans = ", ".join(f"{one.valid_from_on}..{one.valid_to_on or ''}" for one in lists)
        return _wrong(ask, "price_list_version", f"is not in force on {on}: {spans}")
    lines = categories_of(target(view, ask.kind).body)
    if told["category"] not in lines:
        return _wrong(ask, "category", f"is no line of the order: {', '.join(sorted(set(lines)))}")
    rows = [(one, row) for one in in_force for row in one.prices if _is_row(row, told)]
    if not rows:
        return _wrong(
            ask, "size_class", f"has no price for {told['category']}", Problem.PRICE_MISSING
        )
    price_list, row = rows[0]
    if row.price_cny_fen != told["price_cny_fen"]:
        return _wrong(ask, "price_cny_fen", f"is not the list's {row.price_cny_fen}")
    if missing := sorted(_missing_parts(price_list, told)):
        return _wrong(ask, "core_parts", f"lacks {', '.join(missing)}, which the list asks for")
    quote = {
        "price_list_id": price_list.price_list_id,
        "price_list_version": price_list.version,
        "size_class": row.size_class,
        "price_cny_fen": row.price_cny_fen,
        "provenance": str(row.provenance),
    }
    return replace(decision, body={**decision.body, "quote": quote})


def _is_row(row: PriceRow, told: Mapping[str, Any]) -> bool:
    return row.size_class == told["size_class"] and told["category"] in row.scope.categories


def _missing_parts(price_list: PriceList, told: Mapping[str, Any]) -> Iterator[str]:
    for condition in price_list.conditions:
        if told["category"] in condition.scope.categories:
            yield from condition.needed_parts - set(told["core_parts"])


def _wrong(ask: Ask, name: str, reason: str, code: str = Problem.VALIDATION_FAILED) -> Refusal:
    return wrong_field(ask.command, name, ask.evidence[name], reason, code=code)
