"""The sums of a judged file: every figure is a count or an exact sum of its verdicts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from schemas.refusal import Reason
from schemas.shipment import ForwardOrderRouted
from streams.history.mapping import Mapping as HistoryMapping
from streams.history.verdict import (
    CONSIGNMENT_MASS_UNKNOWN,
    ORDER_ROUTE,
    TRANSPORT_LEG,
    LineVerdict,
    Status,
)

KG_TO_T = -3  # powers of ten
SHARE_STEP = Decimal("0.0001")
MODE_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """One target's lines by status, and its rejected lines by the reason reported first."""

    accepted: int
    attached: int
    duplicate: int
    rejected: int
    reasons: dict[str, int]
    flags: dict[str, int]

    @property
    def lines(self) -> int:
        """All lines: the four statuses together."""
        return self.accepted + self.attached + self.duplicate + self.rejected


@dataclass(frozen=True, slots=True)
class Usable:
    """Stage 1 of the legs: mode known, and an own weight or a pointer to another line's."""

    lines: int
    legs: int
    attached: int
    legs_by_mode: dict[str, int]
    attached_by_mode: dict[str, int]
    rejected: int
    reasons: dict[str, int]
    mode_missing_all: int
    consignment_mass_unknown: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Stage 2 of the legs: of the usable legs, those that became an event, and the others."""

    legs: int
    by_mode: dict[str, int]
    not_placed: int
    not_placed_by_reason: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Tonnes:
    """Tonnes that lines state themselves, so once per consignment, by the mode they state."""

    by_mode: dict[str, str]
    total: str
    usable: str
    placed: str


@dataclass(frozen=True, slots=True)
class DirectShare:
    """Lines that went directly, of all accepted lines of the order target."""

    numerator: int
    denominator: int
    share: str | None
    by_year: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds and what became of it."""

    file_id: str
    source_id: str
    lines: int
    targets: dict[str, TargetCounts]
    usable: Usable | None
    placed: Placed | None
    tonnes: Tonnes | None
    direct: DirectShare | None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data: integers, and decimals as text."""
        return asdict(self)


def report_of(
    file_id: str, mapping: HistoryMapping, lines: int, verdicts: Iterable[LineVerdict]
) -> Report:
    """Return the sums of ``verdicts``."""
    by_target: dict[str, list[LineVerdict]] = {name: [] for name, _ in mapping.text.target.given}
    for verdict in verdicts:
        by_target[verdict.target].append(verdict)
    legs, orders = by_target.get(TRANSPORT_LEG), by_target.get(ORDER_ROUTE)
    return Report(
        file_id=file_id,
        source_id=mapping.source.id,
        lines=lines,
        targets={name: _counts(found) for name, found in by_target.items()},
        usable=None if legs is None else _usable(legs),
        placed=None if legs is None else _placed(legs),
        tonnes=None if legs is None else _tonnes(legs),
        direct=None if orders is None else _direct(orders),
    )


def _counts(verdicts: list[LineVerdict]) -> TargetCounts:
    status = Counter(verdict.status for verdict in verdicts)
    return TargetCounts(
        accepted=status[Status.ACCEPTED],
        attached=status[Status.ATTACHED],
        duplicate=status[Status.DUPLICATE],
        rejected=status[Status.REJECTED],
        reasons=_sorted(Counter(v.reasons[0] for v in verdicts if v.reasons)),
        flags=_sorted(Counter(flag for v in verdicts for flag in v.flags)),
    )


def _usable(legs: list[LineVerdict]) -> Usable:
    usable = [leg for leg in legs if leg.usable]
    attached = [leg for leg in usable if leg.status is Status.ATTACHED]
    own = [leg for leg in usable if leg.status is not Status.ATTACHED]
    rejected = [leg for leg in legs if leg.status is Status.REJECTED and not leg.usable]
    return Usable(
        lines=len(usable),
        legs=len(own),
        attached=len(attached),
        legs_by_mode=_by_mode(own),
        attached_by_mode=_by_mode(attached),
        rejected=len(rejected),
        reasons=_sorted(Counter(leg.reasons[0] for leg in rejected)),
        mode_missing_all=sum(Reason.MODE_MISSING in leg.reasons for leg in legs),
        consignment_mass_unknown=sum(CONSIGNMENT_MASS_UNKNOWN in leg.flags for leg in attached),
    )


def _placed(legs: list[LineVerdict]) -> Placed:
    placed = [leg for leg in legs if leg.status is Status.ACCEPTED]
    others = [leg for leg in legs if leg.usable and leg.status is Status.REJECTED]
    reasons = sorted({leg.reasons[0] for leg in others})
    return Placed(
        legs=len(placed),
        by_mode=_by_mode(placed),
        not_placed=len(others),
        not_placed_by_reason={
            reason.value: _by_mode([leg for leg in others if leg.reasons[0] is reason])
            for reason in reasons
        },
    )


def _tonnes(legs: list[LineVerdict]) -> Tonnes:
    stated = [leg for leg in legs if leg.mass_kg is not None]
    modes = sorted({_mode(leg) for leg in stated})
    return Tonnes(
        by_mode={mode: _tonnes_of(leg for leg in stated if _mode(leg) == mode) for mode in modes},
        total=_tonnes_of(stated),
        usable=_tonnes_of(leg for leg in stated if leg.usable),
        placed=_tonnes_of(leg for leg in stated if leg.status is Status.ACCEPTED),
    )


def _tonnes_of(legs: Iterable[LineVerdict]) -> str:
    mass_kg = sum((leg.mass_kg for leg in legs if leg.mass_kg is not None), Decimal(0))
    return f"{mass_kg.scaleb(KG_TO_T):f}"


def _direct(orders: list[LineVerdict]) -> DirectShare:
    routed = [v.event for v in orders if isinstance(v.event, ForwardOrderRouted)]
    known = [order for order in routed if order.is_direct is not None]
    direct, all_lines = Counter[str](), Counter[str]()
    for order in known:
        year = f"{order.delivered_on:%Y}" if order.delivered_on is not None else MODE_MISSING
        direct[year] += order.is_direct is True
        all_lines[year] += 1
    numerator, denominator = direct.total(), all_lines.total()
    share = (Decimal(numerator) / denominator) if denominator else None
    return DirectShare(
        numerator=numerator,
        denominator=denominator,
        share=None if share is None else str(share.quantize(SHARE_STEP, ROUND_HALF_EVEN)),
        by_year={year: (direct[year], all_lines[year]) for year in sorted(all_lines)},
    )


def _mode(leg: LineVerdict) -> str:
    return MODE_MISSING if leg.mode is None else leg.mode.value


def _by_mode(legs: list[LineVerdict]) -> dict[str, int]:
    return _sorted(Counter(_mode(leg) for leg in legs))


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(name): counts[name] for name in sorted(counts)}
