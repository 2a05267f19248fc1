"""A line judged as the route of a forward order: a weight is not asked for."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.event import caused_id
from schemas.shipment import ForwardOrderRouted
from streams.history.fields import (
    category_of,
    day_of,
    id_of,
    is_direct_of,
    mode_of,
    needed_day,
    noon_of,
)
from streams.history.mapping import Mapping, OrderRoute, Target
from streams.history.problems import Problems, accepted_or_rejected, plain_verdict
from streams.history.records import Record
from streams.history.rules import ColumnRule
from streams.history.verdict import ORDER_ROUTE, LineVerdict

CELL_JOIN = "\x1e"
KEY_JOIN = "\x1f"


def event_id_of(mapping: Mapping, target: Target, name: str, record: Record) -> UUID:
    """Return the id of what a line causes: the same cells give the same id at every import."""
    content = CELL_JOIN.join(record.row[column] for column in target.columns)
    return caused_id(mapping.source.id, name, KEY_JOIN.join(record.key), content)


def order_verdict(
    record: Record, mapping: Mapping, rules: OrderRoute, *, timezone: ZoneInfo
) -> LineVerdict:
    """Return the verdict on a line as the route of a forward order."""
    plain = plain_verdict(record, ORDER_ROUTE)
    if plain is not None:
        return plain
    problems = Problems()
    event = _order(record, mapping, rules, problems, timezone)
    return LineVerdict(
        line_no=record.line.line_no,
        raw_line=record.line.raw_line,
        key=record.shown_key,
        target=ORDER_ROUTE,
        status=accepted_or_rejected(event),
        reasons=problems.reasons,
        details=problems.details,
        flags=record.flags,
        event=event,
        mode=None if event is None else event.mode,
    )


def _order(
    record: Record, mapping: Mapping, rules: OrderRoute, problems: Problems, timezone: ZoneInfo
) -> ForwardOrderRouted | None:
    row, null_text = record.row, mapping.source.null_text

    def optional_day(field: str, rule: ColumnRule | None) -> date | None:
        return None if rule is None else day_of(field, rule, row, null_text)

    take = problems.take
    delivered_on = take(lambda: needed_day("delivered_on", rules.delivered_on, row, null_text))
    found = {
        "order_line_id": take(lambda: id_of("order_line_id", rules.order_line_id, row, null_text)),
        "category": take(lambda: category_of(rules.category, row, null_text)),
        "is_direct": take(lambda: is_direct_of(rules.is_direct, row, null_text)),
        "mode": take(lambda: None if rules.mode is None else mode_of(rules.mode, row, null_text)),
        "ordered_on": take(lambda: optional_day("ordered_on", rules.ordered_on)),
        "promised_on": take(lambda: optional_day("promised_on", rules.promised_on)),
    }
    if problems or delivered_on is None:
        return None
    return take(
        lambda: ForwardOrderRouted.model_validate(
            {
                "event_id": event_id_of(mapping, rules, ORDER_ROUTE, record),
                "occurred_at": noon_of(delivered_on, timezone),
                "delivered_on": delivered_on,
                **found,
            }
        )
    )
