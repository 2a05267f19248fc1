"""What makes a take-back event the same one twice: all that it tells, and for ever."""

from datetime import UTC, datetime

import pytest

from schemas.topics import TAKEBACK_ORDERS, TAKEBACK_UNITS
from schemas.wire import WireEvent, WireTakebackOrder, WireTakebackUnit
from streams.codecs import decode
from tests.builders import ROOT
from tests.warehouse.builders import order_fact, unit_fact
from warehouse.facts import TAKEBACK

# As stored before these contracts got their optional fields: an event of then that is sent again
# is still the same event. Never edited.
STORED = [
    (TAKEBACK_ORDERS.name, WireTakebackOrder, 451261424762945712),
    (TAKEBACK_UNITS.name, WireTakebackUnit, 9214479972519688142),
]


def content_of(event: WireEvent) -> int:
    at = datetime.fromisoformat(event.occurred_at).astimezone(UTC)
    (found,) = TAKEBACK.content([event], [at], {})
    return found


@pytest.mark.parametrize(("topic", "kind", "content"), STORED)
def test_an_event_without_later_fields_is_what_was_stored(
    topic: str, kind: type[WireEvent], content: int
) -> None:
    raw = (ROOT / "schemas" / "golden" / f"{topic}.json").read_bytes()

    assert content_of(decode(kind, raw)) == content


def test_a_later_field_is_part_of_what_an_event_tells() -> None:
    plain = content_of(unit_fact(1, "depolluted", "depolluted"))
    some = content_of(unit_fact(1, "depolluted", "depolluted", refrigerant_g="62.5"))
    none = content_of(unit_fact(1, "depolluted", "depolluted", refrigerant_g="0"))

    assert len({plain, some, none}) == 3
    assert some == content_of(unit_fact(1, "depolluted", "depolluted", refrigerant_g="62.500"))


def test_the_same_word_in_another_later_field_is_another_event() -> None:
    policy = content_of(order_fact(1, "trade_in_linked", "appraised", policy_id="A"))
    token = content_of(order_fact(1, "trade_in_linked", "appraised", vehicle_token="A"))  # noqa: S106 - no password

    assert policy != token
