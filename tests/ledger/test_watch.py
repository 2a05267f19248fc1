"""What the house finds its own work with: every tenant, page after page, nothing twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.contract import MAX_EVERY, MAX_PAGE, Ledger, View
from ledger.promise import ContactUse, Due, Projected
from ledger.records import Accepted, Decision
from tests.ledger.builders import (
    IMPLEMENTATIONS,
    MAKER,
    RIVAL,
    START,
    World,
    ask,
    body_of,
    change,
    decide,
)


def asked(command: Any, view: View) -> Decision:
    """The rules of boxes, one that names all there are, and orders that carry a contact."""
    if command["do"] == "carry":
        return carrying(command, view)
    if command["do"] != "count":
        return decide(command, view)
    return Accepted(body={"boxes": [one.id for one in view.every("box")]})


def carrying(command: Any, view: View) -> Accepted:
    order = change(command["order"], command["state"], {}, "moved", now=view.now)
    use = ContactUse(command["contact"], command["order"])
    return Accepted(
        body={},
        changes=(replace(order, kind="takeback_order"),),
        projected=Projected(contacts=(use,)),
    )


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def ledger(request: pytest.FixtureRequest, tmp_path: Path, world: World) -> Iterator[Ledger[Any]]:
    made = IMPLEMENTATIONS[request.param](tmp_path / "ledger", world, decide=asked)
    yield made
    made.close()


def test_every_tenant_is_told_once_by_name(ledger: Ledger[Any]) -> None:
    assert ledger.watch.tenants() == ()
    for n, caller in enumerate((RIVAL, MAKER, RIVAL)):
        ask(ledger, "open", caller=caller, box=f"B-{n}")

    assert ledger.watch.tenants() == ("maker", "rival")


def test_what_has_not_changed_for_long_comes_in_pages_the_oldest_first(
    ledger: Ledger[Any], world: World
) -> None:
    ids = [f"B-{n:03d}" for n in range(MAX_PAGE + 7)]
    for box in reversed(ids):
        ask(ledger, "open", box=box)
    ask(ledger, "open", caller=RIVAL, box="B-R")
    world.pass_days(1)
    ask(ledger, "open", box="B-new")
    ask(ledger, "put", target="B-003", item=1)

    found: list[Due] = []
    before, after = START + timedelta(days=1), None
    while page := ledger.watch.unchanged("maker", "box", "OPEN", before=before, after=after):
        found, after = [*found, *page], page[-1]

    assert [one.id for one in found] == [one for one in ids if one != "B-003"]
    assert {(one.version, one.at) for one in found} == {(1, START)}


def test_the_instant_itself_is_not_before_itself(ledger: Ledger[Any]) -> None:
    ask(ledger, "open", box="B-1")

    assert ledger.watch.unchanged("maker", "box", "OPEN", before=START) == ()
    assert ledger.watch.unchanged("maker", "box", "SEALED", before=START) == ()


def test_a_kind_that_is_looked_at_whole_is_one_tenants_and_has_a_limit(
    ledger: Ledger[Any],
) -> None:
    for box, caller in (("B-2", MAKER), ("B-1", MAKER), ("B-R", RIVAL)):
        ask(ledger, "open", caller=caller, box=box)

    found = body_of(ask(ledger, "count"))["boxes"]

    assert found == ["B-1", "B-2"]
    assert len(found) < MAX_EVERY


def test_a_contact_has_ended_with_the_last_order_that_carries_it(
    ledger: Ledger[Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.due_rows.MAX_ASKED", 2)
    for order, contact, state in (
        ("T-1", "ended", "CLOSED"), ("T-2", "twice", "CANCELLED"), ("T-3", "goes-on", "CLOSED"),
        ("T-4", "goes-on", "OPEN"),
    ):  # fmt: skip
        ask(ledger, "carry", order=order, contact=contact, state=state)
    ask(ledger, "carry", caller=RIVAL, order="T-R", contact="rivals", state="CLOSED")
    world.pass_days(3)
    ask(ledger, "carry", order="T-5", contact="twice", state="CLOSED")

    asked_for = ["ended", "twice", "goes-on", "nobodys", "rivals"]
    found = ledger.watch.contact_ends("maker", asked_for, ended=("CLOSED", "CANCELLED"))

    assert found == {"ended": START, "twice": START + timedelta(days=3), "goes-on": None}
    assert ledger.watch.contact_ends("maker", [], ended=("CLOSED",)) == {}
