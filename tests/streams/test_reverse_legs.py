"""A reverse leg of the ledger takes the path that every leg takes, in the shape that it has."""

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from ledger.desk.reverse_leg import Load, published_legs
from schemas.refusal import Refused
from schemas.topics import LEGS
from schemas.wire import WireEmission, WireLeg
from streams.codecs import decode
from tests.builders import emitted
from tests.ledger.desk.test_reverse_leg import trip
from tests.simulator.builders import bodies

# What the tables' evidence does not tell: volume, and how the vehicle was laden.
NOT_TOLD = {"volume_m3", "vehicle_class", "trip_id", "grid_region", "energy_kwh", "fuel_l"}


def emission_of(*loads: Load, **changed: Any) -> WireEmission:
    (leg,) = published_legs(trip(*loads, **changed))
    return emitted(decode(WireLeg, json.dumps(leg.published.payload).encode()))


@cache
def simulated() -> list[dict[str, Any]]:
    return [body for body in bodies(LEGS.name) if body["leg"] == "reverse"]


def test_a_reverse_leg_has_the_sum_of_its_mass_and_great_circle() -> None:
    emission = emission_of(company="demo")

    assert (emission.leg, emission.distance_kind, emission.company) == ("reverse", "gcd", "demo")
    assert emission.transport_tkm == Decimal("0.123") * Decimal("130.403")
    total = emission.emission_wtt_kgco2e + emission.emission_ttw_kgco2e
    assert emission.emission_wtw_kgco2e == total > 0


def test_metered_energy_of_an_electric_vehicle_is_what_it_stands_on() -> None:
    emission = emission_of(vehicle_energy="electric", energy_kwh=Decimal("38.4"))

    assert (emission.method, emission.energy_kwh) == ("primary_energy", Decimal("38.4"))
    assert emission.emission_wtw_kgco2e > 0


def test_an_electric_vehicle_that_nobody_metered_has_no_number_and_says_why() -> None:
    with pytest.raises(Refused, match=r"energy=electric .* without a metered energy_kwh"):
        emission_of(vehicle_energy="electric")


def test_it_tells_what_simulated_reverse_legs_tell_and_nothing_else() -> None:
    every = {name for body in simulated() for name in body}
    (leg,) = published_legs(trip(carrier_id="P-carrier", company="demo"))

    told = set(leg.published.payload)

    assert len(simulated()) > 100
    assert told <= every
    must = set.intersection(*(set(body) for body in simulated()))
    assert must - told <= NOT_TOLD


def test_a_simulated_leg_by_the_great_circle_and_ours_have_the_same_number() -> None:
    body = next(
        one for one in simulated() if one["energy"] == "diesel" and "distance_method" not in one
    )
    theirs = emitted(decode(WireLeg, json.dumps(body).encode()))
    load = Load(theirs.category, theirs.mass_kg, theirs.distance_km)

    ours = emission_of(load, vehicle_class=theirs.vehicle_class)

    assert ours.factor_id == theirs.factor_id
    assert ours.transport_tkm == theirs.transport_tkm
    assert ours.emission_wtw_kgco2e == theirs.emission_wtw_kgco2e
