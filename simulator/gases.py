"""The refrigerant of a treated appliance: its plate, and where every gram of it went."""

from random import Random

from schemas.topics import REFRIGERANTS
from simulator.record import Draft, draft

# Shares of old units by what they hold, and the plate's grams: assumptions around the fall-backs
# of the method.
PLATES = {
    "fridge": (("R-600a", 0.45, (50, 80)), ("R-134a", 0.55, (100, 150))),
    "home_ac": (("R-22", 0.35, (700, 1_200)), ("R-410A", 0.5, (800, 1_500)),
                ("R-32", 0.15, (600, 1_200))),
    "commercial_ac": (("R-22", 0.4, (1_800, 3_600)), ("R-410A", 0.6, (2_000, 4_200))),
}  # fmt: skip
EMPTY_SHARE = 0.12  # of the units whose circuit was broken before anybody came
RECOVERED = (0.82, 0.99)  # of a sound circuit; the rest is taken for vented
RECLAIMED_SHARE = 0.35  # of the plants' lots that go to reclaim
G_PER_KG = 1_000


def gas_of(
    seed: int, unit_id: str, category_id: str, site_id: str, partner_id: str, at_s: int
) -> Draft | None:
    """Return what a plant tells of one unit's refrigerant; None where its kind holds none."""
    plates = PLATES.get(category_id)
    if plates is None:
        return None
    rng = Random(f"{seed}:gas:{unit_id}")
    substance, _, grams = rng.choices(plates, [share for _, share, _ in plates])[0]
    nameplate_g = rng.randint(*grams)
    is_empty = rng.random() < EMPTY_SHARE
    recovered_g = 0 if is_empty else round(nameplate_g * rng.uniform(*RECOVERED))
    return gas_draft(
        rng, unit_id, site_id, partner_id, at_s, substance=substance, nameplate_g=nameplate_g,
        recovered_g=recovered_g, nth=seed,
    )  # fmt: skip


def gas_draft(
    rng: Random,
    unit_id: str,
    site_id: str,
    partner_id: str,
    at_s: int,
    *,
    substance: str,
    nameplate_g: int,
    recovered_g: int,
    nth: int = 1,
) -> Draft:
    """Return what a plant tells of a unit's refrigerant, of which it recovered so many grams."""
    kind = "recovered_reclaimed" if rng.random() < RECLAIMED_SHARE else "recovered_destroyed"
    masses_g = {"recovered_destroyed": 0, "recovered_reclaimed": 0} | {kind: recovered_g}
    return draft(
        at_s, REFRIGERANTS.name, unit_id, nth,
        unit_id=unit_id,
        site_id=site_id,
        partner_id=partner_id,
        substance=substance,
        nameplate_g=str(nameplate_g),
        vented_kg=_kg(nameplate_g - recovered_g),
        left_in_unit_kg="0",
        **{f"{name}_kg": _kg(grams) for name, grams in masses_g.items()},
    )  # fmt: skip


def _kg(grams: int) -> str:
    return f"{grams / G_PER_KG:.3f}"
