"""What a decision looked at stays so until it is committed, on whichever machine others decide."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.contract import View
from ledger.promise import Projected, Promise, PromiseStep, Stage, SubsidyUse
from ledger.records import Accepted, Decision, HoldAsked, InputChange, Ref, Refusal
from tests.ledger.builders import START, WITHIN_S, World, change, postgres_ledger, request

ASKED = 24
ROOM = 5
NO = Refusal(code="guard-failed", body={})


def use_quota(command: Mapping[str, Any], view: View) -> Decision:
    if view.subsidies(quota_key="Q", policy_id="P"):
        return NO
    use = SubsidyUse(
        takeback_order_id=command["id"], quota_key="Q", policy_id="P", category="washer",
        on=date(2026, 3, 1),
    )  # fmt: skip
    return Accepted(body={}, projected=Projected(subsidies=(use,)))


def promise(command: Mapping[str, Any], view: View) -> Decision:
    """Promise a unit while the recycler has room."""
    found = view.workloads("north").get("north")
    if found is not None and sum(day.open_units for day in found.days) >= ROOM:
        return NO
    made = Promise(
        takeback_order_id=command["id"], round=1, recycler_id="north", on=date(2026, 3, 2),
        categories={"washer": 1}, stage=Stage.ASSIGNED, since_at=START, assigned_at=START,
    )  # fmt: skip
    return Accepted(body={}, projected=Projected(promises=(PromiseStep(None, made),)))


def add_input(command: Mapping[str, Any], view: View) -> Decision:
    if view.batch_of("U-1") is not None:
        return NO
    return Accepted(body={}, inputs=(InputChange("U-1", command["id"]),))


def ask_hold(command: Mapping[str, Any], view: View) -> Decision:
    """Raise a finding unless another one stands."""
    if view.holds_asked(Ref("batch", "B-1")):
        return NO
    raised = replace(change(command["id"], "open", {}, "raised", now=view.now), kind="finding")
    asked = HoldAsked(command["id"], "batch", "B-1")
    return Accepted(body={}, changes=(raised,), holds=(asked,))


def found_first(command: Mapping[str, Any], view: View) -> Decision:
    """Open two boxes that are looked at together, unless one is there."""
    pair = ("B-1", "B-2")
    if view.find_all("box", pair if command["nth"] % 2 else pair[::-1]):
        return NO
    opened = tuple(change(one, "OPEN", {}, "opened", now=view.now) for one in pair)
    return Accepted(body={}, changes=opened)


RULES: Mapping[str, tuple[Callable[[Mapping[str, Any], View], Decision], int]] = {
    "quota": (use_quota, 1),
    "promise": (promise, ROOM),
    "input": (add_input, 1),
    "hold": (ask_hold, 1),
    "boxes": (found_first, 1),
}


@pytest.fixture
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Any]]:
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            made.append(postgres_ledger(tmp_path, World(), decide=RULES[request.param][0]))
            stack.callback(made[-1].close)
        yield made


@pytest.mark.parametrize(
    ("machines", "accepted"), [(name, count) for name, (_, count) in RULES.items()],
    indirect=["machines"],
)  # fmt: skip
def test_two_machines_together_accept_no_more_than_one_would(
    machines: list[Any], accepted: int
) -> None:
    def status(nth: int) -> int:
        asked = request("any", id=f"X-{nth}", nth=nth, path=f"/{nth}")
        return int(machines[nth % 2].submit(asked).result(WITHIN_S).status)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(status, range(ASKED)))

    assert sorted(statuses) == [200] * accepted + [409] * (ASKED - accepted)
