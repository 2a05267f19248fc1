"""Findings: what a rule saw, with value and limit; it deletes nothing."""

from dataclasses import dataclass

from recycling.vocabulary import AggregateKind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check that failed; ``hold`` accepts the command and asks for HOLD."""

    rule: str
    severity: Severity
    kind: AggregateKind
    aggregate_id: str
    sentence: str
    value: str
    limit: str
    version: int = 1
