from datetime import date

import pytest

from schemas.refusal import Reason
from schemas.shipment import ForwardOrderRouted
from streams.history.verdict import Status
from tests.streams.history.builders import file_of, judged, line, order_of


def test_a_line_without_a_weight_still_counts_for_the_direct_share() -> None:
    verdict = order_of(line(Weight="", Mode="N/A", Site=""))

    assert verdict.status is Status.ACCEPTED
    event = verdict.event
    assert isinstance(event, ForwardOrderRouted)
    assert (event.order_line_id, event.is_direct) == ("1", True)
    assert event.delivered_on == date(2013, 11, 7)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Via": "By cousin"}, Reason.FLAG_UNKNOWN),
        ({"Via": ""}, Reason.FLAG_UNKNOWN),  # unknown is never false
        ({"Day": ""}, Reason.DATE_INVALID),
        ({"Goods": ""}, Reason.SCHEMA),
        ({"ID": "none"}, Reason.SCHEMA),
        ({"ID": "9" * 65}, Reason.SCHEMA),
    ],
)
def test_an_order_that_cannot_be_told_is_rejected_with_its_reason(
    changed: dict[str, str], reason: Reason
) -> None:
    verdict = order_of(line(**changed))

    assert (verdict.status, verdict.reasons) == (Status.REJECTED, (reason,))


def test_the_same_cells_give_the_same_ids_and_other_cells_give_others() -> None:
    first, again, other = (
        {event.event_id for event in judged(file_of(line(Weight=mass))).events()}
        for mass in ("12", "12", "13")
    )

    assert first == again
    assert len(first | other) == 3  # the route of the order does not ask for the weight
