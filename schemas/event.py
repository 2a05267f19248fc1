"""What every event has, and the wall types its fields are made of."""

import re
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha1
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from schemas.quantity import BOUNDS, exact, within
from schemas.refusal import shown

MAX_EVENT_BYTES = 65_536
MAX_ID_LENGTH = 64
MAX_FLAGS = 16
MAX_PARTITION, MAX_OFFSET = 2**31 - 1, 2**63 - 1
MIN_YEAR, MAX_YEAR = 1900, 2999
ID_PATTERN = r"^[^\x00-\x1f\x7f]+$"
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_.-]*$"
HASH_PATTERN = r"^[0-9a-f]{64}$"
ADCODE_PATTERN = r"^[1-9][0-9]{5}$"
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
UUID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

# RFC 4122 gives the two upper bits of this digit to the variant, which is binary 10.
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_is_time = re.compile(TIME_PATTERN).fullmatch
LOOPLINE_NAMESPACE = UUID("5f0f0b7c-52b1-5c86-9f2a-6b7f0c1d7e11")
_NAMESPACE_BYTES = LOOPLINE_NAMESPACE.bytes


def caused_id(*parts: object) -> UUID:
    """Return the id of what ``parts`` cause: the same parts give the same id at every replay."""
    return UUID(caused_id_text(*parts))


def caused_id_text(*parts: object) -> str:
    """Return ``caused_id`` as text, without the object between: RFC 4122, version 5.

    Examples
    --------
    >>> from uuid import uuid5
    >>> caused_id_text("a", 1) == str(uuid5(LOOPLINE_NAMESPACE, "a\x1f1"))
    True
    """
    name = "\x1f".join(map(str, parts)).encode()
    text = sha1(_NAMESPACE_BYTES + name, usedforsecurity=False).hexdigest()
    variant = _VARIANTS[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def instant(text: str) -> datetime:
    """Return the aware instant that an RFC 3339 ``text`` tells.

    Raises
    ------
    ValueError
        If it has no offset, more than 6 decimals, is no day or time of the calendar, or lies at
        an end of the calendar, where it has no day in every zone.
    """
    if _is_time(text) is None:
        raise ValueError(
            f"is no RFC 3339 time with offset and at most 6 decimals: {shown(text[:80])}"
        )
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is no time of the calendar ({error}): {text}") from None
    if not MIN_YEAR <= told.year <= MAX_YEAR:
        raise ValueError(f"must lie in the years {MIN_YEAR} to {MAX_YEAR}, got {text}")
    return told


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("has no offset from UTC")
        return value
    if not isinstance(value, str):
        raise ValueError(f"is no RFC 3339 text: {shown(value)}")
    return instant(value)


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or re.fullmatch(UUID_PATTERN, value) is None:
        raise ValueError(f"is no UUID: {shown(value)}")
    return UUID(value)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or re.fullmatch(DAY_PATTERN, value) is None:
        raise ValueError(f"is no day as YYYY-MM-DD: {shown(value)}")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is no day of the calendar ({error}): {value}") from None


def _quantity(name: str) -> Any:
    bound = BOUNDS[name]
    return Annotated[
        Decimal,
        BeforeValidator(lambda value: within(exact(value), bound)),
        PlainSerializer(lambda number: f"{number:f}", return_type=str, when_used="json"),
        WithJsonSchema(
            {
                "type": ["string", "number"],
                "description": f"exact decimal of at most 18 digits, {bound}",
            }
        ),
    ]


EventId = Annotated[
    UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})
]
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=ID_PATTERN)]
Slug = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=SLUG_PATTERN)]

MassKg = _quantity("mass_kg")
UnitMassKg = _quantity("unit_mass_kg")
VolumeM3 = _quantity("volume_m3")
DistanceKm = _quantity("distance_km")
MainLineKm = _quantity("main_line_km")
TransportTkm = _quantity("transport_tkm")
EmissionKgCO2e = _quantity("emission_kgco2e")
Daf = _quantity("daf")
Latitude = _quantity("lat")
Longitude = _quantity("lon")
Share = _quantity("share")
LoadShare = _quantity("load_share")
EmptyDistanceShare = _quantity("empty_distance_share")
EnergyKwh = _quantity("energy_kwh")
FuelL = _quantity("fuel_l")
TotalH = _quantity("total_h")
TotalKwh = _quantity("total_kwh")
TotalL = _quantity("total_l")
TotalKm = _quantity("total_km")
OutboundKg = _quantity("outbound_kg")
GasKg = _quantity("gas_kg")
ChargeG = _quantity("charge_g")
StorageM3Days = _quantity("m3_days")
RefrigerantG = _quantity("refrigerant_g")
BatchKg = _quantity("batch_kg")
GapShare = _quantity("gap_share")


class Contract(BaseModel):
    """A published shape: frozen, and closed for fields nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class Event(Contract):
    """What every event carries, whatever it tells of."""

    event_id: EventId
    occurred_at: Instant
