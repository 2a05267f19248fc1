"""The avoided ledger: its figures, its listed gaps, and the wall between it and the inventory."""

import importlib
import inspect
import re
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emissions
from emissions import avoided, explain_avoided
from emissions.avoided import (
    AvoidedLedger,
    AvoidedResult,
    AvoidedTotal,
    avoided_by_recycling,
    avoided_materials,
    avoided_total,
    saved_by_action,
)
from emissions.factor import Factor
from emissions.read import load_book
from schemas.refusal import Reason, Refused

RECYCLING = AvoidedLedger.AVOIDED_RECYCLING
ACTION = AvoidedLedger.SAVED_BY_ACTION
AVOIDED_TYPES = (AvoidedResult, AvoidedTotal)
# The ledger and what explains it; neither knows a type of the inventory.
LEDGER_MODULES = (avoided, explain_avoided)


def lot(material: str = "steel", mass_kg: str = "31.4") -> AvoidedResult:
    return avoided_by_recycling(
        subject_id="LOT-1", material=material, mass_kg=Decimal(mass_kg), book=load_book()
    )


def test_the_worked_lots_avoid_what_the_specification_says() -> None:
    steel, pp = lot("steel", "31.4"), lot("pp", "4.2")

    assert (str(steel.avoided_kgco2e), str(pp.avoided_kgco2e)) == ("55.474253", "5.313000")
    total = avoided_total([steel, pp], ledger=RECYCLING)
    assert (total.ledger, total.avoided_kgco2e) == (RECYCLING, Decimal("60.787253"))


@pytest.mark.parametrize(
    ("material", "per_t"),
    [
        ("steel", "1766.695940"),
        ("aluminium", "8120.823410"),
        ("steel_cans", "1040.000000"),
        ("plastics", "1597.108260"),
        ("pp", "1265.000000"),
        ("ps", "1707.041360"),
        ("pvc", "1096.933480"),
        ("pet", "1650.000000"),
        ("hdpe", "1324.364250"),
        ("glass", "579.577130"),
    ],
)
def test_a_tonne_avoids_primary_minus_closed_loop(material: str, per_t: str) -> None:
    found = lot(material, "1000")

    assert str(found.avoided_kgco2e) == per_t
    assert [one.factor_id.rpartition(".")[2] for one in found.factors] == [
        "primary", "closed_loop",
    ]  # fmt: skip


def test_a_material_that_stands_for_another_is_flagged() -> None:
    assert lot("aluminium").flags == ("proxy_material",)
    assert lot("steel").flags == ()


@pytest.mark.parametrize("material", ["copper", "abs", "circuit_board"])
def test_a_listed_gap_is_an_error_and_never_zero(material: str) -> None:
    assert avoided_materials()[material].is_gap

    with pytest.raises(Refused, match=f"material {material} is a listed gap: no row of") as no:
        lot(material)

    assert no.value.reason is Reason.FACTOR_NOT_FOUND


def test_an_unknown_material_and_a_mass_of_nothing_are_refused() -> None:
    with pytest.raises(Refused, match="material gold is unknown; known: abs, aluminium"):
        lot("gold")
    with pytest.raises(Refused) as no:
        lot("steel", "0")
    assert no.value.reason is Reason.MASS_NOT_POSITIVE


def test_every_material_that_is_no_gap_names_factors_of_one_set() -> None:
    for row in avoided_materials().values():
        if not row.is_gap:
            pair = [
                load_book().factor(one)
                for one in (row.primary_factor_id, row.closed_loop_factor_id)
            ]
            assert {(one.kind, one.set_id, one.per_unit) for one in pair} == {
                ("material", "defra_2025_waste", "t")
            }


def test_a_plan_that_emitted_more_saved_less_than_nothing() -> None:
    found = saved_by_action(
        subject_id="S-1", counterfactual_kgco2e=Decimal(8), run_kgco2e=Decimal("9.5")
    )

    assert (found.ledger, found.avoided_kgco2e) == (ACTION, Decimal("-1.5"))


def test_two_ledgers_are_not_added() -> None:
    saved = saved_by_action(
        subject_id="S-1", counterfactual_kgco2e=Decimal(2), run_kgco2e=Decimal(1)
    )

    with pytest.raises(ValueError, match="S-1 is of ledger saved_by_action, not avoided_recycling"):
        avoided_total([lot(), saved], ledger=RECYCLING)


@given(st.lists(st.decimals("0.001", "500", places=3), min_size=1, max_size=6), st.data())
def test_the_order_of_the_lots_changes_no_total(masses_kg: list[Decimal], data: Any) -> None:
    lots = [lot("glass", str(mass_kg)) for mass_kg in masses_kg]
    shuffled = data.draw(st.permutations(lots))

    assert avoided_total(lots, ledger=RECYCLING) == avoided_total(shuffled, ledger=RECYCLING)


def modules() -> list[ModuleType]:
    paths = sorted(Path(emissions.__file__).parent.glob("*.py"))
    return [
        importlib.import_module(f"emissions.{path.stem}") for path in paths if path.stem[0] != "_"
    ]


def inventory_types() -> dict[str, type]:
    """Every type of the room with an emission in it, but for those of the avoided ledger.

    A published figure is none: both ledgers stand on figures of the same sets.
    """
    return {
        one.__name__: one
        for module in modules()
        for one in vars(module).values()
        if inspect.isclass(one)
        and one.__module__ == module.__name__
        and one.__module__ != avoided.__name__
        and one is not Factor
        and any("kgco2e" in name for name in inspect.get_annotations(one))
    }


def test_every_result_of_the_room_is_looked_at() -> None:
    assert {
        "LegAnswer", "ForkliftAnswer", "Emission", "Load", "ModelledTrip", "Toc",
        "TreatmentAnswer", "UnitRefrigerant",
    } <= inventory_types().keys()  # fmt: skip


def functions(module: ModuleType) -> list[Any]:
    own = [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]
    methods = [
        method
        for one in own
        if inspect.isclass(one)
        for method in vars(one).values()
        if inspect.isfunction(method)
    ]
    return [one for one in own if inspect.isfunction(one)] + methods


def mentioned(hint: Any) -> set[str]:
    """The names in an annotation, however deep; one that is a text is read as it stands."""
    if isinstance(hint, str):
        return set(re.findall(r"\w+", hint))
    inner = getattr(hint, "__args__", ())
    return {getattr(hint, "__name__", "")} | {found for one in inner for found in mentioned(one)}


def test_the_types_of_the_two_ledgers_have_no_common_base_and_no_common_figure() -> None:
    for mine in AVOIDED_TYPES:
        assert mine.__mro__ == (mine, object)
        for other in inventory_types().values():
            assert not issubclass(mine, other)
            assert not issubclass(other, mine)
            assert "avoided_kgco2e" not in inspect.get_annotations(other)


def test_the_ledger_has_no_arithmetic_of_its_own() -> None:
    for mine in AVOIDED_TYPES:
        for word in ("add", "radd", "sub", "rsub", "iadd", "neg", "float", "int"):
            assert not hasattr(mine, f"__{word}__")


def test_no_function_of_the_room_takes_or_gives_both_ledgers() -> None:
    mine = {one.__name__ for one in AVOIDED_TYPES}
    inventory = inventory_types().keys()
    looked_at = 0
    for module in modules():
        for function in functions(module):
            hints = inspect.get_annotations(function).values()
            names = {one for hint in hints for one in mentioned(hint)}
            looked_at += 1
            is_mixed = names & mine and names & inventory
            assert not is_mixed, f"{module.__name__}.{function.__qualname__}"
    assert looked_at > 150


def test_no_module_of_the_inventory_knows_the_avoided_ledger() -> None:
    for module in modules():
        if module not in LEDGER_MODULES:
            forbidden = (*AVOIDED_TYPES, *LEDGER_MODULES)
            known = [one for one in vars(module).values() if one in forbidden]
            assert not known, module.__name__
    for module in LEDGER_MODULES:
        assert not [one for one in vars(module).values() if one in inventory_types().values()]
