"""A month of take-back through the real API, with the house's own work and a clock in the past."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.outbox import OutboxReader
from ledger.store import LEDGER_FILE
from loopline.administration import AdminRefused
from loopline.demo_year import RENEW_AFTER_S, Parties
from loopline.partner_api import administration_of
from loopline.partner_house import opened_house
from loopline.simulated_clock import ClockRefused
from schemas.topics import TOPICS
from simulator.record import DAY_S
from tests.loopline.year_house import YearHouse, settings_in, short_year, year_house

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
PARTNER: dict[str, Any] = {
    "name": "North", "roles": ["recycler"], "capacity_units_per_day": 1,
    "coverage": {"370200": ["refrigerator"]},
    "sites": [{"site_id": "N-1", "lat": "36.06", "lon": "120.38", "region": "370200"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[YearHouse, Any, Path]]:
    folder = tmp_path_factory.mktemp("month")
    with year_house(folder) as house:
        yield house, house.drive(short_year()), folder


def told(folder: Path) -> Counter[str]:
    outbox = OutboxReader(folder / "ledger" / LEDGER_FILE)
    try:
        return Counter(f"{one.topic} {one.headers['ce_type']}" for one in outbox.after(0, 100_000))
    finally:
        outbox.close()


@pytest.mark.timeout(180)
def test_every_part_of_a_take_back_is_asked_for(month: tuple[YearHouse, Any, Path]) -> None:
    _, driven, _ = month

    asked = set(driven.requests)
    assert {
        "POST /v1/contacts", "POST /v1/demands", "POST /v1/takeback-orders/{id}:appraise",
        "POST /v1/takeback-orders/{id}:link-trade-in", "POST /v1/takeback-orders/{id}:confirm",
        "POST /v1/takeback-orders/{id}:accept", "POST /v1/takeback-orders/{id}:appoint",
        "POST /v1/takeback-orders/{id}:reschedule", "POST /v1/takeback-orders/{id}:cancel",
        "POST /v1/uploads", "PUT /v1/uploads/{id}", "POST /v1/pickups", "POST /v1/consignments",
        "POST /v1/consignments/{id}:depart", "POST /v1/consignments/{id}:receive",
        "POST /v1/units/{id}:inspect", "POST /v1/units/{id}:accept", "POST /v1/units/{id}:store",
        "POST /v1/units/{id}:depollute", "POST /v1/batches",
        "POST /v1/batches/{id}:declare-outputs", "POST /v1/batches/{id}:certify",
    } <= asked  # fmt: skip


@pytest.mark.timeout(180)
def test_the_house_tells_its_facts_and_the_reverse_legs(month: tuple[YearHouse, Any, Path]) -> None:
    house, driven, folder = month

    counts = told(folder)

    assert set(one.split()[0] for one in counts) <= set(TOPICS)
    demands = driven.requests["POST /v1/demands"]
    assert counts["takeback.demand.v1 loopline.demand.registered.v1"] == demands
    arrivals = counts["takeback.consignment.v1 loopline.consignment.received.v1"]
    legs = counts["shipment.leg.v1 loopline.reverse_leg.arrived.v1"]
    assert legs >= arrivals > 0
    depolluted = counts["takeback.unit.v1 loopline.unit.depolluted.v1"]
    assert 0 < len(house.told) <= depolluted


@pytest.mark.timeout(180)
def test_batches_reach_their_certificate(month: tuple[YearHouse, Any, Path]) -> None:
    _, _, folder = month

    counts = told(folder)

    assert counts["takeback.batch.v1 loopline.batch.certified.v1"] > 0
    assert counts["takeback.unit.v1 loopline.unit.dismantled.v1"] > 0
    assert counts["takeback.order.v1 loopline.takeback_order.fulfilled.v1"] > 0


@pytest.mark.timeout(180)
def test_everything_is_recorded_in_the_simulated_past(month: tuple[YearHouse, Any, Path]) -> None:
    house, _, _ = month
    year = short_year()

    end = house.house.now()

    assert (end.date() - year.to_on).days <= 1
    assert house.house.ledger.verify().breaks == ()


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_the_same_seed_asks_and_tells_the_same(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        with year_house(tmp_path / name) as house:
            driven = house.drive(short_year(takeback_orders=25, seed=7))
        runs.append((driven.requests, told(tmp_path / name)))

    assert runs[0] == runs[1]


# -- the clock -------------------------------------------------------------------------------------


def test_a_clock_that_is_not_simulated_is_not_set(tmp_path: Path) -> None:

    refused = pytest.raises(AdminRefused, match="LOOPLINE_PARTNER_API__CLOCK is not simulated")
    with opened_house(settings_in(tmp_path, clock="system")) as house, refused:
        administration_of(house).run("clock-set", {"now": BEFORE.isoformat()})


def test_the_clock_goes_forward_and_never_into_the_future(tmp_path: Path) -> None:
    with year_house(tmp_path) as house:
        house.admin.run("clock-set", {"now": BEFORE.isoformat()})
        assert house.house.now() == BEFORE

        for wrong, why in (
            ("2025-12-31T00:00:00+00:00", "lies before"),
            ("2999-01-01T00:00:00+00:00", "lies in the future"),
            ("2026-02-01T00:00:00", "no offset"),
            ("yesterday", "is no instant"),
        ):
            with pytest.raises(AdminRefused, match=why):
                house.admin.run("clock-set", {"now": wrong})
        assert house.house.now() == BEFORE


def test_nobody_but_the_demo_lives_in_simulated_time(tmp_path: Path) -> None:
    with year_house(tmp_path) as house:
        asked = {"tenant": "maker", "partner_id": "P-1", "profile": PARTNER}
        with pytest.raises(AdminRefused, match="for the tenant demo alone, not for maker"):
            house.admin.run("partners-add", asked)


def test_a_ledger_of_somebody_else_does_not_start_in_simulated_time(tmp_path: Path) -> None:

    with opened_house(settings_in(tmp_path, clock="system")) as house:
        asked = {"tenant": "maker", "partner_id": "P-1", "profile": PARTNER}
        administration_of(house).run("partners-add", asked)

    with pytest.raises(ClockRefused, match="not for maker"), opened_house(settings_in(tmp_path)):
        pass


def test_keys_that_grow_old_are_replaced(tmp_path: Path) -> None:

    with year_house(tmp_path) as house:
        house.admin.run("clock-set", {"now": BEFORE.isoformat()})
        parties = Parties(house.admin.run, short_year())
        begin_s = int(BEFORE.timestamp())
        parties.see(begin_s)
        first = dict(parties.keys)
        parties.see(begin_s + RENEW_AFTER_S - DAY_S)
        assert parties.keys == first
        parties.see(begin_s + RENEW_AFTER_S)

        assert set(parties.keys) == set(first)
        assert not set(parties.keys.values()) & set(first.values())
