"""Appraisal: every condition on both sides, the price of a size, and how long an offer is good."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.appraisal import OldAppliance, Quote, QuoteOutcome, appraise
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Measure
from recycling.price_list import CorePart, demo_price_list, price_list_of

MORNING = datetime.fromisoformat("2026-03-01T09:00:00+08:00")
MEASURES = [*Measure]


def old(category: str, *parts: str, form: str | None = None, **sizes: str) -> OldAppliance:
    """An old appliance somebody looked at; ``parts`` are there, and no others."""
    return OldAppliance(
        category=ApplianceCategory(category),
        form=None if form is None else ApplianceForm(form),
        measures={Measure(name): Decimal(size) for name, size in sizes.items()},
        parts=frozenset(map(CorePart, parts)),
    )


def quote(item: OldAppliance, at: datetime = MORNING) -> Quote:
    return appraise(item, demo_price_list(), at)


def fridge(**changed: Any) -> OldAppliance:
    return old("refrigerator", "compressor", **({"size_l": "210", "height_m": "1.6"} | changed))


WHOLE_AC = ("compressor", "evaporator", "condenser", "pipe")
MET = [
    old("air_conditioner", *WHOLE_AC, pipe_m="3"),
    old("washing_machine", "motor", size_kg="4", form="twin_tub"),
    old("washing_machine", "motor", size_kg="4", form="drum"),
    fridge(size_l="100", height_m="1.15"),
    old("freezer", size_l="200"),
    old("tv_flat", size_inch="32"),
    old("tv_crt", size_inch="19"),
]
NOT_MET = [
    (old("air_conditioner", *WHOLE_AC, pipe_m="2.99"), "pipe_m"),
    (old("air_conditioner", "compressor", "evaporator", "condenser", pipe_m="3"), "pipe"),
    (old("air_conditioner", "evaporator", "condenser", "pipe", pipe_m="3"), "compressor"),
    (old("washing_machine", "motor", size_kg="3.99", form="drum"), "size_kg"),
    (old("washing_machine", size_kg="4", form="drum"), "motor"),
    (old("washing_machine", "motor", size_kg="4", form="single_tub"), "form"),
    (fridge(size_l="99.99"), "size_l"),
    (fridge(height_m="1.149"), "height_m"),
    (old("refrigerator", size_l="210", height_m="1.6"), "compressor"),
    (old("freezer", size_l="199.99"), "size_l"),
    (old("tv_flat", size_inch="31.99"), "size_inch"),
    (old("tv_crt", size_inch="18.99"), "size_inch"),
]


@pytest.mark.parametrize("item", MET)
def test_what_meets_every_condition_has_a_price(item: OldAppliance) -> None:
    found = quote(item)

    assert found.outcome == "quoted"
    assert found.price_cny_fen
    assert found.provenance == "assumption"


@pytest.mark.parametrize(("item", "reason"), NOT_MET)
def test_what_misses_a_condition_has_a_reason_and_no_price(item: OldAppliance, reason: str) -> None:
    found = quote(item)

    failed = [one for one in found.reasons if not one.passed]
    assert (found.outcome, found.price_cny_fen) == ("conditions_not_met", None)
    assert [one.name for one in failed] == [reason]
    assert failed[0].limit


@pytest.mark.parametrize(
    ("litres", "price_cny_fen", "size_class"),
    [
        ("199.99", 4_000, "refrigerator_below_200_l"),
        ("200", 8_500, "refrigerator_from_200_l"),
    ],
)
def test_the_size_decides_the_price(litres: str, price_cny_fen: int, size_class: str) -> None:
    found = quote(fridge(size_l=litres))

    assert (found.price_cny_fen, found.size_class) == (price_cny_fen, size_class)
    assert (found.price_list_id, found.price_list_version) == ("demo", "1")


@pytest.mark.parametrize(
    "item",
    [
        old("refrigerator", "compressor", size_l="210"),
        OldAppliance(category=ApplianceCategory.REFRIGERATOR),
        old("washing_machine", "motor", size_kg="4"),
        old("tv_flat"),
    ],
)
def test_what_nobody_told_is_no_reason_to_refuse_and_no_price(item: OldAppliance) -> None:
    found = quote(item)

    assert (found.outcome, found.price_cny_fen) == ("item_incomplete", None)
    assert all(one.is_missing or one.name == "price" for one in found.reasons if not one.passed)


def test_what_stands_in_no_list_has_no_price() -> None:
    found = quote(old("microwave"))

    assert (found.outcome, found.price_cny_fen) == ("price_missing", None)
    assert [one.name for one in found.reasons if not one.passed] == ["price"]


def test_an_offer_is_good_for_72_hours_and_not_a_microsecond_more() -> None:
    found = quote(fridge())
    instant = timedelta(microseconds=1)

    assert found.valid_until_at - found.quoted_at == timedelta(hours=72)
    assert [found.is_valid(at) for at in (MORNING, found.valid_until_at)] == [True, True]
    assert not found.is_valid(MORNING - instant)
    assert not found.is_valid(found.valid_until_at + instant)
    assert not quote(old("microwave")).is_valid(MORNING)


LIST = b"""
price_list_id = "l"
version = "7"
title = "t"
valid_from_on = 2026-01-01
valid_to_on = 2026-01-31
source = "s"
[[price]]
size_class = "any"
categories = ["tv_crt"]
price_cny_fen = 5
provenance = "assumption"
"""


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2025-12-31T15:59:59+00:00", "list_not_in_force"),
        ("2025-12-31T16:00:00+00:00", "quoted"),
        ("2026-01-31T15:59:59+00:00", "quoted"),
        ("2026-01-31T16:00:00+00:00", "list_not_in_force"),
    ],
)
def test_a_list_is_in_force_on_its_days_in_shanghai(at: str, outcome: str) -> None:
    found = appraise(old("tv_crt"), price_list_of("l.toml", LIST), datetime.fromisoformat(at))

    assert found.outcome == outcome
    assert (found.price_cny_fen is None) == (outcome != "quoted")


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="at must have an offset from UTC"):
        quote(fridge(), datetime(2026, 3, 1))  # noqa: DTZ001 - the case itself


def test_a_measure_is_above_0() -> None:
    with pytest.raises(ValueError, match="height_m must be above 0, got -1"):
        fridge(height_m="-1")


@given(
    category=st.sampled_from(ApplianceCategory),
    form=st.none() | st.sampled_from(ApplianceForm),
    measures=st.dictionaries(st.sampled_from(MEASURES), st.decimals("0.1", "600", places=1)),
    parts=st.none() | st.frozensets(st.sampled_from(CorePart)),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds without zone, as the strategy wants them
)
def test_a_price_is_told_exactly_where_it_is_quoted(
    category: ApplianceCategory,
    form: ApplianceForm | None,
    measures: dict[Measure, Decimal],
    parts: frozenset[CorePart] | None,
    at: datetime,
) -> None:
    found = quote(OldAppliance(category=category, form=form, measures=measures, parts=parts), at)

    is_quoted = found.outcome is QuoteOutcome.QUOTED
    assert (found.price_cny_fen is not None) == is_quoted
    assert is_quoted == all(one.passed for one in found.reasons)
    assert found.valid_until_at == at + timedelta(hours=72)
