"""A partner's profile: what follows from it, and one error for each field that is wrong."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.desk.partner_profile import (
    MAX_PAPERS,
    MAX_PRICES,
    MAX_SITES,
    permits_of,
    prices_of,
    profile_of,
    recycler_of,
)
from recycling.evidence import EvidenceError
from recycling.permit import DatedNeed, PermitKind, missing_permit
from recycling.region import regions
from tests.ledger.desk.partner_builders import paper, permit, profile, site


def pointers(error: EvidenceError) -> list[str]:
    return [one.pointer for one in error.errors]


def test_a_profile_is_kept_as_it_was_told() -> None:
    assert profile_of(profile()) == profile()


def test_a_carrier_needs_a_name_and_a_role_alone() -> None:
    carrier = {"name": "Huanghai Haulage", "roles": ["carrier"]}

    assert profile_of(carrier) == carrier
    assert recycler_of(carrier, "P-1", False).capacity_units_per_day == 0
    assert permits_of(carrier, "P-1") == ()
    assert prices_of(carrier) == {}


def test_a_recycler_has_the_sites_papers_and_coverage_of_its_profile() -> None:
    found = recycler_of(profile(), "P-1", True)

    assert found.recycler_id == "P-1"
    assert found.suspended
    assert found.points[0].lat == Decimal("36.07")
    assert found.licences[0].valid_to_on == date(2026, 12, 31)
    assert found.coverage == {"370200": frozenset({"refrigerator", "washing_machine"})}
    assert found.capacity_units_per_day == 60
    assert prices_of(profile()) == {("370200", "refrigerator"): 8_500}


@pytest.mark.parametrize(
    ("kind", "covering"),
    [
        (PermitKind.AGREEMENT, "refrigerator"),
        (PermitKind.LICENCE, "washing_machine"),
        (PermitKind.LICENCE, "PLANT-1"),  # every licence covers every site
        (PermitKind.LICENCE, "PLANT-2"),
        (PermitKind.HAZARDOUS_CONSIGNEE, "900-045-49"),
    ],
)
def test_permits_follow_from_papers_and_sites(kind: PermitKind, covering: str) -> None:
    permits = permits_of(profile(sites=[site(), site("PLANT-2")]), "P-1")

    def missing(on: date) -> str | None:
        need = DatedNeed(holder_id="P-1", kind=kind, covering=covering, on=on)
        return missing_permit(permits, need)

    assert missing(date(2026, 1, 1)) is None
    assert missing(date(2026, 12, 31)) is None
    assert "F09" in (missing(date(2025, 12, 31)) or "")
    assert "F09" in (missing(date(2027, 1, 1)) or "")


def test_an_agreement_covers_no_site() -> None:
    kinds = {one.kind for one in permits_of(profile(licences=[]), "P-1") if "PLANT-1" in one.covers}

    assert kinds == set()


@pytest.mark.parametrize(
    ("changed", "pointer", "reason"),
    [
        ({"name": None}, "/name", "is missing"),
        ({"colour": "green"}, "/colour", "is no field"),
        ({"roles": ["platform"]}, "/roles", "platform"),  # nobody from outside runs the house
        ({"roles": ["auditor", "dismantler"]}, "/roles", "no other role"),
        ({"sites": [site(lat=36.07)]}, "/sites/0/lat", "36.07"),  # a float has lost its digits
        ({"sites": [site(lat="91")]}, "/sites/0/lat", "91"),
        ({"sites": [site(region="999999")]}, "/sites/0/region", "999999"),
        ({"sites": [site("*")]}, "/sites/0/site_id", "more than one site"),
        ({"sites": [site("tv_crt")]}, "/sites/0/site_id", "more than one site"),
        ({"sites": [site(), site()]}, "/sites/1/site_id", "PLANT-1 is there twice"),
        ({"licences": [paper("LI-1", "boat")]}, "/licences/0/categories", "boat"),
        (
            {"licences": [paper("LI-1", valid_to_on="2025-12-31")]},
            "/licences/0/valid_to_on",
            "2025-12-31 is before valid_from_on 2026-01-01",
        ),
        ({"licences": [paper("AG-1")]}, "/licences/0/paper_id", "AG-1 is there twice"),
        (
            {"licences": [paper(yearly_capacity_units=True)]},
            "/licences/0/yearly_capacity_units",
            "whole number",
        ),
        ({"permits": [permit("licence")]}, "/permits/0/kind", "licence"),
        ({"permits": [permit("refurbisher", "boat")]}, "/permits/0/covers/0", "boat"),
        ({"permits": [permit("hazardous_consignee", "tv_crt")]}, "/permits/0/covers/0", "tv_crt"),
        ({"coverage": {"370200": ["boat"]}}, "/coverage/370200", "boat"),
        ({"coverage": {"123456": ["refrigerator"]}}, "/coverage/123456", "123456"),
        ({"coverage": []}, "/coverage", "no object"),
        ({"capacity_units_per_day": -1}, "/capacity_units_per_day", "-1"),
        ({"prices": [{"region": "370200"}]}, "/prices/0/category", "is missing"),
        ({"prices": profile()["prices"] * 2}, "/prices/1/category", "is there twice"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(
    changed: dict[str, Any], pointer: str, reason: str
) -> None:
    with pytest.raises(EvidenceError) as raised:
        profile_of(profile(**changed))

    found = {one.pointer: one.reason for one in raised.value.errors}
    assert reason in found[pointer]


def test_each_wrong_field_has_an_error_of_its_own() -> None:
    wrong = profile(name=7, capacity_units_per_day="60", sites=[site(lat="north", lon="181")])

    with pytest.raises(EvidenceError) as raised:
        profile_of(wrong)

    expected = ["/capacity_units_per_day", "/name", "/sites/0/lat", "/sites/0/lon"]
    assert sorted(pointers(raised.value)) == expected


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sites", [site(f"S-{n}") for n in range(MAX_SITES + 1)]),
        ("agreements", [paper(f"A-{n}") for n in range(MAX_PAPERS + 1)]),
        ("licences", [paper(f"L-{n}") for n in range(MAX_PAPERS + 1)]),
        ("permits", [permit("refurbisher") for _ in range(MAX_PAPERS + 1)]),
        ("prices", [{}] * (MAX_PRICES + 1)),
    ],
)
def test_a_list_has_a_limit(name: str, rows: list[Any]) -> None:
    with pytest.raises(EvidenceError) as raised:
        profile_of(profile(**{name: rows}))

    assert pointers(raised.value) == [f"/{name}"]


def test_every_region_can_be_covered() -> None:
    everywhere = {key: ["refrigerator"] for key in regions()}

    assert len(recycler_of(profile(coverage=everywhere), "P-1", False).coverage) == 369


@pytest.mark.parametrize("read", [recycler_of, permits_of, prices_of])
def test_a_stored_profile_is_read_as_strictly(read: Any) -> None:
    wrong = profile(sites=[{}], prices=[{}])
    told = {"recycler_of": ("P-1", False), "permits_of": ("P-1",), "prices_of": ()}

    with pytest.raises(EvidenceError):
        read(wrong, *told[read.__name__])
