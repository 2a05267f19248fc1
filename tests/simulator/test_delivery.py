import json
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from pydantic import ValidationError

from schemas.event import MAX_EVENT_BYTES
from schemas.refusal import Reason
from schemas.topics import FORKLIFT_READINGS, LEGS, REFRIGERANTS
from simulator.delivery import CALM, ORDERED, Delivery, Fate, Weather, deliver
from simulator.expected import expectation, tally
from simulator.faults import FAULT_NAMES, FAULTS, MAX_HUGE_BYTES, broken
from simulator.geography import great_circle_km
from simulator.record import Draft
from simulator.timeline import happenings
from tests.simulator.builders import FROM_ON, SEED, SMALL, TO_ON, read, year

STORMY = Weather(late_share=0.2, duplicate_share=0.3, broken_share=0.5, faults=FAULT_NAMES)


def drafts() -> list[Draft]:
    return list(happenings(seed=SEED, from_on=FROM_ON, to_on=TO_ON, scale=SMALL))


def broken_ones() -> list[Delivery]:
    return [one for one in deliver(drafts(), seed=1, weather=STORMY) if one.fate is Fate.BROKEN]


def test_valid_duplicates_and_broken_add_up_to_the_records() -> None:
    told = tally(year())

    broken_count = sum(sum(reasons.values()) for reasons in told.broken.values())
    assert told.records == len(year())
    assert told.records == (sum(told.valid.values()) + sum(told.duplicates.values()) + broken_count)
    assert broken_count == sum(told.faults.values())


def test_what_is_expected_is_what_was_sent() -> None:
    expected = expectation(seed=SEED, from_on=FROM_ON, to_on=TO_ON, scale=SMALL)

    assert expected == tally(year())
    assert json.loads(json.dumps(expected.as_json()))["records"] == expected.records


def test_the_weather_keeps_to_its_shares() -> None:
    fates = Counter(one.fate for one in year())

    assert fates[Fate.DUPLICATE] / fates[Fate.VALID] == pytest.approx(0.01, rel=0.3)
    assert fates[Fate.BROKEN] / fates[Fate.VALID] == pytest.approx(0.0026, rel=0.4)


def test_every_event_arrives_once_whatever_the_weather() -> None:
    some = drafts()

    arrived = Counter(
        json.loads(one.record.value)["event_id"]
        for one in deliver(some, seed=1, weather=STORMY)
        if one.fate is Fate.VALID
    )

    assert arrived == Counter(one.body["event_id"] for one in some)


def test_a_duplicate_is_byte_for_byte_what_came_before() -> None:
    seen = set()
    duplicates = 0
    for one in year():
        if one.fate is Fate.VALID:
            seen.add((one.record.key, one.record.value))
        elif one.fate is Fate.DUPLICATE:
            duplicates += 1
            assert (one.record.key, one.record.value) in seen

    assert duplicates


def test_aggregates_keep_their_order_and_legs_do_not() -> None:
    out_of_order: Counter[str] = Counter()
    last: dict[tuple[str, bytes], object] = {}
    for one in deliver(drafts(), seed=1, weather=STORMY):
        record = one.record
        if one.fate is Fate.VALID:
            before = last.get((record.topic, record.key))
            if before is not None and record.occurred_at < before:  # type: ignore[operator]
                out_of_order[record.topic] += 1
            last[record.topic, record.key] = record.occurred_at

    assert not ORDERED & set(out_of_order)
    assert out_of_order[LEGS.name]


def test_neighbours_overtake_each_other_and_some_come_days_late() -> None:
    instants = [one.record.occurred_at for one in year() if one.fate is Fate.VALID]
    behind = [before - after for before, after in pairwise(instants) if after < before]

    assert len(behind) > 100
    assert timedelta(days=2) < max(behind) < timedelta(days=6)


def test_on_a_calm_day_everything_arrives_and_nothing_else() -> None:
    some = drafts()

    arrived = list(deliver(some, seed=1, weather=CALM))

    assert {one.fate for one in arrived} == {Fate.VALID}
    assert len(arrived) == len(some)


def refused(one: Delivery) -> bool:
    """Whether the contract refuses a record, or the one rule beyond it does."""
    if len(one.record.value) > MAX_EVENT_BYTES:
        return True
    try:
        read(one.record.topic, one.record.value)
    except (ValidationError, ValueError):
        return True
    body = json.loads(one.record.value)
    ends = [float(body[end][axis]) for end in ("origin", "destination") for axis in ("lat", "lon")]
    return float(body["distance_km"]) < 0.98 * great_circle_km(*ends)


def test_every_broken_record_is_refused() -> None:
    some = broken_ones()

    assert {one.fault.name for one in some if one.fault} == FAULT_NAMES
    assert all(refused(one) for one in some)


def test_every_topic_meets_every_fault_that_applies_to_it() -> None:
    met = defaultdict(set)
    for one in broken_ones():
        assert one.fault
        met[one.record.topic].add(one.fault.reason)

    common = {Reason.BAD_JSON, Reason.SCHEMA, Reason.VOCABULARY, Reason.TOO_LARGE}
    wordless = {REFRIGERANTS.name: {Reason.VOCABULARY}}  # no word of a closed list is in it
    assert all(common - wordless.get(topic, set()) <= reasons for topic, reasons in met.items())
    assert {Reason.UNIT_BOUND, Reason.NOT_FINITE} <= met[FORKLIFT_READINGS.name] & met[LEGS.name]
    assert Reason.DISTANCE_BELOW_GREAT_CIRCLE in met[LEGS.name]


def test_a_broken_record_never_takes_the_id_of_a_good_one() -> None:
    good = {one.body["event_id"].encode() for one in drafts()}

    for one in broken_ones():
        assert not any(part in good for part in one.record.value[:120].split(b'"'))


def test_no_broken_record_is_too_large_to_be_sent() -> None:
    assert max(len(one.record.value) for one in broken_ones()) < MAX_HUGE_BYTES + 2_000


def test_only_the_faults_asked_for_occur() -> None:
    weather = Weather(broken_share=1.0, faults=frozenset({"cut_short"}))

    met = {one.fault.name for one in deliver(drafts(), seed=1, weather=weather) if one.fault}

    assert met == {"cut_short"}


def test_by_default_no_record_has_a_field_that_a_reader_would_ignore() -> None:
    weather = Weather(broken_share=1.0)

    met = {one.fault.name for one in deliver(drafts(), seed=1, weather=weather) if one.fault}

    assert met == FAULT_NAMES - {"unknown_field"}


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown faults: rain"):
        Weather(faults=frozenset({"rain"}))


@pytest.mark.parametrize("fault", [one.name for one in FAULTS])
def test_a_fault_leaves_its_event_as_it_was(fault: str) -> None:
    some = drafts()[:300]
    before = json.dumps([one.body for one in some])

    for one in some:
        broken(Random(1), one, frozenset({fault}))

    assert json.dumps([one.body for one in some]) == before
