"""Every pair of state and command of batch and lot tables, through the desk and a real ledger."""

import itertools
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest

from ledger.records import Answer, Change, PartyChange
from recycling.batch import BATCH_TABLE
from recycling.facts import SYSTEM, Actor
from recycling.lot import LOT_TABLE
from recycling.table import Choice, Move, Table
from recycling.vocabulary import AggregateKind, BatchState, Role
from tests.ledger.builders import IMPLEMENTATIONS
from tests.ledger.desk.treatment.builders import (
    BATCH,
    DECLARED,
    LOT,
    House,
    actor,
    body_of,
    plant,
    row,
    washer,
)
from tests.recycling.builders import EVIDENCE, at

PAIRS = [(table, *pair) for table in (BATCH_TABLE, LOT_TABLE) for pair in table.pairs()]
DISMANTLED = {BatchState.BALANCED, BatchState.CERTIFIED, BatchState.AUDITED, BatchState.REVOKED}
# What moves with the aggregate that is asked: kind and how many of it.
BESIDE: dict[tuple[AggregateKind, str], Counter[str]] = {
    (BATCH, "check_balance"): Counter(unit=2, lot=1),
    (BATCH, "write_off"): Counter(unit=2),
    (BATCH, "certify"): Counter(certificate=1),
}
numbers = itertools.count()


@pytest.fixture(scope="module", params=sorted(IMPLEMENTATIONS))
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with plant(tmp_path_factory.mktemp("pairs") / "ledger", request.param) as made:
        yield made


def named(value: Any) -> str:
    if isinstance(value, Table):
        return str(value.kind)
    return "-" if value is None else str(value) if isinstance(value, StrEnum) else ""


def by_role(role: Role) -> Actor:
    """The maker's own people act in every role but those that belong to somebody."""
    if role is Role.SYSTEM:
        return SYSTEM
    party_id = {Role.DISMANTLER: "P-dismantler", Role.HOLDER: "P-dismantler"}.get(role, "maker")
    return actor(party_id, role)


def placed(house: House, table: Table, state: StrEnum | None, command: str) -> str | None:
    """Put an aggregate of ``table`` into ``state``, ready for ``command``; return its id."""
    nth = next(numbers)
    if state is None:
        return None
    if table.kind == LOT:
        lot = {"batch_id": "B", "material": "plastics", "mass_kg": "389",
               "holder_id": "P-dismantler"}  # fmt: skip
        change = row(LOT, f"L-{nth}", state, lot)
        house.place(change, parties=(seen(change),))
        return f"L-{nth}"
    inputs = [f"U-{nth}-1", f"U-{nth}-2"]
    dismantled = state in DISMANTLED
    house.place(
        *(washer(one, "dismantled" if dismantled else "stored") for one in inputs),
        washer(f"U-{nth}-9"),
        upheld(f"F-{nth}", f"B-{nth}"),
    )
    body: dict[str, Any] = {
        "site_id": "PLANT-1", "dismantler_id": "P-dismantler", "unit_ids": inputs, **DECLARED,
        "opened_at": at(-20), "closed_at": at(-10), "outputs_declared_at": at(-5),
        "balanced_at": at(-4),
    }  # fmt: skip
    if command == "release":
        change = row(BATCH, f"B-{nth}", state, body | {"held_by": ["F-1"]}, flags=("HOLD",))
    else:
        change = row(BATCH, f"B-{nth}", state, body)
    house.place(change, parties=(seen(change),))
    return f"B-{nth}"


def seen(change: Change) -> PartyChange:
    return PartyChange(change.kind, change.id, "P-dismantler", "dismantler")


def upheld(finding_id: str, batch_id: str) -> Change:
    about = {"aggregate_kind": "batch", "aggregate_id": batch_id, "severity": "block"}
    return row("finding", finding_id, "upheld", about)


def asked(house: House, table: Table, command: str, one: str | None, role: Role) -> Answer:
    evidence = dict(EVIDENCE.get((table.kind, command), {}))
    nth = "" if one is None else one.partition("-")[2]
    if table.kind == BATCH:
        evidence |= {
            name: value
            for name, value in {
                "unit_id": f"U-{nth}-{'9' if command == 'add_input' else '1'}",
                "finding_id": f"F-{nth}" if command == "revoke" else None,
            }.items()
            if name in evidence and value is not None
        }
    elif command == "create":
        house.place(row(BATCH, f"B-{next(numbers)}", "balanced", {}))
        evidence["batch_id"] = house.written()[-1][1]
    return house.do(table.kind, command, one, evidence, by=by_role(role))


@pytest.mark.parametrize(("table", "state", "command", "move"), PAIRS, ids=named)
def test_every_pair_of_state_and_command_is_decided(
    house: House, table: Table, state: StrEnum | None, command: StrEnum, move: Move | None
) -> None:
    one = placed(house, table, state, command)
    role = min(table.move_of(command).roles)

    before = len(house.written())
    answer = asked(house, table, command, one, role)
    written = [event for event in house.written()[before:] if event[2] != "placed"]

    told = body_of(answer)
    if move is None:
        assert (answer.status, told["code"]) == (409, "transition-not-allowed"), told
        assert told["allowed"] == list(table.allowed(state))
        assert written == []
        return
    assert answer.status == (201 if state is None else 200), told
    _assert_moved(house, table, command, move, told, written)


def _assert_moved(
    house: House,
    table: Table,
    command: str,
    move: Move,
    told: dict[str, Any],
    written: list[tuple[str, str, str]],
) -> None:
    changed = Counter((kind, one) for kind, one, _ in written)
    assert set(changed.values()) == {1}  # each aggregate has one event
    beside = BESIDE.get((table.kind, command), Counter())
    assert Counter(kind for kind, _ in changed) == Counter({str(table.kind): 1}) + beside
    assert written[0] == (str(table.kind), told["id"], str(move.event))
    stored = house.get(table.kind, told["id"])
    assert stored.state == told["state"]
    if isinstance(move.to, Choice | StrEnum):
        among = move.to.among if isinstance(move.to, Choice) else (move.to,)
        assert stored.state in among
    assert told["version"] == stored.version


def test_the_ledger_is_whole_after_all_of_it(house: House) -> None:
    assert len(PAIRS) == 169
    assert sum(move is not None for *_, move in PAIRS) == 36
    assert house.ledger.verify().breaks == ()


@pytest.mark.parametrize(
    ("table", "state", "command", "move"),
    [one for one in PAIRS if one[3] is not None],
    ids=named,
)
def test_a_legal_pair_in_another_role_is_403_and_writes_nothing(
    house: House, table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    one = placed(house, table, state, command)
    before = len(house.written())

    answer = asked(house, table, command, one, Role.INTAKE)

    told = body_of(answer)
    assert (answer.status, told["code"]) == (403, "role-not-allowed"), told
    assert [event for event in house.written()[before:] if event[2] != "placed"] == []
