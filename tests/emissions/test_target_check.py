from decimal import Decimal

import pytest

from emissions.period import period_of
from emissions.target_check import CheckedTarget, TargetState, check_targets
from emissions.targets import read_targets
from schemas.refusal import Refused

FIGURES = {
    "emission": Decimal(1_000),
    "intensity": Decimal("0.09"),
    "primary_share": Decimal("0.25"),
}


def target(metric: str, unit: str, first: str, last: str) -> str:
    return (
        f'[[target]]\ntarget_id = "{metric}"\nmetric = "{metric}"\norganisation = "group"\n'
        f'unit = "{unit}"\npath = "linear"\nfrom_month = "2026-01"\nfrom_value = "{first}"\n'
        f'to_month = "2026-12"\nto_value = "{last}"\nsource = "board paper"\n'
    )


def checked(text: str, *, period: str = "2026", organisation: str = "group") -> CheckedTarget:
    (found,) = check_targets(
        read_targets(text),
        organisation=organisation,
        period=period_of(period),
        figures=FIGURES,
    )
    return found


def test_the_path_of_a_sum_is_summed_over_the_months() -> None:
    found = checked(target("emission", "kgco2e", "100", "45"))

    assert found.target_value == sum(range(45, 101, 5))
    assert found.state is TargetState.MISSED


def test_the_path_of_a_ratio_is_read_in_the_last_month() -> None:
    found = checked(
        target("intensity", "kgco2e_per_tkm", "0.1", "0.078"), period="2026-01..2026-06"
    )

    assert found.target_value == Decimal("0.09")
    assert found.state is TargetState.MET


def test_more_primary_data_is_better() -> None:
    assert checked(target("primary_share", "share", "0.1", "0.25")).state is TargetState.MET
    assert checked(target("primary_share", "share", "0.1", "0.26")).state is TargetState.MISSED


@pytest.mark.parametrize("period", ["2027", "2026-06..2027-01", "2026-06-15", "2025-12..2026-02"])
def test_where_the_path_says_nothing_there_is_no_value(period: str) -> None:
    found = checked(target("emission", "kgco2e", "100", "45"), period=period)

    assert (found.target_value, found.state) == (None, TargetState.NO_VALUE)


def test_a_metric_that_is_not_computed_here_says_so() -> None:
    found = checked(target("direct_share", "share", "0.4", "0.5"))

    assert (found.figure, found.state) == (None, TargetState.OTHER_METRIC)


def test_a_figure_nobody_knows_meets_nothing() -> None:
    (found,) = check_targets(
        read_targets(target("intensity", "kgco2e_per_tkm", "1", "1")),
        organisation="group",
        period=period_of("2026"),
        figures=FIGURES | {"intensity": None},
    )

    assert found.state is TargetState.NO_FIGURE


def test_a_unit_that_is_not_the_metrics_is_refused() -> None:
    with pytest.raises(Refused, match="target emission: unit t is not kgco2e"):
        checked(target("emission", "t", "1", "1"))


def test_targets_of_others_are_left_alone() -> None:
    text = target("emission", "kgco2e", "100", "45")

    assert check_targets(
        read_targets(text), organisation="other", period=period_of("2026"), figures=FIGURES
    ) == ()  # fmt: skip
