from decimal import Decimal

import pytest

from emissions.number import RESULT_LIMIT_KGCO2E, decimal_of, quantise_3, quantise_kg, stored_kg
from schemas.refusal import Reason, Refused


@pytest.mark.parametrize("value", [0.07703, True, None])
def test_only_what_somebody_wrote_is_an_exact_number(value: object) -> None:
    with pytest.raises(TypeError, match="exact number"):
        decimal_of(value)


@pytest.mark.parametrize("value", ["0.07703", Decimal("0.07703")])
def test_a_text_and_a_decimal_keep_their_digits(value: object) -> None:
    assert str(decimal_of(value)) == "0.07703"


@pytest.mark.parametrize(
    ("given", "rounded"),
    [("412.0005", "412.000"), ("412.0015", "412.002"), ("412.00051", "412.001"), ("5", "5.000")],
)
def test_grams_and_metres_round_half_to_even(given: str, rounded: str) -> None:
    assert str(quantise_3(Decimal(given))) == rounded


@pytest.mark.parametrize(
    ("given", "rounded"), [("1.0000005", "1.000000"), ("1.0000015", "1.000002")]
)
def test_milligrams_round_half_to_even(given: str, rounded: str) -> None:
    assert str(quantise_kg(Decimal(given))) == rounded


def test_a_result_no_store_can_hold_is_refused_with_its_value() -> None:
    with pytest.raises(Refused, match=r"ttw_kgco2e 1000000000000\.000000 is not below") as refused:
        stored_kg("ttw_kgco2e", RESULT_LIMIT_KGCO2E)

    assert refused.value.reason is Reason.RESULT_TOO_LARGE
