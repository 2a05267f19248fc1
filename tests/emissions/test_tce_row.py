from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from emissions.report_iso14083 import report_of
from emissions.tce_row import About, TceKind, TceRow
from schemas.refusal import Reason, Refused
from tests.emissions.report_builders import about, hub, tce


def refusal(rows: Sequence[TceRow], asked: About) -> Refused:
    with pytest.raises(Refused) as refused:
        report_of(rows, asked)
    return refused.value


@pytest.mark.parametrize(
    ("rows", "changed", "reason", "sentence"),
    [
        ([tce(), tce()], {}, Reason.KEY_DUPLICATE, "tce_id T-1 stands twice"),
        (
            [tce(on=date(2026, 1, 1))],
            {},
            Reason.DATE_INVALID,
            "occurred_on 2026-01-01 is not from 2025-01-01 to 2025-12-31",
        ),
        ([tce(told={"mode": None})], {}, Reason.MODE_UNKNOWN, "tce_id T-1: mode is None"),
        ([tce(told={"mode": "camel"})], {}, Reason.MODE_UNKNOWN, "mode is 'camel'"),
        ([tce(told={"distance_kind": "actual"})], {}, Reason.VOCABULARY, "distance_kind is 'act"),
        ([tce(told={"transport_tkm": None})], {}, Reason.SCHEMA, "transport_tkm is None"),
        ([hub(hub_operation=None)], {}, Reason.SCHEMA, "hub_operation is None"),
        ([hub(method="guess")], {}, Reason.VOCABULARY, "method guess"),
        (
            [tce(told={"wtw_kgco2e": Decimal("295.021138")})],
            {},
            Reason.SCHEMA,
            "wtw_kgco2e 295.021138 is not 55.855928 + 239.165209",
        ),
        ([], {"to_on": date(2024, 12, 31)}, Reason.DATE_INVALID, "to_on 2024-12-31 is before"),
        ([], {"sample_rows": -1}, Reason.UNIT_BOUND, "sample_rows must be from 0 to 1000, got -1"),
        ([], {"sample_rows": 1_001}, Reason.UNIT_BOUND, "got 1001"),
    ],
)
def test_a_report_that_would_mislead_is_refused(
    rows: list[TceRow], changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    refused = refusal(rows, about(**changed))

    assert refused.reason is reason
    assert sentence in refused.detail


def test_an_element_is_transport_or_hub() -> None:
    assert {str(kind) for kind in TceKind} == {"transport", "hub"}


@pytest.mark.parametrize("on", [date(2025, 1, 1), date(2025, 12, 31)])
def test_the_first_and_the_last_day_belong_to_the_period(on: date) -> None:
    assert report_of([tce(on=on)], about()).whole.tces == 1
