"""The company's partners as the platform keeps them: who they are and what they may do."""

from collections.abc import Mapping
from typing import Any

from simulator.appliances import CATEGORIES
from simulator.company import Company, Recycler
from simulator.geography import Site, great_circle_km

Profile = Mapping[str, Any]
CONSIGNEE, REFURBISHER = "haz-01", "ref-01"
UNITS_PER_DAY = 60
DAYS = {"valid_from_on": "2015-01-01", "valid_to_on": "2045-12-31"}
PERMITS = {
    CONSIGNEE: {"kind": "hazardous_consignee", "covers": ["*"], **DAYS},
    REFURBISHER: {"kind": "refurbisher", "covers": ["*"], **DAYS},
}


def profiles(firm: Company) -> Mapping[str, Profile]:
    """Return the profile of every partner by its id, in one sequence."""
    told = {one.partner_id: _recycler(firm, one) for one in firm.recyclers}
    yards = {one.dismantler_id: one.dismantler for one in firm.recyclers}
    told |= {one: _dismantler(firm, one, yards[one]) for one in sorted(yards)}
    first = firm.recyclers[0].dismantler
    told |= {one: _buyer(firm, one, first, permit) for one, permit in PERMITS.items()}
    return told


def _recycler(firm: Company, one: Recycler) -> Profile:
    """Return a recycler that keeps its own depot."""
    covered = [adcode for adcode, some in firm.recyclers_of.items() if one in some]
    return {
        "name": f"Recycler {one.partner_id}",
        "roles": ["recycler", "depot"],
        "sites": [_site(firm, one.depot)],
        "agreements": [_paper(f"AG-{one.partner_id}")],
        "licences": [_paper(f"LI-{one.partner_id}")],
        "coverage": {adcode: list(CATEGORIES) for adcode in sorted(covered)},
        "capacity_units_per_day": UNITS_PER_DAY,
    }


def _dismantler(firm: Company, partner_id: str, site: Site) -> Profile:
    return {
        "name": f"Dismantler {partner_id}",
        "roles": ["dismantler"],
        "sites": [_site(firm, site)],
        "licences": [_paper(f"LI-{partner_id}")],
    }


def _buyer(firm: Company, partner_id: str, near: Site, permit: Profile) -> Profile:
    site = Site(f"{partner_id}-site", near.lat, near.lon)
    return {
        "name": f"Buyer {partner_id}",
        "roles": ["buyer"],
        "sites": [_site(firm, site)],
        "permits": [permit],
    }


def _paper(paper_id: str) -> Profile:
    return {"paper_id": paper_id, "categories": list(CATEGORIES), **DAYS}


def _site(firm: Company, site: Site) -> Profile:
    nearest = min(
        firm.regions.values(),
        key=lambda one: great_circle_km(one.lat, one.lon, site.lat, site.lon),
    )
    return {**site.place, "region": nearest.adcode}
