"""A visit as its recycler tells it: the proof at the door, the way to the depot, and the grade."""

from collections.abc import Generator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from simulator.appliances import Appliance
from simulator.company import Recycler
from simulator.parcel import Parcel, Yards
from simulator.partners import REFURBISHER
from simulator.pictures import MEDIA_TYPE, picture
from simulator.record import DAY_S, HOUR_S, decimal_text, utc_text
from simulator.step import OFFICE, Answer, Asking, Body, Life, Step, Voice
from simulator.takeback import DISPUTED, HELD, REFUSED_UNIT
from simulator.units import (
    CORRECTED,
    GRADE_WEIGHTS,
    GRADES,
    LOST,
    MASS_SPREAD,
    RESOLD_OF_REUSABLE,
    WEIGHED_AT_PICKUP,
)

MAX_LOADED_KG = 480.0
ELECTRIC_ROUNDS = 0.3
VIEWS = ("whole", "name_plate", "core_part", "label")


@dataclass(slots=True)
class TakebackOrder:
    """What a life knows of its order."""

    id: str
    path: str
    unit_ids: tuple[str, ...]
    appliance: Appliance
    place: dict[str, str]
    forward_order_no: str | None = None

    @property
    def units(self) -> list[tuple[int, str]]:
        """Its units with their numbers."""
        return list(enumerate(self.unit_ids, 1))


class Visit:
    """One visit of one order; it draws from the randomness of the order's life."""

    def __init__(self, name: str, *, rng: Random, voice: Voice, yards: Yards) -> None:
        """Go on where the order's life stands."""
        self._name, self._rng, self._voice, self._yards = name, rng, voice, yards

    # -- the door ----------------------------------------------------------------------------------

    def picked_up(self, takeback_order: TakebackOrder, recycler: Recycler) -> Life:
        """Ask for all that happens from the door to the depot's grade."""
        rng, voice, who = self._rng, self._voice, recycler.partner_id
        rows, parcels = [], []
        at_s = voice.at_s
        for nth, unit_id in takeback_order.units:
            if rng.random() < REFUSED_UNIT:
                rows.append((yield from self._refused(who, unit_id, nth)))
                continue
            parcel = Parcel(
                unit_id, takeback_order.appliance, self._mass_kg(takeback_order.appliance), recycler
            )
            rows.append((yield from self._collected(who, parcel, nth, at_s)))
            parcels.append(parcel)
        yield from voice.post(who, "/v1/pickups", self._proof(takeback_order, who, at_s, rows))
        if rng.random() < DISPUTED:
            yield from self._disputed(takeback_order)
        if parcels:
            yield from self._to_depot(takeback_order, recycler, parcels)
        if rng.random() < HELD:
            yield from self._held(takeback_order)

    def _proof(self, takeback_order: TakebackOrder, who: str, at_s: int, rows: list[Body]) -> Body:
        rng = self._rng
        return {
            "takeback_order_id": takeback_order.id, "picked_at": utc_text(at_s), "accuracy_m": "12",
            "datum": "gcj02", **takeback_order.place,
            "collector_id": f"K-{who}-{rng.randint(1, 4)}",
            "vehicle_plate": f"{who.upper()}-{rng.randint(10_000, 99_999)}",
            "vehicle_energy": "electric" if rng.random() < ELECTRIC_ROUNDS else "diesel",
            "acknowledged_by": "otp", "acknowledgement": f"otp-{rng.randrange(10**6):06d}",
            "units": rows,
        }  # fmt: skip

    def _mass_kg(self, one: Appliance) -> float:
        drawn = one.mass_kg * self._rng.lognormvariate(0, MASS_SPREAD)
        return round(min(MAX_LOADED_KG, max(1.0, drawn)), 1)

    def _photos(
        self, who: str, nth: int, views: tuple[str, ...]
    ) -> Generator[Step, Answer, list[Body]]:
        """Send one photo, on which everything is seen that has to be."""
        content = picture(f"{self._name}/{nth}")
        digest = sha256(content).hexdigest()
        told = yield from self._voice.post(
            who, "/v1/uploads",
            {"sha256": digest, "size_bytes": len(content), "media_type": MEDIA_TYPE},
        )  # fmt: skip
        yield from self._voice.put(who, f"/v1/uploads/{told['id']}", content, MEDIA_TYPE)
        return [{"upload_id": told["id"], "view": one, "sha256": digest} for one in views]

    def _refused(self, who: str, unit_id: str, nth: int) -> Asking:
        photos = yield from self._photos(who, nth, VIEWS[:1])
        return {
            "unit_id": unit_id, "outcome": "refused", "reason_code": "not_the_item",
            "photos": photos,
        }  # fmt: skip

    def _collected(self, who: str, parcel: Parcel, nth: int, at_s: int) -> Asking:
        photos = yield from self._photos(who, nth, VIEWS)
        one = parcel.appliance
        row: dict[str, Any] = {
            "unit_id": parcel.unit_id, "outcome": "collected",
            "unit_code": f"PL-{self._name}-{nth}", "code_bound_at": utc_text(at_s),
            "photos": photos, "completeness": list(one.parts), "grade": "complete",
            "price_paid_cny_fen": one.price_cny_fen,
        }  # fmt: skip
        if self._rng.random() < WEIGHED_AT_PICKUP:
            weighed = {"mass_kg": decimal_text(parcel.mass_kg), "weight_method": "scale",
                       "scale_id": f"SC-{who}"}  # fmt: skip
        else:
            weighed = {"mass_kg": decimal_text(one.mass_kg), "weight_method": "class_average"}
        return row | weighed

    def _disputed(self, takeback_order: TakebackOrder) -> Life:
        voice, rng = self._voice, self._rng
        yield from voice.wait(rng.uniform(1, 40) * HOUR_S)
        yield from voice.command(
            OFFICE, f"{takeback_order.path}:dispute", claim="the price at the door"
        )
        yield from voice.wait(rng.uniform(20, 200) * HOUR_S)
        yield from voice.command(OFFICE, f"{takeback_order.path}:resolve", outcome="paid as quoted")

    def _held(self, takeback_order: TakebackOrder) -> Life:
        """The platform looks at an order of its own accord, and lets it go again."""
        voice, finding_id = self._voice, f"CHECK-{self._name}"
        yield from voice.command(OFFICE, f"{takeback_order.path}:hold", finding_id=finding_id)
        yield from voice.wait(self._rng.uniform(10, 90) * HOUR_S)
        yield from voice.command(
            OFFICE,
            f"{takeback_order.path}:release",
            finding_id=finding_id,
            decision="nothing was wrong",
        )

    # -- the depot ---------------------------------------------------------------------------------

    def _to_depot(
        self, takeback_order: TakebackOrder, recycler: Recycler, parcels: list[Parcel]
    ) -> Life:
        rng, voice, who = self._rng, self._voice, recycler.partner_id
        told = yield from voice.command(
            who, "/v1/consignments",
            unit_ids=[one.unit_id for one in parcels], to="depot", to_partner_id=who,
            from_site_id=f"round-{self._name}", to_site_id=recycler.depot.site_id,
        )  # fmt: skip
        path = f"/v1/consignments/{told['id']}"
        yield from voice.command(who, f"{path}:depart", **vehicle(rng, who))
        yield from voice.wait(rng.uniform(2, 9) * HOUR_S)
        arrived = yield from self._lost_some(who, parcels)
        if not arrived:
            return
        rows = [{"unit_id": one.unit_id, "mass_kg": decimal_text(one.mass_kg)} for one in arrived]
        yield from voice.command(who, f"{path}:receive", units=rows)
        for one in arrived:
            yield from self._graded(who, one)

    def _lost_some(self, who: str, parcels: list[Parcel]) -> Generator[Step, Answer, list[Parcel]]:
        arrived = []
        for one in parcels:
            if self._rng.random() < LOST:
                path = f"/v1/units/{one.unit_id}:report-lost"
                yield from self._voice.command(who, path, reason_code="stolen")
            else:
                arrived.append(one)
        return arrived

    def _graded(self, who: str, one: Parcel) -> Life:
        rng, voice, path = self._rng, self._voice, f"/v1/units/{one.unit_id}"
        if rng.random() < CORRECTED:
            yield from self._corrected(who, one)
        yield from voice.wait(rng.uniform(1, 60) * HOUR_S)
        grade = rng.choices(GRADES, GRADE_WEIGHTS)[0]
        parts = list(one.appliance.parts)
        yield from voice.command(who, f"{path}:inspect", grade=grade, completeness=parts)
        if grade == "reuse" and rng.random() < RESOLD_OF_REUSABLE:
            yield from voice.wait(rng.uniform(2, 15) * DAY_S)
            yield from voice.command(
                OFFICE, f"{path}:resell", refurbisher_id=REFURBISHER, data_wiped=True
            )
        else:
            self._yards.graded(one)

    def _corrected(self, who: str, one: Parcel) -> Life:
        """A figure was mistyped at the depot's scale: the right one follows."""
        path = f"/v1/units/{one.unit_id}"
        trace = yield from self._voice.look(who, f"{path}/trace")
        received = [event for event in trace["events"] if event["type"] == "received"][-1]
        one.mass_kg = round(one.mass_kg * 0.99, 1)
        yield from self._voice.command(
            who, f"{path}:correct", event_id=received["event_id"],
            values={"mass_kg": decimal_text(one.mass_kg)}, reason_code="typing_error",
        )  # fmt: skip


def vehicle(rng: Random, who: str) -> Body:
    """Return what a driver tells when a consignment departs."""
    return {
        "vehicle_plate": f"{who.upper()}-{rng.randint(10_000, 99_999)}",
        "vehicle_energy": "diesel",
        "odometer_km": str(rng.randint(8_000, 400_000)),
    }
