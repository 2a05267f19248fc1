"""A take-back order as its parties ask for it: from the wish to the depot's grade."""

from collections.abc import Generator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from simulator.appliances import Appliance, appliance_of
from simulator.company import Company, Recycler
from simulator.geography import near
from simulator.parcel import Parcel, Yards
from simulator.partners import REFURBISHER
from simulator.people import person
from simulator.pictures import MEDIA_TYPE, picture
from simulator.record import DAY_S, HOUR_S, decimal_text, utc_text
from simulator.step import OFFICE, Answer, Asking, Body, Life, OrderSystem, Step, Voice
from simulator.takeback import (
    BRAND_WEIGHTS,
    BRANDS,
    CANCELS_AT_QUOTE,
    CANCELS_BEFORE_PICKUP,
    CANCELS_EARLY,
    DISPUTED,
    HELD,
    MINUTE_S,
    NO_SHOW,
    OWN_BRAND,
    REAPPRAISED,
    RECYCLER_NO_SHOW,
    REFUSED_UNIT,
    RESCHEDULES,
    TRADES_IN,
    UNITS_DECLARED,
    UNITS_DECLARED_WEIGHTS,
)
from simulator.units import (
    CORRECTED,
    GRADE_WEIGHTS,
    GRADES,
    LOST,
    MASS_SPREAD,
    RESOLD_OF_REUSABLE,
    WEIGHED_AT_PICKUP,
)

EXPIRES, DECLINES, UNASSIGNED = 0.05, 0.09, 0.10  # of the assignments, each up to the next
NEVER_APPOINTS = 0.015
QUOTE_S = 72 * HOUR_S - 60
MAX_LOOKS = 40  # of a life that waits for the house; then the platform gives the order up
MAX_LOADED_KG = 480.0
ELECTRIC_ROUNDS = 0.3
DOOR_SPREAD_DEGREES = 0.05
VIEWS = ("whole", "name_plate", "core_part", "label")
PLACED = "appointed"
PRIVATE_DIGITS = 6

Placed = Generator[Step, Answer, Recycler | None]


@dataclass(slots=True)
class Order:
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


class DoorLives:
    """Makes the lives of orders; each draws from a generator of its own."""

    def __init__(self, *, seed: int, firm: Company, yards: Yards) -> None:
        """Keep what every life needs."""
        self._seed, self._firm, self._yards = seed, firm, yards
        self._recyclers = {one.partner_id: one for one in firm.recyclers}

    def life(self, number: int, at_s: int) -> Life:
        """Return the life of the order that is wished for at a Unix second."""
        return _DoorLife(self, number, at_s).run()

    @property
    def seed(self) -> int:
        """What everything follows from."""
        return self._seed

    @property
    def firm(self) -> Company:
        """Whose customers wish."""
        return self._firm

    @property
    def yards(self) -> Yards:
        """Where what was graded waits."""
        return self._yards

    def recycler(self, partner_id: str) -> Recycler:
        """Return the recycler of an id."""
        return self._recyclers[partner_id]


class _DoorLife:
    def __init__(self, lives: DoorLives, number: int, at_s: int) -> None:
        self._lives, self._number = lives, number
        self._rng = Random(f"{lives.seed}:door:{number}")
        self._voice = Voice(at_s)
        self._name = f"{lives.seed}-{number:06d}"

    def run(self) -> Life:
        """Ask for everything that happens to the order."""
        order = yield from self._wished()
        if not (yield from self._quoted(order)):
            return
        recycler = yield from self._placed(order)
        if recycler is not None:
            yield from self._picked_up(order, recycler)

    # -- the promise -------------------------------------------------------------------------------

    def _wished(self) -> Generator[Step, Answer, Order]:
        rng, firm = self._rng, self._lives.firm
        merchant = rng.choices(firm.merchants, cum_weights=firm.merchant_weights)[0]
        shares = [one.takeback_share for one in firm.categories]
        category = rng.choices(firm.categories, shares)[0]
        appliance = appliance_of(rng, category.category_id)
        lat, lon = near(rng, firm.regions[merchant.region], degrees=DOOR_SPREAD_DEGREES)
        place = {"lat": f"{lat:.{PRIVATE_DIGITS}f}", "lon": f"{lon:.{PRIVATE_DIGITS}f}"}
        contact = yield from self._voice.post(
            OFFICE, "/v1/contacts", person(self._lives.seed, self._number)
        )
        count = rng.choices(UNITS_DECLARED, UNITS_DECLARED_WEIGHTS)[0]
        channels = firm.channels
        told = yield from self._voice.command(
            OFFICE, "/v1/demands",
            channel=rng.choices(list(channels), list(channels.values()))[0],
            channel_ref=f"CRM-{self._name}",
            region=merchant.region,
            contact_id=contact["contact_id"],
            privacy_consent=True,
            lines=[self._line(appliance) for _ in range(count)],
            **place,
        )  # fmt: skip
        path = f"/v1/takeback-orders/{told['id']}"
        return Order(told["id"], path, tuple(told["unit_ids"]), appliance, place)

    def _line(self, appliance: Appliance) -> Body:
        brand = self._rng.choices(BRANDS, BRAND_WEIGHTS)[0]
        return {
            "category": appliance.category, "brand": brand, "is_own_brand": brand == OWN_BRAND,
            "age_years": self._rng.randint(6, 16), "condition": "works",
        }  # fmt: skip

    def _quoted(self, order: Order) -> Generator[Step, Answer, bool]:
        rng, voice = self._rng, self._voice
        if rng.random() < CANCELS_EARLY:
            return (yield from self._cancelled(order, "changed_mind"))
        yield from voice.wait(rng.uniform(1, 90) * MINUTE_S)
        yield from self._appraised(order)
        if rng.random() < REAPPRAISED:
            yield from voice.wait(rng.uniform(1, 30) * HOUR_S)
            yield from self._appraised(order)
        if rng.random() < CANCELS_AT_QUOTE:
            return (yield from self._cancelled(order, "price_too_low"))
        if rng.random() < TRADES_IN:
            yield from self._traded_in(order)
        yield from voice.wait(rng.uniform(0.1, 30) * HOUR_S)
        yield from voice.command(OFFICE, f"{order.path}:confirm", on_behalf_of="consumer")
        return True

    def _appraised(self, order: Order) -> Asking:
        one = order.appliance
        return (
            yield from self._voice.command(
                OFFICE, f"{order.path}:appraise",
                category=one.category, size_class=one.size_class, core_parts=list(one.parts),
                price_cny_fen=one.price_cny_fen, price_list_version="1",
                valid_until=utc_text(self._voice.at_s + QUOTE_S),
            )
        )  # fmt: skip

    def _traded_in(self, order: Order) -> Life:
        """Link the new appliance of the maker's own trade-in, for models that it lists."""
        rng, voice, one = self._rng, self._voice, order.appliance
        number = f"FO-{self._name}"
        yield OrderSystem(
            told={
                "forward_order_no": number, "ordered_on": utc_text(voice.at_s + 8 * HOUR_S)[:10],
                "category": one.new_category, "price_cny_fen": rng.randint(1_500, 9_000) * 100,
                "model": one.model,
            }
        )  # fmt: skip
        yield from voice.wait(rng.uniform(1, 40) * MINUTE_S)
        modes = self._lives.firm.service_modes
        yield from voice.command(
            OFFICE, f"{order.path}:link-trade-in",
            forward_order_no=number, policy_id="maker_trade_in", policy_version=1,
            service_mode=rng.choices(list(modes), list(modes.values()))[0],
        )  # fmt: skip
        order.forward_order_no = number

    def _cancelled(self, order: Order, reason_code: str) -> Generator[Step, Answer, bool]:
        """Cancel; what was bought instead counts no longer on the trade-in."""
        yield from self._voice.wait(self._rng.uniform(0.1, 48) * HOUR_S)
        if order.forward_order_no is not None:
            path = f"/v1/forward-orders/{order.forward_order_no}:return"
            yield from self._voice.command(OFFICE, path)
        yield from self._voice.command(OFFICE, f"{order.path}:cancel", reason_code=reason_code)
        return False

    # -- assignment and appointment ----------------------------------------------------------------

    def _placed(self, order: Order) -> Placed:
        """Return who has an appointment that held; None where the order ended before."""
        for _ in range(MAX_LOOKS):
            told = yield from self._voice.look(OFFICE, order.path)
            if told["state"] != "assigned":
                yield from self._voice.tick()
                continue
            recycler = self._lives.recycler(told["recycler_id"])
            if (yield from self._accepted(order, recycler)):
                state = yield from self._appointed(order, recycler)
                if state != "reassigning":
                    return recycler if state == PLACED else None
        yield from self._cancelled(order, "no_recycler")
        return None

    def _accepted(self, order: Order, recycler: Recycler) -> Generator[Step, Answer, bool]:
        chance, voice = self._rng.random(), self._voice
        if chance < EXPIRES:
            yield from self._expired(order, "assigned", recycler)
        elif chance < DECLINES:
            yield from voice.command(
                recycler.partner_id, f"{order.path}:decline", reason_code="capacity_full"
            )
        elif chance < UNASSIGNED:
            yield from voice.command(OFFICE, f"{order.path}:unassign", reason_code="partner_silent")
        else:
            yield from voice.command(recycler.partner_id, f"{order.path}:accept")
            return True
        return False

    def _expired(self, order: Order, state: str, recycler: Recycler) -> Life:
        """Do nothing until the house takes the order away from who does nothing."""
        for _ in range(MAX_LOOKS):
            yield from self._voice.tick()
            told = yield from self._voice.look(OFFICE, order.path)
            if (told["state"], told.get("recycler_id")) != (state, recycler.partner_id):
                return

    def _appointed(self, order: Order, recycler: Recycler) -> Generator[Step, Answer, str]:
        rng, voice, who = self._rng, self._voice, recycler.partner_id
        if rng.random() < NEVER_APPOINTS:
            yield from self._expired(order, "accepted", recycler)
            return "reassigning"
        yield from voice.wait(rng.uniform(0.2, 12) * HOUR_S)
        begin_s = voice.at_s + int(rng.uniform(12, 60) * HOUR_S)
        yield from voice.command(who, f"{order.path}:appoint", **_window(begin_s))
        if order.forward_order_no is None and rng.random() < CANCELS_BEFORE_PICKUP:
            yield from self._cancelled(order, "sold_elsewhere")
            return "cancelled"
        for _ in range(3):
            if rng.random() < RESCHEDULES:
                yield from voice.wait(rng.uniform(1, 5) * HOUR_S)
                begin_s += int(rng.uniform(12, 48) * HOUR_S)
                yield from voice.command(
                    who, f"{order.path}:reschedule", reason_code="consumer_wish",
                    **_window(begin_s),
                )  # fmt: skip
        yield from voice.wait_until(begin_s + rng.randint(10, 110) * MINUTE_S)
        if rng.random() < RECYCLER_NO_SHOW:
            yield from voice.command(
                OFFICE, f"{order.path}:report-no-show", no_show_by="recycler",
                contact_attempt="the consumer called",
            )  # fmt: skip
            return "reassigning"
        return (yield from self._at_home(order, who))

    def _at_home(self, order: Order, who: str) -> Generator[Step, Answer, str]:
        """Return the state after up to three visits; the third miss ends the order."""
        voice = self._voice
        for missed in (1, 2, 3):
            if self._rng.random() >= NO_SHOW:
                return PLACED
            told = yield from voice.command(
                who, f"{order.path}:report-no-show", no_show_by="consumer",
                contact_attempt="rang twice", arrived_at=utc_text(voice.at_s), **order.place,
            )  # fmt: skip
            if missed == 3:
                return str(told["state"])
            yield from voice.wait(self._rng.uniform(20, 60) * HOUR_S)
        raise AssertionError("three visits always end")

    # -- the door ----------------------------------------------------------------------------------

    def _picked_up(self, order: Order, recycler: Recycler) -> Life:
        rng, voice, who = self._rng, self._voice, recycler.partner_id
        rows, parcels = [], []
        at_s = voice.at_s
        for nth, unit_id in order.units:
            if rng.random() < REFUSED_UNIT:
                rows.append((yield from self._refused(who, unit_id, nth)))
                continue
            parcel = Parcel(unit_id, order.appliance, self._mass_kg(order.appliance), recycler)
            rows.append((yield from self._collected(who, parcel, nth, at_s)))
            parcels.append(parcel)
        yield from voice.post(who, "/v1/pickups", self._proof(order, who, at_s, rows))
        if rng.random() < DISPUTED:
            yield from self._disputed(order)
        if parcels:
            yield from self._to_depot(order, recycler, parcels)
        if rng.random() < HELD:
            yield from self._held(order)

    def _proof(self, order: Order, who: str, at_s: int, rows: list[Body]) -> Body:
        rng = self._rng
        return {
            "takeback_order_id": order.id, "picked_at": utc_text(at_s), "accuracy_m": "12",
            "datum": "gcj02", **order.place, "collector_id": f"K-{who}-{rng.randint(1, 4)}",
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

    def _disputed(self, order: Order) -> Life:
        voice, rng = self._voice, self._rng
        yield from voice.wait(rng.uniform(1, 40) * HOUR_S)
        yield from voice.command(OFFICE, f"{order.path}:dispute", claim="the price at the door")
        yield from voice.wait(rng.uniform(20, 200) * HOUR_S)
        yield from voice.command(OFFICE, f"{order.path}:resolve", outcome="paid as quoted")

    def _held(self, order: Order) -> Life:
        """The platform looks at an order of its own accord, and lets it go again."""
        voice, finding_id = self._voice, f"CHECK-{self._name}"
        yield from voice.command(OFFICE, f"{order.path}:hold", finding_id=finding_id)
        yield from voice.wait(self._rng.uniform(10, 90) * HOUR_S)
        yield from voice.command(
            OFFICE, f"{order.path}:release", finding_id=finding_id, decision="nothing was wrong"
        )

    # -- the depot ---------------------------------------------------------------------------------

    def _to_depot(self, order: Order, recycler: Recycler, parcels: list[Parcel]) -> Life:
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
            self._lives.yards.graded(one)

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


def _window(begin_s: int) -> Body:
    return {"window_from": utc_text(begin_s), "window_to": utc_text(begin_s + 4 * HOUR_S)}


def vehicle(rng: Random, who: str) -> Body:
    """Return what a driver tells when a consignment departs."""
    return {
        "vehicle_plate": f"{who.upper()}-{rng.randint(10_000, 99_999)}",
        "vehicle_energy": "diesel",
        "odometer_km": str(rng.randint(8_000, 400_000)),
    }
