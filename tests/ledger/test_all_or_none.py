"""Requests that go together: all of them are accepted, or nothing of them is written."""

import pytest

from ledger.contract import MAX_TOGETHER, Ledger
from ledger.records import Ref
from ledger.refusals import NotFound
from tests.ledger.builders import MAKER, WITHIN_S, Command, request


def test_accepted_requests_stand_together_each_on_what_came_before(
    ledger: Ledger[Command],
) -> None:
    answers = ledger.submit_together(
        [request("open", box="B-1"), request("put", target="B-1", item=1)]
    ).result(WITHIN_S)

    assert [one.status for one in answers] == [201, 200]
    assert ledger.get(MAKER, Ref("box", "B-1")).version == 2


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_one_that_is_not_answered_undoes_those_before_and_after(
    ledger: Ledger[Command], missing: int
) -> None:
    asked = [request("open", box="B-1", key="1"), request("open", box="B-2", key="2")]
    asked.insert(missing, request("put", target="none", item=1, key="3"))

    answers = ledger.submit_together(asked).result(WITHIN_S)

    assert [one.status == 404 for one in answers] == [at == missing for at in range(3)]
    for box in ("B-1", "B-2"):
        with pytest.raises(NotFound):
            ledger.get(MAKER, Ref("box", box))
    again = ledger.submit(request("open", box="B-1", key="1")).result(WITHIN_S)
    assert (again.status, again.replayed) == (201, False)  # its key was undone with it


def test_no_more_go_together_than_others_can_wait_for(ledger: Ledger[Command]) -> None:
    with pytest.raises(ValueError, match="1001 requests; at most 1000"):
        ledger.submit_together([request("open", box="B-1")] * (MAX_TOGETHER + 1))
