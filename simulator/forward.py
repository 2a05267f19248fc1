"""Forward shipments: from a production base to a merchant, direct or through RDCs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from schemas.topics import LEGS, ORDERS
from simulator.company import CARRIERS, OWN_CARRIERS, Category, Company, Merchant, Node
from simulator.geography import Site, between_km
from simulator.lanes import (
    MAX_EV_KM,
    Lanes,
    both_coastal,
    distance_facts,
    electric_facts,
    load_facts,
    long_haul_mode,
    road_facts,
    smallest_class,
)
from simulator.record import HOUR_S, Draft, day_of, day_start_s, decimal_text, draft
from simulator.season import demand_weight, direct_share, years_since_start

WARM_UP_DAYS = 6
MAX_UNITS_VOLUME_M3 = 80.0
MAX_UNITS_MASS_KG = 17_000.0
TRANSFER_SHARE = 0.08
UNKNOWN_CHANNEL_SHARE = 0.01  # order lines whose route nobody noted
RIGID_SHARE = 0.3  # of the main-line loads that would fit one; the rest is consolidated in artics
KM_PER_DAY = 550.0
LEGS_PER_SHIPMENT = 1.57  # measured over a year; turns the scale's legs into shipments
TRUCKS_PER_LANE_AND_DAY = 6


@dataclass(frozen=True, slots=True)
class Hop:
    """One leg to be: where from, where to, and its place in the chain."""

    leg: str
    origin: Site
    destination: Site
    coastal: bool = False
    ev_grid_region: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """One order line on its way."""

    number: str
    category: Category
    base: Node
    merchant: Merchant
    is_direct: bool | None
    hops: tuple[Hop, ...]
    mass_kg: float
    volume_m3: float


class Forward:
    """Draws the shipments of each day."""

    def __init__(self, *, seed: int, firm: Company, per_weight: float) -> None:
        """Keep what every day needs; ``per_weight`` is the number of shipments per unit."""
        self._seed = seed
        self._rng = Random(f"{seed}:forward")
        self._load_rng = Random(f"{seed}:load")
        self.firm = firm
        self._lanes = Lanes(seed)
        self._per_weight = per_weight
        self._bases: dict[tuple[str, str], tuple[list[Node], list[float]]] = {}

    def day(self, on: date, *, ends_from_s: int = 0) -> Iterator[Draft]:
        """Yield the legs and the order line of every shipment ordered on a day.

        Only of those whose first leg ends at the Unix second ``ends_from_s`` or later: a chain is
        told from its first leg or not at all.
        """
        number = 0
        for category in self.firm.categories:
            weight = demand_weight(self.firm.season, category, on)
            for _ in range(int(weight * self._per_weight + self._rng.random())):
                number += 1
                shipment = self.shipment(f"{self._seed}-{on:%y%m%d}-{number:05d}", category, on)
                drafts = self._drafts(shipment, on)
                if drafts[0].occurred_s >= ends_from_s:
                    yield from drafts

    def shipment(self, number: str, category: Category, on: date) -> Shipment:
        """Return one seeded shipment of a category."""
        rng, firm = self._rng, self.firm
        merchant = rng.choices(firm.merchants, cum_weights=firm.merchant_weights)[0]
        base = self._base_for(category, merchant)
        is_direct = rng.random() < direct_share(category, on)
        mass_kg, volume_m3 = self._load(category, median_m3=24.0 if is_direct else 6.5)
        known = rng.random() >= UNKNOWN_CHANNEL_SHARE
        return Shipment(
            number=number,
            category=category,
            base=base,
            merchant=merchant,
            is_direct=is_direct if known else None,
            hops=self._hops(base, merchant, is_direct=is_direct),
            mass_kg=mass_kg,
            volume_m3=volume_m3,
        )

    def kms(self, hop: Hop) -> tuple[float, float]:
        """Return great circle and road distance of a hop, in kilometres."""
        return self._lanes.kms(hop.origin, hop.destination)

    def _base_for(self, category: Category, merchant: Merchant) -> Node:
        key = (category.category_id, merchant.site.site_id)
        if key not in self._bases:
            makers = [one for one in self.firm.bases if category.category_id in one.categories]
            pulls = [1 / (300 + between_km(one.site, merchant.site)) ** 2 for one in makers]
            self._bases[key] = makers, list(accumulate(pulls))
        makers, pulls = self._bases[key]
        return self._rng.choices(makers, cum_weights=pulls)[0]

    def _load(self, category: Category, *, median_m3: float) -> tuple[float, float]:
        wanted_m3 = min(MAX_UNITS_VOLUME_M3, median_m3 * self._rng.lognormvariate(0, 0.75))
        unit_mass_kg = category.unit_mass_kg * self._rng.uniform(0.85, 1.2)
        most = int(MAX_UNITS_MASS_KG // unit_mass_kg)
        units = max(1, min(most, int(wanted_m3 / category.unit_volume_m3)))
        return round(units * unit_mass_kg, 1), round(units * category.unit_volume_m3, 2)

    def _hops(self, base: Node, merchant: Merchant, *, is_direct: bool) -> tuple[Hop, ...]:
        if is_direct:
            return (Hop("main_line", base.site, merchant.site),)
        last = Hop(
            "last_leg", merchant.rdc.site, merchant.site, ev_grid_region=merchant.rdc.ev_grid_region
        )
        via = self._rng.choice(self.firm.rdcs)
        if via is merchant.rdc or self._rng.random() >= TRANSFER_SHARE:
            return self._main_line(base, merchant.rdc), last
        transfer = Hop("transfer", via.site, merchant.rdc.site, both_coastal(via, merchant.rdc))
        return self._main_line(base, via), transfer, last

    @staticmethod
    def _main_line(base: Node, rdc: Node) -> Hop:
        return Hop("main_line", base.site, rdc.site, both_coastal(base, rdc))

    def _drafts(self, shipment: Shipment, on: date) -> list[Draft]:
        at_s = day_start_s(on) + self._rng.randrange(8 * HOUR_S, 20 * HOUR_S)
        legs: list[Draft] = []
        for seq, hop in enumerate(shipment.hops, 1):
            hours = 6 + self.kms(hop)[1] / KM_PER_DAY * 24 + self._rng.uniform(2, 20)
            at_s += int(hours * HOUR_S)
            legs.append(self.leg(shipment, seq, at_s))
        return [*legs, self._order(shipment, on, legs)]

    def leg(self, shipment: Shipment, seq: int, at_s: int) -> Draft:
        """Return the leg of a shipment with this number, finished at a Unix second."""
        hop = shipment.hops[seq - 1]
        great_circle_km, road_km = self.kms(hop)
        carried = self._carriage(shipment, hop, road_km, at_s)
        told = distance_facts(
            self._rng,
            great_circle_km=great_circle_km,
            road_km=road_km,
            mode=carried["mode"],
        )
        trip_id, carrier = self._trip(hop, at_s), self._rng.randint(1, CARRIERS)
        load = self._load_of(shipment, hop, carried) if carrier <= OWN_CARRIERS else {}
        return draft(
            at_s, LEGS.name, f"S{shipment.number}", seq,
            shipment_id=f"S{shipment.number}",
            consignment_id=f"C{shipment.number}",
            leg_seq=seq,
            leg=hop.leg,
            category=shipment.category.category_id,
            company=self.firm.company_id,
            production_base=shipment.base.name,
            origin=hop.origin.place,
            destination=hop.destination.place,
            mass_kg=decimal_text(shipment.mass_kg, 1),
            volume_m3=decimal_text(shipment.volume_m3, 2),
            is_direct=shipment.is_direct,
            trip_id=trip_id,
            carrier_id=f"car-{carrier:02d}",
            **carried, **told, **load,
        )  # fmt: skip

    def _load_of(
        self, shipment: Shipment, hop: Hop, carried: Mapping[str, str]
    ) -> Mapping[str, str]:
        return load_facts(self._load_rng, self.firm, carried, leg=hop.leg, mass_kg=shipment.mass_kg)

    def _carriage(
        self, shipment: Shipment, hop: Hop, road_km: float, at_s: int
    ) -> Mapping[str, str]:
        vehicle = smallest_class(self.firm, mass_kg=shipment.mass_kg, volume_m3=shipment.volume_m3)
        if hop.leg != "last_leg":
            return self._long_haul(shipment, hop)
        if hop.ev_grid_region and vehicle.kwh_per_km and road_km <= MAX_EV_KM:
            # the electric fleet of these cities grows from year to year
            electric_share = min(0.95, 0.6 + 0.1 * years_since_start(day_of(at_s)))
            if self._rng.random() < electric_share:
                return electric_facts(
                    self._rng,
                    vehicle,
                    mass_kg=shipment.mass_kg,
                    road_km=road_km,
                    grid_region=hop.ev_grid_region,
                )
        return road_facts(self._rng, vehicle)

    def _long_haul(self, shipment: Shipment, hop: Hop) -> Mapping[str, str]:
        mode = long_haul_mode(
            self._rng,
            coastal=hop.coastal,
            great_circle_km=self.kms(hop)[0],
            mass_kg=shipment.mass_kg,
        )
        if mode != "road":
            return {"mode": mode}
        rigid, artic = self.firm.vehicle_classes[-2:]
        fits = shipment.mass_kg <= rigid.payload_kg and shipment.volume_m3 <= rigid.volume_m3
        is_rigid = fits and self._rng.random() < RIGID_SHARE
        return road_facts(self._rng, rigid if is_rigid else artic)

    def _trip(self, hop: Hop, at_s: int) -> str:
        truck = self._rng.randint(1, TRUCKS_PER_LANE_AND_DAY)
        return f"T{day_of(at_s):%y%m%d}-{hop.origin.site_id}-{hop.destination.site_id}-{truck}"

    def _order(self, shipment: Shipment, on: date, legs: Sequence[Draft]) -> Draft:
        main_line, delivered_s = legs[0].body, legs[-1].occurred_s
        road_km = decimal_text(self.kms(shipment.hops[0])[1], 1)
        return draft(
            delivered_s + self._rng.randrange(60, HOUR_S), ORDERS.name, f"OL{shipment.number}", 1,
            order_line_id=f"OL{shipment.number}",
            category=shipment.category.category_id,
            production_base=shipment.base.name,
            region=shipment.merchant.region,
            is_direct=shipment.is_direct,
            mode=main_line["mode"],
            ordered_on=on.isoformat(),
            promised_on=(on + timedelta(days=self._rng.randint(4, 9))).isoformat(),
            delivered_on=day_of(delivered_s).isoformat(),
            mass_kg=main_line["mass_kg"],
            volume_m3=main_line["volume_m3"],
            main_line_km=main_line.get("distance_km", road_km),
        )  # fmt: skip
