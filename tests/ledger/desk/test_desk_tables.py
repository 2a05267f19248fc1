"""Every pair of state and command of orders, units and consignments, through the ledger."""

import json
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest

from ledger.desk.ask import NEW_APPLIANCE, QUOTA_KEY
from ledger.records import Accepted, Answer, Change, Ref
from recycling.consignment import CONSIGNMENT_TABLE
from recycling.facts import SYSTEM, Actor
from recycling.table import Move, Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import AggregateKind, Role
from recycling.vocabulary import ConsignmentCommand as C
from recycling.vocabulary import OrderCommand as O
from recycling.vocabulary import UnitCommand as U
from tests.ledger.builders import IMPLEMENTATIONS, looked_into
from tests.ledger.desk.house import BOUGHT, NOON, House, profile
from tests.ledger.desk.treatment.test_every_batch_pair import PAIRS as BATCH_AND_LOT_PAIRS
from tests.recycling import builders

TABLES = (TAKEBACK_ORDER_TABLE, UNIT_TABLE, CONSIGNMENT_TABLE)
PAIRS = [(table, *pair) for table in TABLES for pair in table.pairs()]
ORDER, UNIT = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT
BESIDE = ("demand", "reverse_leg")  # what others are told beside the events of the tables
HELD = {"held_by": ["F-1"], "disputes": ["price"]}


class Planted(House):
    """A house in which a test puts aggregates as its case needs them."""

    def plant(self, *changes: Change) -> None:
        point = {"lat": "36.07", "lon": "120.38"}
        orders = {Ref(one.kind, one.id): point for one in changes if one.kind == ORDER}
        assert self.submit(Accepted(body={}, changes=changes, private=orders)).status == 200


def change(kind: str, id: str, state: str, body: Any, flags: tuple[str, ...] = ()) -> Change:
    return Change(
        kind=kind, id=id, state=state, body=body, flags=flags, type="declared", occurred_at=NOON,
        payload={"party_id": "P-author"}, topic=None, key=id,
    )  # fmt: skip


@pytest.fixture(scope="module", params=sorted(IMPLEMENTATIONS))
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    home = Planted(tmp_path_factory.mktemp("pairs") / "ledger", request.param)
    try:
        for name in ("P-recycler", "P-dismantler", "P-depot", "P-carrier", "P-refurbisher"):
            permits = [{"kind": "refurbisher", "covers": ["*"], "valid_from_on": "2026-01-01",
                        "valid_to_on": "2026-12-31"}]  # fmt: skip
            home.keep("partner", name, "active", profile(name, permits=permits))
        for photo in builders.photos():
            home.keep("upload", photo["upload_id"], "stored", {"sha256": builders.SHA})
        yield home
    finally:
        home.ledger.close()


class Case:
    """One pair: its aggregates under ids of its own, and the command that its table names."""

    def __init__(
        self,
        home: Planted,
        table: Table,
        state: StrEnum | None,
        command: StrEnum,
        mark: str = "pair",
    ):
        self.home, self.table, self.state, self.command = home, table, state, command
        self.mark = f"{mark}.{table.kind}.{state or 'none'}.{command}"
        self.id = f"X-{self.mark}"
        self.evidence = self._evidence()
        if state is not None:
            self._plant()

    def _evidence(self) -> dict[str, Any]:
        told = dict(builders.EVIDENCE.get((self.table.kind, self.command), {}))
        own: dict[tuple[AggregateKind, str], dict[str, Any]] = {
            (ORDER, O.REGISTER_DEMAND): {"channel_ref": self.mark},
            (ORDER, O.POST_PICKUP): {"units": self._at_the_door()},
            (ORDER, O.APPRAISE): {
                "price_list_version": "1", "size_class": "washing_machine", "price_cny_fen": 5_000
            },
            (ORDER, O.LINK_TRADE_IN): {
                "forward_order_no": f"FO-{self.mark}", "policy_id": "trade_in_2026",
                "policy_version": 1,
            },
            (UNIT, U.COLLECT): {"unit_code": f"PL-{self.mark}"},
            (UNIT, U.DISMANTLE): {"batch_id": f"B-{self.mark}"},
            (AggregateKind.CONSIGNMENT, C.CREATE): {"unit_ids": self._units()},
            (AggregateKind.CONSIGNMENT, C.RECEIVE): {
                "units": [{"unit_id": one, "mass_kg": "61.500"} for one in self._units()]
            },
        }  # fmt: skip
        return told | own.get((self.table.kind, self.command), {})

    def _units(self) -> list[str]:
        return [f"U1-{self.mark}", f"U2-{self.mark}"]

    def _at_the_door(self) -> list[dict[str, Any]]:
        first, second = self._units()
        code = {"unit_code": f"PL-{first[-40:]}"}
        return [
            {"unit_id": first, "outcome": "collected", **builders.COLLECTED, **code},
            {"unit_id": second, "outcome": "refused", **builders.REFUSED},
        ]

    def _plant(self) -> None:
        found = builders.before(self.table, self.state, self.command)
        body, flags = dict(found.body), tuple(sorted(found.flags))
        if self.command in (O.RELEASE, O.RESOLVE):
            body |= HELD
        if "unit_ids" in body:
            body["unit_ids"] = self._units()
        if self.table is UNIT_TABLE:
            body["takeback_order_id"] = f"O-{self.mark}"
        if self.command == O.SETTLE:
            self.home.keep("settlement_line", "SL-1", "approved", {"takeback_order_id": self.id})
        if self.command == O.CLOSE:
            body["settled_at"] = "2026-01-01T00:00:00Z"
        self.home.plant(
            change(self.table.kind, self.id, str(self.state), body, flags), *self._around()
        )
        self.evidence |= self._wrong_event()

    def _around(self) -> Iterator[Change]:
        """What the command needs beside its aggregate."""
        unit = builders.BODIES[UNIT]
        if self.table is UNIT_TABLE:
            state = "cancelled" if self.command == U.WITHDRAW else "appointed"
            yield change(ORDER, f"O-{self.mark}", state, {"unit_ids": [self.id]})
            if self.command == U.DISMANTLE:
                yield change("batch", f"B-{self.mark}", "balanced", {"unit_ids": [self.id]})
            return
        for one in self._units():
            yield change(UNIT, one, self._state_of_units(), unit)

    def _state_of_units(self) -> str:
        if self.table is CONSIGNMENT_TABLE:
            return "in_transit" if self.command == C.RECEIVE else "collected"
        return "lost" if self.command == O.COMPLETE else "declared"

    def _wrong_event(self) -> dict[str, Any]:
        if self.command != U.CORRECT:
            return {}
        (event,) = self.home.events(self.table.kind, self.id)
        return {"event_id": event.event_id}

    def prepare(self) -> None:
        """Let the clock and the world be as the command needs them."""
        days = timedelta(days=2 if self.command == O.EXPIRE_ASSIGNMENT else 0)
        self.home.now = NOON + days
        if self.state is None and self.command == C.CREATE:
            self.home.plant(*self._around())

    def ask(self, by: Actor | None = None) -> Answer:
        move = self.table.move_of(self.command)
        return self.home.ask(
            self.table.kind, self.command, self.evidence, by=by or self._actor(move),
            on=None if self.state is None else self.id,
            facts={QUOTA_KEY: self.mark, NEW_APPLIANCE: BOUGHT},
        )  # fmt: skip

    def _actor(self, move: Move) -> Actor:
        if Role.AUTHOR in move.roles:
            return Actor(party_id="P-author", roles=frozenset())
        role = min(move.roles)
        return SYSTEM if role is Role.SYSTEM else builders.actor(role)


def written_since(home: House, seq: int) -> list[tuple[int, str, str]]:
    """Return the events after ``seq``, as they are stored."""
    with looked_into(home.folder, home.implementation) as db:
        return db.execute(
            "select seq, kind, aggregate_id from event where seq > ? order by seq", [seq]
        ).fetchall()


CHANGED: dict[tuple[AggregateKind, str], int] = {
    (ORDER, O.REGISTER_DEMAND): 3, (ORDER, O.LINK_TRADE_IN): 2,
    (ORDER, O.POST_PICKUP): 3, (ORDER, O.CANCEL): 3,
    (AggregateKind.CONSIGNMENT, C.DEPART): 3, (AggregateKind.CONSIGNMENT, C.RECEIVE): 3,
}  # fmt: skip


def named(value: Any) -> str:
    if isinstance(value, Table):
        return str(value.kind)
    return "-" if value is None else str(value) if isinstance(value, StrEnum) else ""


@pytest.mark.parametrize(("table", "state", "command", "move"), PAIRS, ids=named)
def test_every_pair_is_one_event_for_each_that_changed_or_refused(
    planted: Planted, table: Table, state: StrEnum | None, command: StrEnum, move: Move | None
) -> None:
    case = Case(planted, table, state, command)
    case.prepare()
    seq = written_since(planted, 0)[-1][0]

    answer = case.ask()

    told, events = json.loads(answer.body), written_since(planted, seq)
    if move is None:
        assert (answer.status, told["code"]) == (409, "transition-not-allowed"), told
        assert told["allowed"] == list(table.allowed(state))
        assert events == []
    else:
        assert 200 <= answer.status < 300, told
        moved = [one for one in events if one[1] not in BESIDE]
        assert len(moved) == len(set(moved)) == CHANGED.get((table.kind, command), 1)
        assert told["state"] in [str(one) for one in move.targets(state)]


@pytest.mark.parametrize(
    ("table", "state", "command", "move"),
    [one for one in PAIRS if one[3] is not None],
    ids=named,
)
def test_a_legal_pair_in_another_role_is_403_and_writes_nothing(
    planted: Planted, table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    case = Case(planted, table, state, command, mark="role")
    case.prepare()
    seq = written_since(planted, 0)[-1][0]
    # A buyer has to do with lots alone, and is nobody's author; what any party may, nobody may not.
    nobody = Actor(party_id="P-nobody", roles=frozenset())

    answer = case.ask(by=nobody if Role.BUYER in move.roles else builders.actor(Role.BUYER))

    told = json.loads(answer.body)
    assert (answer.status, told["code"]) == (403, "role-not-allowed"), told
    assert written_since(planted, seq) == []


def test_every_pair_of_the_five_tables_is_asked_of_the_desk() -> None:
    def of(*kinds: AggregateKind) -> list[Any]:
        return [one for one in (*PAIRS, *BATCH_AND_LOT_PAIRS) if one[0].kind in kinds]

    def counts(pairs: list[Any]) -> tuple[int, int]:
        return len(pairs), sum(move is not None for *_, move in pairs)

    four = [ORDER, UNIT, AggregateKind.BATCH, AggregateKind.LOT]
    assert [counts(of(kind)) for kind in four] == [
        (15 * 21, 65), (16 * 16, 40), (10 * 12, 27), (7 * 7, 9),
    ]  # fmt: skip
    assert counts(of(*four)) == (740, 141)
    assert {one[0].kind for one in of(*AggregateKind)} == {*AggregateKind}


def test_every_chain_holds_after_all_pairs(planted: Planted) -> None:
    assert planted.ledger.verify().breaks == ()
