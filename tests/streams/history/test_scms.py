"""The golden figures of a real file: USAID SCMS delivery history, recounted from the file."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from schemas.refusal import Reason
from schemas.shipment import LegCompleted
from streams.history.check import Check, check
from streams.history.judge import Judged, judge_file
from streams.history.mapping import mapping_named
from streams.history.rejects import rejects_of
from streams.history.report import Report
from streams.history.verdict import Status
from tests.streams.history.builders import SHANGHAI

SHARED = Path(__file__).parents[4] / "shared" / "data"
FILE = SHARED / "shipments" / "scms_delivery_history.tsv"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


@cache
def judged() -> Judged:
    return judge_file(FILE.read_bytes(), mapping_named("scms"), timezone=SHANGHAI)


@cache
def report() -> Report:
    return judged().report()


@cache
def checked(change: str = "") -> Check:
    data = FILE.read_bytes()
    if change == "spreadsheet":
        data = b"\r".join(_spoilt(data))
    return check(data, mapping_named("scms"), timezone=SHANGHAI)


def _spoilt(data: bytes) -> Iterator[bytes]:
    """The PO dates 7/11/13 as a spreadsheet of another country writes them: 2007-11-13."""
    for line in data.split(b"\r"):
        cells = line.split(b"\t")
        parts = cells[11].split(b"/")
        if len(parts) == 3 and int(parts[2]) <= 31:
            first, second, third = (int(part) for part in parts)
            if second <= 12:
                cells[11] = b"20%02d-%02d-%02d" % (first, second, third)
        yield b"\t".join(cells)


def test_every_line_of_the_file_has_a_verdict_for_each_target() -> None:
    assert report().lines == 10_324
    assert len(judged().verdicts) == 2 * 10_324
    assert [counts.lines for counts in report().targets.values()] == [10_324, 10_324]


def test_every_order_is_accepted() -> None:
    orders = report().targets["order_route"]

    assert (orders.accepted, orders.rejected, orders.duplicate) == (10_324, 0, 0)


def test_the_direct_share_is_over_all_lines() -> None:
    direct = report().direct

    assert direct is not None
    assert (direct.numerator, direct.denominator, direct.share) == (4_920, 10_324, "0.4766")
    assert direct.by_year == {
        "2006": (64, 65), "2007": (129, 671), "2008": (486, 1_108), "2009": (544, 1_192),
        "2010": (508, 1_176), "2011": (538, 1_049), "2012": (499, 1_253), "2013": (602, 1_240),
        "2014": (904, 1_573), "2015": (646, 997),
    }  # fmt: skip


def test_the_usable_legs_are_those_with_mode_and_mass() -> None:
    usable = report().usable

    assert usable is not None
    assert (usable.lines, usable.legs, usable.attached) == (8_503, 6_158, 2_345)
    assert usable.rejected == 1_821
    assert usable.reasons == {"mass_missing": 1_507, "mass_not_positive": 1, "mode_missing": 313}
    assert usable.mode_missing_all == 360
    assert usable.consignment_mass_unknown == 126
    assert usable.legs_by_mode == {"air": 4_685, "road": 1_191, "sea": 282}


def test_the_tonnes_count_once_per_consignment_and_exactly() -> None:
    tonnes = report().tonnes

    assert tonnes is not None
    assert tonnes.by_mode == {
        "air": "11721.192", "missing": "390.931", "road": "7768.994", "sea": "1939.423",
    }  # fmt: skip
    assert (tonnes.total, tonnes.usable) == ("21820.540", "21429.609")


def test_the_oddities_are_flags_and_no_rejections() -> None:
    flags = report().targets["transport_leg"].flags

    assert flags["mass_above_60_t"] == 21
    assert flags["freight_cost_text"] == 4_126
    assert flags["delivered_to_recorded"] == 3
    assert flags["po_sent_to_delivered"] == 5
    assert flags["pq_sent_to_delivered"] == 10
    masses = [v.mass_kg for v in judged().verdicts if v.mass_kg is not None]
    assert max(masses) == Decimal(857_354)


def test_the_usable_legs_stand_with_their_reason_until_they_are_placed() -> None:
    placed = report().placed

    assert placed is not None
    assert (placed.legs, placed.by_mode) == (2_800, {"air": 2_558, "sea": 242})
    assert placed.not_placed_by_reason == {
        "distance_missing": {"road": 1, "sea": 35},
        "origin_unknown": {"air": 1_945, "road": 1_190, "sea": 5},
        "place_unknown": {"air": 182},
    }
    assert placed.legs + placed.not_placed == 6_158


def test_the_line_without_weight_is_the_known_one() -> None:
    (found,) = (v for v in judged().verdicts if Reason.MASS_NOT_POSITIVE in v.reasons)

    assert (found.line_no, found.key) == (3_286, "23750")


def test_every_event_is_one_of_its_own_and_the_same_again() -> None:
    ids = [event.event_id for event in judged().events()]
    again = judge_file(FILE.read_bytes(), mapping_named("scms"), timezone=SHANGHAI)

    assert len(set(ids)) == len(ids) == 10_324 + 2_800
    assert ids == [event.event_id for event in again.events()]


def test_every_leg_by_sea_states_its_distance_and_no_other_does() -> None:
    legs = [event for event in judged().events() if isinstance(event, LegCompleted)]

    assert {leg.mode for leg in legs if leg.distance_km is not None} == {"sea"}
    assert {leg.mode for leg in legs if leg.distance_km is None} == {"air"}


def test_rejects_go_in_again_and_are_rejected_again() -> None:
    rejected = {v.line_no for v in judged().verdicts if v.status is Status.REJECTED}
    again = judge_file(rejects_of(judged()), mapping_named("scms"), timezone=SHANGHAI)

    assert len(again.file.lines) == len(rejected) == 5_179
    assert {v.line_no for v in again.verdicts if v.status is Status.REJECTED} == rejected


def test_the_check_compares_the_lead_times_and_finds_them_plausible() -> None:
    found = checked()

    assert found.warnings == ()
    times = {time.id: time for time in found.lead_times}
    assert (times["po_sent_to_delivered"].lines, times["po_sent_to_delivered"].below) == (4_592, 5)
    assert times["po_sent_to_delivered"].median_days == 92
    assert (times["pq_sent_to_delivered"].lines, times["pq_sent_to_delivered"].below) == (7_643, 10)
    assert times["pq_sent_to_delivered"].median_days == 154


def test_the_check_sees_that_a_spreadsheet_rewrote_the_dates() -> None:
    found = checked("spreadsheet")

    rewritten = [t for t in found.lead_times if t.read_as == "%Y-%m-%d"]
    assert [t.plausible for t in rewritten] == [False]
    assert 1_700 < rewritten[0].median_days < 2_400
    assert any("po_sent_to_delivered: the median" in warning for warning in found.warnings)
    assert any("more than one format" in warning for warning in found.warnings)


def test_the_check_tells_which_dates_are_month_first() -> None:
    evidence = {date.column: date for date in checked().dates}

    assert evidence["PO Sent to Vendor Date"].first_above_12 == 0
    assert evidence["PO Sent to Vendor Date"].sentence.endswith(" : 0 for m/d/y")


def test_the_check_lists_unmapped_values_missing_places_and_first_lines() -> None:
    found = checked()

    assert "transport_leg.mode" not in found.unmapped  # the mapping says that N/A is no mode
    assert len(found.missing_places["transport_leg.origin"]) == 19
    assert "transport_leg.destination" not in found.missing_places
    assert found.first_lines["transport_leg"]["mass_not_positive"] == (3_286,)
    country = next(column for column in found.columns if column.name == "Country")
    assert (country.filled, country.distinct) == (10_324, 43)
