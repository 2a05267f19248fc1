"""Integrity rules that read only what they are given: F01, F04 (drift), F05, F06, F12."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from recycling.finding import Finding
from recycling.mass_balance import percent
from recycling.vocabulary import AggregateKind, Severity


def claimed_by_another(claims: Mapping[str, str], code: str, unit_id: str) -> str | None:
    """Return why a code cannot be a unit's (rule F01), or ``None`` where it is free.

    ``claims`` holds the unit that claimed each code, whatever became of it since.

    Examples
    --------
    >>> claimed_by_another({"HS-0001": "U1"}, "HS-0001", "U2")
    'unit_code HS-0001 was claimed by unit U1 before (F01)'
    >>> claimed_by_another({"HS-0001": "U1"}, "HS-0001", "U1")
    >>> claimed_by_another({"HS-0001": ""}, "HS-0001", "U2")
    'unit_code HS-0001 was claimed before (F01)'
    """
    owner = claims.get(code)
    if owner is None or owner == unit_id:
        return None
    # Whose unit it is stays untold where it is another maker's: the owner is then empty.
    by = f" by unit {owner}" if owner else ""
    return f"unit_code {code} was claimed{by} before (F01)"


def drift_finding(
    unit_id: str, *, before_kg: Decimal, now_kg: Decimal, limit_share: Decimal
) -> tuple[Finding, ...]:
    """Return rule F04's finding where two weighings of a unit differ too much."""
    drift_kg = abs(now_kg - before_kg)
    if drift_kg <= limit_share * before_kg:
        return ()
    return (
        Finding(
            rule="F04",
            severity=Severity.HOLD,
            kind=AggregateKind.UNIT,
            aggregate_id=unit_id,
            sentence=(
                f"mass_kg went from {before_kg:f} to {now_kg:f}, {percent(drift_kg, before_kg)}"
            ),
            value=f"{now_kg:f}",
            limit=f"{limit_share:f}",
        ),
    )


def missing_part_finding(
    unit_id: str, *, at_door: Iterable[str], now: Iterable[str], core_parts: Iterable[str]
) -> tuple[Finding, ...]:
    """Return rule F05's finding where a core part that was there at the door is gone."""
    gone = sorted(set(at_door) & set(core_parts) - set(now))
    if not gone:
        return ()
    return (
        Finding(
            rule="F05",
            severity=Severity.HOLD,
            kind=AggregateKind.UNIT,
            aggregate_id=unit_id,
            sentence=f"completeness: {', '.join(gone)} was there at the door and is missing",
            value=",".join(gone),
            limit="none missing",
        ),
    )


def balance_findings(
    batch_id: str, failures: Iterable[str], bands: Iterable[str]
) -> tuple[Finding, ...]:
    """Return rule F06's findings: what unbalances a batch blocks, what leaves a band holds."""
    sentences = [(Severity.BLOCK, one) for one in failures]
    sentences += [(Severity.HOLD, one) for one in bands]
    return tuple(
        Finding(
            rule="F06",
            severity=severity,
            kind=AggregateKind.BATCH,
            aggregate_id=batch_id,
            sentence=sentence,
            value=sentence.partition(":")[2].strip() or sentence,
            limit="balanced" if severity is Severity.BLOCK else "coefficient band",
        )
        for severity, sentence in sentences
    )


def handover_findings(consignment_id: str, missing_unit_ids: Iterable[str]) -> tuple[Finding, ...]:
    """Return rule F12's finding where a consignment arrived without some of its units."""
    missing = sorted(missing_unit_ids)
    if not missing:
        return ()
    return (
        Finding(
            rule="F12",
            severity=Severity.HOLD,
            kind=AggregateKind.CONSIGNMENT,
            aggregate_id=consignment_id,
            sentence=f"unit_ids: {', '.join(missing)} did not arrive",
            value=",".join(missing),
            limit="all arrive",
        ),
    )
