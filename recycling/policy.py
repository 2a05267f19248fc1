"""Subsidy policies: effective-dated rules, what they are asked, and what they decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from types import MappingProxyType

from recycling.policy_scope import (
    ApplianceCategory,
    ApplianceForm,
    Check,
    Measure,
    Provenance,
    Scope,
)
from recycling.policy_toml import GRADES, MAX_FEN

# China has had one offset and no summer time since 1992, before the first policy.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MAX_UNITS = 1_000_000
NO_MEASURES: Mapping[Measure, Decimal] = MappingProxyType({})
EXACT = Context(prec=60)


class StackGroup(StrEnum):
    """Whose money it is; on a day one policy of a group is in force, or none."""

    TREATMENT_FUND = "treatment_fund"
    MAKER_TRADE_IN = "maker_trade_in"
    STATE_TRADE_IN = "state_trade_in"


class Outcome(StrEnum):
    """What an evaluation came to; the amount is known for those of ``KNOWN`` only."""

    GRANTED = "granted"
    CAPPED = "capped"
    RATED_ZERO = "rated_zero"
    BELOW_ONE_FEN = "below_one_fen"
    GRADE_NOT_ELIGIBLE = "grade_not_eligible"
    QUOTA_USED = "quota_used"
    MODEL_NOT_LISTED = "model_not_listed"
    NOT_COVERED = "not_covered"
    RATE_UNKNOWN = "rate_unknown"
    ESTIMATE_ONLY = "estimate_only"
    ITEM_INCOMPLETE = "item_incomplete"


KNOWN = frozenset([*Outcome][: [*Outcome].index(Outcome.NOT_COVERED)])
# What leaves open how much somebody else still has to pay.
UNDECIDED = frozenset({Outcome.RATE_UNKNOWN, Outcome.ESTIMATE_ONLY, Outcome.ITEM_INCOMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """One row of a policy; how much it pays is told in exactly one of five ways.

    An amount per unit, a share of the price, a maker's list of amounts by model, a rate that
    nobody published, or money that goes to provinces and can only be estimated.
    """

    rule_id: str
    scope: Scope
    amount_cny_fen: int | None = None
    rate_share: Decimal | None = None
    is_by_model: bool = False
    is_rate_unknown: bool = False
    is_estimate_only: bool = False
    cap_cny_fen: int | None = None
    quota_units: int | None = None
    clause: str
    provenance: Provenance
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of one policy; both days belong to it, without a last day it is open."""

    file: str
    policy_id: str
    version: str
    title: str
    stack_group: StackGroup
    stack_rank: int
    valid_from_on: date
    valid_to_on: date | None
    days_provenance: Provenance
    source: str
    note: str | None
    allocation: Mapping[str, Decimal]
    rules: tuple[PolicyRule, ...]

    @property
    def days(self) -> str:
        """The days of the policy as text."""
        return f"{self.valid_from_on}..{self.valid_to_on or ''}"

    def is_in_force(self, on: date) -> bool:
        """Return whether ``on`` is one of its days."""
        return self.valid_from_on <= on <= (self.valid_to_on or date.max)


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All policies, in the sequence of their groups and days whatever file came first."""

    policies: tuple[Policy, ...]

    def of_group(self, group: StackGroup) -> tuple[Policy, ...]:
        """Return the policies of a group, the earliest first."""
        return tuple(one for one in self.policies if one.stack_group is group)

    def find_policy(self, group: StackGroup, on: date) -> Policy | None:
        """Return the policy of a group that is in force on a day, if one is."""
        return next((one for one in self.of_group(group) if one.is_in_force(on)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyItem:
    """The appliance that is asked about: a new one that was bought, or an old one treated."""

    category: ApplianceCategory
    form: ApplianceForm | None = None
    grade: int | None = None
    measures: Mapping[Measure, Decimal] = field(default_factory=lambda: NO_MEASURES)
    price_cny_fen: int | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no appliance has."""
        if self.grade is not None and self.grade not in GRADES:
            raise ValueError(f"grade must be {GRADES[0]} to {GRADES[-1]}, got {self.grade}")
        refuse_measures(self.measures)
        if self.price_cny_fen is not None:
            whole_within("price_cny_fen", self.price_cny_fen, MAX_FEN)


def refuse_measures(measures: Mapping[Measure, Decimal]) -> None:
    """Refuse a measure that is not a number above 0.

    Raises
    ------
    ValueError
        Naming the measure and its value.
    """
    for name, value in measures.items():
        if not (value.is_finite() and value > 0):
            raise ValueError(f"{name} must be above 0, got {value}")


def whole_within(name: str, value: int, most: int) -> int:
    """Return ``value`` if it is a whole number from 0 to ``most``.

    Raises
    ------
    ValueError
        Naming what it is and its value.
    """
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 0 to {most}, got {value!r}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGrant:
    """What one person was granted before under a policy, whichever version paid it."""

    policy_id: str
    category: ApplianceCategory
    units: int = 1

    def __post_init__(self) -> None:
        """Refuse fewer units than none."""
        whole_within("units", self.units, MAX_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a policy pays, why, and every check with its value.

    ``amount_cny_fen`` is ``None`` where no rule decided it: unknown is never zero.
    """

    stack_group: StackGroup
    outcome: Outcome
    amount_cny_fen: int | None
    price_cny_fen: int | None
    checks: tuple[Check, ...]
    policy: Policy | None
    rule: PolicyRule | None

    @property
    def provenance(self) -> Provenance | None:
        """Verified only if the days and the rule both are; ``None`` without a rule."""
        if self.policy is None or self.rule is None:
            return None
        both = {self.policy.days_provenance, self.rule.provenance}
        return Provenance.ASSUMPTION if Provenance.ASSUMPTION in both else Provenance.VERIFIED


@dataclass(frozen=True, slots=True)
class Together:
    """Decisions on one appliance in the sequence they were taken, and what they pay in all."""

    decisions: tuple[Decision, ...]

    @property
    def amount_cny_fen(self) -> int | None:
        """The sum in fen; ``None`` if a part is undecided, or if nobody's policy covers it."""
        known = [one.amount_cny_fen for one in self.decisions if one.amount_cny_fen is not None]
        if not known or any(one.outcome in UNDECIDED for one in self.decisions):
            return None
        return sum(known)


def day_in_shanghai(at: datetime) -> date:
    """Return the day on which ``at`` falls where the policies are in force.

    Raises
    ------
    ValueError
        If ``at`` has no offset.

    Examples
    --------
    >>> day_in_shanghai(datetime.fromisoformat("2025-12-31T15:59:59+00:00"))
    datetime.date(2025, 12, 31)
    >>> day_in_shanghai(datetime.fromisoformat("2025-12-31T16:00:00+00:00"))
    datetime.date(2026, 1, 1)
    """
    if at.tzinfo is None:
        raise ValueError(f"at must have an offset from UTC, got {at.isoformat()}")
    return at.astimezone(SHANGHAI).date()


def share_of_fen(amount_cny_fen: int, share: Decimal) -> int:
    """Return ``share`` of an amount in fen, half a fen up.

    Examples
    --------
    >>> share_of_fen(333_333, Decimal("0.15"))
    50000
    """
    exact = EXACT.multiply(Decimal(amount_cny_fen), share)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def units_granted(
    history: Iterable[PastGrant], *, policy_id: str, category: ApplianceCategory
) -> int:
    """Return how many units of a category a person had under a policy."""
    return sum(
        one.units for one in history if (one.policy_id, one.category) == (policy_id, category)
    )
