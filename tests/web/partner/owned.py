"""A tenant that has one of everything, so that strangers may ask for it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from ledger.desk.ask import Ask, Asked
from ledger.records import Caller, Ref, Request
from ledger.store import LEDGER_FILE
from recycling.facts import SYSTEM
from recycling.vocabulary import AggregateKind, Role
from tests.web.partner.room import WITHIN_S, Room
from tests.web.partner.story import LAT, LON, OTP, PLATE, Story
from tests.web.partner.visits import declaration, picture
from web.partner.webhook_dispatch import Dispatcher
from web.partner.webhook_sender import Answered

MARK = "zq7"
PERSON = {"name": f"{MARK}王小明", "phone": "13800770077", "address": f"{MARK}青岛市株洲路1号"}
COLLECTOR = f"{MARK}-K-7"
HOOK = f"https://hooks.{MARK}.example.com/in"
ROLES = frozenset({Role.RECYCLER, Role.CARRIER, Role.DEPOT, Role.DISMANTLER, Role.BUYER})
OFFICE = (Role.INTAKE, Role.PLATFORM, Role.FINANCE, Role.AUDITOR)
BALANCED_KG = {"material": "steel", "mass_kg": "122.6", "operation_code": "R4",
               "destination_id": f"{MARK}-D-1"}  # fmt: skip


@dataclass
class Owned:
    """What the owner has: an id for each noun of the addresses."""

    room: Room
    story: Story
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    former_order: str = ""
    former_units: tuple[str, ...] = ()

    def round_of_webhooks(self) -> None:
        """Note and send all that waits."""

        def send(url: str, _: Any, body: bytes) -> Answered:
            self.sent.append((url, body))
            return Answered(200, None)

        room = self.room
        dispatcher = Dispatcher(
            room.ledger, room.ledger.outgoing, send, room.services.webhook_secrets,
            now=lambda: room.now,
        )  # fmt: skip
        while not dispatcher.round().is_idle:
            continue
        dispatcher.close()

    def rows(self, sql: str, *told: Any) -> list[tuple[Any, ...]]:
        """Rows of the ledger's file."""
        with closing(sqlite3.connect(self.room.folder / "ledger" / LEDGER_FILE)) as db:
            return db.execute(sql, told).fetchall()

    def events(self) -> int:
        """How many events the owner's tenant has."""
        asked = "select count(*) from event where tenant = ?"
        return int(self.rows(asked, self.story.tenant)[0][0])

    def all_marks(self) -> frozenset[str]:
        """Every text that a stranger may not be told: ids, codes, people, plates, places."""
        ids = {one for (one,) in self.rows("select id from aggregate where tenant = ?",
                                           self.story.tenant)}  # fmt: skip
        codes = {one for (one,) in self.rows("select code from unit_identity where tenant = ?",
                                             self.story.tenant)}  # fmt: skip
        keys = self.rows("select id from aggregate where kind = 'api_key'")
        private = {PLATE, LAT, LON, OTP, COLLECTOR, MARK, *PERSON.values()}
        return frozenset((ids | codes | private) - {one for (one,) in keys})

    def system(self, kind: AggregateKind, command: str, aggregate_id: str) -> Any:
        """Do what the house itself does."""
        request: Request[Asked] = Request(
            caller=Caller(self.story.tenant), method="SYSTEM", path=f"/{command}", digest="",
            command=Ask(kind=kind, command=command, by=SYSTEM, evidence={}, occurred_at=None),
            target=Ref(kind, aggregate_id),
        )  # fmt: skip
        answer = self.room.ledger.submit(request).result(WITHIN_S)
        assert answer.status < 300, answer.body
        return json.loads(answer.body)


class Marked(Story):
    """A story whose people and things are told apart from everybody's."""

    def contact(self) -> str:
        return str(self.do(self.office, "contacts", PERSON)["contact_id"])

    def pickup(self, order: Any, *units: dict[str, Any], **changed: Any) -> dict[str, Any]:
        return super().pickup(order, *units, **{"collector_id": COLLECTOR} | changed)


def uploaded(story: Story) -> str:
    """The id of a photo that is kept."""
    raw = picture(next(story._count))
    upload_id = str(story.do(story.recycler, "uploads", declaration(raw))["id"])
    sent = story.room.put(f"/v1/uploads/{upload_id}", raw, story.recycler, "image/png")
    assert sent.status_code == 200, sent.text
    return upload_id


def posted_file(story: Story, *rows: Any) -> str:
    """The id of a job that is done."""
    raw = b"".join(json.dumps(one).encode() + b"\n" for one in rows)
    name = hashlib.sha256(raw).hexdigest()
    told = {**story.recycler, "Content-Type": "application/x-ndjson", "Idempotency-Key": name}
    answer = story.room.client.post("/v1/pickups:batch?mode=proceed", content=raw, headers=told)
    assert answer.status_code == 202, answer.text
    story.room.jobs.round()
    return str(answer.json()["id"])


def certified(owned: Owned) -> tuple[str, str]:
    """A batch and its certificate."""
    story = owned.story
    batch_id = story.batch(story.stored("washing_machine", "washing_machine"))["id"]
    outputs = {"outputs": [BALANCED_KG], "losses_kg": "0", "gas_fates": []}
    story.do(story.dismantler, f"batches/{batch_id}:declare-outputs", outputs)
    owned.system(AggregateKind.BATCH, "check_balance", batch_id)
    done = story.do(story.office, f"batches/{batch_id}:certify")
    return batch_id, str(done["certificate_id"])


def late(story: Story) -> tuple[Any, str]:
    """An order that was taken away, and the pickup that came too late for it."""
    order = story.appointed("washing_machine", "washing_machine")
    body = story.pickup(order)
    story.do(story.office, f"takeback-orders/{order['id']}:unassign", {"reason_code": "silent"})
    answer = story.room.post("/v1/pickups", body, story.recycler)
    assert answer.status_code == 409, answer.text
    return order, str(answer.json()["late_pickup_id"])


def owned_in(room: Room) -> Owned:
    """Return an owner with one of everything, and two of what is listed."""
    story = Marked(room, prefix=MARK)
    owned = Owned(room, story)
    endpoints = [
        story.do(who, "webhook-endpoints", {"url": HOOK})["id"]
        for who in (story.office, story.recycler)
    ]
    order = story.appointed("washing_machine", "refrigerator")
    batch_id, certificate_id = certified(owned)
    consignment = story.consigned(story.picked_up()["unit_ids"])
    story.consigned(story.picked_up()["unit_ids"])
    former, late_id = late(story)
    late(story)
    job_id = posted_file(story, story.pickup(story.appointed()), {})
    upload_id = uploaded(story)
    number = f"{MARK}-FO-1"
    story.do(story.office, f"forward-orders/{number}:deliver")
    owned.round_of_webhooks()
    log = room.get(f"/v1/webhook-endpoints/{endpoints[0]}/deliveries", story.office).json()
    owned.former_order, owned.former_units = former["id"], tuple(former["unit_ids"])
    owned.ids = {
        "takeback-orders": order["id"],
        "units": order["unit_ids"][0],
        "batches": batch_id,
        "certificates": certificate_id,
        "consignments": consignment["id"],
        "uploads": upload_id,
        "jobs": job_id,
        "webhook-endpoints": endpoints[0],
        "deliveries": log["items"][0]["id"],
        "partners": story.recycler_id,
        "forward-orders": number,
        "late-pickups": late_id,
    }
    owned.marks = owned.all_marks()
    return owned
