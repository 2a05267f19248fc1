"""How a stored answer is compared with the one computed anew, whatever it is made of."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from emissions.explanation import ExplainMismatch, explained, refuse_other_digits
from emissions.read import load_book
from emissions.split import Emission
from tests.emissions.builders import forklift

ONE_PART = {"C-01": Emission(Decimal(1), Decimal(2), Decimal(3))}


def test_the_same_digits_are_no_mismatch_however_they_are_written() -> None:
    refuse_other_digits({"C-01": Decimal("1.0")}, {"C-01": Decimal("1.000000")})
    with pytest.raises(ExplainMismatch, match=r"\[C-01\] is stored as 1\.000001, computed as 1\.0"):
        refuse_other_digits({"C-01": Decimal("1.0")}, {"C-01": Decimal("1.000001")})


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (
            {"C-01": Emission(Decimal(1), Decimal(2), Decimal(4))},
            r"parts\[C-01\].wtw_kgco2e is stored as 4, computed as 3",
        ),
        ({}, r"parts is stored as \{\}, computed as"),
        (ONE_PART | {"C-02": ONE_PART["C-01"]}, r"parts\[C-02\] is stored as .* as nothing"),
    ],
)
def test_the_first_difference_is_named_by_its_path(
    stored: dict[str, Emission], sentence: str
) -> None:
    with pytest.raises(ExplainMismatch, match=sentence):
        refuse_other_digits(ONE_PART, stored, "parts")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"flags": ("a", "b")}, r"^flags is stored as \('a', 'b'\), computed as \(\)"),
        ({"basis": None}, "^basis is stored as None, computed as lifecycle_co2e"),
        ({"data_class": "default"}, "^data_class is stored as default, computed as primary"),
        (
            {"factor": load_book().factor("cn_diesel_l")},
            "^factor is stored as cn_diesel_l, computed as cn_grid.lifecycle_co2e.cn.2024",
        ),
    ],
)
def test_texts_flags_and_factors_are_compared_too(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ExplainMismatch, match=sentence):
        refuse_other_digits(forklift(), replace(forklift(), **changed))


def test_a_step_of_a_subject_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="share_ttw of C-09"):
        explained([], method="allocation").step("share_ttw", "C-09")
