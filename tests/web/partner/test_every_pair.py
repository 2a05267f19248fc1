"""Every pair of state and command that a person may ask for, over HTTP.

Things are put into their states through the ledger, as the tests of the desk do; the command then
comes as a request of the party whose it is.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ledger.contact import Person
from ledger.records import Accepted, Caller, Change, PartyChange, Ref, Request, StoredEvent
from recycling.batch import BATCH_TABLE
from recycling.facts import Actor
from recycling.table import Move, Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import AggregateKind, OrderCommand, Role
from tests.ledger.desk.house import profile
from tests.ledger.desk.partner_builders import paper, permit, site
from tests.ledger.desk.partner_builders import profile as plant_profile
from tests.ledger.desk.test_desk_tables import CHANGED, Case
from tests.ledger.desk.treatment.builders import EVERYTHING, order_row
from tests.ledger.desk.treatment.test_every_batch_pair import asked as ask_of_batch
from tests.ledger.desk.treatment.test_every_batch_pair import placed
from tests.recycling import builders
from tests.web.partner.bodies import BOUGHT
from tests.web.partner.room import NOON, WITHIN_S, Room
from web.partner.nouns import NOUNS, routed

NOUN_OF = {noun.kind: noun for noun in NOUNS.values()}
TABLES = (TAKEBACK_ORDER_TABLE, UNIT_TABLE, BATCH_TABLE)
PAIRS = [
    (table, state, command, move)
    for table in TABLES
    for state, command, move in table.pairs()
    if state is not None and command in routed(NOUN_OF[table.kind])
]
LEGAL = [one for one in PAIRS if one[3] is not None]
ROUTES = sorted({(table.kind, str(command)) for table, _, command, _ in PAIRS})
OF_THE_MAKER = frozenset({Role.INTAKE, Role.PLATFORM, Role.FINANCE, Role.AUDITOR, Role.CONSUMER})
PARTIES = ("recycler", "depot", "dismantler", "carrier", "author")
ORDER = AggregateKind.TAKEBACK_ORDER


class Planting(Room):
    """A room in which a test puts things as its case needs them."""

    def decider(self) -> Any:
        desk = super().decider()
        return lambda command, view: (
            command if isinstance(command, Accepted) else desk(command, view)
        )


class Home:
    """What the cases of the desk ask for, by requests of a room."""

    def __init__(self, room: Room) -> None:
        self.room, self.tenant = room, "hisense"
        self._keys: dict[frozenset[Role], dict[str, str]] = {}
        self._people = count(1)
        for name in ("P-recycler", "P-depot", "P-carrier"):
            room.keep("partner", name, profile(name))
        room.keep("partner", "P-refurbisher", profile("P-refurbisher", permits=[
            {"kind": "refurbisher", "covers": ["*"], "valid_from_on": "2026-01-01",
             "valid_to_on": "2026-12-31"}]))  # fmt: skip
        for name in ("P-dismantler", "P-author"):
            licences = [paper("LI-1", *EVERYTHING)]
            body = plant_profile(roles=["dismantler"], sites=[site()], licences=licences)
            room.keep("partner", name, body)
        room.keep("partner", "P-buyer", plant_profile(
            roles=["buyer"], permits=[permit("hazardous_consignee")]))  # fmt: skip
        for photo in builders.photos():
            room.keep("upload", photo["upload_id"], {"sha256": builders.SHA}, state="stored")
        self.place(order_row())

    @property
    def now(self) -> datetime:
        return self.room.now

    @now.setter
    def now(self, now: datetime) -> None:
        self.room.now = now

    def plant(self, *changes: Change) -> None:
        self.place(*changes)

    def place(self, *rows: Change, parties: tuple[PartyChange, ...] = ()) -> None:
        """Put things into their states, seen by whoever asks in these tests."""
        rows = tuple(map(self._of_somebody, rows))
        seen = {
            PartyChange(one.kind, one.id, f"P-{party}", party) for one in rows for party in PARTIES
        }
        point = {"lat": "36.07", "lon": "120.38"}
        private = {Ref(one.kind, one.id): point for one in rows if one.kind == ORDER}
        told: Any = Accepted(
            body={}, changes=rows, private=private, parties=tuple(seen | set(parties))
        )
        request: Request[Any] = Request(
            caller=Caller(self.tenant), method="SYSTEM", path="/plant", digest="", command=told
        )
        assert self.room.ledger.submit(request).result(WITHIN_S).status == 200

    def _of_somebody(self, row: Change) -> Change:
        """Let an order be of a person whom no other order is of: quotas count by phone."""
        if row.kind != ORDER:
            return row
        number = next(self._people)
        contact_id = self.room.contacts.put(
            Person(f"Li {number}", f"139{number:08}", "Weifang 1"),
            tenant=self.tenant,
            request_id=f"P-{number}",
        )
        return replace(row, body={**row.body, "contact_id": contact_id})

    def keep(self, kind: str, noun_id: str, state: str, body: Any) -> None:
        self.room.keep(kind, noun_id, body, state=state)

    def events(self, kind: str, one: str) -> list[StoredEvent]:
        return list(self.room.ledger.history(Caller(self.tenant), Ref(kind, one)))

    def written(self) -> list[tuple[str, str, str]]:
        """Every event of the tenant: kind, id, type."""
        found = self.room.ledger.outgoing.events_after(0, limit=100_000)
        return [(one.kind, one.aggregate_id, one.type) for one in found if one.kind != "api_key"]

    def bought(self, forward_order_no: str) -> None:
        """Let the maker's order system tell what was bought."""
        path = f"/v1/forward-orders/{forward_order_no}:create"
        answer = self.room.post(path, BOUGHT, self.key(Role.PLATFORM))
        assert answer.status_code == 201, answer.text

    def key(self, role: Role) -> dict[str, str]:
        """Headers of a key with this role alone."""
        roles = frozenset({role} - {Role.CONSUMER, Role.AUTHOR})
        if frozenset({role}) not in self._keys:
            partner_id = None if role in OF_THE_MAKER else f"P-{role}"
            given = {Role.INTAKE} if role is Role.CONSUMER else roles
            self._keys[frozenset({role})] = self.room.key(*given, partner_id=partner_id)
        return self._keys[frozenset({role})]

    def ask(self, kind: AggregateKind, command: str, one: str, evidence: Any, role: Role) -> Any:
        """Post the command as a party in that role alone."""
        body = dict(evidence)
        if command == "hold":
            body["finding_id"] = f"F-{one}"[:64]  # a finding holds what it is about
        if role is Role.CONSUMER:
            body["on_behalf_of"] = "consumer"
        path = f"{NOUN_OF[kind].collection}/{one}:{command.replace('_', '-')}"
        return self.room.post(path, body, self.key(role))

    def do(self, kind: AggregateKind, command: str, one: Any, evidence: Any, *, by: Actor) -> Any:
        (role,) = by.roles
        return self.ask(kind, command, one, evidence, role)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    room = Planting(Path(tmp_path_factory.mktemp("pairs")), now=builders.NOON)
    try:
        yield Home(room)
    finally:
        room.close()


def named(value: Any) -> str:
    if isinstance(value, Table):
        return str(value.kind)
    return str(value) if isinstance(value, StrEnum) else ""


def role_of(move: Move) -> Role:
    return min(move.roles - {Role.SYSTEM})


def wrong_role(move: Move) -> Role | None:
    """A role of the maker's that may not do it; None where every one may."""
    by_intake = {Role.INTAKE} if Role.CONSUMER in move.roles else set()
    left = {Role.FINANCE, Role.AUDITOR, Role.PLATFORM} - move.roles - by_intake
    return min(left) if left else None


def asked(home: Home, table: Table, state: StrEnum, command: StrEnum, role: Role | None) -> Any:
    """Put a thing into ``state`` and ask for ``command``; return what was written, and the answer.

    Without ``role`` it is asked by one that may.
    """
    who = role or role_of(table.move_of(command))
    if table is BATCH_TABLE:
        one: Any = placed(home, table, state, command)  # type: ignore[arg-type]  # same names
        before = len(home.written())
        answer = ask_of_batch(home, table, command, one, who)  # type: ignore[arg-type]
    else:
        case = Case(home, table, state, command, f"h{who}")  # type: ignore[arg-type]
        case.prepare()
        if command == OrderCommand.LINK_TRADE_IN:
            home.bought(case.evidence["forward_order_no"])
        before = len(home.written())
        answer = home.ask(table.kind, command, case.id, case.evidence, who)
    return answer, [one for one in home.written()[before:] if one[2] != "placed"]


@pytest.mark.parametrize(("table", "state", "command", "move"), PAIRS, ids=named)
def test_every_pair_is_done_with_one_event_each_or_refused_with_what_is_allowed(
    home: Home, table: Table, state: StrEnum, command: StrEnum, move: Move | None
) -> None:
    answer, written = asked(home, table, state, command, None)

    told = answer.json()
    if move is None:
        assert (answer.status_code, told["code"]) == (409, "transition_not_allowed"), told
        assert (told["state"], told["command"]) == (str(state), str(command))
        assert told["allowed"] == list(table.allowed(state))
        assert str(state) in told["detail"]
        assert written == []
        return
    assert answer.status_code in (200, 201), told
    assert set(Counter((kind, one) for kind, one, _ in written).values()) == {1}
    assert written[0] == (str(table.kind), told["id"], str(move.event))
    assert len(written) >= CHANGED.get((table.kind, command), 1)
    assert told["state"] in [str(one) for one in move.targets(state)]
    assert answer.headers["ETag"] == f'"{told["version"]}"'


@pytest.mark.parametrize(("table", "state", "command", "move"), LEGAL, ids=named)
def test_a_legal_pair_in_a_wrong_role_is_403_and_writes_nothing(
    home: Home, table: Table, state: StrEnum, command: StrEnum, move: Move
) -> None:
    wrong = wrong_role(move)
    if wrong is None:
        assert {Role.FINANCE, Role.AUDITOR, Role.PLATFORM} <= move.roles
        return

    answer, written = asked(home, table, state, command, wrong)

    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed"), answer.text
    assert written == []


@pytest.mark.parametrize(("kind", "command"), ROUTES, ids=str)
def test_a_command_of_what_is_not_there_is_404(
    home: Home, kind: AggregateKind, command: str
) -> None:
    move = next(table for table in TABLES if table.kind == kind).move_of(command)
    evidence = builders.EVIDENCE.get((kind, command), {})
    before = len(home.written())

    answer = home.ask(kind, command, "Q" * 32, evidence, role_of(move))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert len(home.written()) == before


def test_every_route_of_a_command_stands_in_this_matrix(home: Home) -> None:
    paths = {
        f"{NOUN_OF[kind].collection}/{{id}}:{command.replace('_', '-')}" for kind, command in ROUTES
    }
    routes: list[Any] = list(home.room.app.routes)
    nouns = tuple(f"{NOUN_OF[table.kind].collection}/{{id}}:" for table in TABLES)

    assert {one.path for one in routes if one.path.startswith(nouns)} == paths
    assert len(LEGAL) < len(PAIRS)


def test_the_ledger_is_whole_after_all_of_it(home: Home) -> None:
    assert home.room.ledger.verify().breaks == ()
    assert home.now >= NOON
