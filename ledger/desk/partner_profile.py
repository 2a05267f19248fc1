"""Stands where a partner's body is read strictly: to be replaced, only its permits are read."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from recycling.permit import Permit, PermitKind


def permits_of(body: Mapping[str, Any], partner_id: str) -> tuple[Permit, ...]:
    """Return what a partner may do: its permits, its agreements and licences by category."""
    return tuple(_permits(body, partner_id))


def _permits(body: Mapping[str, Any], partner_id: str) -> Iterator[Permit]:
    sites = [one["site_id"] for one in body.get("sites", ())]
    for kind, papers, also in (
        (PermitKind.AGREEMENT, body.get("agreements", ()), []),
        (PermitKind.LICENCE, body.get("licences", ()), sites),
    ):
        for paper in papers:
            yield _permit(partner_id, kind, [*paper["categories"], *also], paper)
    for permit in body.get("permits", ()):
        yield _permit(partner_id, PermitKind(permit["kind"]), permit["covers"], permit)


def _permit(
    partner_id: str, kind: PermitKind, covers: list[str], told: Mapping[str, Any]
) -> Permit:
    return Permit(
        holder_id=partner_id,
        kind=kind,
        covers=frozenset(covers),
        valid_from_on=date.fromisoformat(told["valid_from_on"]),
        valid_to_on=date.fromisoformat(told["valid_to_on"]),
    )
