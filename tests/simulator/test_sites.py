"""Reports of sites and plants: the tonnes that really left, and gases that balance."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from emissions.read import load_book
from schemas.hub import HubPeriodReported
from schemas.refrigerant import RefrigerantHandled
from schemas.topics import HUB_PERIODS, LEGS, REFRIGERANTS
from schemas.wall import accept
from simulator.company import company
from simulator.delivery import CALM, deliver
from simulator.record import Draft, Scale, day_of
from simulator.timeline import happenings
from streams.hub import on_hub_period
from streams.refrigerant import on_refrigerant_handled
from streams.source import Source
from tests.simulator.builders import SEED

FROM_ON, TO_ON = date(2026, 3, 1), date(2026, 5, 4)
SCALE = Scale(legs=6_000, readings=0, takeback_orders=600)


@cache
def quarter() -> tuple[Draft, ...]:
    return tuple(happenings(seed=SEED, from_on=FROM_ON, to_on=TO_ON, scale=SCALE))


def of(topic: str) -> list[Any]:
    return [one.body for one in quarter() if one.topic == topic]


def test_a_month_of_a_site_reports_the_mass_that_left_it() -> None:
    left: defaultdict[tuple[Any, str], Decimal] = defaultdict(Decimal)
    for one in quarter():
        if one.topic == LEGS.name:
            month = f"{day_of(one.occurred_s):%Y-%m}-01"
            left[one.body["origin"].get("site_id"), month] += Decimal(one.body["mass_kg"])

    reports = of(HUB_PERIODS.name)
    assert {one["period_on"] for one in reports} == {"2026-03-01", "2026-04-01"}
    assert len({(one["site_id"], one["period_on"]) for one in reports}) == len(reports) > 20
    for one in reports:
        assert abs(Decimal(one["outbound_mass_kg"]) - left[one["site_id"], one["period_on"]]) < 1


def test_every_site_of_the_company_reports() -> None:
    firm = company(SEED)

    sites = {one.site.site_id for one in (*firm.bases, *firm.rdcs)}
    assert {one["site_id"] for one in of(HUB_PERIODS.name)} <= sites
    assert len({one["site_id"] for one in of(HUB_PERIODS.name)}) > len(sites) // 2


def test_every_report_and_every_gas_has_a_number() -> None:
    book, source = load_book(), Source("x", 0, 0)

    for one in quarter():
        if one.topic == HUB_PERIODS.name:
            month = on_hub_period(accept(HubPeriodReported, one.body), source, book=book)
            assert month.emission_wtw_kgco2e > 0
        elif one.topic == REFRIGERANTS.name:
            unit = on_refrigerant_handled(accept(RefrigerantHandled, one.body), source)
            assert unit.emission_ttw_kgco2e >= 0


def test_a_unit_is_depolluted_where_its_gas_is_told_of() -> None:
    depolluted = {
        (one.body["unit_id"], one.occurred_s)
        for one in quarter()
        if one.body.get("event_type") == "depolluted"
    }
    told = {
        (one.body["unit_id"], one.occurred_s) for one in quarter() if one.topic == REFRIGERANTS.name
    }

    assert told
    assert told <= depolluted


def test_what_people_file_changes_nothing_of_the_weather_of_the_others() -> None:
    everything = list(deliver(quarter(), seed=SEED, weather=CALM))
    filed = {HUB_PERIODS.name, REFRIGERANTS.name}
    without = deliver([one for one in quarter() if one.topic not in filed], seed=SEED, weather=CALM)

    assert [one for one in everything if one.record.topic not in filed] == list(without)
