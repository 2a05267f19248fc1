"""Hubs and refrigerants: from what a site posts to the row that the warehouse keeps."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from emissions.read import load_book
from runtime.settings import Settings, StreamSettings
from schemas.hub import HubEmitted, HubPeriodReported
from schemas.refrigerant import RefrigerantEmitted
from schemas.refusal import Reason
from schemas.topics import HUB_EMISSIONS, HUB_PERIODS, REFRIGERANT_EMISSIONS, REFRIGERANTS
from schemas.wall import accept, read_json
from streams import agents
from streams.answer_agent import AnswerAgent, Question
from streams.hub import on_hub_period
from streams.refrigerant import on_refrigerant_handled
from streams.sink_agent import SUNK, SinkAgent
from tests.builders import ROOT, batch, event_id
from tests.streams.test_agents import Outbox
from tests.warehouse.builders import Store

NOW = datetime(2025, 8, 1, tzinfo=UTC)
SETTINGS = Settings(stream=StreamSettings(max_attempts=3))
HUBS = Question(HUB_PERIODS, HUB_EMISSIONS, partial(on_hub_period, book=load_book()))
GASES = Question(REFRIGERANTS, REFRIGERANT_EMISSIONS, on_refrigerant_handled)
QUESTION = {HUB_PERIODS.name: HUBS, REFRIGERANTS.name: GASES}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "RETRY_PAUSE_S", 0.0)


def body(topic: str, **changed: Any) -> bytes:
    """The golden event of ``topic``, changed."""
    plain = json.loads((ROOT / "schemas" / "golden" / f"{topic}.json").read_bytes())
    told = {name: value for name, value in (plain | changed).items() if value is not None}
    return json.dumps(told).encode()


hub = partial(body, HUB_PERIODS.name)
gas = partial(body, REFRIGERANTS.name)


def sent(topic: str, *values: bytes | None, outbox: Outbox | None = None) -> Outbox:
    """What the agent of ``topic`` publishes for ``values``."""
    into: Any = outbox or Outbox()
    agent = AnswerAgent(QUESTION[topic], publisher=into, settings=SETTINGS, now=lambda: NOW)
    asyncio.run(agent(batch(*values, first_offset=40, topic=topic)))
    taken: Outbox = into
    return taken


def stored(store: Store, topic: str, *values: bytes) -> None:
    """Answer ``values`` and bring the answers to the sink, as the broker would."""
    answers = [value for to, _, value, _ in sent(topic, *values).sent if not to.endswith(".dlq")]
    put(store, QUESTION[topic].answers.name, *answers)


def put(store: Store, topic: str, *answers: bytes) -> None:
    """Bring ``answers`` to the sink as the next records of their topic."""
    at = store.sink.next_offset(topic, 0)
    nothing: Any = None
    sink = SinkAgent(nothing, prefix="", book=load_book(), now=lambda: NOW)
    store.write(*sink.parcels([batch(*answers, first_offset=at, topic=topic)]))


def test_the_worked_month_of_a_hub_comes_out_to_the_milligram() -> None:
    (to, key, value, headers) = sent(HUB_PERIODS.name, hub()).sent[0]
    told = accept(HubEmitted, read_json(value))

    assert (to, key) == (HUB_EMISSIONS.name, b"RDC-JINAN")
    assert headers["ce_subject"] == "RDC-JINAN"
    # The specification's month, its leak in the cooled part: 13,737.895051 + 7,217.6 kg TTW.
    assert told.emission_ttw_kgco2e == Decimal("20955.495051")
    assert told.handling_wtt_kgco2e == Decimal("241257.668000")
    assert told.handling_ttw_kgco2e + told.cooling_ttw_kgco2e == told.emission_ttw_kgco2e
    assert told.handling_wtt_kgco2e + told.cooling_wtt_kgco2e == told.emission_wtt_kgco2e
    assert (told.source_partition, told.source_offset) == (0, 40)


def test_the_same_record_is_answered_with_the_same_id_at_every_replay() -> None:
    assert sent(HUB_PERIODS.name, hub()).sent == sent(HUB_PERIODS.name, hub()).sent


@pytest.mark.parametrize(
    ("told", "reason", "sentence"),
    [
        (hub(period_on="2025-06-02"), Reason.SCHEMA, "first day of a month, got 2025-06-02"),
        (hub(energy=[]), Reason.SCHEMA, "energy"),
        (
            hub(energy=[{"energy": "diesel", "energy_kwh": "5"}]),
            Reason.SCHEMA,
            "energy diesel needs fuel_l and no energy_kwh",
        ),
        (hub(storage_m3_days="10"), Reason.SCHEMA, "give outbound_mass_kg, or storage_m3_days"),
        (hub(outbound_mass_kg="0"), Reason.ALLOCATION_BASIS_EMPTY, "outbound_mass_kg is 0"),
        (
            hub(refrigerants=[{"substance": "R-999", "lost_kg": "1"}]),
            Reason.GWP_UNKNOWN,
            "R-999",
        ),
        (hub(energy=[{"energy": "hydrogen", "fuel_l": "5"}]), Reason.FACTOR_NOT_FOUND, "hydrogen"),
        (hub(occurred_at="2025-08-03T00:00:00Z"), Reason.TIME_FUTURE, "2025-08-03"),
        (b"{", Reason.BAD_JSON, ""),
    ],
)
def test_a_month_without_a_number_is_kept_with_its_reason(
    told: bytes, reason: Reason, sentence: str
) -> None:
    outbox = sent(HUB_PERIODS.name, told, hub(event_id=event_id(2)))

    answer, letter = outbox.sent
    assert answer[0] == HUB_EMISSIONS.name
    assert letter[0] == HUB_PERIODS.dead_letters
    assert letter[0] in SUNK
    assert letter[2] == told
    assert letter[3]["reason"] == reason
    assert sentence in letter[3]["detail"]
    assert letter[3]["source_offset"] == "40"


def test_an_outage_is_tried_again_and_nothing_is_lost() -> None:
    outbox = sent(HUB_PERIODS.name, hub(), outbox=Outbox(away=2))

    assert outbox.flushed == 3
    assert {value for _, _, value, _ in outbox.sent} == {
        value for _, _, value, _ in sent(HUB_PERIODS.name, hub()).sent
    }


def test_a_units_refrigerant_emits_what_reached_the_air() -> None:
    (to, key, value, _) = sent(REFRIGERANTS.name, gas()).sent[0]
    told = accept(RefrigerantEmitted, read_json(value))

    assert (to, key) == (REFRIGERANT_EMISSIONS.name, b"U-370100-000417")
    # 15 g vented and 1 % of 60 g not destroyed, at 1,530.
    assert told.emitted_kg == Decimal("0.0156")
    assert told.emission_ttw_kgco2e == Decimal("23.868000")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (gas(vented_kg="0.016"), Reason.MASS_BALANCE),
        (gas(nameplate_g=None), Reason.MASS_BALANCE),  # the fall-back's charge is 125 g
        (gas(substance="R-0"), Reason.GWP_UNKNOWN),
        (gas(vented_kg="-1"), Reason.UNIT_BOUND),
    ],
)
def test_a_unit_that_does_not_balance_is_kept_with_its_reason(told: bytes, reason: Reason) -> None:
    ((to, _, value, headers),) = sent(REFRIGERANTS.name, told).sent

    assert (to, value) == (REFRIGERANTS.dead_letters, told)
    assert headers["reason"] == reason


def test_answers_become_rows_once_however_often_they_come() -> None:
    store = Store()

    stored(store, HUB_PERIODS.name, hub(), hub(event_id=event_id(2), site_id="RDC-XIAN"))
    stored(store, HUB_PERIODS.name, hub())
    stored(store, REFRIGERANTS.name, gas(), gas())

    months = store.rows(
        "select site, period_on::varchar, energy_kwh, fuel_l, emission_wtw_kgco2e, "
        "cooling_ttw_kgco2e, periods from mart.hub_emission order by site"
    )
    assert months == [
        (
            site, "2025-06-01", Decimal("430250.500"), Decimal("5200.000"),
            Decimal("272756.476901"), Decimal("7217.600000"), 1,
        )
        for site in ("RDC-JINAN", "RDC-XIAN")
    ]  # fmt: skip
    units = store.rows(
        "select unit_id, emitted_kg, emission_ttw_kgco2e, units from mart.refrigerant"
    )
    assert units == [("U-370100-000417", Decimal("0.015600"), Decimal("23.868000"), 1)]


def test_a_correction_appends_the_difference_and_may_come_before_its_target() -> None:
    store = Store()
    target = json.loads(hub())["event_id"]
    later = hub(event_id=event_id(9), correction_of=target, outbound_mass_kg="61000000")

    stored(store, HUB_PERIODS.name, later)
    assert store.reasons() == ["correction_target_unknown"]
    stored(store, HUB_PERIODS.name, hub())

    sums = store.rows(
        "select sum(outbound_mass_kg), sum(emission_wtw_kgco2e), sum(periods), max(revision) "
        "from mart.hub_emission"
    )
    assert sums == [(Decimal("61000000.000"), Decimal("272756.476901"), 1, 1)]


def test_a_correction_of_a_later_version_waits_for_its_target_and_is_read_then() -> None:
    store = Store()
    target = json.loads(hub())["event_id"]
    later = hub(event_id=event_id(9), correction_of=target, outbound_mass_kg="61000000")
    ((_, _, answer, _),) = sent(HUB_PERIODS.name, later).sent
    newer = answer.replace(b"{", b'{"field_of_a_later_version":1,', 1)

    put(store, HUB_EMISSIONS.name, newer)
    stored(store, HUB_PERIODS.name, hub())

    assert store.one("select sum(outbound_mass_kg) from mart.hub_emission") == Decimal(61_000_000)


def test_a_letter_that_nobody_can_read_any_more_stays_parked_and_stops_nothing() -> None:
    store = Store()
    later = hub(event_id=event_id(9), correction_of=json.loads(hub())["event_id"])
    stored(store, HUB_PERIODS.name, later)
    store.db.execute("update dead_letter set raw = 'not an event'::blob")

    stored(store, HUB_PERIODS.name, hub(), hub(event_id=event_id(3), site_id="RDC-2"))

    assert store.reasons() == ["correction_target_unknown"]
    assert store.one("select sum(periods) from mart.hub_emission") == 2


@pytest.mark.parametrize(
    ("topic", "again"),
    [
        (HUB_PERIODS.name, hub(event_id=event_id(5))),
        (HUB_PERIODS.name, hub(event_id=event_id(5), hub_type="warehouse")),
        (REFRIGERANTS.name, gas(event_id=event_id(5))),
    ],
)
def test_what_another_event_told_counts_once(topic: str, again: bytes) -> None:
    store = Store()
    view = {HUB_PERIODS.name: "hub_emission", REFRIGERANTS.name: "refrigerant"}[topic]

    stored(store, topic, body(topic), again)
    stored(store, topic, again)

    assert set(store.reasons()) == {"key_duplicate"}
    assert store.one(f"select count(*) from mart.{view}") == 1


def test_the_same_event_in_another_spelling_is_the_same() -> None:
    store = Store()

    stored(store, HUB_PERIODS.name, hub())
    stored(
        store,
        HUB_PERIODS.name,
        hub(outbound_mass_kg="61800000.000", occurred_at="2025-07-02T10:00:00+08:00"),
    )

    assert store.reasons() == []
    assert store.one("select sum(periods) from mart.hub_emission") == 1


def test_masses_and_shares_of_many_digits_are_answered() -> None:
    told = gas(
        nameplate_g="323.456789", recovered_destroyed_kg="0.123456789",
        recovered_reclaimed_kg="0.2", vented_kg="0", left_in_unit_kg="0",
        destroyed_share="0.9876543210123",
    )  # fmt: skip

    ((to, _, value, _),) = sent(REFRIGERANTS.name, told).sent

    assert to == REFRIGERANT_EMISSIONS.name
    answer = accept(RefrigerantEmitted, read_json(value))
    assert (answer.emitted_kg, answer.charge_kg) == (Decimal("0.001524"), Decimal("0.323457"))
    # 0.123456789 x (1 - 0.9876543210123) x 1,530, not of the rounded mass
    assert answer.emission_ttw_kgco2e == Decimal("2.331962")


@pytest.mark.parametrize("period_on", ["2025-08-01", "0001-01-01", "2999-01-01"])
def test_a_month_that_has_not_begun_or_nobody_lived_in_is_refused(period_on: str) -> None:
    ((to, _, _, headers),) = sent(HUB_PERIODS.name, hub(period_on=period_on)).sent

    assert to == HUB_PERIODS.dead_letters
    assert period_on in headers["detail"]


def test_what_was_used_before_for_other_content_is_parked() -> None:
    store = Store()

    stored(store, REFRIGERANTS.name, gas())
    stored(store, REFRIGERANTS.name, gas(site_id="DISMANTLER-08"))

    assert store.reasons() == ["event_id_reused"]


def test_a_report_reads_back_as_what_was_posted() -> None:
    store = Store()

    stored(store, HUB_PERIODS.name, hub())

    kept = store.one("select extra_inputs from mart.hub_emission")
    told = accept(HubEmitted, read_json(kept.encode()))
    posted = accept(HubPeriodReported, read_json(hub()))
    said = set(HubPeriodReported.model_fields) - {"event_id"}
    assert told.model_dump(include=said) == posted.model_dump(include=said)
