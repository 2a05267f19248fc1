"""A depot's week: what it graded goes to its dismantler, which weighs, stores and depollutes it."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from simulator.company import Recycler
from simulator.gases import EMPTY_SHARE, PLATES, RECOVERED, gas_draft
from simulator.parcel import Parcel, Yards
from simulator.record import DAY_S, HOUR_S, day_of, day_start_s, decimal_text, utc_text
from simulator.step import Begin, Life, Tell, Voice
from simulator.units import MIN_MASS_KG, REJECTED, SHIPS_ON_WEEKDAY
from simulator.visit_life import vehicle

MAX_LOAD_UNITS = 60
OIL_G = {"refrigerator": 220, "freezer": 220, "air_conditioner": 400}
GASES = {"refrigerator": "fridge", "freezer": "fridge", "air_conditioner": "home_ac"}
WEEK_S = 7 * DAY_S


class DepotLives:
    """Makes the life of each depot, and of each lorry that leaves one."""

    def __init__(self, *, seed: int, yards: Yards) -> None:
        """Keep what every depot needs."""
        self._seed, self._yards = seed, yards

    def life(self, recycler: Recycler, from_on: date) -> Life:
        """Yield the depot's weeks without end, from its first day of shipping on."""
        on = from_on + timedelta(days=(SHIPS_ON_WEEKDAY - from_on.weekday()) % 7)
        voice = Voice(day_start_s(from_on))
        yield from voice.wait_until(day_start_s(on) + 7 * HOUR_S)
        while True:
            parcels = self._yards.take_graded(recycler.partner_id)
            for first in range(0, len(parcels), MAX_LOAD_UNITS):
                load = parcels[first : first + MAX_LOAD_UNITS]
                yield Begin(self._trip(recycler, load, voice.at_s))
            yield from voice.wait(WEEK_S)

    def _trip(self, recycler: Recycler, load: list[Parcel], at_s: int) -> Life:
        rng, voice = Random(f"{self._seed}:trip:{recycler.partner_id}:{at_s}"), Voice(at_s)
        who, plant = recycler.partner_id, recycler.dismantler_id
        told = yield from voice.command(
            who, "/v1/consignments",
            unit_ids=[one.unit_id for one in load], to="dismantler", to_partner_id=plant,
            from_site_id=recycler.depot.site_id, to_site_id=recycler.dismantler.site_id,
            manifest_id=f"M-{self._seed}-{who}-{day_of(at_s):%y%m%d}",
        )  # fmt: skip
        path = f"/v1/consignments/{told['id']}"
        yield from voice.command(who, f"{path}:depart", **vehicle(rng, who))
        yield from voice.wait(rng.uniform(6, 20) * HOUR_S)
        units = [{"unit_id": one.unit_id} for one in load]
        yield from voice.command(plant, f"{path}:receive", units=units)
        for one in load:
            yield Begin(self._taken_in(one, voice.at_s))

    def _taken_in(self, one: Parcel, at_s: int) -> Life:
        rng, voice = Random(f"{self._seed}:plant:{at_s}:{one.mass_kg}"), Voice(at_s)
        plant, path = one.recycler.dismantler_id, f"/v1/units/{one.unit_id}"
        yield from voice.wait(rng.uniform(1, 20) * HOUR_S)
        if rng.random() < REJECTED:
            yield from self._sent_back(rng, voice, one)
            return
        one.mass_kg = round(max(MIN_MASS_KG, one.mass_kg * rng.uniform(0.985, 1.01)), 1)
        yield from voice.command(
            plant, f"{path}:accept", mass_kg=decimal_text(one.mass_kg),
            site_id=one.recycler.dismantler.site_id,
        )  # fmt: skip
        yield from voice.wait(rng.uniform(0.5, 6) * HOUR_S)
        yield from voice.command(
            plant, f"{path}:store", location_id=f"A-{rng.randint(1, 40)}",
            stored_at=utc_text(voice.at_s),
        )  # fmt: skip
        if one.appliance.needs_depollution:
            yield from voice.wait(rng.uniform(1, 8) * DAY_S)
            yield from self._depolluted(rng, voice, one)
        self._yards.ready(one)

    def _sent_back(self, rng: Random, voice: Voice, one: Parcel) -> Life:
        """The dismantler does not take it: it goes back to the depot, which grades it again."""
        recycler, path = one.recycler, f"/v1/units/{one.unit_id}"
        who = recycler.partner_id
        yield from voice.command(
            recycler.dismantler_id, f"{path}:reject", reason_code="not_as_declared",
            accepted_mass_kg="0",
        )  # fmt: skip
        told = yield from voice.command(
            who, "/v1/consignments",
            unit_ids=[one.unit_id], to="depot", to_partner_id=who,
            from_site_id=recycler.dismantler.site_id, to_site_id=recycler.depot.site_id,
        )  # fmt: skip
        back = f"/v1/consignments/{told['id']}"
        yield from voice.command(who, f"{back}:depart", **vehicle(rng, who))
        yield from voice.wait(rng.uniform(10, 40) * HOUR_S)
        rows = [{"unit_id": one.unit_id, "mass_kg": decimal_text(one.mass_kg)}]
        yield from voice.command(who, f"{back}:receive", units=rows)
        parts = list(one.appliance.parts)
        yield from voice.command(who, f"{path}:inspect", grade="recycle", completeness=parts)
        self._yards.graded(one)

    def _depolluted(self, rng: Random, voice: Voice, one: Parcel) -> Life:
        category = one.appliance.category
        gases = []
        if category in GASES:
            plates = PLATES[GASES[category]]
            substance, _, grams = rng.choices(plates, [share for _, share, _ in plates])[0]
            nameplate_g = rng.randint(*grams)
            is_empty = rng.random() < EMPTY_SHARE
            recovered_g = 0 if is_empty else round(nameplate_g * rng.uniform(*RECOVERED))
            gas = substance.lower()
            one.gases_g[gas] = Decimal(recovered_g)
            gases.append({"gas": gas, "mass_g": str(recovered_g)})
            yield Tell(
                gas_draft(
                    rng, one.unit_id, one.recycler.dismantler.site_id, one.recycler.dismantler_id,
                    voice.at_s, substance=substance, nameplate_g=nameplate_g,
                    recovered_g=recovered_g,
                )
            )  # fmt: skip
        yield from voice.command(
            one.recycler.dismantler_id, f"/v1/units/{one.unit_id}:depollute",
            refrigerants=gases, oil_g=str(OIL_G.get(category, 0)),
            capacitor_count=rng.randint(0, 3), mercury_g="0",
            crt_glass_g=str(15_000 if category == "tv_crt" else 0),
        )  # fmt: skip
