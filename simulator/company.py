"""The seeded company: production bases, RDCs, merchants, fleet, forklifts, recyclers.

Nobody's data: sites lie near real cities, everything that identifies somebody is a token.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any

from simulator.geography import Region, Site, between_km, great_circle_km, near, regions

CARRIERS = 14
OWN_CARRIERS = 4  # the first of them are the company's own lorries, whose loads it knows
MERCHANTS_IN_A_CENTRE = 5  # a provincial capital or municipality
PICKS_PER_REGION = 3  # recyclers that serve one region
MERCHANT_SPREAD_DEGREES = 0.18
DEPOT_SPREAD_DEGREES = 0.12


@dataclass(frozen=True, slots=True)
class Category:
    """What is made and taken back: one unit's mass and volume, and how it is sold."""

    category_id: str
    unit_mass_kg: float
    unit_volume_m3: float
    old_mass_kg: float
    demand_share: float
    takeback_share: float
    direct_share: float
    direct_share_per_year: float
    needs_depollution: bool
    promotions: bool
    months: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """A road vehicle's class; ``kwh_per_km`` where an electric one is in the fleet."""

    class_id: str
    payload_kg: float
    volume_m3: float
    kwh_per_km: float | None


@dataclass(frozen=True, slots=True)
class Node:
    """A production base or an RDC."""

    name: str
    site: Site
    coastal: bool
    categories: tuple[str, ...]
    ev_grid_region: str | None


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop that orders, and the RDC nearest to it."""

    site: Site
    region: str
    rdc: Node
    weight: float


@dataclass(frozen=True, slots=True)
class Forklift:
    """One forklift of a site."""

    forklift_id: str
    site_id: str
    energy: str
    hours_per_day: float


@dataclass(frozen=True, slots=True)
class Recycler:
    """A partner that collects in its regions, and the dismantler it ships to."""

    partner_id: str
    depot: Site
    dismantler_id: str
    dismantler: Site


@dataclass(frozen=True, slots=True)
class Season:
    """How trade runs through years, weeks and festivals."""

    growth_per_year: float
    takeback_growth_per_year: float
    weekdays: tuple[float, ...]
    new_year_factor: float
    new_years: tuple[date, ...]
    festivals: tuple[tuple[tuple[int, int], tuple[int, int], float], ...]


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that stands still while the events happen."""

    company_id: str
    categories: tuple[Category, ...]
    season: Season
    vehicle_classes: tuple[VehicleClass, ...]
    bases: tuple[Node, ...]
    rdcs: tuple[Node, ...]
    merchants: tuple[Merchant, ...]
    merchant_weights: tuple[float, ...]
    forklifts: tuple[Forklift, ...]
    recyclers_of: Mapping[str, tuple[Recycler, ...]]
    regions: Mapping[str, Region]
    channels: Mapping[str, float]
    service_modes: Mapping[str, float]

    @property
    def recyclers(self) -> tuple[Recycler, ...]:
        """Every recycler that serves some region, each once."""
        by_id = {one.partner_id: one for some in self.recyclers_of.values() for one in some}
        return tuple(by_id[key] for key in sorted(by_id))


@cache
def company(seed: int) -> Company:
    """Return the company of ``seed``: its plants are given, the rest is drawn."""
    data = tomllib.loads(files("simulator").joinpath("company.toml").read_text("utf-8"))
    rng = Random(f"{seed}:company")
    bases = tuple(_node(row, kind="base") for row in data["production_base"])
    rdcs = tuple(_node(row, kind="rdc") for row in data["rdc"])
    merchants = _merchants(rng, rdcs)
    return Company(
        company_id=data["id"],
        categories=tuple(_category(name, row) for name, row in data["category"].items()),
        season=_season(data),
        vehicle_classes=tuple(_vehicle_class(row) for row in data["vehicle_class"]),
        bases=bases,
        rdcs=rdcs,
        merchants=merchants,
        merchant_weights=tuple(accumulate(one.weight for one in merchants)),
        forklifts=_forklifts(rng, [*data["production_base"], *data["rdc"]], [*bases, *rdcs]),
        recyclers_of=_recyclers_of(rng, data["takeback"]),
        regions={region.adcode: region for region in regions()},
        channels=data["takeback"]["channels"],
        service_modes=data["takeback"]["service_modes"],
    )


def _node(row: Mapping[str, Any], *, kind: str) -> Node:
    return Node(
        name=row["id"],
        site=Site(f"{kind}-{row['id']}", row["lat"], row["lon"]),
        coastal=row["coastal"],
        categories=tuple(row.get("categories", ())),
        ev_grid_region=row.get("ev_grid_region"),
    )


def _category(name: str, row: Mapping[str, Any]) -> Category:
    facts = {key: value for key, value in row.items() if key != "provenance"}
    return Category(category_id=name, **facts | {"months": tuple(row["months"])})


def _vehicle_class(row: Mapping[str, Any]) -> VehicleClass:
    return VehicleClass(row["id"], row["payload_kg"], row["volume_m3"], row.get("kwh_per_km"))


def _season(data: Mapping[str, Any]) -> Season:
    row = data["season"]
    return Season(
        growth_per_year=row["growth_per_year"],
        takeback_growth_per_year=row["takeback_growth_per_year"],
        weekdays=tuple(row["weekdays"]),
        new_year_factor=row["new_year_factor"],
        new_years=tuple(row["new_years"]),
        festivals=tuple(
            ((one["first"][0], one["first"][1]), (one["last"][0], one["last"][1]), one["factor"])
            for one in data["festival"]
        ),
    )


def _merchants(rng: Random, rdcs: Sequence[Node]) -> tuple[Merchant, ...]:
    return tuple(
        _merchant(rng, region, number, rdcs)
        for region in regions()
        for number in range(1, 1 + (MERCHANTS_IN_A_CENTRE if _is_centre(region) else 1))
    )


def _is_centre(region: Region) -> bool:
    # adcodes ending in 0100 are provincial capitals, in 0000 municipalities
    return region.adcode.endswith(("0100", "0000"))


def _merchant(rng: Random, region: Region, number: int, rdcs: Sequence[Node]) -> Merchant:
    lat, lon = near(rng, region, degrees=MERCHANT_SPREAD_DEGREES)
    site = Site(f"mer-{region.adcode}-{number:02d}", lat, lon)
    rdc = min(rdcs, key=lambda node: between_km(node.site, site))
    # far regions are thinly settled, so demand falls with the distance to the nearest centre
    remoteness = 1 + between_km(rdc.site, site) / 400
    return Merchant(site, region.adcode, rdc, rng.lognormvariate(0, 0.7) / remoteness**2)


def _forklifts(
    rng: Random, rows: Sequence[Mapping[str, Any]], nodes: Sequence[Node]
) -> tuple[Forklift, ...]:
    return tuple(
        Forklift(
            forklift_id=f"fl-{node.site.site_id}-{number:02d}",
            site_id=node.site.site_id,
            energy="diesel" if number <= row["diesel_forklifts"] else "battery_electric",
            hours_per_day=round(rng.uniform(3.5, 9.5), 2),
        )
        for row, node in zip(rows, nodes, strict=True)
        for number in range(1, row["forklifts"] + 1)
    )


def _recyclers_of(rng: Random, data: Mapping[str, Any]) -> Mapping[str, tuple[Recycler, ...]]:
    by_adcode = {region.adcode: region for region in regions()}
    yards = [
        _yard(rng, "dis", n, by_adcode[str(city)])
        for n, city in enumerate(data["dismantler_cities"], 1)
    ]
    depots = [
        _yard(rng, "rec", n, by_adcode[str(city)])
        for n, city in enumerate(data["recycler_cities"], 1)
    ]
    recyclers = [_recycler(depot, yards) for depot in depots]
    return {region.adcode: _nearest(region, recyclers) for region in regions()}


def _yard(rng: Random, kind: str, number: int, region: Region) -> Site:
    return Site(f"{kind}-{number:02d}", *near(rng, region, degrees=DEPOT_SPREAD_DEGREES))


def _recycler(depot: Site, yards: Sequence[Site]) -> Recycler:
    yard = min(yards, key=lambda site: between_km(site, depot))
    return Recycler(depot.site_id, depot, yard.site_id, yard)


def _nearest(region: Region, recyclers: Sequence[Recycler]) -> tuple[Recycler, ...]:
    def away_km(one: Recycler) -> float:
        return great_circle_km(region.lat, region.lon, one.depot.lat, one.depot.lon)

    return tuple(sorted(recyclers, key=away_km)[:PICKS_PER_REGION])
