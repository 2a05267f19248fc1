import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from schemas.topics import (
    FORKLIFT_READINGS,
    HUB_PERIODS,
    LEGS,
    ORDERS,
    REFRIGERANTS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
    TOPICS,
    key_of,
)
from simulator.company import Category, Season, company
from simulator.delivery import CALM, Fate
from simulator.record import COMPANY_ZONE, Record, Scale, day_start_s
from simulator.season import demand_weight, direct_share
from simulator.timeline import happenings, history
from tests.simulator.builders import FROM_ON, SEED, TO_ON, bodies, read, told, week, year

TOLD_TOPICS = {one.name for one in (LEGS, ORDERS, FORKLIFT_READINGS, HUB_PERIODS, REFRIGERANTS,
                                    TAKEBACK_ORDERS, TAKEBACK_UNITS)}  # fmt: skip
AGAIN = """
from tests.simulator.builders import week
from tests.simulator.test_timeline import digest
print(digest(week()))
"""


def digest(records: Iterable[Record]) -> str:
    whole = hashlib.sha256()
    for one in records:
        whole.update(repr((one.topic, one.key, one.value, one.occurred_at)).encode())
    return whole.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert digest(week()) == digest(week())


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    found = subprocess.run(
        [sys.executable, "-c", AGAIN],
        capture_output=True, text=True, check=True, timeout=50,
        env={"PYTHONHASHSEED": "42", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip

    assert found.stdout.strip() == digest(week())


def test_another_seed_gives_another_history() -> None:
    assert digest(week(1)) != digest(week(2))


def test_two_seeds_never_send_the_same_event() -> None:
    def ids(seed: int) -> set[str]:
        drafts = happenings(
            seed=seed, from_on=date(2026, 6, 1), to_on=date(2026, 6, 3), scale=Scale(200, 400, 40)
        )
        return {draft.body["event_id"] for draft in drafts}

    assert not ids(1) & ids(2)


def test_every_valid_record_reads_by_the_contract_and_is_keyed_by_it() -> None:
    for one in year():
        if one.fate is Fate.VALID:
            event = read(one.record.topic, one.record.value)

            assert one.record.key.decode() == key_of(event)
            assert one.record.occurred_at == event.occurred_at


def test_every_topic_of_the_company_is_told_of() -> None:
    assert {one.topic for one in told()} == TOLD_TOPICS <= set(TOPICS)


def test_event_ids_are_distinct() -> None:
    seen = Counter(one.body["event_id"] for one in told())

    assert seen.most_common(1)[0][1] == 1


def test_everything_happens_between_the_first_and_the_last_day() -> None:
    first, last = (
        datetime.fromtimestamp(day_start_s(on), COMPANY_ZONE)
        for on in (FROM_ON, TO_ON + timedelta(days=1))
    )

    assert all(first <= one.record.occurred_at < last for one in year())


def test_a_history_of_one_day_is_no_special_case() -> None:
    day = date(2026, 3, 3)

    assert list(history(seed=1, from_on=day, to_on=day, scale=Scale(60, 100, 10)))


@pytest.mark.parametrize("scale", [Scale(0, 0, 0), Scale(0, 300, 0), Scale(300, 0, 0)])
def test_a_scale_of_nothing_tells_nothing_of_it(scale: Scale) -> None:
    records = list(
        history(
            seed=1, from_on=date(2026, 1, 1), to_on=date(2026, 1, 31), scale=scale, weather=CALM
        )
    )

    topics = Counter(one.topic for one in records)
    assert bool(topics[LEGS.name]) == bool(scale.legs)
    assert bool(topics[FORKLIFT_READINGS.name]) == bool(scale.readings)
    assert topics[TAKEBACK_ORDERS.name] == 0


def test_days_that_run_backwards_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-01-01 lies before from_on 2026-01-02"):
        list(history(seed=1, from_on=date(2026, 1, 2), to_on=date(2026, 1, 1), scale=Scale()))


def test_the_scale_is_met_within_a_tenth() -> None:
    counts = Counter(one.topic for one in told())
    wished = sum(one["event_type"] == "demand_registered" for one in bodies(TAKEBACK_ORDERS.name))

    assert counts[LEGS.name] == pytest.approx(6_000, rel=0.1)
    assert counts[FORKLIFT_READINGS.name] == pytest.approx(3_000, rel=0.1)
    assert wished == pytest.approx(600, rel=0.1)


def test_more_air_conditioners_move_in_june_than_in_january() -> None:
    months = Counter(
        one["occurred_at"][:7] for one in bodies(LEGS.name) if one["category"] == "home_ac"
    )

    assert months["2026-06"] > 2 * months["2026-01"]


def plain(name: str) -> tuple[Season, Category]:
    firm = company(SEED)
    return firm.season, next(one for one in firm.categories if one.category_id == name)


@pytest.mark.parametrize(
    ("more_on", "less_on"),
    [
        (date(2025, 6, 16), date(2025, 6, 23)),  # 618
        (date(2025, 11, 10), date(2025, 11, 17)),  # 11.11
        (date(2026, 3, 2), date(2026, 2, 16)),  # the lunar new year rests
        (date(2026, 3, 2), date(2026, 3, 8)),  # Sundays rest
        (date(2026, 3, 2), date(2025, 3, 3)),  # growth
    ],
)
def test_trade_follows_the_calendar(more_on: date, less_on: date) -> None:
    season, tv = plain("tv")

    assert demand_weight(season, tv, more_on) > demand_weight(season, tv, less_on)


def test_a_festival_moves_no_commercial_air_conditioner() -> None:
    season, commercial = plain("commercial_ac")

    festival = demand_weight(season, commercial, date(2025, 6, 16))
    ordinary = demand_weight(season, commercial, date(2025, 6, 23))
    assert festival == pytest.approx(ordinary, rel=0.01)


def test_direct_shipment_rises_and_stays_a_share() -> None:
    _, tv = plain("tv")

    shares = [direct_share(tv, date(on, 1, 1)) for on in range(2000, 2060)]

    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.05, 0.85)


def test_the_direct_share_of_the_order_lines_is_that_of_the_season() -> None:
    known = [one["is_direct"] for one in bodies(ORDERS.name) if "is_direct" in one]

    assert 0.40 < sum(known) / len(known) < 0.52


def test_an_order_line_is_as_heavy_as_its_shipment_and_as_far_as_its_main_line() -> None:
    first = {one["shipment_id"][1:]: one for one in bodies(LEGS.name) if one["leg_seq"] == 1}

    for order in bodies(ORDERS.name):
        leg = first[order["order_line_id"][2:]]
        assert order["mass_kg"] == leg["mass_kg"]
        assert order["mode"] == leg["mode"]
        assert order["main_line_km"] == leg.get("distance_km", order["main_line_km"])
        assert order["ordered_on"] <= order["delivered_on"]


def test_a_chain_is_told_from_its_first_leg_and_each_leg_begins_where_the_last_ended() -> None:
    chains = defaultdict(list)
    for one in bodies(LEGS.name):
        chains[one["shipment_id"]].append(one)

    for legs in chains.values():
        legs.sort(key=lambda one: one["leg_seq"])
        assert [one["leg_seq"] for one in legs] == [*range(1, len(legs) + 1)]
        for before, after in pairwise(legs):
            assert before["destination"] == after["origin"]
            assert before["occurred_at"] < after["occurred_at"]


def test_a_direct_shipment_has_one_leg() -> None:
    assert all(one["leg_seq"] == 1 for one in bodies(LEGS.name) if one.get("is_direct"))


def test_what_leaves_a_depot_weighs_what_its_units_weigh() -> None:
    weighed: dict[str, Decimal] = {}
    loads: defaultdict[str, Decimal] = defaultdict(Decimal)
    units = sorted(bodies(TAKEBACK_UNITS.name), key=lambda one: one["aggregate_seq"])
    for one in units:
        if one["event_type"] == "received":
            weighed[one["unit_id"]] = Decimal(one["mass_kg"])
        if one["event_type"] == "shipped_to_dismantler":
            loads[one["consignment_id"]] += weighed[one["unit_id"]]
    left = [one for one in bodies(LEGS.name) if one["shipment_id"].startswith("DC")]

    assert len(left) > 100
    for leg in left:
        assert Decimal(leg["mass_kg"]) == loads[leg["consignment_id"]]
