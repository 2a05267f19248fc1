"""Figures of the rules, from ``limits.toml``: each with what it stands on."""

import tomllib
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from functools import cache
from importlib import resources

PROVENANCES = ("assumption", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The figures in force; a company may pass its own."""

    accept_sla_h: Decimal
    appoint_sla_h: Decimal
    quote_h: Decimal
    window_h: Decimal
    reschedules: Decimal
    consumer_no_shows: Decimal
    arrival_m: Decimal
    future_minutes: Decimal
    late_days: Decimal
    gap_share: Decimal
    loss_share: Decimal
    drift_share: Decimal
    buyer_share: Decimal
    road_kg: Decimal


@cache
def packaged_limits() -> Limits:
    """Return the limits that ship with the product.

    Raises
    ------
    ValueError
        If a row is missing, unknown or does not say what it stands on.
    """
    text = resources.files("recycling").joinpath("limits.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    names = {field.name for field in fields(Limits)}
    if set(rows) != names:
        raise ValueError(f"limits.toml differs from Limits in {sorted(set(rows) ^ names)}")
    for name, row in rows.items():
        if row.get("provenance") not in PROVENANCES:
            raise ValueError(f"limits.toml {name}: provenance is {row.get('provenance')!r}")
    return Limits(**{name: Decimal(row["value"]) for name, row in rows.items()})


def hours(number: Decimal) -> timedelta:
    """Return a number of hours as a span.

    Examples
    --------
    >>> hours(Decimal("1.5"))
    datetime.timedelta(seconds=5400)
    """
    return timedelta(seconds=int(number * 3600))
