"""Nobody learns anything of another's: every route, every party, every kind of credential.

What a stranger asks for by the id of somebody else is answered as an id that nobody has: the same
bytes but for the id itself and the name of the trace. Routes come from the application and its
document; one that has no row here fails.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from recycling.vocabulary import Role
from tests.recycling.builders import NOON
from tests.web.partner.bodies import PICKUP, has_body
from tests.web.partner.operations import Operation, document, operations_of, routed
from tests.web.partner.owned import HOOK, OFFICE, ROLES, Owned, owned_in
from tests.web.partner.room import EVERY_SCOPE, Room, opened
from tests.web.partner.story import profile
from web.partner.api_key import StoredKey, digest_of, issue
from web.partner.app import create_partner_app
from web.partner.credential import Credential
from web.partner.key_store import KIND
from web.partner.key_store import body_of as key_body

TRACE = re.compile(r'"trace_id": ?"[0-9a-f]{32}"')
# What differs between two requests of anybody: how many are left, and the length of an id.
VOLATILE = {"ratelimit", "content-length"}
# A number of the maker's own that nobody has to know before: whoever tells it makes it his.
TOLD_BY_WHOM_ASKS = "forward-orders"
# Read by role, so that who is no platform does not come as far as the id.
OF_THE_PLATFORM = ("partners", "forward-orders", "late-pickups")
HUNDREDS = count(10)
CREDENTIALS = ("missing", "no bearer", "forged", "unknown", "expired", "revoked", "bad token")


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    with opened(tmp_path_factory.mktemp("tenancy"), now=NOON) as room:
        yield owned_in(room)


@dataclass(frozen=True)
class Party:
    """Who asks, with the marks that it may not be told."""

    name: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def strangers(owned: Owned) -> dict[str, Party]:
    """Parties with every role and scope that a party of their kind can have."""
    room = owned.room
    room.keep("partner", "south", profile(*map(str, ROLES), name="south"))
    room.keep("partner", "east", profile(*map(str, ROLES), name="east"), tenant="haier")
    return {
        "partner of the same tenant": Party("south", room.key(*ROLES, partner_id="south")),
        "partner of another tenant": Party(
            "east", room.key(*ROLES, tenant="haier", partner_id="east")
        ),
        "another tenant's maker": Party("haier", room.key(*OFFICE, *ROLES, tenant="haier")),
    }


EVERY = operations_of(document())
OF_ONE = [one for one in EVERY if one.is_of_one]
LISTS = [one for one in EVERY if one.method == "GET" and not one.is_of_one and not one.is_open
         and not one.path.startswith(("/v1/reference/", "/v1/me", "/v1/policies"))]  # fmt: skip
CLOSED = [one for one in EVERY if not one.is_open]
WHO = ("partner of the same tenant", "partner of another tenant", "another tenant's maker")


def named(value: Any) -> str:
    return value.id if isinstance(value, Operation) else str(value)


def same(answer: Any, noun_id: str) -> tuple[int, dict[str, str], str]:
    """An answer without what may differ: the id that was asked for, the trace, what is left."""
    text = TRACE.sub("", answer.text.replace(noun_id, "<id>"))
    headers = {
        name: value.replace(noun_id, "<id>")
        for name, value in answer.headers.items()
        if name not in VOLATILE
    }
    return answer.status_code, headers, text


def tells_nothing(owned: Owned, answer: Any, *asked: str) -> None:
    """Assert that nothing of the owner stands in an answer but what the question said itself."""
    told = answer.text + json.dumps(dict(answer.headers))
    said = set(asked)
    leaked = {one for one in owned.marks if one in told} - said
    assert not {one for one in leaked if not any(one in word for word in said)}, answer.text


# -- the matrix is whole ---------------------------------------------------------------------------


def test_the_document_and_the_application_have_the_same_routes(owned: Owned) -> None:
    assert {(one.method, one.path) for one in EVERY} == routed(owned.room.app)


def test_every_route_has_a_row_in_this_matrix(owned: Owned) -> None:
    without_id = {one.path for one in OF_ONE if one.noun not in owned.ids}
    without_body = {
        one.id for one in EVERY
        if "requestBody" in one.doc and not has_body(one.id) and one.id != "token"
    }  # fmt: skip
    without_scope = {one.path for one in CLOSED if "x-scope" not in one.doc}

    assert without_id == set()
    assert without_body == set()
    assert {path for path in without_scope if not path.startswith("/v1/reference/")} == {"/v1/me"}


# -- who asks --------------------------------------------------------------------------------------


def stored_key(room: Room, **changed: Any) -> dict[str, str]:
    """Headers of a key of the owner's that was kept as the case has it."""
    key = issue()
    credential = Credential(
        tenant="hisense", partner_id=None, roles=frozenset(OFFICE), scopes=EVERY_SCOPE,
        key_id=key.key_id,
    )  # fmt: skip
    plain = StoredKey(
        credential=credential, secret_sha256=digest_of(key.secret),
        issued_at=room.now - timedelta(days=9), expires_at=room.now + timedelta(days=9),
    )  # fmt: skip
    room.keep(KIND, key.key_id, key_body(replace(plain, **changed)))
    return {"Authorization": f"Bearer {key.text}"}


@pytest.fixture(scope="module")
def invalid(owned: Owned) -> dict[str, dict[str, str]]:
    room, day = owned.room, timedelta(days=1)
    good = stored_key(room)["Authorization"]
    other = issue()
    return {
        "missing": {},
        "no bearer": {"Authorization": good.replace("Bearer", "Basic")},
        "forged": {"Authorization": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")},
        "unknown": {"Authorization": f"Bearer {other.text}"},
        "expired": stored_key(room, expires_at=room.now - day),
        "revoked": stored_key(room, revoked_at=room.now - day),
        "bad token": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    }


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("operation", CLOSED, ids=named)
def test_no_credential_that_does_not_hold_learns_anything(
    owned: Owned, invalid: dict[str, dict[str, str]], operation: Operation, kind: str
) -> None:
    own, none = owned.ids.get(operation.noun, "X"), uuid.uuid4().hex
    before = owned.events()

    answers = [operation.ask(owned.room, invalid[kind], one) for one in (own, none)]

    names = {one.json()["type"].rpartition(":")[2] for one in answers}
    assert {one.status_code for one in answers} == {401}
    assert names == {"credential-expired" if kind == "expired" else "credential-invalid"}
    assert same(answers[0], own) == same(answers[1], none)
    tells_nothing(owned, answers[0], own)
    assert owned.events() == before


@pytest.mark.parametrize("operation", [one for one in CLOSED if "x-scope" in one.doc], ids=named)
def test_a_credential_without_the_scope_learns_nothing(owned: Owned, operation: Operation) -> None:
    scopes = frozenset(one for one in EVERY_SCOPE if one != operation.doc["x-scope"])
    lacking = owned.room.key(*OFFICE, *ROLES, scopes=scopes)
    own, none = owned.ids.get(operation.noun, "X"), uuid.uuid4().hex

    answers = [operation.ask(owned.room, lacking, one) for one in (own, none)]

    assert {one.json()["type"].rpartition(":")[2] for one in answers} == {"scope-missing"}
    assert same(answers[0], own) == same(answers[1], none)


# -- somebody else's ------------------------------------------------------------------------------


def expected(operation: Operation, who: str) -> set[int]:
    """What a stranger may be told: 404, or 403 where the role alone decides."""
    is_maker = who == "another tenant's maker"
    if operation.noun in OF_THE_PLATFORM and not is_maker:
        return {403, 404}
    if operation.noun != TOLD_BY_WHOM_ASKS:
        return {404}
    return {201 if operation.id == "forward_order_create" else 200}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("operation", OF_ONE, ids=named)
def test_somebody_elses_is_answered_as_what_is_not_there(
    owned: Owned, strangers: dict[str, Party], operation: Operation, who: str
) -> None:
    headers, own = strangers[who].headers, owned.ids[operation.noun]
    none = "Q" * len(own)
    before = owned.events()
    if operation.id == "forward_order_return":
        for one in (own, none):
            owned.room.post(f"/v1/forward-orders/{one}:deliver", {}, headers)

    foreign, unknown = (operation.ask(owned.room, headers, one) for one in (own, none))

    assert same(foreign, own) == same(unknown, none)
    assert foreign.status_code in expected(operation, who), foreign.text
    tells_nothing(owned, foreign, own)
    assert owned.events() == before


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("operation", LISTS, ids=named)
def test_a_strangers_lists_are_empty_and_take_no_cursor_of_the_owner(
    owned: Owned, strangers: dict[str, Party], operation: Operation, who: str
) -> None:
    headers = strangers[who].headers
    own = operation.ask(owned.room, owned.story.office, query="?limit=1")
    cursor = own.json().get("next_cursor") if own.status_code == 200 else None

    told = operation.ask(owned.room, headers)
    by_cursor = operation.ask(owned.room, headers, query=f"?limit=1&cursor={cursor}")

    tells_nothing(owned, told)
    if told.status_code == 200:
        items = told.json()["items"]
        assert [one for one in items if one.get("kind") != "partner"] == []
    else:
        assert (told.status_code, operation.noun) == (403, "partners")
    if cursor is not None and told.status_code == 200:
        assert by_cursor.json()["type"].endswith(":cursor-invalid"), by_cursor.text
    tells_nothing(owned, by_cursor)


def test_every_list_of_the_owner_has_something_to_hide(owned: Owned) -> None:
    office = owned.story.office
    found = {one.id: one.ask(owned.room, office).json()["items"] for one in LISTS}

    assert {name for name, items in found.items() if not items} == set()


@pytest.mark.parametrize("who", WHO)
def test_a_cursor_of_a_job_and_of_a_log_is_nobody_elses(
    owned: Owned, strangers: dict[str, Party], who: str
) -> None:
    for path in ("/v1/jobs/{}", "/v1/webhook-endpoints/{}/deliveries"):
        at = path.format(owned.ids[path.split("/")[2]])
        told = owned.room.get(f"{at}?limit=1", owned.story.office).json()
        answer = owned.room.get(
            f"{at}?limit=1&cursor={told['next_cursor']}", strangers[who].headers
        )
        assert answer.json()["type"].endswith((":cursor-invalid", ":not-found"))
        tells_nothing(owned, answer, owned.ids[path.split("/")[2]])


# -- ids within bodies ----------------------------------------------------------------------------


def pickup_of(order_id: str, unit_id: str, **changed: Any) -> Any:
    return PICKUP | {
        "takeback_order_id": order_id,
        "units": [{**PICKUP["units"][0], "unit_id": unit_id, **changed}],
    }


def own_order(owned: Owned, who: str) -> Any:
    """An order that the stranger has itself, at the door."""
    room, party = owned.room, {WHO[0]: "south", WHO[1]: "east", WHO[2]: "east"}[who]
    tenant = "hisense" if who == WHO[0] else "haier"
    office = room.key(*OFFICE, tenant=tenant)
    recycler = room.key(Role.RECYCLER, tenant=tenant, partner_id=party)
    other = type(owned.story)(room, tenant=tenant, prefix=f"o{uuid.uuid4().hex[:6]}")
    other.office, other.recycler, other.recycler_id = office, recycler, party
    other._count = count(next(HUNDREDS) * 100)  # numbers of a channel are its tenant's
    return other, other.appointed()


@pytest.mark.parametrize("who", WHO)
def test_ids_of_others_within_a_body_are_as_unknown_as_any(
    owned: Owned, strangers: dict[str, Party], who: str
) -> None:
    headers, room = strangers[who].headers, owned.room
    order, unit = owned.ids["takeback-orders"], owned.ids["units"]
    none = "Q" * len(unit)
    consignment = {"unit_ids": [unit], "to": "depot", "to_partner_id": "south",
                   "from_site_id": "S-1", "to_site_id": "S-1"}  # fmt: skip
    rows: list[tuple[str, Any, Any]] = [
        ("/v1/pickups", pickup_of(order, unit), pickup_of(none, unit)),
        ("/v1/consignments", consignment, consignment | {"unit_ids": [none]}),
    ]
    for path, foreign, unknown in rows:
        answers = [room.post(path, body, headers) for body in (foreign, unknown)]
        texts = [same(one, order)[2].replace(unit, "<id>").replace(none, "<id>")
                 for one in answers]  # fmt: skip
        assert answers[0].status_code == answers[1].status_code >= 400, answers[0].text
        assert texts[0] == texts[1]
        tells_nothing(owned, answers[0], order, unit)


def test_a_batch_takes_no_unit_and_no_order_a_recycler_of_another_house(owned: Owned) -> None:
    other, _ = own_order(owned, WHO[1])
    unit, none = owned.ids["units"], "Q" * 32
    batch = other.do(other.dismantler, "batches", {"site_id": f"{other.dismantler_id}-1"})
    confirmed = other.confirmed()
    rows = [
        (f"batches/{batch['id']}:add-input", other.dismantler, "unit_id", unit, none),
        (f"takeback-orders/{confirmed['id']}:assign", other.office, "recycler_id",
         owned.story.recycler_id, "Q" * len(owned.story.recycler_id)),
    ]  # fmt: skip
    for path, who, name, foreign, unknown in rows:
        first, second = (owned.room.post(f"/v1/{path}", {name: one}, who)
                         for one in (foreign, unknown))  # fmt: skip
        assert same(first, foreign) == same(second, unknown)
        assert first.status_code >= 400
        tells_nothing(owned, first, foreign)


@pytest.mark.parametrize("who", WHO)
def test_a_code_and_a_photo_of_another_are_refused_without_a_word_of_whose_they_are(
    owned: Owned, strangers: dict[str, Party], who: str
) -> None:
    other, order = own_order(owned, who)
    unit = order["unit_ids"][0]
    (code,) = owned.rows("select code from unit_identity where tenant = 'hisense' limit 1")[0]
    taken = other.pickup(order, other.collected(unit, unit_code=code))
    photo = {"upload_id": owned.ids["uploads"], "view": "whole", "sha256": "0" * 64}
    unknown = photo | {"upload_id": "Q" * len(photo["upload_id"])}
    photos = [
        other.pickup(order, other.collected(unit, photos=[one, *other.photos("name_plate",
                     "core_part", "label")]))
        for one in (photo, unknown)
    ]  # fmt: skip

    by_code = owned.room.post("/v1/pickups", taken, other.recycler)
    foreign, none = (owned.room.post("/v1/pickups", one, other.recycler) for one in photos)

    assert by_code.json()["type"].endswith(":identity-already-claimed") or (
        who != WHO[0] and by_code.status_code == 200
    ), by_code.text
    tells_nothing(owned, by_code, code, order["id"], unit)
    assert foreign.status_code == none.status_code
    tells_nothing(owned, foreign, photo["upload_id"], order["id"], unit)


def test_a_file_of_pickups_tells_of_each_foreign_row_what_it_tells_of_unknown_ones(
    owned: Owned, strangers: dict[str, Party]
) -> None:
    order, unit = owned.ids["takeback-orders"], owned.ids["units"]
    rows = [pickup_of(order, unit), pickup_of("Q" * len(order), unit)]
    raw = b"".join(json.dumps(one).encode() + b"\n" for one in rows)
    for who in WHO[:2]:
        headers = strangers[who].headers
        told = {**headers, "Idempotency-Key": who, "Content-Type": "application/x-ndjson"}
        answer = owned.room.client.post("/v1/pickups:batch?mode=proceed", content=raw, headers=told)
        owned.room.jobs.round()
        job = owned.room.get(f"/v1/jobs/{answer.json()['id']}", headers)
        first, second = job.json()["results"]
        assert first["outcome"] == second["outcome"] == "rejected"
        problems = [
            {name: str(value).replace(order, "<id>").replace("Q" * len(order), "<id>")
             for name, value in one["problem"].items() if name != "trace_id"}
            for one in (first, second)
        ]  # fmt: skip
        assert problems[0] == problems[1]
        tells_nothing(owned, job, order, unit)


# -- what is told without being asked --------------------------------------------------------------


def test_nobody_is_sent_what_he_may_not_see(owned: Owned, strangers: dict[str, Party]) -> None:
    endpoints = {
        who: owned.story.do(
            party.headers, "webhook-endpoints", {"url": f"https://{n}.example.org/"}
        )
        for n, (who, party) in enumerate(strangers.items())
    }
    owned.sent.clear()

    owned.story.picked_up()
    owned.round_of_webhooks()

    assert {url for url, _ in owned.sent} == {HOOK}
    for who, endpoint in endpoints.items():
        path = f"/v1/webhook-endpoints/{endpoint['id']}/deliveries"
        log = owned.room.get(path, strangers[who].headers)
        assert log.json()["items"] == [], who


def test_the_recycler_is_sent_only_what_it_sees(owned: Owned) -> None:
    before = len(owned.sent)
    order = owned.story.confirmed()  # nobody's yet
    owned.round_of_webhooks()
    told = [json.loads(body) for _, body in owned.sent[before:]]

    mine = [one for one in told if one["data"]["id"] == order["id"]]
    # The office alone, once for each event; a recycler would make it twice as many.
    assert len(mine) == len({one["data"]["version"] for one in mine}) == 3


# -- who once was a party -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [one for one in OF_ONE if one.noun in ("takeback-orders", "units")],
    ids=named,
)
def test_a_former_recycler_reads_nothing_and_is_told_why_its_commands_fail(
    owned: Owned, operation: Operation
) -> None:
    orders = operation.noun == "takeback-orders"
    own = owned.former_order if orders else owned.former_units[0]

    answer = operation.ask(owned.room, owned.story.recycler, own)

    name = answer.json()["type"].rpartition(":")[2]
    if operation.method == "GET":
        assert (answer.status_code, name) == (404, "not-found")
    else:
        assert (answer.status_code, name) == (409, "order-reassigned"), answer.text
    tells_nothing(owned, answer, own)


# -- the owner sees it all ------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [one for one in OF_ONE if one.method == "GET"], ids=named)
def test_the_owner_reads_each_of_them(owned: Owned, operation: Operation) -> None:
    answer = operation.ask(owned.room, owned.story.office, owned.ids[operation.noun])

    assert answer.status_code == 200, answer.text


def test_a_route_without_a_row_would_be_seen(owned: Owned) -> None:
    app = create_partner_app(owned.room.services)
    app.add_api_route("/v1/spies/{id}", lambda: None, methods=["GET"])

    assert routed(app) - {(one.method, one.path) for one in EVERY} == {("GET", "/v1/spies/{id}")}


def test_bodies_are_such_as_the_wall_reads(owned: Owned) -> None:
    """A matrix of requests that fail as malformed would prove nothing."""
    unread = {
        one.id: answer.text
        for one in EVERY
        if "requestBody" in one.doc and one.id != "token"
        for answer in [one.ask(owned.room, owned.story.office, "Q" * 32)]
        if answer.status_code in (400, 413, 415) or (answer.status_code == 422 and one.is_of_one)
    }

    assert unread == {}
