"""Sites by the month: what their meters told, what leaked, and the tonnes that really left them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from schemas.topics import HUB_PERIODS, LEGS
from simulator.company import Company
from simulator.record import HOUR_S, Draft, day_of, day_start_s, decimal_text, draft

REPORTS_ON_DAY = 3  # of the month after
# Assumptions: what a hall needs whether or not anything moves, and per tonne that leaves it.
BASE_LOAD_KWH = (9_000, 26_000)
KWH_PER_T = (3.2, 6.4)
YARD_DIESEL_L_PER_T = (0.02, 0.11)
LEAK_SHARE = 0.06  # of the months in which somebody topped up an air conditioner
LEAK_KG = (0.2, 2.4)
LEAKED = ("R-410A", "R-32")


class Sites:
    """Listens to every leg that leaves a site, and reports each month early in the next."""

    def __init__(self, *, seed: int, firm: Company) -> None:
        """Know the sites; none has sent anything yet."""
        self._seed = seed
        self._rng = Random(f"{seed}:sites")
        self._types = {one.site.site_id: "storage_and_transshipment" for one in firm.rdcs}
        self._types |= {one.site.site_id: "warehouse" for one in firm.bases}
        self._base_load_kwh = {
            site_id: self._rng.uniform(*BASE_LOAD_KWH) for site_id in sorted(self._types)
        }
        self._out_kg: defaultdict[tuple[str, date], float] = defaultdict(float)

    def see(self, one: Draft) -> None:
        """Count a leg that left one of the sites in the month it ended in."""
        if one.topic != LEGS.name:
            return
        site_id = one.body["origin"].get("site_id")
        if site_id in self._types:
            month_on = day_of(one.occurred_s).replace(day=1)
            self._out_kg[site_id, month_on] += float(one.body["mass_kg"])

    def day(self, on: date) -> Iterator[Draft]:
        """Yield the reports of last month, on the day they are due."""
        if on.day != REPORTS_ON_DAY:
            return
        month_on = (on.replace(day=1) - timedelta(days=1)).replace(day=1)
        for site_id in sorted(self._types):
            out_kg = self._out_kg.pop((site_id, month_on), 0.0)
            if out_kg > 0:
                yield self._report(site_id, month_on, on, out_kg)

    def _report(self, site_id: str, month_on: date, on: date, out_kg: float) -> Draft:
        rng, out_t = self._rng, out_kg / 1_000
        kwh = self._base_load_kwh[site_id] + out_t * rng.uniform(*KWH_PER_T)
        diesel_l = out_t * rng.uniform(*YARD_DIESEL_L_PER_T)
        energy = [
            {"energy": "electric", "energy_kwh": decimal_text(kwh, 1)},
            {"energy": "diesel", "fuel_l": decimal_text(diesel_l, 1)},
        ]
        return draft(
            day_start_s(on) + rng.randrange(8 * HOUR_S, 17 * HOUR_S),
            HUB_PERIODS.name, site_id, f"{self._seed}/{month_on}",
            site_id=site_id,
            hub_type=self._types[site_id],
            period_on=month_on.isoformat(),
            energy=energy,
            refrigerants=self._leaks() or None,
            outbound_mass_kg=decimal_text(out_kg),
        )  # fmt: skip

    def _leaks(self) -> list[dict[str, str]]:
        """Of offices and control rooms: appliances are not chilled, so nothing here is cooling."""
        if self._rng.random() >= LEAK_SHARE:
            return []
        lost_kg = decimal_text(self._rng.uniform(*LEAK_KG), 2)
        return [{"substance": self._rng.choice(LEAKED), "lost_kg": lost_kg}]
