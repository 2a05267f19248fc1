from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.refusal import Reason
from schemas.shipment import LegCompleted
from schemas.vocabulary import DistanceMethod
from streams.history.verdict import (
    CONSIGNMENT_MASS_UNKNOWN,
    CONSIGNMENT_REJECTED,
    MASS_ABOVE_60_T,
    ORIGIN_ASSUMED,
    Status,
)
from tests.streams.history.builders import leg_of, line


def test_a_leg_by_air_carries_points_and_leaves_its_distance_to_the_emission() -> None:
    verdict = leg_of(line())

    assert verdict.status is Status.ACCEPTED
    event = verdict.event
    assert isinstance(event, LegCompleted)
    assert (event.category, event.mass_kg, event.is_direct) == ("arv", Decimal(12), None)
    assert event.origin.site_id == "Hyderabad, IN"
    assert event.destination.lat == Decimal("-26.20227")
    assert event.distance_km is None
    assert event.flags == ("place_proxy",)


def test_a_day_without_a_time_is_noon_in_the_company_s_zone() -> None:
    event = leg_of(line(Day="7-Nov-13")).event

    assert event is not None
    assert event.occurred_at == datetime(2013, 11, 7, 4, tzinfo=UTC)


def test_a_leg_by_sea_runs_from_port_to_port_and_says_that_ports_stand_in() -> None:
    event = leg_of(line(Mode="Ocean")).event

    assert isinstance(event, LegCompleted)
    assert event.distance_method is DistanceMethod.SFD
    assert event.distance_km is not None
    assert 7_000 < event.distance_km < 12_000
    assert event.distance_km == event.distance_km.quantize(Decimal("0.001"))
    assert event.flags == ("place_proxy", "sea_route", "port_proxy")


REFUSED = [
    ({"Weight": ""}, Reason.MASS_MISSING),
    ({"Weight": "weighed separately"}, Reason.MASS_MISSING),
    ({"Weight": "1e3"}, Reason.MASS_MISSING),  # a spreadsheet's exponent has lost digits
    ({"Weight": "0"}, Reason.MASS_NOT_POSITIVE),
    ({"Weight": "-5"}, Reason.MASS_NOT_POSITIVE),  # a correction is an event of its own
    ({"Weight": "1000000000.1"}, Reason.UNIT_BOUND),
    ({"Weight": "0.1234567890123456789"}, Reason.UNIT_BOUND),
    ({"Weight": "See line 99"}, Reason.MASS_POINTER_BROKEN),
    ({"Weight": "See line 1"}, Reason.MASS_POINTER_BROKEN),  # to itself
    ({"Mode": "N/A"}, Reason.MODE_MISSING),
    ({"Mode": ""}, Reason.MODE_MISSING),
    ({"Mode": "Camel"}, Reason.MODE_UNKNOWN),
    ({"Day": "2013-11-07"}, Reason.DATE_INVALID),  # another format is not guessed
    ({"Day": "31-Feb-13"}, Reason.DATE_INVALID),
    ({"Day": "none"}, Reason.DATE_INVALID),
    ({"Goods": ""}, Reason.SCHEMA),
    ({"Goods": "???"}, Reason.VOCABULARY),
    ({"Shipment": "S" * 65}, Reason.SCHEMA),
    ({"Via": "Depot"}, Reason.ORIGIN_UNKNOWN),
    ({"Site": ""}, Reason.ORIGIN_UNKNOWN),
    ({"Site": "Elsewhere"}, Reason.PLACE_UNKNOWN),
    ({"Country": "Atlantis"}, Reason.PLACE_UNKNOWN),
    ({"Country": ""}, Reason.PLACE_UNKNOWN),
    ({"Mode": "Truck", "Country": "Haiti"}, Reason.DISTANCE_MISSING),  # across two oceans
    ({"Mode": "Ocean", "Country": "Rwanda"}, Reason.DISTANCE_MISSING),  # no coast
    ({"Mode": "Ocean", "Site": "Hill Works"}, Reason.DISTANCE_MISSING),  # no coast either
    ({"Country": "India"}, Reason.DISTANCE_ZERO),
]


@pytest.mark.parametrize(("changed", "reason"), REFUSED)
def test_a_leg_that_cannot_be_told_is_rejected_with_its_reason(
    changed: dict[str, str], reason: Reason
) -> None:
    verdict = leg_of(line(**changed))

    assert verdict.status is Status.REJECTED
    assert verdict.reasons[0] is reason
    assert len(verdict.reasons) == len(verdict.details)
    assert verdict.event is None


def test_a_truck_may_drive_where_there_is_land() -> None:
    assert leg_of(line(Mode="Truck", Country="Bangladesh")).status is Status.ACCEPTED


def test_all_reasons_are_kept_and_the_mass_is_reported_before_the_mode() -> None:
    verdict = leg_of(line(Weight="", Mode="N/A", Via="Depot", Country="Atlantis"))

    assert verdict.reasons == (
        Reason.MASS_MISSING, Reason.MODE_MISSING, Reason.ORIGIN_UNKNOWN, Reason.PLACE_UNKNOWN,
    )  # fmt: skip
    assert not verdict.usable


def test_a_leg_without_a_place_is_still_usable() -> None:
    assert leg_of(line(Via="Depot")).usable


def test_a_pointer_attaches_a_line_to_another_line_s_consignment() -> None:
    verdict = leg_of(line(), line(ID="2", Weight="See line 1"))

    assert verdict.status is Status.ATTACHED
    assert verdict.attached_to == "1"
    assert verdict.event is None
    assert verdict.flags == ()


def test_a_pointer_may_look_ahead_in_the_file() -> None:
    statuses = [leg_of(line(ID="2"), line(Weight="See line 2")).status]

    assert statuses == [Status.ATTACHED]


def test_a_pointer_into_another_shipment_or_to_a_pointer_is_broken() -> None:
    first, second = line(), line(ID="2", Weight="See line 1")

    other = leg_of(first, line(ID="3", Shipment="S-2", Weight="See line 1"))
    chained = leg_of(first, second, line(ID="3", Weight="See line 2"))

    assert other.reasons == chained.reasons == (Reason.MASS_POINTER_BROKEN,)


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"Weight": "weighed separately"}, CONSIGNMENT_MASS_UNKNOWN),
        ({"Via": "Depot"}, CONSIGNMENT_REJECTED),
    ],
)
def test_an_attached_line_says_when_its_consignment_has_no_emission(
    changed: dict[str, str], flag: str
) -> None:
    verdict = leg_of(line(**changed), line(ID="2", Weight="See line 1"))

    assert verdict.status is Status.ATTACHED
    assert verdict.flags == (flag,)


def test_an_assumed_depot_places_the_leg_and_flags_it() -> None:
    verdict = leg_of(line(Via="Depot"), assumed='assumed = "Depot"')

    assert verdict.status is Status.ACCEPTED
    assert verdict.flags == (ORIGIN_ASSUMED, "place_proxy")


def test_more_than_sixty_tonnes_are_a_flag_and_no_rejection() -> None:
    assert leg_of(line(Weight="60000")).flags == ("place_proxy",)
    assert leg_of(line(Weight="60000.1")).flags == (MASS_ABOVE_60_T, "place_proxy")
