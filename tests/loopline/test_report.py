"""``loopline report iso14083`` on a warehouse that was written by the real sink."""

import csv
import io
import json
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from emissions.report_html import words_in
from emissions.report_rows import refuse_changed
from loopline import report
from schemas.refusal import Refused
from tests.loopline.period_house import House, answered, letter_of, month_of
from tests.warehouse.builders import corrected, uid
from warehouse import snapshot

PERIOD = ("report", "iso14083", "--period")
FLIGHT: dict[str, Any] = {"mode": "air", "distance_km": "9000.000"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Nine road legs, two of one shipment, one flight, one of the year before, one refused."""
    found = House(tmp_path_factory.mktemp("house"))
    found.hold(
        answered(1, day="2025-06-03"),
        *(answered(n, day=f"2026-0{n}-03", mass_kg=f"{n * 100}") for n in range(2, 10)),
        answered(10, shipment_id="S-2", leg_seq=2),
        answered(11, **FLIGHT),
        corrected(12, 3),
        letters=[letter_of(0), letter_of(1, occurred_at=None)],
    )
    return found


def objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def independent(rows: list[Any], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def test_the_header_is_the_sum_of_the_rows_and_names_their_hash(house: House) -> None:
    done = house(*PERIOD, "2026")

    assert done.exit_code == 0
    refuse_changed(done.stdout)
    header, *rows = objects(done.stdout)
    assert (header["row"], header["tces"], header["chains"], len(rows)) == ("header", 10, 9, 10)
    for part in ("wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e"):
        assert Decimal(header[part]) == independent(rows, part)
        for name in ("transport", "by_mode", "by_energy", "by_month", "factor_sets", "by_gwp_set"):
            assert Decimal(header[part]) == independent(header[name], part), name


def test_every_leg_stands_in_it_as_the_warehouse_has_it_now(house: House) -> None:
    _, *rows = objects(house(*PERIOD, "2026").stdout)

    with snapshot.opened(snapshot.newest(house.settings)) as copy:
        stored = copy.query(
            "select consignment_id || '/' || leg_seq, sum(emission_wtw_kgco2e) from mart.leg "
            "where year(occurred_on) = 2026 group by 1", (),
        )  # fmt: skip
    assert {row["tce_id"].partition("@")[0]: Decimal(row["wtw_kgco2e"]) for row in rows} == dict(
        stored
    )
    assert dict(stored)["C-3/1"] == Decimal("49.233496")  # as it was corrected


def test_a_changed_byte_is_found(house: House) -> None:
    text = house(*PERIOD, "2026").stdout

    with pytest.raises(Refused, match="body_sha256"):
        refuse_changed(text.replace('"mass_kg":"800.000"', '"mass_kg":"800.001"'))


def test_an_intensity_names_its_kind_of_distance(house: House) -> None:
    header, *rows = objects(house(*PERIOD, "2026").stdout)

    found = {one["distance_kind"]: one for one in header["transport"]}
    assert set(found) == {"gcd", "sfd"}
    flight = next(row for row in rows if row["mode"] == "air")
    per_tkm = Decimal(flight["wtw_kgco2e"]) / Decimal(flight["transport_tkm"])
    assert Decimal(found["gcd"]["wtw_kgco2e_per_tkm"]) == round(per_tkm, 6)


def test_what_falls_short_and_what_has_no_number_is_stated(house: House) -> None:
    header = objects(house(*PERIOD, "2026").stdout)[0]

    assert header["deviations"] == [
        "methods_mixed", "defaults_not_justified", "coverage_incomplete",
    ]  # fmt: skip
    assert header["default_kg_share"] == "1.000000"
    coverage = header["coverage"]
    assert (coverage["covered_shipments"], coverage["shipments"]) == (8, 9)
    assert coverage["partly_covered_shipments"] == 1
    assert coverage["gaps"][0]["reason"] == "factor_not_found"
    assert coverage["undated"] == [{"reason": "factor_not_found", "records": 1}]


def test_a_written_reason_justifies_defaults(house: House, tmp_path: Path) -> None:
    reasons = tmp_path / "reasons.toml"
    reasons.write_text('[justification]\n"road/artic_over_33t" = "no meters"\n', encoding="utf-8")

    header = objects(house(*PERIOD, "2026", "--justifications", str(reasons)).stdout)[0]

    assert header["not_justified"] == ["air/class_not_given"]


def test_a_row_tells_its_evidence_and_a_factor_that_is_not_loaded(house: House) -> None:
    _, *rows = objects(house(*PERIOD, "2026").stdout)

    by_leg = {row["tce_id"].partition("@")[0]: row for row in rows}
    own, strange = by_leg["C-2/1"], by_leg["C-3/1"]
    assert own["evidence"] == "shipment.leg.v1/3/17 event 00000000-0000-0000-0000-000000000002"
    assert (own["score_time"], "factor_not_loaded" in own["flags"]) == (1, False)
    assert (strange["score_time"], strange["score_geography"]) == (5, 5)
    assert "factor_not_loaded" in strange["flags"]  # its set has another content here
    assert len({row["inputs_sha256"] for row in rows}) == len(rows)


def test_the_verifiers_seed_draws_the_sample(house: House) -> None:
    first, second = (
        objects(house(*PERIOD, "2026", "--seed", seed, "--sample", "3").stdout)[0]
        for seed in ("one", "other")
    )

    assert len(first["sample"]) == len(second["sample"]) == 3
    assert first["sample"] != second["sample"]


def test_one_shipment_is_reported_alone(house: House) -> None:
    header, *rows = objects(house(*PERIOD, "2026", "--shipment", "S-2").stdout)

    assert (header["service"], header["chains"], header["tces"]) == ("S-2", 1, 2)
    assert {row["shipment_id"] for row in rows} == {"S-2"}
    assert header["coverage"]["shipment_share"] == "1.000000"


def test_the_csv_verifies_and_says_the_same(house: House) -> None:
    text = house(*PERIOD, "2026", "--format", "csv").stdout

    refuse_changed(text)
    first, body = text.split("\n", 1)
    cells = next(csv.reader([first]))
    told = dict(zip(cells[::2], cells[1::2], strict=True))
    rows = list(csv.DictReader(io.StringIO(body)))
    assert Decimal(told["wtw_kgco2e"]) == independent(rows, "wtw_kgco2e")
    assert told["tces"] == str(len(rows)) == "10"


class Balanced(HTMLParser):
    """Fails where tags are not closed in their sequence; notes what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [
            str(value) for name, value in attrs if name in {"src", "href"} and value is not None
        ]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_in_both_languages_and_loads_nothing(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    done = house(*PERIOD, "2026", "--format", "html", "-o", str(file))

    page = file.read_text("utf-8")
    assert (done.exit_code, done.output) == (0, "")
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert all(one.startswith("#") for one in parser.loads)
    csv_header = house(*PERIOD, "2026", "--format", "csv").stdout.split(",", 4)
    assert page.count(csv_header[3]) == 2  # the hash of the body, once in each language
    for lang in ("zh", "en"):
        assert words_in(lang)["intensity_note"] in page


def test_a_body_larger_than_a_page_and_than_the_spool_is_the_same_bytes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = house(*PERIOD, "2026").stdout
    monkeypatch.setattr(snapshot, "PAGE_ROWS", 2)
    monkeypatch.setattr(report, "SPOOL_BYTES", 100)
    monkeypatch.setattr(report, "MAX_ROWS_ON_A_PAGE", 3)

    assert house(*PERIOD, "2026").stdout == whole


def test_only_what_takes_longer_than_two_seconds_tells_how_far_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = house(*PERIOD, "2026").stderr
    monkeypatch.setattr(report, "TOLD_AFTER_S", 0.0)

    assert quick == ""
    assert "legs: 10" in house(*PERIOD, "2026").stderr


def test_a_file_is_there_whole_or_not_at_all(house: House, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("the one before", encoding="utf-8")

    refused = house(*PERIOD, "2024", "-o", str(file))

    assert refused.exit_code == 1
    assert file.read_text("utf-8") == "the one before"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_no_file_is_written_through(house: House) -> None:
    assert house(*PERIOD, "2026", "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


MISTAKES: list[tuple[tuple[str, ...], int, str]] = [
    (("2024",), 1, "no leg has a number in 2024"),
    (("2026", "--shipment", "S-0"), 1, "no leg of shipment S-0 has a number in 2026"),
    (("last-year",), 2, "--period: period last-year is no 2026, 2026-Q2"),
    (("2026", "--format", "punchcard"), 2, "punchcard is none of csv, ndjson, html"),
    (("2026", "--justifications", "no-such.toml"), 2, "no-such.toml cannot be read"),
    (("2026", "--justifications", "pyproject.toml"), 2, "pyproject.toml: one table"),
    (("2026", "-o", "no/such/folder/report.csv"), 3, "report.csv cannot be written: No such"),
]


@pytest.mark.parametrize(("words", "code", "said"), MISTAKES)
def test_each_mistake_is_one_clear_sentence(
    house: House, words: tuple[str, ...], code: int, said: str
) -> None:
    done = house(*PERIOD, *words)

    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_without_a_copy_the_remedy_is_told(tmp_path: Path) -> None:
    done = House(tmp_path)(*PERIOD, "2026")

    assert done.exit_code == 3
    assert "loopline up" in done.stderr


def test_a_hubs_month_stands_beside_the_legs_per_outbound_tonne(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    house = House(tmp_path_factory.mktemp("hubs"))
    by_m3 = {"outbound_mass_kg": None, "cooled_outbound_mass_kg": None, "storage_m3_days": "9000"}
    months = [
        month_of("RDC-JINAN"),
        month_of("RDC-XIAN", outbound_mass_kg="30900000"),
        month_of("RDC-XIAN", period_on="2026-06-01", event_id=uid(77), **by_m3),
    ]
    house.hold(answered(1), months=months)

    header, *rows = objects(house(*PERIOD, "2026").stdout)

    hubs = {row["hub_operation"]: row for row in rows if row["kind"] == "hub"}
    assert set(hubs) == {
        "storage_and_transshipment/RDC-JINAN", "storage_and_transshipment/RDC-XIAN",
        "storage_and_transshipment/RDC-XIAN/m3_days",
    }  # fmt: skip
    for one in header["by_hub_operation"]:
        row = hubs[one["hub_operation"]]
        assert row["energy"] == "electric + diesel"
        if one["hub_operation"].endswith("m3_days"):
            assert (row["mass_kg"], one["wtw_kgco2e_per_t"]) == (None, None)
            continue
        per_t = Decimal(row["wtw_kgco2e"]) / (Decimal(row["mass_kg"]) / 1_000)
        assert Decimal(one["wtw_kgco2e_per_t"]) == round(per_t, 6)
        assert "cn_diesel_l" in row["factor_id"]
        assert row["evidence"].startswith("hub.period.v1/0/")
    for part in ("wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e"):
        assert Decimal(header[part]) == independent(rows, part)
    one_shipment = objects(house(*PERIOD, "2026", "--shipment", "S-1").stdout)
    assert [row["kind"] for row in one_shipment[1:]] == ["transport"]
