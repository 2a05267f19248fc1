"""How an explanation is written: one step as a golden text in both languages, and as JSON."""

from datetime import date
from decimal import Decimal

import pytest

from emissions.explanation import Explanation, Step, explained
from emissions.explanation_form import explanation_json, explanation_text
from emissions.selection import RefusedRank

STEP = Step(
    title="factor_ttw",
    subject="diesel 1",
    formula="own: row 7",
    substituted="0.07703",
    value=Decimal("0.07703"),
    unit="kgco2e/l",
    rounding="as published",
    reference="Somebody: a table, 2025",
    is_assumption=True,
    note="of another country",
    factor_id="own.diesel.l",
    set_id="own",
    set_version="2025",
    cell="row 7",
    source="Somebody: a table, 2025",
    licence="CC0-1.0",
    valid_from=date(2025, 1, 1),
)
ENGLISH = """\
ledger: inventory
method: metered energy (iso14083-1)
flags: proxy_region
1. Factor: operation (TTW) [diesel 1]: 0.07703 kgco2e/l
   formula: own: row 7
   with figures: 0.07703
   rounding: as published
   factor: own.diesel.l
   set: own 2025
   source cell: row 7
   source: Somebody: a table, 2025
   licence: CC0-1.0
   valid: 2025-01-01 / ..
   note: of another country
   ASSUMPTION
ranks that could not answer:
   the carrier's own figure (carrier_toc): no carrier is named
verified: every digit computed anew is the stored one"""


def told() -> Explanation:
    return explained(
        [STEP],
        method="primary_energy",
        flags=("proxy_region",),
        refused=(RefusedRank("carrier_toc", "no carrier is named"),),
    )


def test_a_step_is_written_with_all_that_is_known_of_it() -> None:
    assert explanation_text(told(), "en") == ENGLISH


def test_the_same_is_said_in_chinese() -> None:
    text = explanation_text(told(), "zh")

    for line in ("台账: 排放清单", "   来源单元格: row 7", "   假设", "未能作答的等级:"):
        assert line in text.splitlines()


def test_json_leaves_out_what_is_not_known() -> None:
    (step,) = explanation_json(told())["steps"]

    assert (step["n"], step["value"], step["valid_from"]) == (1, "0.07703", "2025-01-01")
    assert step["is_assumption"] is True
    assert not step.keys() & {"valid_to", "set_sha256"}
    assert explanation_json(told())["refused_ranks"] == [
        {"method": "carrier_toc", "why": "no carrier is named"}
    ]


def test_figures_are_never_written_with_an_exponent() -> None:
    (step,) = explanation_json(
        explained([Step(**{**STEP_FIELDS, "value": Decimal("1E+3")})], method="treatment")
    )["steps"]

    assert step["value"] == "1000"


STEP_FIELDS = {name: getattr(STEP, name) for name in Step.__slots__}


def test_another_language_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="language must be one of zh, en, got 'de'"):
        explanation_text(told(), "de")
