"""What a round comes to: kilometres, hours, fen and kilograms, exact."""

from collections.abc import Sequence
from decimal import Decimal

from routing.plan import Figures
from routing.problem import LinearRate, ObjectiveWeights, VehicleType

QUANTUM = Decimal("0.000001")
M_PER_KM, S_PER_H, GM_PER_KG_KM = 1_000, 3_600, 1_000_000


def by_rate(rate: LinearRate | None, *, distance_m: int, moment_gm: int) -> Decimal | None:
    """Return what a linear rate gives, to a millionth; None without a rate.

    >>> rate = LinearRate(per_km=Decimal("0.55061"), per_kg_km=Decimal("0.0000326874"),
    ...                   source_id="DEFRA 2025, rigid 7.5-17 t")
    >>> by_rate(rate, distance_m=27_000, moment_gm=17_500_000_000)
    Decimal('15.438500')
    """
    if rate is None:
        return None
    exact = rate.per_km * distance_m / M_PER_KM + rate.per_kg_km * moment_gm / GM_PER_KG_KM
    return exact.quantize(QUANTUM)


def figures_of(
    kind: VehicleType,
    *,
    distance_m: int,
    great_circle_m: int,
    moment_gm: int,
    duration_s: int,
    driving_s: int,
    waiting_s: int,
) -> Figures:
    """Return the figures of one round."""
    energy = by_rate(kind.energy_cost_cny_fen, distance_m=distance_m, moment_gm=moment_gm)
    cost = (
        kind.fixed_cost_cny_fen
        + kind.cost_cny_fen_per_km * distance_m / M_PER_KM
        + kind.cost_cny_fen_per_h * duration_s / S_PER_H
        + (energy or 0)
    )
    return Figures(
        distance_m=distance_m,
        great_circle_m=great_circle_m,
        moment_gm=moment_gm,
        duration_s=duration_s,
        driving_s=driving_s,
        waiting_s=waiting_s,
        cost_cny_fen=Decimal(cost).quantize(QUANTUM),
        ttw_kgco2e=by_rate(kind.ttw_kgco2e, distance_m=distance_m, moment_gm=moment_gm),
        wtt_kgco2e=by_rate(kind.wtt_kgco2e, distance_m=distance_m, moment_gm=moment_gm),
        energy_kwh=by_rate(kind.energy_kwh, distance_m=distance_m, moment_gm=moment_gm),
    )


def added_up(parts: Sequence[Figures]) -> Figures:
    """Return the sums; a sum of which one part is unknown is unknown."""
    return Figures(
        distance_m=sum(one.distance_m for one in parts),
        great_circle_m=sum(one.great_circle_m for one in parts),
        moment_gm=sum(one.moment_gm for one in parts),
        duration_s=sum(one.duration_s for one in parts),
        driving_s=sum(one.driving_s for one in parts),
        waiting_s=sum(one.waiting_s for one in parts),
        cost_cny_fen=sum((one.cost_cny_fen for one in parts), Decimal(0)),
        ttw_kgco2e=_sum([one.ttw_kgco2e for one in parts]),
        wtt_kgco2e=_sum([one.wtt_kgco2e for one in parts]),
        energy_kwh=_sum([one.energy_kwh for one in parts]),
    )


def _sum(parts: list[Decimal | None]) -> Decimal | None:
    known = [one for one in parts if one is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def objective_of(figures: Figures, weights: ObjectiveWeights) -> Decimal:
    """Return the weighted value J of a plan's figures, without what is unserved."""
    value = weights.cost * figures.cost_cny_fen
    if weights.emission > 0:
        price = weights.carbon_price_cny_fen_per_kgco2e
        kilograms = (figures.ttw_kgco2e or Decimal(0)) + (figures.wtt_kgco2e or Decimal(0))
        value += weights.emission * kilograms * (Decimal(1) if price is None else price)
    if weights.time > 0 and weights.time_value_cny_fen_per_h is not None:
        value += weights.time * weights.time_value_cny_fen_per_h * figures.duration_s / S_PER_H
    return value.quantize(QUANTUM)
