"""A year of take-back as the requests that its parties send: the plan, before anybody sends it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from simulator.company import Company, company
from simulator.depot_life import DepotLives
from simulator.door_life import DoorLives
from simulator.parcel import Yards
from simulator.partners import Profile, profiles
from simulator.people import person
from simulator.plant_life import PlantLives
from simulator.record import HOUR_S, day_start_s
from simulator.season import takeback_weight
from simulator.step import Life
from simulator.timeline import days

# Before it the packaged price list and the maker's trade-in buy nothing.
FIRST_ON = date(2023, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerYear:
    """What happens between two days, both included, with about so many take-back orders."""

    seed: int
    from_on: date
    to_on: date
    takeback_orders: int

    @property
    def firm(self) -> Company:
        """Whose year it is."""
        return company(self.seed)

    @property
    def partners(self) -> Mapping[str, Profile]:
        """The profile of every partner by its id."""
        return profiles(self.firm)

    def lives(self) -> Iterator[tuple[int, Life]]:
        """Yield every life with the Unix second at which it begins, in one sequence."""
        firm, yards = self.firm, Yards()
        begin_s = day_start_s(self.from_on)
        depots = DepotLives(seed=self.seed, yards=yards)
        for one in firm.recyclers:
            yield begin_s, depots.life(one, self.from_on)
        plants = PlantLives(seed=self.seed, yards=yards)
        by_plant = {one.dismantler_id: one for one in firm.recyclers}
        for dismantler_id in sorted(by_plant):
            yield begin_s, plants.life(by_plant[dismantler_id], self.from_on)
        doors = DoorLives(seed=self.seed, firm=firm, yards=yards)
        for number, at_s in enumerate(self.wishes(), 1):
            yield at_s, doors.life(number, at_s)

    def people(self) -> Iterator[Mapping[str, str]]:
        """Yield who wishes: what nobody but the contact store may know."""
        for number, _ in enumerate(self.wishes(), 1):
            yield person(self.seed, number)

    def wishes(self) -> Iterator[int]:
        """Yield the Unix second of each wish; trade-in follows the festivals."""
        rng, firm = Random(f"{self.seed}:wishes"), self.firm
        every = list(days(self.from_on, self.to_on))
        weights = [takeback_weight(firm.season, on) for on in every]
        share = self.takeback_orders / sum(weights)
        for on, weight in zip(every, weights, strict=True):
            for _ in range(int(weight * share + rng.random())):
                yield day_start_s(on) + int(rng.triangular(7, 23, 20) * HOUR_S)
