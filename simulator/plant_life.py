"""A dismantler's batches: what went in, what came out, until the platform certifies it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from simulator.company import Recycler
from simulator.gases import RECLAIMED_SHARE
from simulator.parcel import Parcel, Yards
from simulator.partners import CONSIGNEE
from simulator.record import DAY_S, HOUR_S, day_start_s
from simulator.step import OFFICE, Begin, Body, Life, Voice

BATCH_EVERY_S = 14 * DAY_S
UNBALANCED = 0.08  # of the batches: a fraction was forgotten at first
MAX_LOOKS = 40
GRAM = Decimal("0.001")
LOSS_SHARE = Decimal("0.006")
OIL, BOARDS, GLASS = "900-249-08", "900-045-49", "900-052-31"

# What a kilogram of each category becomes, as shares: assumptions that leave about a hundredth.
_COOLING = {"steel": "0.520", "plastics": "0.270", "foam": "0.090", "copper": "0.040",
            "aluminium": "0.050", "oil": "0.008", "boards": "0.006"}  # fmt: skip
SHARES: Mapping[str, Mapping[str, str]] = {
    "refrigerator": _COOLING,
    "freezer": _COOLING,
    "air_conditioner": {"steel": "0.540", "copper": "0.170", "plastics": "0.160",
                        "aluminium": "0.080", "oil": "0.014", "boards": "0.020"},
    "washing_machine": {"steel": "0.560", "plastics": "0.300", "concrete": "0.070",
                        "copper": "0.030", "aluminium": "0.025"},
    "tv_flat": {"plastics": "0.460", "steel": "0.340", "glass": "0.120", "copper": "0.020",
                "boards": "0.045"},
    "tv_crt": {"leaded_glass": "0.560", "plastics": "0.220", "steel": "0.130", "copper": "0.040",
               "boards": "0.035"},
}  # fmt: skip
HAZARDOUS = {"oil": OIL, "boards": BOARDS, "leaded_glass": GLASS}
OPERATIONS = {"foam": "D10", "leaded_glass": "D9", "concrete": "D1", "plastics": "R3", "oil": "R9"}


class PlantLives:
    """Makes the life of each dismantler, and of each batch."""

    def __init__(self, *, seed: int, yards: Yards) -> None:
        """Keep what every plant needs."""
        self._seed, self._yards = seed, yards

    def life(self, plant: Recycler, from_on: date) -> Life:
        """Yield the plant's fortnights without end; ``plant`` is a recycler that ships to it."""
        voice = Voice(day_start_s(from_on))
        yield from voice.wait(9 * HOUR_S)
        while True:
            yield from voice.wait(BATCH_EVERY_S)
            parcels = self._yards.take_ready(plant.dismantler_id)
            if parcels:
                yield Begin(self._batch(plant, parcels, voice.at_s))

    def _batch(self, plant: Recycler, parcels: Sequence[Parcel], at_s: int) -> Life:
        rng, voice = Random(f"{self._seed}:batch:{plant.dismantler_id}:{at_s}"), Voice(at_s)
        who = plant.dismantler_id
        told = yield from voice.command(who, "/v1/batches", site_id=plant.dismantler.site_id)
        path = f"/v1/batches/{told['id']}"
        for one in parcels:
            yield from voice.command(who, f"{path}:add-input", unit_id=one.unit_id)
        yield from voice.command(who, f"{path}:close-inputs")
        yield from voice.wait(rng.uniform(1, 3) * DAY_S)
        whole = outputs(parcels)
        forgotten = rng.random() < UNBALANCED
        told_first = whole[1:] if forgotten else whole
        fates = gas_fates(rng, parcels)
        losses = decimal_losses(parcels)
        declared = {"losses_kg": losses, "gas_fates": fates}
        yield from voice.command(who, f"{path}:declare-outputs", outputs=told_first, **declared)
        if forgotten:
            yield from self._checked(voice, path)
            yield from voice.command(
                who, f"{path}:declare-outputs", outputs=whole, reason_code="fraction_forgotten",
                **declared,
            )  # fmt: skip
        yield from self._checked(voice, path)
        yield from self._certified(rng, voice, path)

    def _checked(self, voice: Voice, path: str) -> Life:
        """Wait until the house has checked the balance."""
        for _ in range(MAX_LOOKS):
            yield from voice.tick()
            told = yield from voice.look(OFFICE, path)
            if told["state"] != "output_declared":
                return

    def _certified(self, rng: Random, voice: Voice, path: str) -> Life:
        """Ask for the certificate until no order of its units is on hold any more."""
        for _ in range(MAX_LOOKS):
            yield from voice.wait(rng.uniform(1, 4) * DAY_S)
            if (yield from voice.attempt(OFFICE, f"{path}:certify")):
                return
        yield from voice.command(OFFICE, f"{path}:certify")


def outputs(parcels: Sequence[Parcel]) -> list[Body]:
    """Return the fractions of a batch, the heaviest first, and its refrigerant."""
    masses_kg: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in parcels:
        for material, share in SHARES[one.appliance.category].items():
            masses_kg[material] += Decimal(share) * _solid_kg(one)
    rows = [
        _fraction(material, mass_kg)
        for material, mass_kg in sorted(masses_kg.items(), key=lambda item: (-item[1], item[0]))
    ]
    gases_kg = sum((grams for one in parcels for grams in one.gases_g.values()), Decimal(0)) / 1_000
    return [*rows, _fraction("refrigerant", gases_kg)] if gases_kg else rows


def _solid_kg(one: Parcel) -> Decimal:
    """Return what is left of an appliance once its refrigerant is out."""
    gases_kg = sum(one.gases_g.values(), Decimal(0)) / 1_000
    return max(GRAM, Decimal(str(one.mass_kg)) - gases_kg)


def _fraction(material: str, mass_kg: Decimal) -> Body:
    row = {
        "material": material,
        "mass_kg": f"{max(GRAM, mass_kg.quantize(GRAM, ROUND_HALF_EVEN)):f}",
        "operation_code": OPERATIONS.get(material, "R4"),
        "destination_id": f"works-{material}",
    }
    if material in HAZARDOUS:
        row |= {"hazardous_code": HAZARDOUS[material], "consignee_id": CONSIGNEE}
    return row


def decimal_losses(parcels: Sequence[Parcel]) -> str:
    """Return what is declared lost, in kg."""
    mass_kg = sum((Decimal(str(one.mass_kg)) for one in parcels), Decimal(0))
    return f"{(mass_kg * LOSS_SHARE).quantize(GRAM):f}"


def gas_fates(rng: Random, parcels: Sequence[Parcel]) -> list[Body]:
    """Return where the recovered gas went: all of each type by one way."""
    masses_g: Counter[str] = Counter()
    for one in parcels:
        for gas, mass_g in one.gases_g.items():
            masses_g[gas] += int(mass_g)
    rows: list[Body] = []
    for gas, whole_g in sorted(masses_g.items()):
        is_reclaimed = rng.random() < RECLAIMED_SHARE
        rows.append(
            {
                "gas": gas, "vented_g": "0",
                "reclaimed_g": str(whole_g if is_reclaimed else 0),
                "destroyed_g": str(0 if is_reclaimed else whole_g),
            }
        )  # fmt: skip
    return rows
