"""Partners as they are kept: a test names what it changes."""

from typing import Any


def site(site_id: str = "PLANT-1", **changed: Any) -> dict[str, Any]:
    return {"site_id": site_id, "lat": "36.07", "lon": "120.38", "region": "370200"} | changed


def paper(paper_id: str = "LI-1", *categories: str, **changed: Any) -> dict[str, Any]:
    named = list(categories) or ["refrigerator", "washing_machine"]
    days = {"valid_from_on": "2026-01-01", "valid_to_on": "2026-12-31"}
    return {"paper_id": paper_id, "categories": named, **days, **changed}


def permit(kind: str, *covers: str, **changed: Any) -> dict[str, Any]:
    days = {"valid_from_on": "2026-01-01", "valid_to_on": "2026-12-31"}
    return {"kind": kind, "covers": list(covers) or ["*"], **days, **changed}


def profile(**changed: Any) -> dict[str, Any]:
    """A recycler in Qingdao with one site, one agreement and one licence."""
    plain: dict[str, Any] = {
        "name": "Jiaozhou Recycling",
        "roles": ["recycler"],
        "sites": [site()],
        "agreements": [paper("AG-1")],
        "licences": [paper("LI-1")],
        "permits": [permit("hazardous_consignee", "900-045-49")],
        "coverage": {"370200": ["refrigerator", "washing_machine"]},
        "capacity_units_per_day": 60,
        "prices": [{"region": "370200", "category": "refrigerator", "price_cny_fen": 8_500}],
    }
    return plain | changed
