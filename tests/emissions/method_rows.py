"""Rows of the published method's tables, written anew from the engine and its packaged data."""

from collections.abc import Iterator
from decimal import Decimal

from emissions.avoided import avoided_by_recycling, avoided_materials
from emissions.explain_steps import plain
from emissions.gwp import gwp_of
from emissions.parameter import parameters
from emissions.read import load_book
from emissions.treatment import TreatmentRoute, emission_of_treatment
from emissions.vehicle import vehicle_figures
from tests.emissions.builders import IN_VALIDITY
from tests.emissions.test_explain_allocation import WORKED, explained

GASES = ("R-22", "R-32", "R-125", "R-134a", "HCFC-141b", "CFC-11", "CFC-12", "R-410A", "R-407C",
    "R-290", "R-600a")  # fmt: skip
ONLY_AR6 = ("R-290", "R-600a")
CLASSES = ("rigid_3_5_7_5t", "rigid_7_5_17t", "rigid_over_17t", "artic_3_5_33t", "artic_over_33t",
    "hgv_all")  # fmt: skip
TREATED = (
    ("weee_large", TreatmentRoute.OPEN_LOOP), ("weee_large", TreatmentRoute.INCINERATION),
    ("weee_large", TreatmentRoute.LANDFILL), ("steel_cans", TreatmentRoute.RECYCLING),
    ("copper_wire", TreatmentRoute.RECYCLING), ("aluminium_ingot", TreatmentRoute.RECYCLING),
    ("mixed_plastics", TreatmentRoute.RECYCLING), ("pp", TreatmentRoute.RECYCLING),
    ("flat_panel_displays", TreatmentRoute.RECYCLING),
    ("mixed_electronics", TreatmentRoute.RECYCLING),
    ("mixed_electronics", TreatmentRoute.LANDFILL),
    ("mixed_electronics", TreatmentRoute.INCINERATION),
)  # fmt: skip
A_TONNE_KG = Decimal(1_000)


def row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def to_3_places(value: Decimal | None) -> str:
    return "not stated" if value is None else f"{value:.3f}"


def worked_rows() -> Iterator[str]:
    told = explained(WORKED)
    received = {step.subject for step in told.steps if step.title == "share_extra_total"}
    for weight in WORKED:
        name = weight.consignment_id
        whole, floor, remainder, part = (
            told.step(title, name).value
            for title in (
                "weight_whole", "share_floor_total", "share_remainder_total", "share_total",
            )
        )  # fmt: skip
        more_mg = int(name in received)
        yield row(name, plain(weight.value), whole, floor, remainder, more_mg, part)


def vehicle_rows() -> Iterator[str]:
    for name in CLASSES:
        figures = vehicle_figures(vehicle_class=name, on=IN_VALIDITY, book=load_book())
        ends = zip(figures.empty, figures.full, strict=True)
        spans = (f"{low} to {high}" for low, high in ends)
        loads = (figures.capacity_t, figures.average_load_share(), figures.average_load_t())
        yield row(f"`{name}`", *spans, *(to_3_places(load) for load in loads))


def gwp_rows() -> Iterator[str]:
    for gas in GASES:
        sets = ("ar6",) if gas in ONLY_AR6 else ("ar4", "ar5", "ar6")
        values = [plain(gwp_of(substance=gas, gwp_set=one).gwp100) for one in sets]
        yield row(gas, *["refused"] * (3 - len(values)), *values)


def screening_rows() -> Iterator[str]:
    columns = ("install_share", "leak_share", "remain_share", "recovery_share")
    rows = [name.split(".") for name in parameters() if name.startswith("screening.")]
    for equipment in dict.fromkeys(name for _, name, _ in rows):
        found = (parameters().get(f"screening.{equipment}.{column}") for column in columns)
        yield row(
            equipment.replace("_", " "),
            *("not stated" if one is None else one.value for one in found),
        )


def charge_words() -> str:
    named = {"r600a": "R-600a", "r134a": "R-134a", "r32": "R-32", "r410a": "R-410A", "r22": "R-22"}
    grams = {name: parameters()[f"charge.{name}.g"].value for name in named}
    return ", ".join(f"{named[name]} {value}" for name, value in grams.items())


def treatment_rows() -> Iterator[str]:
    for material, route in TREATED:
        answer = emission_of_treatment(
            material=material, route=route, mass_kg=A_TONNE_KG, on=IN_VALIDITY, book=load_book()
        )
        yield row(f"`{material}`", f"`{route}`", plain(answer.wtw_kgco2e))


def avoided_rows() -> Iterator[str]:
    for name, material in avoided_materials().items():
        if material.is_gap:
            yield row(name.replace("_", " "), f"a listed gap, not 0: {material.note}")
            continue
        found = avoided_by_recycling(
            subject_id="a tonne", material=name, mass_kg=A_TONNE_KG, book=load_book()
        )
        proxy = " (proxy)" if material.is_proxy else ""
        yield row(name.replace("_", " ") + proxy, plain(found.avoided_kgco2e))
