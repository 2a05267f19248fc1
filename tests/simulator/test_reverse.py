from datetime import date

from simulator.company import company
from simulator.reverse import MAX_LOAD_KG, Consignments

ON = date(2026, 6, 4)


def test_a_depot_that_gathers_more_than_a_lorry_takes_sends_a_second_one() -> None:
    firm = company(1)
    depot = Consignments(seed=1, firm=firm)
    fridge, recycler = firm.categories[1], firm.recyclers[0]

    used = {depot.add(ON, fridge, recycler, 40.0) for _ in range(200)}
    legs = [leg.body for leg in depot.leaving(ON)]

    assert len(used) == 2
    assert {leg["consignment_id"] for leg in legs} == used
    assert sum(float(leg["mass_kg"]) for leg in legs) == 8_000
    assert all(float(leg["mass_kg"]) <= MAX_LOAD_KG for leg in legs)


def test_a_load_leaves_once() -> None:
    firm = company(1)
    depot = Consignments(seed=1, firm=firm)
    depot.add(ON, firm.categories[0], firm.recyclers[0], 10.0)

    assert len(list(depot.leaving(ON))) == 1
    assert list(depot.leaving(ON)) == []
