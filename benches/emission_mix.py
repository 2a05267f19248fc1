"""A seeded mix of transport chain elements, each made from its number alone.

Seven in ten legs have the default of their class; the others are modelled, by rail and sea,
electric, and through hubs.
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from emissions.energy_use import EnergyUse
from emissions.factor import FactorBook
from emissions.great_circle import great_circle_km
from emissions.hub import HubOperation, HubPeriod, emission_of_hub, hub_operation
from emissions.leg import LegQuestion, emission_of_leg
from emissions.number import quantise_3
from emissions.question import TripLoad
from schemas.vocabulary import HubType

SEED = 20_260
LANES = 400
HASH_BITS = 256
CIRCUITY = Decimal("1.3")
FIRST_DAY = date(2025, 1, 1)
CLASSES = ("artic_over_33t", "artic_3_5_33t", "rigid_over_17t", "rigid_7_5_17t", "van_3_5t")
LOADABLE = CLASSES[:4]
# What one in twenty is: cumulative shares of the mix.
MIX = (("class", 14), ("modelled", 16), ("rail_sea", 18), ("electric", 19), ("hub", 20))


class Lane(NamedTuple):
    """Two ends and the road between them."""

    origin_lat: Decimal
    origin_lon: Decimal
    destination_lat: Decimal
    destination_lon: Decimal
    distance_km: Decimal


class Visit(NamedTuple):
    """A consignment that left a hub."""

    mass_kg: Decimal


Element = LegQuestion | Visit


@cache
def lanes() -> tuple[Lane, ...]:
    """Return the company's lanes."""
    dice = random.Random(f"{SEED}:lanes")
    return tuple(_lane(dice) for _ in range(LANES))


def _lane(dice: random.Random) -> Lane:
    lats = [Decimal(dice.randrange(230_000, 410_000)).scaleb(-4) for _ in range(2)]
    lons = [Decimal(dice.randrange(1_050_000, 1_210_000)).scaleb(-4) for _ in range(2)]
    straight_km = great_circle_km(
        origin_lat=lats[0], origin_lon=lons[0], destination_lat=lats[1], destination_lon=lons[1]
    )
    return Lane(lats[0], lons[0], lats[1], lons[1], quantise_3(straight_km * CIRCUITY))


def element(number: int) -> Element:
    """Return the element of that number; the same at every call."""
    dice = random.Random(number * 1_000_003 + SEED)
    mass_kg = Decimal(dice.randrange(8_000, 26_000_000)).scaleb(-3)
    drawn = dice.randrange(20)
    kind = next(name for name, below in MIX if drawn < below)
    if kind == "hub":
        return Visit(mass_kg)
    lane = lanes()[dice.randrange(LANES)]
    on = FIRST_DAY + timedelta(days=dice.randrange(365))
    return LegQuestion(
        **lane._asdict(), distance_method="declared", mass_kg=mass_kg, on=on, **_moved(kind, dice)
    )


def _moved(kind: str, dice: random.Random) -> dict[str, Any]:
    if kind == "rail_sea":
        mode = dice.choice(("rail", "sea"))
        classes = {"rail": "rail_freight", "sea": "container_ship_average"}
        return {"mode": mode, "vehicle_class": classes[mode]}
    if kind == "electric":
        energy_kwh = Decimal(dice.randrange(500, 600_000)).scaleb(-2)
        return {"mode": "road", "vehicle_class": "van_3_5t", "energy": "electric",
                "energy_kwh": energy_kwh}  # fmt: skip
    if kind == "modelled":
        load = TripLoad(
            Decimal(dice.randrange(100, 1_001)).scaleb(-3), Decimal(dice.randrange(500)).scaleb(-3)
        )
        return {"mode": "road", "vehicle_class": dice.choice(LOADABLE), "load": load}
    return {"mode": "road", "vehicle_class": dice.choice(CLASSES)}


def hub_of(book: FactorBook) -> HubOperation:
    """Return the hub that everything of the mix passes."""
    used = (
        EnergyUse(energy="electric", energy_kwh=Decimal(412_000)),
        EnergyUse(energy="diesel", fuel_l=Decimal(5_200)),
    )
    period = HubPeriod(
        site_id="RDC",
        hub_type=HubType.STORAGE_AND_TRANSSHIPMENT,
        month_on=FIRST_DAY,
        energy=used,
        outbound_mass_kg=Decimal(61_800_000),
    )
    return hub_operation(period, gwp_set="ar6", book=book)


def result_of(one: Element, hub: HubOperation, book: FactorBook) -> Any:
    """Return the emission of an element."""
    if isinstance(one, Visit):
        return emission_of_hub(hub, mass_kg=one.mass_kg)
    return emission_of_leg(one, book)


def fingerprint(numbers: Iterable[int], hub: HubOperation, book: FactorBook) -> str:
    """Return one hash over the results of the elements of ``numbers``, each counted once.

    Every digit and factor of a result is in it, the sequence of the elements is not: hashes of
    results are added, so what comes late, early or twice changes nothing.
    """
    seen: set[int] = set()
    total = 0
    for number in numbers:
        if number not in seen:
            seen.add(number)
            said = f"{number}|{_digits(result_of(element(number), hub, book))}".encode()
            total += int.from_bytes(blake2b(said, digest_size=HASH_BITS // 8).digest())
    return f"{total % 2**HASH_BITS:064x}"


def _digits(result: Any) -> str:
    parts = f"{result.ttw_kgco2e}|{result.wtt_kgco2e}|{result.wtw_kgco2e}"
    factor = getattr(result, "factor", None)
    return parts if factor is None else f"{parts}|{factor.factor_id}|{factor.set_sha256}"
