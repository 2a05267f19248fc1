"""Whether a period met its target path; where no path says anything, nothing is met or missed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from emissions.chain import exact_sum
from emissions.period import Period
from emissions.targets import Target, path_value
from schemas.refusal import Reason, Refused, shown


class TargetState(StrEnum):
    """What can be said of a target."""

    MET = "met"
    MISSED = "missed"
    NO_VALUE = "no_value"
    NO_FIGURE = "no_figure"
    OTHER_METRIC = "other_metric"


class Kpi(NamedTuple):
    """How a metric is held against its path."""

    unit: str
    is_lower_better: bool
    adds_up: bool  # over months; of a ratio the period's last month counts


KPIS: Mapping[str, Kpi] = MappingProxyType(
    {
        "emission": Kpi("kgco2e", is_lower_better=True, adds_up=True),
        "intensity": Kpi("kgco2e_per_tkm", is_lower_better=True, adds_up=False),
        "primary_share": Kpi("share", is_lower_better=False, adds_up=False),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTarget:
    """A target's value for a period beside the figure of the period."""

    target: Target
    target_value: Decimal | None
    figure: Decimal | None
    state: TargetState


def check_targets(
    targets: Iterable[Target],
    *,
    organisation: str,
    period: Period,
    figures: Mapping[str, Decimal | None],
) -> tuple[CheckedTarget, ...]:
    """Return each target of ``organisation`` and whether ``period`` met it.

    The path of what adds up is summed over the months of the period, that of a ratio is read in
    its last month. A period that is not made of whole months has no value of a path.

    Raises
    ------
    Refused
        If a target's unit is not that of its metric.
    """
    own = [target for target in targets if target.organisation == organisation]
    return tuple(_checked(target, period, figures) for target in own)


def _checked(
    target: Target, period: Period, figures: Mapping[str, Decimal | None]
) -> CheckedTarget:
    kpi = KPIS.get(target.metric)
    if kpi is None:
        return CheckedTarget(
            target=target, target_value=None, figure=None, state=TargetState.OTHER_METRIC
        )
    if target.unit != kpi.unit:
        raise Refused(
            Reason.VOCABULARY,
            f"target {target.target_id}: unit {shown(target.unit)} is not {kpi.unit}, that of "
            f"{target.metric}",
        )
    value, figure = _value(target, kpi, period.months), figures[target.metric]
    return CheckedTarget(
        target=target, target_value=value, figure=figure, state=_state(kpi, value, figure)
    )


def _value(target: Target, kpi: Kpi, months: Sequence[date]) -> Decimal | None:
    asked = months if kpi.adds_up else months[-1:]
    values = [path_value(target, month) for month in asked]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return exact_sum(known)


def _state(kpi: Kpi, value: Decimal | None, figure: Decimal | None) -> TargetState:
    if value is None:
        return TargetState.NO_VALUE
    if figure is None:
        return TargetState.NO_FIGURE
    is_met = figure <= value if kpi.is_lower_better else figure >= value
    return TargetState.MET if is_met else TargetState.MISSED
