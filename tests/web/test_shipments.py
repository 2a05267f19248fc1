import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.warehouse.board_rows import add_legs, leg, query_of
from tests.web.room import Room
from warehouse.board import Leg, Split, shipment
from web.services import FactorCard
from web.shipments import trace_of

EN = {"Accept-Language": "en"}


@pytest.fixture
def room() -> Room:
    room = Room()
    add_legs(room.db, [leg(shipment_id="CHECK-1")])
    return room


def test_the_trace_shows_every_step_with_its_numbers(room: Room) -> None:
    with room.client() as client:
        page = client.get("/shipments/CHECK-1", headers=EN).text

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for step in (
        "7,536 kg = 7.536 t",
        "7.536 t \u00d7 412 km = 3,104.832 t·km",
        "defra_2025.road.all_hgv.average.tkm",
        "0.02359 kg/t·km",
        "73.242987 + 315.544076 = 388.787063 kg CO₂e",
        "The two parts give the stored value exactly",
        "shipment.leg.v1 / 3 / 17",
        "shipment.emission.v1 / 2 / 41",
        "00000000-0000-0000-0000-000000000001",
        "distance_declared",
        "a" * 64,
    ):
        assert step in text


def test_a_shipment_nobody_knows_is_not_found_and_may_still_come(room: Room) -> None:
    with room.client() as client:
        answer = client.get("/shipments/%3Cb%3E", headers=EN)

    assert answer.status_code == 404
    assert "No shipment &lt;b&gt; is known" in answer.text
    assert 'data-live="1"' in answer.text


def test_the_search_leads_to_the_shipment(room: Room) -> None:
    with room.client() as client:
        found = client.get("/shipments?id=%20A/B%201%20").headers["location"]
        empty = client.get("/shipments?id=").headers["location"]

    assert (found, empty) == ("/shipments/A%2FB%201", "/board")


def test_an_id_with_a_slash_is_found(room: Room) -> None:
    add_legs(room.db, [leg(shipment_id="A/B 1", event_id=UUID(int=9), leg_id="A/B 1/1")])

    with room.client() as client:
        assert client.get("/shipments/A%2FB%201").status_code == 200


def test_a_correction_is_listed_and_the_sums_are_the_current_ones(room: Room) -> None:
    difference = leg(
        shipment_id="CHECK-1",
        event_id=UUID(int=5),
        correction_of=UUID(int=1),
        revision=1,
        reason="correction",
        mass_kg="-36.000",
        transport_tkm="-14.832000",
        emission_wtt_kgco2e="-0.349887",
        emission_ttw_kgco2e="-1.507376",
        emission_wtw_kgco2e="-1.857263",
        legs=0,
        shipments=0,
    )
    add_legs(room.db, [difference | {"distance_km": "0.000"}])

    with room.client() as client:
        page = client.get("/shipments/CHECK-1", headers=EN).text

    assert "386.929800 kg" in page
    assert "Revisions" in page
    assert "-1.857263" in page


def card(**changed: Any) -> FactorCard:
    plain: dict[str, Any] = {
        "factor_id": "defra_2025.road.all_hgv.average.tkm",
        "factor_set": "defra_2025",
        "set_version": "2025",
        "per_unit": "tkm",
        "wtt_kgco2e": Decimal("0.02359"),
        "ttw_kgco2e": Decimal("0.10163"),
        "source": "DESNZ",
        "licence": "OGL-UK-3.0",
        "cells": "wtt=28_907;ttw=27_304",
        "valid_from": date(2025, 1, 1),
        "valid_to": None,
    }
    return FactorCard(**plain | changed)


def stored(room: Room, **changed: Any) -> Leg:
    known = shipment("CHECK-1", query_of(room.db))
    assert known is not None
    return replace(known.legs[0], **changed)


def test_published_figures_that_give_the_stored_result_are_the_formula(room: Room) -> None:
    trace = trace_of(stored(room), card())

    assert not trace.is_derived
    assert (trace.wtt_per_unit, trace.ttw_per_unit, trace.daf) == (
        Decimal("0.02359"), Decimal("0.10163"), Decimal(1)
    )  # fmt: skip


def test_a_distance_adjustment_is_a_factor_of_the_formula(room: Room) -> None:
    adjusted = Split(Decimal("76.905136"), Decimal("331.321280"), Decimal("408.226416"))

    trace = trace_of(stored(room, inputs={"daf": "1.05"}, emission=adjusted), card())

    assert (trace.daf, trace.is_derived) == (Decimal("1.05"), False)


def test_a_formula_that_would_not_hold_is_derived_and_says_so(room: Room) -> None:
    trace = trace_of(stored(room), card(wtt_kgco2e=Decimal("0.5")))

    assert trace.is_derived
    assert trace.wtt_per_unit is not None
    assert round(trace.wtt_per_unit, 9) == Decimal("0.023590000")


def test_metered_energy_is_multiplied_by_its_own_unit(room: Room) -> None:
    charged = Split(Decimal("60.250000"), Decimal(0), Decimal("60.250000"))
    metered = stored(room, inputs={"energy_kwh": "120.5"}, emission=charged)

    trace = trace_of(
        metered, card(per_unit="kwh", wtt_kgco2e=Decimal("0.5"), ttw_kgco2e=Decimal(0))
    )

    assert (trace.amount, trace.amount_unit, trace.is_derived) == (Decimal("120.5"), "kWh", False)


def test_a_modelled_leg_shows_what_it_emits_per_tonne_kilometre_beside_its_row(room: Room) -> None:
    worked = Split(Decimal("28.223718"), Decimal("117.574737"), Decimal("145.798455"))
    told = {"load_share": "0.4", "empty_distance_share": "0.4", "daf": "1"}
    modelled = stored(
        room, inputs=told, emission=worked, transport_tkm=Decimal(228), method="modelled"
    )

    trace = trace_of(
        modelled, card(per_unit="km", wtt_kgco2e=Decimal("0.16981"), ttw_kgco2e=Decimal("0.70603"))
    )

    assert (trace.amount, trace.is_derived) == (Decimal(228), True)
    assert trace.ttw_per_unit is not None
    assert round(trace.ttw_per_unit, 6) == Decimal("0.515679")
