"""The arithmetic behind a refrigerant: its mass balance, its warming potential, what it emitted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from emissions.clauses import reference
from emissions.explain_steps import (
    AS_PUBLISHED,
    EXACT,
    ROUNDED_KG,
    UNROUNDED,
    computed_step,
    given_step,
    of,
    product_step,
    sum_step,
)
from emissions.explanation import (
    OUTCOMES_ARE_CHARGE,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.gwp import Component, Gwp, gwp_source
from emissions.number import CONTEXT, ONE, ZERO
from emissions.refrigerant import Charge, UnitRefrigerant, emission_of_unit
from schemas.vocabulary import RefrigerantOutcome

METHOD = "mass_balance"


def explain_refrigerant(
    charge: Charge,
    outcomes_kg: Mapping[RefrigerantOutcome, Decimal],
    *,
    gwp_set: str,
    destroyed_share: Decimal = ONE,
    unit: UnitRefrigerant,
) -> Explanation:
    """Return the arithmetic from a unit's charge and outcomes to its kg CO2e (TTW), anew.

    Raises
    ------
    ExplainMismatch
        If a mass, the warming potential or the emission differs from ``unit``.
    Refused
        If the outcomes do not add up to the charge, or the gas has no value in ``gwp_set``.

    Notes
    -----
    GLEC Framework v3.0, page 102: mass x GWP100. A leaked gas has no energy provision.

    Examples
    --------
    >>> from emissions.refrigerant import charge_of
    >>> plate = charge_of(substance="R-410A", nameplate_g=Decimal(1_000))
    >>> vented = {RefrigerantOutcome.VENTED: Decimal(1)}
    >>> unit = emission_of_unit(plate, vented, gwp_set="ar6")
    >>> told = explain_refrigerant(plate, vented, gwp_set="ar6", unit=unit)
    >>> told.step("gwp").substituted, told.step("ttw").substituted
    ('385.5 + 1870 = 2255.5', '1 kg x 2255.5 = 2255.5')
    """
    anew = emission_of_unit(charge, outcomes_kg, gwp_set=gwp_set, destroyed_share=destroyed_share)
    refuse_other_digits(anew, unit)
    steps = (
        _charge_step(charge),
        *_outcome_steps(charge, outcomes_kg),
        *_emitted_steps(outcomes_kg, destroyed_share, unit),
        *gwp_steps(anew.gwp),
        leak_step("ttw", unit.emitted_kg, anew.gwp, rounding=ROUNDED_KG, stored=unit.ttw_kgco2e),
        given_step(
            "left_in_unit", unit.left_in_unit_kg, "kg", formula="left_in_unit_kg",
            clause="outcomes", note="not emitted and not gone",
        ),
    )  # fmt: skip
    return explained(steps, method=METHOD, checks=(OUTCOMES_ARE_CHARGE,))


def gwp_steps(gwp: Gwp) -> tuple[Step, ...]:
    """Return every species of a refrigerant with its source, and what they add up to by mass.

    Raises
    ------
    ExplainMismatch
        If that is not the value of ``gwp``.
    """
    parts = [
        CONTEXT.multiply(component.mass_share, component.gwp100) for component in gwp.components
    ]
    total = sum_step(
        "gwp", parts, "kgco2e/kg", formula="sum(mass_share x gwp_species)", clause="refrigerant",
        stored=gwp.gwp100,
    )  # fmt: skip
    told = (_component_steps(component, gwp.gwp_set) for component in gwp.components)
    return (*(step for steps in told for step in steps), *of(gwp.substance, (total,)))


def leak_step(
    title: str, lost_kg: Decimal, gwp: Gwp, *, rounding: str = UNROUNDED, stored: Decimal
) -> Step:
    """Return the product of a lost mass and a warming potential, in kg CO2e.

    Raises
    ------
    ExplainMismatch
        If it is not what is stored.
    """
    return product_step(
        title, [("emitted_kg", lost_kg, "kg"), ("gwp", gwp.gwp100, "")], "kgco2e",
        clause="refrigerant", rounding=rounding, stored=stored,
    )  # fmt: skip


def _component_steps(component: Component, gwp_set: str) -> tuple[Step, ...]:
    source = gwp_source(component.set_id)
    cited = f"{source.publisher}: {source.title}, {source.version}"
    cell = f"{component.species}:{gwp_set}"
    published = Step(
        title="gwp_species",
        formula=f"{component.set_id}: {cell}",
        substituted=f"{component.gwp100}",
        value=component.gwp100,
        unit="kgco2e/kg",
        rounding=AS_PUBLISHED,
        reference=reference("refrigerant"),
        note=f"verification: {source.verification}",
        set_id=component.set_id,
        set_version=source.version,
        set_sha256=component.set_sha256,
        cell=cell,
        source=cited,
        licence=source.licence,
    )
    if component.mass_share == ONE:
        return of(component.species, (published,))
    terms = [("mass_share", component.mass_share, ""), ("gwp_species", component.gwp100, "")]
    weighted = product_step("gwp_by_mass", terms, "kgco2e/kg", clause="refrigerant")
    return of(component.species, (published, weighted))


def _charge_step(charge: Charge) -> Step:
    return given_step(
        "charge", charge.charge_kg, "kg", formula="charge_kg", clause="outcomes",
        is_assumption=charge.is_assumption,
        note="fall-back of the refrigerant" if charge.is_assumption else "name-plate",
    )  # fmt: skip


def _outcome_steps(
    charge: Charge, outcomes_kg: Mapping[RefrigerantOutcome, Decimal]
) -> Iterator[Step]:
    for outcome, mass_kg in outcomes_kg.items():
        step = given_step("outcome", mass_kg, "kg", formula="outcome_kg", clause="outcomes")
        yield from of(outcome.value, (step,))
    yield sum_step(
        "balance", list(outcomes_kg.values()), "kg", formula="sum(outcome_kg)", clause="outcomes",
        rounding=EXACT, stored=charge.charge_kg,
    )  # fmt: skip


def _emitted_steps(
    outcomes_kg: Mapping[RefrigerantOutcome, Decimal],
    destroyed_share: Decimal,
    unit: UnitRefrigerant,
) -> tuple[Step, Step]:
    """What a destruction left undestroyed, and with what was vented all that reached the air."""
    sent_kg = outcomes_kg.get(RefrigerantOutcome.RECOVERED_DESTROYED, ZERO)
    vented_kg = outcomes_kg.get(RefrigerantOutcome.VENTED, ZERO)
    undestroyed = computed_step(
        "undestroyed",
        CONTEXT.multiply(sent_kg, CONTEXT.subtract(ONE, destroyed_share)),
        "kg",
        formula="recovered_destroyed_kg x (1 - destroyed_share)",
        shown=f"{sent_kg:f} x (1 - {destroyed_share:f})",
        clause="outcomes",
    )
    emitted = sum_step(
        "emitted", (vented_kg, undestroyed.value), "kg", formula="vented_kg + undestroyed",
        clause="outcomes", stored=unit.emitted_kg,
    )  # fmt: skip
    assumed = destroyed_share == ONE and bool(sent_kg)
    note = "destroyed_share 1: no figure of the plant" if assumed else ""
    return replace(undestroyed, is_assumption=assumed, note=note), emitted
