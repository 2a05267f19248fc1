"""When a webhook is tried again, and when nobody listens any more."""

import json
from datetime import datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import NOON
from web.partner.webhook_delivery import (
    MAX_ATTEMPTS,
    RETRY_AFTER_S,
    AfterAttempt,
    Delivery,
    DeliveryEnded,
    DeliveryState,
    Outcome,
    Told,
    after_attempt,
    begun,
    outcome_of,
    replayed,
    thin_payload,
)

BEGUN = begun(message_id="msg_1", endpoint_id="W-1", now=NOON)


def test_the_schedule_is_that_of_the_standard() -> None:
    hours = [2, 5, 10, 14, 20, 24]

    assert (0, 5, 5 * 60, 30 * 60, *(hour * 3_600 for hour in hours)) == RETRY_AFTER_S


def test_a_receiver_that_never_answers_is_tried_ten_times_and_then_disabled() -> None:
    delivery, tried = BEGUN, []
    disabled = False
    while delivery.next_at is not None:
        tried.append(delivery.next_at)
        assert not disabled
        step = after_attempt(delivery, Outcome.MISSED, delivery.next_at)
        delivery, disabled = step.delivery, step.disables_endpoint

    assert tried[0] == NOON
    assert [(b - a).total_seconds() for a, b in pairwise(tried)] == list(RETRY_AFTER_S[1:])
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, MAX_ATTEMPTS)
    assert disabled


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.TAKEN),
        (204, Outcome.TAKEN),
        (299, Outcome.TAKEN),
        (301, Outcome.MISSED),  # a redirect is not followed
        (304, Outcome.MISSED),
        (404, Outcome.MISSED),
        (410, Outcome.GONE),
        (429, Outcome.MISSED),
        (500, Outcome.MISSED),
        (101, Outcome.MISSED),
        (None, Outcome.MISSED),
    ],
)
def test_what_an_answer_means(status: int | None, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@pytest.mark.parametrize(("state", "outcome"), [*product(DeliveryState, Outcome)])
def test_every_pair_of_state_and_outcome_is_decided(state: DeliveryState, outcome: Outcome) -> None:
    delivery = Delivery(message_id="msg_1", endpoint_id="W-1", state=state, next_at=NOON)

    def step() -> AfterAttempt:
        return after_attempt(delivery, outcome, NOON)

    if state is not DeliveryState.WAITING:
        with pytest.raises(DeliveryEnded, match=state):
            step()
        return
    after = step()
    wanted = {
        Outcome.TAKEN: (DeliveryState.DELIVERED, False),
        Outcome.GONE: (DeliveryState.FAILED, True),
        Outcome.MISSED: (DeliveryState.WAITING, False),
    }
    assert (after.delivery.state, after.disables_endpoint) == wanted[outcome]
    assert after.delivery.attempts == 1


@given(
    outcomes=st.lists(st.sampled_from(Outcome), min_size=1, max_size=20),
    pauses=st.lists(st.integers(-10, 10**9), min_size=20, max_size=20),
)
def test_every_delivery_ends_and_its_next_attempt_lies_ahead(
    outcomes: list[Outcome], pauses: list[int]
) -> None:
    delivery, now = BEGUN, NOON

    for outcome, pause_s in zip(outcomes, pauses, strict=False):
        if delivery.state is not DeliveryState.WAITING:
            break
        delivery = after_attempt(delivery, outcome, now, asked_pause_s=pause_s).delivery
        assert (delivery.next_at is None) is (delivery.state is not DeliveryState.WAITING)
        assert delivery.attempts <= MAX_ATTEMPTS
        if delivery.next_at is not None:
            assert timedelta(0) < delivery.next_at - now <= timedelta(days=1)
            now = delivery.next_at


@pytest.mark.parametrize(("asked_s", "waited_s"), [(None, 5), (1, 5), (60, 60), (10**9, 86_400)])
def test_a_receiver_may_ask_for_a_longer_pause_up_to_a_day(
    asked_s: int | None, waited_s: int
) -> None:
    after = after_attempt(BEGUN, Outcome.MISSED, NOON, asked_pause_s=asked_s)

    assert after.delivery.next_at == NOON + timedelta(seconds=waited_s)


def test_a_replay_begins_anew_under_the_same_id() -> None:
    ended = after_attempt(BEGUN, Outcome.GONE, NOON).delivery
    later = NOON + timedelta(days=2)

    again = replayed(ended, later)

    assert again == begun(message_id="msg_1", endpoint_id="W-1", now=later)


def test_a_message_tells_ids_and_a_version_and_nothing_else() -> None:
    told = Told(
        type="takeback_order.assigned",
        occurred_at=datetime.fromisoformat("2026-03-01T20:00+08:00"),
        kind="takeback_order",
        id="T-\u4e00",
        version=3,
    )

    assert json.loads(thin_payload(told)) == {
        "type": "takeback_order.assigned",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {"kind": "takeback_order", "id": "T-\u4e00", "version": 3},
    }
