"""A take-back order as its parties ask for it: from the wish to the depot's grade."""

from collections.abc import Generator
from random import Random

from simulator.appliances import Appliance, appliance_of
from simulator.company import Company, Recycler
from simulator.geography import near
from simulator.parcel import Yards
from simulator.people import person
from simulator.record import HOUR_S, utc_text
from simulator.step import OFFICE, Answer, Asking, Body, Life, Step, Voice
from simulator.takeback import (
    BRAND_WEIGHTS,
    BRANDS,
    CANCELS_AT_QUOTE,
    CANCELS_BEFORE_PICKUP,
    CANCELS_EARLY,
    MINUTE_S,
    NO_SHOW,
    OWN_BRAND,
    REAPPRAISED,
    RECYCLER_NO_SHOW,
    RESCHEDULES,
    TRADES_IN,
    UNITS_DECLARED,
    UNITS_DECLARED_WEIGHTS,
)
from simulator.visit_life import TakebackOrder, Visit

EXPIRES, DECLINES, UNASSIGNED = 0.05, 0.09, 0.10  # of the assignments, each up to the next
NEVER_APPOINTS = 0.015
QUOTE_S = 72 * HOUR_S - 60
MAX_LOOKS = 40  # of a life that waits for the house; then the platform gives the order up
DOOR_SPREAD_DEGREES = 0.05
PLACED = "appointed"
PRIVATE_DIGITS = 6

Placed = Generator[Step, Answer, Recycler | None]


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
            visit = Visit(self._name, rng=self._rng, voice=self._voice, yards=self._lives.yards)
            yield from visit.picked_up(order, recycler)

    # -- the promise -------------------------------------------------------------------------------

    def _wished(self) -> Generator[Step, Answer, TakebackOrder]:
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
        return TakebackOrder(told["id"], path, tuple(told["unit_ids"]), appliance, place)

    def _line(self, appliance: Appliance) -> Body:
        brand = self._rng.choices(BRANDS, BRAND_WEIGHTS)[0]
        return {
            "category": appliance.category, "brand": brand, "is_own_brand": brand == OWN_BRAND,
            "age_years": self._rng.randint(6, 16), "condition": "works",
        }  # fmt: skip

    def _quoted(self, order: TakebackOrder) -> Generator[Step, Answer, bool]:
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

    def _appraised(self, order: TakebackOrder) -> Asking:
        one = order.appliance
        return (
            yield from self._voice.command(
                OFFICE, f"{order.path}:appraise",
                category=one.category, size_class=one.size_class, core_parts=list(one.parts),
                price_cny_fen=one.price_cny_fen, price_list_version="1",
                valid_until=utc_text(self._voice.at_s + QUOTE_S),
            )
        )  # fmt: skip

    def _traded_in(self, order: TakebackOrder) -> Life:
        """Link the new appliance of the maker's own trade-in, for models that it lists."""
        rng, voice, one = self._rng, self._voice, order.appliance
        number = f"FO-{self._name}"
        yield from voice.command(
            OFFICE, f"/v1/forward-orders/{number}:create",
            ordered_on=utc_text(voice.at_s + 8 * HOUR_S)[:10], category=one.new_category,
            price_cny_fen=rng.randint(1_500, 9_000) * 100, model=one.model,
        )  # fmt: skip
        yield from voice.wait(rng.uniform(1, 40) * MINUTE_S)
        modes = self._lives.firm.service_modes
        yield from voice.command(
            OFFICE, f"{order.path}:link-trade-in",
            forward_order_no=number, policy_id="maker_trade_in", policy_version=1,
            service_mode=rng.choices(list(modes), list(modes.values()))[0],
        )  # fmt: skip
        order.forward_order_no = number

    def _cancelled(self, order: TakebackOrder, reason_code: str) -> Generator[Step, Answer, bool]:
        """Cancel; what was bought instead counts no longer on the trade-in."""
        yield from self._voice.wait(self._rng.uniform(0.1, 48) * HOUR_S)
        if order.forward_order_no is not None:
            path = f"/v1/forward-orders/{order.forward_order_no}:return"
            yield from self._voice.command(OFFICE, path)
        yield from self._voice.command(OFFICE, f"{order.path}:cancel", reason_code=reason_code)
        return False

    # -- assignment and appointment ----------------------------------------------------------------

    def _placed(self, order: TakebackOrder) -> Placed:
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

    def _accepted(self, order: TakebackOrder, recycler: Recycler) -> Generator[Step, Answer, bool]:
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

    def _expired(self, order: TakebackOrder, state: str, recycler: Recycler) -> Life:
        """Do nothing until the house takes the order away from who does nothing."""
        for _ in range(MAX_LOOKS):
            yield from self._voice.tick()
            told = yield from self._voice.look(OFFICE, order.path)
            if (told["state"], told.get("recycler_id")) != (state, recycler.partner_id):
                return

    def _appointed(self, order: TakebackOrder, recycler: Recycler) -> Generator[Step, Answer, str]:
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

    def _at_home(self, order: TakebackOrder, who: str) -> Generator[Step, Answer, str]:
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


def _window(begin_s: int) -> Body:
    return {"window_from": utc_text(begin_s), "window_to": utc_text(begin_s + 4 * HOUR_S)}
