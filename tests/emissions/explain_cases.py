"""Seeded results of every kind, with what explains them and what a changed digit looks like."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import structs

from emissions.allocation import allocate
from emissions.avoided import avoided_by_recycling, saved_by_action
from emissions.energy_use import EnergyUse
from emissions.explain import explain_leg
from emissions.explain_allocation import explain_allocation
from emissions.explain_avoided import explain_avoided, explain_saving
from emissions.explain_energy import explain_forklift
from emissions.explain_hub import explain_hub
from emissions.explain_hub_share import explain_hub_share, explain_storage
from emissions.explain_modelled import explain_modelled, explain_preset
from emissions.explain_refrigerant import explain_refrigerant
from emissions.explain_round import explain_round
from emissions.explain_treatment import explain_treatment
from emissions.explanation import Explanation
from emissions.forklift import emission_of_forklift
from emissions.hub import (
    HubOperation,
    HubPeriod,
    RefrigerantLoss,
    emission_of_hub,
    emission_of_storage,
    hub_operation,
)
from emissions.leg import emission_of_leg
from emissions.read import load_book
from emissions.refrigerant import charge_of, emission_of_unit
from emissions.treatment import TreatmentRoute, emission_of_treatment
from emissions.trip import (
    Section,
    Trip,
    emission_by_preset,
    emission_of_sections,
    emission_of_trip,
)
from emissions.vehicle import load_preset, vehicle_figures
from emissions.weight import direct_weight
from schemas.vocabulary import HubType, RefrigerantOutcome
from tests.emissions.builders import IN_VALIDITY, leg

SEEDS = range(10)
MILLIGRAM = Decimal("0.000001")
CLASSES = ("rigid_3_5_7_5t", "rigid_7_5_17t", "rigid_over_17t", "artic_over_33t")
GASES = ("R-32", "R-410A", "R-407C", "R-134a", "R-22", "R-600a")
RECYCLED = ("steel", "aluminium", "pp", "glass", "hdpe")
TREATED = (
    ("weee_large", TreatmentRoute.LANDFILL),
    ("weee_large", TreatmentRoute.OPEN_LOOP),
    ("copper_wire", TreatmentRoute.RECYCLING),
    ("mixed_electronics", TreatmentRoute.INCINERATION),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A stored result; what explains it; its milligrams by title; the same with a digit changed."""

    name: str
    stored: Any
    explain: Callable[[Any], Explanation]
    milligrams: dict[tuple[str, str], Decimal]
    tampered: Any
    field: str

    def explained(self) -> Explanation:
        return self.explain(self.stored)


def number(dice: random.Random, least: int, most: int, places: int = 3) -> Decimal:
    return Decimal(dice.randrange(least * 10**places, most * 10**places + 1)).scaleb(-places)


def parts_of(stored: Any) -> dict[tuple[str, str], Decimal]:
    return {(part, ""): getattr(stored, f"{part}_kgco2e") for part in ("ttw", "wtt", "wtw")}


def case_of(name: str, stored: Any, explain: Callable[[Any], Explanation]) -> Case:
    """A result with TTW, WTT and WTW of its own; its WTT is what is tampered with."""
    changed = {"wtt_kgco2e": stored.wtt_kgco2e + MILLIGRAM}
    is_tuple = isinstance(stored, tuple)
    tampered = stored._replace(**changed) if is_tuple else replace(stored, **changed)
    return Case(name, stored, explain, parts_of(stored), tampered, "wtt_kgco2e")


def leg_case(dice: random.Random) -> Case:
    question = leg(
        mass_kg=number(dice, 1, 20_000), mode=dice.choice(["road", "rail", "sea", "air"])
    )
    stored = emission_of_leg(question, load_book())

    def explain(one: Any) -> Explanation:
        return explain_leg(question, one, load_book())

    tampered = structs.replace(stored, wtt_kgco2e=stored.wtt_kgco2e + MILLIGRAM)
    return Case("leg", stored, explain, parts_of(stored), tampered, "wtt_kgco2e")


def forklift_case(dice: random.Random) -> Case:
    energy = dice.choice(["battery_electric", "diesel", "lpg"])
    is_electric = energy == "battery_electric"
    quantity = number(dice, 1, 90)
    interval: dict[str, Any] = {
        "energy": energy,
        "energy_kwh": quantity if is_electric else None,
        "fuel_l": None if is_electric else quantity,
        "on": date(2024, 5, 6),
        "grid_region": dice.choice([None, "shandong", "tibet"]),
        "book": load_book(),
    }
    return case_of(
        "forklift", emission_of_forklift(**interval), partial(explain_forklift, **interval)
    )


def energy_use(dice: random.Random) -> EnergyUse:
    is_cooling = dice.random() < 0.4
    if dice.random() < 0.5:
        return EnergyUse(
            energy="electric",
            energy_kwh=number(dice, 1, 500_000),
            is_cooling=is_cooling,
            is_metered_in_vehicle=dice.random() < 0.5,
        )
    fuel = dice.choice(["diesel", "lpg", "petrol"])
    return EnergyUse(energy=fuel, fuel_l=number(dice, 1, 9_000), is_cooling=is_cooling)


def period(dice: random.Random, **changed: Any) -> HubPeriod:
    plain: dict[str, Any] = {
        "site_id": "RDC-QD",
        "hub_type": HubType.STORAGE_AND_TRANSSHIPMENT,
        "month_on": date(2024, 5, 1),
        "energy": tuple(energy_use(dice) for _ in range(dice.randrange(1, 6))),
        "outbound_mass_kg": number(dice, 2_000_000, 60_000_000),
        "cooled_outbound_mass_kg": number(dice, 1, 900_000),
        "refrigerants": tuple(
            RefrigerantLoss(
                substance=dice.choice(GASES[:5]),
                lost_kg=number(dice, 0, 9),
                is_cooling=dice.random() < 0.5,
            )
            for _ in range(dice.randrange(3))
        ),
    }
    return HubPeriod(**plain | changed)


def stored_period(dice: random.Random) -> HubPeriod:
    return period(
        dice,
        outbound_mass_kg=None,
        cooled_outbound_mass_kg=Decimal(0),
        storage_m3_days=number(dice, 9_000, 90_000),
    )


def month(of_period: HubPeriod) -> HubOperation:
    return hub_operation(of_period, gwp_set="ar6", book=load_book())


def hub_case(dice: random.Random) -> Case:
    site = stored_period(dice) if dice.random() < 0.3 else period(dice)
    stored = month(site)
    load = stored.handling._replace(ttw_kgco2e=stored.handling.ttw_kgco2e + MILLIGRAM)

    def explain(one: Any) -> Explanation:
        return explain_hub(site, one, gwp_set="ar6", book=load_book())

    tampered = replace(stored, handling=load)
    return Case("hub", stored, explain, parts_of(stored.total()), tampered, "handling.ttw_kgco2e")


def hub_share_case(dice: random.Random) -> Case:
    operation = month(period(dice))
    asked: dict[str, Any] = {"mass_kg": number(dice, 1, 9_000), "is_cooled": dice.random() < 0.5}
    return case_of(
        "hub_share",
        emission_of_hub(operation, **asked),
        lambda one: explain_hub_share(operation, one, **asked),
    )


def storage_case(dice: random.Random) -> Case:
    operation = month(stored_period(dice))
    kept = {"volume_m3": number(dice, 1, 90), "days": Decimal(dice.randrange(1, 31))}
    return case_of(
        "storage",
        emission_of_storage(operation, **kept),
        lambda one: explain_storage(operation, one, **kept),
    )


def round_trip(dice: random.Random) -> Trip:
    return Trip(
        trip_id="T-1",
        on=IN_VALIDITY,
        energy=tuple(energy_use(dice) for _ in range(dice.randrange(1, 3))),
        weights=tuple(
            direct_weight(
                f"C-{n:02}", mass_kg=number(dice, 1, 2_000), direct_km=number(dice, 1, 120)
            )
            for n in range(dice.randrange(2, 12))
        ),
    )


def round_case(dice: random.Random) -> Case:
    trip = round_trip(dice)
    stored = emission_of_trip(trip, book=load_book())
    name = dice.choice(sorted(stored.parts))
    moved = stored.parts[name]._replace(ttw_kgco2e=stored.parts[name].ttw_kgco2e + MILLIGRAM)
    milligrams = parts_of(stored.total) | {
        (f"share_{part}", name): kgco2e
        for name, emission in stored.parts.items()
        for part, kgco2e in zip(("ttw", "wtt", "wtw"), emission, strict=True)
    }

    def explain(one: Any) -> Explanation:
        return explain_round(trip, one, book=load_book())

    tampered = replace(stored, parts=stored.parts | {name: moved})
    return Case("round", stored, explain, milligrams, tampered, rf"parts\[{name}\].ttw_kgco2e")


def allocation_case(dice: random.Random) -> Case:
    total_kgco2e, weights = number(dice, 1, 900, 6), round_trip(dice).weights
    stored = allocate(total_kgco2e=total_kgco2e, weights=weights)
    name = dice.choice(sorted(stored))

    def explain(one: Any) -> Explanation:
        return explain_allocation(total_kgco2e=total_kgco2e, weights=weights, parts=one)

    milligrams = {("share_total", name): part for name, part in stored.items()}
    tampered = stored | {name: stored[name] + MILLIGRAM}
    return Case("allocation", stored, explain, milligrams, tampered, rf"parts\[{name}\]")


def modelled_case(dice: random.Random) -> Case:
    figures = vehicle_figures(vehicle_class=dice.choice(CLASSES), on=IN_VALIDITY, book=load_book())
    sections = [
        Section(number(dice, 1, 300), number(dice, 0, 2)) for _ in range(dice.randrange(1, 5))
    ]
    empty_km = number(dice, 0, 200)
    return case_of(
        "modelled",
        emission_of_sections(figures, sections, empty_km=empty_km),
        lambda one: explain_modelled(figures, sections, empty_km=empty_km, trip=one),
    )


def preset_case(dice: random.Random) -> Case:
    figures = vehicle_figures(vehicle_class=dice.choice(CLASSES), on=IN_VALIDITY, book=load_book())
    preset, tkm = load_preset(dice.choice(["mixed", "light", "heavy"])), number(dice, 1, 9_000)
    return case_of(
        "preset",
        emission_by_preset(figures, preset, transport_tkm=tkm),
        lambda one: explain_preset(figures, preset, transport_tkm=tkm, trip=one),
    )


def refrigerant_case(dice: random.Random) -> Case:
    substance = dice.choice(GASES)
    plate = charge_of(substance=substance, nameplate_g=Decimal(dice.randrange(200, 2_000)))
    vented = plate.charge_kg * dice.randrange(11) / 10
    outcomes = {
        RefrigerantOutcome.VENTED: vented,
        RefrigerantOutcome.RECOVERED_DESTROYED: plate.charge_kg - vented,
    }
    asked: dict[str, Any] = {"gwp_set": "ar6", "destroyed_share": number(dice, 0, 1)}
    stored = emission_of_unit(plate, outcomes, **asked)
    return Case(
        "refrigerant",
        stored,
        lambda one: explain_refrigerant(plate, outcomes, **asked, unit=one),
        {("ttw", ""): stored.ttw_kgco2e},
        replace(stored, ttw_kgco2e=stored.ttw_kgco2e + MILLIGRAM),
        "ttw_kgco2e",
    )


def treatment_case(dice: random.Random) -> Case:
    material, route = dice.choice(TREATED)
    stored = emission_of_treatment(
        material=material, route=route, mass_kg=number(dice, 1, 90_000), on=IN_VALIDITY,
        book=load_book(),
    )  # fmt: skip
    return Case(
        "treatment",
        stored,
        partial(explain_treatment, on=IN_VALIDITY, book=load_book()),
        {("wtw", ""): stored.wtw_kgco2e},
        replace(stored, wtw_kgco2e=stored.wtw_kgco2e + MILLIGRAM),
        "wtw_kgco2e",
    )


def avoided_case(dice: random.Random) -> Case:
    stored = avoided_by_recycling(
        subject_id="LOT-1", material=dice.choice(RECYCLED), mass_kg=number(dice, 1, 900),
        book=load_book(),
    )  # fmt: skip
    return Case(
        "avoided",
        stored,
        partial(explain_avoided, book=load_book()),
        {("avoided", ""): stored.avoided_kgco2e},
        replace(stored, avoided_kgco2e=stored.avoided_kgco2e + MILLIGRAM),
        "avoided_kgco2e",
    )


def saving_case(dice: random.Random) -> Case:
    runs: dict[str, Any] = {
        name: number(dice, 0, 90, 6) for name in ("counterfactual_kgco2e", "run_kgco2e")
    }
    stored = saved_by_action(subject_id="S-1", **runs)
    return Case(
        "saving",
        stored,
        partial(explain_saving, **runs),
        {("saved", ""): stored.avoided_kgco2e},
        replace(stored, avoided_kgco2e=stored.avoided_kgco2e + MILLIGRAM),
        "avoided_kgco2e",
    )


KINDS: tuple[Callable[[random.Random], Case], ...] = (
    leg_case, forklift_case, hub_case, hub_share_case, storage_case, round_case, allocation_case,
    modelled_case, preset_case, refrigerant_case, treatment_case, avoided_case, saving_case,
)  # fmt: skip


def cases() -> Iterator[Case]:
    """Ten different seeded results of every kind."""
    for kind in KINDS:
        for seed in SEEDS:
            yield kind(random.Random(f"{kind.__name__} {seed}"))


CASES = tuple(cases())
