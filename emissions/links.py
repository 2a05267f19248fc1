"""High-emission links: what of a lane's emission a better chain that is feasible would avoid."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from emissions.number import CONTEXT, ZERO
from emissions.sums import ratio
from schemas.refusal import Reason, Refused


class LinkKey(NamedTuple):
    """Where and how goods move: what is compared with its alternatives."""

    lane: str
    mode: str
    vehicle_class: str


class Assessment(StrEnum):
    """Whether an alternative was known to compare with; without one nothing is claimed."""

    ASSESSED = "assessed"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One result on a link, of one scope."""

    key: LinkKey
    mass_kg: Decimal
    kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What the whole mass of a link would emit on another chain, and whether that chain can run.

    The caller judges feasibility and computes the emission, by the same engine and scope.
    """

    key: LinkKey
    chain: str
    mass_kg: Decimal
    kgco2e: Decimal
    is_feasible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link's emission and what of it is avoidable; unknown is ``None``, never 0."""

    key: LinkKey
    mass_kg: Decimal
    kgco2e: Decimal
    assessment: Assessment
    best_chain: str | None
    best_kgco2e: Decimal | None
    avoidable_kgco2e: Decimal | None
    avoidable_share: Decimal | None


def links_of(rows: Iterable[LinkRow], alternatives: Iterable[Alternative]) -> tuple[Link, ...]:
    """Return every link, the most avoidable first, those not assessed last.

    ``avoidable`` is ``max(0, E - E_best)``, where E_best is the least emission of the feasible
    alternatives of the same mass. An infeasible chain avoids nothing, and a link without a
    feasible one is not assessed.

    Raises
    ------
    Refused
        If an alternative was computed for another mass than the link moved.
    """
    sums: dict[LinkKey, tuple[Decimal, Decimal]] = {}
    for row in rows:
        mass_kg, kgco2e = sums.get(row.key, (ZERO, ZERO))
        sums[row.key] = CONTEXT.add(mass_kg, row.mass_kg), CONTEXT.add(kgco2e, row.kgco2e)
    best = _best_by_key(alternatives)
    links = [_link(key, *moved, best.get(key)) for key, moved in sums.items()]
    return tuple(sorted(links, key=_most_avoidable_first))


def _best_by_key(alternatives: Iterable[Alternative]) -> dict[LinkKey, Alternative]:
    best: dict[LinkKey, Alternative] = {}
    for one in alternatives:
        if not one.is_feasible:
            continue
        known = best.get(one.key)
        if known is None or (one.kgco2e, one.chain) < (known.kgco2e, known.chain):
            best[one.key] = one
    return best


def _link(key: LinkKey, mass_kg: Decimal, kgco2e: Decimal, best: Alternative | None) -> Link:
    avoidable_kgco2e = None
    if best is not None:
        _refuse_other_mass(key, mass_kg, best)
        avoidable_kgco2e = max(ZERO, CONTEXT.subtract(kgco2e, best.kgco2e))
    return Link(
        key=key,
        mass_kg=mass_kg,
        kgco2e=kgco2e,
        assessment=Assessment.NOT_ASSESSED if best is None else Assessment.ASSESSED,
        best_chain=None if best is None else best.chain,
        best_kgco2e=None if best is None else best.kgco2e,
        avoidable_kgco2e=avoidable_kgco2e,
        avoidable_share=None if avoidable_kgco2e is None else ratio(avoidable_kgco2e, kgco2e),
    )


def _refuse_other_mass(key: LinkKey, mass_kg: Decimal, best: Alternative) -> None:
    if best.mass_kg != mass_kg:
        raise Refused(
            Reason.UNIT_BOUND,
            f"alternative {best.chain} of {'/'.join(key)}: mass_kg {best.mass_kg} "
            f"is not the {mass_kg} of the link",
        )


def _most_avoidable_first(link: Link) -> tuple[bool, Decimal, Decimal, LinkKey]:
    known = link.avoidable_kgco2e
    return known is None, -(known or ZERO), -link.kgco2e, link.key
