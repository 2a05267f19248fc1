"""The arithmetic behind a round: its meters, their total, and the part of every consignment."""

from collections.abc import Iterator

from emissions.explain_allocation import share_steps, weight_steps
from emissions.explain_energy import use_steps
from emissions.explain_steps import EXACT, PARTS, ROUNDED_KG, of, sum_step, wtw_step
from emissions.explanation import (
    PARTS_ARE_TOTAL,
    WTT_AND_TTW_ARE_WTW,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.factor import FactorBook
from emissions.leg import PRIMARY_ENERGY
from emissions.trip import MeteredTrip, Trip, emission_of_trip


def explain_round(trip: Trip, metered: MeteredTrip, *, book: FactorBook) -> Explanation:
    """Return the arithmetic from a round's meters to every consignment's kg CO2e, computed anew.

    TTW and WTT are shared out apart: every weight, floor, remainder and milligram is told.

    Raises
    ------
    ExplainMismatch
        If the total, a part, a factor or a flag differs from ``metered``.
    Refused
        As ``emission_of_trip`` does.

    Notes
    -----
    ISO 14083:2023; GLEC Framework v3.0, pages 106-107.
    """
    anew = emission_of_trip(trip, book=book)
    refuse_other_digits(anew, metered)
    steps = (
        *_energy_steps(trip, anew, book),
        *_total_steps(anew),
        *weight_steps(trip.weights),
        *_share_steps(trip, metered),
        *_wtw_steps(metered),
    )
    return explained(
        steps,
        method=PRIMARY_ENERGY,
        flags=anew.flags,
        checks=(WTT_AND_TTW_ARE_WTW, PARTS_ARE_TOTAL),
    )


def _energy_steps(trip: Trip, anew: MeteredTrip, book: FactorBook) -> Iterator[Step]:
    for n, (use, used) in enumerate(zip(trip.energy, anew.used, strict=True), start=1):
        yield from of(f"{use.energy} {n}", use_steps(use, used, on=trip.on, book=book))


def _total_steps(anew: MeteredTrip) -> Iterator[Step]:
    ttw, wtt, wtw = anew.total
    for part, stored in zip(PARTS, (ttw, wtt), strict=True):
        loads = [getattr(one.load, f"{part}_kgco2e") for one in anew.used]
        yield sum_step(
            part, loads, "kgco2e", formula=f"sum(use_{part})", clause="fuel", rounding=ROUNDED_KG,
            stored=stored,
        )  # fmt: skip
    yield wtw_step(ttw, wtt, stored=wtw)


def _share_steps(trip: Trip, metered: MeteredTrip) -> Iterator[Step]:
    for part in PARTS:
        yield from share_steps(
            part,
            total_kgco2e=getattr(metered.total, f"{part}_kgco2e"),
            weights=trip.weights,
            parts={name: getattr(one, f"{part}_kgco2e") for name, one in metered.parts.items()},
        )


def _wtw_steps(metered: MeteredTrip) -> Iterator[Step]:
    for name, (ttw, wtt, wtw) in metered.parts.items():
        yield from of(name, (wtw_step(ttw, wtt, stored=wtw, title="share_wtw"),))
    yield sum_step(
        "shares_sum_wtw", [one.wtw_kgco2e for one in metered.parts.values()], "kgco2e",
        formula="sum(share_wtw)", clause="allocation", rounding=EXACT,
        stored=metered.total.wtw_kgco2e,
    )  # fmt: skip
