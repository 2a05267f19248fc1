"""Explanations and estimates as others ask for them: over HTTP, and by the command."""

import html
import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emissions.read import load_book
from loopline import stack_file
from loopline.ask import StackRefused, ask
from loopline.estimates import Estimates
from loopline.stack_file import RunningStack
from runtime.settings import WarehouseSettings
from tests.builders import ROOT, event_id, leg_body
from tests.loopline.command import answer, run, running
from tests.loopline.fed import fed
from tests.loopline.test_explanations import KINDS, changed, explanations, ids
from tests.web.room import Room

WITHIN_S = 60


@pytest.fixture
def client() -> Iterator[TestClient]:
    more = {"explain": explanations(fed()).find, "estimate": Estimates(load_book()).of}
    with Room(more=more).client() as asked:
        yield asked


def test_an_explanation_is_asked_for_by_any_id(client: TestClient) -> None:
    for kind, sql in KINDS.items():
        told = client.get(f"/v1/explain/{ids(sql)[0]}").json()
        assert told["reconciles"] is True, kind
        assert all(one["explanation"]["steps"] for one in told["results"])
        assert "text" not in told


def test_no_figure_of_an_explanation_passes_through_a_float(client: TestClient) -> None:
    body = client.get(f"/v1/explain/{ids(KINDS['shipment'])[0]}").text

    assert not re.search(r":\s*-?\d+\.\d", body)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lines_come_in_the_language_asked_for(client: TestClient, language: str) -> None:
    name = ids(KINDS["leg"])[0]

    told = client.get(f"/v1/explain/{name}?lang={language}").json()

    assert f"leg {name}" in told["text"]
    assert ("账" in told["text"]) == (language == "zh")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/explain/nobody", 404),
        ("/v1/explain/" + "x" * 5_000, 404),
        ("/v1/explain/a?lang=fr", 422),
    ],
)
def test_what_cannot_be_explained_is_a_problem(client: TestClient, path: str, status: int) -> None:
    told = client.get(path)

    assert told.status_code == status
    assert len(told.text) < 1_000


def test_an_estimate_is_answered_and_not_stored(client: TestClient) -> None:
    before = fed().one("select count(*) from fact_leg_emission")

    told = client.post("/v1/estimates", json=leg_body())

    assert told.status_code == 200
    estimate = told.json()
    parts = {name: Decimal(value) for name, value in estimate["emission"].items()}
    assert parts["wtt_kgco2e"] + parts["ttw_kgco2e"] == parts["wtw_kgco2e"] == Decimal("399.084")
    assert estimate["explanation"]["steps"][-1]["value"] == estimate["emission"]["wtw_kgco2e"]
    assert fed().one("select count(*) from fact_leg_emission") == before


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"mass_kg": "-1"}, "mass_kg"),
        ({"energy": "hydrogen"}, "hydrogen"),
        ({"mode": "mule"}, "mode"),
    ],
)
def test_an_estimate_that_has_no_number_says_why(
    client: TestClient, changed: dict[str, Any], word: str
) -> None:
    told = client.post("/v1/estimates", json=leg_body(**changed))

    assert told.status_code == 422
    assert word in told.json()["detail"]


@pytest.mark.parametrize(
    ("language", "word"), [("en", "every digit agrees"), ("zh", "每一位数字都一致")]
)
def test_a_shipments_page_says_that_its_legs_were_done_again(language: str, word: str) -> None:
    name = ids(KINDS["shipment"])[0]
    more = {"explain": explanations(fed()).find}
    with Room(db=fed().db, more=more).client() as asked:
        page = asked.get(f"/shipments/{name}", headers={"Accept-Language": language}).text

    found = explanations(fed()).find(name)
    assert found is not None
    assert page.count(word) == len(found.results)
    for one in found.results:
        assert one.explanation is not None
        assert one.explanation.step("activity").substituted in html.unescape(page)


def test_a_shipments_page_names_the_digits_that_differ() -> None:
    name = ids(KINDS["shipment"])[0]
    sql = "update fact_leg_emission set emission_ttw_kgco2e = emission_ttw_kgco2e + 1 "
    more = {"explain": explanations(fed()).find}
    with (
        changed(f"{sql} where shipment_id = ?", name),
        Room(db=fed().db, more=more).client() as asked,
    ):
        page = asked.get(f"/shipments/{name}", headers={"Accept-Language": "en"}).text

    assert "the digits differ: ttw_kgco2e is stored as" in page
    assert "every digit agrees" not in page


# -- on a running stack --------------------------------------------------------------------------


def golden(topic: str) -> Any:
    return json.loads((ROOT / "schemas" / "golden" / f"{topic}.json").read_bytes())


def await_explained(stack: RunningStack, identifier: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while True:
        try:
            ask(stack, f"/v1/explain/{identifier}")
        except StackRefused:
            assert time.monotonic() < deadline, identifier
            time.sleep(0.1)
        else:
            return


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_what_was_posted_is_explained_by_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    with running(folder, "up") as up:
        up.line_with("board: ")
        stack = stack_file.read(WarehouseSettings(dir=folder))
        assert stack is not None
        ask(stack, "/v1/legs", leg_body())
        ask(stack, "/v1/hub-periods", golden("hub.period.v1"))
        ask(stack, "/v1/refrigerants", golden("refrigerant.event.v1"))
        unit = golden("refrigerant.event.v1")["unit_id"]
        for identifier in ("S-1", "RDC-JINAN/2025-06", unit):
            await_explained(stack, identifier.replace("/", "%2F"))

        leg = run(folder, "explain", event_id(1))
        month = run(folder, "explain", "RDC-JINAN/2025-06", "--json")
        gas = run(folder, "explain", unit, "--lang", "zh")
        nobody = run(folder, "explain", "nobody")
        french = run(folder, "explain", "S-1", "--lang", "fr")

    assert (leg.returncode, month.returncode, gas.returncode) == (0, 0, 0)
    assert "= 399.084" in leg.stdout
    assert answer(month)["emission"]["wtw_kgco2e"] == "272756.476901"
    assert "23.868" in gas.stdout
    assert "账" in gas.stdout
    assert (nobody.returncode, french.returncode) == (2, 2)
    assert "nothing stored is called nobody" in nobody.stderr
