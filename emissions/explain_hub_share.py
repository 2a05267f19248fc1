"""The arithmetic behind one consignment's part of a hub's month: by its tonnes or its m3-days."""

from collections.abc import Iterator
from decimal import Decimal

from emissions.explain_steps import (
    PARTS,
    ROUNDED_KG,
    computed_step,
    factor_steps,
    given_step,
    plain,
    product_step,
    sum_step,
    wtw_step,
)
from emissions.explanation import (
    WTT_AND_TTW_ARE_WTW,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.hub import HubOperation, emission_of_hub, emission_of_storage
from emissions.leg import PRIMARY_ENERGY
from emissions.number import CONTEXT, ZERO
from emissions.split import Emission, Load, sum_of_loads

Share = tuple[str, Load, tuple[str, Decimal], tuple[str, Decimal]]


def explain_hub_share(
    operation: HubOperation, emission: Emission, *, mass_kg: Decimal, is_cooled: bool = False
) -> Explanation:
    """Return the arithmetic from a month to one consignment's kg CO2e, computed anew.

    Raises
    ------
    ExplainMismatch
        If TTW, WTT or WTW differs from ``emission``.
    Refused
        As ``emission_of_hub`` does.

    Notes
    -----
    ISO 14083:2023, hub chain elements; GLEC Framework v3.0, page 123.
    """
    anew = emission_of_hub(operation, mass_kg=mass_kg, is_cooled=is_cooled)
    refuse_other_digits(anew, emission, "emission")
    outbound_kg = ZERO if operation.outbound_mass_kg is None else operation.outbound_mass_kg
    own = ("mass_kg", mass_kg)
    shares = [("handling", operation.handling, own, ("outbound_mass_kg", outbound_kg))]
    if is_cooled:
        cooled = ("cooled_outbound_mass_kg", operation.cooled_outbound_mass_kg)
        shares.append(("cooling", operation.cooling, own, cooled))
    mass = given_step("mass", mass_kg, "kg", formula="mass_kg", clause="hub")
    return _explained(operation, (mass,), shares, emission)


def explain_storage(
    operation: HubOperation, emission: Emission, *, volume_m3: Decimal, days: Decimal
) -> Explanation:
    """Return the arithmetic from a month to the kg CO2e of goods kept in it, computed anew.

    Raises
    ------
    ExplainMismatch
        If TTW, WTT or WTW differs from ``emission``.
    Refused
        As ``emission_of_storage`` does.

    Notes
    -----
    GHG Protocol scope 3 guidance, examples 4.5 and 4.6.
    """
    anew = emission_of_storage(operation, volume_m3=volume_m3, days=days)
    refuse_other_digits(anew, emission, "emission")
    kept = product_step(
        "m3_days", [("volume_m3", volume_m3, "m3"), ("days", days, "d")], "m3_day",
        clause="storage",
    )  # fmt: skip
    of_all = operation.storage_m3_days
    whole = sum_of_loads([operation.handling, operation.cooling])
    basis = ("storage_m3_days", ZERO if of_all is None else of_all)
    return _explained(
        operation, (kept,), [("whole", whole, ("m3_days", kept.value), basis)], emission
    )


def _explained(
    operation: HubOperation, given: tuple[Step, ...], shares: list[Share], emission: Emission
) -> Explanation:
    factors = (
        factor_steps(one, on=operation.month_on, flags=operation.flags) for one in operation.factors
    )
    steps = (
        *(step for found in factors for step in found),
        *given,
        *_carried_steps(shares, emission),
        wtw_step(emission.ttw_kgco2e, emission.wtt_kgco2e, stored=emission.wtw_kgco2e),
    )
    return explained(
        steps, method=PRIMARY_ENERGY, flags=operation.flags, checks=(WTT_AND_TTW_ARE_WTW,)
    )


def _carried_steps(shares: list[Share], emission: Emission) -> Iterator[Step]:
    for n, part in enumerate(PARTS):
        carried = [
            _carried_step(f"{group}_{part}", load[n], own, of_all)
            for group, load, own, of_all in shares
        ]
        yield from carried
        yield sum_step(
            part, [step.value for step in carried], "kgco2e",
            formula=" + ".join(step.title for step in carried), clause="hub",
            rounding=ROUNDED_KG, stored=emission[n],
        )  # fmt: skip


def _carried_step(
    name: str, kgco2e: Decimal, own: tuple[str, Decimal], of_all: tuple[str, Decimal]
) -> Step:
    """The product first, as the engine does, so that a third of a hub is not rounded twice."""
    return computed_step(
        f"carried_{name}",
        CONTEXT.divide(CONTEXT.multiply(kgco2e, own[1]), of_all[1]),
        "kgco2e",
        formula=f"{name} x {own[0]} / {of_all[0]}",
        shown=f"{plain(kgco2e)} x {plain(own[1])} / {plain(of_all[1])}",
        clause="storage" if own[0] == "m3_days" else "hub",
    )
