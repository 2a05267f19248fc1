"""Endpoints are told what they may know, signed, again and again, until they answer or never do."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ledger.records import Caller, Ref
from recycling.vocabulary import Role
from tests.web.partner.room import Room
from tests.web.partner.visits import Visit
from web.partner import webhook_dispatch
from web.partner.webhook_delivery import MAX_ATTEMPTS
from web.partner.webhook_dispatch import Dispatcher
from web.partner.webhook_endpoint import EVENT_TYPES, KIND
from web.partner.webhook_sender import Answered, SendFailed
from web.partner.webhook_signature import WebhookSecret, read_secret, sign, verify

PATH = "/v1/webhook-endpoints"
URL = "https://hooks.example.com/in"


@dataclass
class World:
    """Every receiver there is: what came, and what it answers."""

    status: int | None = 200
    pause_s: int | None = None
    came: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self.came.append((url, headers, body))
        if self.status is None:
            raise SendFailed("nobody was there")
        return Answered(self.status, self.pause_s)

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, _, body in self.came]


class Post:
    """A room with its dispatcher, and the world outside."""

    def __init__(self, room: Room) -> None:
        self.room, self.world = room, World()
        self.visit = Visit(room)
        self.dispatcher = self.another()

    def another(self) -> Dispatcher:
        """A dispatcher of a process that was just started."""
        room = self.room
        return Dispatcher(
            room.ledger, room.ledger.outgoing, self.world.send, room.services.webhook_secrets,
            now=lambda: room.now,
        )  # fmt: skip

    def endpoint(self, headers: dict[str, str] | None = None, **changed: Any) -> Any:
        who = headers or self.visit.office
        return self.visit.ok(PATH, {"url": URL, **changed}, who)

    def patch(self, endpoint: Any, body: Any, headers: dict[str, str], **more: str) -> Any:
        told = {**headers, "Idempotency-Key": f"k{body}", **more}
        return self.room.client.patch(f"{PATH}/{endpoint['id']}", json=body, headers=told)

    def run(self) -> None:
        """Do rounds until there is nothing to do now."""
        while not self.dispatcher.round().is_idle:
            continue

    def log(self, endpoint: Any, headers: dict[str, str] | None = None) -> list[Any]:
        who = headers or self.visit.office
        answer = self.room.get(f"{PATH}/{endpoint['id']}/deliveries", who)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def state(self, endpoint: Any) -> str:
        return self.room.ledger.get(Caller("hisense"), Ref(KIND, endpoint["id"])).state


@pytest.fixture
def post(room: Room) -> Iterator[Post]:
    made = Post(room)
    yield made
    made.dispatcher.close()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


# -- endpoints -------------------------------------------------------------------------------------


def test_the_secret_is_told_once_and_its_key_tells_it_again(post: Post) -> None:
    first, again = (
        post.room.post(PATH, {"url": URL}, post.visit.office, key="one") for _ in range(2)
    )
    made = first.json()

    assert (first.status_code, first.headers["Location"]) == (201, f"{PATH}/{made['id']}")
    assert made["secret"].startswith("whsec_")
    assert made["event_types"] == list(EVENT_TYPES)
    assert again.json() == made
    read = post.room.get(f"{PATH}/{made['id']}", post.visit.office)
    assert "secret" not in read.json()
    assert made["secret"] not in post.room.get(PATH, post.visit.office).text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "http://hooks.example.com/"}, "/url"),  # not secured
        ({"url": "https://127.0.0.1/"}, "/url"),  # an address, no name
        ({"url": URL, "event_types": ["unit.eaten"]}, "/event_types"),
        ({"url": URL, "event_types": []}, "/event_types"),
        ({"url": URL, "secret": "whsec_mine"}, "/secret"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_by_its_field(
    post: Post, body: Any, pointer: str
) -> None:
    answer = post.room.post(PATH, body, post.visit.office)

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_change_goes_on_from_the_version_that_was_read(post: Post) -> None:
    made = post.endpoint()
    office, change = post.visit.office, {"event_types": ["unit.collected"]}

    assert code(post.patch(made, change, office)) == (428, "if-match-required")
    stale = post.patch(made, change, office, **{"If-Match": '"9"'})
    done = post.patch(made, change, office, **{"If-Match": '"1"'})

    assert code(stale) == (412, "version-stale")
    assert (done.status_code, done.json()["event_types"]) == (200, ["unit.collected"])
    assert "secret" not in done.json()


def test_a_partner_has_its_own_endpoints_and_knows_of_no_other(post: Post) -> None:
    own, makers = post.endpoint(post.visit.north), post.endpoint()

    listed = post.room.get(PATH, post.visit.north).json()["items"]

    assert [one["id"] for one in listed] == [own["id"]]
    for path in (f"{PATH}/{makers['id']}", f"{PATH}/{makers['id']}/deliveries"):
        assert code(post.room.get(path, post.visit.north)) == (404, "not-found")
    deleted = post.room.client.delete(f"{PATH}/{makers['id']}", headers=post.visit.north)
    assert code(deleted) == (404, "not-found")


def test_a_deleted_endpoint_is_gone_and_told_nothing(post: Post) -> None:
    made = post.endpoint()

    deleted = post.room.client.delete(f"{PATH}/{made['id']}", headers=post.visit.office)
    post.visit.appointed()
    post.run()

    assert deleted.status_code == 204
    assert code(post.room.get(f"{PATH}/{made['id']}", post.visit.office)) == (404, "not-found")
    assert post.room.get(PATH, post.visit.office).json()["items"] == []
    assert post.world.came == []


def test_a_party_has_so_many_endpoints_and_no_more(post: Post) -> None:
    for _ in range(20):
        post.endpoint(post.visit.north)

    answer = post.room.post(PATH, {"url": URL}, post.visit.north)

    assert code(answer) == (409, "guard-failed")
    post.endpoint()  # the maker's are counted by themselves


# -- what is sent ----------------------------------------------------------------------------------


def test_what_happened_is_sent_once_signed_and_without_a_person(post: Post) -> None:
    made = post.endpoint()
    order = post.visit.appointed()

    post.run()

    assert post.world.types() == [
        "takeback_order.demand_registered", "unit.declared", "takeback_order.appraised",
        "takeback_order.confirmed", "takeback_order.assigned", "takeback_order.accepted",
        "takeback_order.appointed",
    ]  # fmt: skip
    url, headers, body = post.world.came[-1]
    verify(headers, body, active=[read_secret(made["secret"])], now=post.room.now)
    told = json.loads(body)
    assert url == URL
    assert told["data"] == {"kind": "takeback_order", "id": order["id"], "version": 6}
    assert {one["state"] for one in post.log(made)} == {"delivered"}


def test_a_partner_is_told_of_what_it_sees_from_its_assignment_on(post: Post) -> None:
    post.endpoint(post.visit.north)
    south = post.room.key(Role.RECYCLER, partner_id="south")
    other = post.endpoint(south)

    order = post.visit.appointed()
    path = f"/v1/takeback-orders/{order['id']}:unassign"
    post.visit.ok(path, {"reason_code": "silent"}, post.visit.office)
    post.visit.ok(f"/v1/takeback-orders/{order['id']}:cancel", {"reason_code": "moved"},
                  post.visit.office)  # fmt: skip
    post.run()

    assert post.world.types() == [
        "takeback_order.assigned", "takeback_order.accepted", "takeback_order.appointed",
        "takeback_order.unassigned",
    ]  # fmt: skip
    assert post.log(other, south) == []


def test_whoever_makes_a_thing_is_told_of_its_making(post: Post) -> None:
    shop = post.room.key(Role.INTAKE, partner_id="shop")
    post.endpoint(shop)

    post.visit.ok("/v1/demands", post.visit.demand(2), shop)
    post.run()

    # The order comes first and is seen from there on, though its units are told after it.
    assert post.world.types() == ["takeback_order.demand_registered", *["unit.declared"] * 2]


def test_an_endpoint_is_told_what_it_asked_for_and_nothing_from_before(post: Post) -> None:
    post.visit.appointed()
    post.endpoint(event_types=["takeback_order.accepted"])
    post.visit.appointed()

    post.run()

    assert post.world.types() == ["takeback_order.accepted"]


def test_a_dispatcher_that_was_killed_goes_on_and_sends_nothing_twice(post: Post) -> None:
    made = post.endpoint(event_types=["takeback_order.accepted"])
    post.visit.appointed()
    post.run()
    post.visit.appointed()

    post.dispatcher.close()
    post.dispatcher = post.another()
    post.run()

    assert len(post.world.came) == len(post.log(made)) == 2
    assert len({headers["webhook-id"] for _, headers, _ in post.world.came}) == 2


def test_events_that_are_noted_again_make_no_second_message(post: Post) -> None:
    made = post.endpoint(event_types=["takeback_order.accepted"])
    post.visit.appointed()
    outgoing = post.room.ledger.outgoing
    post.run()
    (message,) = outgoing.of_endpoint("hisense", made["id"]).items

    outgoing.put([message], until_seq=0)

    assert len(outgoing.of_endpoint("hisense", made["id"]).items) == 1
    assert outgoing.cursor() > 0  # never backwards


def accepted_once(post: Post) -> Any:
    made = post.endpoint(event_types=["takeback_order.accepted"])
    post.visit.appointed()
    return made


def test_a_receiver_that_misses_it_is_asked_again_until_it_is_given_up(post: Post) -> None:
    made = accepted_once(post)
    post.world.status = None

    for _ in range(MAX_ATTEMPTS):
        post.run()
        post.room.now += timedelta(hours=24)

    (message,) = post.log(made)
    assert (message["state"], message["attempts"]) == ("failed", MAX_ATTEMPTS)
    assert message["last_error"] == "nobody was there"
    assert len(post.world.came) == MAX_ATTEMPTS
    assert post.state(made) == "disabled"
    told = post.room.get(f"{PATH}/{made['id']}", post.visit.office).json()
    assert told["disabled_because"] == f"{MAX_ATTEMPTS} attempts came to nothing"


def test_a_receiver_that_asks_for_time_gets_it(post: Post) -> None:
    made = accepted_once(post)
    post.world.status, post.world.pause_s = 503, 600
    post.run()

    post.room.now += timedelta(seconds=599)
    post.run()
    early = len(post.world.came)
    post.room.now += timedelta(seconds=1)
    post.world.status = 200
    post.run()

    assert (early, len(post.world.came)) == (1, 2)
    (message,) = post.log(made)
    assert (message["state"], message["attempts"], message["last_status"]) == ("delivered", 2, 200)


def test_a_receiver_that_is_gone_is_sent_nothing_any_more(post: Post) -> None:
    made = post.endpoint()
    post.visit.appointed()
    post.world.status = 410

    post.run()

    sent = len(post.world.came)
    assert post.state(made) == "disabled"
    assert {one["state"] for one in post.log(made)} == {"failed"}
    post.visit.appointed()
    post.run()
    assert len(post.world.came) == sent


def test_a_heap_that_nobody_takes_disables_its_endpoint(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_dispatch, "MAX_WAITING_OF_ONE", 3)
    made = post.endpoint()
    post.visit.appointed()

    post.run()

    assert post.state(made) == "disabled"
    assert post.world.came == []


def test_a_message_is_sent_again_under_its_id_when_that_is_asked(post: Post) -> None:
    made = accepted_once(post)
    post.world.status = 410
    post.run()
    (message,) = post.log(made)
    path = f"/v1/deliveries/{message['id']}:replay"

    disabled = post.room.post(path, {}, post.visit.office)
    version = post.room.get(f"{PATH}/{made['id']}", post.visit.office).headers["ETag"]
    post.patch(made, {"state": "enabled"}, post.visit.office, **{"If-Match": version})
    foreign = post.room.post(path, {}, post.visit.north)
    again = post.room.post(path, {}, post.visit.office)
    post.world.status = 200
    post.run()

    assert code(disabled) == (409, "guard-failed")
    assert code(foreign) == (404, "not-found")
    assert (again.status_code, again.json()["state"]) == (200, "waiting")
    ids = [headers["webhook-id"] for _, headers, _ in post.world.came]
    assert ids == [message["id"]] * 2
    assert post.log(made)[0]["state"] == "delivered"


def test_for_a_day_after_a_rotation_both_secrets_sign(post: Post) -> None:
    made = accepted_once(post)
    old = read_secret(made["secret"])

    told = post.visit.ok(f"{PATH}/{made['id']}:rotate-secret", {}, post.visit.office)
    new = read_secret(told["secret"])
    post.run()
    post.room.now += timedelta(hours=25)
    post.visit.appointed()
    post.run()

    assert new != old
    (_, first, body), (_, later, other) = post.world.came
    assert signed_by(first, body, old, new) == [True, True]
    assert signed_by(later, other, old, new) == [False, True]


def signed_by(headers: Mapping[str, str], body: bytes, *secrets: WebhookSecret) -> list[bool]:

    told = headers["webhook-signature"].split(" ")
    at = int(headers["webhook-timestamp"])
    message_id = headers["webhook-id"]
    return [sign(one, message_id=message_id, timestamp_s=at, body=body) in told for one in secrets]


def test_what_ended_long_ago_is_forgotten(post: Post) -> None:
    made = accepted_once(post)
    post.run()

    post.dispatcher.forget(post.room.now + timedelta(days=29))
    kept = len(post.log(made))
    post.dispatcher.forget(post.room.now + timedelta(days=31))

    assert (kept, len(post.log(made))) == (1, 0)
