from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.split import Emission, Load, stored_emission, sum_of_loads, times
from schemas.refusal import Reason, Refused

parts = st.decimals("0", "1e6", places=9)
loads = st.builds(Load, parts, parts)


@given(loads)
def test_well_to_wheel_is_the_sum_of_what_is_kept(load: Load) -> None:
    kept = stored_emission(load)

    assert kept.wtw_kgco2e == kept.ttw_kgco2e + kept.wtt_kgco2e
    assert abs(kept.ttw_kgco2e - load.ttw_kgco2e) <= Decimal("0.0000005")


@given(st.lists(loads, max_size=6), st.data())
def test_loads_add_up_in_any_order(many: list[Load], data: st.DataObject) -> None:
    assert sum_of_loads(many) == sum_of_loads(data.draw(st.permutations(many)))


def test_a_load_is_rounded_once_and_not_before() -> None:
    third = Load(Decimal("0.0000004"), Decimal("0.0000004"))

    assert stored_emission(times(third, Decimal(3))) == Emission(
        Decimal("0.000001"), Decimal("0.000001"), Decimal("0.000002")
    )


def test_an_emission_that_no_store_can_hold_is_refused() -> None:
    with pytest.raises(Refused) as no:
        stored_emission(Load(Decimal("9e11"), Decimal("9e11")))

    assert no.value.reason is Reason.RESULT_TOO_LARGE
    assert "wtw_kgco2e" in no.value.detail
