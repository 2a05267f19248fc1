"""Rounds explained: meters to a total, and the total to every consignment, TTW and WTT apart."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.energy_use import EnergyUse
from emissions.explain_round import explain_round
from emissions.explanation import PARTS_ARE_TOTAL, ExplainMismatch, Explanation
from emissions.read import load_book
from emissions.trip import Trip, emission_of_trip
from tests.emissions.builders import IN_VALIDITY
from tests.emissions.explain_cases import round_trip
from tests.emissions.test_explain_allocation import WORKED


def worked_trip() -> Trip:
    """12.4 l of diesel over the five stops of the worked round."""
    diesel = EnergyUse(energy="diesel", fuel_l=Decimal("12.4"))
    return Trip(trip_id="T-1", on=IN_VALIDITY, energy=(diesel,), weights=tuple(WORKED))


def explained(trip: Trip) -> Explanation:
    return explain_round(trip, emission_of_trip(trip, book=load_book()), book=load_book())


def test_a_round_is_told_from_its_litres_to_its_stops() -> None:
    told = explained(worked_trip())

    assert told.step("use_ttw", "diesel 1").substituted == "12.4 l x 2.6419028944 = 32.75959589056"
    assert told.step("total_mg_ttw").substituted == "32.759596 kg x 1000000 = 32759596"
    assert told.step("total_mg_wtt").substituted == "7.738716 kg x 1000000 = 7738716"
    assert PARTS_ARE_TOTAL in told.checks
    assert told.step("shares_sum_wtw").value == told.step("wtw").value


@given(st.integers(0, 10_000))
def test_the_parts_told_sum_to_the_total_told(seed: int) -> None:
    told = explained(round_trip(random.Random(seed)))

    for part in ("ttw", "wtt", "wtw"):
        parts = [step.value for step in told.steps if step.title == f"share_{part}"]
        assert sum(parts) == told.step(part).value


def test_a_consignment_that_is_missing_is_named() -> None:
    trip = worked_trip()
    stored = emission_of_trip(trip, book=load_book())
    parts = {name: part for name, part in stored.parts.items() if name != "T-02"}

    with pytest.raises(ExplainMismatch, match=r"parts\[T-02\] is stored as nothing, computed as"):
        explain_round(trip, replace(stored, parts=parts), book=load_book())


def test_a_meter_with_another_load_is_named_by_its_place() -> None:
    trip = worked_trip()
    stored = emission_of_trip(trip, book=load_book())
    load = stored.used[0].load._replace(wtt_kgco2e=Decimal(1))
    used = (stored.used[0]._replace(load=load),)

    with pytest.raises(ExplainMismatch, match=r"used\[0\].load.wtt_kgco2e is stored as 1, "):
        explain_round(trip, replace(stored, used=used), book=load_book())
