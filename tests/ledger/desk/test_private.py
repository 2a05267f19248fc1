"""What is private stands in the two tables for it, and nowhere else, whatever happens."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.store import LEDGER_FILE
from tests.ledger.desk.house import LAT, ORDER, PRIVATE, UNIT, House, house

OPEN = ("aggregate", "event", "outbox", "idempotency", "first_answer", "refusal", "unit_identity",
        "channel_ref", "aggregate_party")  # fmt: skip


def texts(folder: Path, *tables: str) -> str:
    """Every value of ``tables``, as it lies in the file."""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as db:
        return "\n".join(
            str(value)
            for table in tables
            for row in db.execute(f"select * from {table}")
            for value in row
        )


def demand(home: House) -> None:
    home.demand(lines=2)


def no_show(home: House) -> None:
    order = home.appointed()
    miss = {
        "no_show_by": "consumer", "contact_attempt": "called twice at the gate",
        "arrived_at": home.now.isoformat(), "lat": LAT, "lon": "120.3890",
    }  # fmt: skip
    for _ in range(2):
        home.ask(ORDER, "report_no_show", miss, by="north", on=order, key="miss")


def pickup(home: House) -> None:
    home.picked_up()


def refused_pickup(home: House) -> None:
    order = home.appointed()
    row = home.collected(home.units(order)[0], mass_kg="0.049")
    home.pick_up(order, home.proof(row), key="too light")


def cancelled(home: House) -> None:
    order = home.appointed()
    home.ask(ORDER, "cancel", {"reason_code": "moved"}, on=order)


def consignment(home: House) -> None:
    _, units = home.picked_up(2)
    sent = home.consign(units)
    home.depart(sent)
    home.receive(sent, *units)


def late_pickup(home: House) -> None:
    order = home.appointed()
    home.ask(ORDER, "unassign", {"reason_code": "silent"}, on=order)
    home.pick_up(order, home.proof(home.collected(home.units(order)[0])), key=order)
    kept = home.ledger.late_pickups(home.who("maker")[1], undecided=True).items[0]
    for decision in ("new_demand", "assign_back"):
        told = {"late_pickup_id": kept.late_pickup_id, "decision": decision, "reason": "it was"}
        home.ask(ORDER, "decide_late_pickup", told, key=f"{decision} {order}")


STEPS: tuple[Callable[[House], None], ...] = (
    demand, no_show, pickup, refused_pickup, cancelled, consignment, late_pickup
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
def test_plate_position_and_acknowledgement_are_in_no_event_aggregate_or_answer(
    steps: list[Callable[[House], None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with house(Path(folder)) as home:
            home.partners()
            for step in steps:
                step(home)
        written = texts(Path(folder), *OPEN)

    assert [secret for secret in PRIVATE if secret in written] == []


def test_what_is_private_is_kept_where_it_can_be_looked_up(home: House) -> None:
    no_show(home)
    consignment(home)
    home.ledger.close()

    kept = texts(home.folder, "private_fact", "pickup")

    assert [secret for secret in PRIVATE if secret not in kept] == []
    assert UNIT not in kept.splitlines()  # a unit's plate is its consignment's
