"""Evidence as data: which fields a command needs, and one strict reading of them."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.event import ADCODE_PATTERN, HASH_PATTERN, ID_PATTERN, SLUG_PATTERN, instant
from schemas.quantity import exact
from schemas.refusal import Refused, shown
from schemas.treatment import HAZARDOUS_PATTERN, OPERATION_PATTERN

MAX_ID_CHARACTERS = 64
MAX_CODE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 2_000
PLAIN = frozenset({str, int, bool, type(None)})  # what JSON has as it is
IDEOGRAPHIC_SPACE = "\u3000"
DECIMAL_PATTERN = r"^-?[0-9]{1,12}(\.[0-9]{1,9})?$"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be: its name, the strict reading, which raises, and its JSON Schema."""

    name: str
    read: Callable[[Any], Any]
    schema: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # empty: anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an evidence model.

    ``kept_as`` is its name in the aggregate's body, where two commands tell the same quantity;
    a ``private`` field is checked and stays with the store: no event carries it.
    ``only_if`` names the field and value that make it required.
    """

    name: str
    kind: Kind
    required: bool = True
    only_if: tuple[str, object] | None = None
    private: bool = False
    kept_as: str | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is missing or cannot be read."""

    pointer: str
    value: str
    reason: str
    is_missing: bool = False


class EvidenceError(ValueError):
    """Evidence that is incomplete or no evidence; it carries every field that is wrong."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        """Keep the errors; the message is the first of them."""
        super().__init__(f"{errors[0].pointer.lstrip('/')} {errors[0].reason}")
        self.errors = errors


def read_evidence(fields: tuple[Field, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of ``given`` by field, each read strictly.

    Raises
    ------
    EvidenceError
        If a required field is missing, a value is not of its kind, or a field is unknown.

    Examples
    --------
    >>> read_evidence((needs("mass_kg", kilograms("0.05", "500")),), {"mass_kg": "41.2"})
    {'mass_kg': Decimal('41.2')}
    """
    if type(given) is not dict and not isinstance(given, Mapping):
        raise EvidenceError((FieldError("", shown(given), "is no object"),))
    read: dict[str, Any] = {}
    errors: list[FieldError] = []
    met = 0
    for field in fields:
        name = field.name
        value = given.get(name)
        if value is None:
            met += name in given
            if _is_needed(field, given):
                errors.append(FieldError(f"/{name}", "null", "is missing", is_missing=True))
            continue
        met += 1
        try:
            read[name] = field.kind.read(value)
        except (ValueError, Refused) as error:
            errors += _errors_of(name, value, error)
    if met != len(given):
        errors = [*_nobody_asked(fields, given), *errors]
    if errors:
        raise EvidenceError(tuple(errors))
    return read


def _nobody_asked(fields: tuple[Field, ...], given: Mapping[str, Any]) -> list[FieldError]:
    known = {field.name for field in fields}
    return [
        FieldError(
            f"/{shown(name)}", shown(given[name]), f"{shown(name)} is no field of this command"
        )
        for name in given
        if name not in known
    ]


def _is_needed(field: Field, given: Mapping[str, Any]) -> bool:
    if field.only_if is None:
        return field.required
    other, value = field.only_if
    return bool(given.get(other) == value)


def _errors_of(name: str, value: Any, error: Exception) -> list[FieldError]:
    if isinstance(error, EvidenceError):
        return [
            FieldError(f"/{name}{one.pointer}", one.value, one.reason, one.is_missing)
            for one in error.errors
        ]
    return [FieldError(f"/{name}", shown(value), str(error))]


def plain(value: Any) -> Any:
    """Return ``value`` as JSON has it: decimals and instants as text, sequences as lists.

    Examples
    --------
    >>> plain({"mass_kg": Decimal("1541.200"), "at": datetime(2026, 6, 1, tzinfo=UTC)})
    {'mass_kg': '1541.200', 'at': '2026-06-01T00:00:00Z'}
    """
    if type(value) in PLAIN:
        return value
    if isinstance(value, dict):
        return {str(key): one if type(one) in PLAIN else plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [one if type(one) in PLAIN else plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return plain(dict(value)) if isinstance(value, Mapping) else value


def schema_of(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return the JSON Schema of an object with ``fields``; what another field asks for is told.

    Examples
    --------
    >>> schema_of((needs("done", YES_OR_NO),))["required"]
    ['done']
    """
    properties: dict[str, Any] = {}
    for field in fields:
        properties[field.name] = _schema_of_one(field)
        if field.only_if is not None:
            other, value = field.only_if
            properties[field.name]["description"] = f"needed where {other} is {value}"
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.required and field.only_if is None],
        "additionalProperties": False,
    }


def _schema_of_one(field: Field) -> dict[str, Any]:
    """Return the schema of a field: null says as much as leaving out what may be left out."""
    told = dict(field.kind.schema)
    if field.required and field.only_if is None:
        return told
    return {"anyOf": [told, {"type": "null"}]}


def needs(name: str, kind: Kind, *, kept_as: str | None = None, private: bool = False) -> Field:
    """Return a field that must be told."""
    return Field(name=name, kind=kind, kept_as=kept_as, private=private)


def may(name: str, kind: Kind, *, kept_as: str | None = None, private: bool = False) -> Field:
    """Return a field that may be left out."""
    return Field(name=name, kind=kind, required=False, kept_as=kept_as, private=private)


def needs_if(name: str, kind: Kind, other: str, value: object, *, private: bool = False) -> Field:
    """Return a field that must be told where ``other`` has ``value``."""
    return Field(name=name, kind=kind, only_if=(other, value), private=private)


def matching(name: str, pattern: str, most: int) -> Kind:
    """Return the kind of texts that match ``pattern``."""
    is_match = re.compile(pattern).fullmatch

    def read(value: Any) -> str:
        # Nearly every text is as it should be: asked at once, and only then what is wrong with it.
        if (
            type(value) is str
            and len(value) <= most
            and is_match(value) is not None
            and value.isprintable()
            and value == value.strip()
        ):
            return value
        if not isinstance(value, str) or len(value) > most or is_match(value.strip()) is None:
            raise ValueError(f"{shown(value)} is no {name} of at most {most} characters")
        if value != value.strip() or not value.replace(IDEOGRAPHIC_SPACE, " ").isprintable():
            raise ValueError(f"{shown(value)} has blanks or signs that cannot be printed")
        return str(value)

    schema = {"type": "string", "pattern": f"^({pattern})$", "maxLength": most}
    return Kind(name, read, schema)


def one_of(*values: str) -> Kind:
    """Return the kind of one closed vocabulary."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(f"{shown(value)} is none of {', '.join(values)}")
        return str(value)

    return Kind(f"one of {', '.join(values)}", read, {"type": "string", "enum": list(values)})


def _number(name: str, least: str, most: str, decimals: int) -> Kind:
    low, high, step = Decimal(least), Decimal(most), Decimal(1).scaleb(-decimals)

    def read(value: Any) -> Decimal:
        number = exact(value)
        if not low <= number <= high:
            raise ValueError(f"{shown(value)} is not from {least} to {most}")
        if number != number.quantize(step):
            raise ValueError(f"{shown(value)} has more than {decimals} decimals")
        return number

    told = f"{name} from {least} to {most}, at most {decimals} decimals; exact as a string"
    text = {"type": "string", "pattern": DECIMAL_PATTERN}
    number = {"type": "number", "minimum": float(low), "maximum": float(high)}
    return Kind(
        f"{name} from {least} to {most}", read, {"anyOf": [text, number], "description": told}
    )


def kilograms(least: str, most: str) -> Kind:
    """Return the kind of masses in kg, exact to a gram."""
    return _number("kg", least, most, 3)


def grams(most: str) -> Kind:
    """Return the kind of masses in g, exact to a milligram."""
    return _number("g", "0", most, 3)


def degrees(most: int) -> Kind:
    """Return the kind of a latitude or longitude."""
    return _number("degrees", str(-most), str(most), 9)


def share() -> Kind:
    """Return the kind of shares."""
    return _number("share", "0", "1", 6)


def kilowatt_hours(most: str) -> Kind:
    """Return the kind of metered energy in kWh."""
    return _number("kWh", "0", most, 3)


def litres(most: str) -> Kind:
    """Return the kind of metered fuel in l."""
    return _number("l", "0", most, 3)


def metres(most: str) -> Kind:
    """Return the kind of distances in metres."""
    return _number("m", "0", most, 3)


def kilometres(most: str) -> Kind:
    """Return the kind of distances in km."""
    return _number("km", "0", most, 3)


def whole(least: int, most: int) -> Kind:
    """Return the kind of whole numbers; a boolean is none."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{shown(value)} is no whole number from {least} to {most}")
        return int(value)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(f"whole number from {least} to {most}", read, schema)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset from UTC")
        return value.astimezone(UTC)
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no RFC 3339 text")
    return instant(value).astimezone(UTC)


def _calendar_day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.A) is None:
        raise ValueError(f"{shown(value)} is no day as YYYY-MM-DD")
    return date.fromisoformat(value)


def listed(kind: Kind, least: int, most: int) -> Kind:
    """Return the kind of lists of ``least`` to ``most`` values."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            raise ValueError(f"{shown(value)} is no list of {least} to {most}")
        return tuple(kind.read(one) for one in value)

    schema = {"type": "array", "items": kind.schema, "minItems": least, "maxItems": most}
    return Kind(f"{least} to {most} of {kind.name}", read, schema)


def records(fields: tuple[Field, ...], least: int, most: int) -> Kind:
    """Return the kind of lists of ``least`` to ``most`` objects with ``fields``."""

    def read(value: Any) -> tuple[dict[str, Any], ...]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            raise ValueError(f"{shown(value)} is no list of {least} to {most}")
        return tuple(_record(fields, one, at) for at, one in enumerate(value))

    names = ", ".join(field.name if field.required else f"{field.name}?" for field in fields)
    items = schema_of(fields)
    schema = {"type": "array", "items": items, "minItems": least, "maxItems": most}
    return Kind(f"{least} to {most} objects of {names}", read, schema)


def _record(fields: tuple[Field, ...], value: Any, at: int) -> dict[str, Any]:
    try:
        return read_evidence(fields, value)
    except EvidenceError as error:
        raise EvidenceError(
            tuple(
                FieldError(f"/{at}{one.pointer}", one.value, one.reason, one.is_missing)
                for one in error.errors
            )
        ) from None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"{shown(value)} is no object with a field")
    return dict(value)


ID = matching("id", ID_PATTERN, MAX_ID_CHARACTERS)
SLUG = matching("word", SLUG_PATTERN, MAX_ID_CHARACTERS)
TEXT = matching("text", r"[^\x00-\x1f\x7f]+", MAX_TEXT_CHARACTERS)
# A serial of the maker's own as GS1 Digital Link, else a label of the platform.
CODE = matching(
    "unit code",
    r"https://id\.gs1\.org/01/[0-9]{14}/21/[!-~]{1,40}|(?!https?:)[!-~]{4,64}",
    MAX_CODE_CHARACTERS,
)
SHA256 = matching("SHA-256", HASH_PATTERN, 64)
ADCODE = matching("adcode", ADCODE_PATTERN, 6)
HAZARDOUS_CODE = matching("hazardous code", HAZARDOUS_PATTERN, 10)
OPERATION_CODE = matching("R or D code", OPERATION_PATTERN, 3)
DISPOSAL_CODE = matching("D code", r"D(1[0-5]|[1-9])", 3)
YES_OR_NO = Kind("true or false", _yes_or_no, {"type": "boolean"})
TIME = Kind("instant with offset", _time, {"type": "string", "format": "date-time"})
DAY = Kind("day", _calendar_day, {"type": "string", "format": "date"})
OBJECT = Kind("object", _object, {"type": "object", "minProperties": 1})
FEN = whole(-100_000_000_000, 100_000_000_000)
UNIT_KG = kilograms("0.05", "500")
