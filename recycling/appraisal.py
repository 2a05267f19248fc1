"""Appraisal: what an old appliance is bought for, by which list, until when, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from recycling.policy import NO_MEASURES, day_in_shanghai, refuse_measures
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Check, Measure, Provenance
from recycling.price_list import Condition, CorePart, PriceList, PriceRow

QUOTE_VALID = timedelta(hours=72)


class QuoteOutcome(StrEnum):
    """What an appraisal came to; only a quoted one has a price."""

    QUOTED = "quoted"
    CONDITIONS_NOT_MET = "conditions_not_met"
    PRICE_MISSING = "price_missing"
    ITEM_INCOMPLETE = "item_incomplete"
    LIST_NOT_IN_FORCE = "list_not_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAppliance:
    """An old appliance as its owner describes it; ``parts`` is ``None`` if nobody looked."""

    category: ApplianceCategory
    form: ApplianceForm | None = None
    measures: Mapping[Measure, Decimal] = field(default_factory=lambda: NO_MEASURES)
    parts: frozenset[CorePart] | None = None

    def __post_init__(self) -> None:
        """Refuse what no appliance has."""
        refuse_measures(self.measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """An offer, or the reasons for none; both instants belong to its time.

    ``price_cny_fen`` is ``None`` unless it is quoted: an unknown price is never zero.
    """

    outcome: QuoteOutcome
    price_cny_fen: int | None
    size_class: str | None
    price_list_id: str
    price_list_version: str
    quoted_at: datetime
    valid_until_at: datetime
    reasons: tuple[Check, ...]
    provenance: Provenance | None

    def is_valid(self, at: datetime) -> bool:
        """Return whether the offer can be confirmed at an instant."""
        is_offer = self.outcome is QuoteOutcome.QUOTED
        return is_offer and self.quoted_at <= at <= self.valid_until_at


def appraise(item: OldAppliance, price_list: PriceList, at: datetime) -> Quote:
    """Return the quote for ``item`` by ``price_list``, in fen, good for 72 hours from ``at``.

    The list must be in force on the day of ``at`` in Asia/Shanghai. A quote keeps its price until
    it is over, also where the list ends before.

    Raises
    ------
    ValueError
        If ``at`` has no offset.

    Examples
    --------
    >>> from recycling.price_list import demo_price_list
    >>> fridge = OldAppliance(
    ...     category=ApplianceCategory.REFRIGERATOR,
    ...     measures={Measure.SIZE_L: Decimal(210), Measure.HEIGHT_M: Decimal("1.6")},
    ...     parts=frozenset({CorePart.COMPRESSOR}),
    ... )
    >>> morning = datetime.fromisoformat("2026-03-01T09:00+08:00")
    >>> quote = appraise(fridge, demo_price_list(), morning)
    >>> quote.price_cny_fen, quote.size_class, quote.valid_until_at.isoformat()
    (8500, 'refrigerator_from_200_l', '2026-03-04T09:00:00+08:00')
    """
    outcome, row, reasons = _appraised(item, price_list, at)
    return Quote(
        outcome=outcome,
        price_cny_fen=None if row is None else row.price_cny_fen,
        size_class=None if row is None else row.size_class,
        price_list_id=price_list.price_list_id,
        price_list_version=price_list.version,
        quoted_at=at,
        valid_until_at=at + QUOTE_VALID,
        reasons=tuple(reasons),
        provenance=None if row is None else row.provenance,
    )


def _appraised(
    item: OldAppliance, price_list: PriceList, at: datetime
) -> tuple[QuoteOutcome, PriceRow | None, list[Check]]:
    on = day_in_shanghai(at)
    days = f"{price_list.valid_from_on}..{price_list.valid_to_on or ''}"
    in_force = price_list.is_in_force(on)
    reasons = [Check(price_list.price_list_id, "on", in_force, str(on), days)]
    if not in_force:
        return QuoteOutcome.LIST_NOT_IN_FORCE, None, reasons
    asked = [
        check
        for condition in price_list.conditions
        if item.category in condition.scope.categories
        for check in _condition_checks(condition, item)
    ]
    reasons += asked
    failed = [one for one in asked if not one.passed]
    if any(not one.is_missing for one in failed):
        return QuoteOutcome.CONDITIONS_NOT_MET, None, reasons
    row, priced = _price_row(item, price_list)
    reasons += priced
    if failed or (row is None and any(one.is_missing for one in priced)):
        return QuoteOutcome.ITEM_INCOMPLETE, None, reasons
    return (QuoteOutcome.PRICE_MISSING if row is None else QuoteOutcome.QUOTED), row, reasons


def _condition_checks(condition: Condition, item: OldAppliance) -> list[Check]:
    place = condition.condition_id
    checks = condition.scope.checks(place, form=item.form, grade=None, measures=item.measures)
    if condition.refused_forms:
        is_good = item.form is not None and item.form not in condition.refused_forms
        wanted = f"not {' or '.join(sorted(condition.refused_forms))}"
        checks.append(Check(place, "form", is_good, item.form, wanted))
    for part in sorted(condition.needed_parts):
        told = None if item.parts is None else "there" if part in item.parts else "not there"
        checks.append(Check(place, part, told == "there", told, "there"))
    return checks


def _price_row(item: OldAppliance, price_list: PriceList) -> tuple[PriceRow | None, list[Check]]:
    """The price for the item with what it asked; else what every price of its category asked."""
    place, asked = price_list.price_list_id, []
    for row in price_list.prices:
        if item.category in row.scope.categories:
            checks = row.scope.checks(
                row.size_class, form=item.form, grade=None, measures=item.measures
            )
            if all(one.passed for one in checks):
                return row, [*checks, Check(place, "price", True, item.category, "in the list")]
            asked += checks
    return None, [*asked, Check(place, "price", False, item.category, "in the list")]
