"""Mass balance: what went into a batch against what came out, exact to a gram. A gate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recycling.category import rules_of
from recycling.limits import Limits
from recycling.unit_mass import UnitInput
from recycling.vocabulary import MassBasis

ZERO = Decimal(0)
GRAM = Decimal("0.001")
SHARE_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """One material that came out of a batch."""

    material: str
    mass_kg: Decimal
    hazardous_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GasFate:
    """Where the recovered gas of one type went, in g."""

    gas: str
    destroyed_g: Decimal
    reclaimed_g: Decimal
    vented_g: Decimal

    @property
    def told_g(self) -> Decimal:
        """All of it that was told of."""
        return self.destroyed_g + self.reclaimed_g + self.vented_g


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What share of a category's mass a material may be; data of a tenant."""

    category: str
    material: str
    low_share: Decimal
    high_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The outcome of the gate; ``failures`` holds one sentence for each condition not met."""

    input_kg: Decimal
    output_kg: Decimal
    losses_kg: Decimal
    gap_kg: Decimal
    gap_share: Decimal
    class_average_share: Decimal
    basis_kg: Mapping[MassBasis, Decimal]
    failures: tuple[str, ...]

    @property
    def is_balanced(self) -> bool:
        """Whether every condition is met."""
        return not self.failures


def balance_of(
    inputs: Sequence[UnitInput],
    fractions: Sequence[Fraction],
    gas_fates: Sequence[GasFate],
    *,
    losses_kg: Decimal,
    limits: Limits,
) -> Balance:
    """Return the balance of a batch: masses in kg, shares of the inputs.

    Raises
    ------
    ValueError
        If there is no input, or one without a mass: the batch's own guards let in neither.
    """
    basis_kg = _basis_kg(inputs)
    input_kg = sum(basis_kg.values(), ZERO).quantize(GRAM)
    output_kg = sum((one.mass_kg for one in fractions), ZERO).quantize(GRAM)
    losses_kg = losses_kg.quantize(GRAM)
    gap_kg = abs(input_kg - output_kg - losses_kg)
    failures = (
        *_gap_failures(input_kg, gap_kg, limits),
        *_loss_failures(input_kg, losses_kg, limits),
        *_hazard_failures(inputs, fractions),
        *_gas_failures(inputs, gas_fates),
    )
    return Balance(
        input_kg=input_kg,
        output_kg=output_kg,
        losses_kg=losses_kg,
        gap_kg=gap_kg,
        gap_share=(gap_kg / input_kg).quantize(SHARE_STEP),
        class_average_share=(basis_kg.get(MassBasis.CLASS_AVERAGE, ZERO) / input_kg).quantize(
            SHARE_STEP
        ),
        basis_kg=basis_kg,
        failures=failures,
    )


def _basis_kg(inputs: Sequence[UnitInput]) -> dict[MassBasis, Decimal]:
    if not inputs:
        raise ValueError("a batch without inputs has no balance")
    found: dict[MassBasis, Decimal] = {}
    for one in inputs:
        if one.mass is None or one.mass.mass_kg <= 0:
            raise ValueError(f"unit {one.unit_id} has no mass")
        found[one.mass.basis] = found.get(one.mass.basis, ZERO) + one.mass.mass_kg
    return found


def percent(part: Decimal, of: Decimal) -> str:
    """Return a share as a message has it.

    Examples
    --------
    >>> percent(Decimal("22.560"), Decimal("1541.200"))
    '1.464 %'
    """
    return f"{(part * 100 / of).quantize(GRAM):f} %"


def _gap_failures(input_kg: Decimal, gap_kg: Decimal, limits: Limits) -> Iterable[str]:
    if gap_kg > limits.gap_share * input_kg:
        yield (
            f"gap_share: {gap_kg:f} kg of {input_kg:f} kg = {percent(gap_kg, input_kg)} are not "
            f"accounted for, the limit is {percent(limits.gap_share, Decimal(1))}"
        )


def _loss_failures(input_kg: Decimal, losses_kg: Decimal, limits: Limits) -> Iterable[str]:
    if losses_kg > limits.loss_share * input_kg:
        yield (
            f"losses_kg: {losses_kg:f} kg of {input_kg:f} kg = {percent(losses_kg, input_kg)} are "
            f"declared lost, the limit is {percent(limits.loss_share, Decimal(1))}"
        )


def answers_demand(code: str, demanded: str) -> bool:
    """Return whether a hazardous code is the demanded one, or of the demanded class.

    Examples
    --------
    >>> answers_demand("900-249-08", "HW08"), answers_demand("900-045-49", "HW08")
    (True, False)
    """
    return code == demanded or f"HW{code.rpartition('-')[2]}" == demanded


def _hazard_failures(inputs: Sequence[UnitInput], fractions: Sequence[Fraction]) -> Iterable[str]:
    codes = [one.hazardous_code for one in fractions if one.hazardous_code]
    for category in sorted({one.category for one in inputs}):
        for demanded in rules_of(category).hazardous:
            if not any(answers_demand(code, demanded) for code in codes):
                yield f"outputs: {category} demands a hazardous fraction {demanded}, none is told"


def recovered_by_gas(inputs: Iterable[UnitInput]) -> dict[str, Decimal]:
    """Return what depollution took out of all inputs, in g by gas."""
    found: dict[str, Decimal] = {}
    for one in inputs:
        for gas, mass_g in one.refrigerants_g.items():
            found[gas] = found.get(gas, ZERO) + mass_g
    return found


def _gas_failures(inputs: Sequence[UnitInput], gas_fates: Sequence[GasFate]) -> Iterable[str]:
    recovered_g = recovered_by_gas(inputs)
    told_g: dict[str, Decimal] = {}
    for fate in gas_fates:
        told_g[fate.gas] = told_g.get(fate.gas, ZERO) + fate.told_g
    for gas in sorted({*recovered_g, *told_g}):
        recovered, told = recovered_g.get(gas, ZERO), told_g.get(gas, ZERO)
        if recovered != told:
            yield (
                f"refrigerants: {recovered:f} g of {gas} were recovered, "
                f"{told:f} g destroyed, reclaimed or vented"
            )


def outside_bands(
    inputs: Sequence[UnitInput], fractions: Sequence[Fraction], bands: Sequence[Band]
) -> tuple[str, ...]:
    """Return a sentence for each material outside what the mix of inputs lets expect.

    A material is judged only where every category of the mix has a band for it.

    Raises
    ------
    ValueError
        If an input has no mass.
    """
    by_category: dict[str, Decimal] = {}
    for one in inputs:
        if one.mass is None:
            raise ValueError(f"unit {one.unit_id} has no mass")
        by_category[one.category] = by_category.get(one.category, ZERO) + one.mass.mass_kg
    band_of = {(band.category, band.material): band for band in bands}
    found = []
    for material in sorted({band.material for band in bands}):
        some = [band_of.get((category, material)) for category in by_category]
        mix = [band for band in some if band is not None]
        if len(mix) == len(some):
            found += _outside(material, fractions, mix, by_category)
    return tuple(found)


def _outside(
    material: str,
    fractions: Sequence[Fraction],
    mix: Sequence[Band],
    by_category: Mapping[str, Decimal],
) -> list[str]:
    mass_kg = sum((one.mass_kg for one in fractions if one.material == material), ZERO)
    low_kg = sum((band.low_share * by_category[band.category] for band in mix), ZERO)
    high_kg = sum((band.high_share * by_category[band.category] for band in mix), ZERO)
    if low_kg <= mass_kg <= high_kg:
        return []
    low, high = low_kg.quantize(GRAM), high_kg.quantize(GRAM)
    return [f"{material} {mass_kg:f} kg lies outside {low:f} to {high:f} kg"]
