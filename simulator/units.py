"""Old appliances: collected, weighed, graded, then reused or dismantled."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from simulator.aggregate import Aggregate
from simulator.company import Category, Recycler
from simulator.gases import gas_of
from simulator.record import DAY_S, HOUR_S, Draft, day_of, day_start_s, decimal_text
from simulator.reverse import Consignments

LOST = 0.004
REJECTED = 0.012
CORRECTED = 0.006
WEIGHED_AT_PICKUP = 0.25
RESOLD_OF_REUSABLE = 0.75
GRADES = ("recycle", "parts", "reuse")
GRADE_WEIGHTS = (0.70, 0.18, 0.12)
SHIPS_ON_WEEKDAY = 3  # depots send what they graded to the dismantler once a week
MASS_SPREAD = 0.22
MIN_MASS_KG, MAX_MASS_KG = 1.0, 480.0


class UnitLives:
    """Draws what happens to the units of an order from its pickup on."""

    def __init__(self, rng: Random, consignments: Consignments, *, seed: int) -> None:
        """Share the take-back's randomness and the consignments the units travel in."""
        self._rng = rng
        self._consignments = consignments
        self._seed = seed
        self._gases: list[Draft] = []

    def run(
        self,
        units: Sequence[Aggregate],
        collected: Sequence[Aggregate],
        category: Category,
        region: str,
        recycler: Recycler,
        picked_s: int,
    ) -> Iterator[Draft]:
        """Move every unit to its end; yield the leg that brought the collected to the depot.

        With it what plants tell of the refrigerant of those that they treated.
        """
        for unit in units:
            unit.facts["partner_id"] = recycler.partner_id
            if unit not in collected:
                unit.move_at("refused", "refused", at_s=picked_s + 1, reason_code="not_the_item")
        if not collected:
            return
        number = str(collected[0].facts["takeback_order_id"])
        masses_kg = [self._mass_kg(category) for _ in collected]
        arrived_s = picked_s + int(self._rng.uniform(2, 9) * HOUR_S)
        for unit, mass_kg in zip(collected, masses_kg, strict=True):
            self._to_depot(unit, mass_kg, category, f"RC{number}", picked_s, arrived_s)
            if unit.state == "at_depot":
                self._from_depot(unit, mass_kg, category, recycler)
        yield self._consignments.collected(
            f"RC{number}", category, region, recycler,
            mass_kg=sum(masses_kg), arrived_s=arrived_s,
        )  # fmt: skip
        yield from self._gases
        self._gases.clear()

    def _mass_kg(self, category: Category) -> float:
        mass_kg = category.old_mass_kg * self._rng.lognormvariate(0, MASS_SPREAD)
        return round(min(MAX_MASS_KG, max(MIN_MASS_KG, mass_kg)), 1)

    def _to_depot(
        self,
        unit: Aggregate,
        mass_kg: float,
        category: Category,
        consignment_id: str,
        picked_s: int,
        arrived_s: int,
    ) -> None:
        weighed = self._rng.random() < WEIGHED_AT_PICKUP
        unit.move_at(
            "collected", "collected", at_s=picked_s,
            mass_kg=decimal_text(mass_kg if weighed else category.old_mass_kg, 2),
            weight_method="scale" if weighed else "class_average",
        )  # fmt: skip
        unit.move("departed", "in_transit", after_s=30 * 60, consignment_id=consignment_id)
        if self._rng.random() < LOST:
            unit.move("lost", "lost", after_s=self._rng.uniform(1, 4) * DAY_S, reason_code="stolen")
        else:
            self._received(unit, mass_kg, arrived_s + 60)

    def _received(self, unit: Aggregate, mass_kg: float, at_s: int) -> None:
        mass = decimal_text(mass_kg, 2)
        unit.move_at("received", "at_depot", at_s=at_s, mass_kg=mass, weight_method="scale")
        if self._rng.random() < CORRECTED:
            unit.note("corrected", after_s=self._rng.uniform(1, 5) * HOUR_S, mass_kg=mass,
                      weight_method="scale", reason_code="typing_error")  # fmt: skip

    def _from_depot(
        self, unit: Aggregate, mass_kg: float, category: Category, recycler: Recycler
    ) -> None:
        grade = self._rng.choices(GRADES, GRADE_WEIGHTS)[0]
        self._inspected(unit, grade)
        if grade == "reuse" and self._rng.random() < RESOLD_OF_REUSABLE:
            unit.move("resold_for_reuse", "reused", after_s=self._rng.uniform(2, 15) * DAY_S)
            return
        self._shipped(unit, mass_kg, category, recycler)
        if self._rng.random() < REJECTED:
            self._sent_back(unit, mass_kg, recycler)
            self._inspected(unit, grade)
            self._shipped(unit, mass_kg, category, recycler)
        self._treated(unit, mass_kg, category, recycler)

    def _inspected(self, unit: Aggregate, grade: str) -> None:
        after_s = self._rng.uniform(1, 60) * HOUR_S
        unit.move("inspected", "graded", after_s=after_s, grade=grade)

    def _shipped(
        self, unit: Aggregate, mass_kg: float, category: Category, recycler: Recycler
    ) -> None:
        on = _next_weekday(day_of(unit.at_s) + timedelta(days=1), SHIPS_ON_WEEKDAY)
        consignment_id = self._consignments.add(on, category, recycler, mass_kg)
        unit.move_at(
            "shipped_to_dismantler", "in_transit_2",
            at_s=day_start_s(on) + self._rng.randrange(7 * HOUR_S, 9 * HOUR_S),
            consignment_id=consignment_id,
        )  # fmt: skip

    def _sent_back(self, unit: Aggregate, mass_kg: float, recycler: Recycler) -> None:
        unit.move("rejected", "returning", after_s=self._rng.uniform(10, 30) * HOUR_S,
                  partner_id=recycler.dismantler_id, reason_code="not_as_declared")  # fmt: skip
        self._received(unit, mass_kg, unit.at_s + int(self._rng.uniform(20, 50) * HOUR_S))

    def _treated(
        self, unit: Aggregate, mass_kg: float, category: Category, recycler: Recycler
    ) -> None:
        rng = self._rng
        unit.facts["partner_id"] = recycler.dismantler_id
        weighed_kg = max(MIN_MASS_KG, mass_kg * rng.uniform(0.985, 1.01))
        unit.move("accepted", "accepted", after_s=rng.uniform(12, 40) * HOUR_S,
                  mass_kg=decimal_text(weighed_kg, 2), weight_method="scale")  # fmt: skip
        unit.move("stored", "stored", after_s=rng.uniform(0.5, 6) * HOUR_S)
        if category.needs_depollution:
            unit.move("depolluted", "depolluted", after_s=rng.uniform(1, 8) * DAY_S)
            self._told_gas(unit, category, recycler)
        week = day_of(unit.at_s + 4 * DAY_S).isocalendar()
        batch_id = (
            f"B{self._seed}-{recycler.dismantler_id}-{category.category_id}-"
            f"{week.year}w{week.week:02d}"
        )
        unit.move("dismantled", "dismantled", after_s=rng.uniform(2, 6) * DAY_S, batch_id=batch_id)

    def _told_gas(self, unit: Aggregate, category: Category, recycler: Recycler) -> None:
        told = gas_of(
            self._seed, str(unit.facts["unit_id"]), category.category_id,
            recycler.dismantler.site_id, recycler.dismantler_id, unit.at_s,
        )  # fmt: skip
        if told is not None:
            self._gases.append(told)


def _next_weekday(on: date, weekday: int) -> date:
    return on + timedelta(days=(weekday - on.weekday()) % 7)
