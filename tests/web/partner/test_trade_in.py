"""A subsidy for the new appliance, asked for over HTTP from what was bought to what is granted."""

from typing import Any

import pytest

from ledger.records import Caller, Ref
from recycling.vocabulary import Role
from tests.web.partner.bodies import BOUGHT
from tests.web.partner.room import Room
from tests.web.partner.visits import Visit

LI, WANG = "13900000002", "13800000001"
TRADE_IN_2026 = {
    "policy_id": "trade_in_2026", "policy_version": 1, "service_mode": "deliver_and_collect",
}  # fmt: skip


class Shop(Visit):
    """The maker's office, which sells a new appliance for each old one."""

    def bought(self, number: str, **changed: Any) -> None:
        told = self.ok(f"/v1/forward-orders/{number}:create", BOUGHT | changed, self.office)
        assert (told["state"], told["forward_order_no"]) == ("created", number)

    def contact(self, phone: str) -> str:
        person = {"name": "Li", "phone": phone, "address": "Weifang 1"}
        return str(self.ok("/v1/contacts", person, self.office)["contact_id"])

    def appraised(self, contact_id: str) -> str:
        demand = self.demand(1) | {"contact_id": contact_id}
        order_id = self.ok("/v1/demands", demand, self.office)["id"]
        self.ok(f"/v1/takeback-orders/{order_id}:appraise", self.quote(), self.office)
        return str(order_id)

    def link(self, order_id: str, number: str) -> Any:
        path = f"/v1/takeback-orders/{order_id}:link-trade-in"
        return self.room.post(path, TRADE_IN_2026 | {"forward_order_no": number}, self.office)


@pytest.fixture
def shop(room: Room) -> Shop:
    return Shop(room)


def test_the_state_pays_one_of_a_category_to_a_phone_and_tells_nobody_which(shop: Shop) -> None:
    for number in ("FO-1", "FO-2", "FO-3"):
        shop.bought(number)
    first, second = (shop.appraised(shop.contact(LI)) for _ in range(2))
    other = shop.appraised(shop.contact(WANG))

    granted, again, others = (
        shop.link(order_id, number)
        for order_id, number in ((first, "FO-1"), (second, "FO-2"), (other, "FO-3"))
    )

    assert granted.status_code == others.status_code == 200, (granted.text, others.text)
    assert granted.json()["subsidy_cny_fen"] == 49_485  # 15 % of 3,299.00
    assert (again.status_code, again.json()["code"]) == (409, "guard_failed")
    assert "quota" in again.json()["detail"]
    told = str(shop.room.ledger.history(Caller("hisense"), Ref("takeback_order", first)))
    assert LI not in told
    assert shop.room.contacts.quota_hash(LI, tenant="hisense") not in told + granted.text


def test_what_was_bought_is_told_once_and_before_it_counts(shop: Shop) -> None:
    order_id = shop.appraised(shop.contact(LI))

    unknown = shop.link(order_id, "FO-9")
    shop.bought("FO-9", grade=2)
    twice = shop.room.post("/v1/forward-orders/FO-9:create", BOUGHT, shop.office)
    wrong_grade = shop.link(order_id, "FO-9")

    assert "FO-9 is not known: what was bought and when?" in unknown.json()["detail"]
    assert (twice.status_code, twice.json()["code"]) == (409, "transition_not_allowed")
    assert "grade is 2, wanted 1" in wrong_grade.json()["detail"]


def test_a_consumer_who_was_erased_cannot_be_counted(shop: Shop) -> None:
    shop.bought("FO-1")
    contact_id = shop.contact(LI)
    order_id = shop.appraised(contact_id)
    shop.room.contacts.erase(contact_id)

    answer = shop.link(order_id, "FO-1")

    assert answer.status_code == 409
    assert "the order's contact has no phone any more" in answer.json()["detail"]


def test_only_the_platform_tells_what_was_bought(room: Room) -> None:
    path = "/v1/forward-orders/FO-1:create"

    answers = {
        role: room.post(path, BOUGHT, room.key(role)).status_code
        for role in (Role.INTAKE, Role.FINANCE, Role.PLATFORM)
    }
    unread = room.post(path, BOUGHT | {"price_cny_fen": "many"}, room.key(Role.PLATFORM))

    assert answers == {Role.INTAKE: 403, Role.FINANCE: 403, Role.PLATFORM: 201}
    assert unread.json()["errors"][0]["pointer"] == "/price_cny_fen"
