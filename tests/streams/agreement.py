"""What the published contract and the wire say of the same bytes, made comparable."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel

from schemas.event import Event
from schemas.refusal import Refused
from schemas.wall import accept, read_json
from schemas.wire import WireEvent
from streams.codecs import CONTRACTS, decode


@dataclass(frozen=True)
class Verdict:
    """Values, or the reason and sentence of a refusal."""

    values: dict[str, Any] | None
    reason: str = ""
    detail: str = ""


def by_contract(kind: type[WireEvent], raw: bytes) -> Verdict:
    try:
        return Verdict(values_of(accept(CONTRACTS[kind], read_json(raw))))
    except Refused as no:
        return Verdict(None, no.reason.value, no.detail)


def by_wire(kind: type[WireEvent], raw: bytes) -> Verdict:
    try:
        return Verdict(as_contract_values(decode(kind, raw)))
    except Refused as no:
        return Verdict(None, no.reason.value, no.detail)


def values_of(event: Event) -> dict[str, Any]:
    return {name: _plain(getattr(event, name)) for name in type(event).model_fields}


def as_contract_values(wire: WireEvent) -> dict[str, Any]:
    """The wire keeps ids, times and days as text; here they are what the text says."""
    values = {}
    for name in wire.__struct_fields__:
        value = getattr(wire, name)
        if isinstance(value, str) and type(value) is str:
            value = _read(name, value)
        values[name] = _plain(value)
    return values


def _read(name: str, text: str) -> Any:
    if name in {"event_id", "source_event_id", "correction_of"}:
        return UUID(text)
    if name.endswith("_at"):
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if name.endswith("_on") else text


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # Equal is not enough: 1.0 and 1.00 differ in what was written. Zero has no sign here.
        return str(abs(value)) if value == 0 else str(value)
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, datetime):
        return value.isoformat()
    return value
