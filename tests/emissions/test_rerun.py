from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.question import METHOD_VERSION
from emissions.read import load_book
from emissions.rerun import (
    RERUN_MEASURES,
    STANDS_ON,
    RecordedVersions,
    difference_to_recorded,
    leg_run,
)
from schemas.refusal import Refused
from tests.emissions.builders import leg
from tests.emissions.rerun_builders import OLD, new_edition, recorded, refuse

modes = st.sampled_from(["road", "rail", "sea", "air", "parcel"])


@given(mode=modes, mass_kg=st.decimals("0.001", "50000", places=3))
def test_the_recorded_versions_give_the_recorded_digits(mode: str, mass_kg: Decimal) -> None:
    method = "gcd" if mode == "air" else "sfd"
    record = recorded(mode=mode, mass_kg=mass_kg, vehicle_class=None, distance_method=method)

    assert difference_to_recorded(record, leg_run(load_book())) is None


@pytest.mark.parametrize("name", STANDS_ON)
def test_what_a_number_stands_on_is_part_of_the_number(name: str) -> None:
    record = recorded()
    changed: dict[str, Any] = {name: "another"}
    other = replace(record, outcome=replace(record.outcome, **changed))

    finding = difference_to_recorded(other, OLD)

    assert finding is not None
    assert finding.detail.startswith(f"{name} was recorded as another, the run gives")


def test_a_record_under_another_edition_is_not_reproduced() -> None:
    finding = difference_to_recorded(recorded(), leg_run(new_edition("0.07703")))

    assert finding is not None
    assert finding.detail.startswith("factor_set_sha256 was recorded as")


def test_a_record_the_old_versions_refuse_is_not_reproduced() -> None:
    finding = difference_to_recorded(recorded(), refuse)

    assert finding is not None
    assert finding.reason == "factor_not_found"


def test_a_method_the_engine_does_not_hold_cannot_be_run() -> None:
    with pytest.raises(Refused, match="method_version iso14083-0 is not iso14083-1"):
        leg_run(load_book(), method_version="iso14083-0")


@pytest.mark.parametrize("column", RERUN_MEASURES)
def test_the_same_value_in_other_digits_is_not_the_same_number(column: str) -> None:
    record = recorded()
    told = Decimal(f"{record.measures[column]}0")

    finding = difference_to_recorded(
        replace(record, measures={**record.measures, column: told}), OLD
    )

    assert finding is not None
    assert finding.detail.startswith(f"{column} was recorded as {told}, the run gives")


@given(
    mode=modes,
    energy=st.sampled_from([None, "diesel", "electric", "lng"]),
    vehicle_class=st.sampled_from([None, "artic_over_33t", "van_up_to_3.5t", "nobody_knows"]),
    on=st.dates(date(2019, 1, 1), date(2028, 12, 31)),
    metered=st.booleans(),
)
def test_the_set_of_an_answer_alone_gives_it_again(
    mode: str, energy: str | None, vehicle_class: str | None, on: date, metered: bool
) -> None:
    meter = {"energy_kwh": Decimal("38.4"), "grid_region": "beijing", "fuel_l": Decimal(90)}
    question = leg(mode=mode, energy=energy, vehicle_class=vehicle_class, on=on,
                   **(meter if metered else {}))  # fmt: skip
    try:
        found = OLD(question)
    except Refused:
        return
    alone = RecordedVersions(load_book().sets).run(
        factor_set_sha256=found.factor_set_sha256, method_version=found.method_version
    )

    assert alone(question) == found


@pytest.mark.parametrize(
    ("sha", "method", "said"),
    [
        ("f" * 64, METHOD_VERSION, f"factor_set_sha256 {'f' * 64} is of no set known here"),
        ("", METHOD_VERSION, "is of no set known here"),
        (load_book().sets[0].sha256, "iso14083-0", "iso14083-0 is not iso14083-1"),
    ],
)
def test_versions_nobody_knows_any_more_are_refused_and_not_guessed(
    sha: str, method: str, said: str
) -> None:
    run = RecordedVersions(load_book().sets).run(factor_set_sha256=sha, method_version=method)

    with pytest.raises(Refused, match=said):
        run(leg())
