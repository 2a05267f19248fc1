"""A whole life over HTTP: every step is one request of the party whose turn it is."""

import hashlib
import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from recycling.vocabulary import Role
from tests.web.partner.room import Room

QINGDAO = "370200"
PLATE, LAT, LON, OTP = "LU-B98765", "36.0712", "120.3841", "483920"
DAYS = {"valid_from_on": "2020-01-01", "valid_to_on": "2030-12-31"}
CATEGORIES = ["refrigerator", "washing_machine"]


def profile(*roles: str, **changed: Any) -> dict[str, Any]:
    """A partner in Qingdao whose papers cover everything."""
    paper = {"categories": CATEGORIES, **DAYS}
    plain: dict[str, Any] = {
        "name": "Jiaozhou Recycling",
        "roles": list(roles),
        "sites": [{"site_id": "S-1", "lat": "36.07", "lon": "120.38", "region": QINGDAO}],
        "agreements": [{"paper_id": "AG-1", **paper}],
        "licences": [{"paper_id": "LI-1", **paper}],
        "permits": [{"kind": "hazardous_consignee", "covers": ["*"], **DAYS}],
        "coverage": {QINGDAO: CATEGORIES},
        "capacity_units_per_day": 10_000,
        "prices": [],
    }
    return plain | changed


class Story:
    """Who takes part, with their keys, and the steps they take."""

    def __init__(self, room: Room, *, tenant: str = "hisense", prefix: str = "") -> None:
        """Bring the partners in."""
        self.room, self.tenant, self._count = room, tenant, itertools.count(1)
        self.recycler_id, self.depot_id = f"{prefix}north", f"{prefix}yard"
        self.dismantler_id = f"{prefix}plant"
        office = (Role.INTAKE, Role.PLATFORM, Role.FINANCE, Role.AUDITOR)
        self.office = room.key(*office, tenant=tenant)
        self.recycler = self._partner(self.recycler_id, Role.RECYCLER)
        self.depot = self._partner(self.depot_id, Role.DEPOT)
        self.dismantler = self._partner(self.dismantler_id, Role.DISMANTLER)

    def _partner(self, partner_id: str, role: Role) -> dict[str, str]:
        site = {"site_id": f"{partner_id}-1", "lat": "36.07", "lon": "120.38", "region": QINGDAO}
        self.room.keep(
            "partner", partner_id, profile(role, name=partner_id, sites=[site]), tenant=self.tenant
        )
        return self.room.key(role, tenant=self.tenant, partner_id=partner_id)

    def yes(self, answer: Any) -> Any:
        """The document of an answer that must be a yes."""
        assert 200 <= answer.status_code < 300, (answer.status_code, answer.json())
        return answer.json()

    def do(self, headers: dict[str, str], path: str, body: Any = None) -> Any:
        """Post what must go well."""
        return self.yes(self.room.post(f"/v1/{path}", body or {}, headers))

    # -- steps -------------------------------------------------------------------------------------

    def contact(self) -> str:
        """Keep a person."""
        person = {"name": "王小明", "phone": "13800000001", "address": "青岛市崂山区株洲路1号"}
        return str(self.do(self.office, "contacts", person)["contact_id"])

    def demand(self, *categories: str, **changed: Any) -> Any:
        """Register a wish of one line, or of one a category."""
        lines = [
            {"category": one, "brand": "brand-b", "age_years": 9, "condition": "works"}
            for one in categories or ("washing_machine",)
        ]
        body = {
            "channel": "mini_program", "channel_ref": f"{self.tenant}-{next(self._count)}",
            "region": QINGDAO, "adcode": "370212", "contact_id": self.contact(),
            "privacy_consent": True, "lines": lines, "lat": LAT, "lon": LON,
        }  # fmt: skip
        return self.do(self.office, "demands", body | changed)

    def confirmed(self, *categories: str, **changed: Any) -> Any:
        """Quote and confirm a wish."""
        order = self.demand(*categories, **changed)
        quote = {
            "category": "washing_machine", "size_class": "washing_machine",
            "core_parts": ["motor"], "price_cny_fen": 5_000, "price_list_version": "1",
            "valid_until": self.at(hours=72),
        }  # fmt: skip
        path = f"takeback-orders/{order['id']}"
        self.do(self.office, f"{path}:appraise", quote)
        return self.do(self.office, f"{path}:confirm", {"on_behalf_of": "consumer"})

    def assigned(self, *categories: str, **changed: Any) -> Any:
        """Give a confirmed wish to the recycler."""
        order = self.confirmed(*categories, **changed)
        path = f"takeback-orders/{order['id']}:assign"
        return self.do(self.office, path, {"recycler_id": self.recycler_id})

    def appointed(self, *categories: str, **changed: Any) -> Any:
        """Bring a wish to its appointment."""
        order = self.assigned(*categories, **changed)
        path = f"takeback-orders/{order['id']}"
        self.do(self.recycler, f"{path}:accept")
        window = {"window_from": self.at(hours=20), "window_to": self.at(hours=24)}
        return self.do(self.recycler, f"{path}:appoint", window)

    def at(self, **later: float) -> str:
        """An instant from now on, as the API takes it."""
        return (self.room.now + timedelta(**later)).isoformat()

    def photos(self, *views: str) -> list[dict[str, Any]]:
        """Photos that are there already."""
        rows = []
        for view in views or ("whole", "name_plate", "core_part", "label"):
            sha256 = hashlib.sha256(f"{self.tenant}{view}{next(self._count)}".encode()).hexdigest()
            upload_id = f"UP-{sha256[:24]}"
            body = {"sha256": sha256, "partner_id": self.recycler_id}
            self.room.keep("upload", upload_id, body, tenant=self.tenant, state="stored")
            rows.append({"upload_id": upload_id, "view": view, "sha256": sha256})
        return rows

    def collected(self, unit_id: str, **changed: Any) -> dict[str, Any]:
        """The proof of a unit that was collected."""
        row = {
            "unit_id": unit_id, "outcome": "collected", "unit_code": f"PL-{unit_id}",
            "code_bound_at": self.at(), "photos": self.photos(), "mass_kg": "61.500",
            "weight_method": "scale", "scale_id": "SC-1", "completeness": ["motor", "board"],
            "grade": "complete", "price_paid_cny_fen": 5_000,
        }  # fmt: skip
        return row | changed

    def pickup(self, order: Any, *units: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """The body of a pickup; without units, all of the order's are collected."""
        rows = list(units) or [self.collected(one) for one in order["unit_ids"]]
        body = {
            "takeback_order_id": order["id"], "picked_at": self.at(), "lat": LAT, "lon": LON,
            "accuracy_m": "12", "datum": "gcj02", "collector_id": "K-7", "vehicle_plate": PLATE,
            "vehicle_energy": "electric", "acknowledged_by": "otp", "acknowledgement": OTP,
            "units": rows,
        }  # fmt: skip
        return body | changed

    def picked_up(self, *categories: str) -> Any:
        """Post the pickup of a new wish."""
        order = self.appointed(*categories)
        return self.do(self.recycler, "pickups", self.pickup(order))

    def consigned(self, unit_ids: Iterable[str], *, to: str = "depot", **changed: Any) -> Any:
        """Send units on their way and let them depart."""
        here, there = (self.recycler_id, self.depot_id) if to == "depot" else (
            self.depot_id, self.dismantler_id,
        )  # fmt: skip
        headers = self.recycler if to == "depot" else self.depot
        body = {
            "unit_ids": list(unit_ids), "to": to, "to_partner_id": there,
            "from_site_id": f"{here}-1", "to_site_id": f"{there}-1",
        } | changed  # fmt: skip
        consignment = self.do(headers, "consignments", body)
        vehicle = {"vehicle_plate": PLATE, "vehicle_energy": "electric", "odometer_km": "48211"}
        return self.do(headers, f"consignments/{consignment['id']}:depart", vehicle)

    def graded(self, *categories: str) -> list[str]:
        """Bring the units of a new wish to the depot's grade."""
        unit_ids = list(self.picked_up(*categories)["unit_ids"])
        consignment = self.consigned(unit_ids)
        rows = [{"unit_id": one, "mass_kg": "61.400"} for one in unit_ids]
        self.do(self.depot, f"consignments/{consignment['id']}:receive", {"units": rows})
        for one in unit_ids:
            found = {"grade": "recycle", "completeness": ["motor", "board"]}
            self.do(self.depot, f"units/{one}:inspect", found)
        return unit_ids

    def stored(self, *categories: str) -> list[str]:
        """Bring the units of a new wish into the dismantler's store."""
        unit_ids = self.graded(*categories)
        self.consigned(unit_ids, to="dismantler", manifest_id="M-1")
        for one in unit_ids:
            told = {"mass_kg": "61.300", "site_id": f"{self.dismantler_id}-1"}
            self.do(self.dismantler, f"units/{one}:accept", told)
            place = {"location_id": "A-1", "stored_at": self.at()}
            self.do(self.dismantler, f"units/{one}:store", place)
        return unit_ids

    def batch(self, unit_ids: Iterable[str]) -> Any:
        """Open a batch, put units into it and close it."""
        batch = self.do(self.dismantler, "batches", {"site_id": f"{self.dismantler_id}-1"})
        path = f"batches/{batch['id']}"
        for one in unit_ids:
            self.do(self.dismantler, f"{path}:add-input", {"unit_id": one})
        return self.do(self.dismantler, f"{path}:close-inputs")
