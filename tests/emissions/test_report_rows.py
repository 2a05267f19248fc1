import csv
import hashlib
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.coverage import KnownRecord, coverage_of
from emissions.report_iso14083 import report_of
from emissions.report_rows import (
    COLUMNS,
    csv_body_sha256,
    csv_of,
    ndjson_of,
    refuse_changed,
)
from schemas.refusal import Reason, Refused
from tests.emissions.report_builders import about, hub, report, tce

WRITERS = [csv_of, ndjson_of]


def sheet(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def header_of_csv(text: str) -> dict[str, str]:
    cells = sheet(text)[0]
    return dict(zip(cells[::2], cells[1::2], strict=True))


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_csv_has_a_row_per_element_under_its_columns() -> None:
    _, columns, first, second = sheet(csv_of(report()))

    assert tuple(columns) == COLUMNS
    by_name = dict(zip(columns, second, strict=True))
    assert (first[0], second[0]) == ("H-1", "T-1")
    assert by_name["wtw_kgco2e"] == "295.021137"
    assert by_name["transport_tkm"] == "3104.832000"
    assert by_name["flags"] == "distance_declared proxy_region energy_assumed"
    assert by_name["score_geography"] == "5"


def test_every_field_of_an_element_has_its_column() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 26 + 5


def test_a_hub_leaves_what_it_has_not_blank() -> None:
    _, columns, first, _ = sheet(csv_of(report()))

    by_name = dict(zip(columns, first, strict=True))
    assert (by_name["mode"], by_name["distance_km"], by_name["transport_tkm"]) == ("", "", "")


def test_the_header_of_the_csv_names_sums_and_hash() -> None:
    text = csv_of(report())
    header, body = header_of_csv(text), text.partition("\n")[2]

    assert header["schema"] == "loopline.iso14083.v1"
    assert header["body_sha256"] == hashlib.sha256(body.encode()).hexdigest()
    assert header["wtw_kgco2e"] == "355.270764"
    assert header["by_mode.0.distance_kind"] == "sfd"
    assert header["by_mode.0.wtw_kgco2e_per_tkm"] == "0.095020"
    assert header["default_kg_share"] == "0.830412"
    assert header["body_sha256"] == csv_body_sha256(report())


def test_the_ndjson_has_a_header_and_an_object_per_element() -> None:
    header, first, second = objects(ndjson_of(report()))

    assert {one["schema"] for one in (header, first, second)} == {"loopline.iso14083.v1"}
    assert [one["row"] for one in (header, first, second)] == ["header", "tce", "tce"]
    assert second["wtw_kgco2e"] == "295.021137"
    assert second["flags"] == ["distance_declared", "proxy_region", "energy_assumed"]
    assert (first["distance_km"], first["occurred_on"]) == (None, "2025-06-01")


def test_the_header_of_the_ndjson_states_what_a_verifier_asks() -> None:
    header = objects(ndjson_of(report()))[0]

    assert header["by_mode"][0]["mode"] == "road"
    assert header["by_hub_operation"][0]["wtw_kgco2e_per_t"] == "4.242931"
    assert header["factor_sets"][0]["factor_set"] == "defra_2025"
    assert header["by_gwp_set"][0]["gwp_set"] == "ar5"
    assert header["by_method_version"][0]["method_version"] == "iso14083-1"
    assert header["data_quality"]["geography"] == "5.000000"
    assert header["deviations"] == ["coverage_not_stated"]
    assert header["sample"][0]["evidence"].startswith("shipment.leg.v1/0/")
    assert header["sample_seed"] == "drawn by the verifier"
    assert header["coverage"] is None


def test_a_stated_gap_stands_in_the_header() -> None:
    refused = KnownRecord(
        shipment_id="S-2",
        consignment_id="C-2",
        mass_kg=Decimal(500),
        category="tv",
        refused=Reason.FACTOR_NOT_FOUND,
    )
    found = report_of([tce()], about(), coverage_of([refused]))

    (gap,) = objects(ndjson_of(found))[0]["coverage"]["gaps"]

    assert gap == {
        "reason": "factor_not_found",
        "records": 1,
        "shipments": 1,
        "mass_kg": "500",
        "mass_share": "1.000000",
    }
    assert header_of_csv(csv_of(found))["coverage.gaps.0.reason"] == "factor_not_found"


def test_no_number_of_the_ndjson_is_a_float_or_has_an_exponent() -> None:
    round_mass = tce(told={"mass_kg": Decimal("1E+4")})
    text = ndjson_of(report(round_mass))

    floats = json.loads(text.splitlines()[1], parse_float=lambda digits: pytest.fail(digits))
    assert floats["mass_kg"] == "10000"


@pytest.mark.parametrize("write", WRITERS)
def test_an_untouched_report_passes(write: Any) -> None:
    text = write(report())

    refuse_changed(text)

    assert text.endswith("\n")


@pytest.mark.parametrize("write", WRITERS)
@given(at=st.integers(0, 10_000))
def test_one_changed_character_of_the_body_is_found(write: Any, at: int) -> None:
    text = write(report(tce()))
    start = text.index("\n") + 1
    place = start + at % (len(text) - start)
    other = "x" if text[place] != "x" else "y"

    with pytest.raises(Refused, match="the body gives"):
        refuse_changed(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "schema,loopline.iso14083.v1\n", "{}\n", "{broken\n"])
def test_a_text_without_the_header_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        refuse_changed(text)


@pytest.mark.parametrize("organisation", ['A "B" Ltd', "two\nlines", "two\r\nlines", "逗号,公司"])
@pytest.mark.parametrize("write", WRITERS)
def test_a_name_with_signs_stays_in_the_one_line_of_the_header(
    write: Any, organisation: str
) -> None:
    text = write(report(tce(), organisation=organisation))

    refuse_changed(text)

    assert text.count("\n") == (3 if write is csv_of else 2)


@pytest.mark.parametrize("written", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_that_a_spreadsheet_would_run_stays_a_text(written: str) -> None:
    text = csv_of(report(tce(written)))

    assert sheet(text)[2][0] == f"'{written}"


def test_a_negative_number_is_no_text() -> None:
    back = {
        "wtt_kgco2e": Decimal("-1.000000"),
        "ttw_kgco2e": Decimal("-2.000000"),
        "wtw_kgco2e": Decimal("-3.000000"),
    }

    row = dict(zip(COLUMNS, sheet(csv_of(report(tce(told=back))))[2], strict=True))

    assert row["wtw_kgco2e"] == "-3.000000"


@pytest.mark.parametrize("write", WRITERS)
def test_rows_in_another_sequence_give_the_same_bytes(write: Any) -> None:
    assert write(report(hub(), tce())) == write(report(tce(), hub()))
