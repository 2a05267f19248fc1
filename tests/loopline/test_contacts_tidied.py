"""People whom nobody has to know any more are emptied by the house itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.contact import MaySee, Person
from ledger.contact_refusals import ContactGone, ContactsAway
from ledger.desk.ask import Ask
from ledger.desk.clerk import Clerk
from ledger.records import Caller, Ref, Request
from loopline.partner_background import clerk_of
from loopline.partner_house import PartnerHouse, opened_house
from loopline.simulated_clock import DEMO_TENANT
from recycling.facts import Actor
from recycling.vocabulary import AggregateKind, OrderCommand, Role
from tests.ledger.desk.house import line
from tests.loopline.year_house import settings_in
from web.partner.webhook_dispatch import Dispatcher
from web.partner.webhook_sender import Sender, system_resolver

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = AggregateKind.TAKEBACK_ORDER
OFFICE = Actor(party_id=DEMO_TENANT, roles=frozenset({Role.INTAKE, Role.PLATFORM}))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[PartnerHouse]:
    with opened_house(settings_in(tmp_path)) as made:
        assert made.clock is not None
        made.clock.set(NEW_YEAR)
        yield made


@pytest.fixture
def clerk(house: PartnerHouse) -> Iterator[Clerk]:
    services = house.services
    sender = Sender(resolve=system_resolver())
    dispatcher = Dispatcher(
        house.ledger, house.ledger.outgoing, sender.send, services.webhook_secrets, now=house.now
    )
    yield clerk_of(house, dispatcher)
    dispatcher.close()


def put(house: PartnerHouse, number: int) -> str:
    person = Person(f"Li {number}", "13900000002", "Weifang 1")
    return house.contacts.put(person, tenant=DEMO_TENANT, request_id=f"r{number}")


def asked(house: PartnerHouse, command: str, evidence: Any, order_id: str | None = None) -> Any:
    ask = Ask(kind=ORDER, command=command, by=OFFICE, evidence=evidence)
    request: Request[Any] = Request(
        caller=Caller(DEMO_TENANT), method="TEST", path=f"/{command}", digest="", command=ask,
        target=None if order_id is None else Ref(ORDER, order_id),
    )  # fmt: skip
    return house.ledger.submit(request).result(20.0)


def demand(house: PartnerHouse, contact_id: str) -> str:
    told = {
        "channel": "mini_program", "channel_ref": contact_id, "region": "370200",
        "adcode": "370212", "contact_id": contact_id, "privacy_consent": True, "lines": [line()],
    }  # fmt: skip
    answer = asked(house, OrderCommand.REGISTER_DEMAND, told)
    assert answer.status == 201, answer.body
    (order,) = (
        one
        for one in house.ledger.page(Caller(DEMO_TENANT), ORDER).items
        if one.body["contact_id"] == contact_id
    )
    return order.id


def pass_days(house: PartnerHouse, days: int) -> None:
    assert house.clock is not None
    house.clock.set(house.now() + timedelta(days=days))


def is_there(house: PartnerHouse, contact_id: str) -> bool:
    try:
        house.contacts.get(contact_id, tenant=DEMO_TENANT, may_see=MaySee.FULL)
    except ContactGone:
        return False
    return True


def test_an_orphan_goes_after_a_day_and_a_consumer_180_days_after_the_end(
    house: PartnerHouse, clerk: Clerk
) -> None:
    orphan, ended, open_ = (put(house, number) for number in range(3))
    cancelled = demand(house, ended)
    demand(house, open_)
    answer = asked(house, OrderCommand.CANCEL, {"reason_code": "changed_mind"}, cancelled)
    assert answer.status == 200, answer.body
    clerk.round()
    assert all(is_there(house, one) for one in (orphan, ended, open_))

    pass_days(house, 2)
    clerk.round()
    assert [is_there(house, one) for one in (orphan, ended, open_)] == [False, True, True]

    pass_days(house, 177)
    clerk.round()
    assert is_there(house, ended)

    pass_days(house, 1)
    clerk.round()
    assert [is_there(house, one) for one in (ended, open_)] == [False, True]


def test_a_store_that_is_away_is_asked_again_the_next_day(
    house: PartnerHouse, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = put(house, 1)
    pass_days(house, 2)

    def away(_: object) -> None:
        raise ContactsAway("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(house.contacts, "tidy", away)
        assert "tidy contacts" in clerk.round().chores
    assert is_there(house, orphan)

    pass_days(house, 1)
    clerk.round()
    assert not is_there(house, orphan)
