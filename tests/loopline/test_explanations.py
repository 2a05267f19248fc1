"""Stored numbers explained: ten of each kind give their milligram again, and a changed one is told.

The warehouse is fed with a simulated quarter by the agents' own functions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from emissions.read import book_of_only, load_book
from loopline.explanations import Explanations
from simulator.record import Draft
from tests.builders import event_id, leg_body, reading_body
from tests.loopline.fed import Fed, fed, feed
from web.explained import Explained, as_json, as_text

TEN = 10
ZERO = Decimal(0)


def explanations(store: Fed) -> Explanations:
    return Explanations(store.reading, load_book(), load_book().sets)


def explained(identifier: str) -> Explained:
    found = explanations(fed()).find(identifier)
    assert found is not None
    return found


def ids(sql: str) -> list[str]:
    return [str(row[0]) for row in fed().rows(f"{sql} limit {TEN}")]


def stored(sql: str, identifier: str) -> tuple[Decimal, ...]:
    return fed().rows(sql, identifier)[0]


KINDS = {
    "shipment": "select distinct shipment_id from mart.leg order by hash(shipment_id)",
    "leg": "select leg_id from mart.leg order by hash(leg_id)",
    "leg by event": "select event_id from mart.leg order by hash(event_id)",
    "leg by source event": "select source_event_id from mart.leg order by hash(event_id)",
    "electric leg": "select leg_id from mart.leg where method = 'primary_energy' order by 1",
    "reverse leg": "select leg_id from mart.leg where leg = 'reverse' order by hash(leg_id)",
    "forklift": "select session_id from mart.forklift_energy order by hash(session_id)",
    "diesel forklift": "select session_id from mart.forklift_energy where energy = 'diesel'",
    "reading": "select source_event_id from mart.forklift_energy order by hash(event_id)",
    "hub month": "select site || '/' || strftime(period_on, '%Y-%m') from mart.hub_emission",
    "hub event": "select event_id from mart.hub_emission order by hash(event_id)",
    "refrigerant event": "select source_event_id from mart.refrigerant order by hash(event_id)",
    "treated unit": "select unit_id from mart.refrigerant order by hash(unit_id)",
    "moved unit": "select unit_id from mart.takeback_unit where collected_at is not null "
    "and mass_kg > 0 order by hash(unit_id)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_ten_of_each_kind_reconcile_with_what_is_stored(kind: str) -> None:
    names = ids(KINDS[kind])

    assert len(names) == TEN
    for name in names:
        found = explained(name)
        assert found.reconciles, (name, [one.mismatch for one in found.results])
        assert all(one.explanation and one.explanation.steps for one in found.results)


def test_the_last_steps_of_a_shipments_legs_add_up_to_what_the_board_sums() -> None:
    for name in ids(KINDS["shipment"]):
        found = explained(name)
        steps = [one.explanation.step("wtw").value for one in found.results if one.explanation]
        (whole,) = stored(
            "select sum(emission_wtw_kgco2e) from mart.leg where shipment_id = ?", name
        )
        assert sum(steps, ZERO) == found.emission["wtw_kgco2e"] == whole


def test_the_units_of_a_consignment_share_its_leg_to_the_milligram() -> None:
    ((name,),) = fed().rows(
        "select consignment_id from mart.leg l join (select payload->>'consignment_id' as id, "
        "count(distinct unit_id) as units from mart.takeback_event group by id) c "
        "on l.consignment_id = c.id order by c.units desc, l.consignment_id limit 1"
    )
    units = fed().rows(
        "select distinct unit_id from mart.takeback_event where payload->>'consignment_id' = ?",
        name,
    )
    shares: dict[str, Decimal] = {"ttw_kgco2e": ZERO, "wtt_kgco2e": ZERO}
    for (unit_id,) in units:
        for one in explained(unit_id).results:
            if one.result_id.startswith(f"{name}/"):
                for part, kg in one.emission.items():
                    shares[part] += kg

    assert len(units) > 2
    assert tuple(shares.values()) == stored(
        "select sum(emission_ttw_kgco2e), sum(emission_wtt_kgco2e) from mart.leg "
        "where consignment_id = ?", name,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "table", "column", "key"),
    [
        ("leg", "fact_leg_emission", "emission_ttw_kgco2e", "leg_id"),
        ("leg", "fact_leg_emission", "mass_kg", "leg_id"),
        ("forklift", "fact_forklift_energy", "emission_wtt_kgco2e", "session_id"),
        ("treated unit", "fact_refrigerant", "emission_ttw_kgco2e", "unit_id"),
    ],
)
def test_a_changed_milligram_is_told(kind: str, table: str, column: str, key: str) -> None:
    name = ids(KINDS[kind])[0]
    with changed(f"update {table} set {column} = {column} + 0.001 where {key} = ?", name):
        found = explained(name)

    assert not found.reconciles
    told = [one.mismatch for one in found.results if one.mismatch]
    assert told
    assert "is stored as" in told[0]


@contextmanager
def changed(sql: str, name: str) -> Iterator[None]:
    db = fed().db
    db.execute("begin")
    db.execute(sql, [name])
    yield
    db.execute("rollback")


def test_a_corrected_leg_is_explained_as_it_stands() -> None:
    store = Fed()
    feed(store, [Draft(0, "shipment.leg.v1", "S-1", leg_body())])
    later = leg_body(event_id=event_id(2), correction_of=event_id(1), mass_kg="9000")
    feed(store, [Draft(0, "shipment.leg.v1", "S-1", later)])

    found = explanations(store).find("S-1")

    assert found is not None
    assert found.reconciles
    (leg,) = found.results
    assert [event["revision"] for event in leg.events] == [0, 1]
    assert leg.explanation is not None
    assert leg.explanation.step("mass").value == 9_000


def told(store: Fed, *bodies: dict[str, Any]) -> Explanations:
    feed(store, [Draft(0, "shipment.leg.v1", "S-1", one) for one in bodies])
    return explanations(store)


def test_a_leg_that_moved_is_found_by_each_of_its_events_and_not_by_its_former_name() -> None:
    moved = leg_body(event_id=event_id(2), correction_of=event_id(1), consignment_id="C-2",
                     shipment_id="S-2")  # fmt: skip
    asked = told(Fed(), leg_body(), moved)

    for name in (event_id(1), event_id(2), "C-2/1", "S-2"):
        found = asked.find(name)
        assert found is not None
        assert found.reconciles
        assert found.results[0].result_id == "C-2/1"
    assert asked.find("C-1/1") is None
    left = asked.find("S-1")
    assert left is not None
    assert (left.results, left.emission["wtw_kgco2e"], left.reconciles) == ([], ZERO, False)


def test_two_legs_of_one_name_are_two_legs() -> None:
    found = told(Fed(), leg_body(), leg_body(event_id=event_id(2), mass_kg="500")).find("S-1")

    assert found is not None
    assert found.reconciles
    assert [one.result_id for one in found.results] == ["C-1/1", "C-1/1"]


def test_a_shipment_that_is_cut_is_not_said_to_reconcile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopline.explanations.MAX_ROWS", 3)
    legs = [leg_body(event_id=event_id(n), leg_seq=n) for n in range(1, 6)]

    found = told(Fed(), *legs).find("S-1")

    assert found is not None
    assert (found.is_cut, found.reconciles) == (True, False)
    assert found.emission["wtw_kgco2e"] == 5 * Decimal("399.084")
    assert "the first 2 results only" in as_text(found, "en")


def test_an_event_is_found_however_its_id_is_written() -> None:
    asked = told(Fed(), leg_body(event_id=event_id(1).replace("8000", "ABCD")))
    name = event_id(1).replace("8000", "abcd")

    for spelled in (name, name.upper(), name.replace("-", ""), f"{{{name}}}"):
        assert asked.find(spelled) is not None


def test_what_has_one_name_is_told_apart_by_its_kind() -> None:
    unit_id = ids(KINDS["treated unit"])[0]
    asked = explanations(fed())
    with changed("update fact_leg_emission set shipment_id = ? where leg_seq = 1", unit_id):
        found = [asked.find(unit_id, kind) for kind in (None, "unit", "shipment", "hub_month")]

    assert [one and one.kind for one in found] == ["shipment", "unit", "shipment", None]


def test_a_unit_beside_one_without_a_mass_has_no_part_and_says_why() -> None:
    ((consignment_id, units),) = fed().rows(
        "select payload->>'consignment_id' as id, list(distinct unit_id order by unit_id) as units "
        "from mart.takeback_event where payload->>'consignment_id' in (select consignment_id "
        "from mart.leg) group by id having len(units) > 1 order by id limit 1"
    )
    with changed("update takeback_unit set mass_kg = null where unit_id = ?", units[0]):
        found = explained(units[-1])

    assert not found.reconciles
    told_why = [one.mismatch for one in found.results if one.result_id.startswith(consignment_id)]
    assert told_why
    assert all(f"unit {units[0]} of consignment {consignment_id} has no mass" in str(one)
               for one in told_why)  # fmt: skip


def test_a_consignment_of_very_many_units_is_not_shared_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loopline.explanations.MAX_FELLOWS", 0)

    found = explained(ids(KINDS["moved unit"])[0])

    assert not found.reconciles
    assert "holds more than 0 units" in str(found.results[0].mismatch)


def test_an_interval_is_done_again_of_its_exact_quantity_and_on_its_own_set() -> None:
    store = Fed()
    readings = [
        reading_body(
            event_id=event_id(n), occurred_at=f"2025-06-01T0{n}:00:00Z", energy_total_kwh=kwh
        )
        for n, kwh in ((1, "100"), (2, "100.1234567"))
    ]
    feed(store, [Draft(0, "forklift.reading.v1", "F-1", one) for one in readings])

    found = explanations(store).find(event_id(2))
    store.db.execute(
        "update fact_forklift_energy set extra_inputs = json_merge_patch(extra_inputs, "
        "json_object('factor_set_sha256', ?))", ["0" * 64],
    )  # fmt: skip
    other = explanations(store).find(event_id(2))

    assert found is not None
    assert found.reconciles
    assert other is not None
    assert "factor_set_sha256 is stored as 0000" in str(other.results[0].mismatch)


def test_a_set_that_was_approved_since_is_known_once_it_is_learnt() -> None:
    store = Fed()
    asked = Explanations(store.reading, book_of_only([]), [])
    feed(store, [Draft(0, "shipment.leg.v1", "S-1", leg_body())])

    before = asked.find("S-1")
    asked.learn(load_book().sets)
    after = asked.find("S-1")

    assert before is not None
    assert not before.reconciles
    assert after is not None
    assert after.reconciles


def test_what_nobody_stored_is_not_explained() -> None:
    assert explanations(fed()).find("nobody") is None
    assert explanations(fed()).find("00000000-0000-4000-8000-00000000dead") is None


def test_the_document_names_events_offsets_factors_and_cells() -> None:
    name = ids(KINDS["shipment"])[0]

    told: Any = as_json(explained(name))

    assert told["reconciles"] is True
    leg = told["results"][0]
    place = {"event_id", "source_event_id", "topic", "log_partition", "log_offset", "recorded_at"}
    source = {"source_topic", "source_partition", "source_offset"}
    assert place | source <= set(leg["events"][0])
    factor = next(one for one in leg["explanation"]["steps"] if one["title"] == "factor_ttw")
    assert {"factor_id", "set_sha256", "cell", "source", "licence", "valid_from"} <= set(factor)


@pytest.mark.parametrize(("language", "word"), [("en", "ledger"), ("zh", "账")])
def test_the_text_is_for_people_in_both_languages(language: str, word: str) -> None:
    found = explained(ids(KINDS["treated unit"])[0])

    told = as_text(found, language)

    assert word in told
    for one in found.results:
        assert one.result_id in told
        assert str(one.events[0]["event_id"]) in told
