"""A take-back as its parties ask for it over HTTP, up to the door."""

import hashlib
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

from PIL import Image

from recycling.evidence import plain
from recycling.vocabulary import Role
from tests.ledger.desk.house import LAT, LON, OTP, PLATE, line, profile
from tests.web.partner.room import Room

OFFICE = (Role.INTAKE, Role.PLATFORM, Role.FINANCE)
VIEWS = ("whole", "name_plate", "core_part", "label")
_NUMBERS = count(1)


def picture(nth: int = 0) -> bytes:
    """A small photo, another one for each number."""
    file = BytesIO()
    Image.new("RGB", (8, 8), (nth % 256, nth // 256 % 256, 7)).save(file, "PNG")
    return file.getvalue()


class Visit:
    """The maker's office, and one recycler with an appointment."""

    def __init__(self, room: Room, recycler: str = "north") -> None:
        self.room, self.recycler = room, recycler
        self.office = room.key(*OFFICE)
        self.north = room.key(Role.RECYCLER, partner_id=recycler)
        room.keep("partner", recycler, profile(recycler))

    def ok(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.room.post(path, body, headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def accepted(self, lines: int = 1) -> dict[str, Any]:
        """An order that waits for its appointment."""
        order = self.ok("/v1/demands", self.demand(lines), self.office)
        at = f"/v1/takeback-orders/{order['id']}"
        self.ok(f"{at}:appraise", self.quote(), self.office)
        self.ok(f"{at}:confirm", {"on_behalf_of": "consumer"}, self.office)
        self.ok(f"{at}:assign", {"recycler_id": self.recycler}, self.office)
        told: dict[str, Any] = self.ok(f"{at}:accept", {}, self.north)
        return told

    def appointed(self, lines: int = 1) -> dict[str, Any]:
        """An order that waits for its pickup."""
        at = f"/v1/takeback-orders/{self.accepted(lines)['id']}"
        told: dict[str, Any] = self.ok(f"{at}:appoint", self.window(), self.north)
        return told

    def demand(self, lines: int) -> dict[str, Any]:
        return {
            "channel": "mini_program", "channel_ref": f"CRM-{next(_NUMBERS)}",
            "region": "370200", "adcode": "370212", "contact_id": "CT-1", "privacy_consent": True,
            "lines": [line()] * lines, "lat": LAT, "lon": LON,
        }  # fmt: skip

    def quote(self) -> dict[str, Any]:
        return {
            "category": "washing_machine", "size_class": "washing_machine", "core_parts": ["motor"],
            "price_cny_fen": 5_000, "price_list_version": "1",
            "valid_until": plain(self.room.now + timedelta(hours=72)),
        }  # fmt: skip

    def window(self) -> dict[str, Any]:
        begin = self.room.now + timedelta(hours=20)
        return {"window_from": plain(begin), "window_to": plain(begin + timedelta(hours=4))}

    def uploaded(self, content: bytes | None = None) -> dict[str, Any]:
        """A photo that is kept."""
        raw = picture(next(_NUMBERS)) if content is None else content
        told = self.ok("/v1/uploads", declaration(raw), self.north)
        answer = self.room.put(f"/v1/uploads/{told['id']}", raw, self.north, "image/png")
        assert answer.status_code == 200, answer.text
        kept: dict[str, Any] = answer.json()
        return kept

    def photos(self, *views: str) -> list[dict[str, str]]:
        return [
            {"upload_id": one["id"], "view": view, "sha256": one["sha256"]}
            for view in views or VIEWS
            for one in [self.uploaded()]
        ]

    def collected(self, unit: str, **changed: Any) -> dict[str, Any]:
        told = {
            "unit_id": unit, "outcome": "collected", "unit_code": f"PL-{unit}",
            "code_bound_at": plain(self.room.now), "photos": self.photos(), "mass_kg": "61.500",
            "weight_method": "scale", "scale_id": "SC-1", "completeness": ["motor", "board"],
            "grade": "complete", "price_paid_cny_fen": 8_500,
        }  # fmt: skip
        return told | changed

    def pickup(self, order: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What the recycler posts of an order of which everything was collected."""
        told = {
            "takeback_order_id": order["id"], "picked_at": plain(self.room.now), "lat": LAT,
            "lon": LON, "accuracy_m": "12", "datum": "gcj02", "collector_id": "K-7",
            "vehicle_plate": PLATE, "vehicle_energy": "electric", "acknowledged_by": "otp",
            "acknowledgement": OTP,
        }  # fmt: skip
        units = changed.pop("units", None) or [self.collected(one) for one in order["unit_ids"]]
        return {**told, "units": units, **changed}


def declaration(raw: bytes, media_type: str = "image/png") -> dict[str, Any]:
    sha256 = hashlib.sha256(raw).hexdigest()
    return {"sha256": sha256, "size_bytes": len(raw), "media_type": media_type}
