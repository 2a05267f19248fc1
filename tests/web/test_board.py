import json
import re
from datetime import date
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from tests.warehouse.board_rows import add_legs, add_rejects, leg
from tests.web.room import Room
from web.display import exactly, mass_of_co2e, percent, rounded

EN = {"Accept-Language": "en"}
ZH = {"Accept-Language": "zh-CN"}


@pytest.fixture
def room() -> Room:
    """Three legs of the worked example: road, road, rail; 3,541.232350 kg over 57,250.5 t km."""
    room = Room()
    rows = [
        ("1", "fridge", 1, "road", "20000.000", "1000.000", "1900.400000", date(2026, 4, 3)),
        ("2", "tv", 2, "road", "5000.000", "400.000", "417.640000", date(2026, 5, 9)),
        ("3", "tv", None, "rail", "12500.000", "2820.040", "1223.192350", date(2026, 6, 12)),
    ]
    add_legs(
        room.db,
        [
            leg(
                event_id=f"00000000-0000-0000-0000-00000000000{name}",
                leg_id=f"S-{name}/1",
                shipment_id=f"S-{name}",
                category_key={"tv": 1, "fridge": 2}[category],
                base_key=base,
                mode=mode,
                mass_kg=mass,
                distance_km=km,
                transport_tkm=str(Decimal(mass) * Decimal(km) / 1_000),
                emission_wtt_kgco2e="0.000000",
                emission_ttw_kgco2e=kg,
                emission_wtw_kgco2e=kg,
                occurred_on=day,
            )
            for name, category, base, mode, mass, km, kg, day in rows
        ],
    )
    return room


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " "))


def test_the_tiles_show_sums_and_ratios_of_sums(room: Room) -> None:
    with room.client() as client:
        page = client.get("/board", headers=EN).text

    assert "Transport emissions 3.5 t CO₂e" in words(page)
    assert "Transport emission intensity 61.9 g/t·km" in words(page)
    assert 'title="3,541.232350 kg CO₂e"' in page


def test_both_languages_are_complete_pages(room: Room) -> None:
    with room.client() as client:
        zh, en = client.get("/board", headers=ZH), client.get("/board", headers=EN)

    assert 'lang="zh-CN"' in zh.text
    assert len(re.findall(r"[\u4e00-\u9fff]", words(zh.text))) > 200
    assert re.findall(r"[\u4e00-\u9fff]+", words(en.text)) == ["中文"]  # the switch itself
    assert "Accept-Language" in zh.headers["vary"]


def test_the_parameter_beats_the_cookie_beats_the_header(room: Room) -> None:
    with room.client() as client:
        chosen = client.get("/board?lang=en", headers=ZH)
        kept = client.get("/board", headers=ZH)

    assert 'lang="en"' in chosen.text
    assert 'lang="en"' in kept.text
    assert "HttpOnly" in chosen.headers["set-cookie"]


def test_a_theme_is_remembered(room: Room) -> None:
    with room.client() as client:
        client.get("/board?theme=dark")
        assert 'data-theme="dark"' in client.get("/board").text


def test_a_filter_narrows_every_figure_and_stands_in_the_form(room: Room) -> None:
    with room.client() as client:
        page = client.get("/board?cat=tv&mode=rail", headers=EN).text

    assert "Transport emissions 1.2 t CO₂e" in words(page)
    assert '<option value="tv" selected>Televisions</option>' in page
    assert '<option value="rail" selected>Rail</option>' in page
    assert 'href="/board?mode=rail"' in page  # takes the category away


def test_several_values_and_exclusions_stay_in_the_form(room: Room) -> None:
    with room.client() as client:
        page = client.get("/board?cat=fridge,tv&mode=!rail", headers=EN).text

    assert '<option value="fridge,tv" selected>' in page
    assert "Mode ≠ Rail" in words(page)
    assert "Transport emissions 2.3 t CO₂e" in words(page)


def test_a_form_leads_to_a_tidy_address(room: Room) -> None:
    with room.client() as client:
        answer = client.get("/board?cat=tv%2Cfridge&base=&mode=&from=&to=&scope=wtw")

    assert (answer.status_code, answer.headers["location"]) == (303, "/board?cat=tv,fridge")


def test_a_figure_that_cannot_be_narrowed_says_so_and_is_not_zero(room: Room) -> None:
    with room.client() as client:
        page = words(client.get("/board?mode=rail", headers=EN).text)

    assert "Old appliances collected Not shown Cannot be narrowed by mode" in page


def test_nothing_matched_is_no_data(room: Room) -> None:
    with room.client() as client:
        page = words(client.get("/board?from=2020&to=2020", headers=EN).text)

    assert "Transport emissions No data Nothing matches" in page
    assert "No month has data under this filter." in page


def test_an_empty_warehouse_is_a_page(room: Room) -> None:
    with Room().client() as client:
        answer = client.get("/board", headers=EN)

    assert answer.status_code == 200
    assert "The first finished leg will appear here at once." in answer.text


@pytest.mark.parametrize(("query", "sentence"), [
    ("cat=tvv", "cat=tvv is no known value; the nearest known one is tv"),
    ("mod=road", "mod=road is no key of the filter; the nearest known one is mode"),
    ("from=2026-07&to=2026-06", "from=2026-07-01 lies after the end of the range"),
    ("cat=<script>", "cat=&lt;script&gt; is no known value"),
    ("cat=%ff", "cat=%ff is not percent-encoded UTF-8"),
])  # fmt: skip
def test_an_impossible_filter_gets_a_sentence_and_no_figures(
    room: Room, query: str, sentence: str
) -> None:
    with room.client() as client:
        answer = client.get(f"/board?{query}", headers=EN)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert "CO₂e" not in answer.text


def test_the_sentence_comes_in_chinese_too(room: Room) -> None:
    with room.client() as client:
        page = client.get("/board?cat=tvv", headers=ZH).text

    assert "cat=tvv 不是已知的值" in page
    assert "最接近的是 tv" in page


def test_a_fragment_is_a_part_of_the_whole_page(room: Room) -> None:
    with room.client() as client:
        whole = client.get("/board?cat=tv", headers=EN).text
        by_header = client.get("/board?cat=tv", headers=EN | {"HX-Request": "true"})
        by_parameter = client.get("/board?cat=tv&fragment=figures", headers=EN).text

    assert by_header.text.strip() in whole
    assert by_header.text == by_parameter
    assert by_header.headers["hx-push-url"] == "/board?cat=tv"
    assert "<html" not in by_header.text


def test_the_charts_have_a_table_with_every_digit(room: Room) -> None:
    with room.client() as client:
        page = client.get("/board", headers=EN).text

    assert len(re.findall(r'<svg viewBox="[^"]+" class="trend"', page)) == 3
    for cell in ("1,900.400000 kg CO₂e", "417.640000 kg CO₂e", "1,223.192350 kg CO₂e"):
        assert f'<td class="num">{cell}</td>' in page


def test_refused_records_are_listed_by_reason(room: Room) -> None:
    add_rejects(room.db, ["mass_missing", "mass_missing", "factor_not_found"])

    with room.client() as client:
        page = words(client.get("/board", headers=EN).text)

    assert "Mass is missing Event stream 2" in page
    assert "Shipment coverage 50.0 %" in page


def test_a_name_that_a_source_sent_is_text_and_never_markup(room: Room) -> None:
    room.db.execute("update dim_base set name_en = '<b>x</b>' where id = 'qingdao'")

    with room.client() as client:
        page = client.get("/board", headers=EN).text

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


def rows_of(client: TestClient, path: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = client.get(path).json()["rows"]
    return rows


def test_the_api_answers_the_same_number_with_its_definition(room: Room) -> None:
    with room.client() as client:
        answer = client.get("/v1/metrics/emission?cat=tv&lang=zh").json()
        parts = rows_of(client, "/v1/metrics/emission?cat=tv&by=month,mode")
        listed = client.get("/v1/metrics").json()

    assert answer["rows"][0]["value"] == "1640.832350"
    assert (answer["filter"], answer["unit"], answer["version"]) == ("cat=tv", "kgco2e", 1)
    assert sum(Decimal(row["value"]) for row in parts) == Decimal("1640.832350")
    assert {row["month"] for row in parts} == {"2026-05-01", "2026-06-01"}
    assert {"intensity", "direct_share", "dead_letters_open"} <= {row["id"] for row in listed}


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/v1/metrics/nope", 404, "unknown_metric"),
    ("/v1/metrics/emission?by=colour", 422, "grain_not_offered"),
    ("/v1/metrics/coverage_shipments?by=month", 422, "grain_not_offered"),
    ("/v1/metrics/emission?by=month&by=mode", 422, "grain_not_offered"),
    ("/v1/metrics/emission?by=day,month,year,mode", 422, "grain_not_offered"),
    ("/v1/metrics/emission?cat=tvv", 400, "filter_invalid"),
    ("/live?cat=tvv", 400, "filter_invalid"),
])  # fmt: skip
def test_the_api_refuses_what_it_cannot_answer(
    room: Room, path: str, status: int, code: str
) -> None:
    with room.client() as client:
        answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_refused_filter_names_key_value_and_nearest(room: Room) -> None:
    with room.client() as client:
        document = client.get("/v1/metrics/emission?mode=raill").json()

    assert (document["key"], document["value"], document["nearest"]) == ("mode", "raill", "rail")
    assert document["type"] == "urn:loopline:problem:filter-invalid"


def test_open_dead_letters_are_listed_without_their_bytes(room: Room) -> None:
    add_rejects(room.db, ["mass_missing"] * 3)

    with room.client() as client:
        letters = client.get("/v1/dead-letters?limit=2").json()

    assert [letter["dead_letter_id"] for letter in letters] == ["L-0", "L-1"]
    assert "raw" not in json.dumps(letters)


@pytest.mark.parametrize(("kg", "text"), [
    ("0.000001", "0.0 g CO₂e"),
    ("0.4", "400.0 g CO₂e"),
    ("-0.4", "-400.0 g CO₂e"),
    ("0", "0.0 kg CO₂e"),
    ("1", "1.0 kg CO₂e"),
    ("999.94", "999.9 kg CO₂e"),
    ("1000", "1.0 t CO₂e"),
    ("1234567.89", "1,234.6 t CO₂e"),
])  # fmt: skip
def test_an_emission_is_shown_in_the_unit_that_fits(kg: str, text: str) -> None:
    assert str(mass_of_co2e(Decimal(kg), "en")) == text


def test_no_number_is_minus_zero_and_tooltips_keep_six_decimals() -> None:
    assert rounded(Decimal("-0.04"), 1, "zh") == "0.0"
    assert exactly(Decimal("388.787063"), "en") == "388.787063"
    assert str(percent(Decimal("0.94652"), "en")) == "94.7 %"
