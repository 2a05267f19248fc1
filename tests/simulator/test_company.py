import doctest
import json
import re
from collections import Counter

import pytest

from simulator import geography, record
from simulator.company import company
from simulator.geography import between_km, great_circle_km, regions
from tests.simulator.builders import told

PHONE_NUMBER = re.compile(r"(?<![\w.-])1[3-9]\d{9}(?![\w.-])")
ALLOWED_TEXT = re.compile(r"^[A-Za-z0-9_.:\-]*$")  # ids, slugs, decimals and instants


def test_the_company_has_five_bases_twelve_rdcs_and_thirty_recyclers() -> None:
    firm = company(1)

    assert (len(firm.bases), len(firm.rdcs), len(firm.recyclers)) == (5, 12, 30)
    assert 300 <= len(firm.merchants) <= 600


def test_every_category_is_made_somewhere_and_shares_add_up() -> None:
    firm = company(1)

    assert {name for one in firm.bases for name in one.categories} == {
        one.category_id for one in firm.categories
    }
    assert sum(one.demand_share for one in firm.categories) == pytest.approx(1)
    assert sum(one.takeback_share for one in firm.categories) == pytest.approx(1)
    assert sum(firm.channels.values()) == pytest.approx(1)
    assert sum(firm.service_modes.values()) == pytest.approx(1)


def test_177_of_187_forklifts_are_electric() -> None:
    energies = Counter(one.energy for one in company(1).forklifts)

    assert energies == {"battery_electric": 177, "diesel": 10}


def test_every_region_has_its_nearest_recyclers_and_nobody_ships_across_the_country() -> None:
    firm = company(1)

    assert set(firm.recyclers_of) == {one.adcode for one in regions()}
    assert all(len({one.partner_id for one in some}) == 3 for some in firm.recyclers_of.values())
    assert all(between_km(one.depot, one.dismantler) < 1_000 for one in firm.recyclers)


def test_a_merchant_orders_at_the_rdc_nearest_to_it() -> None:
    firm = company(1)

    for one in firm.merchants:
        nearest_km = min(between_km(node.site, one.site) for node in firm.rdcs)
        assert between_km(one.rdc.site, one.site) == nearest_km


def test_two_seeds_give_two_companies_on_the_same_ground() -> None:
    assert company(1).bases == company(2).bases
    assert company(1).merchants != company(2).merchants


def test_the_packaged_regions_are_the_333_and_the_4_municipalities() -> None:
    assert len({one.adcode for one in regions()}) == 337


def test_the_great_circle_of_half_the_globe_is_half_its_girth() -> None:
    assert great_circle_km(0, 0, 0, 180) == pytest.approx(20_015.1, abs=0.1)


def test_no_event_of_any_topic_holds_personal_data() -> None:
    for one in told():
        text = json.dumps(one.body)
        assert not PHONE_NUMBER.search(text), text
        places = [one.body.get("origin", {}), one.body.get("destination", {})]
        for value in [*one.body.values(), *(text for place in places for text in place.values())]:
            assert not isinstance(value, str) or ALLOWED_TEXT.match(value), value


def test_the_examples_in_the_docstrings_hold() -> None:
    found = [doctest.testmod(one) for one in (geography, record)]

    assert all(one.attempted and not one.failed for one in found)
