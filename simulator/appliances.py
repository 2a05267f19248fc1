"""Old appliances as the rules know them: what the simulated categories are in their words."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

# The price list buys these; a kitchen's washing machine stands for what it does not buy.


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """One kind that a quote can name; ``mass_kg`` is what a used one weighs, on average."""

    category: str
    size_class: str
    price_cny_fen: int
    mass_kg: float
    parts: tuple[str, ...]
    model: str  # of the maker's new one that a trade-in buys
    new_category: str
    needs_depollution: bool = True


TV = Appliance(
    category="tv_flat", size_class="tv_flat_below_55_inch", price_cny_fen=3_000, mass_kg=10.2,
    parts=("board",), model="65E7", new_category="tv_flat",
)  # fmt: skip
LARGE_TV = Appliance(
    category="tv_flat", size_class="tv_flat_from_55_inch", price_cny_fen=6_000, mass_kg=19.0,
    parts=("board",), model="65E7", new_category="tv_flat",
)  # fmt: skip
TUBE = Appliance(
    category="tv_crt", size_class="tv_crt", price_cny_fen=1_000, mass_kg=33.2,
    parts=("board",), model="65E7", new_category="tv_flat",
)  # fmt: skip
FRIDGE = Appliance(
    category="refrigerator", size_class="refrigerator_from_200_l", price_cny_fen=8_500,
    mass_kg=52.0, parts=("compressor", "board"), model="BCD-500", new_category="refrigerator",
)  # fmt: skip
SMALL_FRIDGE = Appliance(
    category="refrigerator", size_class="refrigerator_below_200_l", price_cny_fen=4_000,
    mass_kg=33.0, parts=("compressor",), model="BCD-500", new_category="refrigerator",
)  # fmt: skip
FREEZER = Appliance(
    category="freezer", size_class="freezer", price_cny_fen=7_000, mass_kg=44.09,
    parts=("compressor",), model="BCD-500", new_category="refrigerator",
)  # fmt: skip
AIR = ("compressor", "evaporator", "condenser", "pipe", "board")
HOME_AC = Appliance(
    category="air_conditioner", size_class="air_conditioner", price_cny_fen=20_000, mass_kg=26.7,
    parts=AIR, model="KFR-35", new_category="air_conditioner",
)  # fmt: skip
LARGE_AC = Appliance(
    category="air_conditioner", size_class="air_conditioner", price_cny_fen=20_000, mass_kg=96.0,
    parts=AIR, model="KFR-35", new_category="air_conditioner",
)  # fmt: skip
WASHER = Appliance(
    category="washing_machine", size_class="washing_machine", price_cny_fen=5_000, mass_kg=62.0,
    parts=("motor", "board"), model="JZT-B3", new_category="stove", needs_depollution=False,
)  # fmt: skip

# Shares of old appliances in each simulated category: assumptions.
APPLIANCES: Mapping[str, tuple[tuple[Appliance, float], ...]] = {
    "tv": ((TV, 0.6), (LARGE_TV, 0.2), (TUBE, 0.2)),
    "fridge": ((FRIDGE, 0.6), (SMALL_FRIDGE, 0.25), (FREEZER, 0.15)),
    "home_ac": ((HOME_AC, 1.0),),
    "commercial_ac": ((LARGE_AC, 1.0),),
    "kitchen": ((WASHER, 1.0),),
}
CATEGORIES = tuple(sorted({one.category for some in APPLIANCES.values() for one, _ in some}))


def appliance_of(rng: Random, category_id: str) -> Appliance:
    """Return a drawn appliance of a simulated category."""
    some, shares = zip(*APPLIANCES[category_id], strict=True)
    drawn: Appliance = rng.choices(some, shares)[0]
    return drawn
