"""``loopline restate``: through the routes of the owner, and on a running stack."""

import re
import shlex
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from starlette.testclient import TestClient

from emissions.read import load_book
from loopline import say
from loopline.ask import ask
from loopline.copies import period_or_refuse
from loopline.factor_cards import FactorCards
from loopline.operations import operations
from loopline.restatement_views import lines
from loopline.restatements import Restatements
from runtime.broker import Publisher
from runtime.settings import FactorSettings
from tests.builders import emission, event_id, leg_body
from tests.emissions.factor_files import SET_ID, row, write
from tests.loopline.command import ROOT, answer, run, running
from tests.loopline.test_factors import Officer
from tests.loopline.test_stack import legs_stored, stack_of, wait_for
from tests.warehouse.builders import assert_consistent, batch, owner_of, settings_in
from tests.web.room import Room
from warehouse.owner import Warehouse
from warehouse.records import Committed
from web import operate

PATH = "/v1/operate/restatements"
MARCH = {"from_on": "2026-03-01", "to_on": "2026-03-31"}
CARRIER = {"verification": "user"}
WITHIN_S = 20


@dataclass
class House:
    """An owner of three legs of one carrier, its routes, and an officer who brings sets."""

    owner: Warehouse
    officer: Officer
    client: TestClient
    cards: FactorCards
    committed: list[Committed] = field(default_factory=list)

    def begin(self, **changed: Any) -> Any:
        return self.client.post(PATH, json=MARCH | changed)

    def end(self, begun: Any) -> Any:
        assert begun.status_code == 202, begun.text
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            told = self.client.get(f"{PATH}/{begun.json()['restatement_id']}").json()["restatement"]
            if told["state"] != "running":
                return told
            time.sleep(0.01)
        raise AssertionError("no end")

    def restate(self, **changed: Any) -> Any:
        return self.end(self.begin(**changed))["result"]

    def approve(self) -> None:
        assert self.officer("approve", SET_ID, "--by", "Zhang Min").exit_code == 0

    def total(self) -> Decimal:
        sql = "select sum(emission_wtw_kgco2e) from fact_leg_emission"
        found: Decimal = self.owner.query(sql)[0][0]
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = settings_in(tmp_path / "warehouse")
    owner = owner_of(settings)
    legs = [
        emission(event_id=event_id(n), consignment_id=f"C-{n}", vehicle_class="maker_toc",
                 occurred_at="2026-03-02T12:00:00Z", production_base="qingdao")
        for n in range(1, 4)
    ]  # fmt: skip
    owner.put(batch(*legs)).result(WITHIN_S)
    officer = Officer(tmp_path)
    cards = FactorCards(load_book().sets)
    restatements = Restatements(
        owner,
        FactorSettings(dir=tmp_path / "factors"),
        settings.dir,
        now=lambda: datetime.now(UTC),
        learn=cards.learn,
    )
    do = operations(
        owner, cast(Publisher, None), settings, cluster_key="c", restatements=restatements
    )
    app = Room().app()
    app.include_router(operate.routes(do))
    with TestClient(app) as client:
        home = House(owner, officer, client, cards)
        owner.on_commit = home.committed.append
        officer.import_(row("toc", vehicle_class="maker_toc"), **CARRIER)
        yield home
    owner.close()


def test_a_dry_run_shows_what_a_run_then_appends_and_another_one_does_not(house: House) -> None:
    house.approve()
    before = house.total()

    dry, unmoved = house.restate(dry_run=True), house.total()
    wet, again = house.restate(), house.restate()

    assert unmoved == before
    assert (dry["rows"], dry["appended"]) == (6, 0)  # a primary number leaves the default group
    assert (wet["rows"], wet["appended"], wet["left_out"]) == (6, 6, 0)
    assert (again["rows"], again["appended"]) == (0, 0)
    assert Decimal(wet["whole"]["old"]["wtw_kgco2e"]) == before
    assert house.total() == Decimal(wet["whole"]["new"]["wtw_kgco2e"]) == Decimal(1_260)
    assert wet["cells"][0]["production_base"] == "qingdao"
    assert wet["restates_base_years"] is True


def test_open_pages_are_told_which_months_moved(house: House) -> None:
    house.approve()

    house.restate()

    assert [one.months for one in house.committed] == [[date(2026, 3, 1)]]


def test_a_page_knows_the_factor_of_a_set_approved_since_the_start(house: House) -> None:
    house.approve()
    before = house.cards.find(f"{SET_ID}/{SET_ID}.toc")

    house.restate()

    card = house.cards.find(f"{SET_ID}/{SET_ID}.toc")
    assert before is None
    assert card is not None
    assert (card.ttw_kgco2e, card.cells[:6]) == (Decimal("0.08000"), "ttw=B2")


def test_corrections_that_come_meanwhile_are_neither_lost_nor_counted_twice(house: House) -> None:
    house.approve()
    started = threading.Event()

    def correct() -> None:
        for n in range(40):
            told = emission(event_id=event_id(100 + n), consignment_id=f"C-{n % 3 + 1}",
                            vehicle_class="maker_toc", occurred_at="2026-03-02T12:00:00Z",
                            production_base="qingdao", mass_kg=f"{9_000 + n}",
                            correction_of=event_id(n % 3 + 1))  # fmt: skip
            house.owner.put(batch(told, at=3 + n)).result(WITHIN_S)
            started.set()

    writer = threading.Thread(target=correct)
    writer.start()
    started.wait(WITHIN_S)
    results = [house.restate() for _ in range(4)]
    writer.join(WITHIN_S)
    last = house.restate()

    house.owner.run(assert_consistent).result(WITHIN_S)
    assert all(one["rows"] == one["appended"] + one["left_out"] for one in (*results, last))
    assert house.owner.query("select sum(legs) from fact_leg_emission") == [(3,)]
    assert house.total() == sum(  # the last mass of each leg, by the carrier's own figure
        Decimal(9_000 + n) * 350 / 1_000 * Decimal("0.1") for n in (37, 38, 39)
    )


def test_a_set_that_waits_for_its_approval_may_be_looked_at_and_not_appended(house: House) -> None:
    seen = house.restate(dry_run=True, sets=[SET_ID])
    refused = house.begin(sets=[SET_ID])
    house.approve()

    assert seen["rows"] == 6
    assert refused.status_code == 422
    assert f"set {SET_ID} is checked, not approved" in refused.json()["detail"]
    assert house.restate(sets=[SET_ID])["appended"] == 6


def test_only_named_sets_answer_and_what_they_lack_is_listed(house: House) -> None:
    told = house.restate(sets=["cn_grid"])

    assert told["sets"] == ["cn_grid"]
    assert told["refused"]["legs"] == 3
    assert told["refused"]["listed"][0]["reason"] == "factor_not_found"
    assert told["appended"] == 0


def test_one_restatement_runs_at_a_time(house: House) -> None:
    house.approve()
    gate = threading.Event()
    house.owner.run(lambda _: gate.wait(WITHIN_S))

    first, second = house.begin(), house.begin()
    gate.set()

    assert second.status_code == 409
    assert "another restatement is running" in second.json()["detail"]
    assert house.end(first)["result"]["appended"] == 6


def test_what_goes_wrong_is_told_and_stores_nothing(house: House) -> None:
    before = house.total()
    house.owner.run(lambda db: db.execute("alter table dim_base rename to gone")).result(WITHIN_S)

    told = house.end(house.begin())

    assert told["state"] == "failed"
    assert "dim_base" in told["detail"]
    assert house.total() == before


def test_nobody_knows_a_restatement_of_another_process(house: House) -> None:
    assert house.client.get(f"{PATH}/nobody").json() == {"restatement": None}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"from_on": "2026-04-01"}, "to_on 2026-03-31 is before from_on 2026-04-01"),
        ({"from_on": "yesterday"}, "from_on"),
        ({"sets": ["nobody"]}, "set nobody is no set here; sets: cn_grid"),
        ({"force": True}, "force"),
    ],
)
def test_a_request_that_cannot_be_says_why(
    house: House, changed: dict[str, Any], said: str
) -> None:
    refused = house.begin(**changed)

    assert refused.status_code == 422
    assert said in refused.json()["detail"]


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026-03", (date(2026, 3, 1), date(2026, 3, 31))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("2025-11..2026-02", (date(2025, 11, 1), date(2026, 2, 28))),
        ("2025..2026-02", (date(2025, 1, 1), date(2026, 2, 28))),
        ("2026-03-01", (date(2026, 3, 1), date(2026, 3, 1))),
    ],
)
def test_a_period_is_that_of_every_command(period: str, days: tuple[date, date]) -> None:
    found = period_or_refuse(period, "PERIOD")

    assert (found.from_on, found.to_on) == days


@pytest.mark.parametrize(
    "period",
    ["", "26", "2026-13", "2026-3", "march", "2026-03..2026-02", "0000", ".."],
)
def test_a_period_that_is_none_is_refused_with_its_value(
    period: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as refused:
        period_or_refuse(period, "PERIOD")

    assert refused.value.exit_code == say.EXIT_BAD_INPUT
    assert f"PERIOD: period {period}" in capsys.readouterr().err


def test_people_read_old_and_new_side_by_side(house: House) -> None:
    text = "\n".join(lines(house.restate(dry_run=True, sets=[SET_ID]), width=110))

    for said in (
        "old kg", "qingdao", "1,260.000000", "all", "method +0.000000 kg CO2e",
        "moves by more than 5 %: restate the base years with it",
        "3 legs from 2026-03-01 to 2026-03-31: 6 rows would be appended; nothing was stored",
    ):  # fmt: skip
        assert said in text, said


def test_people_read_which_legs_keep_their_number_and_why(house: House) -> None:
    text = "\n".join(lines(house.restate(sets=["cn_grid"]), width=110))

    assert "3 legs refused by the new run; their numbers stay:" in text
    assert f"{event_id(1)}  factor_not_found: no factor for mode=road" in text


def commands_of_the_page() -> list[list[str]]:
    page = (ROOT / "docs" / "factors.md").read_text("utf-8")
    (block,) = re.findall(r"## After a new set: restate\n.*?```sh\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line)[1:] for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_commands_of_the_page_restate_a_running_stack(tmp_path: Path) -> None:
    folder, example = tmp_path / "warehouse", "docs/examples/northern_carrier_2026"
    env = {"LOOPLINE_FACTORS__DIR": str(tmp_path / "factors")}
    body = leg_body(occurred_at="2026-03-02T12:00:00Z", vehicle_class="northern_line_haul")
    with running(folder, "up", extra_env=env) as up:
        up.line_with("board: ")
        ask(stack_of(folder), "/v1/legs", body)
        wait_for(lambda: legs_stored(folder) == 1)
        run(folder, "factors", "import", example, "--by", "Li Wei", extra_env=env)
        run(folder, "factors", "approve", "northern_carrier_2026", "--by", "Z", extra_env=env)

        done = [run(folder, *words, extra_env=env) for words in commands_of_the_page()]
        again = run(folder, "restate", "2026", "--json", extra_env=env)
        stored = ask(stack_of(folder), "/v1/operate/stored")

    assert [one.returncode for one in done] == [0] * 3, [one.stderr for one in done]
    assert "2 rows would be appended" in done[0].stdout
    assert "2 rows appended" in done[1].stdout
    assert answer(again)["appended"] == 0
    assert (stored["legs"], stored["emission_wtw_kgco2e"]) == (1, "316.680000")  # 4,200 x 0.0754


def test_a_folder_with_a_broken_approval_is_refused_with_its_name(house: House) -> None:
    house.approve()
    write(house.officer.folder / "factors" / SET_ID, row("toc", ttw_kgco2e="x"), **CARRIER)

    refused = house.begin()

    assert refused.status_code == 422
    assert SET_ID in refused.json()["detail"]
