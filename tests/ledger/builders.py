"""A small company of boxes: rules for the ledger's tests that are as pure as the real ones."""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from ledger import postgres_store
from ledger.canonical import body_digest, canonical
from ledger.contract import Ledger, Ports, View
from ledger.postgres_ledger import PostgresLedger
from ledger.records import (
    Accepted,
    Aggregate,
    Answer,
    BusinessKey,
    Caller,
    Change,
    Claim,
    Decision,
    PartyChange,
    PickupOf,
    Ref,
    Refusal,
    Request,
)
from ledger.refusals import Malformed
from ledger.sqlite_ledger import SqliteLedger
from ledger.statements import Statements
from ledger.store import LEDGER_FILE, open_for_reading
from tests.ledger.postgres_cluster import cluster

Command = Mapping[str, Any]
WITHIN_S = 20.0
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAKER = Caller("maker")
NORTH, SOUTH = Caller("maker", "north"), Caller("maker", "south")
RIVAL = Caller("rival")
TOPIC = "takeback.order.v1"


class WriterKilled(BaseException):
    """What no rule may raise: it ends the thread it is raised in."""


def change(
    box: str, state: str, body: Mapping[str, Any], type_: str, *, now: datetime, **payload: Any
) -> Change:
    return Change(
        kind="box",
        id=box,
        state=state,
        body=body,
        type=type_,
        occurred_at=now,
        payload={"box": box, **payload},
        topic=TOPIC,
        key=box,
    )


def decide(command: Command, view: View) -> Decision:
    """The rules of boxes: one entry per verb."""
    return RULES[command["do"]](command, view)


def boxed(command: Command, view: View) -> Aggregate:
    """The box that the command is for."""
    assert view.target is not None, command
    return view.target


def forbidden(box: Aggregate, verb: str) -> Refusal:
    return Refusal(
        code="transition-not-allowed", body={"detail": f"a box cannot {verb} while {box.state}"}
    )


def open_box(command: Command, view: View) -> Decision:
    box = command["box"]
    if view.find(Ref("box", box)) is not None:
        return Refusal(code="guard-failed", body={"detail": f"there is a box {box}"})
    who = command.get("partner", view.caller.partner_id)
    body = {"items": [], **command.get("body", {})}
    return Accepted(
        status=201,
        body={"box": box},
        changes=(change(box, "OPEN", body, "opened", now=view.now),),
        parties=() if who is None else (PartyChange("box", box, who, "recycler"),),
    )


def put(command: Command, view: View) -> Decision:
    box = boxed(command, view)
    if box.state != "OPEN":
        return forbidden(box, "put")
    items = [*box.body["items"], command["item"]]
    codes = command.get("claims", ())
    return Accepted(
        body={"count": len(items)},
        changes=(
            change(
                box.id, "OPEN", {**box.body, "items": items}, "put", now=view.now,
                item=command["item"],
            ),
        ),
        claims=tuple(Claim(code, box.id) for code in codes),
    )  # fmt: skip


def tally(command: Command, view: View) -> Decision:
    """Count one more: a body that stays small however long it goes on."""
    box = boxed(command, view)
    count = box.body.get("count", 0) + 1
    return Accepted(
        body={"count": count},
        changes=(
            change(
                box.id, "OPEN", {"count": count}, "tallied", now=view.now,
                item=command["item"], count=count,
            ),
        ),
    )  # fmt: skip


def seal(command: Command, view: View) -> Decision:
    box = boxed(command, view)
    if box.state != "OPEN":
        return forbidden(box, "seal")
    return Accepted(
        body={"state": "SEALED"},
        changes=(change(box.id, "SEALED", {"items": box.body["items"]}, "sealed", now=view.now),),
    )


def pour(command: Command, view: View) -> Decision:
    """Move all items into another box: two aggregates, one transaction."""
    box, other = boxed(command, view), view.find(Ref("box", command["into"]))
    if other is None or other.id == box.id or "SEALED" in (box.state, other.state):
        return forbidden(box, "pour")
    items = [*other.body["items"], *box.body["items"]]
    return Accepted(
        body={"moved": len(box.body["items"])},
        changes=(
            change(box.id, "OPEN", {**box.body, "items": []}, "poured_out", now=view.now),
            change(other.id, "OPEN", {**other.body, "items": items}, "poured_in", now=view.now),
        ),
    )


def hand_over(command: Command, view: View) -> Decision:
    box = boxed(command, view)
    ref = Ref("box", box.id)
    ended = tuple(
        PartyChange("box", box.id, one, "recycler", ends=True)
        for one in view.partners(ref, "recycler")
    )
    return Accepted(
        body={"to": command["to"]},
        changes=(change(box.id, box.state, box.body, "handed_over", now=view.now),),
        parties=(*ended, PartyChange("box", box.id, command["to"], "recycler")),
    )


def recode(command: Command, view: View) -> Decision:
    box = boxed(command, view)
    return Accepted(
        body={},
        changes=(change(box.id, box.state, box.body, "corrected", now=view.now),),
        releases=(Claim(command["old"], box.id),),
        claims=(Claim(command["new"], box.id),),
    )


def collect(command: Command, view: View) -> Decision:
    box = boxed(command, view)
    if box.state != "OPEN":
        return Refusal(code="transition-not-allowed", body={}, keep_late=True)
    return Accepted(
        body={"collected": command["units"]},
        changes=(change(box.id, "PICKED", box.body, "collected", now=view.now),),
        pickups={PickupOf(box.id, unit): {"plate": "LU-B 1"} for unit in command["units"]},
    )


def whisper(command: Command, view: View) -> Decision:
    """Tell a box something that no event carries, under a business key of the rules' own."""
    box = boxed(command, view)
    return Accepted(
        body={},
        changes=(change(box.id, box.state, box.body, "whispered", now=view.now),),
        private={Ref("box", box.id): {"said": command["said"]}},
        keys=command.get("uses", ()),
    )


def look(command: Command, view: View) -> Decision:
    """Answer what a view finds: private facts and events, by id and after a version."""
    ref = Ref("box", command["of"])
    told = view.private_fact(ref, command["version"])
    event = view.event(command.get("event_id", ""))
    after = view.events_after(ref, command["version"])
    body = {"told": told, "type": None if event is None else event.type}
    return Accepted(body={**body, "after": [one.type for one in after]})


def take_back(command: Command, view: View) -> Decision:
    """The platform decides what becomes of a pickup that was kept."""
    kept = view.late_pickup(command["late_pickup_id"])
    if kept is None:
        return Refusal(code="not-found", body={}, status=422)
    return Accepted(body={"units": kept.body["units"]}, decided_late=(kept.late_pickup_id,))


def say(command: Command, view: View) -> Decision:
    """Answer what the command says: for answers that must not be kept, or cannot be."""
    if command.get("status", 200) < 300:
        return Accepted(body=command["body"])
    if command.get("accepts"):
        return Accepted(body=command["body"], status=command["status"])
    return Refusal(code=command["code"], body={}, status=command["status"])


def fail(command: Command, view: View) -> Decision:
    raise command["error"]


def stray(command: Command, view: View) -> Decision:
    """A rule that names another tenant's box."""
    return Accepted(body={}, changes=(change(command["box"], "OPEN", {}, "put", now=view.now),))


RULES: Mapping[str, Callable[[Command, View], Decision]] = {
    "open": open_box,
    "put": put,
    "tally": tally,
    "seal": seal,
    "pour": pour,
    "hand_over": hand_over,
    "recode": recode,
    "collect": collect,
    "whisper": whisper,
    "look": look,
    "take_back": take_back,
    "say": say,
    "fail": fail,
    "stray": stray,
}


@dataclass
class World:
    """The ports of a test: each can be turned by hand."""

    now: datetime = START
    free_share: float | None = 0.5
    sent_until: int = 0
    deaths: list[str] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=itertools.count)

    def ports(self) -> Ports:
        return Ports(
            now=lambda: self.now,
            new_id=lambda: f"id-{next(self.ids)}",
            free_share=lambda: self.free_share,
            sent_until=lambda: self.sent_until,
            on_death=self.deaths.append,
        )

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)


class HasPorts(Protocol):
    """The world of a test, whichever."""

    def ports(self) -> Ports: ...


Make = Callable[..., Ledger[Command]]


def sqlite_ledger(folder: Path, world: HasPorts, **changed: Any) -> SqliteLedger[Any]:
    plain: dict[str, Any] = {"decide": decide, "product_version": "0.0.0"}
    given = plain | changed
    return SqliteLedger(folder, given.pop("decide"), world.ports(), **given)


def postgres_ledger(at: Path | str, world: HasPorts, **changed: Any) -> PostgresLedger[Any]:
    """At a URL, or where the run's own server keeps what stands for a folder."""
    url = cluster().url_for(at) if isinstance(at, Path) else at
    plain: dict[str, Any] = {"decide": decide, "product_version": "0.0.0"}
    given = plain | changed
    return PostgresLedger(url, given.pop("decide"), world.ports(), **given)


IMPLEMENTATIONS: Mapping[str, Make] = {"postgres": postgres_ledger, "sqlite": sqlite_ledger}
# The desk over both: each table's every pair on the second one is part of the long campaigns.
ON_EACH = ["sqlite", pytest.param("postgres", marks=pytest.mark.soak)]
# What makes a ledger execute one request after the other.
ONE_AT_A_TIME: Mapping[str, Mapping[str, Any]] = {"postgres": {"max_connections": 1}, "sqlite": {}}


@contextmanager
def opened(
    folder: Path, world: World | None = None, *, implementation: str = "sqlite", **changed: Any
) -> Iterator[Any]:
    ledger = IMPLEMENTATIONS[implementation](folder, world or World(), **changed)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def looked_into(folder: Path, implementation: str) -> Iterator[Statements]:
    """Give a connection that reads what a ledger keeps, past its walls."""
    if implementation == "sqlite":
        with closing(open_for_reading(folder / LEDGER_FILE)) as file:
            yield file
        return
    db = postgres_store.open_for_reading(cluster().url_for(folder))
    with closing(db.connection):
        yield db


def tamper(folder: Path, implementation: str, sql: str) -> None:
    """Do what somebody with the keys to the store could do, checks turned off."""
    if implementation == "sqlite":
        with closing(sqlite3.connect(folder / LEDGER_FILE)) as file:
            file.execute("pragma foreign_keys = off")
            file.executescript(sql)
        return
    with psycopg.connect(cluster().url_for(folder)) as db:
        db.execute("set session_replication_role = replica")
        db.execute(sql)


def request(
    do: str,
    *,
    caller: Caller = MAKER,
    key: str | None = None,
    target: str | None = None,
    keys: tuple[BusinessKey, ...] = (),
    if_match: int | None = None,
    late: Mapping[str, Any] | None = None,
    method: str = "POST",
    path: str | None = None,
    **command: Any,
) -> Request[Command]:
    """One command, whose body is the command itself."""
    body = {"do": do, **command}
    try:
        digest = body_digest({name: value for name, value in body.items() if name != "error"})
    except Malformed:  # the wall would have refused it: here the ledger has to
        digest = body_digest(repr(body).encode("utf-8", "backslashreplace"))
    return Request(
        caller=caller,
        method=method,
        path=path or f"/v1/boxes/{target or ''}:{do}",
        digest=digest,
        command={**body, **({} if target is None else {"box": target})},
        key=key,
        target=None if target is None else Ref("box", target),
        if_match=None if if_match is None else frozenset({if_match}),
        business_keys=keys,
        late=None if late is None else lambda: late,
        correlation_id=key or "",
    )


def ask(ledger: Ledger[Command], do: str, **told: Any) -> Answer:
    """Return the answer to one command."""
    future: Future[Answer] = ledger.submit(request(do, **told))
    return future.result(WITHIN_S)


def body_of(answer: Answer) -> Any:
    return json.loads(answer.body)


def shape(aggregate: Aggregate) -> tuple[str, str, tuple[str, ...], int, str]:
    return (
        aggregate.id,
        aggregate.state,
        aggregate.flags,
        aggregate.version,
        canonical(aggregate.body),
    )
