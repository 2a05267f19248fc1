"""One chain element as a report holds it, and whether it may stand in the report asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from emissions.number import CONTEXT
from emissions.quality import Scores
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import DistanceKind, TransportMode

MAX_SAMPLE_ROWS = 1_000


class TceKind(StrEnum):
    """What an element of a chain is."""

    TRANSPORT = "transport"
    HUB = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class TceRow:
    """The result of one chain element; ``evidence`` says where its record and steps are kept.

    A transport element has a mode, a mass, a distance and an activity; a hub has an operation
    instead, and no mass where its month is shared by m3-days.
    """

    tce_id: str
    kind: TceKind
    shipment_id: str
    consignment_id: str
    occurred_on: date
    category_id: str  # of the operation: TOC or HOC
    mode: str | None = None
    hub_operation: str | None = None
    energy: str | None = None
    mass_kg: Decimal | None
    distance_km: Decimal | None = None
    distance_kind: str | None = None
    transport_tkm: Decimal | None = None
    daf: Decimal | None = None
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    factor_id: str
    factor_set: str
    factor_set_sha256: str
    gwp_set: str
    method: str
    method_version: str
    flags: tuple[str, ...] = ()
    scores: Scores
    inputs_sha256: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is reported; ``service`` is ``None`` for the whole organisation.

    ``justifications`` say per operation category why default data had to do; ``seed`` draws the
    sample, so it belongs to the verifier.
    """

    organisation: str
    service: str | None = None
    from_on: date
    to_on: date
    seed: str
    sample_rows: int
    justifications: Mapping[str, str] = field(default_factory=dict)


def refuse_about(about: About) -> None:
    """Raise ``Refused`` where a period ends before it begins or a sample is out of bounds."""
    if about.to_on < about.from_on:
        raise Refused(Reason.DATE_INVALID, f"to_on {about.to_on} is before from_on {about.from_on}")
    if not 0 <= about.sample_rows <= MAX_SAMPLE_ROWS:
        raise Refused(
            Reason.UNIT_BOUND,
            f"sample_rows must be from 0 to {MAX_SAMPLE_ROWS}, got {about.sample_rows}",
        )


def refuse_doubles(rows: Iterable[TceRow]) -> None:
    """Raise ``Refused`` where an element stands twice."""
    seen: set[str] = set()
    for row in rows:
        if row.tce_id in seen:
            raise Refused(Reason.KEY_DUPLICATE, f"tce_id {shown(row.tce_id)} stands twice")
        seen.add(row.tce_id)


def refuse_row(row: TceRow, about: About) -> None:
    """Raise ``Refused`` where a row would mislead.

    It lies outside the period, is no whole element of its kind, or its parts do not add up.
    """
    if not about.from_on <= row.occurred_on <= about.to_on:
        raise Refused(
            Reason.DATE_INVALID,
            f"tce_id {shown(row.tce_id)}: occurred_on {row.occurred_on} is not from "
            f"{about.from_on} to {about.to_on}",
        )
    for reason, what in _incomplete(row):
        raise Refused(reason, f"tce_id {shown(row.tce_id)}: {what}")
    if CONTEXT.add(row.wtt_kgco2e, row.ttw_kgco2e) != row.wtw_kgco2e:
        raise Refused(
            Reason.SCHEMA,
            f"tce_id {shown(row.tce_id)}: wtw_kgco2e {row.wtw_kgco2e} is not "
            f"{row.wtt_kgco2e} + {row.ttw_kgco2e}",
        )


def _incomplete(row: TceRow) -> list[tuple[Reason, str]]:
    """What an element of its kind lacks."""
    if row.kind is TceKind.HUB:
        is_named = bool(row.hub_operation)
        return [] if is_named else [(Reason.SCHEMA, f"hub_operation is {row.hub_operation!r}")]
    checks = (
        (row.mode in frozenset(TransportMode), Reason.MODE_UNKNOWN, f"mode is {row.mode!r}"),
        (
            row.distance_kind in frozenset(DistanceKind),
            Reason.VOCABULARY,
            f"distance_kind is {row.distance_kind!r}",
        ),
        (row.transport_tkm is not None, Reason.SCHEMA, "transport_tkm is None"),
        (row.mass_kg is not None, Reason.MASS_MISSING, "mass_kg is None"),
    )
    return [(reason, what) for holds, reason, what in checks if not holds]
