"""Take-back orders: from a wish to its end, along the states of the specification."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from schemas.topics import TAKEBACK_ORDERS, TAKEBACK_UNITS
from simulator.aggregate import Aggregate
from simulator.company import Category, Company, Recycler
from simulator.record import DAY_S, HOUR_S, Draft, day_start_s
from simulator.reverse import Consignments
from simulator.season import takeback_weight
from simulator.units import UnitLives

MINUTE_S = 60
MAX_ROUNDS = 3  # of assignment; after that the platform gives the order up
BRANDS = ("own-brand", "brand-b", "brand-c", "brand-d", "brand-e")
OWN_BRAND = BRANDS[0]
BRAND_WEIGHTS = (0.34, 0.22, 0.18, 0.15, 0.11)  # any brand is taken back
UNITS_DECLARED = (1, 2, 3, 4)
UNITS_DECLARED_WEIGHTS = (0.86, 0.10, 0.03, 0.01)

# Shares of the orders that take a turn; assumptions, so that a funnel looks like one.
CANCELS_EARLY = 0.05
CANCELS_AT_QUOTE = 0.09
CANCELS_BEFORE_PICKUP = 0.03
REAPPRAISED = 0.06
TRADES_IN = 0.55
RESCHEDULES = 0.13
NO_SHOW = 0.06
RECYCLER_NO_SHOW = 0.02
REFUSED_UNIT = 0.05
HELD = 0.02
DISPUTED = 0.012


@dataclass(slots=True)
class Life:
    """An order with its units while it is drawn."""

    takeback_order: Aggregate
    units: list[Aggregate]
    category: Category
    region: str
    recyclers: tuple[Recycler, ...]
    tried: int = 0
    drafts: list[Draft] = field(default_factory=list)

    @property
    def recycler(self) -> Recycler:
        """The recycler whose turn it is."""
        return self.recyclers[self.tried % len(self.recyclers)]


class Takeback:
    """Draws the take-back orders of each day, whole lives at a time."""

    def __init__(self, *, seed: int, firm: Company, per_weight: float) -> None:
        """Keep what every day needs; ``per_weight`` is the number of orders per unit of demand."""
        self._seed = seed
        self._rng = Random(f"{seed}:takeback")
        self._firm = firm
        self._per_weight = per_weight
        self._shares = [one.takeback_share for one in firm.categories]
        self._consignments = Consignments(seed=seed, firm=firm)
        self._unit_lives = UnitLives(self._rng, self._consignments, seed=seed)

    def day(self, on: date) -> Iterator[Draft]:
        """Yield every fact of the orders wished for on a day, and the day's reverse legs."""
        yield from self._consignments.leaving(on)
        wished = takeback_weight(self._firm.season, on) * self._per_weight
        for number in range(1, 1 + int(wished + self._rng.random())):
            yield from self._live(f"{self._seed}-{on:%y%m%d}-{number:05d}", on)

    def _live(self, number: str, on: date) -> Iterator[Draft]:
        life = self._begin(number, on)
        if self._quoted(life) and self._placed(life) and self._picked_up(life):
            self._finish(life)
        yield from life.takeback_order.drafts
        for unit in life.units:
            yield from unit.drafts
        yield from life.drafts

    def _begin(self, number: str, on: date) -> Life:
        rng = self._rng
        merchant = rng.choices(self._firm.merchants, cum_weights=self._firm.merchant_weights)[0]
        category = rng.choices(self._firm.categories, self._shares)[0]
        common = {
            "takeback_order_id": f"TB{number}",
            "category": category.category_id,
            "channel": rng.choices(*_columns(self._firm.channels))[0],
            "region": merchant.region,
        }
        count = rng.choices(UNITS_DECLARED, UNITS_DECLARED_WEIGHTS)[0]
        takeback_order = Aggregate(TAKEBACK_ORDERS.name, common["takeback_order_id"], **common)
        wished_s = day_start_s(on) + int(rng.triangular(7, 23, 20) * HOUR_S)
        takeback_order.move_at(
            "demand_registered", "requested", at_s=wished_s, units_declared=count
        )
        units = [self._declared(number, nth, common, wished_s) for nth in range(1, count + 1)]
        recyclers = list(self._firm.recyclers_of[merchant.region])
        rng.shuffle(recyclers)
        return Life(takeback_order, units, category, merchant.region, tuple(recyclers))

    def _declared(self, number: str, nth: int, common: dict[str, str], at_s: int) -> Aggregate:
        unit_id = f"U{number}-{nth}"
        brand = self._rng.choices(BRANDS, BRAND_WEIGHTS)[0]
        unit = Aggregate(
            TAKEBACK_UNITS.name, unit_id, unit_id=unit_id, brand=brand,
            is_own_brand=brand == OWN_BRAND, **common,
        )  # fmt: skip
        unit.move_at("declared", "declared", at_s=at_s + nth)
        return unit

    def _quoted(self, life: Life) -> bool:
        rng, takeback_order = self._rng, life.takeback_order
        if rng.random() < CANCELS_EARLY:
            return self._cancelled(life, "changed_mind")
        takeback_order.move("appraised", "appraised", after_s=rng.uniform(1, 90) * MINUTE_S,
                   price_cny_fen=self._price(life))  # fmt: skip
        if rng.random() < REAPPRAISED:
            takeback_order.note("appraised", after_s=rng.uniform(1, 30) * HOUR_S,
                       price_cny_fen=self._price(life))  # fmt: skip
        if rng.random() < CANCELS_AT_QUOTE:
            return self._cancelled(life, "price_too_low")
        if rng.random() < TRADES_IN:
            self._trade_in(takeback_order)
        takeback_order.move("confirmed", "confirmed", after_s=rng.uniform(0.1, 30) * HOUR_S)
        return True

    def _trade_in(self, takeback_order: Aggregate) -> None:
        takeback_order.facts["service_mode"] = self._rng.choices(
            *_columns(self._firm.service_modes)
        )[0]
        token = f"{self._rng.getrandbits(48):012x}"
        takeback_order.note("trade_in_linked", after_s=self._rng.uniform(1, 40) * MINUTE_S,
                   forward_order_id=f"FO-{token}")  # fmt: skip

    def _placed(self, life: Life) -> bool:
        """Whether a recycler took the order and made an appointment that held."""
        while life.tried < MAX_ROUNDS:
            if self._accepted(life) and self._appointed(life):
                return True
            if life.takeback_order.state == "cancelled":
                return False
            life.tried += 1
        return self._cancelled(life, "no_recycler")

    def _accepted(self, life: Life) -> bool:
        rng, takeback_order = self._rng, life.takeback_order
        takeback_order.facts["partner_id"] = life.recycler.partner_id
        takeback_order.move("assigned", "assigned", after_s=rng.uniform(2, 40) * MINUTE_S)
        chance = rng.random()
        if chance < 0.05:
            takeback_order.move("assignment_expired", "reassigning", after_s=4 * HOUR_S)
        elif chance < 0.09:
            takeback_order.move("declined", "reassigning", after_s=rng.uniform(0.2, 3.5) * HOUR_S,
                       reason_code="capacity_full")  # fmt: skip
        elif chance < 0.10:
            takeback_order.move("unassigned", "reassigning", after_s=rng.uniform(0.2, 3.5) * HOUR_S,
                       reason_code="partner_silent")  # fmt: skip
        else:
            takeback_order.move("accepted", "accepted", after_s=rng.uniform(0.1, 3.5) * HOUR_S)
        return takeback_order.state == "accepted"

    def _appointed(self, life: Life) -> bool:
        rng, takeback_order = self._rng, life.takeback_order
        if rng.random() < 0.015:
            takeback_order.move("assignment_expired", "reassigning", after_s=24 * HOUR_S)
            return False
        takeback_order.move("appointed", "appointed", after_s=rng.uniform(0.2, 20) * HOUR_S)
        if rng.random() < CANCELS_BEFORE_PICKUP:
            return self._cancelled(life, "sold_elsewhere")
        for _ in range(3):
            if rng.random() < RESCHEDULES:
                takeback_order.note("rescheduled", after_s=rng.uniform(2, 30) * HOUR_S,
                           reason_code="consumer_wish")  # fmt: skip
        if rng.random() < RECYCLER_NO_SHOW:
            takeback_order.move("no_show", "reassigning", after_s=rng.uniform(20, 60) * HOUR_S,
                       reason_code="no_show_by_recycler")  # fmt: skip
            return False
        return self._consumer_at_home(life)

    def _consumer_at_home(self, life: Life) -> bool:
        """Whether the door opened by the third time; the third miss ends the takeback_order."""
        for missed in (1, 2, 3):
            if self._rng.random() >= NO_SHOW:
                return True
            state = "cancelled" if missed == 3 else "appointed"
            life.takeback_order.move("no_show", state, after_s=self._rng.uniform(20, 60) * HOUR_S,
                            reason_code="no_show_by_consumer")  # fmt: skip
        self._withdraw(life)
        return False

    def _picked_up(self, life: Life) -> bool:
        rng, takeback_order = self._rng, life.takeback_order
        at_s = takeback_order.at_s + int(rng.uniform(6, 70) * HOUR_S)
        collected = [unit for unit in life.units if rng.random() >= REFUSED_UNIT]
        refused = len(life.units) - len(collected)
        state = "partially_picked_up" if refused else "picked_up"
        takeback_order.move_at(
            "picked_up", state if collected else "refused_at_door", at_s=at_s,
            units_collected=len(collected), units_refused=refused,
            price_cny_fen=self._price(life) * len(collected) if collected else None,
        )  # fmt: skip
        life.drafts += self._unit_lives.run(
            life.units, collected, life.category, life.region, life.recycler, at_s
        )
        return True

    def _finish(self, life: Life) -> None:
        rng, takeback_order = self._rng, life.takeback_order
        if rng.random() < HELD:
            takeback_order.note(
                "hold_placed", after_s=rng.uniform(1, 20) * HOUR_S, reason_code="f05"
            )
            takeback_order.note("hold_released", after_s=rng.uniform(10, 90) * HOUR_S)
        if rng.random() < DISPUTED:
            takeback_order.note(
                "disputed", after_s=rng.uniform(1, 40) * HOUR_S, reason_code="price"
            )
            takeback_order.note("dispute_resolved", after_s=rng.uniform(20, 200) * HOUR_S)
        final_s = max(unit.at_s for unit in life.units)
        takeback_order.move_at("fulfilled", "fulfilled", at_s=max(final_s, takeback_order.at_s) + 5)
        takeback_order.move("settled", "settled", after_s=rng.uniform(2, 12) * DAY_S)
        takeback_order.move("closed", "closed", after_s=rng.uniform(15, 30) * DAY_S)

    def _cancelled(self, life: Life, reason_code: str) -> bool:
        after_s = self._rng.uniform(0.1, 48) * HOUR_S
        life.takeback_order.move("cancelled", "cancelled", after_s=after_s, reason_code=reason_code)
        self._withdraw(life)
        return False

    def _withdraw(self, life: Life) -> None:
        for unit in life.units:
            unit.move_at("withdrawn", "withdrawn", at_s=life.takeback_order.at_s + 1)

    def _price(self, life: Life) -> int:
        """Return a quote in fen: old appliances are bought by the kilogram, more or less."""
        return int(life.category.old_mass_kg * self._rng.uniform(120, 320)) // 10 * 10


def _columns(weights: Any) -> tuple[list[str], list[float]]:
    return list(weights), list(weights.values())
