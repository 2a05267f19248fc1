"""What the platform asks for: partners, policies, assignment, forward orders, late pickups."""

from typing import Any

from recycling.vocabulary import Role
from tests.ledger.desk.house import LAT, OTP, PLATE, profile
from tests.web.partner.room import Room
from tests.web.partner.visits import Visit


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def patch(room: Room, path: str, body: Any, headers: dict[str, str], **more: str) -> Any:
    told = {**headers, "Idempotency-Key": f"k-{path}-{body}"[:200], **more}
    return room.client.patch(path, json=body, headers=told)


# -- partners --------------------------------------------------------------------------------------


def test_a_partner_is_added_listed_and_read(room: Room) -> None:
    platform = room.key(Role.PLATFORM)

    made = room.post("/v1/partners", {**profile("north"), "partner_id": "north"}, platform)

    assert (made.status_code, made.headers["Location"]) == (201, "/v1/partners/north")
    assert room.get("/v1/partners/north", platform).json()["name"] == "north"
    (listed,) = room.get("/v1/partners?status=active", platform).json()["items"]
    assert listed["id"] == "north"
    assert room.get("/v1/partners?status=suspended", platform).json()["items"] == []


def test_a_profile_that_cannot_be_is_refused_by_its_place(room: Room) -> None:
    body = profile("north", capacity_units_per_day=-1)

    answer = room.post("/v1/partners", body, room.key(Role.PLATFORM))

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == "/capacity_units_per_day"


def test_a_partner_is_added_once(room: Room) -> None:
    platform, body = room.key(Role.PLATFORM), {**profile("north"), "partner_id": "north"}
    room.post("/v1/partners", body, platform)

    assert code(room.post("/v1/partners", body, platform)) == (409, "guard-failed")


def test_a_change_goes_on_from_the_version_that_was_read(room: Room) -> None:
    platform = room.key(Role.PLATFORM)
    room.post("/v1/partners", {**profile("north"), "partner_id": "north"}, platform)
    change = {"capacity_units_per_day": 5, "coverage": None}

    without = patch(room, "/v1/partners/north", change, platform)
    stale = patch(room, "/v1/partners/north", change, platform, **{"If-Match": '"7"'})
    done = patch(room, "/v1/partners/north", change, platform, **{"If-Match": '"1"'})

    assert code(without) == (428, "if-match-required")
    assert code(stale) == (412, "version-stale")
    assert (done.status_code, done.json()["capacity_units_per_day"]) == (200, 5)
    assert "coverage" not in done.json()
    assert done.json()["name"] == "north"


def test_a_change_that_is_repeated_under_its_key_gets_the_first_answer(room: Room) -> None:
    platform = room.key(Role.PLATFORM)
    room.post("/v1/partners", {**profile("north"), "partner_id": "north"}, platform)

    first, again = (
        patch(room, "/v1/partners/north", {"state": "suspended"}, platform, **{"If-Match": '"1"'})
        for _ in range(2)
    )

    assert first.json() == again.json()
    assert first.json()["state"] == "suspended"
    assert again.headers["Idempotency-Replayed"] == "true"


def test_only_the_platform_knows_and_tells_partners(room: Room) -> None:
    finance, north = room.key(Role.FINANCE), room.key(Role.RECYCLER, partner_id="north")

    for stranger in (finance, north):
        assert code(room.get("/v1/partners", stranger)) == (403, "role-not-allowed")
        made = room.post("/v1/partners", profile("south"), stranger)
        assert code(made) == (403, "role-not-allowed")


# -- policies --------------------------------------------------------------------------------------


def test_policies_are_listed_with_their_days_and_source(room: Room) -> None:
    items = room.get("/v1/policies", room.key(Role.FINANCE)).json()["items"]

    told = {one["file"]: one for one in items}["trade_in_2026.toml"]
    assert told["valid_from_on"] == "2026-01-01"
    assert "refrigerator" in told["categories"]
    assert told["source"]


def test_cases_are_answered_as_on_the_command_line(room: Room) -> None:
    case = {"id": "a", "bought_on": "2026-02-01", "category": "refrigerator", "grade": 1,
            "price_cny_fen": 300_000}  # fmt: skip

    answer = room.post("/v1/policies:evaluate", [case], room.key(Role.FINANCE))

    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["items"]
    assert (told["id"], told["amount_cny_fen"]) == ("a", 45_000)


def test_a_case_that_cannot_be_asked_is_named(room: Room) -> None:
    answer = room.post("/v1/policies:evaluate", [{"id": "a"}], room.key(Role.FINANCE))

    assert code(answer) == (422, "validation-failed")
    assert "case 1" in answer.json()["detail"]


def test_more_cases_than_are_taken_are_refused(room: Room) -> None:
    answer = room.post("/v1/policies:evaluate", [{}] * 1_001, room.key(Role.FINANCE))

    assert code(answer) == (413, "batch-too-large")


# -- assignment ------------------------------------------------------------------------------------


def confirmed(visit: Visit) -> str:
    order = visit.ok("/v1/demands", visit.demand(1), visit.office)
    at = f"/v1/takeback-orders/{order['id']}"
    visit.ok(f"{at}:appraise", visit.quote(), visit.office)
    visit.ok(f"{at}:confirm", {"on_behalf_of": "consumer"}, visit.office)
    return str(order["id"])


def state_of(visit: Visit, order_id: str) -> str:
    found = visit.room.get(f"/v1/takeback-orders/{order_id}", visit.office).json()
    return str(found["state"])


def test_a_run_assigns_what_waits_and_a_dry_run_asks_for_nothing(room: Room) -> None:
    visit = Visit(room)
    order_id = confirmed(visit)

    dry = visit.ok("/v1/assignments:run", {"dry_run": True}, visit.office)
    before = state_of(visit, order_id)
    done = visit.ok("/v1/assignments:run", {}, visit.office)

    assert (dry["orders"], dry["assigned"], before) == (1, 0, "confirmed")
    assert (done["assigned"], state_of(visit, order_id)) == (1, "assigned")
    assert done["assignments"][0]["recycler_id"] == "north"


def test_a_run_is_for_the_platform(room: Room) -> None:
    answer = room.post("/v1/assignments:run", {}, room.key(Role.FINANCE))

    assert code(answer) == (403, "role-not-allowed")


# -- forward orders --------------------------------------------------------------------------------


def test_a_forward_order_is_delivered_once_and_then_returned(room: Room) -> None:
    platform = room.key(Role.PLATFORM)
    at = "/v1/forward-orders/FO-1"

    delivered = room.post(f"{at}:deliver", {}, platform)
    twice = room.post(f"{at}:deliver", {}, platform)
    returned = room.post(f"{at}:return", {"reason_code": "too_loud"}, platform)

    assert (delivered.status_code, delivered.json()["state"]) == (200, "delivered")
    assert code(twice) == (409, "transition-not-allowed")
    assert returned.json()["state"] == "returned"


def test_a_number_that_cannot_be_is_refused(room: Room) -> None:
    path = f"/v1/forward-orders/{'x' * 65}:deliver"

    answer = room.post(path, {}, room.key(Role.PLATFORM))

    assert code(answer) == (422, "validation-failed")


# -- late pickups ----------------------------------------------------------------------------------


def late(visit: Visit) -> tuple[str, str]:
    """A pickup of an order that was taken away; the order and what is kept of it."""
    order = visit.appointed()
    body = visit.pickup(order)
    path = f"/v1/takeback-orders/{order['id']}:unassign"
    visit.ok(path, {"reason_code": "silent"}, visit.office)
    answer = visit.room.post("/v1/pickups", body, visit.north)
    assert code(answer) == (409, "order-reassigned")
    return str(order["id"]), str(answer.json()["late_pickup_id"])


def test_a_late_pickup_is_listed_without_its_proof(room: Room) -> None:
    visit = Visit(room)
    order_id, late_id = late(visit)

    answer = room.get("/v1/late-pickups?undecided=true", visit.office)

    (told,) = answer.json()["items"]
    assert (told["id"], told["takeback_order_id"]) == (late_id, order_id)
    assert not [word for word in (LAT, OTP, PLATE) if word in answer.text]


def test_a_late_pickup_is_its_partners_and_the_makers(room: Room) -> None:
    visit = Visit(room)
    late(visit)
    south = room.key(Role.RECYCLER, partner_id="south")

    assert len(room.get("/v1/late-pickups", visit.north).json()["items"]) == 1
    assert room.get("/v1/late-pickups", south).json()["items"] == []


def test_given_back_the_order_is_picked_up_by_who_was_there(room: Room) -> None:
    visit = Visit(room)
    order_id, late_id = late(visit)
    decision = {"decision": "assign_back", "reason": "it has the machine"}

    answer = room.post(f"/v1/late-pickups/{late_id}:decide", decision, visit.office)

    assert answer.status_code == 200, answer.text
    assert state_of(visit, order_id) == "picked_up"
    assert room.get("/v1/late-pickups?undecided=true", visit.office).json()["items"] == []


def test_a_late_pickup_is_decided_by_the_platform(room: Room) -> None:
    visit = Visit(room)
    _, late_id = late(visit)
    decision = {"decision": "new_demand", "reason": "mine"}

    own = room.post(f"/v1/late-pickups/{late_id}:decide", decision, visit.north)
    unknown = room.post("/v1/late-pickups/none:decide", decision, visit.office)
    done = room.post(f"/v1/late-pickups/{late_id}:decide", decision, visit.office)

    assert code(own) == (403, "role-not-allowed")
    assert code(unknown) == (404, "not-found")
    assert done.status_code == 201, done.text
