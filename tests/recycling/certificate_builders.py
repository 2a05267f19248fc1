"""The specification's worked example as a certified batch: 20 refrigerators and 10 washers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from recycling.aggregate import Aggregate
from recycling.certificate import Licence, Treatment, certificate_of
from recycling.limits import packaged_limits
from recycling.mass_balance import Fraction, GasFate, balance_of
from recycling.unit_mass import UnitInput, UnitMass
from recycling.vocabulary import AggregateKind, BatchState, MassBasis
from tests.recycling.builders import treated

HAZARDOUS = {"boards": "900-045-49", "oil": "900-249-08"}
OPERATIONS = {"foam": "D10", "concrete": "R5", "oil": "R9", "refrigerant": "D10"}
MASSES_KG = {
    "steel": "802", "copper": "38.5", "aluminium": "31.2", "plastics": "389", "foam": "92",
    "glass": "41", "concrete": "105", "boards": "6.8", "oil": "3.9", "refrigerant": "1.24",
}  # fmt: skip


def fraction(material: str, mass_kg: str) -> dict[str, Any]:
    row = {
        "material": material,
        "mass_kg": mass_kg,
        "operation_code": OPERATIONS.get(material, "R4"),
        "destination_id": f"D-{material}",
    }
    if material in HAZARDOUS:
        row |= {"hazardous_code": HAZARDOUS[material], "consignee_id": "P-hazardous"}
    return row


def body(**changed: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "unit_ids": [one.unit_id for one in inputs()],
        "dismantler_id": "P-dismantler",
        "site_id": "PLANT-1",
        "outputs": [fraction(*row) for row in MASSES_KG.items()],
        "losses_kg": "8",
        "gas_fates": [
            {"gas": "r600a", "destroyed_g": "1000", "reclaimed_g": "200", "vented_g": "40"}
        ],
        "certificate_id": "CERT-2026-0001",
    }
    return plain | changed


def _input(number: int, category: str, mass_kg: str, **more: Any) -> UnitInput:
    mass = UnitMass(mass_kg=Decimal(mass_kg), basis=MassBasis.CLASS_AVERAGE)
    return treated(f"U-{number:02}", category=category, mass=mass, **more)


def inputs() -> tuple[UnitInput, ...]:
    gas = {"r600a": Decimal(62)}
    fridges = [_input(n, "refrigerator", "40.79", refrigerants_g=gas) for n in range(20)]
    return (*fridges, *(_input(n, "washing_machine", "72.54") for n in range(20, 30)))


def code_of(unit_id: str) -> str:
    return f"https://id.gs1.org/01/06901234567892/21/{unit_id}"


def treatment(**changed: Any) -> Treatment:
    """The worked example; ``body`` and ``inputs`` also make the balance."""
    told, some = changed.pop("body", body()), changed.pop("inputs", inputs())
    balance = balance_of(
        some,
        [Fraction(material=o["material"], mass_kg=Decimal(o["mass_kg"]),
                  hazardous_code=o.get("hazardous_code")) for o in told["outputs"]],
        [GasFate(gas=g["gas"], destroyed_g=Decimal(g["destroyed_g"]),
                 reclaimed_g=Decimal(g["reclaimed_g"]), vented_g=Decimal(g["vented_g"]))
         for g in told["gas_fates"]],
        losses_kg=Decimal(told["losses_kg"]),
        limits=packaged_limits(),
    )  # fmt: skip
    example = Treatment(
        batch=Aggregate(
            kind=AggregateKind.BATCH, id="B-2026-0001", state=BatchState.CERTIFIED, body=told
        ),
        issuer_id="maker-1",
        inputs=some,
        unit_codes={one.unit_id: code_of(one.unit_id) for one in some},
        balance=balance,
        limits=packaged_limits(),
        licences=(
            Licence(
                licence_id="LIC-370200-01",
                valid_from_on=date(2026, 1, 1),
                valid_to_on=date(2026, 12, 31),
            ),
        ),
        opened_at=datetime(2026, 6, 1, 1, tzinfo=UTC),
        closed_at=datetime(2026, 6, 2, 8, 30, tzinfo=UTC),
        balanced_at=datetime(2026, 6, 3, 2, tzinfo=UTC),
        certified_at=datetime(2026, 6, 4, 2, 15, tzinfo=UTC),
        rule_versions={"mass_balance": "1", "permits": "1"},
        dismantler_name="\u9752\u5c9b\u7eff\u8272\u62c6\u89e3\u5382",
        site_name="\u4e00\u53f7\u8f66\u95f4",
    )
    return replace(example, **changed)


def certificate(**changed: Any) -> dict[str, Any]:
    """The certificate of the worked example, with other fields at its top where told."""
    return certificate_of(treatment()) | changed
