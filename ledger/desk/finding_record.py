"""Findings as they are kept: raised in the transaction of the event that they are about."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.desk.publish import Payload, published_finding
from ledger.records import Change, HoldAsked
from recycling.apply import Applied
from recycling.finding import Finding
from recycling.vocabulary import AggregateKind, Severity
from schemas.event import caused_id_text

FINDING = "finding"
RAISED = "raised"
_TOLD = (
    "rule", "rule_version", "severity", "aggregate_id", "sentence", "value", "limit"
)  # fmt: skip


class FindingState(StrEnum):
    """Whether somebody decided about a finding."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


def raised(applied: Applied) -> tuple[Change, ...]:
    """Return one open finding for each that a command led to."""
    return tuple(
        _raised(one, _id_of(applied, nth), applied) for nth, one in enumerate(applied.findings)
    )


def holds_asked(applied: Applied) -> tuple[HoldAsked, ...]:
    """Return which of its findings ask for HOLD, and because of what."""
    return tuple(
        HoldAsked(_id_of(applied, nth), str(one.kind), one.aggregate_id)
        for nth, one in enumerate(applied.findings)
        if one.severity is Severity.HOLD
    )


def _id_of(applied: Applied, nth: int) -> str:
    """Return an id that follows from the event: the same command raises the same finding."""
    return caused_id_text(FINDING, applied.event.event_id, nth)


def _raised(finding: Finding, finding_id: str, applied: Applied) -> Change:
    told = {
        "rule": finding.rule,
        "rule_version": finding.version,
        "severity": str(finding.severity),
        "aggregate_id": finding.aggregate_id,
        "sentence": finding.sentence,
        "value": finding.value,
        "limit": finding.limit,
    }
    # A body's own ``kind`` would be read as that of the finding.
    body = {**told, "aggregate_kind": str(finding.kind), "held": []}
    return Change(
        kind=FINDING,
        id=finding_id,
        state=FindingState.OPEN,
        body=body,
        type=RAISED,
        occurred_at=applied.event.occurred_at,
        payload=payload_of(body),
        causation_id=str(applied.event.event_id),
        **told_of(body, finding_id, version=1, occurred_at=applied.event.occurred_at),
    )


def told_of(
    body: Mapping[str, Any],
    finding_id: str,
    *,
    version: int,
    occurred_at: datetime,
    state: str = FindingState.OPEN,
) -> dict[str, Any]:
    """Return topic, key and telling of an event of a finding."""
    finding = Finding(
        rule=body["rule"],
        version=body["rule_version"],
        severity=Severity(body["severity"]),
        kind=AggregateKind(body["aggregate_kind"]),
        aggregate_id=body["aggregate_id"],
        sentence=body["sentence"],
        value=body["value"],
        limit=body["limit"],
    )
    telling = published_finding(
        finding,
        finding_id=finding_id,
        version=version,
        occurred_at=occurred_at,
        is_open=state == FindingState.OPEN,
        is_upheld=None if state == FindingState.OPEN else state == FindingState.UPHELD,
    ).published
    told: Payload = telling.payload
    return {"topic": telling.topic, "key": telling.key, "told": told}


def payload_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every event of a finding tells of it; reasons of people stay in the body."""
    return {**{name: body[name] for name in _TOLD}, "kind": body["aggregate_kind"]}
